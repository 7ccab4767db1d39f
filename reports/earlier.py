"""What is new: every verdict beside those of earlier sessions."""

import glob
import os
from collections import Counter
from itertools import pairwise
from pathlib import Path

from fixtures.gate.row import Before, load

BAD = ("fail", "error")
KEPT = 20  # sessions that a row remembers
CHANGES = ("new", "fixed", "flaky")


class Earlier:
    """Earlier sessions of the same runs, oldest first.

    Parameters
    ----------
    sessions : list of (Header, list of Row)
        As ``fixtures.gate.row.load`` reads them.
    """

    def __init__(self, sessions):
        ordered = sorted(sessions, key=lambda session: session[0].started)[-KEPT:]
        self.since = ordered[-1][0].started if ordered else ""
        self._last = {identity(row) for row in ordered[-1][1]} if ordered else set()
        self._before = {}
        for _, rows in ordered:
            for row in rows:
                self._before.setdefault(identity(row), []).append(Before(row.verdict, row.value))

    @classmethod
    def read(cls, paths):
        """Read files of rows.

        Raises
        ------
        fixtures.gate.row.RowError
            If one is none.
        """
        return cls([load(Path(path)) for path in paths])

    def mark(self, row):
        """Tell a row what earlier sessions said of the same statement of the same run."""
        row.earlier = self._before.get(identity(row), [])

    def gone(self, rows):
        """Number of statements that the last of them asked and these rows do not."""
        return len(self._last - {identity(row) for row in rows})


def sessions_of(pattern, folder):
    """Files that a glob names, relative to a folder; ``~`` and ``**`` as the option ``--history`` has them."""
    return sorted(glob.glob(os.path.expanduser(str(Path(folder) / pattern)), recursive=True))


def identity(row):
    """What makes two rows of two sessions the same: run, statement, case and control."""
    return row.run, row.family, row.check, repr(sorted(row.case.items())), row.control


def change(row):
    """How a verdict stands to earlier ones: ``new`` or ``fixed`` failure, ``flaky``, or empty.

    Flaky is what went from good to bad, or back, at least twice; what was not judged in between counts as neither.

    Examples
    --------
    >>> from fixtures.gate.row import Row
    >>> row = Row(run="a", family="f", check="c", verdict="fail", earlier=[Before("pass")])
    >>> change(row)
    'new'
    >>> row.earlier = [Before("fail"), Before("pass")]
    >>> change(row)
    'flaky'
    """
    words = [before.verdict for before in row.earlier] + [row.verdict]
    judged = [word in BAD for word in words if word in ("pass", *BAD)]
    if sum(a != b for a, b in pairwise(judged)) > 1:
        return "flaky"
    before = row.earlier[-1].verdict if row.earlier else ""
    if row.verdict in BAD and before not in BAD:
        return "new"
    return "fixed" if row.verdict == "pass" and before in BAD else ""


def changes(rows):
    """Number of verdicts of each change."""
    return Counter(filter(None, map(change, rows)))


def in_words(since, counted, gone):
    """The changes in one line; empty where there is no earlier session.

    >>> in_words("2026-03-02T08:12:41+00:00", {"new": 3, "fixed": 2}, 0)
    'since the session of 2026-03-02 08:12: 3 new failures, 2 fixed, 0 flaky'
    """
    if not since:
        return ""
    new, fixed, flaky = (counted.get(word, 0) for word in CHANGES)
    text = f"{new} new failure{'s' if new != 1 else ''}, {fixed} fixed, {flaky} flaky"
    lost = f", {gone} asked no more" if gone else ""
    return f"since the session of {since[:16].replace('T', ' ')}: {text}{lost}"
