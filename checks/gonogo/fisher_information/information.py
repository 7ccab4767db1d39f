"""Fisher information of a code: how finely its responses tell neighbouring stimuli apart.

Arrays of NumPy or of torch; the result stays on the tensors' device, in float64.
"""

import math
from typing import Any, NamedTuple

from array_api_compat import array_namespace

from gonogo.arrays import Array


class Information(NamedTuple):
    """Fisher information of a Gaussian with a mean and a covariance that move.

    Attributes
    ----------
    mean_term : array, shape (M,)
        d'Σ⁻¹d, the linear Fisher information [1/rad²]; NaN where Σ is not positive definite.
    covariance_term : array, shape (M,)
        tr((Σ⁻¹Σ')²)/2 [1/rad²].
    condition : array, shape (M,)
        Condition number of Σ; infinite where it is not positive definite.
    """

    mean_term: object
    covariance_term: object
    condition: object


def condition_number(covariance: Array) -> Array:
    """Ratio of the largest to the smallest eigenvalue; infinite where the matrix is not positive definite.

    Parameters
    ----------
    covariance : array, shape (M, p, p)
        Symmetric matrices.

    Returns
    -------
    array, shape (M,)

    Examples
    --------
    >>> import numpy as np
    >>> condition_number(np.array([np.diag([1.0, 4.0])]))
    array([4.])
    """
    xp = array_namespace(covariance)
    covariance = xp.astype(covariance, xp.float64)
    finite = xp.all(xp.isfinite(covariance), axis=(-2, -1))
    eigenvalues = xp.linalg.eigvalsh(_or_identity(xp, covariance, finite))
    smallest, largest = eigenvalues[:, 0], eigenvalues[:, -1]
    positive = finite & (smallest > 0)
    ratio = largest / xp.where(positive, smallest, xp.ones_like(smallest))
    return xp.where(positive, ratio, xp.full_like(ratio, math.inf))


def _or_identity(xp: Any, matrices: Array, keep: Array) -> Array:
    identity = xp.eye(matrices.shape[-1], dtype=matrices.dtype, device=matrices.device)
    return xp.where(keep[:, None, None], matrices, identity[None])


def information(slope: Array, covariance: Array, covariance_slope: Array | None = None) -> Information:
    """Fisher information by a Cholesky solve in float64; no inverse is formed.

    Parameters
    ----------
    slope : array, shape (M, p)
        Derivative of the mean response.
    covariance : array, shape (M, p, p)
        Covariance of the response.
    covariance_slope : array, shape (M, p, p), optional
        Its derivative; without it the covariance term is zero.

    Returns
    -------
    Information

    Notes
    -----
    For a Gaussian with mean μ(θ) and covariance Σ(θ): I = μ''Σ⁻¹μ' + tr((Σ⁻¹Σ')²)/2 (Kay, Fundamentals of Statistical
    Signal Processing I, eq. 3.31). With Σ = LL', both terms are squared norms, of L⁻¹μ' and of L⁻¹Σ'L⁻ᵀ/√2: neither can
    be negative, whatever is rounded. A negative value, as a float32 inverse yields, is a sign of a singular Σ.

    Examples
    --------
    >>> import numpy as np
    >>> terms = information(np.array([[1.0, 2.0]]), np.array([np.diag([1.0, 4.0])]), np.array([np.diag([2.0, 0.0])]))
    >>> terms.mean_term, terms.covariance_term
    (array([2.]), array([2.]))
    """
    xp = array_namespace(slope, covariance)
    slope, covariance = xp.astype(slope, xp.float64), xp.astype(covariance, xp.float64)
    condition = condition_number(covariance)
    regular = condition < 1 / (16 * xp.finfo(xp.float64).eps)
    factor = xp.linalg.cholesky(_or_identity(xp, covariance, regular))
    nan = xp.full_like(condition, math.nan)
    whitened = xp.linalg.solve(factor, slope[:, :, None])[:, :, 0]
    mean_term = xp.where(regular, xp.sum(whitened**2, axis=-1), nan)
    if covariance_slope is None:
        return Information(mean_term, xp.zeros_like(mean_term), condition)
    half = xp.linalg.solve(factor, xp.astype(covariance_slope, xp.float64))
    both = xp.linalg.solve(factor, _transposed(xp, half))
    return Information(mean_term, xp.where(regular, xp.sum(both**2, axis=(-2, -1)) / 2, nan), condition)


def debiased_information(mean_term: Array, slope_covariance: Array, covariance: Array, *, stimuli: int) -> Array:
    """Linear Fisher information with the bias of a finite number of stimuli removed.

    Parameters
    ----------
    mean_term : array, shape (M,)
        Plug-in d'Σ⁻¹d [1/rad²].
    slope_covariance : array, shape (M, p, p)
        Covariance over stimuli of the single derivatives.
    covariance : array, shape (M, p, p)
        Covariance of the responses.
    stimuli : int
        Number of stimuli N.

    Returns
    -------
    array, shape (M,)
        ``mean_term (N - p - 2) / (N - 1) - tr(Σ⁻¹ C) / N`` with C the covariance of the derivatives; may be negative.

    Notes
    -----
    E[Σ̂⁻¹] = Σ⁻¹ (N - 1)/(N - p - 2) for Gaussian responses (the inverse Wishart law), and the noise of the mean
    derivative adds tr(Σ⁻¹ C)/N. Compare Kanitscheider et al., PLoS Comput. Biol. 11 (2015) e1004218, for differences of
    means.
    """
    xp = array_namespace(mean_term, slope_covariance, covariance)
    width = covariance.shape[-1]
    solved = xp.linalg.solve(covariance, slope_covariance)
    trace = xp.sum(solved * xp.eye(width, dtype=solved.dtype, device=solved.device), axis=(-2, -1))
    factor = (stimuli - width - 2) / (stimuli - 1)
    return factor * mean_term - factor * trace / stimuli


def _transposed(xp: Any, x: Array) -> Array:
    return xp.permute_dims(x, (0, 2, 1))
