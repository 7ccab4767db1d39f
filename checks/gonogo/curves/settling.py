"""Whether a curve has settled: how much it still changes over the last part of a run."""

import math

import numpy as np

from gonogo.arrays import ArrayLike
from gonogo.curve_operations import lost_tail
from gonogo.curves.final_level import correlation_time
from gonogo.estimate import Estimate, NotEnoughData

FEWEST = 8


def remaining_change(step: ArrayLike, values: ArrayLike, *, over: float = 0.2) -> Estimate:
    """Change of a curve over the last part of its steps, along a line, relative to its level there.

    Parameters
    ----------
    step, values : array_like, shape (N,)
        The curve as it was logged.
    over : float
        Share of the steps, from the end.

    Returns
    -------
    Estimate
        Signed; the standard error of the least-squares slope, with the residuals' correlation time counted. NaN where
        the end is not finite.

    Raises
    ------
    NotEnoughData
        With fewer than ``FEWEST`` finite points in that part.

    Examples
    --------
    >>> change = remaining_change(range(100), [1.0 - 0.001 * n for n in range(100)], over=0.5)
    >>> round(change.value, 3)
    -0.053
    """
    step, values = np.asarray(step, float), np.asarray(values, float)
    if lost_tail(values) or (len(values) and not np.isfinite(values[-1])):
        return Estimate(math.nan, n=len(values))
    used = np.isfinite(values) & (step >= step[-1] - over * (step[-1] - step[0]))
    x, y = step[used], values[used]
    if len(x) < FEWEST or np.ptp(x) == 0:
        raise NotEnoughData(f"a plateau needs {FEWEST} points in the last {over:.0%} of the steps, got {len(x)}")
    u = x - x.mean()
    slope = float(u @ y / (u @ u))
    residual = y - y.mean() - slope * u
    time = correlation_time(residual)
    dof = max(len(x) / time - 2, 1.0)
    error = math.sqrt(float(residual @ residual) / max(len(x) - 2, 1) * time / float(u @ u))
    scale = np.ptp(x) / max(abs(float(y.mean())), np.finfo(float).tiny)
    return Estimate(float(slope * scale), se=float(error * scale), n=len(x), dof=dof)
