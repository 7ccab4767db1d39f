"""The residual stream's norm against a reference run, and what single blocks multiply it by."""

from dataclasses import dataclass

import numpy as np

from gonogo.arrays import ArrayLike
from gonogo.estimate import NotApplicable
from gonogo.gradient_floor.norm_level import Level, level


@dataclass(frozen=True, eq=False)
class Ceiling:
    """The stream's norm against a reference.

    Attributes
    ----------
    epoch, stream, reference : ndarray, shape (N,)
        Norm of the last residual state and of the reference's at the same epochs.
    ratio : Level
        Their ratio.
    """

    epoch: np.ndarray
    stream: np.ndarray
    reference: np.ndarray
    ratio: Level


def stream_ratio(
    epoch: ArrayLike, stream: ArrayLike, reference_epoch: ArrayLike, reference: ArrayLike, limit: float
) -> Ceiling:
    """Highest sustained ratio of the stream to that of a reference run.

    Parameters
    ----------
    epoch, stream : array_like, shape (N,)
        Norms of the last residual state.
    reference_epoch, reference : array_like, shape (M,)
        Those of the reference, interpolated in the logarithm and held at its ends.
    limit : float
        Largest ratio allowed.

    Returns
    -------
    Ceiling

    Examples
    --------
    >>> c = stream_ratio(range(6), [10, 10, 1e6, 1e6, 1e6, 1e6], [0], [10], 1e3)
    >>> c.ratio.worst.value, c.ratio.first
    (5.0, 2)
    """
    reference_epoch, reference = np.asarray(reference_epoch, float), np.asarray(reference, float)
    sound = np.isfinite(reference) & (reference > 0)
    if not sound.any():
        raise NotApplicable("the reference run has no finite norm of its stream")
    at = np.exp(np.interp(np.asarray(epoch, float), reference_epoch[sound], np.log(reference[sound])))
    return Ceiling(np.asarray(epoch), np.asarray(stream, float), at,
                   level(epoch, np.asarray(stream, float) / at, limit, lowest=False))  # fmt: skip


def block_growth(epoch: ArrayLike, stream: ArrayLike, limit: float) -> tuple[Level, int]:
    """Largest factor by which one block multiplies the stream's norm, epoch by epoch.

    Parameters
    ----------
    epoch : array_like of int, shape (N,)
        Logged epochs.
    stream : array_like, shape (N, B)
        Norms of the residual states, the embedding's output first.
    limit : float
        Largest factor allowed.

    Returns
    -------
    growth : Level
    steepest : int
        Block with the largest factor at its worst epoch.

    Examples
    --------
    >>> growth, steepest = block_growth(range(6), [[1, 2, 20]] * 6, 50)
    >>> float(growth.values[0]), steepest
    (10.0, 2)
    """
    stream = np.asarray(stream, float)
    if stream.shape[1] < 2:
        raise NotApplicable("growth per block needs the norms of two residual states")
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        factors = stream[:, 1:] / stream[:, :-1]
    factors = np.where(np.isnan(factors), np.inf, factors)
    worst = np.unravel_index(np.argmax(factors), factors.shape)
    return level(epoch, factors.max(axis=1), limit, lowest=False), int(worst[1]) + 1
