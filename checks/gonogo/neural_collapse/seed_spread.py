"""Seeds of one setting: their curves on a common grid, with a band, and how far their ends lie apart."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from gonogo.arrays import ArrayLike, Floats, Integers
from gonogo.curve_operations import ending
from gonogo.estimate import Estimate, NotEnoughData
from gonogo.neural_collapse.curves import CollapseCurves


def common_grid(steps: Sequence[ArrayLike]) -> tuple[Integers, list[Integers], float]:
    """Rows of each run at the steps that all runs have.

    Parameters
    ----------
    steps : sequence of array_like of int
        Logged steps of each run.

    Returns
    -------
    grid : ndarray
        The steps that all have.
    rows : list of ndarray of int
        Where they stand in each run.
    kept : float
        Share of the longest run's rows that remain.

    Examples
    --------
    >>> grid, rows, kept = common_grid([[0, 1, 2, 3], [1, 3, 5]])
    >>> grid.tolist(), rows[1].tolist(), kept
    ([1, 3], [0, 1], 0.5)
    """
    steps = [np.asarray(step) for step in steps]
    grid = steps[0]
    for step in steps[1:]:
        grid = np.intersect1d(grid, step)
    return grid, [np.searchsorted(step, grid) for step in steps], len(grid) / max(len(step) for step in steps)


@dataclass(frozen=True, eq=False)
class Band:
    """Mean over seeds with a band.

    Attributes
    ----------
    step : ndarray, shape (N,)
        Common steps.
    mean, low, high : ndarray, shape (N,)
        Mean over the runs with a finite value there, and its 95 % interval (Student's t); the interval is
        NaN with fewer than three, where it would be wider than anything.
    runs : int
        Number of runs.
    """

    step: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    runs: int


def band(steps: Sequence[ArrayLike], curves: Sequence[ArrayLike], *, logarithmic: bool = False) -> Band:
    """Aggregate one curve over seeds.

    Parameters
    ----------
    steps, curves : sequence of array_like
        Logged steps and values of each run; values that are not finite are left out one by one.
    logarithmic : bool
        Whether to aggregate the logarithm.
    """
    grid, rows, _ = common_grid(steps)
    values = np.array([np.asarray(curve, float)[row] for curve, row in zip(curves, rows, strict=True)])
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.log(values) if logarithmic else values
    finite = np.isfinite(values)
    n, kept = finite.sum(axis=0), np.where(finite, values, 0.0)
    mean = np.where(n > 0, kept.sum(axis=0) / np.maximum(n, 1), np.nan)
    sd = np.sqrt(np.where(finite, (kept - mean) ** 2, 0.0).sum(axis=0) / np.maximum(n - 1, 1))
    half = np.where(n > 2, stdtrit(np.maximum(n - 1, 1), 0.975) * sd / np.sqrt(np.maximum(n, 1)), np.nan)
    back = np.exp if logarithmic else np.asarray
    return Band(grid, back(mean), back(mean - half), back(mean + half), len(values))


@dataclass(frozen=True, eq=False)
class SeedSpread:
    """How well seeds of one setting agree.

    Attributes
    ----------
    spread : Estimate
        Sample standard deviation of the ends of these seeds [decades]; uncertain as far as each end is.
    common : Estimate
        Share of rows that all runs have.
    finite : Estimate
        Smallest share of finite rows among the runs.
    ends : ndarray, shape (n,)
        log10 of the final value of each run.
    odd : int
        The run farthest from the others.
    odd_by : float
        Its distance from the mean of the others [decades].
    """

    spread: Estimate
    common: Estimate
    finite: Estimate
    ends: np.ndarray
    odd: int
    odd_by: float


def seed_spread(steps: Sequence[ArrayLike], curves: Sequence[ArrayLike], *, rows: int = 5) -> SeedSpread:
    """Compare the ends of a positive curve over seeds.

    Parameters
    ----------
    steps, curves : sequence of array_like
        Logged steps and values of each run.
    rows : int
        Rows at the end that are averaged.

    Raises
    ------
    NotEnoughData
        With fewer than three runs.
    """
    if len(curves) < 3:
        raise NotEnoughData(f"the spread over seeds needs 3 complete runs of one setting, got {len(curves)}")
    curves = [np.asarray(curve, float) for curve in curves]
    finite = min(float(np.mean(np.isfinite(curve))) for curve in curves)
    last = [ending(curve[np.isfinite(curve)], rows=rows, logarithmic=True) for curve in curves]
    ends, errors = np.array([end.value for end in last]), np.array([end.error for end in last])
    odd, odd_by = _odd_one(ends)
    spread = float(ends.std(ddof=1))
    lean = (ends - ends.mean()) / max((len(ends) - 1) * spread, 1e-300)
    return SeedSpread(
        Estimate(spread, float(np.sqrt(lean**2 @ errors**2)), unit="decades"),
        Estimate(common_grid(steps)[2], n=len(ends)),
        Estimate(finite, n=len(ends)),
        ends,
        odd,
        odd_by,
    )


def _odd_one(ends: Floats) -> tuple[int, float]:
    """Run that lies farthest from the mean of the others, and by how much."""
    distance = np.abs(ends - ends.mean()) * len(ends) / (len(ends) - 1)
    odd = int(np.argmax(distance))
    return odd, float(distance[odd])


@dataclass(frozen=True, eq=False)
class CollapseBands:
    """Bands over the seeds of one setting, for drawing.

    Attributes
    ----------
    train_accuracy, test_accuracy, rnc1, nc2 : Band
        Mean and interval; of the logarithm for RNC1 and NC2.
    """

    train_accuracy: Band
    test_accuracy: Band
    rnc1: Band
    nc2: Band


def collapse_bands(runs: Sequence[CollapseCurves]) -> CollapseBands:
    """Bands of the curves of some seeds.

    Parameters
    ----------
    runs : sequence of CollapseCurves
        Runs of one setting.
    """
    steps = [run.step for run in runs]
    return CollapseBands(
        band(steps, [run.train_accuracy for run in runs]),
        band(steps, [run.test_accuracy for run in runs]),
        band(steps, [run.rnc1 for run in runs], logarithmic=True),
        band(steps, [run.nc2 for run in runs], logarithmic=True),
    )
