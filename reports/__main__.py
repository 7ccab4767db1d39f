"""Make the page of a session again from its rows, without judging anything, and beside earlier ones.

Usage: python -m reports [EARLIER.jsonl ...] RESULTS.jsonl [--report=DIR]
"""

import argparse
import shutil
import sys
from pathlib import Path

from fixtures.gate.row import RowError, load
from reports.earlier import Earlier
from reports.ledger import try_page
from reports.outcome import Outcome


def main(arguments=None):
    """Read rows, write their page, and print the closing lines; exit code 0 where the page was written."""
    parser = argparse.ArgumentParser(prog="python -m reports", description=__doc__.splitlines()[0])
    parser.add_argument("earlier", type=Path, nargs="*", metavar="EARLIER.jsonl", help="sessions to compare with")
    parser.add_argument("results", type=Path, metavar="RESULTS.jsonl")
    parser.add_argument("--report", type=Path, metavar="DIR", help="folder of the page (default: beside the rows)")
    options = parser.parse_args(arguments)
    try:
        header, rows = load(options.results)
        if options.earlier:
            _compare(header, rows, Earlier.read(options.earlier))
    except RowError as error:
        print(error, file=sys.stderr)
        return 4
    if not header.finished:
        header.ended = "broken off: the session did not end; what it had judged is here"
    out = options.report or options.results.parent
    out.mkdir(parents=True, exist_ok=True)
    _take_figures(rows, options.results.parent, out)
    outcome = Outcome(header, rows)
    problem = try_page(outcome, out)
    print(*outcome.denominator(), outcome.closing(out / "index.html"), sep="\n")
    if problem:
        print(problem, file=sys.stderr)
    return 1 if problem else 0


def _compare(header, rows, earlier):
    """Tell rows what earlier sessions said, and the header which was the last of these."""
    for row in rows:
        earlier.mark(row)
    header.since, header.gone = earlier.since, 0 if header.partial else earlier.gone(rows)


def _take_figures(rows, source, out):
    """Copy the figures that the rows name; those that are gone are named no more."""
    for row in rows:
        row.figures = [figure for figure in row.figures if (source / figure).is_file()]
        for figure in row.figures if out.resolve() != source.resolve() else ():
            (out / figure).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / figure, out / figure)


if __name__ == "__main__":
    sys.exit(main())
