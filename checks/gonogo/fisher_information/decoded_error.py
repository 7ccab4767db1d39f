"""Errors of a decoded angle against what the Fisher information allows."""

from dataclasses import dataclass

import numpy as np

from gonogo.arrays import Bools, Floats
from gonogo.estimate import Estimate, NotApplicable, NotEnoughData
from gonogo.fisher_information.sensitivity_curve import block_error, mean_over_stretches, one_turn


@dataclass(frozen=True, eq=False)
class ErrorBound:
    """Decoded error and its Cramér–Rao bound.

    Attributes
    ----------
    tightest : Estimate
        Smallest ratio over the angles of the decoded variance to its bound.
    efficiency : Estimate
        Bound over variance, the mean weighted by the training density: 1 for a readout that uses all information.
    order : Estimate
        Rank correlation of the mse with its bound.
    angles, mse, bound : ndarray, shape (M,)
        Angles [rad], mean squared error and (1 + b')²/I + b² [rad²].
    information : ndarray, shape (M,)
        Fisher information of the bound [1/rad²].
    spread : float
        Standard deviation of the log of the bound over the angles.
    """

    tightest: Estimate
    efficiency: Estimate
    order: Estimate
    angles: np.ndarray
    mse: np.ndarray
    bound: np.ndarray
    information: np.ndarray
    spread: float


def error_bound(
    angles: Floats,
    information: Floats,
    mse: Floats,
    bias: Floats,
    *,
    bias_slope: Floats | None = None,
    density: Floats | None = None,
    stimuli: int | None = None,
    blocks: int = 8,
) -> ErrorBound:
    """Compare the decoded error with the Cramér–Rao bound of a biased estimator.

    Parameters
    ----------
    angles : ndarray, shape (M,)
        Angles, increasing [rad]; a full turn may hold both ends.
    information : ndarray, shape (M,)
        Fisher information [1/rad²]: of the mean for a linear readout, the total one for any other.
    mse, bias : ndarray, shape (M,)
        Mean squared error [rad²] and mean error [rad] of the decoded angle.
    bias_slope : ndarray, shape (M,), optional
        Derivative of the bias; for a linear readout w it is w·d - 1, and the bound then holds within the sample,
        without a standard error. Without it differences of neighbouring angles are taken.
    density : ndarray, shape (M,), optional
        Weights of the mean.
    stimuli : int, optional
        Number of stimuli N behind each angle.
    blocks : int
        Stretches of neighbouring angles that are left out in turn for the errors of efficiency and order.

    Returns
    -------
    ErrorBound

    Raises
    ------
    NotEnoughData
        If fewer than 8 angles have positive information.

    Notes
    -----
    var ≥ (1 + b')²/I (Cramér 1946, Rao 1945). Both var and 1/I are known to √(2/N) for Gaussian responses. The mse is
    set against the whole bound (1 + b')²/I + b²: against I alone, a bias that varies reorders angles of a sound code.

    Examples
    --------
    >>> theta = np.linspace(-1, 1, 20)
    >>> fit = error_bound(theta, np.full(20, 100.0), np.full(20, 0.02), np.zeros(20), bias_slope=np.zeros(20))
    >>> fit.tightest.value, round(fit.efficiency.value, 3)
    (2.0, 0.5)
    """
    weights = np.ones(len(angles)) if density is None else density
    exact = bias_slope is not None
    whole = angles[-1] - angles[0]
    theta, information, mse, bias, weights = one_turn(angles, information, mse, bias, weights)
    if bias_slope is not None:
        steepness = one_turn(angles, bias_slope)[1]
    elif len(theta) < len(angles):
        steepness = _turn_slope(theta, bias, whole)
    else:
        steepness = np.gradient(bias, theta)
    use = np.isfinite(information) & (information > 0)
    if use.sum() < 8:
        raise NotEnoughData(f"{use.sum()} angles with positive information; the bound needs 8")
    theta, information, mse, bias, weights, steepness = (
        x[use] for x in (theta, information, mse, bias, weights, steepness)
    )
    least, variance = (1 + steepness) ** 2 / information, mse - bias**2
    ratio = variance / np.maximum(least, 1e-300)
    worst = int(ratio.argmin())
    relative = None if exact or not stimuli else 2 / np.sqrt(stimuli)
    share, whole_bound = np.minimum(1 / np.maximum(ratio, 1e-300), 1.0), least + bias**2

    def order(kept: Bools) -> float:
        return _rank_correlation(mse[kept], whole_bound[kept])

    return ErrorBound(
        Estimate(float(ratio[worst]), relative and float(ratio[worst] * relative), n=stimuli, counted="stimuli"),
        mean_over_stretches(share, weights, blocks=blocks),
        Estimate(order(np.ones(len(theta), bool)), block_error(order, len(theta), blocks=blocks), dof=blocks - 1),
        theta,
        mse,
        whole_bound,
        information,
        float(np.std(np.log(whole_bound))),
    )


def _turn_slope(theta: Floats, bias: Floats, whole: float) -> Floats:
    """Derivative on a circle, of a bias that may jump by a full turn."""
    after, before = np.roll(bias, -1) - bias, bias - np.roll(bias, 1)
    wrapped = [np.angle(np.exp(1j * step)) for step in (after, before)]
    return (wrapped[0] + wrapped[1]) / (2 * whole / len(theta))


def _rank_correlation(a: Floats, b: Floats) -> float:
    first, second = (np.argsort(np.argsort(x)).astype(float) for x in (a, b))
    return float(np.corrcoef(first, second)[0, 1])


@dataclass(frozen=True, eq=False)
class PathSlope:
    """Derivatives of the mean against its differences.

    Attributes
    ----------
    ratio : Estimate
        Slope of the differences on the derivatives; 1 where they agree.
    derivative, difference : ndarray, shape (K,)
        Components of both, halfway between neighbouring angles [1/rad].
    """

    ratio: Estimate
    derivative: np.ndarray
    difference: np.ndarray


def path_slope(angles: Floats, mean: Floats, slope: Floats) -> PathSlope:
    """Compare stated derivatives of the mean with its differences between neighbouring angles.

    Parameters
    ----------
    angles : ndarray, shape (M,)
        Angles [rad].
    mean, slope : ndarray, shape (M, p)
        Mean response and its derivative [1/rad].

    Returns
    -------
    PathSlope

    Raises
    ------
    NotApplicable
        If the mean does not move.

    Examples
    --------
    >>> theta = np.linspace(-1, 1, 40)[:, None]
    >>> round(path_slope(theta[:, 0], np.sin(theta), np.cos(theta)).ratio.value, 3)
    1.0
    """
    difference = np.diff(mean, axis=0) / np.diff(angles)[:, None]
    halfway = (slope[1:] + slope[:-1]) / 2
    if not np.any(halfway):
        raise NotApplicable("every derivative of the mean is zero")

    # Both sides are of one sample: what is left is the curvature of the path, not noise.
    ratio = float((difference * halfway).sum() / (halfway**2).sum())
    return PathSlope(Estimate(ratio, n=len(difference)), halfway.ravel(), difference.ravel())
