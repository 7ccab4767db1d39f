"""A row of the session as the page shows it: every key there, numbers in words, an address of its own."""

import hashlib
import json
import math
import shlex

from reports.tolerance_bar import tolerance_bar
from reports.wording import LETTERS

VERDICTS = ("fail", "error", "warn", "inconclusive", "skip", "pass")
RANK = {word: rank for rank, word in enumerate(VERDICTS)}


def number(x):
    """Four significant digits with a real minus sign; an en dash for what is not there.

    >>> number(-0.00012346), number(41.0), number(None), number(True)
    ('−0.0001235', '41', '–', 'True')
    """
    if x is None:
        return "–"
    if isinstance(x, bool) or not isinstance(x, int | float):
        return str(x)
    return f"{x:.4g}".replace("e-0", "e-").replace("e+0", "e+").replace("-", "−")


def signed(x):
    """Distance beyond the limit with its sign, three digits."""
    if x is None or math.isinf(x):
        return "–" if x is None else "∞"
    return f"{x:+.3g}".replace("e-0", "e-").replace("e+0", "e+").replace("-", "−")


def bounds(lower, upper):
    """The limits in words.

    >>> bounds(-0.1, 0.1), bounds(None, 200.0), bounds(0.5, 2.0)
    ('within ±0.1', 'at most 200', 'within 0.5 … 2')
    """
    if lower is None and upper is None:
        return ""
    if lower is None or upper is None:
        return f"at most {number(upper)}" if lower is None else f"at least {number(lower)}"
    if math.isclose(lower, -upper):
        return f"within ±{number(upper)}"
    return f"within {number(lower)} … {number(upper)}"


def reading(row):
    """Fields of a row and what the page derives from them."""
    shown = {name: getattr(row, name) for name in row.__struct_fields__}
    value, se, z, excess = row.value, row.se, row.z, row.excess
    half = None if se is None or z is None or row.rule == "bare" else z * se
    return shown | {
        "id": address(row),
        "rank": RANK[shown["verdict"]],
        "letter": LETTERS[shown["verdict"]],
        "key": f"{shown['family']}.{shown['check']}",
        "place": ", ".join(f"{name} = {number(value)}" for name, value in shown["case"].items()),
        "statement": shown["statement"].rstrip("."),
        "unit": "" if shown["unit"] in (None, "1") or value is None else shown["unit"],
        "half": half,
        "measured": _measured(value, se, shown["verdict"]),
        "interval": "" if not half or value is None else f"{number(value - half)} … {number(value + half)}",
        "bounds": bounds(shown["lower"], shown["upper"]),
        "beyond": math.inf if excess is None and shown["verdict"] == "fail" else excess,
        "bar": tolerance_bar(value, half, shown["lower"], shown["upper"]),
        "parts": [line for line in str(shown["message"]).splitlines() if line.strip()],
        "evidence": [{"path": piece.path, "sha256": piece.sha256, "run": piece.run} for piece in row.pieces],
        "rerun": shown["rerun"] or (f"pytest {shlex.quote(shown['nodeid'])}" if shown["nodeid"] else ""),
    }


def _measured(value, se, verdict):
    """Value ± one standard error, as the terminal says it."""
    if value is None:
        return "not finite" if verdict == "fail" else ""
    return number(value) + (f" ± {number(float(f'{se:.2g}'))}" if se else "")


def address(row):
    """Anchor of a row, the same in every session that judges the same statement of the same run."""
    names = [getattr(row, key) for key in ("run", "family", "check", "case", "control")]
    identity = json.dumps(names, sort_keys=True, default=str)
    return "s-" + hashlib.sha256(identity.encode()).hexdigest()[:12]


def worst_first(reading):
    """Sort key: gravest verdict, then farthest beyond its limit."""
    beyond = reading["beyond"]
    return reading["rank"], math.inf if beyond is None else -beyond
