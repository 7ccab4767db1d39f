"""Were the sequences sampled from the policy that is scored: three scores that have mean zero if they were."""

from dataclasses import dataclass

import numpy as np

from gonogo.arrays import ArrayLike
from gonogo.estimate import Estimate

OUTLYING = 12.0


@dataclass(frozen=True)
class ZeroMean:
    """A quantity whose mean is zero if the claim holds.

    Attributes
    ----------
    estimate : Estimate
        Mean in units of the quantity's standard deviation; its standard error is ``1 / sqrt(n)``.
    z : float
        Mean over its standard error.
    values : ndarray, shape (n,)
        The quantity.
    """

    estimate: Estimate
    z: float
    values: np.ndarray


def zero_mean(values: ArrayLike) -> ZeroMean:
    """Standardised mean of a quantity.

    Parameters
    ----------
    values : array_like, shape (n,)
        Independent values.

    Returns
    -------
    ZeroMean
        Values farther than ``OUTLYING`` robust standard deviations from the median count as if they lay there.

    Raises
    ------
    ValueError
        With fewer than two values.

    Examples
    --------
    >>> zero_mean([1.0, -1.0, 1.0, -1.0]).z
    0.0
    """
    values = np.asarray(values, float)
    if len(values) < 2:
        raise ValueError(f"a standardised mean needs two values, got {len(values)}")
    middle = np.median(values)
    width = OUTLYING * 1.4826 * float(np.median(np.abs(values - middle)))
    if width > 0:  # one impossible value must not widen the spread until anything passes
        values = np.clip(values, middle - width, middle + width)
    spread = np.std(values, ddof=1)
    effect = float(np.mean(values) / spread) if spread > 0 else 0.0
    n = len(values)
    return ZeroMean(Estimate(effect, n**-0.5, "sd", n), effect * n**0.5, values)


def surprisal_excess(log_prob: ArrayLike, rb_entropy: ArrayLike) -> ZeroMean:
    """Surprisal of the sampled tokens beyond the entropy that the policy itself has at the same states.

    Parameters
    ----------
    log_prob : array_like, shape (B,)
        Log-probability of the sampled tokens under the scored policy [nats].
    rb_entropy : array_like, shape (B,)
        Sum of the conditional entropies along the sequence [nats].

    Returns
    -------
    ZeroMean
        Negative where the sampler prefers likely tokens: truncation, low temperature.

    Notes
    -----
    ``E[-log pi(y_t | s_t)] = H(s_t)`` at each step, so the sum of the differences is a martingale with mean zero.
    """
    return zero_mean(-np.asarray(log_prob, float) - np.asarray(rb_entropy, float))


def score_mean(score: ArrayLike) -> ZeroMean:
    """Score d log pi / d eta: its mean is zero under the policy itself."""
    return zero_mean(score)


def weight_mean(log_weights: ArrayLike) -> ZeroMean:
    """Importance weight minus one: ``E[pi_new / pi_old] = 1`` under the old policy."""
    return zero_mean(np.expm1(np.asarray(log_weights, float)))
