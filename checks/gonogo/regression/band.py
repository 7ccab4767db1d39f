"""Where good runs lie by nature, and the limits that they would cross."""

import math

import numpy as np

from gonogo.arrays import ArrayLike
from gonogo.estimate import student_quantile


def natural_band(values: ArrayLike, *, z: float = 2.0) -> tuple[float, float]:
    """Where a new run of the same kind lies: mean -+ t sd sqrt(1 + 1/k).

    Parameters
    ----------
    values : array_like, shape (k,)
        Replicates.
    z : float
        Multiple of the standard deviation, replaced by Student's t of equal tail.

    Returns
    -------
    (float, float)

    Examples
    --------
    >>> low, high = natural_band([1.0, 2.0, 3.0])
    >>> round(low, 2), round(high, 2)
    (-3.23, 7.23)
    """
    values = np.asarray(values, float)
    k = len(values)
    half = student_quantile(z, k - 1.0) * values.std(ddof=1) * math.sqrt(1 + 1 / k)
    return float(values.mean() - half), float(values.mean() + half)


def limits_within(band: tuple[float, float], lower: float | None, upper: float | None) -> list[tuple[float, float]]:
    """Limits that lie inside a natural band: pairs of the limit and the nearest value that the data would support.

    >>> limits_within((0.2, 0.8), 0.5, None)
    [(0.5, 0.2)]
    """
    low, high = band
    found = [(lower, low)] if lower is not None and low < lower <= high else []
    return found + ([(upper, high)] if upper is not None and low <= upper < high else [])
