"""Tables of what was measured beside the verdicts: a line a run and case, under the run's sentence."""

from reports.numbers import number

LINES = 1000


def measured(readings, sentences):
    """Values of the families that have some, or a sentence about a run.

    Parameters
    ----------
    readings : list of dict
        What `reports.row_view.reading` makes of rows.
    sentences : dict
        (family, run) -> sentence.

    Returns
    -------
    dict
        Family -> ``columns`` (pairs of a name and its unit), ``runs`` (each with its sentence, the ids of the family's
        readings and its lines: id, place, and a cell a column), ``more`` (how many lines are left out).
    """
    found = {}
    for entry in readings:
        if entry["control"] or not (entry["values"] or (entry["family"], entry["run"]) in sentences):
            continue
        table = found.setdefault(entry["family"], {"columns": {}, "runs": {}, "more": 0})
        run = table["runs"].setdefault(entry["run"], {"ids": [], "lines": []})
        run["sentence"] = sentences.get((entry["family"], entry["run"]), "")
        run["ids"].append(entry["id"])
        if entry["values"]:
            table["columns"].update({name: value["unit"] for name, value in entry["values"].items()})
            run["lines"].append(entry)
    return {family: _shown(table) for family, table in found.items()}


def _shown(table):
    """Table with its cells in words; lines beyond what a page bears are counted."""
    columns, room = list(table["columns"].items()), LINES
    runs = []
    for name, run in table["runs"].items():
        room -= 1  # its sentence
        if room < 0:
            table["more"] += 1 + len(run["lines"])
            continue
        lines = [
            {"id": entry["id"], "place": entry["place"], "cells": [_cell(entry["values"].get(c)) for c, _ in columns]}
            for entry in run["lines"][:room]
        ]
        table["more"] += len(run["lines"]) - len(lines)
        room -= len(lines)
        runs.append(run | {"run": name, "lines": lines})
    return {"columns": columns, "runs": runs, "more": table["more"]}


def _cell(value):
    if value is None:
        return ""
    se = value["se"]
    error = f" ± {number(float(f'{se:.2g}'))}" if isinstance(se, float) else " ± ?" if se == "unknown" else ""
    return number(value["value"]) + error
