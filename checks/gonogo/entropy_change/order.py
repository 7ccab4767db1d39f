"""How the entropy change grows with the step: its order, its remainder's order, and where the expansion ends."""

from dataclasses import dataclass

import numpy as np

from gonogo.arrays import ArrayLike, Floats
from gonogo.estimate import Estimate, NotApplicable, NotEnoughData


@dataclass(frozen=True)
class Growth:
    """Power of the step size with which a quantity grows.

    Attributes
    ----------
    estimate : Estimate
        The power, with the standard error that the numeric noise causes.
    eta, size : ndarray, shape (E,)
        Step sizes and the quantity's values [nats/token].
    used : ndarray of bool, shape (E,)
        Which of them lie above the noise.
    noise : float
        Noise of one value [nats/token].
    intercept : float
        Logarithm of the fitted line at eta = 1.
    """

    estimate: Estimate
    eta: np.ndarray
    size: np.ndarray
    used: np.ndarray
    noise: float
    intercept: float

    @property
    def one_sign(self) -> bool:
        """Whether all used values have the same sign."""
        return len(set(np.sign(self.size[self.used]))) == 1


def growth(
    eta: ArrayLike,
    size: ArrayLike,
    noise: float,
    *,
    usable: ArrayLike | None = None,
    name: str = "values",
    floors: float = 3.0,
) -> Growth:
    """Slope of log |size| against log eta by generalised least squares.

    Parameters
    ----------
    eta, size : array_like, shape (E,)
        Step sizes and values [nats/token].
    noise : float
        Standard deviation of one value; half of its variance is common to all of them (the pass before the step).
    usable : array_like of bool, shape (E,), optional
        Which step sizes may be used.
    name : str
        What the values are, for the message.
    floors : float
        How many standard deviations a value must have.

    Returns
    -------
    Growth

    Raises
    ------
    NotApplicable
        If fewer than three values lie above the noise.

    Examples
    --------
    >>> round(growth([1.0, 2.0, 4.0], [1.0, 4.0, 16.0], 1e-3).estimate.value, 9)
    2.0
    """
    eta, size = np.asarray(eta, float), np.asarray(size, float)
    used = np.abs(size) > max(floors * noise, np.finfo(float).tiny)
    used &= True if usable is None else np.asarray(usable, bool)
    if used.sum() < 3:
        raise NotApplicable(
            f"{used.sum()} of {len(eta)} {name} lie above {floors:g} noise floors of {noise:.2g} nats/token, 3 needed"
        )
    return _growth(eta, size, used, noise)


def leading_growth(
    eta: ArrayLike, size: ArrayLike, noise: float, *, usable: ArrayLike | None = None, name: str = "values"
) -> Growth:
    """Power of the step with which a remainder begins, where higher orders cancel it at the largest step.

    A leading term and the next one of opposite sign bend the remainder down until it changes its sign. Where the
    growth without the largest step used is more than two standard errors steeper than with it, it is the former.

    Parameters
    ----------
    eta, size, noise, usable, name
        As for ``growth``.

    Returns
    -------
    Growth

    Raises
    ------
    NotApplicable
        If fewer than three values lie above the noise, or they do not have one sign.

    Examples
    --------
    >>> eta = np.array([0.5, 1.0, 2.0, 4.0])
    >>> bent = eta**2 - 0.24 * eta**3
    >>> [round(f(eta, bent, 1e-3).estimate.value, 1) for f in (growth, leading_growth)]
    [0.1, 1.5]
    """
    whole = growth(eta, size, noise, usable=usable, name=name)
    if not whole.one_sign:
        raise NotApplicable(f"{name} change their sign: two orders cancel there, and none can be read")
    fewer = whole.used.copy()
    fewer[np.flatnonzero(fewer)[np.argmax(whole.eta[whole.used])]] = False
    before = _growth(whole.eta, whole.size, fewer, noise)
    steeper = before.estimate.value - whole.estimate.value
    return before if steeper > 2 * before.estimate.error else whole


def _growth(eta: Floats, size: Floats, used: np.ndarray, noise: float) -> Growth:
    """Growth over the steps that are used, two at least."""
    design = np.column_stack([np.log(eta[used]), np.ones(used.sum())])
    relative = noise / np.abs(size[used])
    shared = np.outer(relative, relative) / 2 * np.sign(np.outer(size[used], size[used]))
    covariance = shared + np.diag(relative**2 / 2)
    slope, intercept, variance = _least_squares(design, np.log(np.abs(size[used])), covariance)
    return Growth(Estimate(slope, float(np.sqrt(variance)), "1"), eta, size, used, noise, intercept)


def _least_squares(design: Floats, values: Floats, covariance: Floats) -> tuple[float, float, float]:
    """Two coefficients by generalised least squares, and the variance of the first; plain ones without noise."""
    if np.all(covariance == 0):
        slope, intercept = np.linalg.lstsq(design, values, rcond=None)[0]
        return float(slope), float(intercept), 0.0
    solved = np.linalg.solve(covariance, np.column_stack([design, values]))
    normal = design.T @ solved[:, :2]
    slope, intercept = np.linalg.solve(normal, design.T @ solved[:, 2])
    return float(slope), float(intercept), float(np.linalg.inv(normal)[0, 0])


@dataclass(frozen=True)
class QuadraticFit:
    """Fit ``c + s eta + F eta^2 / 2`` to the true change.

    Attributes
    ----------
    eta, true, fitted : ndarray, shape (E,)
        Step sizes, true change and fit [nats/token].
    slope, curvature : float
        s and F.
    covariance : ndarray, shape (2, 2)
        Of slope and curvature.
    noise : float
        Noise of the true change, the shared pass included [nats/token].
    dof : float
        Degrees of freedom of the noise; infinite where it was known beforehand.
    """

    eta: np.ndarray
    true: np.ndarray
    fitted: np.ndarray
    slope: float
    curvature: float
    covariance: np.ndarray
    noise: float
    dof: float

    def share(self) -> Estimate:
        """Quadratic over linear part at the largest step, ``eta |F| / (2 |s|)``, by the delta method.

        Returns
        -------
        Estimate
        """
        half = self.eta[-1] / 2
        ratio = self.curvature / self.slope
        gradient = np.array([-ratio, 1.0]) * half / self.slope
        se = float(np.sqrt(gradient @ self.covariance @ gradient))
        return Estimate(float(abs(half * ratio)), se, "1", dof=self.dof)


def quadratic_fit(eta: ArrayLike, true: ArrayLike, noise: float | None = None) -> QuadraticFit:
    """Fit slope and curvature of the true change; the intercept takes up the noise that all step sizes share.

    Parameters
    ----------
    eta, true : array_like, shape (E,)
        Step sizes and true change [nats/token].
    noise : float, optional
        Standard deviation of one value; estimated from the residuals if not given.

    Returns
    -------
    QuadraticFit

    Raises
    ------
    NotEnoughData
        With fewer than four step sizes, or five where the noise is to be estimated.

    Examples
    --------
    >>> fit = quadratic_fit([1.0, 2.0, 3.0, 4.0], [2.0, 6.0, 12.0, 20.0], noise=0.0)
    >>> round(fit.slope, 6), round(fit.curvature, 6)
    (1.0, 2.0)
    """
    eta, true = np.asarray(eta, float), np.asarray(true, float)
    needed = 4 if noise is not None else 5
    if len(eta) < needed:
        raise NotEnoughData(f"a quadratic fit needs {needed} step sizes, got {len(eta)}")
    unit = eta[-1]
    x = eta / unit
    design = np.column_stack([np.ones_like(x), x, x**2 / 2])
    coefficients = np.linalg.lstsq(design, true, rcond=None)[0]
    fitted = design @ coefficients
    dof = np.inf
    if noise is None:
        dof = float(len(eta) - 3)
        noise = float(np.sqrt(2 * np.sum((true - fitted) ** 2) / dof))
    # Half of the variance is common to all step sizes and goes into the intercept.
    covariance = np.linalg.inv(design.T @ design)[1:, 1:] * noise**2 / 2
    scale = np.array([1 / unit, 1 / unit**2])
    slope, curvature = coefficients[1:] * scale
    return QuadraticFit(
        eta, true, fitted, float(slope), float(curvature), covariance * np.outer(scale, scale), noise, dof
    )
