"""How often a run logs, and how much of its plan its log covers."""

import math

import numpy as np

from gonogo.arrays import ArrayLike
from gonogo.estimate import Estimate, NotEnoughData


def covered_share(step: ArrayLike, planned: float | None) -> Estimate:
    """Share of a planned run that a log covers, from its first row to its last.

    Parameters
    ----------
    step : array_like, shape (N,)
        Every step at which anything was logged.
    planned : float or None
        Configured number of steps.

    Returns
    -------
    Estimate
        At most 1: a row speaks for the steps until the next one would have come. NaN where the plan is not known.

    Examples
    --------
    >>> covered_share([0, 10, 20, 30], 40).value, covered_share([10, 20, 30, 40], 40).value
    (1.0, 1.0)
    >>> round(covered_share([0, 10, 20], 60).value, 2)
    0.35
    """
    step = np.unique(np.asarray(step, float))
    if not planned or not len(step):
        return Estimate(math.nan, n=len(step))
    apart = float(np.median(np.diff(step))) if len(step) > 1 else 1.0
    end = float(step[-1]) + (1.0 if step[0] == 0 else 0.0)
    reached = planned if end + apart > planned else end
    head = float(step[0] - apart) if step[0] > 2 * max(apart, 1.0) else 0.0
    return Estimate(float(min(1.0, reached / planned) - head / planned), n=len(step))


def largest_step(step: ArrayLike) -> Estimate:
    """Largest distance between two neighbouring points of a curve, in steps.

    Raises
    ------
    NotEnoughData
        With fewer than two points.

    Examples
    --------
    >>> largest_step([0, 10, 20, 50]).value
    30.0
    """
    step = np.asarray(step, float)
    if len(step) < 2:
        raise NotEnoughData(f"a distance needs 2 points, got {len(step)}")
    return Estimate(float(np.diff(step).max()), unit="steps", n=len(step))
