"""Several estimates from one sample, judged together: the multiple of their errors that holds for all of them."""

import numpy as np
from scipy.special import ndtr, owens_t

from gonogo.arrays import ArrayLike


def correlation_of(covariance: ArrayLike) -> np.ndarray:
    """Correlations of the estimates whose errors are known and not zero.

    Parameters
    ----------
    covariance : array_like, shape (k, k)
        Of the estimates.

    Returns
    -------
    ndarray, shape (m, m)
        Of the m estimates with a finite and positive variance.
    """
    covariance = np.asarray(covariance, float)
    variance = np.diag(covariance)
    known = np.isfinite(variance) & (variance > 0)
    scale = np.sqrt(variance[known])
    return np.clip(covariance[np.ix_(known, known)] / np.outer(scale, scale), -1, 1)


def joint_multiplier(z: float, correlation: ArrayLike) -> float:
    """Multiple of the standard errors that holds for all estimates at once as ``z`` holds for one.

    Parameters
    ----------
    z : float
        Multiple for a single estimate, positive.
    correlation : array_like, shape (k, k)
        Of the estimates, in an order in which neighbours are alike.

    Returns
    -------
    float
        c with ``P(max |Z| > c) <= P(|Z| > z)``: z for one estimate or for equal ones, Bonferroni's for unlike ones.

    Notes
    -----
    Hunter's bound on the maximum, J. Appl. Prob. 13 (1976) 597: the sum of all tails less those that neighbours share,
    ``sum_k P(|Z_k| > c) - sum_k P(|Z_k| > c, |Z_k+1| > c)``. The shared tails are those of the bivariate normal law,
    ``P(Z > c, Z' > c) = Phi(-c) - 2 T(c, sqrt((1 - r) / (1 + r)))``; Owen, Ann. Math. Stat. 27 (1956) 1075.

    Examples
    --------
    >>> round(joint_multiplier(3.0, [[1.0, 1.0], [1.0, 1.0]]), 4), round(joint_multiplier(3.0, [[1, 0], [0, 1]]), 2)
    (3.0, 3.2)
    """
    neighbours = np.diag(np.asarray(correlation, float), 1)
    alone = 2 * ndtr(-z)

    def excess(c: float) -> float:
        shared = sum(_both(c, r) + _both(c, -r) for r in neighbours)
        return 2 * (1 + len(neighbours)) * ndtr(-c) - 2 * shared - alone

    low, high = z, z + 3.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return float(high)


def _both(c: float, r: float) -> float:
    """Probability that two standard normal variables of a correlation both exceed c."""
    return 0.0 if r <= -1 else float(ndtr(-c) - 2 * owens_t(c, np.sqrt((1 - r) / (1 + r))))
