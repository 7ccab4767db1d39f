"""Which statements get figures: what the session asks for, and of equal findings only those that show something new."""

import argparse
import fnmatch

from reports.clusters import template
from reports.row_view import reading

BAD = {"fail", "warn", "error", "inconclusive"}
WORDS = ("failed", "all", "none")
FIRST = 2  # figures of a cluster before only a worse one is drawn


def figures_option(text):
    """Value of ``--figures``: one of the three words, or globs of statements."""
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise argparse.ArgumentTypeError(f"failed, all, none or names of statements expected, got {text!r}")
    return names


class Choice:
    """Decides which figures are drawn, as the verdicts fall; each process of a session decides for itself.

    Parameters
    ----------
    wanted : list of str
        ``failed``, ``all``, ``none``, or globs of statements (``check`` or ``family.check``).
    """

    def __init__(self, wanted):
        self.wanted = wanted
        self.drawn, self.worst = {}, {}

    def names(self, row):
        """Whether a statement is asked for by name."""
        return any(matches(pattern, row.family, row.check) for pattern in self.wanted if pattern not in WORDS)

    def of(self, row, figures):
        """Figures of a row that are drawn, and how many were left out because others of its cluster show the same.

        Parameters
        ----------
        row : Row
            The verdict.
        figures : sequence of tuple
            What could be drawn; the first one explains a failure.
        """
        if "all" in self.wanted or self.names(row):
            return figures, 0
        passed = row.control is not None and row.verdict == "pass"
        # A group's figure is drawn even when it passes: it is the overview of its family on the page.
        group = row.run.startswith("group:")
        if "failed" not in self.wanted or not figures or passed or not (row.verdict in BAD or group):
            return (), 0
        return (figures[:1], 0) if group or self._is_news(row) else ((), 1)

    def _is_news(self, row):
        """Whether a row is among the first of its cluster, or worse than all before it."""
        entry = reading(row)
        key = (entry["key"], row.verdict, bool(row.control), template(entry))
        beyond = entry["beyond"] if entry["beyond"] is not None else float("-inf")
        news = self.drawn.get(key, 0) < FIRST or beyond > self.worst[key]
        self.worst[key] = max(beyond, self.worst.get(key, beyond))
        self.drawn[key] = self.drawn.get(key, 0) + news
        return news


def left_out(rows):
    """Say how many figures were not drawn, and how to have them; nothing where all were."""
    drawn, left = sum(len(row.figures) for row in rows), sum(row.undrawn for row in rows)
    if left:
        yield (
            f"figures: {drawn} drawn, {left} left out: of equal findings the first {FIRST} and each that is worse than "
            "all before are drawn; --figures=STATEMENT draws every one of a statement"
        )


def family_of(path):
    """Family that a check file belongs to."""
    return path.stem.removeprefix("check_").partition("__")[0]


def matches(pattern, family, check):
    """Whether a glob names a statement."""
    return fnmatch.fnmatchcase(check, pattern) or fnmatch.fnmatchcase(f"{family}.{check}", pattern)
