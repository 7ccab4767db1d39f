"""Curves of replicate seeds as an envelope: how far a new curve strays, measured by how far they stray themselves."""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from gonogo.arrays import ArrayLike, Floats
from gonogo.curve_operations import held_level
from gonogo.estimate import Estimate, NotEnoughData


@dataclass(frozen=True, eq=False)
class Envelope:
    """A curve among the curves of good seeds.

    Attributes
    ----------
    step : ndarray, shape (N,)
        Common steps.
    baseline : ndarray, shape (k, N)
        Curves of the good seeds.
    candidate : ndarray, shape (N,)
        Curve under judgement.
    yardstick : ndarray, shape (N,)
        How far the good seeds stray from each other at each step.
    excess : Estimate
        Largest distance from the mean, in yardsticks, that is kept up over a window of rows in a row.
    at : int
        Row where that window begins.
    """

    step: np.ndarray
    baseline: np.ndarray
    candidate: np.ndarray
    yardstick: np.ndarray
    excess: Estimate
    at: int


def envelope(
    step: ArrayLike,
    baseline: ArrayLike,
    candidate: ArrayLike,
    *,
    window: int = 3,
    smooth: int = 11,
    pooled: float = 0.5,
    worse: str = "either",
) -> Envelope:
    """Compare a curve with curves of replicate seeds, step by step.

    Parameters
    ----------
    step : array_like, shape (N,)
        Steps that all curves have.
    baseline : array_like, shape (k, N)
        Curves of the good seeds.
    candidate : array_like, shape (N,)
        Curve under judgement; a value that is not finite where every good seed is lies infinitely far out.
    window : int
        Rows in a row over which the distance must be kept up.
    smooth : int
        Rows of the running mean of the yardstick's square.
    pooled : float
        Share of all rows over which the yardstick's square is averaged as well; the larger of both means counts.
    worse : {"up", "down", "either"}
        Which side counts.

    Returns
    -------
    Envelope

    Raises
    ------
    NotEnoughData
        With fewer than three seeds, or fewer finite common rows than the window.

    Notes
    -----
    The yardstick of a step is the root mean square, over seeds and over the rows around it, of the distance of each
    seed from the mean of the others; a candidate's distance from the mean of all k is brought to the same variance by
    ``sqrt(k^2 / (k^2 - 1))``. It is at least 1e-6 of the curve's size, so that rounding is no departure.

    Rows around a step say little of one another's spread where noise lasts: few seeds then lie close to each other
    for a while by chance, and any curve is far out. Hence the mean over half of the curve, which a few neighbouring
    rows may only raise.

    Examples
    --------
    >>> seeds = [[1.0, 1.1, 0.9, 1.0], [0.9, 1.0, 1.1, 1.1], [1.1, 0.9, 1.0, 0.9]]
    >>> envelope([0, 1, 2, 3], seeds, [1.0, 5.0, 5.0, 5.0]).excess.value > 10
    True
    """
    step, baseline, candidate = np.asarray(step), np.asarray(baseline, float), np.asarray(candidate, float)
    k = len(baseline)
    if k < 3:
        raise NotEnoughData(f"an envelope needs 3 replicate seeds, got {k}")
    used = np.isfinite(baseline).all(axis=0)
    if used.sum() < window:
        raise NotEnoughData(f"an envelope needs {window} steps where every seed is finite, got {used.sum()}")
    step, baseline, candidate = step[used], baseline[:, used], candidate[used]
    mean = baseline.mean(axis=0)
    strayed = np.mean((baseline - mean) ** 2, axis=0) * (k / (k - 1)) ** 2
    strayed = np.maximum(_running_mean(strayed, smooth), _running_mean(strayed, round(pooled * len(step))))
    yardstick = np.maximum(np.sqrt(strayed), 1e-6 * np.abs(mean).max() or 1e-300)
    with np.errstate(invalid="ignore"):
        away = (candidate - mean) / yardstick * np.sqrt(k**2 / (k**2 - 1))
    away = {"up": away, "down": -away, "either": np.abs(away)}[worse]
    away = np.where(np.isfinite(candidate), away, np.inf)
    kept = held_level(away, window=window)
    at = int(np.argmax(kept))
    return Envelope(
        step, baseline, candidate, yardstick, Estimate(float(kept[at]), unit="times what good seeds stray", n=k), at
    )


def _running_mean(values: Floats, rows: int) -> Floats:
    """Mean over the rows around each, fewer at the ends."""
    n, half = len(values), max(rows, 1) // 2
    total = np.concatenate([[0.0], np.cumsum(values)])
    first, last = np.maximum(np.arange(n) - half, 0), np.minimum(np.arange(n) + half + 1, n)
    return np.maximum(total[last] - total[first], 0.0) / (last - first)


def significant_excess(seeds: int, *, excess: float = 6.0, tail: float = 0.002) -> float:
    """How many yardsticks are more than chance: what matters anyway, or, with few seeds, Student's t.

    Parameters
    ----------
    seeds : int
        Good seeds whose straying is the yardstick.
    excess : float
        What matters anyway.
    tail : float
        Probability on either side that noise which lasts as long as the curve lies so far out.

    Examples
    --------
    >>> [round(significant_excess(seeds), 1) for seeds in (3, 4, 6, 10)]
    [15.8, 8.1, 6.0, 6.0]
    """
    return max(excess, float(-stdtrit(seeds - 1, tail)))
