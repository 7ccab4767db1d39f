"""Where limits, value and interval lie on the bar that a card shows: positions only, the template draws them."""

import math
from typing import NamedTuple

MARGIN = 0.06
DECADES = 15  # of half-widths beyond a limit that the bar can show
NARROW = 0.4  # a band that is narrower than this has one label for both its limits


class Bar(NamedTuple):
    """Positions from 0 (left end) to 1 (right end).

    Attributes
    ----------
    left, right : float
        Ends of the allowed band; 0 or 1 where that side is open.
    lower, upper : float or None
        Positions of the limits; None where there is none.
    value : float
        Position of the value, at an end of the bar where it lies outside the picture.
    low, high : float or None
        Ends of the interval; None without a standard error.
    off : int
        -1 or 1 where the value lies beyond the left or right end, else 0.
    decades : list of float
        Where the distance beyond a limit is 1, 10, 100, ... half-widths, as far as the bar goes.
    narrow : bool
        Whether the limits lie too close for a label each.
    """

    left: float
    right: float
    lower: float | None
    upper: float | None
    value: float
    low: float | None
    high: float | None
    off: int
    decades: list
    narrow: bool


def compressed(u):
    """Symmetric logarithm: the distance itself up to one half-width, its magnitude beyond.

    >>> compressed(0.5), compressed(1.0), compressed(-100.0)
    (0.5, 1.0, -3.0)
    """
    return u if abs(u) <= 1 else math.copysign(1 + math.log10(abs(u)), u)


class Scale:
    """Linear between the limits, symmetric-logarithmic beyond them, in half-widths of the tolerance.

    Parameters
    ----------
    lower, upper : float or None
        The limits, at least one.
    width : float, optional
        Half-width where only one limit is there; default: the size of that limit.
    """

    def __init__(self, lower, upper, width=None):
        if lower is not None and upper is not None:
            # Limits the wrong way round allow nothing; they are drawn as they stand.
            self.low, self.high = min(lower, upper), max(lower, upper)
            self.width = (self.high - self.low) / 2
        else:
            self.low = self.high = lower if upper is None else upper
            self.width = width or abs(self.low)
        self.width = self.width or 1.0

    def __call__(self, x):
        """Coordinate of a number: half-widths from the middle of the limits, compressed beyond them."""
        if self.low <= x <= self.high:
            return (x - self.low) / self.width - (self.high - self.low) / (2 * self.width)
        edge = self.high if x > self.high else self.low
        u = compressed(min(max((x - edge) / self.width, -(10.0**300)), 10.0**300))
        return u + self(edge)


def tolerance_bar(value, half, lower, upper, *, width=None):
    """Lay out a value with its half interval against its limits.

    Parameters
    ----------
    value : float or None
        The measured value.
    half : float or None
        Half the interval, the verdict's multiple of the standard error; None where the value carries none.
    lower, upper : float or None
        The limits.
    width : float, optional
        Distance from a single limit up to which the bar is linear; default: the size of the limit.

    Returns
    -------
    Bar or None
        None where there is nothing to draw: no value, or no limit.
    """
    if value is None or (lower is None and upper is None):
        return None
    scale = Scale(lower, upper, width)
    first, last = scale(scale.low), scale(scale.high)
    ends = [scale(x) for x in (value, value - (half or 0.0), value + (half or 0.0))]
    start = max(min(*ends, first - (lower is None)), first - 1 - DECADES)
    end = min(max(*ends, last + (upper is None)), last + 1 + DECADES)
    # Beyond its limits a bar always has some room: where the limit is must be seen.
    start, end = min(start, first - 0.25), max(end, last + 0.25)

    def at(coordinate):
        return MARGIN + min(max((coordinate - start) / (end - start), 0.0), 1.0) * (1 - 2 * MARGIN)

    off = (ends[0] > end) - (ends[0] < start)
    steps = [first - 1 - k for k in range(DECADES + 1) if lower is not None]
    steps += [last + 1 + k for k in range(DECADES + 1) if upper is not None]
    return Bar(
        left=0.0 if lower is None else at(first),
        right=1.0 if upper is None else at(last),
        lower=None if lower is None else at(scale(lower)),
        upper=None if upper is None else at(scale(upper)),
        value=at(ends[0]) if not off else (1 - MARGIN / 2 if off > 0 else MARGIN / 2),
        low=None if half is None else at(ends[1]),
        high=None if half is None else at(ends[2]),
        off=off,
        decades=sorted(at(step) for step in steps if start <= step <= end),
        narrow=lower is not None and upper is not None and at(last) - at(first) < NARROW,
    )
