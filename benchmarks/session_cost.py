"""Cost of a session over entropy probes against bare pytest plus reading and decoding the same files.

Usage: python -m benchmarks.session_cost RUNS [--repeat N]

The alternative is what no suite can do without: pytest with as many empty tests, and reading and decoding the bytes
with the fastest typed decoder. Both sides run in turn; the medians and their ratio are printed.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "checks")]

import msgspec  # noqa: E402

from fixtures.kinds.entropy_probe.schema import Diag  # noqa: E402  (the rooms are named on the path only just now)


def decoding(files):
    """Time to read and decode the files in this process."""
    start = time.perf_counter()
    for path in files:
        msgspec.json.decode(Path(path).read_bytes(), type=Diag)
    return time.perf_counter() - start


def seconds(command, **more):
    """Wall time of a process."""
    start = time.perf_counter()
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)
    return time.perf_counter() - start


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    runs = [path.resolve() for path in options.runs]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "report"
        pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        suite = [*pytest, "checks/check_entropy_change.py", "--figures=none", f"--report={out}"]
        suite += [f"--runs={run}" for run in runs]
        subprocess.run(suite, cwd=ROOT, stdout=subprocess.DEVNULL, check=False)
        rows = [json.loads(line) for line in (out / "results.jsonl").read_text("utf-8").splitlines()[1:]]
        files = sorted({str(path) for run in runs for path in run.rglob("results*.json")})
        empty = Path(folder) / "test_empty.py"
        decorator = f"@pytest.mark.parametrize('n', range({len(rows)}))"
        empty.write_text(f"import pytest\n{decorator}\ndef test_nothing(n):\n    pass\n")
        timings = {"suite": [], "bare pytest": [], "read and decode": []}
        for _ in range(options.repeat):
            timings["suite"].append(seconds(suite, cwd=ROOT))
            timings["bare pytest"].append(seconds([*pytest, str(empty)], cwd=folder))
            timings["read and decode"].append(decoding(files))
    print(f"{len(files)} files, {len(rows)} statements, median of {options.repeat}:")
    for name, values in timings.items():
        print(f"  {name:<16} {statistics.median(values):6.2f} s")
    ratios = [a / (b + c) for a, b, c in zip(*timings.values(), strict=True)]
    print(f"  suite / (bare pytest + read and decode) = {statistics.median(ratios):.2f} "
          f"({min(ratios):.2f} to {max(ratios):.2f})")  # fmt: skip


if __name__ == "__main__":
    main()
