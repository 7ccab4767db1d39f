"""Can importance weights be trusted: effective sample size, range, clipping, and the tail of the raw weights."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gonogo.arrays import ArrayLike, Bools, Floats


@dataclass(frozen=True)
class WeightHealth:
    """Health of a set of importance weights.

    Attributes
    ----------
    ess_share : float
        Effective sample size over sample size, in (0, 1].
    clip_share : float
        Share of log-weights beyond the clip.
    log_range : float
        Range of the raw log-weights [nats].
    top_weight : float
        Largest normalised weight times the sample size; 1 if all are equal.
    pareto_k : float
        Shape of the generalised Pareto tail of the raw weights; NaN for fewer than 25 samples.
    pareto_k_se : float
        Its asymptotic standard error.
    log_weights : ndarray, shape (n,)
        The raw log-weights.
    """

    ess_share: float
    clip_share: float
    log_range: float
    top_weight: float
    pareto_k: float
    pareto_k_se: float
    log_weights: np.ndarray


def weight_health(log_weights: ArrayLike, *, clip: float = 10.0) -> WeightHealth:
    """Measure the health of importance weights.

    Parameters
    ----------
    log_weights : array_like, shape (n,)
        Raw log-weights [nats].
    clip : float
        Bound on their absolute value.

    Returns
    -------
    WeightHealth

    Notes
    -----
    ``ESS = 1 / sum w^2`` over the clipped and normalised weights (Kong, 1992). Once clipping starts, ESS rises again,
    so range and clipping are measured beside it. The shape of a generalised Pareto tail of m samples has the asymptotic
    variance ``(1 + k)^2 / m`` (Smith, Annals of Statistics 15 (1987) 1174).

    Examples
    --------
    >>> weight_health([0.0, 0.0, 0.0, 0.0]).ess_share
    1.0
    """
    raw = np.asarray(log_weights, float)
    clipped = np.clip(raw, -clip, clip)
    w = np.exp(clipped - clipped.max())
    w /= w.sum()
    k = pareto_k(raw)
    return WeightHealth(
        ess_share=float(1 / np.sum(w**2) / len(w)),
        clip_share=float(np.mean(np.abs(raw) > clip)),
        log_range=float(np.ptp(raw)),
        top_weight=float(w.max() * len(w)),
        pareto_k=k,
        pareto_k_se=float((1 + k) / np.sqrt(_tail_size(len(raw)))) if np.isfinite(k) else float("nan"),
        log_weights=raw,
    )


def pareto_k(log_weights: ArrayLike) -> float:
    """Shape k of the generalised Pareto distribution fitted to the upper tail of the weights.

    Parameters
    ----------
    log_weights : array_like, shape (n,)
        Raw log-weights [nats].

    Returns
    -------
    float
        k; the weights' mean has finite variance for k < 0.5, NaN for fewer than 25 samples.

    Notes
    -----
    Tail of ``min(n / 5, 3 sqrt(n))`` samples as in Vehtari et al., Pareto smoothed importance sampling (2015); the
    fit and its weak prior are those of Zhang and Stephens, Technometrics 51 (2009) 316.
    """
    logw = np.sort(np.asarray(log_weights, float))
    n = len(logw)
    size = _tail_size(n)
    if size < 5:
        return float("nan")
    tail = np.exp(logw[-size:] - logw[-1]) - np.exp(logw[-size - 1] - logw[-1])
    tail = tail[tail > 0]
    if len(tail) < 5:
        return float("-inf")  # equal weights have no tail at all
    return _zhang_stephens(tail)


def _tail_size(n: int) -> int:
    return int(min(n / 5, 3 * np.sqrt(n)))


def _zhang_stephens(x: Floats) -> float:
    """Posterior mean of the generalised Pareto shape for sorted positive excesses."""
    n = len(x)
    m = 30 + int(np.sqrt(n))
    quartile = x[int(n / 4 + 0.5) - 1]
    theta = 1 / x[-1] + (1 - np.sqrt(m / (np.arange(1, m + 1) - 0.5))) / (3 * quartile)
    k = np.mean(np.log1p(-theta[:, None] * x), axis=1)
    likelihood = n * (np.log(-theta / k) - k - 1)
    weight = 1 / np.sum(np.exp(likelihood - likelihood[:, None]), axis=1)
    best = np.sum(theta * weight) / np.sum(weight)
    shape = np.mean(np.log1p(-best * x))
    return float((n * shape + 5) / (n + 10))


def trusted(
    log_weights: Sequence[ArrayLike] | Floats,
    *,
    clip: float = 10.0,
    min_ess_share: float = 0.7,
    max_log_range: float = 4.0,
) -> Bools:
    """Which step sizes have weights that an expansion may be compared with.

    Parameters
    ----------
    log_weights : array_like, shape (E, B)
        Raw log-weights, a row a step size.
    clip : float
        Bound on their absolute value.
    min_ess_share, max_log_range : float
        What is asked of effective sample size over sample size and of the range.

    Returns
    -------
    ndarray of bool, shape (E,)
    """
    health = [weight_health(row, clip=clip) for row in log_weights]
    return np.array([h.ess_share >= min_ess_share and h.log_range <= max_log_range for h in health])
