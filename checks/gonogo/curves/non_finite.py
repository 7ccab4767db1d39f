"""How much of a curve is no number."""

import numpy as np

from gonogo.arrays import ArrayLike
from gonogo.estimate import Estimate, NotEnoughData


def not_finite(step: ArrayLike, values: ArrayLike, *, after: float = 0.0) -> tuple[Estimate, float | None]:
    """Share of a curve's points that are NaN or infinite.

    Parameters
    ----------
    step, values : array_like, shape (N,)
        The curve as it was logged.
    after : float
        Points at earlier steps are the warm-up and do not count.

    Returns
    -------
    Estimate
        Exact, hence without a standard error.
    first : float or None
        Step of the first of them.

    Raises
    ------
    NotEnoughData
        If no point comes after the warm-up.

    Examples
    --------
    >>> not_finite([0, 1, 2, 3], [1.0, float("nan"), 2.0, float("inf")])
    (Estimate(value=0.5, se=None, unit='1', n=4, dof=inf, counted='samples'), 1.0)
    """
    step, values = np.asarray(step, float), np.asarray(values, float)
    counted = step >= after
    if not counted.any():
        raise NotEnoughData(f"no point from step {after:g} on")
    lost = ~np.isfinite(values[counted])
    first = float(step[counted][lost][0]) if lost.any() else None
    return Estimate(float(lost.mean()), n=int(counted.sum())), first
