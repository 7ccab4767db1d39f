"""What several families do to a curve: window it, find where it crosses a level, how noisy it is, where it ends."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gonogo.arrays import ArrayLike, Floats
from gonogo.estimate import Estimate, NotEnoughData


def sustained_crossing(beyond: ArrayLike, *, window: int = 3) -> int | None:
    """Find where a condition begins to hold for several rows in a row.

    Parameters
    ----------
    beyond : array_like of bool, shape (N,)
        Whether the condition holds in each row.
    window : int
        Rows in a row.

    Returns
    -------
    int or None
        Index of the first of those rows; None if there are none.

    Examples
    --------
    >>> sustained_crossing([0, 1, 0, 1, 1, 1])
    3
    """
    beyond = np.asarray(beyond, bool)
    if len(beyond) < window:
        return None
    held = np.lib.stride_tricks.sliding_window_view(beyond, window).all(axis=1)
    return int(np.argmax(held)) if held.any() else None


@dataclass(frozen=True)
class Crossing:
    """Where a curve crosses a level and stays beyond it for some rows.

    Attributes
    ----------
    step : float
        Interpolated step; NaN if it never does.
    end : float
        Last step with a finite value: a crossing that is not seen comes later than this.
    resolution : float
        A sixth of the distance of the two rows around it, which three standard errors then cover [decades].
    level : float
        The level.
    """

    step: float
    end: float
    resolution: float
    level: float

    @property
    def seen(self) -> bool:
        """Whether the curve crosses within the log."""
        return math.isfinite(self.step)

    @property
    def bound(self) -> float:
        """Step where it crosses, or the last one it did not cross before."""
        return self.step if self.seen else self.end


def crossing(step: ArrayLike, values: ArrayLike, level: float, *, rising: bool = True, sustain: int = 3) -> Crossing:
    """Find the first sustained crossing of a level.

    Parameters
    ----------
    step : array_like, shape (N,)
        Logged steps, increasing.
    values : array_like, shape (N,)
        The curve; rows that are not finite are left out.
    level : float
        Level to cross.
    rising : bool
        Whether it is crossed from below.
    sustain : int
        Rows in a row that must lie beyond the level, so that a transient touch is none.

    Returns
    -------
    Crossing
        Interpolated linearly in the value and in log(step + 1).

    Examples
    --------
    >>> c = crossing([0, 9, 99, 999, 9999], [0, 1, 0, 2, 2], 1, sustain=2)
    >>> round(c.step, 3)
    315.228
    """
    step, values = np.asarray(step, float), np.asarray(values, float)
    finite = np.isfinite(values)
    step, values = step[finite], values[finite]
    if len(step) < sustain:
        raise NotEnoughData(f"a sustained crossing needs {sustain} rows with finite values, got {len(step)}")
    beyond = values >= level if rising else values <= level
    i = sustained_crossing(beyond, window=sustain)
    if i is None:
        return Crossing(math.nan, float(step[-1]), math.nan, level)
    if i == 0:
        return Crossing(float(step[0]), float(step[-1]), 0.0, level)
    before, after = np.log10(step[i - 1 : i + 1] + 1)
    part = (level - values[i - 1]) / (values[i] - values[i - 1])
    at = 10 ** (before + part * (after - before)) - 1
    return Crossing(float(at), float(step[-1]), float((after - before) / 6), level)


def held_level(values: ArrayLike, *, window: int = 3) -> NDArray[Any]:
    """Smallest value of every window of a curve: the level that it holds for that many rows from each row on.

    Parameters
    ----------
    values : array_like, shape (N,)
        The curve.
    window : int
        Rows of a window, at most N.

    Returns
    -------
    ndarray, shape (N - window + 1,)

    Examples
    --------
    >>> held_level([5, 1, 2, 9, 3]).tolist()
    [1, 1, 2]
    """
    return np.lib.stride_tricks.sliding_window_view(np.asarray(values), window).min(axis=1)


def running_median(values: ArrayLike, *, window: int = 3) -> Floats:
    """Medians of all windows of a curve, oldest first.

    Parameters
    ----------
    values : array_like, shape (N,)
        The curve; infinities count as very large or very small, NaN must be replaced before.
    window : int
        Rows of a window; the whole curve where it is shorter.

    Returns
    -------
    ndarray, shape (N - window + 1,)

    Examples
    --------
    >>> running_median([5, 1, 2, 9, 3]).tolist()
    [2.0, 2.0, 3.0]
    """
    values = np.asarray(values, float)
    windows = np.lib.stride_tricks.sliding_window_view(values, min(window, len(values)))
    # A sort, not np.median: the mean of two infinities of different sign would be NaN.
    return np.sort(windows, axis=1)[:, (windows.shape[1] - 1) // 2].astype(float)


def curve_noise(values: ArrayLike) -> float:
    """Standard deviation of the noise about a smooth curve.

    Parameters
    ----------
    values : array_like, shape (N,)
        Equally spaced rows of the curve; rows that are not finite are left out.

    Returns
    -------
    float
        NaN with fewer than four finite rows.

    Notes
    -----
    Pseudo-residuals ``y[i] - (y[i-1] + y[i+1]) / 2`` have 3/2 of the noise's variance and do not see a linear trend
    (Gasser, Sroka & Jennen-Steinmetz, Biometrika 73 (1986) 625); their median size, times 1.4826, does not see single
    steps. A running median leaves no residual at all on a curve that only falls, whatever its noise.

    Examples
    --------
    >>> curve_noise([0, 1, 2, 3, 4, 5])
    0.0
    """
    values = np.asarray(values, float)
    values = values[np.isfinite(values)]
    if len(values) < 4:
        return float("nan")
    residual = values[1:-1] - (values[:-2] + values[2:]) / 2
    return float(1.4826 * np.median(np.abs(residual)) / np.sqrt(1.5))


def ending(values: ArrayLike, *, rows: int = 5, logarithmic: bool = False) -> Estimate:
    """Mean over the last finite rows.

    Parameters
    ----------
    values : array_like, shape (N,)
        A curve.
    rows : int
        How many rows.
    logarithmic : bool
        Whether to take the mean of log10.

    Returns
    -------
    Estimate
        In units of the values, or decades. Standard error from the scatter of the last ``4 rows`` about a line, so
        that a steady trend is no noise. NaN or infinite value where the end is: see ``lost_tail``.

    Raises
    ------
    NotEnoughData
        With fewer than ``rows + 2`` finite rows.

    Examples
    --------
    >>> end = ending([5.0, 4.0, 3.0, 2.0, 1.0], rows=3)
    >>> round(end.value, 9), round(end.se, 9)
    (2.0, 0.0)
    """
    values, unit = np.asarray(values, float), "decades" if logarithmic else "1"
    if np.isinf(values[-rows:]).any():
        return Estimate(math.inf, unit=unit, n=rows)
    if lost_tail(values):
        return Estimate(math.nan, unit=unit, n=rows)
    last = values[np.isfinite(values)][-4 * rows :]
    if len(last) < rows + 2:
        raise NotEnoughData(f"the end of a run needs {rows + 2} rows with finite values, got {len(last)}")
    last = np.log10(last) if logarithmic else last
    x = np.arange(len(last)) - (len(last) - 1) / 2
    residual = last - last.mean() - (x @ last) / (x @ x) * x
    dof = len(last) - 2
    se = math.sqrt(residual @ residual / dof / rows)
    return Estimate(float(last[-rows:].mean()), se=se, unit=unit, n=rows, dof=dof, counted="rows at the end")


def lost_tail(values: ArrayLike) -> int:
    """Rows at the end of a curve that hold no number, where they are more than its gaps before explain.

    Parameters
    ----------
    values : array_like, shape (N,)
        A curve; NaN where a row has no value.

    Returns
    -------
    int
        0 where the curve ends as it was logged before: a quantity may be logged in every tenth row, and the last row
        of a killed run in parts.

    Examples
    --------
    >>> nan = float("nan")
    >>> lost_tail([3.0, 2.0, 1.0, nan]), lost_tail([3.0, nan, nan, 2.0, nan, nan]), lost_tail([3.0, 2.0, nan, nan, nan])
    (0, 0, 3)
    """
    values = np.asarray(values, float)
    known = np.flatnonzero(np.isfinite(values))
    if not len(known):
        return len(values)
    tail = len(values) - 1 - int(known[-1])
    usual = int(np.diff(known).max(initial=1)) - 1
    return tail if tail > max(usual, 1) else 0


def drift(values: ArrayLike, after: ArrayLike, *, rows: int = 5) -> Estimate:
    """Final value over the best one that lasted.

    Parameters
    ----------
    values : array_like, shape (N,)
        A positive curve that should fall.
    after : array_like of bool, shape (N,)
        Rows to look at.
    rows : int
        Length of the windows whose medians are compared, and of the end.

    Returns
    -------
    Estimate
        log10 of the ratio, 0 where the end is the best [decades].

    Raises
    ------
    NotEnoughData
        With fewer rows than two windows.

    Examples
    --------
    >>> round(drift([4.0, 1.0, 1.0, 1.0, 10.0, 10.0, 10.0], [True] * 7, rows=3).value, 9)
    1.0
    """
    values = np.asarray(values, float)[np.asarray(after)]
    values = values[np.isfinite(values)]
    if len(values) < 2 * rows:
        raise NotEnoughData(f"a drift needs {2 * rows} rows after the collapse, got {len(values)}")
    best = running_median(values, window=rows).min()
    return ending(values, rows=rows, logarithmic=True).minus(math.log10(best))


def log_log_slope(x: ArrayLike, y: ArrayLike, *, sigma: ArrayLike | None = None) -> Estimate:
    """Power of ``y`` in ``x``, by weighted least squares on logarithms.

    Parameters
    ----------
    x, y : array_like, shape (N,)
        Positive values; rows where either is not positive and finite are left out.
    sigma : array_like, shape (N,), optional
        Standard errors of ``log y``; equal ones, estimated from the residuals, where not given.

    Returns
    -------
    Estimate
        The power. Rows of one run follow each other, so its standard error is a lower bound there.

    Raises
    ------
    NotEnoughData
        With fewer than three usable rows, or without spread in ``x``.

    Examples
    --------
    >>> round(log_log_slope([1, 10, 100], [5, 0.5, 0.05]).value, 6)
    -1.0
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    used = np.isfinite(x) & np.isfinite(y) & (x > 0) & (y > 0)
    weight = np.ones(used.sum()) if sigma is None else 1 / np.asarray(sigma, float)[used] ** 2
    if used.sum() < 3 or np.ptp(x[used]) == 0:
        raise NotEnoughData(f"a power needs 3 positive rows at different x, got {used.sum()}")
    u, v = np.log(x[used]), np.log(y[used])
    u = u - np.average(u, weights=weight)
    spread = np.sum(weight * u**2)
    slope = np.sum(weight * u * v) / spread
    residual = v - np.average(v, weights=weight) - slope * u
    scale = np.sum(weight * residual**2) / (len(u) - 2) if sigma is None else 1.0
    dof = len(u) - 2 if sigma is None else np.inf
    return Estimate(float(slope), float(np.sqrt(scale / spread)), n=len(u), dof=float(dof), counted="rows")
