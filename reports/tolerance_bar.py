"""Where limits, value and interval lie on the bar that a card shows: positions only, the template draws them."""

from typing import NamedTuple

REACH = 4.0
MARGIN = 0.06


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
    cut_low, cut_high : bool
        Whether the interval continues beyond the picture.
    """

    left: float
    right: float
    lower: float | None
    upper: float | None
    value: float
    low: float | None
    high: float | None
    off: int
    cut_low: bool
    cut_high: bool


def window(value, half, lower, upper):
    """Range of the quantity that the bar shows: the limits always, a value beyond them up to four half-widths away.

    An interval that reaches the limits is shown whole: how far it dwarfs them is what a reader must see.

    >>> window(0.5, 0.0, -1.0, 1.0)
    (-1.0, 1.0)
    >>> window(90.0, 1.0, -1.0, 1.0)
    (-1.0, 4.0)
    """
    if lower is not None and upper is not None:
        centre, width = (lower + upper) / 2, (upper - lower) / 2
        width = width or abs(value - centre) or 1.0
        least, most = (lower, upper) if lower < upper else (centre - width / 4, centre + width / 4)
    else:
        centre = lower if upper is None else upper
        width = abs(value - centre) or abs(centre) or 1.0
        least, most = centre - width / 2, centre + width / 2
    low, high = min(least, value - half), max(most, value + half)
    if value - half <= most and value + half >= least:
        return low, high
    return max(low, centre - REACH * width), min(high, centre + REACH * width)


def tolerance_bar(value, half, lower, upper):
    """Lay out a value with its half interval against its limits.

    Parameters
    ----------
    value : float or None
        The measured value.
    half : float or None
        Half the interval, z times the standard error; None where the value carries no standard error.
    lower, upper : float or None
        The limits.

    Returns
    -------
    Bar or None
        None where there is nothing to draw: no value, or no limit.
    """
    if value is None or (lower is None and upper is None):
        return None
    start, end = window(value, half or 0.0, lower, upper)
    scale = (1 - 2 * MARGIN) / (end - start)

    def at(x):
        return MARGIN + (x - start) * scale

    def clamp(x):
        return min(max(at(x), 0.0), 1.0)

    off = (value > end) - (value < start)
    return Bar(
        left=0.0 if lower is None else at(lower),
        right=1.0 if upper is None else at(upper),
        lower=None if lower is None else at(lower),
        upper=None if upper is None else at(upper),
        value=at(value) if not off else (1 - MARGIN / 2 if off > 0 else MARGIN / 2),
        low=None if half is None else clamp(value - half),
        high=None if half is None else clamp(value + half),
        off=off,
        cut_low=half is not None and at(value - half) < 0,
        cut_high=half is not None and at(value + half) > 1,
    )
