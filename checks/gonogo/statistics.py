"""Small statistics that several diagnostics share."""

import numpy as np

from gonogo.estimate import Estimate, NotEnoughData


def sustained_crossing(beyond, *, window=3):
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


def running_median(values, *, window=3):
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


def curve_noise(values):
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


def log_log_slope(x, y, *, sigma=None):
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
    return Estimate(float(slope), float(np.sqrt(scale / spread)), n=len(u), dof=float(dof))
