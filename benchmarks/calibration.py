"""Every check measured: false alarms and abstentions on healthy runs, detection of each fault, and who else fires.

Usage: python -m benchmarks.calibration [--healthy 200] [--faulty 50] [--family F ...] [--size S ...] [--write]

For every statement and three sample sizes of its evidence (the kind's ``SIZES``: small, nominal, large), new healthy
records and faulty copies of new healthy records are judged in memory. Writes calibration.json and calibration.html, and
with ``--write`` the rates at nominal size into checks/limits/.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the processes share the cores; threads within them would fight

import argparse
import json
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from benchmarks.calibration_page import page
from benchmarks.rates import in_words, lines, table
from benchmarks.replicates import ROOT, SIZES, batches, judged

LIMITS = ROOT / "checks" / "limits"


def measure(todo, *, jobs=1, quiet=True):
    """Judge batches of replicates over the cores, with a progress bar.

    Parameters
    ----------
    todo : iterable of tuple
        What `benchmarks.replicates.batches` yields.
    jobs : int
        How many processes; 1 for none beside this one.
    quiet : bool
        Show no progress bar.

    Returns
    -------
    dict
        (statement, size, fault or None) -> Counter of verdicts.
    """
    if jobs == 1:
        return added(judged(*batch) for batch in todo)
    from tqdm import tqdm

    todo = list(todo)
    with ProcessPoolExecutor(jobs) as pool:
        running = {pool.submit(judged, *batch): len(batch[3]) * len(batch[4] or "1") for batch in todo}
        bar = tqdm(total=sum(running.values()), unit="replicate", disable=quiet)

        def finished():
            for future in as_completed(running):
                bar.update(running[future])
                yield future.result()

        try:
            return added(finished())
        finally:
            bar.close()


def added(parts):
    """Counts of all batches."""
    counts = {}
    for part in parts:
        for key, words in part.items():
            counts.setdefault(key, Counter()).update(words)
    return counts


def write(result, folder=LIMITS):
    """Put the rates at nominal size into the table of limits, as ``measured`` of each statement."""
    import tomlkit

    documents = {}
    for row in result["statements"]:
        if row["size"] == "nominal":
            family, _, check = row["statement"].partition(".")
            path = folder / f"{family}.toml"
            if path not in documents:
                documents[path] = tomlkit.parse(path.read_text("utf-8"))
            documents[path][family][check]["measured"] = in_words(row)
    for path, document in documents.items():
        path.write_text(tomlkit.dumps(document), "utf-8")


def main(arguments=None):
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--healthy", type=int, default=200, help="healthy replicates a size")
    parser.add_argument("--faulty", type=int, default=50, help="replicates of each fault and size")
    parser.add_argument("--family", action="append", default=[], help="only this family; may be repeated")
    parser.add_argument("--statement", action="append", default=[], help="only family.check; may be repeated")
    parser.add_argument("--size", action="append", choices=SIZES, default=[], help="only this size; may be repeated")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes")
    parser.add_argument("--out", type=Path, default=ROOT / "reports" / "out", help="folder of the results")
    parser.add_argument("--write", action="store_true", help="write the rates at nominal size into checks/limits/")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    options = parser.parse_args(arguments)
    todo = batches(
        families=options.family, names=options.statement, sizes=options.size or SIZES, healthy=options.healthy,
        faulty=options.faulty,
    )  # fmt: skip
    result = table(measure(todo, jobs=options.jobs, quiet=options.quiet))
    print(*lines(result), sep="\n")
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "calibration.json").write_text(json.dumps(result, indent=1, sort_keys=True), "utf-8")
    (options.out / "calibration.html").write_text(page(result), "utf-8")
    print(f"page: {options.out / 'calibration.html'}")
    if options.write:
        write(result)


if __name__ == "__main__":
    sys.exit(main())
