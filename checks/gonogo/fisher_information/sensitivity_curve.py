"""A curve of Fisher information along an angle: its integral, its errors, its flatness."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gonogo.arrays import Bools, Floats
from gonogo.estimate import Estimate, NotEnoughData
from gonogo.fisher_information.response_moments import jackknife_error


def trapezoid(values: Floats, angles: Floats) -> float:
    """Integral by the trapezoid rule."""
    return float(np.sum(np.diff(angles) * (values[1:] + values[:-1]) / 2))


def normalised(angles: Floats, values: Floats) -> Floats:
    """Values divided by their integral over the angles; a single negative or missing one makes all NaN.

    Examples
    --------
    >>> normalised(np.array([0.0, 1.0, 2.0]), np.array([1.0, 2.0, 3.0]))
    array([0.25, 0.5 , 0.75])
    """
    total = trapezoid(values, angles) if (values >= 0).all() else math.nan
    return values / total


def one_turn(angles: Floats, *arrays: Floats) -> tuple[Floats, ...]:
    """Drop the last angle where it is the first one again, a full turn later.

    Returns
    -------
    tuple of ndarray
        The angles and the arrays, one entry shorter on a closed circle.
    """
    closed = len(angles) > 2 and abs(angles[-1] - angles[0] - 2 * math.pi) < 1e-6
    return tuple(x[:-1] if closed else x for x in (angles, *arrays))


def block_error(statistic: Callable[[Bools], float], count: int, *, blocks: int = 8) -> float:
    """Standard error of a statistic of a curve, leaving out stretches of neighbouring angles in turn.

    Parameters
    ----------
    statistic : callable
        Boolean mask of angles, shape (count,) -> float.
    count : int
        Number of angles.
    blocks : int
        Number of stretches.
    """
    block = np.arange(count) * blocks // count
    values = np.array([statistic(block != b) for b in range(blocks)])
    return float(jackknife_error(values))


def mean_over_stretches(values: Floats, weights: Floats, *, blocks: int = 8) -> Estimate:
    """Weighted mean over the angles.

    Parameters
    ----------
    values, weights : ndarray, shape (M,)
        At each angle; weights are not negative and of any scale.
    blocks : int
        Stretches of neighbouring angles that are left out in turn for the standard error.

    Returns
    -------
    Estimate
        Without ``n``: more angles in the same stretches would not make its error smaller.

    Examples
    --------
    >>> mean = mean_over_stretches(np.linspace(0, 1, 16), np.ones(16))
    >>> round(mean.value, 3), round(mean.se, 3), mean.dof
    (0.5, 0.115, 7)
    """

    def mean(kept: Bools) -> float:
        return float(np.average(values[kept], weights=np.maximum(weights[kept], 1e-300)))

    everything = np.ones(len(values), bool)
    return Estimate(mean(everything), block_error(mean, len(values), blocks=blocks), dof=blocks - 1)


@dataclass(frozen=True, eq=False)
class Flatness:
    """How far √I is from constant.

    Attributes
    ----------
    variation : Estimate
        Standard deviation of √I over its mean.
    tilt : Estimate
        Change of log I from far from the reference bump to its top.
    angles, root : ndarray, shape (M,)
        Inner angles [rad] and √I there [1/rad].
    reference : ndarray, shape (M,)
        The bump, 1 at its top.
    """

    variation: Estimate
    tilt: Estimate
    angles: np.ndarray
    root: np.ndarray
    reference: np.ndarray


def flatness(
    angles: Floats,
    information: Floats,
    reference: Floats,
    *,
    stimuli: int | None = None,
    trim: float = 0.05,
    blocks: int = 8,
) -> Flatness:
    """Variation of √I under uniform training, and its tilt towards a density that it was not trained on.

    Parameters
    ----------
    angles, information : ndarray, shape (M,)
        Angles [rad] and Fisher information [1/rad²].
    reference : ndarray, shape (M,)
        A concentrated density, any scale.
    stimuli : int, optional
        Number of stimuli N behind each angle; without it the standard errors are not known.
    trim : float
        Share of the angles left out at each end, where the stimuli end; 0 for a circle.
    blocks : int
        Stretches of neighbouring angles whose errors are taken as one.

    Returns
    -------
    Flatness

    Raises
    ------
    NotEnoughData
        If an inner angle has no positive information or fewer than three angles a stretch are left.

    Notes
    -----
    Both numbers describe this model, so that only the choice of stimuli makes them uncertain: log I is known to √(2/N)
    (Gaussian responses), and neighbouring angles, shown the same stimuli, err alike. N stimuli alone make √I of a flat
    code vary by up to √(1/(2N)), 4 % at N = 300.
    """
    cut = round(trim * len(angles))
    inner = slice(cut, len(angles) - cut)
    theta, values, bump = angles[inner], information[inner], reference[inner] / reference.max()
    if len(theta) < 3 * blocks or not (values > 0).all():
        raise NotEnoughData(
            f"{int((values > 0).sum())} inner angles with positive information; flatness needs all of {3 * blocks}"
        )
    root, count = np.sqrt(values), len(values)
    away = root / root.mean() - 1
    variation = root.std(ddof=1) / root.mean()
    lean = (bump - bump.mean()) / ((bump - bump.mean()) ** 2).sum()
    # Derivatives of both numbers by log I at each angle.
    by_angle = (away - variation**2) * (1 + away) / (2 * (count - 1) * max(variation, 1e-12)), lean
    noise = math.nan if stimuli is None else math.sqrt(2 / stimuli)
    errors = [noise * math.sqrt(sum(part.sum() ** 2 for part in np.array_split(g, blocks))) for g in by_angle]
    tilt = float((lean * np.log(values)).sum())
    return Flatness(
        Estimate(float(variation), errors[0], n=stimuli, counted="stimuli"),
        Estimate(tilt, errors[1], n=stimuli, counted="stimuli"),
        theta,
        root,
        bump,
    )
