"""What the terminal says of a session: a line a cluster of equal verdicts, and a line a verdict where that is asked."""

from reports.clusters import clusters, nameless
from reports.row_view import number, reading
from reports.wording import LETTERS, plain

SHOWN = {"fail": 40, "error": 40, "warn": 10, "inconclusive": 10}
# Least and largest width of the columns: who, statement, number against limit; what is left is the cause's.
COLUMNS = ((6, 11, 24), (12, 24, 40), (8, 14, 26))
NARROW, WIDE = 80, 130
LEAST_CAUSE = 12


def cluster_lines(rows, width):
    """One line a cluster of what is not passed, gravest verdict first.

    Parameters
    ----------
    rows : list of Row
        Verdicts of the session.
    width : int
        Columns of the terminal.

    Returns
    -------
    list of (str, str)
        Each a verdict and the line that is said of it.
    """
    readings = [reading(row) for row in rows]
    entries, left = [], []
    for verdict, most in SHOWN.items():
        found = clusters(readings, verdict)
        entries += [(verdict, *_cells(cluster)) for cluster in found[:most]]
        if len(found) > most:
            left.append((verdict, f"{LETTERS[verdict]}  and {len(found) - most} more; -ra lists every verdict"))
    widths = _widths([entry[1:] for entry in entries], width)
    return sorted(
        [*((verdict, _line(LETTERS[verdict], cells, widths, width)) for verdict, *cells in entries), *left],
        key=lambda entry: list(SHOWN).index(entry[0]),
    )


def verdict_lines(rows, words):
    """One line a verdict, with its run, its statement and the first line of what was seen.

    Parameters
    ----------
    rows : list of Row
        Verdicts of the session.
    words : set of str
        The verdicts that are listed.
    """
    for row in rows:
        if row.verdict in words:
            case = ", ".join(f"{key} = {number(value)}" for key, value in row.case.items())
            first = (row.message.splitlines() or [""])[0]
            yield (
                row.verdict,
                plain(f"{row.verdict.upper()} {row.run}{f' ({case})' if case else ''} {row.name}: {first}"),
            )


def _cells(cluster):
    """Who, statement, number against limit, cause."""
    worst, n = cluster.worst, len(cluster.runs)
    who = f"{n} runs" if n > 1 else worst["run"].removeprefix("group:") or "the suite"
    return [plain(cell) for cell in (who, worst["check"], against(worst), _cause(cluster))]


def against(entry):
    """The deciding number beside the limit that it meets or misses.

    >>> against({"value": 310.0, "se": None, "lower": None, "upper": 50.0, "verdict": "fail", "measured": "310"})
    '310 > 50'
    """
    value, se, lower, upper = (entry[name] for name in ("value", "se", "lower", "upper"))
    if value is None:
        return entry["measured"]
    if entry["verdict"] == "inconclusive" and se and entry["z"]:
        half = number(float(f"{se * entry['z']:.2g}"))
        return f"{_short(value)} ± {half} of {_limit(lower, upper)}"
    if upper is not None and value > upper:
        return f"{_short(value)} > {_short(upper)}"
    if lower is not None and value < lower:
        return f"{_short(value)} < {_short(lower)}"
    return f"{_short(value)} of {_limit(lower, upper)}" if (lower, upper) != (None, None) else _short(value)


def _short(value):
    return number(float(f"{value:.3g}"))


def _limit(lower, upper):
    if lower is None or upper is None:
        return f"≤ {_short(upper)}" if lower is None else f"≥ {_short(lower)}"
    return f"±{_short(upper)}" if lower == -upper else f"{_short(lower)} … {_short(upper)}"


def _cause(cluster):
    """What sets the runs apart; else what was seen beyond the number, or what the finding means."""
    worst = cluster.worst
    if cluster.apart:
        return "; ".join(cluster.apart)
    seen = nameless(worst)
    if worst["verdict"] == "inconclusive" and worst["value"] is not None:
        return next((fact for fact in _facts(seen) if "would decide" in fact), "the data do not decide it")
    if worst["verdict"] in ("error", "inconclusive"):
        return seen.removeprefix("…: ")
    return worst["means"].partition(". ")[0].rstrip(".") or seen


def _facts(seen):
    """What a message says in brackets at its end."""
    return seen.rpartition("(")[2].rstrip(")").split("; ")


def _widths(table, width):
    """Widths of the columns: what the cells need, more where the terminal is wider."""
    share = min(max((width - NARROW) / (WIDE - NARROW), 0.0), 1.0)
    widths = []
    for n, (least, narrow, wide) in enumerate(COLUMNS):
        most = round(narrow + share * (wide - narrow))
        widths.append(min(max([least, *(len(row[n]) for row in table)]), most))
    return widths


def _line(sign, cells, widths, width):
    who, statement, measured, cause = cells
    shown = [cut(who, widths[0], "left"), cut(statement, widths[1], "middle"), cut(measured, widths[2], "right")]
    line = f"{sign}  " + "  ".join(cell.ljust(room) for cell, room in zip(shown, widths, strict=True))
    room = width - len(line) - 2
    return (f"{line}  {cut(cause, room, 'right')}" if room >= LEAST_CAUSE else line).rstrip()


def cut(text, room, side):
    """Shorten a text where it tells least: a run's name at its beginning, a statement in its middle.

    >>> cut("E_256/run_01", 8, "left"), cut("sequences_are_on_policy", 11, "middle"), cut("short", 8, "right")
    ('…/run_01', 'seque…olicy', 'short')
    """
    if len(text) <= room:
        return text
    if side == "left":
        return "…" + text[len(text) - room + 1 :]
    head = room // 2 if side == "middle" else room - 1
    tail = room - 1 - head
    return text[:head].rstrip() + "…" + (text[-tail:] if tail else "")
