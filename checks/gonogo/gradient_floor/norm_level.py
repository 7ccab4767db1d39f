"""How far a curve of norms goes to one side, and from which epoch on it stays there."""

from dataclasses import dataclass

import numpy as np

from gonogo.arrays import ArrayLike
from gonogo.curve_operations import curve_noise, running_median, sustained_crossing
from gonogo.estimate import Estimate

WINDOW = 3
ENOUGH_ROWS = 6
# Standard deviation of the median of three normal values.
MEDIAN_OF_3 = 0.6698


@dataclass(frozen=True, eq=False)
class Level:
    """How far a curve of norms goes to one side and stays there.

    Attributes
    ----------
    epoch : ndarray, shape (N,)
        Logged epochs.
    values : ndarray, shape (N,)
        The curve.
    worst : Estimate
        log10 of its extreme running median of three rows, with the noise of the curve about its trend.
    last : Estimate
        log10 of its last row.
    limit : float
        The limit that was asked about.
    first : int or None
        First epoch of three in a row beyond the limit.
    dips : tuple of int
        Epochs beyond the limit that were not sustained.
    """

    epoch: np.ndarray
    values: np.ndarray
    worst: Estimate
    last: Estimate
    limit: float
    first: int | None
    dips: tuple


def level(epoch: ArrayLike, values: ArrayLike, limit: float, *, lowest: bool) -> Level:
    """Extreme level that a positive curve holds.

    Parameters
    ----------
    epoch : array_like of int, shape (N,)
        Logged epochs.
    values : array_like, shape (N,)
        Norms. What is not finite and positive counts as beyond every limit.
    limit : float
        For the epoch of the first sustained violation.
    lowest : bool
        Whether the curve must stay above the limit, else below.

    Returns
    -------
    Level

    Notes
    -----
    Three rows in a row must agree, one row where fewer than six were logged: a lognormal curve at four times its floor
    with a scatter of 0.26 decades touches the floor in two of three logs of 100 epochs.

    Examples
    --------
    >>> a = level(range(7), [1, 1, 1e-9, 1, 1e-9, 1e-9, 1e-9], 1e-7, lowest=True)
    >>> a.first, a.dips, a.worst.value
    (4, (2,), -9.0)
    """
    epoch, values = np.asarray(epoch), np.asarray(values, float)
    window = WINDOW if len(epoch) >= ENOUGH_ROWS else 1
    beyond_all = -np.inf if lowest else np.inf
    sound = np.isfinite(values) & (values > 0)
    logs = np.where(sound, np.log10(np.where(sound, values, 1.0)), beyond_all)
    medians = running_median(logs, window=window)
    noise = curve_noise(logs)
    beyond = logs < np.log10(limit) if lowest else logs > np.log10(limit)
    start = sustained_crossing(beyond, window=window)
    return Level(
        epoch,
        values,
        Estimate(
            float(medians.min() if lowest else medians.max()), noise * (MEDIAN_OF_3 if window > 1 else 1), "log10"
        ),
        Estimate(float(logs[-1]), noise, "log10"),
        limit,
        None if start is None else int(epoch[start]),
        tuple(int(e) for e in epoch[:start][beyond[:start]]),
    )
