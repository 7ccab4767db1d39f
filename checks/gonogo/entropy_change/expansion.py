"""Entropy change of a policy along an update direction: importance-sampled truth against its expansion.

A batch of B sequences was sampled from a policy. Per sequence: tokens T, entropy summed over tokens h before and after
a step eta along v, log-weight L = log pi_new - log pi_old, score J = dL/d eta at 0, and h' = dh/d eta at 0.
Entropies are per token, H = sum h / sum T; changes are in nats/token.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from gonogo.arrays import ArrayLike, Floats
from gonogo.estimate import Estimate

UNIT = "nats/token"


@dataclass(frozen=True)
class TrueChange:
    """Entropy change by self-normalised importance sampling.

    Attributes
    ----------
    estimate : Estimate
        The change [nats/token] with its standard error.
    influence : ndarray, shape (B,)
        Influence of each sequence on the change, summing to zero.
    contributions : ndarray, shape (B,)
        Share of each sequence in the change, summing to it.
    """

    estimate: Estimate
    influence: np.ndarray
    contributions: np.ndarray


@dataclass(frozen=True)
class Expansion:
    """True change and its expansion over all step sizes of a run, E step sizes and B sequences.

    Attributes
    ----------
    eta : ndarray, shape (E,)
        Step sizes.
    true, linear, linquad : ndarray, shape (E,)
        Change [nats/token]: importance-sampled, first order, second order; NaN where not recorded.
    true_se, linear_se, linquad_se : ndarray, shape (E,)
        Their standard errors.
    linear_gap_covariance, linquad_gap_covariance : ndarray, shape (E, E)
        Of the differences true - linear and true - linquad at the step sizes, which share their sequences.
    n : int
        Number of sequences.
    paired : bool
        Whether the differences were taken sequence by sequence; else their errors were added as if independent.
    true_parts, linear_parts, linquad_parts : ndarray, shape (E, B), or None
        Contributions of the sequences, for the figures; all of them vanish with the step.
    static_parts : ndarray, shape (B,)
        What a sequence's contribution to the true change is without a step, ``(h - H T) / sum T``; sums to zero.
    """

    eta: np.ndarray
    true: np.ndarray
    linear: np.ndarray
    linquad: np.ndarray
    true_se: np.ndarray
    linear_se: np.ndarray
    linquad_se: np.ndarray
    linear_gap_covariance: np.ndarray
    linquad_gap_covariance: np.ndarray
    n: int
    paired: bool
    true_parts: np.ndarray
    linear_parts: np.ndarray | None
    linquad_parts: np.ndarray | None
    static_parts: np.ndarray

    @property
    def linear_gap_se(self) -> Floats:
        """Standard errors of the differences true - linear, shape (E,)."""
        return np.sqrt(np.diag(self.linear_gap_covariance))

    @property
    def linquad_gap_se(self) -> Floats:
        """Standard errors of the differences true - linquad, shape (E,)."""
        return np.sqrt(np.diag(self.linquad_gap_covariance))

    def values(self, eta: float) -> dict[str, Estimate]:
        """True change and its expansions at a step size, those that were recorded."""
        k = step(self.eta, eta)
        found = {
            "true ΔH": Estimate(float(self.true[k]), float(self.true_se[k]), UNIT, self.n),
            "linear": Estimate(float(self.linear[k]), float(self.linear_se[k]), UNIT, self.n),
            "lin+quad": Estimate(float(self.linquad[k]), float(self.linquad_se[k]), UNIT, self.n),
        }
        return {name: estimate for name, estimate in found.items() if np.isfinite(estimate.value)}

    def gap(self, eta: float, order: int) -> tuple[Estimate, float]:
        """Difference true - prediction at a step size.

        Parameters
        ----------
        eta : float
            One of the step sizes.
        order : {1, 2}
            Order of the expansion.

        Returns
        -------
        Estimate
            The difference [nats/token].
        float
            True change there [nats/token].
        """
        k = step(self.eta, eta)
        predicted, se = (self.linear, self.linear_gap_se) if order == 1 else (self.linquad, self.linquad_gap_se)
        return Estimate(float(self.true[k] - predicted[k]), float(se[k]), UNIT, self.n), float(self.true[k])


def step(etas: ArrayLike, eta: float) -> int:
    """Index of a step size.

    Raises
    ------
    ValueError
        If it is not among them.
    """
    k = int(np.argmin(np.abs(np.asarray(etas) - eta)))
    if not np.isclose(etas[k], eta, rtol=1e-6, atol=0):
        raise ValueError(f"eta must be one of {list(etas)}, got {eta}")
    return k


def standard_error(influence: Floats) -> Any:
    """Standard error of an estimator from the influence of its n samples.

    ``sqrt(n / (n - 1) * sum psi_i^2)``, Hampel et al., Robust Statistics (1986), section 2.1.

    >>> float(standard_error(np.array([-0.5, 0.5]) / 2))  # of the mean of 0 and 1
    0.5
    """
    n = influence.shape[-1]
    return np.sqrt(n / (n - 1) * np.sum(influence**2, axis=-1)) if n > 1 else np.nan


def ratio_influence(numerator: Floats, denominator: Floats) -> Floats:
    """Influence of each sample on ``sum(numerator) / sum(denominator)``."""
    total = np.sum(denominator)
    return (numerator - np.sum(numerator) / total * denominator) / total


def true_change(
    log_weights: ArrayLike, h_new: ArrayLike, h_base: ArrayLike, tokens: ArrayLike, *, clip: float = 10.0
) -> TrueChange:
    """Entropy change by self-normalised importance sampling.

    Parameters
    ----------
    log_weights : array_like, shape (B,)
        Log-probability of each sequence after the step minus before.
    h_new, h_base : array_like, shape (B,)
        Entropy summed over a sequence's tokens after and before [nats].
    tokens : array_like, shape (B,)
        Tokens of each sequence.
    clip : float
        Bound on the absolute log-weight.

    Returns
    -------
    TrueChange

    Notes
    -----
    ``sum w h_new / sum w T - sum h / sum T`` with ``w = softmax(clip(L))``; Owen, Monte Carlo theory (2013), 9.2, for
    the ratio and its influence.

    Examples
    --------
    >>> change = true_change([0.0, 0.0], [1.0, 3.0], [1.0, 1.0], [1, 1])
    >>> float(change.estimate.value), change.contributions.tolist()
    (1.0, [0.0, 1.0])
    """
    logw, h_new, h_base, tokens = (np.asarray(a, float) for a in (log_weights, h_new, h_base, tokens))
    logw = np.clip(logw, -clip, clip)
    w = np.exp(logw - logw.max())
    base = h_base.sum() / tokens.sum()
    weighted_tokens = np.sum(w * tokens)
    value = np.sum(w * h_new) / weighted_tokens - base
    influence = ratio_influence(w * h_new, w * tokens) - ratio_influence(h_base, tokens)
    contributions = w * h_new / weighted_tokens - tokens / tokens.sum() * base
    estimate = Estimate(float(value), float(standard_error(influence)), UNIT, len(w))
    return TrueChange(estimate, influence, contributions)


def slope_influence(gdotv: ArrayLike, h_base: ArrayLike, tokens: ArrayLike, score: ArrayLike | None = None) -> Floats:
    """Influence of each sequence on the reported slope, per unit step.

    Parameters
    ----------
    gdotv : array_like, shape (B,)
        Contributions to the slope, summing to it [nats/token per unit step].
    h_base, tokens : array_like, shape (B,)
        Entropy sums and tokens before the step.
    score : array_like, shape (B,), optional
        J, where the contributions hold the correction -H T J for the number of tokens: H is estimated, too.
    """
    gdotv, h_base, tokens = (np.asarray(a, float) for a in (gdotv, h_base, tokens))
    influence = gdotv - gdotv.sum() * tokens / tokens.sum()
    if score is not None:
        influence = influence - ratio_influence(h_base, tokens) * np.sum(tokens * score) / tokens.sum()
    return influence


def expansion(
    eta: ArrayLike,
    log_weights: ArrayLike,
    h_new: ArrayLike,
    h_base: ArrayLike,
    tokens: ArrayLike,
    *,
    slope: float,
    quadratic_slope: float | None = None,
    curvature: float | None = None,
    gdotv: ArrayLike | None = None,
    vhvv: ArrayLike | None = None,
    score: ArrayLike | None = None,
    slope_se: float | None = None,
    curvature_se: float | None = None,
    clip: float = 10.0,
) -> Expansion:
    """True change and both expansions at every step size, with the standard errors of their differences.

    Parameters
    ----------
    eta : array_like, shape (E,)
        Step sizes.
    log_weights, h_new, h_base, tokens : array_like, shape (E, B)
        As for `true_change`, a row a step size.
    slope : float
        Reported derivative g.v [nats/token per unit step].
    quadratic_slope, curvature : float, optional
        Reported derivative and v'Hv of the second-order expansion.
    gdotv, vhvv : array_like, shape (B,), optional
        Contributions of the sequences to slope and curvature; with ``gdotv`` the differences are paired.
    score : array_like, shape (B,), optional
        J, see `slope_influence`.
    slope_se, curvature_se : float, optional
        Standard errors for the unpaired case.
    clip : float
        Bound on the absolute log-weight.

    Returns
    -------
    Expansion

    Notes
    -----
    Truth and expansion come from the same sequences, so their influences are subtracted sequence by sequence before
    squaring. The curvature's own influence is added for the second order: that of a sum over tokens, as producers
    report it; with the terms of the ratio, which partly cancel it, the error is up to 1.4 times too large.
    """
    eta = np.asarray(eta, float)
    h_base, tokens = np.asarray(h_base, float), np.asarray(tokens, float)
    truths = [true_change(*row, clip=clip) for row in zip(log_weights, h_new, h_base, tokens, strict=True)]
    psi = np.array([truth.influence for truth in truths])
    static = ratio_influence(h_base[0], tokens[0])
    linear = slope * eta
    linquad = (slope if quadratic_slope is None else quadratic_slope) * eta
    linquad = linquad + 0.5 * curvature * eta**2 if curvature is not None else np.full_like(eta, np.nan)
    linear_parts = linquad_parts = None
    if gdotv is not None:
        linear_parts = np.outer(eta, gdotv)
        first = second = np.outer(eta, slope_influence(gdotv, h_base[0], tokens[0], score))
        if vhvv is not None:
            linquad_parts = linear_parts + 0.5 * np.outer(eta**2, vhvv)
            second = first + 0.5 * np.outer(eta**2, vhvv - np.sum(vhvv) * tokens[0] / tokens[0].sum())
        own = [shared_covariance(first), shared_covariance(second)]
        gaps = [shared_covariance(psi - first), shared_covariance(psi - second)]
    else:
        reported = [eta * (np.nan if slope_se is None else slope_se),
                    0.5 * eta**2 * (np.nan if curvature_se is None else curvature_se)]  # fmt: skip
        own = list(np.cumsum([np.outer(se, se) for se in reported], axis=0))
        gaps = [shared_covariance(psi) + part for part in own]
    return Expansion(
        eta=eta, true=np.array([truth.estimate.value for truth in truths]), linear=linear, linquad=linquad,
        true_se=standard_error(psi), linear_se=np.sqrt(np.diag(own[0])), linquad_se=np.sqrt(np.diag(own[1])),
        linear_gap_covariance=gaps[0], linquad_gap_covariance=gaps[1], n=psi.shape[1], paired=gdotv is not None,
        true_parts=np.array([truth.contributions for truth in truths]) - static,
        linear_parts=linear_parts, linquad_parts=linquad_parts, static_parts=static,
    )  # fmt: skip


def shared_covariance(influence: Floats) -> Floats:
    """Covariance of estimators from the influences of the sequences that they share.

    Parameters
    ----------
    influence : ndarray, shape (E, B)
        Influence of each sequence on each estimator; sums to zero.

    Returns
    -------
    ndarray, shape (E, E)
        ``n / (n - 1) sum psi_k psi_l``; NaN for a single sequence.
    """
    n = influence.shape[1]
    return n / (n - 1) * influence @ influence.T if n > 1 else np.full((len(influence),) * 2, np.nan)


def plugin_slope(entropy_slope: ArrayLike, score: ArrayLike, h_base: ArrayLike, tokens: ArrayLike) -> float:
    """Exact derivative at 0 of the importance-sampled change on the same sample.

    Parameters
    ----------
    entropy_slope, score : array_like, shape (B,)
        h' and J of each sequence.
    h_base, tokens : array_like, shape (B,)
        Entropy sums and tokens before the step.

    Returns
    -------
    float
        ``sum(h' + (h - H T) J) / sum T`` [nats/token per unit step].

    Examples
    --------
    >>> plugin_slope([1.0, 1.0], [0.0, 0.0], [2.0, 2.0], [1, 1])
    1.0
    """
    h_prime, score, h_base, tokens = (np.asarray(a, float) for a in (entropy_slope, score, h_base, tokens))
    excess = h_base - h_base.sum() / tokens.sum() * tokens
    return float(np.sum(h_prime + excess * score) / tokens.sum())
