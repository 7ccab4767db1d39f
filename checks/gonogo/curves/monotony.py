"""Whether a curve goes one way, within its noise."""

import numpy as np

from gonogo.arrays import ArrayLike
from gonogo.curve_operations import curve_noise
from gonogo.curves.final_level import level_rows
from gonogo.estimate import Estimate, NotEnoughData

FEWEST = 8


def largest_reversal(values: ArrayLike, *, rising: bool = False, rows: int | None = None) -> Estimate:
    """Largest move of a curve the wrong way, between levels, in standard errors of a level.

    Parameters
    ----------
    values : array_like, shape (N,)
        The curve as it was logged.
    rising : bool
        Whether it should rise.
    rows : int, optional
        Points that make a level; ``level_rows`` of them if not given.

    Returns
    -------
    Estimate
        0 where it never turns back. An extreme of the data, hence without a standard error.

    Raises
    ------
    NotEnoughData
        With fewer than ``FEWEST`` finite points.

    Notes
    -----
    The noise is that of ``gonogo.curve_operations.curve_noise``, so that the trend is none.

    Examples
    --------
    >>> largest_reversal([5.0, 4.0, 3.0, 2.0, 1.0, 0.5, 0.4, 0.3]).value
    0.0
    """
    values = np.asarray(values, float)
    finite = values[np.isfinite(values)]
    if len(finite) < FEWEST:
        raise NotEnoughData(f"a direction needs {FEWEST} points, got {len(finite)}")
    rows = rows or level_rows(len(finite))
    levels = np.convolve(finite if rising else -finite, np.ones(rows) / rows, "valid")
    back = float((np.maximum.accumulate(levels) - levels).max())
    error = max(curve_noise(finite), 1e-12 * float(np.abs(finite).max())) * np.sqrt(2 / rows)
    return Estimate(back / error if back > 0 else 0.0, unit="standard errors", n=len(finite))
