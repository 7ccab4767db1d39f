"""Runs down, statements across: the worst verdict of every crossing, runs gathered by their folder."""

from collections import Counter
from typing import NamedTuple

from reports.row_view import worst_first

MANY_RUNS, SHOWN = 40, 5  # from how many runs on folders fold, and how many failing runs each then still shows
GRAVE = ("fail", "error")


class Cell(NamedTuple):
    """The worst reading of a crossing, how many share its verdict, and of how many."""

    worst: dict
    n: int
    of: int


class Line(NamedTuple):
    """One run: its id and a cell, or None, for every statement."""

    run: str
    cells: list


class Folder(NamedTuple):
    """Runs of one folder.

    Attributes
    ----------
    name : str
        The folder.
    cells : list of Cell or None
        Worst of all its runs, counted in runs.
    shown, folded : list of Line
        Runs that the page shows at once, and those it shows on demand.
    """

    name: str
    cells: list
    shown: list
    folded: list


def columns(readings):
    """Family -> its statements in the order of the session, each as the pair (check, claim)."""
    found = {}
    for entry in readings:
        found.setdefault(entry["family"], {}).setdefault(entry["check"], entry["statement"])
    return {family: list(checks.items()) for family, checks in found.items()}


def matrices(readings, runs=()):
    """Lay the readings of real runs out by folder and run; families without a common run get a table each.

    Parameters
    ----------
    readings : sequence of dict
        Readings of real runs.
    runs : sequence of str
        Ids in the wanted order; runs that only the readings know follow.

    Returns
    -------
    list of dict
        Each with ``columns`` (see above), ``checks``, their names in one row, and ``folders``, a list of Folder.
    """
    return [_table([entry for entry in readings if entry["family"] in block], runs) for block in _blocks(readings)]


def _blocks(readings):
    """Sets of families that are linked by runs which they share."""
    blocks = []
    members = {}
    for entry in readings:
        members.setdefault(entry["family"], set()).add(entry["run"])
    for family, runs in members.items():
        linked = [block for block in blocks if any(runs & members[other] for other in block)]
        blocks = [block for block in blocks if block not in linked]
        blocks.append({family}.union(*linked))
    return blocks


def _table(readings, runs):
    across = columns(readings)
    keys = [f"{family}.{check}" for family, checks in across.items() for check, _ in checks]
    crossing, folders = {}, {}
    for entry in readings:
        crossing.setdefault(entry["run"], {}).setdefault(entry["key"], []).append(entry)
    ordered = [run for run in dict.fromkeys([*runs, *crossing]) if run in crossing]
    for run in ordered:
        folders.setdefault(parent(run), []).append(run)
    shown = None if len(ordered) <= MANY_RUNS else min(SHOWN, MANY_RUNS // len(folders))
    return {
        "columns": across,
        "checks": [check for checks in across.values() for check, _ in checks],
        "folders": [_folder(name, runs, crossing, keys, shown) for name, runs in folders.items()],
    }


def parent(run):
    """Folder of a run; groups of runs have one of their own.

    >>> parent("E_256/run_01"), parent("alone"), parent("group:E_256,lam=0")
    ('E_256', '.', 'groups of runs')
    """
    return "groups of runs" if run.startswith("group:") else run.rpartition("/")[0] or "."


def _folder(name, runs, crossing, keys, most):
    lines = [Line(run, [_cell(crossing[run].get(key)) for key in keys]) for run in runs]
    cells = [_cell([line.cells[k].worst for line in lines if line.cells[k]]) for k in range(len(keys))]
    if most is None or len(lines) <= 2:
        return Folder(name, cells, lines, [])
    grave = [line for line in lines if any(cell and cell.worst["verdict"] in GRAVE for cell in line.cells)]
    grave.sort(key=lambda line: min(worst_first(cell.worst) for cell in line.cells if cell))
    shown = grave[:most]
    kept = {line.run for line in shown}
    return Folder(name, cells, shown, [line for line in lines if line.run not in kept])


def _cell(entries):
    if not entries:
        return None
    worst = min(entries, key=worst_first)
    return Cell(worst, Counter(entry["verdict"] for entry in entries)[worst["verdict"]], len(entries))
