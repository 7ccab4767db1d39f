"""Are the recorded derivatives those of the sequences that were scored: regressions sequence by sequence."""

from dataclasses import dataclass

import numpy as np

from gonogo.arrays import ArrayLike
from gonogo.entropy_change.attribution import attribution
from gonogo.estimate import Estimate


@dataclass(frozen=True)
class Followed:
    """How a change follows its derivative times the step, over sequences.

    Attributes
    ----------
    estimate : Estimate
        Slope of the regression through the origin; 1 where the derivative has the right scale.
    correlation : Estimate
        Of the two; 0 where they belong to different sequences.
    expected, seen : ndarray, shape (B,)
        Derivative times the step, and the change.
    """

    estimate: Estimate
    correlation: Estimate
    expected: np.ndarray
    seen: np.ndarray


def followed(expected: ArrayLike, seen: ArrayLike) -> Followed:
    """Regression through the origin of what was seen on what was expected.

    Parameters
    ----------
    expected, seen : array_like, shape (B,)
        Derivative of each sequence times the step, and its change: log-weights on the score, or entropies on their
        derivative.

    Returns
    -------
    Followed
        Both are NaN where every derivative is zero.

    Notes
    -----
    ``beta = sum X y / sum X^2`` with ``SE^2 = sum (X r)^2 / (sum X^2)^2``, which holds for residuals r of any spread;
    White, Econometrica 48 (1980) 817. A direction that is k times too long gives 1 / k. The curvature of the changes
    enters by about half the step times its regression on the derivative. Rows of other sequences give the square of the
    means over the mean square, which is near 1 where all derivatives have one sign: hence the correlation beside it,
    see `attribution`.

    Examples
    --------
    >>> followed([1.0, 2.0], [2.0, 4.0]).estimate.value
    2.0
    """
    x, y = np.asarray(expected, float), np.asarray(seen, float)
    square = float(x @ x)
    correlation = attribution([1.0], [y], x).at(0)
    if not square > 0:
        return Followed(Estimate(np.nan, np.nan, "1", len(x)), correlation, x, y)
    slope = float(x @ y) / square
    error = float(np.sqrt(np.sum((x * (y - slope * x)) ** 2))) / square
    return Followed(Estimate(slope, error, "1", len(x)), correlation, x, y)
