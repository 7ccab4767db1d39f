"""Neural collapse of features: variability within classes, spread between them, shape of the class means."""

from typing import NamedTuple

import numpy as np
from array_api_compat import array_namespace, device, is_torch_array

from gonogo.arrays import Array, Floats
from gonogo.estimate import NotEnoughData

# What the published logs add to denominators; their nc1_score cannot be compared without it.
NC1_GUARD, RNC1_GUARD = 1e-8, 1e-10
# Rows at once: in float64 a block of 512 features takes 1 MB.
BLOCK = 256
# Share of a block's squares that are spread, below which they are taken again about its mean: above, the difference of
# squares loses two digits of float64's sixteen.
CENTRED = 0.01


class Collapse(NamedTuple):
    """Collapse measures of one set of features; ``_asdict()`` is a row of a log that the gate reads.

    Attributes
    ----------
    within_class_variance : float
        WCV, mean squared distance of a feature from its class mean [feature units squared].
    between_class_variance : float
        BCV, mean squared distance of the class means from the global mean, weighted by class size.
    scale_means : float
        Mean norm of the features (not the norm of a mean).
    nc1_score : float
        WCV / (BCV + 1e-8), as published logs have it: features that vanish look collapsed in it.
    nc2_score : float
        Condition number of the uncentred class means; 1 where they are orthogonal and equally long.
    """

    within_class_variance: float
    between_class_variance: float
    scale_means: float
    nc1_score: float
    nc2_score: float

    @property
    def rnc1(self) -> float:
        """Return WCV over the squared mean norm: the share of the features' energy that is spread within classes."""
        return relative_variance(self.within_class_variance, self.scale_means)

    @property
    def separation(self) -> float:
        """Return BCV over the squared mean norm: 0 where the class means coincide, whatever RNC1 says."""
        return relative_variance(self.between_class_variance, self.scale_means)


def collapse(features: Array, labels: Array) -> Collapse:
    """Measure neural collapse of features.

    Parameters
    ----------
    features : array_like, shape (n, d)
        Features before the last layer, NumPy or torch, any float type; summed in float64 on their device.
    labels : array_like of int, shape (n,)
        Classes 0 .. C-1 on the same device, each present.

    Returns
    -------
    Collapse

    Raises
    ------
    NotEnoughData
        If a class has no sample.
    ValueError
        If the shapes do not match.

    Notes
    -----
    Features in the host's memory are read once, in blocks of one class that stay in cache: each is widened to float64,
    squared about its own mean where that matters, and joined to the others by the update of Chan, Golub, LeVeque, Amer.
    Statist. 37 (1983) 242. So WCV stays positive where the one-pass float32 form E|h|^2 - |m|^2 turns negative, below
    about 1e-7 of the squared norm. Sums err by at most (d + BLOCK + n / BLOCK) eps64 of their terms, WCV by a hundred
    times that where blocks are not centred: 2e-11 at n = 50,000 and d = 512. Other devices take two passes in float64.
    NC2 comes from singular values of the means; squaring them first saturates at 1e4 in float32. Papyan, Han, Donoho,
    PNAS 117 (2020) 24652, with uncentred means.

    Examples
    --------
    >>> import numpy as np
    >>> h = np.array([[2.0, 0.1], [2.0, -0.1], [0.1, 2.0], [-0.1, 2.0]])
    >>> c = collapse(h, np.array([0, 0, 1, 1]))
    >>> round(c.within_class_variance, 6), round(c.between_class_variance, 6), round(c.nc2_score, 6)
    (0.01, 2.0, 1.0)
    """
    if features.ndim != 2 or labels.shape != features.shape[:1]:
        raise ValueError(
            f"features (n, d) and labels (n,) expected, got {tuple(features.shape)} and {tuple(labels.shape)}"
        )
    h, y = _on_host(features), _on_host(labels)
    sums = _on_device(features, labels) if h is None or y is None else _by_blocks(h, y)
    means, counts, within, scale = sums
    share = counts / counts.sum()
    between = share @ np.sum((means - share @ means) ** 2, axis=1)
    singular = np.linalg.svd(means, compute_uv=False)
    dependent = singular[-1] == 0 or means.shape[0] > means.shape[1]
    nc2 = np.inf if dependent else singular[0] / singular[-1]
    return Collapse(float(within), float(between), float(scale), float(within / (between + NC1_GUARD)), float(nc2))


def _on_host(x: Array) -> np.ndarray | None:
    """View of an array in the host's memory; None where it lies on a device."""
    if not is_torch_array(x):
        return x if isinstance(x, np.ndarray) else None
    if x.device.type != "cpu":
        return None
    x = x.detach()
    return (x.float() if x.element_size() < 4 and x.is_floating_point() else x).numpy()


def _by_blocks(h: np.ndarray, labels: np.ndarray) -> tuple[Floats, Floats, float, float]:
    """Class means and sizes, WCV and mean norm, each row read once."""
    counts = np.bincount(labels)
    _require_every_class(counts)
    # Small unsigned integers are sorted by radix.
    order = np.argsort(labels.astype(np.min_scalar_type(len(counts))), kind="stable")
    means, within, norms, start = np.zeros((len(counts), h.shape[1])), 0.0, 0.0, 0
    rows, wide = np.empty((BLOCK, h.shape[1]), h.dtype), np.empty((BLOCK, h.shape[1]))
    ones = np.ones(BLOCK)
    for mean, count in zip(means, counts.tolist(), strict=True):
        for seen in range(0, count, BLOCK):
            size = min(BLOCK, count - seen)
            x = wide[:size]
            x[...] = np.take(h, order[start + seen : start + seen + size], axis=0, out=rows[:size], mode="clip")
            squares = np.vecdot(x, x)
            norms += np.sqrt(squares).sum()
            energy, block = squares.sum(), ones[:size] @ x / size
            spread = energy - size * (block @ block)
            if spread < CENTRED * energy:
                x -= block
                spread = np.vdot(x, x)
            move = block - mean
            within += spread + move @ move * (seen * size / (seen + size))
            mean += move * (size / (seen + size))
        start += count
    return means, counts.astype(float), within / len(h), norms / len(h)


def _on_device(features: Array, labels: Array) -> tuple[Floats, Floats, float, float]:
    """Return what ``_by_blocks`` returns; the features stay on their device."""
    xp = array_namespace(features, labels)
    h = xp.astype(features, xp.float64)
    centre = xp.mean(h, axis=0)
    h = h - centre
    members, counts = class_members(labels)
    means = (members.T @ h) / counts[:, None]
    within = xp.mean(xp.sum((h - members @ means) ** 2, axis=1))
    scale = xp.mean(xp.sqrt(xp.sum((h + centre) ** 2, axis=1)))
    return np.array((means + centre).tolist()), np.array(counts.tolist()), float(within), float(scale)


def class_members(labels: Array) -> tuple[Array, Array]:
    """Indicator matrix of the classes and their sizes.

    Parameters
    ----------
    labels : array_like of int, shape (n,)
        Classes 0 .. C-1.

    Returns
    -------
    members : array_like, shape (n, C)
        1.0 where a sample is of a class.
    counts : array_like, shape (C,)
        Class sizes, each at least 1.

    Raises
    ------
    NotEnoughData
        If a class has no sample.
    """
    xp = array_namespace(labels)
    classes = xp.arange(int(xp.max(labels)) + 1, device=device(labels))
    members = xp.astype(labels[:, None] == classes[None, :], xp.float64)
    counts = xp.sum(members, axis=0)
    _require_every_class(counts)
    return members, counts


def _require_every_class(counts: Array) -> None:
    if empty := [c for c, count in enumerate(counts.tolist()) if count == 0]:
        raise NotEnoughData(
            f"neural collapse needs a sample of every class; none of class {', '.join(map(str, empty))}"
        )


def relative_variance(variance: Array, scale: Array) -> Array:
    """Variance over the squared mean norm, with the guard of the published RNC1.

    >>> relative_variance(1.0, 10.0)
    0.00999999999999
    """
    return variance / (scale**2 + RNC1_GUARD)
