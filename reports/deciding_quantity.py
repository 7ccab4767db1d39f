"""The quantity that decided a verdict, as bar, number, distance beyond the limit and message show it alike."""

import math
from typing import NamedTuple

from fixtures.gate.row import LOGARITHMIC
from reports.numbers import number, signed
from reports.tolerance_bar import tolerance_bar

LARGEST_EXPONENT = 300


class Deciding(NamedTuple):
    """Deciding quantity of a row.

    Attributes
    ----------
    value, half, lower, upper : float or None
        Value, half its interval, and the limits, on the scale that was judged.
    unit : str
        Unit of the value as it is shown; empty for a pure number.
    width : str
        How wide the interval is; empty where there is none.
    logarithmic : bool
        Whether ``value`` is the logarithm to the base 10 of what is shown.
    standard_errors : bool
        Whether the value is a distance from zero in standard errors.
    """

    value: float | None
    half: float | None
    lower: float | None
    upper: float | None
    unit: str
    width: str
    logarithmic: bool
    standard_errors: bool

    def shown(self, x):
        """A number of the judged scale as the page writes it."""
        if x is None or not self.logarithmic:
            return number(x)
        return number(10.0**x) if abs(x) < LARGEST_EXPONENT else f"10^{x:.0f}".replace("-", "−")

    @property
    def interval(self):
        """Ends of the interval; empty without a standard error."""
        if self.value is None or not self.half:
            return ""
        return f"{self.shown(self.value - self.half)} … {self.shown(self.value + self.half)}"

    @property
    def measured(self):
        """Value with its interval; empty without a value."""
        if self.value is None:
            return ""
        if self.logarithmic or not self.half:
            return self.shown(self.value)
        return f"{self.shown(self.value)} ± {number(float(f'{self.half:.2g}'))}"

    @property
    def bounds(self):
        """The limits in words."""
        lower, upper = self.lower, self.upper
        if lower is None and upper is None:
            return ""
        if lower is None or upper is None:
            return f"at most {self.shown(upper)}" if lower is None else f"at least {self.shown(lower)}"
        if math.isclose(lower, -upper) and not self.logarithmic:
            return f"within ±{self.shown(upper)}"
        return f"within {self.shown(lower)} … {self.shown(upper)}"

    def beyond(self, excess):
        """How far beyond its limit, in words: half-widths of the tolerance, a factor, or standard errors."""
        if excess is None or math.isinf(excess):
            return "" if excess is None else "∞"
        if self.standard_errors:
            return f"{signed(self.value - self.upper)} s.e."
        if self.logarithmic and self.value is not None:
            past = max(
                self.lower - self.value if self.lower is not None else -math.inf,
                self.value - self.upper if self.upper is not None else -math.inf,
            )
            factor = self.shown(abs(past)) if abs(past) > LARGEST_EXPONENT else number(float(f"{10 ** abs(past):.3g}"))
            return ("×" if past >= 0 else "÷") + factor
        return signed(excess)

    @property
    def bar(self):
        """Positions of the tolerance bar; None where there is nothing to draw."""
        return tolerance_bar(self.value, self.half, self.lower, self.upper, width=1.0 if self.logarithmic else None)


def deciding(row):
    """Take the deciding quantity from a row.

    Examples
    --------
    >>> from fixtures.gate.row import Row
    >>> row = Row(run="a", family="f", check="c", verdict="fail", value=-0.24, se=0.04, lower=-0.25, upper=0.25)
    >>> deciding(row).bounds
    'within ±0.25'
    >>> row.significance = 4.0
    >>> deciding(row).measured, deciding(row).bounds, deciding(row).unit
    ('6', 'at most 4', 'standard errors from 0')
    """
    if row.significance is not None and row.value is not None and row.se:
        return Deciding(
            abs(row.value) / row.se, None, None, row.significance, "standard errors from 0", "", False, True
        )
    bare = row.se is None or row.z is None or row.rule == "bare"
    half = None if bare else row.z * row.se
    logarithmic = row.unit in LOGARITHMIC
    unit = "" if row.unit in (None, "1", *LOGARITHMIC) or row.value is None else row.unit
    width = f"± {number(float(f'{row.z:.3g}'))} standard errors" if half and row.value is not None else ""
    return Deciding(row.value, half, row.lower, row.upper, unit, width, logarithmic, False)
