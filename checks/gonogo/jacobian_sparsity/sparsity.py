"""How sparse a Jacobian is, whatever its size: statistics of every token that no factor changes.

Functions take NumPy arrays or torch tensors and stay on the tensor's device.
"""

from typing import Any, NamedTuple

from array_api_compat import array_namespace

from gonogo.arrays import Array
from gonogo.estimate import Estimate


class Sparsity(NamedTuple):
    """Statistics of T tokens, n entries each; all but ``l1`` and ``l2`` are free of scale.

    Attributes
    ----------
    l1, l2 : array, shape (T,)
        Sum of magnitudes; root of the sum of squares.
    spread : array, shape (T,)
        L1/(√n L2), from 1/√n (one entry) to 1 (all equal); 0.798 for Gaussian, 0.707 for Laplacian entries.
    hoyer : array, shape (T,)
        (√n - L1/L2)/(√n - 1), from 0 (all equal) to 1 (one entry).
    kurtosis : array, shape (T,)
        n Σ J⁴/(Σ J²)², not centred; 3 for Gaussian, 6 for Laplacian entries, n for one entry.
    """

    l1: Any
    l2: Any
    spread: Any
    hoyer: Any
    kurtosis: Any


def sparsity(jacobian: Array) -> Sparsity:
    """Statistics of each token's Jacobian.

    Parameters
    ----------
    jacobian : array, shape (T, ...)
        Entries of each token, over all other axes.

    Returns
    -------
    Sparsity
        NaN for a token whose entries are all zero.

    Notes
    -----
    Hoyer, J. Mach. Learn. Res. 5 (2004) 1457. A Jacobian that only shrank keeps all of them.

    Examples
    --------
    >>> import numpy as np
    >>> one = sparsity(np.array([[0.0, 0.0, 0.0, 2.0]]))
    >>> one.hoyer.item(), one.spread.item(), one.kurtosis.item()
    (1.0, 0.5, 4.0)
    """
    xp = array_namespace(jacobian)
    size = xp.abs(xp.reshape(jacobian, (jacobian.shape[0], -1)))
    n = size.shape[1]
    top = xp.max(size, axis=1)
    unit = size / xp.where(top > 0, top, xp.nan * xp.ones_like(top))[:, None]
    l1, squares, fourths = (xp.sum(unit**power, axis=1) for power in (1, 2, 4))
    ratio = l1 / xp.sqrt(squares)
    return Sparsity(
        xp.sum(size, axis=1),
        xp.sqrt(squares) * top,
        ratio / n**0.5,
        (n**0.5 - ratio) / (n**0.5 - 1),
        n * fourths / squares**2,
    )


def token_mean(values: Array, *, unit: str = "1") -> Estimate:
    """Mean over tokens with its standard error, tokens taken as independent.

    Parameters
    ----------
    values : array, shape (T,)
        One number a token; tokens without one (NaN) are left out.

    Returns
    -------
    Estimate

    Examples
    --------
    >>> import numpy as np
    >>> token_mean(np.array([1.0, 3.0]))
    Estimate(value=2.0, se=1.0, unit='1', n=2, dof=1, counted='tokens')
    """
    xp = array_namespace(values)
    values = values[~xp.isnan(values)]
    n = values.shape[0]
    mean = float(xp.mean(values)) if n else float("nan")
    se = float(xp.sqrt(xp.sum((values - mean) ** 2) / (n - 1) / n)) if n > 1 else float("nan")
    return Estimate(mean, se, unit, n, max(n - 1, 1), "tokens")


def parents(jacobian: Array) -> Array:
    """Effective number of input latents that each output latent depends on, ``exp`` of the entropy of J²'s shares.

    Parameters
    ----------
    jacobian : array, shape (T, k, k)
        Row: output latent.

    Returns
    -------
    array, shape (T, k)
        From 1 to k; NaN for a row of zeros.

    Examples
    --------
    >>> import numpy as np
    >>> parents(np.array([[[3.0, 0.0], [1.0, -1.0]]])).round(6).tolist()
    [[1.0, 2.0]]
    """
    xp = array_namespace(jacobian)
    square = jacobian**2
    total = xp.sum(square, axis=-1)
    share = square / xp.where(total > 0, total, xp.nan * xp.ones_like(total))[..., None]
    return xp.exp(-xp.sum(share * xp.log(xp.where(share > 0, share, xp.ones_like(share))), axis=-1))


def gauge_invariant(jacobian: Array, norm_in: Array, norm_out: Array) -> Array:
    """Jacobian that no rescaling of latents against their decoders changes.

    Parameters
    ----------
    jacobian : array, shape (T, k, k)
        Row: output latent, column: input latent.
    norm_in, norm_out : array, shape (T, k)
        Norms of the decoder rows of the active latents.

    Returns
    -------
    array, shape (T, k, k)
        ``J_ij |d_out,i| / |d_in,j|``: what it is when every decoder row has norm 1.
    """
    return jacobian * norm_out[..., :, None] / norm_in[..., None, :]


def tally(jacobian: Array, edges: Array) -> Array:
    """Count magnitudes in bins, for a histogram that is built up over a stream of tokens.

    Parameters
    ----------
    jacobian : array
        Any shape.
    edges : array, shape (n + 1,)
        Increasing; a bin holds its left edge, the last one both.

    Returns
    -------
    array of int, shape (n,)
        Magnitudes beyond the last edge are in no bin.

    Examples
    --------
    >>> import numpy as np
    >>> tally(np.array([-0.1, 0.2, 0.25, 9.0]), np.array([0.0, 0.2, 0.4])).tolist()
    [1, 2]
    """
    xp = array_namespace(jacobian, edges)
    size = xp.sort(xp.abs(xp.reshape(jacobian, (-1,))))
    edges = xp.astype(edges, size.dtype)
    below = xp.searchsorted(size, edges)
    last = xp.searchsorted(size, edges[-1:], side="right")
    return xp.concat([below[1:-1], last]) - below[:-1]
