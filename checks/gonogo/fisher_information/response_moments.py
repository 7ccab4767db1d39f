"""Moments of single responses to stimuli along an angle, and what leaving stimuli out does to their information.

Arrays of NumPy or of torch; the result stays on the tensors' device, in float64.
"""

from typing import Any, NamedTuple

from array_api_compat import array_namespace

from gonogo.arrays import Array
from gonogo.fisher_information.information import Information, information


class Moments(NamedTuple):
    """Moments of responses over N stimuli at each of M angles.

    Attributes
    ----------
    mean, slope : array, shape (M, p)
        Mean response and its derivative by the angle.
    covariance, covariance_slope : array, shape (M, p, p)
        Covariance with N - 1 in its denominator, and its derivative.
    """

    mean: object
    slope: object
    covariance: object
    covariance_slope: object


def moments(responses: Array, slopes: Array) -> Moments:
    """Moments of single responses.

    Parameters
    ----------
    responses : array, shape (M, N, p)
        Response to stimulus n at angle m.
    slopes : array, shape (M, N, p)
        Its derivative by the angle.

    Returns
    -------
    Moments

    Raises
    ------
    ValueError
        If both shapes differ or there are fewer than p + 2 stimuli.
    """
    xp = array_namespace(responses, slopes)
    if responses.shape != slopes.shape or len(responses.shape) != 3:
        raise ValueError(
            f"responses and slopes must have one shape (M, N, p), got {responses.shape} and {slopes.shape}"
        )
    count, width = responses.shape[1:]
    if count < width + 2:
        raise ValueError(f"at least {width + 2} stimuli are needed for {width} dimensions, got {count}")
    responses, slopes = xp.astype(responses, xp.float64), xp.astype(slopes, xp.float64)
    mean, slope = xp.mean(responses, axis=1), xp.mean(slopes, axis=1)
    away, d_away = responses - mean[:, None, :], slopes - slope[:, None, :]
    cross = xp.matmul(_transposed(xp, d_away), away) / (count - 1)
    covariance = xp.matmul(_transposed(xp, away), away) / (count - 1)
    return Moments(mean, slope, covariance, cross + _transposed(xp, cross))


def _transposed(xp: Any, x: Array) -> Array:
    return xp.permute_dims(x, (0, 2, 1))


def jackknife(responses: Array, slopes: Array, *, groups: int = 20) -> Information:
    """Information with groups of stimuli left out, the same ones at all angles.

    Parameters
    ----------
    responses, slopes : array, shape (M, N, p)
        Single responses and their derivatives.
    groups : int
        Number of groups.

    Returns
    -------
    Information
        Each term of shape (groups, M). Any function f of a curve has the standard error
        ``sqrt((G - 1) / G * sum((f_g - mean f)²))``, the correlation of neighbouring angles included.
    """
    xp = array_namespace(responses, slopes)
    count = responses.shape[1]
    if not 2 <= groups <= count // 2:
        raise ValueError(f"groups must be between 2 and half of the {count} stimuli, got {groups}")
    parts = []
    for g in range(groups):
        low, high = g * count // groups, (g + 1) * count // groups
        kept = [xp.concat([x[:, :low], x[:, high:]], axis=1) for x in (responses, slopes)]
        terms = moments(*kept)
        parts.append(information(terms.slope, terms.covariance, terms.covariance_slope))
    return Information(*(xp.stack(term) for term in zip(*parts, strict=True)))


def log_variance(
    stimuli: int | None, responses: Array | None = None, slope: Array | None = None, covariance: Array | None = None
) -> float:
    """Variance of log I, the mean term, at one angle for the choice of its stimuli.

    Parameters
    ----------
    stimuli : int, optional
        Number of stimuli N.
    responses : array, shape (K, N, p), optional
        Single responses at some angles.
    slope, covariance : array, shape (K, p) and (K, p, p), optional
        Derivative of the mean and covariance there.

    Returns
    -------
    float
        Mean over the angles of the variance of the responses' influences, over N; without responses ``4 / N``, twice
        that of Gaussian ones, which is what real ones were seen to have; 0 where nothing is known.

    Notes
    -----
    Response r with deviation e from the mean moves log I = log d'Σ⁻¹d by 1 - (d'Σ⁻¹e)²/I: its variance is 2 for
    Gaussian responses, κ - 1 for those of kurtosis κ along the code.

    Examples
    --------
    >>> log_variance(400), log_variance(None)
    (0.01, 0.0)
    """
    if responses is None or slope is None or covariance is None:
        return 4 / stimuli if stimuli else 0.0
    xp = array_namespace(responses)
    away = xp.astype(responses, xp.float64)
    away = away - xp.mean(away, axis=1)[:, None, :]
    axis = xp.linalg.solve(xp.astype(covariance, xp.float64), xp.astype(slope, xp.float64)[..., None])
    along = xp.matmul(away, axis)[..., 0] ** 2
    return float(xp.mean(xp.var(along / xp.mean(along, axis=1)[:, None], axis=1))) / responses.shape[1]


def jackknife_error(replicates: Array) -> Array:
    """Standard error from leave-one-group-out values.

    Parameters
    ----------
    replicates : array, shape (groups, ...)
        Values with each group left out.

    Returns
    -------
    array, shape (...)

    Examples
    --------
    >>> import numpy as np
    >>> float(jackknife_error(np.array([1.0, 3.0])))
    1.0
    """
    xp = array_namespace(replicates)
    groups = replicates.shape[0]
    away = replicates - xp.mean(replicates, axis=0)
    return xp.sqrt((groups - 1) / groups * xp.sum(away**2, axis=0))
