"""A small curve of what earlier sessions measured: positions only, the template draws them."""

import math
from typing import NamedTuple

WIDTH, HEIGHT, PAD = 64.0, 18.0, 3.0


class Sparkline(NamedTuple):
    """Curve in a box of WIDTH by HEIGHT, the last point apart.

    Attributes
    ----------
    points : str
        Of a polyline, as SVG has them.
    last : tuple of float
        The value of this session.
    limits : list of float
        Heights of the limits that lie within the picture.
    said : str
        The curve in words.
    """

    points: str
    last: tuple
    limits: list
    said: str


def sparkline(earlier, value, lower, upper):
    """Lay out a value and those before it.

    Parameters
    ----------
    earlier : list of float or None
        Values of earlier sessions, oldest first; None where there was none.
    value : float or None
        The value now.
    lower, upper : float or None
        Its limits.

    Returns
    -------
    Sparkline or None
        None with fewer than two values, or without one now.
    """
    values = [x for x in earlier if x is not None and math.isfinite(x)]
    if not values or value is None:
        return None
    values.append(value)
    low, high = min(values), max(values)
    spread = high - low
    # A limit that the curve comes near to is in the picture; one far away would flatten it.
    near = [limit for limit in (lower, upper) if limit is not None and low - spread <= limit <= high + spread]
    low, high = min([low, *near]), max([high, *near])

    def at(x):
        share = (x - low) / (high - low) if high > low else 0.5
        return round(HEIGHT - PAD - share * (HEIGHT - 2 * PAD), 1)

    step = (WIDTH - 2 * PAD) / (len(values) - 1)
    points = [(round(PAD + n * step, 1), at(x)) for n, x in enumerate(values)]
    said = f"{len(values)} sessions, from {values[0]:.4g} to {value:.4g}"
    return Sparkline(" ".join(f"{x},{y}" for x, y in points), points[-1], [at(limit) for limit in near], said)
