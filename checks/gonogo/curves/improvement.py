"""Whether a curve has improved since it began, and whether it still moves at all."""

import math

import numpy as np

from gonogo.arrays import ArrayLike
from gonogo.curve_operations import curve_noise, lost_tail
from gonogo.curves.final_level import final_level, level_rows
from gonogo.estimate import Estimate, NotEnoughData

FEWEST = 8
FIRST = 3  # points of the first level


def improvement(values: ArrayLike, rows: int | None = None) -> Estimate:
    """Fall of a curve from its first level to its last one, as a share of the first.

    Parameters
    ----------
    values : array_like, shape (N,)
        The curve as it was logged.
    rows : int, optional
        Points that make a level; ``level_rows`` of them if not given. The first level is that of the first three
        points: training moves fastest there.

    Returns
    -------
    Estimate
        Positive where it fell; NaN where its end is not finite.

    Raises
    ------
    NotEnoughData
        With fewer than ``FEWEST`` finite points, or where the curve begins at zero.

    Examples
    --------
    >>> round(improvement([4.0, 4.0, 4.0, 3.0, 2.0, 1.0, 1.0, 1.0, 1.0]).value, 3)
    0.75
    """
    values = np.asarray(values, float)
    if lost_tail(values) or (len(values) and not np.isfinite(values[-1])):
        return Estimate(math.nan, n=len(values))
    finite = values[np.isfinite(values)]
    if len(finite) < FEWEST:
        raise NotEnoughData(f"an improvement needs {FEWEST} points, got {len(finite)}")
    first, last = float(finite[:FIRST].mean()), final_level(finite, rows or level_rows(len(finite)))
    # The curve is steep at its beginning: its noise is that about a smooth curve, not about a line.
    error = curve_noise(finite) / math.sqrt(FIRST)
    scale = abs(first)
    if scale == 0:
        raise NotEnoughData("the curve begins at zero: a share of it says nothing")
    return Estimate((first - last.value) / scale, se=math.hypot(error, last.error) / scale, n=len(finite), dof=last.dof)


def dead_share(values: ArrayLike) -> Estimate:
    """Share of a curve, from its end, in which every point is exactly the same number.

    Examples
    --------
    >>> dead_share([3.0, 2.0, 1.0, 1.0]).value, dead_share([3.0, 2.0, 1.0, 0.9]).value
    (0.5, 0.0)
    """
    values = np.asarray(values, float)
    moved = np.flatnonzero(values != values[-1])
    same = len(values) - (int(moved[-1]) + 1 if len(moved) else 0)
    return Estimate(same / len(values) if same > 1 else 0.0, n=len(values))
