"""Can the change be attributed to single sequences: how their influences on truth and expansion go together."""

from dataclasses import dataclass

import numpy as np

from gonogo.arrays import ArrayLike, Floats
from gonogo.estimate import Estimate


@dataclass(frozen=True)
class Attribution:
    """Correlation of influences on the true change, at several steps, with those on its linear term.

    Attributes
    ----------
    eta, value, se : ndarray, shape (E,)
        Step sizes, correlations and their standard errors.
    covariance : ndarray, shape (E, E)
        Of the correlations, which share their sequences.
    true : ndarray, shape (E, B)
        Influences on the true change [nats/token].
    linear : ndarray, shape (B,)
        Influences on the slope [nats/token per unit step].
    """

    eta: np.ndarray
    value: np.ndarray
    covariance: np.ndarray
    true: np.ndarray
    linear: np.ndarray

    @property
    def se(self) -> Floats:
        """Standard errors of the correlations."""
        return np.sqrt(np.diag(self.covariance))

    def at(self, k: int) -> Estimate:
        """Correlation at one of the step sizes."""
        return Estimate(float(self.value[k]), float(self.se[k]), "1", len(self.linear))


def attribution(eta: ArrayLike, true: ArrayLike, linear: ArrayLike) -> Attribution:
    """Correlation, over sequences, of influences on the true change with those on its linear term.

    Parameters
    ----------
    eta : array_like, shape (E,)
        Step sizes.
    true : array_like, shape (E, B)
        Influence of each sequence on the true change at each step.
    linear : array_like, shape (B,)
        Influence of each sequence on the slope.

    Returns
    -------
    Attribution
        NaN where one of the influences is the same for all sequences.

    Notes
    -----
    Pearson's r of influences; that of a sequence on r is ``x y - r (x^2 + y^2) / 2`` for standardised x and y, whatever
    their law; Devlin, Gnanadesikan and Kettenring, Biometrika 62 (1975) 531.

    Examples
    --------
    >>> attribution([1.0], [[1.0, 2.0, 3.0]], [2.0, 4.0, 6.0]).value.round(9).tolist()
    [1.0]
    """
    psi, linear = np.asarray(true, float), np.asarray(linear, float)
    x, y = _standardised(psi), _standardised(linear)
    r = np.mean(x * y, axis=1)
    own = (x * y - r[:, None] * (x**2 + y**2) / 2) / len(linear)
    return Attribution(np.asarray(eta, float), r, own @ own.T, psi, linear)


def _standardised(values: Floats) -> Floats:
    centred = values - values.mean(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return centred / np.sqrt(np.mean(centred**2, axis=-1, keepdims=True))
