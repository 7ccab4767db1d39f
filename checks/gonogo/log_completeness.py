"""Whether a log covers the run that was configured: from its beginning, to its end, without a hole."""

import numpy as np

from gonogo.arrays import ArrayLike
from gonogo.estimate import Estimate, NotEnoughData

UNKNOWN_END = (
    "the planned end is not known, so a killed run would look complete: no configuration beside the log says how many "
    "steps or epochs were meant (max_steps, num_steps, epochs, num_train_epochs, ...)"
)


def logged_share(step: ArrayLike, planned: float | None) -> Estimate:
    """Share of a planned run that lies between a log's first and last row.

    Parameters
    ----------
    step : array_like, shape (N,)
        Logged steps or epochs, increasing, counted from 0 or from 1.
    planned : float or None
        Configured number of them.

    Returns
    -------
    Estimate
        At most 1; NaN where the plan is not known. What lies before the first row counts as missing where it is more
        than the typical distance of the first rows.

    Examples
    --------
    >>> logged_share([0, 1, 2], 4).value, logged_share([0, 1, 2, 3], 4).value, logged_share([1, 2, 3, 4], 4).value
    (0.75, 1.0, 1.0)
    >>> logged_share([3, 4], 4).value  # rows 1 and 2 were overwritten
    0.5
    """
    step = np.asarray(step, float)
    if not planned:
        return Estimate(float("nan"), n=len(step))
    # Counted from 0 without a row of the untrained network, the last one is one less than their number.
    end = step[-1] + (step[0] == 0)
    return Estimate(float(min(1.0, end / planned) - missing_head(step) / planned), n=len(step))


def missing_head(step: ArrayLike, *, rows: int = 5) -> float:
    """Steps before the first row that should have been logged; 0 where it lies within a typical distance of the start.

    Parameters
    ----------
    step : array_like, shape (N,)
        Logged steps.
    rows : int
        How many of the first distances tell what is typical.

    Examples
    --------
    >>> missing_head([1, 2, 3]), missing_head([100, 200, 300]), missing_head([20, 21, 22])
    (0.0, 0.0, 19.0)
    """
    step = np.asarray(step, float)
    typical = max(float(np.median(np.diff(step[: rows + 1]))), 0.0) if len(step) > 1 else 1.0
    return float(step[0] - typical) if step[0] > 2 * max(typical, 1.0) else 0.0


def longest_gap(epoch: ArrayLike) -> Estimate:
    """Longest step between two rows, in typical steps.

    Raises
    ------
    NotEnoughData
        With fewer than three rows.

    Examples
    --------
    >>> longest_gap([0, 5, 10, 25]).value
    3.0
    """
    epoch = np.asarray(epoch, float)
    if len(epoch) < 3:
        raise NotEnoughData(f"a cadence needs 3 rows, got {len(epoch)}")
    steps = np.diff(epoch)
    return Estimate(float(steps.max() / np.median(steps)), n=len(epoch))


def largest_hole(step: ArrayLike, planned: float | None, *, ratio: float = 3.0) -> Estimate:
    """Largest stretch without rows, as a share of the run.

    Parameters
    ----------
    step : array_like, shape (N,)
        Logged steps, increasing.
    planned : float or None
        Configured number of steps; the last row's where it is not known.
    ratio : float
        A distance between two rows is a hole where it is more than this times both distances beside it: rows that get
        rarer, as on a logarithmic grid, are none.

    Returns
    -------
    Estimate
        0 where there is none.

    Examples
    --------
    >>> largest_hole([0, 1, 2, 3, 13, 14, 15, 16, 17, 18, 19], 20).value
    0.45
    >>> largest_hole([1, 2, 4, 8, 16, 32], 64).value
    0.0
    """
    step = np.asarray(step, float)
    distance = np.diff(step)
    if len(distance) < 2:
        return Estimate(0.0, n=len(step))
    beside = np.maximum(np.append(distance[1:], 0), np.append(0, distance[:-1]))
    hole = np.where(distance > ratio * beside, distance - beside, 0.0)
    return Estimate(float(hole.max() / (planned or step[-1] or 1.0)), n=len(step))
