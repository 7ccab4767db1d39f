"""Divergence: how far a curve that should fall ends above the lowest level that it has held."""

import math

import numpy as np

from gonogo.arrays import ArrayLike
from gonogo.curve_operations import lost_tail
from gonogo.curves.final_level import final_level, level_rows, mean_level
from gonogo.estimate import Estimate, NotEnoughData

FEWEST = 8
# A curve that never fell has gained nothing; its rise is then measured in this share of its first level.
LEAST_GAIN = 0.1


def rise_over_minimum(values: ArrayLike, rows: int | None = None) -> Estimate:
    """Rise of the final level over the lowest one, as a share of what had been gained until then.

    Parameters
    ----------
    values : array_like, shape (N,)
        The curve as it was logged.
    rows : int, optional
        Points that make a level; ``level_rows`` of them if not given.

    Returns
    -------
    Estimate
        0 where the end is the lowest level, 1 where everything that was gained is lost again; infinite where the end is
        not finite.

    Raises
    ------
    NotEnoughData
        With fewer than ``FEWEST`` finite points.

    Notes
    -----
    Levels are means of blocks, so that single low points are no minimum; gained is the first level less the lowest
    one, at least a tenth of the first. The minimum over blocks is low by their noise, which the standard error of both
    levels covers.

    Examples
    --------
    >>> down, up = [10, 8, 6, 5, 4, 3, 2, 2, 2, 2], [2, 3, 4, 6, 6, 6, 6]
    >>> rise_over_minimum(down).value, round(rise_over_minimum(down + up).value, 2)
    (0.0, 0.67)
    """
    values = np.asarray(values, float)
    if lost_tail(values) or (len(values) and not np.isfinite(values[-1])):
        return Estimate(math.inf, n=len(values))
    finite = values[np.isfinite(values)]
    if len(finite) < FEWEST:
        raise NotEnoughData(f"a divergence needs {FEWEST} points, got {len(finite)}")
    rows = rows or level_rows(len(finite))
    blocks = np.convolve(finite, np.ones(rows) / rows, "valid")
    lowest = mean_level(finite, rows, at=int(np.argmin(blocks)))
    last, first = final_level(finite, rows), float(np.median(finite[:rows]))
    gain = max(first - lowest.value, LEAST_GAIN * abs(first), np.finfo(float).tiny)
    if last.value <= lowest.value:
        return Estimate(0.0, se=last.error / gain, n=len(finite), dof=last.dof)
    return Estimate(
        (last.value - lowest.value) / gain,
        se=math.hypot(last.error, lowest.error) / gain,
        n=len(finite),
        dof=min(last.dof, lowest.dof),
    )
