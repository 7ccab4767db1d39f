"""Numeric noise of the entropy change, and the residual of its plug-in slope that only this noise can cause."""

from dataclasses import dataclass

import numpy as np

from gonogo.arrays import ArrayLike
from gonogo.entropy_change.expansion import UNIT
from gonogo.estimate import Estimate, NotApplicable, NotEnoughData


@dataclass(frozen=True)
class NoiseFloor:
    """Numeric noise of the true change, from repeated forward passes at different steps.

    Attributes
    ----------
    log_prob : float
        Noise of a sequence's log-probability in one pass [nats].
    entropy : float
        Noise of a sequence's entropy sum in one pass [nats].
    change : float
        Noise of the true change, the pass before the step included [nats/token].
    """

    log_prob: float
    entropy: float
    change: float


def noise_floor(
    eta: ArrayLike, log_weights: ArrayLike, h_new: ArrayLike, h_base: ArrayLike, tokens: ArrayLike
) -> NoiseFloor:
    """Noise floor from a pair of step sizes of which one is twice the other.

    Parameters
    ----------
    eta : array_like, shape (E,)
        Step sizes, increasing.
    log_weights, h_new, h_base, tokens : array_like, shape (E, B)
        As for `true_change`, a row a step size.

    Returns
    -------
    NoiseFloor

    Raises
    ------
    NotApplicable
        If no step size is twice another.

    Notes
    -----
    To first order ``L(2 eta) - 2 L(eta)`` is zero; its noise is that of passes at 2 eta, eta (twice) and 0, hence
    ``sqrt(6)`` times the noise of one. The change inherits ``sqrt(2) sqrt(s1^2 sum (h - H T)^2 + B sh^2) / sum T``.
    The pass before the step is common to all step sizes: half of the variance is shared.
    """
    eta = np.asarray(eta, float)
    log_weights, h_new, h_base, tokens = (np.asarray(a, float) for a in (log_weights, h_new, h_base, tokens))
    once, twice = np.nonzero(np.isclose(eta[None, :], 2 * eta[:, None], rtol=1e-6, atol=0))
    if not len(once):
        raise NotApplicable("the noise floor needs two step sizes of which one is twice the other")
    k, doubled = once[0], twice[0]
    log_prob = float(np.std(log_weights[doubled] - 2 * log_weights[k], ddof=1) / np.sqrt(6))
    entropy = float(np.std(h_new[doubled] - 2 * h_new[k] + h_base[k], ddof=1) / np.sqrt(6))
    excess = h_base[0] - h_base[0].sum() / tokens[0].sum() * tokens[0]
    change = np.sqrt(2 * (log_prob**2 * np.sum(excess**2) + len(excess) * entropy**2)) / tokens[0].sum()
    return NoiseFloor(log_prob, entropy, float(change))


@dataclass(frozen=True)
class SlopeResidual:
    """True change against the plug-in slope over all step sizes, judged at one of them.

    Attributes
    ----------
    eta, true, residual : ndarray, shape (E,)
        Step sizes, true change and true - s eta [nats/token].
    slope : float
        Plug-in slope s [nats/token per unit step].
    floor : NoiseFloor
        Numeric noise.
    judged : int
        Index of the designated step size.
    estimate : Estimate
        Residual there; its standard error is the numeric noise, since both sides share all sampling noise.
    scale : float
        Larger of |true| and |s eta| there [nats/token].
    smallest_eta : float
        Step size below which the noise exceeds a tenth of the linear change.
    """

    eta: np.ndarray
    true: np.ndarray
    residual: np.ndarray
    slope: float
    floor: NoiseFloor
    judged: int
    estimate: Estimate
    scale: float
    smallest_eta: float


def slope_residual(
    eta: ArrayLike, true: ArrayLike, slope: float, floor: NoiseFloor, healthy: ArrayLike, *, n: int | None = None
) -> SlopeResidual:
    """Residual of the true change against its own plug-in slope at the designated step size.

    Parameters
    ----------
    eta, true : array_like, shape (E,)
        Step sizes and true change [nats/token].
    slope : float
        From `plugin_slope`.
    floor : NoiseFloor
        From `noise_floor`.
    healthy : array_like of bool, shape (E,)
        Where the importance weights can be trusted.
    n : int, optional
        Number of sequences; the noise falls as its square root.

    Returns
    -------
    SlopeResidual
        Judged at the largest trusted step size.

    Raises
    ------
    NotEnoughData
        If no step size has both healthy weights and a change of at least ten noise floors.
    """
    eta, true, healthy = np.asarray(eta, float), np.asarray(true, float), np.asarray(healthy, bool)
    scale = np.maximum(np.abs(true), np.abs(slope * eta))
    smallest = 10 * floor.change / abs(slope) if slope else np.inf
    usable = np.flatnonzero(healthy & (floor.change <= 0.1 * scale))
    if not len(usable):
        raise NotEnoughData(
            f"no step size has healthy weights and a change of ten noise floors ({floor.change:.2g} {UNIT}); "
            f"steps of at least {smallest:.2g} would"
        )
    k = int(usable[-1])
    residual = true - slope * eta
    estimate = Estimate(float(residual[k]), floor.change, UNIT, n)
    return SlopeResidual(eta, true, residual, slope, floor, k, estimate, float(scale[k]), float(smallest))
