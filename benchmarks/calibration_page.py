"""The page of a calibration: rates of every statement, and who else fires at each fault."""

from pathlib import Path
from typing import NamedTuple

from benchmarks.rates import DETECTION, FALSE_ALARM, misses
from benchmarks.replicates import ROOT, SIZES  # sets the path
from fixtures.gate.statements import statements

HERE = Path(__file__).parent


class Line(NamedTuple):
    """One statement: its name, its rates by size (None where not measured), and what misses its goal by size."""

    name: str
    rates: dict
    missed: dict


class Crossing(NamedTuple):
    """How often a statement rejects a fault.

    Attributes
    ----------
    letter : str
        D detected as it must be, M missed, o fires too, · silent, empty where the statement does not read the fault.
    rate : float or None
        Share of replicates.
    """

    letter: str
    rate: float | None


def page(result):
    """Render what `benchmarks.rates.table` returns as one HTML page without scripts."""
    from jinja2 import Environment, FileSystemLoader

    environment = Environment(loader=FileSystemLoader(HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["percent"] = percent
    lines = by_family(result["statements"])
    named = [
        (f"{family}.{line.name}", text)
        for family, found in lines.items() for line in found for _, text in line.missed["nominal"]
    ]  # fmt: skip
    return environment.get_template("calibration.html").render(
        lines=lines, named=named, matrices=matrices(result["specificity"]), sizes=SIZES,
        style=(ROOT / "reports" / "page.css").read_text("utf-8"), goals=(FALSE_ALARM, DETECTION),
    )  # fmt: skip


def percent(rate):
    """A rate in percent."""
    return f"{100 * rate:.3g}"


def by_family(rows):
    """Lines of every family."""
    found = {}
    for row in rows:
        family, _, name = row["statement"].partition(".")
        line = found.setdefault(family, {}).setdefault(
            name, Line(name, dict.fromkeys(SIZES), {size: [] for size in SIZES})
        )
        line.rates[row["size"]] = row
        line.missed[row["size"]] = list(misses(row))
    return {family: list(lines.values()) for family, lines in found.items()}


def matrices(specificity):
    """Statements and, by fault, crossings of every family."""
    own = {(s.name, f"{s.reads.kind}:{fault}") for s in statements().values() for fault in s.reads.faults}
    found = {}
    for family, faults in specificity.items():
        columns = sorted({statement for row in faults.values() for statement in row})
        found[family] = (
            [column.partition(".")[2] for column in columns],
            {fault: [crossing((column, fault) in own, row.get(column)) for column in columns]
             for fault, row in sorted(faults.items())},
        )  # fmt: skip
    return found


def crossing(own, rate):
    """Letter of one crossing."""
    if rate is None:
        return Crossing("", None)
    if own:
        return Crossing("D" if rate >= DETECTION else "M", rate)
    return Crossing("o" if rate > 0 else "·", rate)
