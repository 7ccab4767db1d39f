"""Differences of accuracies: of one run, of paired predictions, over seeds."""

import math
from fractions import Fraction

import numpy as np

from gonogo.arrays import ArrayLike
from gonogo.estimate import Estimate, NotEnoughData


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
        ``p - q`` with the binomial standard error, of shares with one more success and failure each (Agresti, Caffo,
        Am. Stat. 54 (2000) 280), so that shares of 0 and 1 have one too. Two models scored on one test set agree on its
        easy samples: the true error is smaller then.

    Examples
    --------
    >>> d = proportion_difference(0.5, 98, 0.5, 98)
    >>> d.value, round(d.se, 4)
    (0.0, 0.0707)
    """
    shares = [((share * size + 1) / (size + 2), size + 2) for share, size in ((p, n), (q, m))]
    se = math.sqrt(sum(share * (1 - share) / size for share, size in shares))
    return Estimate(p - q, se, n=min(n, m), counted="test samples")


def paired_proportion_difference(one: ArrayLike, other: ArrayLike) -> Estimate:
    """Difference of two accuracies on the same samples.

    Parameters
    ----------
    one, other : array_like of bool, shape (n,)
        Whether each sample was classified correctly.

    Returns
    -------
    Estimate
        With McNemar's standard error ``sqrt(b + c - (b - c)^2 / n) / n``, b and c the samples that only one gets right,
        half a sample added to each of the four counts (Agresti, Min, Stat. Med. 24 (2005) 729): two models that never
        differ have one too.

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> d = paired_proportion_difference([1, 1, 1, 0], [1, 1, 0, 0])
    >>> d.value, round(d.se, 4)
    (0.25, 0.2257)
    """
    one, other = np.asarray(one, bool), np.asarray(other, bool)
    if one.shape != other.shape:
        raise ValueError(f"paired samples must share one shape, got {one.shape} and {other.shape}")
    n, b, c = len(one), int(np.sum(one & ~other)), int(np.sum(~one & other))
    se = math.sqrt(b + c + 1 - (b - c) ** 2 / (n + 2)) / (n + 2)
    return Estimate((b - c) / n, se, n=n, counted="test samples")


def mean_over_seeds(
    values: ArrayLike, errors: ArrayLike, *, spread: float, spread_dof: float, unit: str = "1"
) -> Estimate:
    """Mean of one number a seed, with what is known beforehand of how far seeds lie apart.

    Parameters
    ----------
    values : array_like, shape (K,)
        One number a seed.
    errors : array_like, shape (K,)
        Its standard error within the seed, e.g. for the size of its test set; NaN where it is not known.
    spread : float
        Standard deviation over seeds, beside that error, that runs of this sort are known to have.
    spread_dof : float
        Degrees of freedom that this knowledge counts for; 0 for none, which leaves Student's t.

    Returns
    -------
    Estimate
        With ``spread_dof + K - 1`` degrees of freedom.

    Raises
    ------
    NotEnoughData
        With fewer than two seeds.

    Notes
    -----
    The moderated variance ``(d0 s0² + (K - 1) s²) / (d0 + K - 1)`` of Smyth, Stat. Appl. Genet. Mol. Biol. 3 (2004) 3,
    with s the standard deviation seen and s0² the squared spread plus the mean squared error. Two or three seeds
    measure s so badly that Student's t asks for tens to thousands of standard errors.

    Examples
    --------
    >>> e = mean_over_seeds([1.0, 3.0], [0.0, 0.0], spread=0.0, spread_dof=0)
    >>> e.value, e.se, e.dof
    (2.0, 1.0, 1.0)
    """
    values, errors = np.asarray(values, float), np.asarray(errors, float)
    n = len(values)
    if n < 2:
        raise NotEnoughData(f"a spread over seeds needs 2 of them, got {n}")
    known = errors[np.isfinite(errors)]
    expected = spread**2 + (float(np.mean(known**2)) if len(known) else 0.0)
    dof = spread_dof + n - 1
    variance = (spread_dof * expected + (n - 1) * values.var(ddof=1)) / dof
    return Estimate(float(values.mean()), float(np.sqrt(variance / n)), unit, n, float(dof), "seeds")


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
