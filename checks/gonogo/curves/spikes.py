"""Spikes: single points, or a few, that jump far above the curve around them."""

import math

import numpy as np

from gonogo.arrays import ArrayLike, Floats
from gonogo.estimate import Estimate, NotEnoughData

FEWEST = 12
# Points on either side whose median is the curve there, and points whose scatter is its noise.
SIDE, NOISE = 5, 101
TO_SIGMA = 1.4826  # median absolute deviation -> standard deviation of a normal


def largest_spike(values: ArrayLike, *, size: float = 0.0) -> tuple[Estimate, int | None]:
    """Largest upward jump above the running median, in robust standard deviations of the curve around it.

    Parameters
    ----------
    values : array_like, shape (N,)
        The curve as it was logged.
    size : float
        A jump counts only where it is at least this share of what the curve has gained, from its first level to its
        lowest.

    Returns
    -------
    Estimate
        0 where no jump counts. An extreme of the data, hence without a standard error.
    at : int or None
        Index of the spike.

    Raises
    ------
    NotEnoughData
        With fewer than ``FEWEST`` finite points.

    Notes
    -----
    Hampel's identifier (Hampel, J. Am. Statist. Assoc. 69 (1974) 383) with a window on either side: a point must lie
    above the medians of the points before and of those after it, so that neither a trend nor a step is a jump. The
    noise is the running median size of the residuals of each point from its two neighbours (Gasser, Sroka &
    Jennen-Steinmetz, Biometrika 73 (1986) 625), so that it may fall with the loss.

    Examples
    --------
    >>> curve = [3.0 - 0.01 * n + 0.02 * (n % 3) for n in range(60)]
    >>> spike, at = largest_spike(curve[:40] + [9.0] + curve[40:])
    >>> spike.value > 50, at
    (True, 40)
    """
    values = np.asarray(values, float)
    finite = np.flatnonzero(np.isfinite(values))
    if len(finite) < FEWEST:
        raise NotEnoughData(f"a spike needs {FEWEST} points around it, got {len(finite)}")
    curve = values[finite]
    residual = curve - np.maximum(_medians(curve, before=True), _medians(curve, before=False))
    noise = _noise(curve)
    gained = float(np.median(curve[:3]) - np.sort(curve)[len(curve) // 20])
    deviation = np.where(residual >= size * max(gained, 0.0), residual / noise, 0.0)
    at = int(np.argmax(deviation))
    worst = float(deviation[at])
    return Estimate(max(worst, 0.0), unit="sd", n=len(curve)), int(finite[at]) if worst > 0 else None


def _medians(curve: Floats, *, before: bool) -> Floats:
    """Median of the points on one side of each point; the curve's own ends stand for what lies beyond them."""
    padded = np.pad(curve, SIDE, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, SIDE)
    return np.median(windows[: len(curve)] if before else windows[SIDE + 1 :], axis=1)


def _noise(curve: Floats) -> Floats:
    """Standard deviation of the noise around each point; never less than a fifth of what it is over the whole curve."""
    residual = np.abs(curve[1:-1] - (curve[:-2] + curve[2:]) / 2) * TO_SIGMA / math.sqrt(1.5)
    half = min(NOISE, len(residual)) // 2
    padded = np.pad(residual, half, mode="reflect")
    every = max(1, len(residual) // 4000)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1)[::every]
    around = np.interp(np.arange(len(curve)) - 1, np.arange(len(windows)) * every, np.median(windows, axis=1))
    floor = max(0.2 * float(np.median(residual)), 1e-9 * float(np.abs(curve).max()), np.finfo(float).tiny)
    return np.maximum(around, floor)
