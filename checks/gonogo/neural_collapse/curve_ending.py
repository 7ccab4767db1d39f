"""Where a curve ends: its last rows with their scatter, how far it drifted, and how fine its shares are."""

import math
from dataclasses import replace

import numpy as np

from gonogo.estimate import Estimate, NotEnoughData


def ending(values, *, rows=5, logarithmic=False):
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
        that a steady trend is no noise; infinite value where one of the last rows is.

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
    last = values[np.isfinite(values)][-4 * rows :]
    if len(last) < rows + 2:
        raise NotEnoughData(f"the end of a run needs {rows + 2} rows with finite values, got {len(last)}")
    last = np.log10(last) if logarithmic else last
    x = np.arange(len(last)) - (len(last) - 1) / 2
    residual = last - last.mean() - (x @ last) / (x @ x) * x
    dof = len(last) - 2
    se = math.sqrt(residual @ residual / dof / rows)
    return Estimate(float(last[-rows:].mean()), se=se, unit=unit, n=rows, dof=dof)


def ratio(end, reference):
    """An estimate over a number that is taken as known."""
    return Estimate(end.value / reference, se=None if end.se is None else end.se / abs(reference), n=end.n, dof=end.dof)


def difference(end, reference):
    """An estimate less a number that is taken as known."""
    return replace(end, value=end.value - reference)


def drift(values, after, *, rows=5):
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
    medians = np.median(np.lib.stride_tricks.sliding_window_view(values, rows), axis=1)
    return difference(ending(values, rows=rows, logarithmic=True), math.log10(medians.min()))


def sample_size(shares, *, largest=20_000):
    """Smallest number of samples that all shares are multiples of; None if there is none.

    Examples
    --------
    >>> sample_size([0.5, 0.125, 0.75]), sample_size([2**-0.5, 3**-0.5, 5**-0.5])
    (8, None)
    """
    shares = np.asarray(shares, float)
    shares = np.unique(shares[np.isfinite(shares)])
    sizes = np.arange(2, largest + 1)
    for share in shares:
        counts = share * sizes
        sizes = sizes[np.abs(counts - np.round(counts)) <= 1e-7 * sizes]
        if not len(sizes):
            return None
    return int(sizes[0]) if len(shares) > 1 else None
