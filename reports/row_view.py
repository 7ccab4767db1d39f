"""A row of the session as the page shows it: every key there, numbers in words, an address of its own."""

import hashlib
import json
import math
import shlex

from msgspec.structs import replace

from reports.deciding_quantity import deciding
from reports.earlier import change
from reports.numbers import number
from reports.sparkline import sparkline
from reports.wording import LETTERS

VERDICTS = ("fail", "error", "warn", "inconclusive", "skip", "pass")
RANK = {word: rank for rank, word in enumerate(VERDICTS)}


def reading(row):
    """Fields of a row and what the page derives from them."""
    shown = {name: getattr(row, name) for name in row.__struct_fields__}
    decided, excess = deciding(row), row.excess
    if excess is None and row.verdict == "fail":
        excess = math.inf
    return shown | {
        "id": address(row),
        "rank": RANK[shown["verdict"]],
        "letter": LETTERS[shown["verdict"]],
        "key": f"{shown['family']}.{shown['check']}",
        "place": ", ".join(f"{name} = {number(value)}" for name, value in shown["case"].items()),
        "statement": shown["statement"].rstrip("."),
        "decided": decided,
        "unit": decided.unit,
        "measured": decided.measured or ("not finite" if row.verdict == "fail" else ""),
        "interval": decided.interval,
        "bounds": decided.bounds,
        "beyond": excess,
        "past": decided.beyond(excess),
        "bar": decided.bar,
        "change": change(row),
        "then": _then(row),
        "trace": sparkline([before.value for before in row.earlier] or row.history, row.value, row.lower, row.upper),
        "parts": [line for line in str(shown["message"]).splitlines() if line.strip()],
        "evidence": [{"path": piece.path, "sha256": piece.sha256, "run": piece.run} for piece in row.pieces],
        "rerun": shown["rerun"] or (f"pytest {shlex.quote(shown['nodeid'])}" if shown["nodeid"] else ""),
    }


def _then(row):
    """Verdict and number of the last earlier session; None without one."""
    if not row.earlier:
        return None
    before = row.earlier[-1]
    known = before.value is not None
    shown = deciding(replace(row, value=before.value, se=None, significance=None)) if known else None
    return {"verdict": before.verdict, "measured": shown.measured if shown else "", "unit": shown.unit if shown else ""}


def address(row):
    """Anchor of a row, the same in every session that judges the same statement of the same run."""
    names = [getattr(row, key) for key in ("run", "family", "check", "case", "control")]
    identity = json.dumps(names, sort_keys=True, default=str)
    return "s-" + hashlib.sha256(identity.encode()).hexdigest()[:12]


def worst_first(reading):
    """Sort key: gravest verdict, then farthest beyond its limit."""
    beyond = reading["beyond"]
    return reading["rank"], math.inf if beyond is None else -beyond
