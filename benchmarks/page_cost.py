"""Cost of opening the page of 10,000 statements with 300 figures against an empty page in the same browser.

Usage: python -m benchmarks.page_cost [--repeat N]

Both pages are opened in turn in one headless Chromium; the time is that from the start of the navigation to the second
animation frame, when something is on the screen. The file's size and the time to write it are printed, too.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "checks")]

from tests.reports.browser import start  # noqa: E402
from tests.reports.sample_rows import write_page  # noqa: E402
from tests.reports.sample_sessions import many  # noqa: E402

PAINTED = """
const done = arguments[0];
requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now())));
"""


def painted(browser, path):
    """Milliseconds from the start of the navigation until something is shown."""
    browser.get(path.as_uri())
    return browser.execute_async_script(PAINTED)


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        empty = folder / "empty.html"
        empty.write_text("<!doctype html><title>empty</title><p>nothing</p>")
        rows, session = many(folder, figures=300)
        began = time.perf_counter()
        page = write_page(rows, session, folder)
        written = time.perf_counter() - began
        browser = start()
        try:
            pairs = [(painted(browser, page), painted(browser, empty)) for _ in range(options.repeat)]
        finally:
            browser.quit()
        full, nothing = (statistics.median(column) for column in zip(*pairs, strict=True))
        print(f"{len(rows)} statements, 300 figures: {page.stat().st_size / 1e6:.1f} MB, written in {written:.1f} s")
        print(f"opened in {full / 1000:.2f} s, an empty page in {nothing / 1000:.2f} s: ratio {full / nothing:.1f}")


if __name__ == "__main__":
    main()
