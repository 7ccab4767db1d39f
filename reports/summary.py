"""What stands at the top of the page: the session in a sentence, and what broke by how much."""

from collections import Counter
from datetime import datetime

from reports.row_view import worst_first

CLOSE_CALLS = 8  # shown at once; a filter shows the first so many of what it lets through


def headline(readings):
    """The session in a sentence."""
    counts = Counter(entry["verdict"] for entry in readings)
    bad = [entry for entry in readings if entry["verdict"] in ("fail", "error")]
    runs, among = ({entry["run"] for entry in group if _of_one_run(entry)} for group in (bad, readings))
    if not readings:
        return "Nothing was judged."
    place = f"{len(among)} {'run' if len(among) == 1 else 'runs'}" if among else "controls"
    judged = counts["pass"] + counts["warn"] + counts["fail"]
    if bad:
        words = [f"{n} {text}" for n, text in ((counts["fail"], "failed"), (counts["error"], "in error")) if n]
        where = f"{len(runs)} of {place}" if runs else place
        return f"{' and '.join(words)} of {len(readings)} statements, on {where}."
    if judged == len(readings) and counts["pass"] == judged:
        return f"All {judged} statements hold on {place}."
    return f"Nothing fails: {counts['pass']} of {len(readings)} statements hold on {place}."


def _of_one_run(entry):
    return entry["run"] and not entry["control"] and not entry["run"].startswith("group:")


def lasted(session):
    """How long the session took, in words; empty if it does not say."""
    try:
        start, end = (datetime.fromisoformat(session[key]) for key in ("started", "finished"))
        seconds = (end - start).total_seconds()
    except ValueError:
        return ""
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def calls(readings):
    """Worst of every statement, farthest beyond its limit first; what passes only where nothing fails."""
    real = [entry for entry in readings if not entry["control"]]
    broken = [entry for entry in readings if entry["verdict"] in ("fail", "error", "warn")]
    judged = broken or [entry for entry in real if entry["beyond"] is not None]
    worst = {}
    for entry in sorted(judged, key=worst_first):
        worst.setdefault((entry["key"], entry["verdict"]), []).append(entry)
    return list(worst.values())
