"""The Jacobian of a pair of sparse autoencoders across an MLP, between active latents, in closed form.

The pair reads the MLP's input ``x`` as latents ``s_x`` and its output ``y`` as latents ``s_y``. Where the active sets
stay what they are, ``s_y`` depends on ``s_x`` only through two fixed matrices and the slope of the activation:
``J = W_enc_y[:, I_y]' W_out' diag(phi'(W_in' x + b_in)) W_in' W_dec_x[I_x]'``.

Every function takes NumPy arrays or torch tensors and stays on the tensor's device.
"""

import math
from typing import Any, NamedTuple

from array_api_compat import array_namespace
from scipy import special

from gonogo.arrays import Array


class LatentProducts(NamedTuple):
    """What a pair's weights contribute to every token's Jacobian; D latents, H hidden units of the MLP.

    Attributes
    ----------
    read : array, shape (D, H)
        What each input latent adds to the hidden pre-activations: ``W_dec_x W_in``.
    write : array, shape (D, H)
        What each hidden unit adds to the output latents' pre-activations: ``(W_out W_enc_y)'``.
    """

    read: Any
    write: Any


def latent_products(decoder: Array, mlp_in: Array, mlp_out: Array, encoder: Array) -> LatentProducts:
    """Build both products of weights once for all tokens.

    Parameters
    ----------
    decoder : array, shape (D, d)
        Decoder of the autoencoder on the MLP's input, a row a latent.
    mlp_in, mlp_out : array, shapes (d, H) and (H, d)
        Weights of the MLP.
    encoder : array, shape (d, D)
        Encoder of the autoencoder on the MLP's output.

    Returns
    -------
    LatentProducts

    Raises
    ------
    ValueError
        If the shapes do not chain.
    """
    chain = (
        (decoder.shape[1], mlp_in.shape[0]),
        (mlp_in.shape[1], mlp_out.shape[0]),
        (mlp_out.shape[1], encoder.shape[0]),
    )
    if any(left != right for left, right in chain):
        shapes = ", ".join(str(tuple(w.shape)) for w in (decoder, mlp_in, mlp_out, encoder))
        raise ValueError(f"weights must chain as (D, d) (d, H) (H, d) (d, D), got {shapes}")
    xp = array_namespace(decoder, mlp_in, mlp_out, encoder)
    return LatentProducts(xp.matmul(decoder, mlp_in), xp.matmul(encoder.T, mlp_out.T))


def active_latents(x: Array, encoder: Array, bias: Array, k: int) -> Array:
    """Indices of the k largest pre-activations of each token, the largest first.

    Parameters
    ----------
    x : array, shape (T, d)
        What the autoencoder reads.
    encoder, bias : array, shapes (d, D) and (D,)
        Its encoder.
    k : int
        How many latents are active at a token.

    Returns
    -------
    array of int, shape (T, k)
    """
    pre = x @ encoder + bias
    if hasattr(pre, "topk"):
        return pre.topk(k, dim=-1).indices
    return array_namespace(pre).argsort(-pre, axis=-1, stable=True)[..., :k]


def activation_slope(pre: Array, name: str = "gelu") -> Array:
    """Derivative of an activation function at its pre-activations.

    Parameters
    ----------
    pre : array
        Hidden pre-activations ``W_in' x + b_in``.
    name : {"gelu", "gelu_tanh", "relu", "silu", "linear"}
        Which function; ``gelu`` is the exact one, ``gelu_tanh`` its approximation.

    Returns
    -------
    array, same shape

    Examples
    --------
    >>> import numpy as np
    >>> activation_slope(np.array([0.0, 30.0])).tolist()
    [0.5, 1.0]
    """
    try:
        return SLOPES[name](array_namespace(pre), pre)
    except KeyError:
        raise ValueError(f"activation must be one of {', '.join(SLOPES)}, got {name!r}") from None


def _gelu(xp: Any, a: Array) -> Array:
    erf = (a / math.sqrt(2)).erf() if hasattr(a, "erf") else special.erf(a / math.sqrt(2))
    return (1 + erf) / 2 + a * xp.exp(-a * a / 2) / math.sqrt(2 * math.pi)


def _gelu_tanh(xp: Any, a: Array) -> Array:
    scale, cubic = math.sqrt(2 / math.pi), 0.044715
    t = xp.tanh(scale * (a + cubic * a**3))
    return (1 + t) / 2 + a * (1 - t * t) * scale * (1 + 3 * cubic * a * a) / 2


def _silu(xp: Any, a: Array) -> Array:
    sigmoid = 1 / (1 + xp.exp(-a))
    return sigmoid * (1 + a * (1 - sigmoid))


SLOPES = {
    "gelu": _gelu,
    "gelu_tanh": _gelu_tanh,
    "relu": lambda xp, a: xp.astype(a > 0, a.dtype),
    "silu": _silu,
    "linear": lambda xp, a: xp.ones_like(a),
}


def active_jacobian(
    products: LatentProducts, slope: Array, active_in: Array, active_out: Array, *, chunk: int = 64
) -> Array:
    """Jacobian between the active latents of every token.

    Parameters
    ----------
    products : LatentProducts
        Of the pair's weights.
    slope : array, shape (T, H)
        Slope of the MLP's activation at each token.
    active_in, active_out : array of int, shape (T, k)
        Active latents of the input and of the output.
    chunk : int
        Tokens at once; working memory is 2 chunk k H numbers. Nothing of size D x D is ever built.

    Returns
    -------
    array, shape (T, k, k)
        Row: output latent, column: input latent, in the order of the given indices.

    Notes
    -----
    The derivative of an output latent's pre-activation. It is that of the latent itself only while the latent stays
    active; a latent that is among the k largest with a negative pre-activation is zero and so are its derivatives.

    Examples
    --------
    Two hidden units that pass and that double what they read:

    >>> import numpy as np
    >>> eye = np.eye(2)
    >>> products = latent_products(eye, eye, np.diag([1.0, 2.0]), eye)
    >>> active_jacobian(products, np.ones((1, 2)), np.array([[0, 1]]), np.array([[1, 0]]))
    array([[[0., 2.],
            [1., 0.]]])
    """
    xp = array_namespace(products.read, products.write, slope)
    parts = []
    for start in range(0, slope.shape[0], chunk):
        now = slice(start, start + chunk)
        write = products.write[active_out[now]] * slope[now][:, None, :]
        parts.append(xp.matmul(write, xp.matrix_transpose(products.read[active_in[now]])))
    return xp.concat(parts) if parts else xp.zeros((0, active_out.shape[1], active_in.shape[1]), dtype=slope.dtype)


def by_latent(jacobian: Array, active_in: Array, active_out: Array) -> tuple[Array, Array, Array]:
    """Put rows and columns in the order of the latents' ids, so that two Jacobians compare entry by entry.

    Ranks are no identity: latents of nearly equal activation swap their ranks under rounding.

    Parameters
    ----------
    jacobian : array, shape (T, k, k)
        Row: output latent, column: input latent.
    active_in, active_out : array of int, shape (T, k)
        Which latents the columns and rows belong to.

    Returns
    -------
    jacobian : array, shape (T, k, k)
    active_in, active_out : array of int, shape (T, k)
        Ascending.

    Examples
    --------
    >>> import numpy as np
    >>> by_latent(np.array([[[1, 2], [3, 4]]]), np.array([[7, 5]]), np.array([[2, 9]]))[0].tolist()
    [[[2, 1], [4, 3]]]
    """
    xp = array_namespace(jacobian)
    columns, rows = xp.argsort(active_in, axis=-1), xp.argsort(active_out, axis=-1)
    token = xp.arange(jacobian.shape[0])[:, None]
    ordered = jacobian[token[..., None], rows[:, :, None], columns[:, None, :]]
    return ordered, active_in[token, columns], active_out[token, rows]
