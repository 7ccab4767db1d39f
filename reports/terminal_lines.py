"""What the terminal says of a session: a line a cluster of equal verdicts, and a line a verdict where that is asked."""

from reports.clusters import clusters, nameless
from reports.numbers import number
from reports.row_view import reading
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
    measured = against(worst["decided"], worst["verdict"]) or worst["measured"]
    return [plain(cell) for cell in (who, worst["check"], measured, _cause(cluster))]


def against(decided, verdict):
    """The deciding number beside the limit that it meets or misses; empty where there is none.

    >>> from reports.deciding_quantity import Deciding
    >>> against(Deciding(310.0, None, None, 50.0, "", "", False, False), "fail")
    '310 > 50'
    """
    value, half, lower, upper = decided.value, decided.half, decided.lower, decided.upper
    if value is None:
        return ""
    shown = _short(decided, value)
    unit = " s.e." if decided.standard_errors else ""
    if verdict == "inconclusive" and half and not decided.logarithmic:
        return f"{shown} ± {number(float(f'{half:.2g}'))} of {_limit(decided)}"
    if upper is not None and value > upper:
        return f"{shown} > {_short(decided, upper)}{unit}"
    if lower is not None and value < lower:
        return f"{shown} < {_short(decided, lower)}{unit}"
    return f"{shown} of {_limit(decided)}" if (lower, upper) != (None, None) else shown


def _short(decided, x):
    return decided.shown(x) if decided.logarithmic else number(float(f"{x:.3g}"))


def _limit(decided):
    lower, upper = decided.lower, decided.upper
    if lower is None or upper is None:
        return f"≤ {_short(decided, upper)}" if lower is None else f"≥ {_short(decided, lower)}"
    if lower == -upper and not decided.logarithmic:
        return f"±{_short(decided, upper)}"
    return f"{_short(decided, lower)} … {_short(decided, upper)}"


def _cause(cluster):
    """What sets the runs apart; else what was seen beyond the number, or what the finding means."""
    worst = cluster.worst
    if cluster.apart:
        return "; ".join(cluster.apart)
    seen = nameless(worst)
    if worst["verdict"] == "inconclusive" and worst["decided"].value is not None:
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
