"""Compression between checkpoints whose features were brought to one scale."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gonogo.arrays import ArrayLike
from gonogo.estimate import Estimate, NotEnoughData


@dataclass(frozen=True, eq=False)
class MatchedCompression:
    """Information difference of K checkpoints at one scale of the features.

    Attributes
    ----------
    fall : Estimate
        Difference at the last checkpoint over the largest one, with its standard error over batches.
    kept : Estimate
        I(Z;Y) at the last checkpoint over that at the one with the largest difference.
    step : ndarray, shape (K,)
        Checkpoints.
    difference, error : ndarray, shape (K,)
        Mean over batches and its standard error.
    raw : ndarray, shape (K,)
        The same without matching the scale.
    """

    fall: Estimate
    kept: Estimate
    step: np.ndarray
    difference: np.ndarray
    error: np.ndarray
    raw: np.ndarray


def matched_compression(
    step: Sequence[int], matched: Sequence[tuple[ArrayLike, ArrayLike]], raw: Sequence[tuple[ArrayLike, ArrayLike]]
) -> MatchedCompression:
    """Compare checkpoints whose features were brought to one scale.

    Parameters
    ----------
    step : sequence of int, length K
        Checkpoints, increasing.
    matched, raw : sequence of (zx, zy)
        nHSIC of each checkpoint's batches, from ``information_plane.plane`` of features with and without
        ``unit_scale``.

    Raises
    ------
    NotEnoughData
        With fewer than two checkpoints or batches.
    """
    if len(step) < 2 or min(len(zx) for zx, _ in matched) < 2:
        raise NotEnoughData("compression at one scale needs 2 checkpoints of 2 batches each")
    batches = [np.asarray(zx) - np.asarray(zy) for zx, zy in matched]
    mean = np.array([b.mean() for b in batches])
    error = np.array([b.std(ddof=1) / math.sqrt(len(b)) for b in batches])
    labels = [(float(np.mean(zy)), float(np.std(zy, ddof=1) / math.sqrt(len(zy)))) for _, zy in matched]
    top, dof = int(np.argmax(mean)), min(len(b) for b in batches) - 1
    return MatchedCompression(
        _quotient(mean[-1], error[-1], mean[top], error[top], dof),
        _quotient(*labels[-1], *labels[top], dof),
        np.asarray(step),
        mean,
        error,
        np.array([np.mean(zx) - np.mean(zy) for zx, zy in raw]),
    )


def _quotient(a: float, error_a: float, b: float, error_b: float, dof: int) -> Estimate:
    """Ratio of two independent means."""
    se = math.hypot(error_a, a / b * error_b) / abs(b)
    return Estimate(float(a / b), se=se, n=dof + 1, dof=dof, counted="batches")
