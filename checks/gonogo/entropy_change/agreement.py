"""Do runs agree on the expansion, and are their reported errors right."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from gonogo.arrays import ArrayLike
from gonogo.estimate import Estimate, NotEnoughData


@dataclass(frozen=True)
class Pooled:
    """Difference true - linear pooled over independent runs.

    Attributes
    ----------
    difference : Estimate
        Inverse-variance mean of the differences per unit step [nats/token per unit step].
    true : float
        Mean of the true slopes with the same weights.
    z : ndarray, shape (k,)
        Each run's difference over its standard error.
    stouffer : float
        ``sum z / sqrt(k)``.
    scatter_p : float
        Probability of a scatter about the mean as large as seen if all runs have one difference (Cochran's Q).
    runs : tuple of str
        Names of the runs.
    relative, relative_se : ndarray, shape (k,)
        Each run's difference and its standard error over the absolute true slope.
    """

    difference: Estimate
    true: float
    z: np.ndarray
    stouffer: float
    scatter_p: float
    runs: tuple
    relative: np.ndarray
    relative_se: np.ndarray


def pooled_difference(difference: ArrayLike, se: ArrayLike, true: ArrayLike, runs: Sequence[str]) -> Pooled:
    """Pool the differences of independent runs.

    Parameters
    ----------
    difference, se, true : array_like, shape (k,)
        Difference true - linear, its standard error and the true change of each run, all per unit step.
    runs : sequence of str
        Names.

    Returns
    -------
    Pooled

    Raises
    ------
    NotEnoughData
        With fewer than three runs.

    Examples
    --------
    >>> pooled_difference([1.0, -1.0, 0.0], [1.0, 1.0, 1.0], [9.0, 9.0, 9.0], "abc").stouffer
    0.0
    """
    d, se, true = (np.asarray(a, float) for a in (difference, se, true))
    if len(d) < 3:
        raise NotEnoughData(f"{len(d)} runs in the group, 3 needed to pool")
    weight = 1 / se**2
    mean, mean_true = np.sum(weight * d) / weight.sum(), np.sum(weight * true) / weight.sum()
    z = d / se
    return Pooled(
        Estimate(float(mean), float(weight.sum() ** -0.5), "nats/token per unit step", len(d)),
        float(mean_true),
        z,
        float(z.sum() / np.sqrt(len(z))),
        float(chdtrc(len(z) - 1, np.sum(((d - mean) / se) ** 2))),
        tuple(runs),
        d / np.abs(true),
        se / np.abs(true),
    )


def jackknife_of_sum(values: ArrayLike, *, shard: int = 8) -> float:
    """Jackknife standard error of a sum over shards of consecutive values.

    Parameters
    ----------
    values : array_like, shape (n,)
        Contributions, summing to the quantity.
    shard : int
        Values per shard.

    Returns
    -------
    float
        ``sqrt(M / (M - 1) sum (c - mean c)^2)`` over M shard sums c.

    Notes
    -----
    M times the jackknife error of the shards' *mean*; producers have confused the two.

    Examples
    --------
    >>> jackknife_of_sum([1.0, 3.0], shard=1)
    2.0
    """
    values = np.asarray(values, float)
    sums = np.add.reduceat(values, np.arange(0, len(values), shard))
    m = len(sums)
    return float(np.sqrt(m / (m - 1) * np.sum((sums - sums.mean()) ** 2))) if m > 1 else float("nan")


def error_exponent(batch: ArrayLike, se: ArrayLike, shards: ArrayLike, *, tail: float = 1.4) -> Estimate:
    """Power of the batch size with which a reported standard error falls.

    Parameters
    ----------
    batch, se, shards : array_like, shape (k,)
        Sequences, reported standard error and number of shards of each run.
    tail : float
        How much more a jackknife error scatters than for Gaussian contributions.

    Returns
    -------
    Estimate
        -0.5 for an honest standard error, about -1.5 where it is divided by the number of shards.

    Raises
    ------
    NotEnoughData
        With fewer than three batch sizes.

    Notes
    -----
    The logarithm of a standard error from M shards scatters by ``1 / sqrt(2 (M - 1))`` for Gaussian contributions; the
    weighted line uses that error rather than the residuals, of which few runs leave too few.

    Examples
    --------
    >>> error_exponent([8, 32, 128], [1.0, 0.5, 0.25], [5, 5, 5]).value
    -0.5
    """
    x, y = np.log(np.asarray(batch, float)), np.log(np.asarray(se, float))
    sizes = len(set(np.asarray(batch).tolist()))
    if sizes < 3:
        raise NotEnoughData(f"{sizes} batch sizes, 3 needed for an exponent")
    weight = 2 * (np.asarray(shards, float) - 1) / tail**2
    centred = x - np.average(x, weights=weight)
    spread = np.sum(weight * centred**2)
    slope = np.sum(weight * centred * y) / spread
    return Estimate(round(float(slope), 12), float(spread**-0.5), "1", len(x))
