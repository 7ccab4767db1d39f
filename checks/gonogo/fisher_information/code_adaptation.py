"""Where a fine-tuned code stands between its past and its target."""

from dataclasses import dataclass

import numpy as np

from gonogo.arrays import Bools, Floats
from gonogo.estimate import Estimate, NotApplicable
from gonogo.fisher_information.sensitivity_curve import block_error, normalised, trapezoid


@dataclass(frozen=True, eq=False)
class Adaptation:
    """Where a tuned code stands between the one it was tuned from and one trained on the target alone.

    Attributes
    ----------
    share : Estimate
        0: the old code; 1: the code of a model trained from scratch.
    angles : ndarray, shape (M,)
        Angles [rad].
    before, tuned, scratch : ndarray, shape (M,)
        Normalised √I [1/rad].
    """

    share: Estimate
    angles: np.ndarray
    before: np.ndarray
    tuned: np.ndarray
    scratch: np.ndarray


def adaptation(
    angles: Floats, before: Floats, tuned: Floats, scratch: Floats, *, blocks: int = 8, least: float = 0.02
) -> Adaptation:
    """Squared Hellinger distances of a tuned code from its two references.

    Parameters
    ----------
    angles : ndarray, shape (M,)
        Angles [rad].
    before, tuned, scratch : ndarray, shape (M,)
        Fisher information of the pretrained, the tuned and the from-scratch model [1/rad²].
    blocks : int
        Stretches of the jackknife.
    least : float
        Squared distance below which both references are one code.

    Returns
    -------
    Adaptation

    Raises
    ------
    NotApplicable
        If both references are alike.

    Notes
    -----
    With curves normalised to integral 1, D² = 1 - ∫√(f g), and the share is D²(tuned, before) / (D²(tuned, before) +
    D²(tuned, scratch)).
    """
    roots = [np.sqrt(np.maximum(x, 0)) for x in (before, tuned, scratch)]

    def distances(keep: Bools) -> list[float]:
        theta = angles[keep]
        old, new, aim = (normalised(theta, root[keep]) for root in roots)
        return [1 - trapezoid(np.sqrt(f * g), theta) for f, g in ((new, old), (new, aim), (old, aim))]

    def share(keep: Bools) -> float:
        old, aim, _ = distances(keep)
        return old / (old + aim)

    everything = np.ones(len(angles), bool)
    apart = distances(everything)[2]
    if not apart > least:
        raise NotApplicable(f"pretrained and from-scratch code are alike (squared distance {apart:.3f}, need {least})")
    se = block_error(share, len(angles), blocks=blocks)
    # Without n: the error is of stretches of angles, and more angles in them would not make it smaller.
    value = Estimate(float(share(everything)), se, dof=blocks - 1)
    return Adaptation(value, angles, *(normalised(angles, root) for root in roots))
