"""Whether a log reaches the end that was configured, row by row."""

from collections.abc import Sequence

import numpy as np

from gonogo.arrays import Integers
from gonogo.estimate import Estimate, NotEnoughData


def logged_share(epoch: Sequence[int] | Integers, planned: int | None) -> Estimate:
    """Share of the planned epochs that a log covers.

    Parameters
    ----------
    epoch : array_like of int, shape (N,)
        Logged epochs, counted from 0 or from 1.
    planned : int or None
        Configured number of epochs.

    Returns
    -------
    Estimate
        NaN where the plan is not known.

    Examples
    --------
    >>> logged_share([0, 1, 2], 4).value, logged_share([0, 1, 2, 3], 4).value, logged_share([1, 2, 3, 4], 4).value
    (0.75, 1.0, 1.0)
    """
    if not planned:
        return Estimate(float("nan"), n=len(epoch))
    # Counted from 0 without a row of the untrained network, the last epoch is one less than their number.
    return Estimate(min(1.0, (epoch[-1] + (epoch[0] == 0)) / planned), n=len(epoch))


def longest_gap(epoch: Sequence[int] | Integers) -> Estimate:
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
    if len(epoch) < 3:
        raise NotEnoughData(f"a cadence needs 3 rows, got {len(epoch)}")
    steps = np.diff(epoch)
    return Estimate(float(steps.max() / np.median(steps)), n=len(epoch))
