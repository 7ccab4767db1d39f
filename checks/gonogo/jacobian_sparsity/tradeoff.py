"""What a penalty on the Jacobian buys over a sweep of its coefficient, and what it costs in reconstruction."""

from typing import NamedTuple

import numpy as np

from gonogo.arrays import ArrayLike
from gonogo.estimate import Estimate, NotApplicable


class TradeOff(NamedTuple):
    """One point a coefficient, seeds averaged, in the order of the coefficients.

    Attributes
    ----------
    coefficient : ndarray, shape (m,)
        Ascending, the first is 0.
    fraction : ndarray, shape (m,)
        Share of Jacobian elements above a threshold.
    score : ndarray, shape (m,)
        Reconstruction score, 1 for a perfect one.
    seeds : ndarray of int, shape (m,)
        Runs behind each point.
    score_se : float
        Standard error of one run's score by the spread between seeds; NaN where no coefficient has two.
    rank_correlation : float
        Spearman's between coefficient and fraction.
    ratio : ndarray, shape (m,)
        Fraction over that of coefficient 0.
    loss : ndarray, shape (m,)
        Score of coefficient 0 minus score.
    dominated : ndarray of bool, shape (m,)
        Whether another point has a better score and a smaller fraction.
    """

    coefficient: np.ndarray
    fraction: np.ndarray
    score: np.ndarray
    seeds: np.ndarray
    score_se: float
    rank_correlation: float
    ratio: np.ndarray
    loss: np.ndarray
    dominated: np.ndarray | np.bool_

    @property
    def decades(self) -> float:
        """Decades between the smallest and the largest coefficient above 0."""
        return float(np.log10(self.coefficient[-1] / self.coefficient[1])) if len(self.coefficient) > 2 else 0.0

    def cost(self, ratio: float) -> Estimate | None:
        """Smallest loss of score among the points whose ratio is at most the given one; None if there is none."""
        reached = self.ratio <= ratio
        if not reached.any():
            return None
        best = np.flatnonzero(reached)[np.argmin(self.loss[reached])]
        se = self.score_se * float(np.hypot(self.seeds[best] ** -0.5, self.seeds[0] ** -0.5))
        return Estimate(float(self.loss[best]), se, n=int(self.seeds[best] + self.seeds[0]), counted="runs")


def rank_correlation(x: ArrayLike, y: ArrayLike) -> float:
    """Spearman's rank correlation, ties sharing their mean rank.

    >>> rank_correlation([0, 1, 2, 3], [9.0, 5.0, 5.0, 1.0])
    -0.9486832980505138
    """
    ranks = [np.mean([np.searchsorted(np.sort(v), v, side) for side in ("left", "right")], axis=0) for v in (x, y)]
    centred = [rank - rank.mean() for rank in ranks]
    norm = np.sqrt(np.prod([np.sum(c**2) for c in centred]))
    return float(np.sum(centred[0] * centred[1]) / norm) if norm else 0.0


def trade_off(coefficient: ArrayLike, fraction: ArrayLike, score: ArrayLike) -> TradeOff:
    """Order the finished runs of one sweep by coefficient.

    Parameters
    ----------
    coefficient, fraction, score : array_like, shape (n,)
        Of each run.

    Returns
    -------
    TradeOff

    Raises
    ------
    NotApplicable
        If no run has coefficient 0: there is nothing to compare with.
    """
    coefficient, fraction, score = (np.asarray(values, float) for values in (coefficient, fraction, score))
    points, place = np.unique(coefficient, return_inverse=True)
    if not len(points) or points[0] != 0:
        raise NotApplicable(
            f"no finished run has coefficient 0; finished: {', '.join(f'{p:g}' for p in points) or 'none'}"
        )
    seeds = np.bincount(place)
    means = [np.bincount(place, values) / seeds for values in (fraction, score)]
    freedom = len(coefficient) - len(points)
    spread = np.sqrt(np.sum((score - means[1][place]) ** 2) / freedom) if freedom else np.nan
    better = (means[1][None, :] > means[1][:, None]) & (means[0][None, :] < means[0][:, None])
    return TradeOff(
        points,
        means[0],
        means[1],
        seeds,
        float(spread),
        rank_correlation(points, means[0]),
        means[0] / means[0][0] if means[0][0] else np.full(len(points), np.nan),
        means[1][0] - means[1],
        np.any(better, axis=1),
    )


class ScaleFreeGain(NamedTuple):
    """Scale-free sparsity over a sweep, one value a run.

    Attributes
    ----------
    coefficient, hoyer, spread, kurtosis : ndarray, shape (n,)
        Coefficient and the mean statistics over tokens, sorted by coefficient.
    best : float
        Coefficient of the run whose Hoyer measure gained most over coefficient 0.
    hoyer_gain, spread_ratio : float
        Its gain, and its L1/(√n L2) over that of coefficient 0.
    """

    coefficient: np.ndarray
    hoyer: np.ndarray
    spread: np.ndarray
    kurtosis: np.ndarray
    best: float
    hoyer_gain: float
    spread_ratio: float


def scale_free_gain(coefficient: ArrayLike, hoyer: ArrayLike, spread: ArrayLike, kurtosis: ArrayLike) -> ScaleFreeGain:
    """Largest gain of scale-free sparsity over a sweep.

    Parameters
    ----------
    coefficient, hoyer, spread, kurtosis : array_like, shape (n,)
        Of each finished run.

    Returns
    -------
    ScaleFreeGain

    Raises
    ------
    NotApplicable
        If there is no run with coefficient 0, or no other.

    Examples
    --------
    >>> gain = scale_free_gain([0, 1], [0.2, 0.6], [0.8, 0.4], [3, 60])
    >>> gain.best, round(gain.hoyer_gain, 6), gain.spread_ratio
    (1.0, 0.4, 0.5)
    """
    order = np.argsort(np.asarray(coefficient, float), kind="stable")
    coefficient, hoyer, spread, kurtosis = (
        np.asarray(values, float)[order] for values in (coefficient, hoyer, spread, kurtosis)
    )
    zero = coefficient == 0
    if not zero.any() or zero.all():
        raise NotApplicable("needs a finished run with coefficient 0 and one without")
    best = np.flatnonzero(~zero)[np.argmax(hoyer[~zero])]
    gain, factor = hoyer[best] - hoyer[zero].mean(), spread[best] / spread[zero].mean()
    return ScaleFreeGain(coefficient, hoyer, spread, kurtosis, float(coefficient[best]), float(gain), float(factor))
