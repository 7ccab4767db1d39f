"""Causes before symptoms: what broke a run once for all its statements, and what failing runs have in common."""

import math
import re
from typing import NamedTuple

from reports.clusters import PATH, separators
from reports.row_view import worst_first

BAD = ("fail", "error")
# What can have happened to a run, gravest first: everything else that its statements say may follow from it.
TROUBLES = {
    "unreadable": ("cannot be read or contradicts itself", "cannot be read or contradict themselves"),
    "killed": ("stopped before its end", "stopped before their end"),
    "diverged": ("diverged: its numbers are not finite", "diverged: their numbers are not finite"),
}
RANK = list(TROUBLES)
WHEN = re.compile(r"\b(epoch|step)s? [\d.]")
CHANCE = 0.1  # a setting that would part that many runs with this probability by accident explains nothing
ALIKE = 0.5  # from which share of common runs on two statements fail for one cause


class Cause(NamedTuple):
    """One thing to look into.

    Attributes
    ----------
    title : str
        What it is, in words that follow the runs' names.
    lead : dict
        The reading that shows it best.
    failures, consequences : list of dict
        Readings that fail or are in error for it, the lead first; what else could not be judged in a broken run.
    runs : list of str
        Ids of the runs.
    apart : list of str
        Settings that these runs share and the passing ones do not.
    passing : int
        Number of runs that pass what these fail.
    """

    title: str
    lead: dict
    failures: list
    consequences: list
    runs: list
    apart: list
    passing: int

    @property
    def seen(self):
        """What was seen of a broken run, or where there is no number, without the names of folders; else empty."""
        if self.lead["bar"] is not None and self.title in ("fail", "fails"):
            return ""
        said = [line for line in self.lead["parts"] if WHEN.search(line)] or self.lead["parts"]
        return PATH.sub(lambda path: path[0].rpartition("/")[2], said[0]) if said else ""

    @property
    def statements(self):
        """Statements that fail: key -> its worst reading."""
        found = {}
        for entry in self.failures:
            found.setdefault(entry["key"], entry)
        return found


def causes(readings):
    """Fold failures and errors of real runs into their causes: broken runs first, then by how much they explain.

    Parameters
    ----------
    readings : sequence of dict
        All readings of a session.

    Returns
    -------
    list of Cause
    """
    real = [entry for entry in readings if entry["run"] and not entry["control"]]
    by_run = {}
    for entry in real:
        by_run.setdefault(entry["run"], []).append(entry)
    broken = _broken(by_run)
    hurt = {run for cause in broken for run in cause.runs}
    rest = [entry for entry in real if entry["run"] not in hurt]
    return broken + _shared(rest)


def trouble(reading):
    """What has happened to a run, as one of its readings shows it; empty if the reading tells of no such thing.

    >>> trouble({"verdict": "fail", "cause": "killed"}), trouble({"verdict": "pass", "cause": ""})
    ('killed', '')
    """
    if reading["verdict"] == "error":
        return "unreadable"
    if reading["verdict"] != "fail":
        return ""
    if reading["cause"] in RANK:
        return reading["cause"]
    return "diverged" if reading["value"] is None and reading["beyond"] == math.inf else ""


def _broken(by_run):
    """Runs that something has happened to, gathered by what it is and by the statement that shows it."""
    groups = {}
    for run, entries in by_run.items():
        shown = [
            (RANK.index(word), worst_first(entry), n) for n, entry in enumerate(entries) if (word := trouble(entry))
        ]
        if shown and not run.startswith("group:"):
            rank, _, n = min(shown)
            groups.setdefault((rank, entries[n]["key"]), []).append((entries[n], entries))
    return [_cause_of_broken(rank, found, by_run) for (rank, _), found in sorted(groups.items(), key=lambda g: g[0][0])]


def _cause_of_broken(rank, found, by_run):
    found = sorted(found, key=lambda pair: worst_first(pair[0]))
    leads, runs = [lead for lead, _ in found], [lead["run"] for lead, _ in found]
    others = [entry for lead, entries in found for entry in entries if entry is not lead]
    failures = leads + sorted((entry for entry in others if entry["verdict"] in BAD), key=worst_first)
    idle = [entry for entry in others if entry["verdict"] in ("inconclusive", "warn") or _not_judged(entry)]
    title = TROUBLES[RANK[rank]][len(runs) > 1]
    key = leads[0]["key"]
    passing = [entry for entries in by_run.values() for entry in entries if entry["key"] == key]
    return _cause(title, failures, idle, runs, [entry for entry in passing if entry["verdict"] == "pass"])


def _not_judged(entry):
    """Whether something was skipped because of the run's state, not because it lacks what is optional."""
    return entry["verdict"] == "skip" and entry["cause"] != "missing"


def _shared(readings):
    """Failures of sound runs, joined where the same runs fail several statements."""
    failing, groups = {}, []
    for entry in readings:
        if entry["verdict"] in BAD:
            failing.setdefault(entry["key"], []).append(entry)
    for entries in sorted(failing.values(), key=lambda entries: -len(runs_of(entries))):
        home = next((group for group in groups if _alike(runs_of(entries), runs_of(group[0]))), None)
        if home is None:
            groups.append([entries])
        else:
            home.append(entries)
    joined = [_cause_of_shared(members, readings) for members in groups]
    return sorted(joined, key=lambda cause: (-len(cause.runs), worst_first(cause.lead)))


def runs_of(readings):
    """Ids of the runs of some readings."""
    return {entry["run"] for entry in readings}


def _alike(runs, others):
    return len(runs & others) > ALIKE * len(runs | others)


def _cause_of_shared(members, readings):
    """Failures of one or more statements; the one that most runs fail leads, with its worst reading."""
    failures = [entry for entries in members for entry in sorted(entries, key=worst_first)]
    runs, key = list(dict.fromkeys(entry["run"] for entry in failures)), failures[0]["key"]
    passing = [e for e in readings if e["verdict"] == "pass" and e["key"] == key and e["run"] not in runs]
    return _cause("fail" if len(runs) > 1 else "fails", failures, [], runs, passing)


def _cause(title, failures, consequences, runs, passing):
    """Put a cause together, with the settings that part its runs from the passing ones better than chance would."""
    sound = list({entry["run"]: entry for entry in passing}.values())
    bad = list({entry["run"]: entry for entry in failures if entry["config"]}.values())
    apart = separators(bad, sound) if sound and _chance(len(bad), len(sound)) <= CHANCE else []
    # A setting may stand twice, once under the name of its table.
    once = {line.partition(" ")[0].rpartition(".")[2] + line.partition(" ")[2]: line for line in apart}
    return Cause(title, failures[0], failures, consequences, runs, list(once.values())[:4], len(sound))


def _chance(failing, passing):
    """Probability that one setting without influence parts the runs, in either direction.

    >>> _chance(2, 2), _chance(4, 9) < 0.01
    (0.3333333333333333, True)
    """
    return 2 / math.comb(failing + passing, failing)
