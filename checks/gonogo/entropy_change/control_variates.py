"""A difference with less noise: what sequences of zero mean explain of it is taken away."""

from dataclasses import dataclass

import numpy as np

from gonogo.arrays import ArrayLike
from gonogo.entropy_change.expansion import standard_error
from gonogo.estimate import Estimate


@dataclass(frozen=True)
class Controlled:
    """An estimate before and after its control variates.

    Attributes
    ----------
    estimate, plain : Estimate
        With and without the controls.
    coefficients : ndarray, shape (m,)
        Of the controls.
    """

    estimate: Estimate
    plain: Estimate
    coefficients: np.ndarray

    @property
    def gain(self) -> float:
        """How many times as many sequences the plain estimate would need."""
        return (self.plain.error / self.estimate.error) ** 2 if self.estimate.error else np.inf


def controlled(value: float, influence: ArrayLike, controls: ArrayLike, *, unit: str = "nats/token") -> Controlled:
    """Estimate less what controls of known mean zero explain of it.

    Parameters
    ----------
    value : float
        The estimate.
    influence : array_like, shape (B,)
        Influence of each sequence on it.
    controls : array_like, shape (B, m)
        Quantities of each sequence whose mean is exactly zero, e.g. the score on policy.
    unit : str
        Unit of the value.

    Returns
    -------
    Controlled

    Notes
    -----
    ``value - mean(C)' b`` with b the regression of ``n psi`` on the centred controls; its error is that of the
    residuals, with m degrees of freedom less. Off policy the controls have other means, which bias the result. Owen,
    Monte Carlo theory (2013), 8.9.

    Examples
    --------
    >>> controlled(1.0, [0.5, -0.5, 0.5, -0.5], [[2.0], [0.0], [2.0], [0.0]]).estimate.value
    -1.0
    """
    psi, controls = np.asarray(influence, float), np.asarray(controls, float)
    n, m = controls.shape
    centred = controls - controls.mean(axis=0)
    coefficients = np.linalg.lstsq(centred, n * psi, rcond=None)[0]
    rest = psi - centred @ coefficients / n
    error = float(standard_error(rest)) * np.sqrt((n - 1) / max(n - 1 - m, 1))
    return Controlled(
        Estimate(float(value - controls.mean(axis=0) @ coefficients), float(error), unit, n),
        Estimate(float(value), float(standard_error(psi)), unit, n),
        coefficients,
    )
