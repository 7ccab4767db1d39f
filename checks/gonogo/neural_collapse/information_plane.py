"""Information plane by normalised HSIC: how much features still depend on inputs and on labels."""

import numpy as np
from array_api_compat import array_namespace, device, is_torch_namespace

from gonogo.arrays import Array, Floats

# Kernel width per input dimension and ridge per sample of the published estimator.
WIDTH, RIDGE = 5.0, 1e-5


def nhsic(features: Array, other: Array, *, kernel: str = "gaussian", ridge: float = RIDGE) -> float:
    """Normalised HSIC of two sets of vectors, tr(R_z R_x) with R = K (K + ridge n I)^-1.

    Parameters
    ----------
    features : array_like, shape (n, d)
        Features Z of one batch, NumPy or torch; computed in float64 on their device.
    other : array_like, shape (n, ...)
        Inputs X, or one-hot labels Y, of the same batch.
    kernel : {"gaussian", "linear"}
        Kernel of ``other``: Gaussian exp(-|x - x'|^2 / (2 * 25 d)), centred, for inputs; linear and uncentred for
        one-hot labels, as published.
    ridge : float
        Regularisation per sample.

    Returns
    -------
    float
        At least 0. Close to n - 1 where both kernels separate all samples, to C - 1 where features are collapsed
        onto C points or ``other`` is one-hot of C classes.

    Raises
    ------
    ValueError
        If the batches differ in length or the kernel is unknown.

    Notes
    -----
    Depends on the scale of the features (their kernel has a fixed width) and on n: compare only batches of one size,
    and features of one scale (``unit_scale``). The published form centres the Gaussian kernel on one side, K H;
    that equals H K H in the trace against another centred kernel, and differs by about 1e-5 against an uncentred
    one-hot kernel of unbalanced labels. It is kept here so that values agree with recorded ones; it is solved by
    Cholesky as K (H K H + c I)^-1 H, in O(n^2) memory. Ma, Lewis, Kleijn, AAAI 34 (2020) 5085.

    Examples
    --------
    >>> import numpy as np
    >>> z = 100 * np.eye(4)[[0, 0, 1, 1]]
    >>> y = np.eye(2)[[0, 0, 1, 1]]
    >>> round(nhsic(z, y, kernel="linear"), 3)
    1.0
    """
    xp = array_namespace(features, other)
    n = features.shape[0]
    if other.shape[0] != n:
        raise ValueError(f"features and inputs must come from one batch, got {n} and {other.shape[0]} rows")
    if kernel not in ("gaussian", "linear"):
        raise ValueError(f"kernel must be gaussian or linear, got {kernel!r}")
    z, x = (xp.reshape(xp.astype(a, xp.float64), (n, -1)) for a in (features, other))
    one = _centred_operator(_gaussian(z), ridge * n)
    if kernel == "linear":
        gram = x @ x.T
        two = _solve(gram + ridge * n * _eye(gram), gram)
    else:
        two = _centred_operator(_gaussian(x), ridge * n)
    return float(xp.sum(one * two.T))


def one_hot(labels: Array, classes: int) -> Array:
    """One-hot labels, shape (n, classes), float64 on the labels' device."""
    xp = array_namespace(labels)
    return xp.astype(labels[:, None] == xp.arange(classes, device=device(labels))[None, :], xp.float64)


def unit_scale(features: Array) -> Array:
    """Features rescaled to a mean norm of sqrt(d), so that nHSIC compares shapes and not sizes.

    >>> import numpy as np
    >>> unit_scale(np.array([[3.0, 4.0], [6.0, 8.0]])).round(3).tolist()
    [[0.566, 0.754], [1.131, 1.508]]
    """
    xp = array_namespace(features)
    h = xp.astype(features, xp.float64)
    return h * (h.shape[1] ** 0.5 / xp.mean(xp.sqrt(xp.sum(h**2, axis=1))))


def information_plane(
    features: Array, inputs: Array, labels: Array, *, classes: int, batch: int = 100
) -> tuple[Floats, Floats]:
    """Mean nHSIC over batches, with inputs and with labels.

    Parameters
    ----------
    features : array_like, shape (n, d)
        Features Z, NumPy or torch.
    inputs : array_like, shape (n, ...)
        Inputs X.
    labels : array_like of int, shape (n,)
        Classes.
    classes : int
        Number of classes C.
    batch : int
        Samples a batch; a remainder is left out, because nHSIC depends on the batch size.

    Returns
    -------
    zx, zy : ndarray, shape (n // batch,)
        nHSIC(Z; X) and nHSIC(Z; Y) of each batch.
    """
    starts = range(0, features.shape[0] - batch + 1, batch)
    parts = [slice(start, start + batch) for start in starts]
    zx = [nhsic(features[part], inputs[part]) for part in parts]
    zy = [nhsic(features[part], one_hot(labels[part], classes), kernel="linear") for part in parts]
    return np.array(zx), np.array(zy)


def _gaussian(x: Array) -> Array:
    """Gaussian Gram matrix of width 5 sqrt(d), from inner products: n x n, never n x n x d."""
    xp = array_namespace(x)
    dim, x = x.shape[1], x - xp.mean(x, axis=0)
    squares = xp.sum(x**2, axis=1)
    distance = xp.clip(squares[:, None] + squares[None, :] - 2 * (x @ x.T), min=0.0)
    return xp.exp(-distance / (2 * WIDTH**2 * dim)) * (1 - _eye(x)) + _eye(x)


def _centred_operator(gram: Array, ridge: float) -> Array:
    """K H (K H + ridge I)^-1, solved as K (H K H + ridge I)^-1 H."""
    xp = array_namespace(gram)
    rows = gram - xp.mean(gram, axis=0, keepdims=True)
    centred = rows - xp.mean(rows, axis=1, keepdims=True)
    centring = _eye(gram) - 1 / gram.shape[0]
    return gram @ _solve((centred + centred.T) / 2 + ridge * _eye(gram), centring)


def _solve(matrix: Array, right: Array) -> Array:
    """Solve a symmetric positive definite system by Cholesky."""
    xp = array_namespace(matrix)
    if is_torch_namespace(xp):
        return xp.cholesky_solve(right, xp.linalg.cholesky(matrix))
    from scipy.linalg import cho_factor, cho_solve

    return cho_solve(cho_factor(matrix), right)


def _eye(x: Array) -> Array:
    return array_namespace(x).eye(x.shape[0], dtype=x.dtype, device=device(x))
