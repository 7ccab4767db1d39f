"""Is the reported slope precise enough to be used: its standard error, the error of that, and what it is held to."""

from dataclasses import dataclass

import numpy as np

from gonogo.arrays import ArrayLike, Floats
from gonogo.entropy_change.expansion import plugin_slope, ratio_influence, standard_error
from gonogo.estimate import Estimate

UNIT = "nats/token per unit step"


def plugin_influence(entropy_slope: ArrayLike, score: ArrayLike, h_base: ArrayLike, tokens: ArrayLike) -> Floats:
    """Influence of each sequence on the plug-in slope.

    Parameters
    ----------
    entropy_slope, score, h_base, tokens : array_like, shape (B,)
        As for `plugin_slope`.

    Returns
    -------
    ndarray, shape (B,)
        ``[h' + (h - H T) J - s T] / sum T``, less the influence on H times ``sum T J / sum T``; sums to zero.
    """
    h_prime, score, h_base, tokens = (np.asarray(a, float) for a in (entropy_slope, score, h_base, tokens))
    total = tokens.sum()
    excess = h_base - h_base.sum() / total * tokens
    slope = plugin_slope(h_prime, score, h_base, tokens)
    return (h_prime + excess * score - slope * tokens) / total - ratio_influence(h_base, tokens) * (
        np.sum(tokens * score) / total
    )


@dataclass(frozen=True)
class Precision:
    """Standard error of a slope against the share of a reference slope that it may be.

    Attributes
    ----------
    estimate : Estimate
        The slope's standard error [nats/token per unit step]; its own error holds that of the limit, too.
    limit : float
        Largest standard error that is allowed.
    reference : Estimate
        The slope that the limit is a share of.
    sequences : int
        Number of sequences.
    """

    estimate: Estimate
    limit: float
    reference: Estimate
    sequences: int

    @property
    def needed(self) -> float:
        """Sequences with which the error would fall to its limit; infinite where the reference slope is zero."""
        return self.sequences * (self.estimate.value / self.limit) ** 2 if self.limit else np.inf


def slope_precision(influence: ArrayLike, reference: float, reference_influence: ArrayLike, share: float) -> Precision:
    """Standard error of a slope, to be compared with a share of a reference slope of the same sequences.

    Parameters
    ----------
    influence, reference_influence : array_like, shape (B,)
        Influences of the sequences on the slope and on the reference.
    reference : float
        The reference slope [nats/token per unit step].
    share : float
        Which share of it the standard error may be.

    Returns
    -------
    Precision

    Notes
    -----
    The excess ``SE - share |s|`` has the error ``hypot(SE sqrt((k - 1) / 4 n), share SE(s))``: the first part is that
    of a standard deviation of n values of kurtosis k; Cramer, Mathematical Methods of Statistics (1946), 27.7 and 28.3.
    """
    psi = np.asarray(influence, float)
    error = float(standard_error(psi))
    spread = np.mean(psi**2)
    kurtosis = float(np.mean(psi**4) / spread**2) if spread > 0 else 1.0
    own = error * np.sqrt(max(kurtosis - 1, 0.0) / (4 * len(psi)))
    reference_se = float(standard_error(np.asarray(reference_influence, float)))
    return Precision(
        Estimate(error, float(np.hypot(own, share * reference_se)), UNIT),
        share * abs(reference),
        Estimate(reference, reference_se, UNIT, len(psi)),
        len(psi),
    )
