"""Norm of the true gradient at every block over training: how low it gets, from which epoch on, beside which runs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gonogo.arrays import ArrayLike
from gonogo.estimate import NotApplicable
from gonogo.gradient_floor.norm_level import Level, level


@dataclass(frozen=True, eq=False)
class Floor:
    """Gradient norms of all blocks against a floor.

    Attributes
    ----------
    epoch : ndarray, shape (N,)
        Logged epochs.
    gradient : ndarray, shape (N, B)
        Median over samples of the norm of the back-propagated gradient at each block.
    blocks : tuple of int
        Which block each column is; 0 is the embedding's output.
    judged : int
        Column that is judged.
    levels : tuple of Level
        One a column.
    """

    epoch: np.ndarray
    gradient: np.ndarray
    blocks: tuple
    judged: int
    levels: tuple

    @property
    def level(self) -> Level:
        """Level of the judged block."""
        return self.levels[self.judged]

    @property
    def first_epochs(self) -> str:
        """First sustained violation of every block, in words."""
        firsts = [f"{block}: {lv.first if lv.first is not None else 'never'}"
                  for block, lv in zip(self.blocks, self.levels, strict=True)]  # fmt: skip
        return ", ".join(firsts)


def gradient_floor(
    epoch: ArrayLike, gradient: ArrayLike, floor: float, *, block: int, blocks: Sequence[int] | None = None
) -> Floor:
    """Lowest sustained gradient norm of every block.

    Parameters
    ----------
    epoch : array_like of int, shape (N,)
        Logged epochs.
    gradient : array_like, shape (N, B)
        Gradient norms.
    floor : float
        The floor, an absolute norm.
    block : int
        The block to judge.
    blocks : sequence of int, optional
        Which block each column is; 0, 1, ... where not given.

    Returns
    -------
    Floor

    Raises
    ------
    NotApplicable
        If the block was not logged.

    Examples
    --------
    >>> f = gradient_floor(range(6), [[1, 1e-8]] * 6, 1e-7, block=1)
    >>> f.level.first, f.first_epochs
    (0, '0: never, 1: 0')
    """
    gradient = np.asarray(gradient, float)
    blocks = tuple(range(gradient.shape[1])) if blocks is None else tuple(blocks)
    if block not in blocks:
        known = ", ".join(map(str, blocks))
        raise NotApplicable(f"block {block} is to be judged, but the log has {known}; set `block` in gonogo.toml")
    levels = tuple(level(epoch, column, floor, lowest=True) for column in gradient.T)
    return Floor(np.asarray(epoch), gradient, blocks, blocks.index(block), levels)


@dataclass(frozen=True, eq=False)
class Trajectory:
    """What one run contributes to the picture of all runs.

    Attributes
    ----------
    label : str
        Method and penalty.
    judged : bool
        Whether it is the run under judgement.
    epoch, stream, gradient, accuracy : ndarray, shape (N,)
        Last residual state, judged block, test set; NaN where not logged.
    """

    label: str
    judged: bool
    epoch: np.ndarray
    stream: np.ndarray
    gradient: np.ndarray
    accuracy: np.ndarray
