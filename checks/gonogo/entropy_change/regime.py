"""How far the linear regime reaches: slope and curvature of the true change, fitted to all step sizes of one sample."""

from dataclasses import dataclass

import numpy as np

from gonogo.arrays import ArrayLike
from gonogo.entropy_change.expansion import UNIT, shared_covariance
from gonogo.estimate import Estimate, NotEnoughData


@dataclass(frozen=True)
class LinearRegime:
    """Fit ``s eta + F eta^2 / 2`` to the true change at step sizes that share their sequences.

    Attributes
    ----------
    eta, true : ndarray, shape (E,)
        Step sizes and true change [nats/token].
    slope, curvature : float
        s and F.
    covariance : ndarray, shape (2, 2)
        Of s and F, from the sequences.
    n : int
        Number of sequences.
    """

    eta: np.ndarray
    true: np.ndarray
    slope: float
    curvature: float
    covariance: np.ndarray
    n: int

    def quadratic(self, eta: float, share: float) -> tuple[Estimate, float]:
        """Size of the quadratic part at a step, to be compared with a share of the linear one.

        Parameters
        ----------
        eta : float
            Step size.
        share : float
            How large a share of the linear part it may be.

        Returns
        -------
        Estimate
            ``|F| eta^2 / 2`` [nats/token]; its error is that of its excess over the limit.
        float
            The limit, ``share |s| eta`` [nats/token].

        Notes
        -----
        The steps at which it holds are an interval from zero to ``2 share |s| / |F|``, and all decisions are about this
        one ratio (Fieller, J. R. Stat. Soc. B 16 (1954) 175): if the ratio lies within its interval, none of them is
        wrong. A run's step sizes together are one decision.
        """
        gradient = np.array([-share * np.sign(self.slope), eta / 2 * np.sign(self.curvature)]) * eta
        error = float(np.sqrt(gradient @ self.covariance @ gradient))
        return Estimate(abs(self.curvature) * eta**2 / 2, error, UNIT, self.n), share * abs(self.slope) * eta

    def reach(self, share: float) -> float:
        """Step at which the quadratic part is that share of the linear one; infinite without curvature."""
        return 2 * share * abs(self.slope / self.curvature) if self.curvature else np.inf


def linear_regime(eta: ArrayLike, true: ArrayLike, influence: ArrayLike) -> LinearRegime:
    """Fit slope and curvature of the true change over step sizes of one sample.

    Parameters
    ----------
    eta, true : array_like, shape (E,)
        Step sizes and true change [nats/token].
    influence : array_like, shape (E, B)
        Influence of each sequence on the true change at each step.

    Returns
    -------
    LinearRegime

    Raises
    ------
    NotEnoughData
        With fewer than three step sizes: two are always met exactly.

    Notes
    -----
    Plain least squares; the covariance ``n / (n - 1) sum psi_k psi_l`` of the changes is carried over to the
    coefficients. Weighting by its inverse would be more precise where sampling noise is all there is, but where the
    changes are nearly free of numeric noise it rests on combinations of them in which the next order is all that is
    left: with exact passes it was off by four standard errors.

    Examples
    --------
    >>> fit = linear_regime([1.0, 2.0, 3.0], [2.0, 6.0, 12.0], [[0.1, -0.1], [0.2, -0.2], [0.3, -0.3]])
    >>> round(fit.slope, 9), round(fit.curvature, 9), round(fit.reach(0.5), 9)
    (1.0, 2.0, 0.5)
    """
    eta, true, psi = np.asarray(eta, float), np.asarray(true, float), np.asarray(influence, float)
    if len(eta) < 3:
        raise NotEnoughData(f"{len(eta)} step sizes with healthy weights, 3 needed to tell curvature from slope")
    solve = np.linalg.pinv(np.column_stack([eta, eta**2 / 2]) / [eta[-1], eta[-1] ** 2]) / [[eta[-1]], [eta[-1] ** 2]]
    slope, curvature = solve @ true
    parts = solve @ psi
    return LinearRegime(eta, true, float(slope), float(curvature), shared_covariance(parts), psi.shape[1])
