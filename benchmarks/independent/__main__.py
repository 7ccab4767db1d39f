"""How often the statements are right on evidence that none of the suite's own generators made.

Usage: python -m benchmarks.independent [--source NAME ...] [--runs N] [--seed 0] [--out FILE] [--write]

Prints a table a source: false alarms and decided share on sound evidence, what is caught and what is wrongly passed of
broken evidence, each with Clopper and Pearson's 95 % interval; then the statements above 1 % false alarms.
"""

import argparse
import json
import sys
import time
from importlib import import_module
from pathlib import Path

from benchmarks.independent import SOURCES
from benchmarks.independent.rates import alarming, in_words, lines, write


def measured(source, runs, seed=0):
    """Counts of one source."""
    return import_module(f"benchmarks.independent.{source}").measured(runs, seed)


def main(arguments=None):
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", action="append", choices=SOURCES, default=[], help="only this one; may be repeated")
    parser.add_argument("--runs", type=int, help="runs of a source; each has its own default")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="JSON lines, one a statement and state of the evidence")
    parser.add_argument("--write", action="store_true", help="write the rates into checks/limits/, beside the limits")
    options = parser.parse_args(arguments)
    rows, alarms, texts = [], [], []
    for source in options.source or SOURCES:
        began, runs = time.monotonic(), options.runs or SOURCES[source]
        counts = measured(source, runs, options.seed)
        print(*lines(source, counts), sep="\n")
        print(f"  {runs} runs in {time.monotonic() - began:.0f} s\n", flush=True)
        rows += [{"source": source, "statement": name, "what": what, **words} for (name, what), words in counts.items()]
        texts.append(in_words(source, counts))
        alarms += [(source, *found) for found in alarming(counts)]
    for source, statement, words in alarms:
        print(f"above 1 % false alarms: {source}: {statement}: {words}")
    if options.write:
        write(texts)
    if options.out:
        options.out.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
