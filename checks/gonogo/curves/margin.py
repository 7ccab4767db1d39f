"""How much worse a run ends than a baseline."""

import math

from gonogo.arrays import ArrayLike
from gonogo.curves.final_level import final_level
from gonogo.estimate import Estimate


def worse_by(
    values: ArrayLike, baselines: list[ArrayLike], *, higher_is_better: bool = False, rows: int | None = None
) -> Estimate:
    """Final level of a run against that of baseline runs, as a share of the latter; positive is worse.

    Parameters
    ----------
    values : array_like, shape (N,)
        The curve of the run.
    baselines : list of array_like
        The same curve of each baseline run, one or more.
    higher_is_better : bool
        Whether a lower level is worse.
    rows : int, optional
        Points that make a level.

    Returns
    -------
    Estimate
        The run's own scatter within its last points is the error of a single baseline run; of several runs it is the
        larger of that and how far they lie from each other. The degrees of freedom are those of the levels: a margin is
        the user's, and the spread of two or three runs would leave every comparison undecided by Student's t alone.

    Raises
    ------
    NotEnoughData
        If a curve has too few finite points.

    Examples
    --------
    >>> worse_by([1.1] * 8, [[1.0] * 8]).value
    0.10000000000000009
    """
    own, levels = final_level(values, rows), [final_level(curve, rows) for curve in baselines]
    mean = sum(level.value for level in levels) / len(levels)
    within = math.sqrt(sum(level.error**2 for level in levels)) / len(levels)
    error, dof = math.hypot(own.error, within), min([own.dof, *(level.dof for level in levels)])
    if len(levels) > 1:
        spread = math.sqrt(sum((level.value - mean) ** 2 for level in levels) / (len(levels) - 1))
        between = spread * math.sqrt(1 + 1 / len(levels))
        error = max(error, between)
    scale = abs(mean) or 1.0
    sign = -1 if higher_is_better else 1
    return Estimate(sign * (own.value - mean) / scale, se=error / scale, n=len(levels), dof=dof)
