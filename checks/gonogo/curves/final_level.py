"""Level of a curve: the mean of some of its points, with a standard error that counts their autocorrelation."""

import math

import numpy as np

from gonogo.arrays import ArrayLike, Floats
from gonogo.curve_operations import curve_noise, lost_tail
from gonogo.estimate import Estimate, NotEnoughData

# Fewer points than this say nothing of their own scatter.
FEWEST, AROUND, LONG = 4, 12, 32
LEAST_NOISE = 0.2
# Points of a level by default: this share of the curve, within bounds.
SHARE, LEAST, MOST = 0.05, 3, 200


def level_rows(points: int) -> int:
    """How many points make a level of a curve by default.

    >>> level_rows(20), level_rows(600), level_rows(100_000)
    (3, 30, 200)
    """
    return min(max(round(SHARE * points), LEAST), MOST)


def correlation_time(residual: ArrayLike) -> float:
    """Integrated autocorrelation time of a stationary series: how many points count as one.

    Parameters
    ----------
    residual : array_like, shape (N,)
        The series, about its mean or trend.

    Returns
    -------
    float
        1 for white noise, and at the least.

    Notes
    -----
    Geyer's initial monotone positive sequence: sums of neighbouring autocovariances are added while they are positive,
    none larger than the one before (Geyer, Statist. Sci. 7 (1992) 473, section 3.3).

    Examples
    --------
    >>> correlation_time([1.0, -1.0] * 8)
    1.0
    """
    x = np.asarray(residual, float)
    n = len(x)
    size = 1 << (2 * n - 1).bit_length()
    spectrum = np.abs(np.fft.rfft(x, size)) ** 2
    covariance = np.fft.irfft(spectrum, size)[: n // 2 * 2] / n
    if not covariance[0] > 0:
        return 1.0
    pairs = covariance.reshape(-1, 2).sum(axis=1) / covariance[0]
    negative = np.flatnonzero(pairs <= 0)
    pairs = np.minimum.accumulate(pairs[: negative[0]] if len(negative) else pairs)
    return float(max(1.0, 2 * pairs.sum() - 1))


def mean_level(values: ArrayLike, rows: int, *, at: int | None = None) -> Estimate:
    """Mean of ``rows`` neighbouring points of a curve.

    Parameters
    ----------
    values : array_like, shape (N,)
        Finite points of a curve.
    rows : int
        How many points.
    at : int, optional
        Index of the first of them; the last ``rows`` points if not given.

    Returns
    -------
    Estimate
        Mean; its standard error is the scatter of the points around it, times the square root of their correlation time
        over ``rows``, with as many degrees of freedom as there are independent points left.

    Notes
    -----
    Of 32 points or more, twice as many as are averaged, the scatter is that about a line, and the correlation time is
    estimated from it. Of fewer it cannot be told from a trend: the scatter is then that of each point about its two
    neighbours (Gasser, Sroka & Jennen-Steinmetz, Biometrika 73 (1986) 625) and the points count as independent.

    Raises
    ------
    NotEnoughData
        With fewer than ``FEWEST`` points.

    Examples
    --------
    >>> level = mean_level([3.0, 2.0, 2.1, 1.9, 2.0], rows=3)
    >>> round(level.value, 9), round(level.se, 3)
    (2.0, 0.105)
    """
    values = np.asarray(values, float)
    if len(values) < FEWEST:
        raise NotEnoughData(f"a level with its error needs {FEWEST} points, got {len(values)}")
    rows = min(rows, len(values))
    first = len(values) - rows if at is None else min(at, len(values) - rows)
    mean = float(values[first : first + rows].mean())
    around = values[_around(len(values), first, rows)]
    if len(around) < LONG:
        # A step among them is no scatter: the median does not see it; equal values do not make it zero.
        apart = around[1:-1] - (around[:-2] + around[2:]) / 2
        scale = max(curve_noise(around), LEAST_NOISE * math.sqrt(float(apart @ apart) / len(apart) / 1.5))
        # Neighbouring residuals share points: two thirds of them are independent.
        return Estimate(mean, se=scale / math.sqrt(rows), n=rows, dof=max(2 * len(apart) / 3, 1.0))
    residual = _about_a_line(around)
    time = correlation_time(residual)
    scale = math.sqrt(float(residual @ residual) / (len(around) - 2))
    return Estimate(mean, scale * math.sqrt(min(time, rows) / rows), n=rows, dof=max(len(around) / time - 2, 1.0))


def _around(points: int, first: int, rows: int) -> slice:
    """The ``2 rows`` points that lie around some of them, at least AROUND, or as many as there are."""
    width = min(max(2 * rows, AROUND), points)
    begin = min(max(first + rows // 2 - width // 2, 0), points - width)
    return slice(begin, begin + width)


def _about_a_line(values: Floats) -> Floats:
    x = np.arange(len(values)) - (len(values) - 1) / 2
    return values - values.mean() - (x @ values) / (x @ x) * x


def final_level(values: ArrayLike, rows: int | None = None) -> Estimate:
    """Mean of the last points of a curve.

    Parameters
    ----------
    values : array_like, shape (N,)
        The curve as it was logged.
    rows : int, optional
        How many points; ``level_rows`` of them if not given.

    Returns
    -------
    Estimate
        See ``mean_level``; NaN where the end of the curve is not finite.

    Raises
    ------
    NotEnoughData
        With fewer than ``FEWEST`` finite points.
    """
    values = np.asarray(values, float)
    if lost_tail(values) or (len(values) and not np.isfinite(values[-1])):
        return Estimate(math.nan, n=0)
    finite = values[np.isfinite(values)]
    return mean_level(finite, rows or level_rows(len(finite)))
