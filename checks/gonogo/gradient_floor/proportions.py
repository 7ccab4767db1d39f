"""Differences of accuracies: of one run, of paired predictions, over seeds."""

import math
from fractions import Fraction

import numpy as np

from gonogo.arrays import ArrayLike
from gonogo.estimate import Estimate, NotEnoughData, student_quantile


def proportion_difference(p: float, n: int, q: float, m: int) -> Estimate:
    """Difference of two proportions of independent samples.

    Parameters
    ----------
    p, q : float
        Shares in [0, 1].
    n, m : int
        Sizes of the samples.

    Returns
    -------
    Estimate
        ``p - q`` with the binomial standard error. Two models scored on one test set agree on its easy samples: the
        true error is smaller then.

    Examples
    --------
    >>> d = proportion_difference(0.5, 100, 0.5, 100)
    >>> d.value, round(d.se, 4)
    (0.0, 0.0707)
    """
    return Estimate(p - q, float(np.sqrt(p * (1 - p) / n + q * (1 - q) / m)), n=min(n, m))


def paired_proportion_difference(one: ArrayLike, other: ArrayLike) -> Estimate:
    """Difference of two accuracies on the same samples.

    Parameters
    ----------
    one, other : array_like of bool, shape (n,)
        Whether each sample was classified correctly.

    Returns
    -------
    Estimate
        With McNemar's standard error ``sqrt(b + c - (b - c)^2 / n) / n``, b and c the samples that only one gets right.

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> d = paired_proportion_difference([1, 1, 1, 0], [1, 1, 0, 0])
    >>> d.value, round(d.se, 4)
    (0.25, 0.2165)
    """
    one, other = np.asarray(one, bool), np.asarray(other, bool)
    if one.shape != other.shape:
        raise ValueError(f"paired samples must share one shape, got {one.shape} and {other.shape}")
    n, b, c = len(one), np.sum(one & ~other), np.sum(~one & other)
    return Estimate(float((b - c) / n), float(np.sqrt(b + c - (b - c) ** 2 / n) / n), n=n)


def mean_over_seeds(values: ArrayLike, unit: str = "1") -> Estimate:
    """Mean of one number a seed, with Student's degrees of freedom.

    Raises
    ------
    NotEnoughData
        With fewer than two seeds.

    Examples
    --------
    >>> e = mean_over_seeds([1.0, 3.0])
    >>> e.value, e.se, e.dof
    (2.0, 1.0, 1.0)
    """
    values = np.asarray(values, float)
    n = len(values)
    if n < 2:
        raise NotEnoughData(f"a spread over seeds needs 2 of them, got {n}; 5 usually decide")
    # Without n: what a decision needs is not the n of a normal law, see ``seeds_to_decide``.
    return Estimate(float(values.mean()), float(values.std(ddof=1) / np.sqrt(n)), unit, None, float(n - 1))


def seeds_to_decide(mean: Estimate, limit: float, *, z: float = 3.0, largest: int = 100) -> int | None:
    """Number of seeds at which Student's interval clears a limit if mean and spread stay what they are.

    Parameters
    ----------
    mean : Estimate
        From ``mean_over_seeds``.
    limit : float
        The limit.
    z : float
        Multiple of the standard error under the normal law.
    largest : int
        Where to give up.

    Returns
    -------
    int or None

    Examples
    --------
    >>> seeds_to_decide(mean_over_seeds([0.05, 0.06]), 0.02)
    4
    """
    sd, gap = mean.se * np.sqrt(mean.dof + 1), abs(mean.value - limit)
    for n in range(2, largest + 1):
        if student_quantile(z, n - 1) * sd / np.sqrt(n) < gap:
            return n
    return None


def smallest_sample(shares: ArrayLike, *, largest: int = 100000) -> int | None:
    """Smallest sample size of which all shares are counts.

    Parameters
    ----------
    shares : array_like, shape (N,)
        Accuracies, exact to the last digits; those that are not finite are left out.
    largest : int
        Sizes beyond this cannot be told from rounding.

    Returns
    -------
    int or None
        A divisor of the true size, so that a standard error from it is never too small; None if there is none.

    Examples
    --------
    >>> smallest_sample([0.5, 0.928])
    250
    """
    shares = np.asarray(shares, float)
    fractions = [Fraction(share).limit_denominator(largest) for share in shares[np.isfinite(shares)].tolist()]
    n = math.lcm(*(fraction.denominator for fraction in fractions))
    return n if 1 < n <= largest else None
