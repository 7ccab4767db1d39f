"""Whether a circular code ends where it starts."""

import math
from dataclasses import dataclass

import numpy as np

from gonogo.arrays import Floats
from gonogo.estimate import Estimate, NotApplicable
from gonogo.fisher_information.sensitivity_curve import one_turn


@dataclass(frozen=True, eq=False)
class Closure:
    """Whether a circular code ends where it starts.

    Attributes
    ----------
    gap : Estimate
        log I at the last angle less log I at the first, which is the same angle.
    second_peak : Estimate or None
        log I half a turn from its peak, less log I at the peak; None where the density is constant.
    angles, information : ndarray, shape (M,)
        The curve.
    """

    gap: Estimate
    second_peak: Estimate | None
    angles: np.ndarray
    information: np.ndarray


def closure(
    angles: Floats, information: Floats, density: Floats | None = None, *, log_variance: float = 0.0
) -> Closure:
    """Compare both ends of a circular code, and both ends of its diameter.

    Parameters
    ----------
    angles, information : ndarray, shape (M,)
        Angles over a full turn, both ends included [rad], and Fisher information [1/rad²].
    density : ndarray, shape (M,), optional
        Training density; the second peak is only judged where it has one peak.
    log_variance : float
        Variance of log I at an angle for the choice of its stimuli; where it is not known, 0, the scatter of
        neighbouring angles stands for it.

    Returns
    -------
    Closure

    Raises
    ------
    NotApplicable
        If the angles do not span a full turn.

    Examples
    --------
    >>> theta = np.linspace(-np.pi, np.pi, 41)
    >>> found = closure(theta, 2 + np.cos(theta), 1 + np.cos(theta))
    >>> abs(found.gap.value) < 1e-12, round(found.second_peak.value, 2)
    (True, -1.07)
    """
    if len(one_turn(angles)[0]) == len(angles):
        raise NotApplicable(f"the angles span {angles[-1] - angles[0]:.3f} rad, not a full turn")
    gap = Estimate(float(np.log(information[-1] / information[0])) if information[[0, -1]].min() > 0 else math.nan)
    second = None
    if density is not None and np.ptp(density) > 1e-9 * density.max():
        # Where training was densest, not where I is largest: a spike of one angle is no peak of the code.
        top = angles[density.argmax()]
        near, far = (_around(angles, information, centre) for centre in (top, top + math.pi))
        # Neighbouring angles err alike, so that their mean is no better known than one of them.
        se = math.sqrt(2 * log_variance) if log_variance else math.hypot(near.std(), far.std())
        second = Estimate(float(far.mean() - near.mean()), se)
    return Closure(gap, second, angles, information)


def _around(angles: Floats, information: Floats, centre: float, *, width: float = 0.4) -> Floats:
    """Log I near an angle."""
    theta, values = one_turn(angles, information)
    away = np.abs(np.angle(np.exp(1j * (theta - centre))))
    return np.log(values[away <= max(width, away.min())])
