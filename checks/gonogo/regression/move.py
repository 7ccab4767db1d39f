"""A quantity measured now against the same quantity of a good run: difference, replicates, and many at once."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri, stdtr

from gonogo.arrays import ArrayLike
from gonogo.estimate import Estimate, NotEnoughData


@dataclass(frozen=True, eq=False)
class Move:
    """How far a quantity moved, and how far it may.

    Attributes
    ----------
    difference : Estimate
        Now minus then.
    lower, upper : float or None
        Smallest moves that matter, in the bad directions only.
    baseline, candidate : Estimate
        Means over the replicates of either side; with one replicate, that one.
    baseline_values, candidate_values : ndarray, shape (k,) and (c,)
        The replicates.
    limits : tuple of float or None
        Lower and upper limit of the statement that the quantity belongs to.
    """

    difference: Estimate
    lower: float | None
    upper: float | None
    baseline: Estimate
    candidate: Estimate
    baseline_values: np.ndarray
    candidate_values: np.ndarray
    limits: tuple


def bad_direction(lower: float | None, upper: float | None) -> str:
    """Where a quantity must not go, from its own limits.

    >>> bad_direction(None, 2.0), bad_direction(0.5, None), bad_direction(-1, 1)
    ('up', 'down', 'either')
    """
    if lower is None:
        return "either" if upper is None else "up"
    return "down" if upper is None else "either"


def scale_of(value: float, lower: float | None, upper: float | None) -> float:
    """Size against which a move is judged.

    Half the width of two limits; where one side is open, the size of the baseline itself (a floor of 1e-7 under a
    norm of 0.9 says nothing about which change of that norm matters), but at least a tenth of the limit's.

    >>> scale_of(1.0, 0.9, 1.1), scale_of(0.9, 1e-7, None), scale_of(0.0, None, 0.01)
    (0.1, 0.9, 0.001)
    """
    if lower is not None and upper is not None:
        return round((upper - lower) / 2, 15) or abs(value)
    limit = upper if upper is not None else lower
    return max(abs(value), 0.1 * abs(limit or 0.0))


def difference(
    baseline: Estimate, candidate: Estimate, *, same: bool = False, assumed: float = 0.0, spread: float | None = None
) -> Estimate:
    """Now minus then for one run on either side.

    Parameters
    ----------
    baseline, candidate : Estimate
        The quantity in independent runs, or twice in the same data.
    same : bool
        Whether both were measured on the same data: then no sampling error is left between them.
    assumed : float
        Standard deviation from run to run of a quantity without standard error, in its unit.
    spread : float, optional
        Standard deviation from run to run that the standard errors do not cover, e.g. because they are those of the
        arithmetic alone; added to them, and instead of the assumed one.

    Returns
    -------
    Estimate
        Standard errors added in quadrature, degrees of freedom by Satterthwaite (Biometrics Bull. 2 (1946) 110).

    Examples
    --------
    >>> moved = difference(Estimate(1.0, 0.3), Estimate(2.0, 0.4))
    >>> moved.value, round(moved.se, 3)
    (1.0, 0.5)
    """
    value = candidate.value - baseline.value
    if same:
        return Estimate(value, None, candidate.unit, candidate.n)
    none = assumed if spread is None else 0.0
    own = [(none, math.inf) if e.se is None else (e.se, e.dof) for e in (baseline, candidate)]
    own += [(spread or 0.0, math.inf)] * 2
    variances = np.array([se**2 for se, _ in own])
    sizes = [e.n for e in (baseline, candidate) if e.n is not None]
    return Estimate(
        value,
        float(np.sqrt(variances.sum())),
        candidate.unit,
        min(sizes, default=None),
        _satterthwaite(variances, [dof for _, dof in own]),
    )


def _satterthwaite(variances: ArrayLike, dof: ArrayLike) -> float:
    """Degrees of freedom of a sum of independent variances."""
    below = np.sum(np.asarray(variances) ** 2 / np.asarray(dof, float))
    return float(np.sum(variances) ** 2 / below) if below > 0 else math.inf


def against_replicates(baseline: Sequence[Estimate], candidate: Estimate) -> Estimate:
    """Now minus the mean of the baseline's replicates, measured by how far these lie from each other.

    Parameters
    ----------
    baseline : sequence of Estimate, length k
        Replicates of the good run, e.g. its seeds.
    candidate : Estimate
        One run.

    Returns
    -------
    Estimate
        Standard error ``sd sqrt(1 + 1/k)`` with k - 1 degrees of freedom: a new run of the same kind lies within it.
        A candidate measured less precisely than the replicates were adds what it has more.

    Raises
    ------
    NotEnoughData
        With fewer than two replicates.

    Examples
    --------
    >>> seeds = [Estimate(1.0), Estimate(2.0), Estimate(3.0)]
    >>> moved = against_replicates(seeds, Estimate(4.0))
    >>> moved.value, round(moved.se, 3), moved.dof
    (2.0, 1.155, 2.0)
    """
    values = np.array([e.value for e in baseline])
    k = len(values)
    if k < 2:
        raise NotEnoughData(f"the variance between replicates needs 2 of them, got {k}")
    between = values.var(ddof=1) * (1 + 1 / k)
    own = np.mean([e.se**2 if e.se is not None and math.isfinite(e.se) else 0.0 for e in baseline])
    more = candidate.se**2 - own if candidate.se is not None and math.isfinite(candidate.se) else 0.0
    se = math.sqrt(between + max(0.0, more))
    return Estimate(float(candidate.value - values.mean()), se, candidate.unit, k, float(k - 1))


def welch(baseline: ArrayLike, candidate: ArrayLike, *, unit: str = "1") -> Estimate:
    """Difference of the means of two groups of replicates of unequal variance.

    Parameters
    ----------
    baseline, candidate : array_like, shape (k,) and (c,)
        One value a run.
    unit : str
        Their unit.

    Returns
    -------
    Estimate
        Welch's standard error and degrees of freedom (Biometrika 34 (1947) 28).

    Raises
    ------
    NotEnoughData
        With fewer than two runs on a side.

    Examples
    --------
    >>> moved = welch([1.0, 3.0], [4.0, 6.0])
    >>> moved.value, round(moved.se, 3), moved.dof
    (3.0, 1.414, 2.0)
    """
    groups = [np.asarray(group, float) for group in (baseline, candidate)]
    if min(map(len, groups)) < 2:
        raise NotEnoughData(f"Welch's t needs 2 runs on each side, got {len(groups[0])} and {len(groups[1])}")
    variances = np.array([group.var(ddof=1) / len(group) for group in groups])
    dof = _satterthwaite(variances, [len(group) - 1 for group in groups])
    value = float(groups[1].mean() - groups[0].mean())
    return Estimate(value, float(np.sqrt(variances.sum())), unit, min(map(len, groups)), dof)


def p_value(estimate: Estimate, lower: float | None, upper: float | None) -> float:
    """Probability of a move at least this far beyond its limits if the truth lies on the nearer one.

    One-sided where one limit is given, twice the smaller tail where both are.

    >>> round(p_value(Estimate(1.96, 1.0), None, 0.0), 3), round(p_value(Estimate(1.96, 1.0), 0.0, 0.0), 3)
    (0.025, 0.05)
    """
    beyond = max(
        estimate.value - upper if upper is not None else -math.inf,
        lower - estimate.value if lower is not None else -math.inf,
    )
    if not math.isfinite(estimate.value):
        return 0.0
    if not estimate.se:
        return 0.0 if beyond > 0 else 1.0
    tail = float(stdtr(min(estimate.dof, 1e9), -beyond / estimate.se))
    return min(1.0, 2 * tail) if lower is not None and upper is not None else tail


def critical_value_at(p_value: float, *, both_sides: bool) -> float:
    """Multiple of the standard error at which a p-value is reached, for ``Estimate.decide``.

    >>> round(critical_value_at(0.05, both_sides=True), 2)
    1.96
    """
    return float(-ndtri(p_value / 2 if both_sides else p_value))


def measured_move(
    baseline: Sequence[Estimate],
    candidate: Sequence[Estimate],
    *,
    limits: tuple[float | None, float | None] = (None, None),
    worse: str | None = None,
    move: float = 0.1,
    assumed: float = 0.0,
    spread: float | None = None,
    same: bool = False,
) -> Move:
    """How far a quantity moved in its bad direction.

    Parameters
    ----------
    baseline, candidate : sequence of Estimate
        The replicates of either side.
    limits : (float or None, float or None)
        Limits of the statement that the quantity belongs to.
    worse : {"up", "down", "either"}, optional
        Bad direction; from the limits where not given.
    move : float
        Smallest move that matters, see ``scale_of``.
    assumed : float
        Standard deviation from run to run of a quantity without standard error, in the same scale.
    spread : float, optional
        Standard deviation from run to run that the standard errors do not cover, in the same scale.
    same : bool
        Whether both sides were measured on the same data.

    Returns
    -------
    Move

    Raises
    ------
    ValueError
        If the direction is unknown.

    Notes
    -----
    A variance that was not measured but assumed, or taken from a table, excuses a move; it does not make one out of
    values that are closer to each other than the smallest move that matters, so these are compared as they are.
    """
    values = [np.array([e.value for e in side]) for side in (baseline, candidate)]
    worse = worse or bad_direction(*limits)
    if worse not in ("up", "down", "either"):
        raise ValueError(f"worse must be up, down or either, got {worse!r}")
    scale = scale_of(float(values[0].mean()), *limits)
    if len(candidate) > 1:
        moved = welch(*values, unit=candidate[0].unit)
    elif len(baseline) > 1:
        moved = against_replicates(baseline, candidate[0])
    else:
        spread = None if spread is None else spread * scale
        moved = difference(baseline[0], candidate[0], same=same, assumed=assumed * scale, spread=spread)
    means = [_mean(side) for side in (baseline, candidate)]
    lower, upper = (-move * scale if worse != "up" else None), (move * scale if worse != "down" else None)
    taken = len(baseline) == len(candidate) == 1 and (baseline[0].se is None or spread is not None)
    if taken and p_value(replace(moved, se=None), lower, upper) == 1.0:
        moved = replace(moved, se=None)
    return Move(moved, lower, upper, means[0], means[1], values[0], values[1], tuple(limits))


def _mean(side: Sequence[Estimate]) -> Estimate:
    """Mean over replicates with the error of the mean; a single one as it is."""
    if len(side) == 1:
        return side[0]
    values = np.array([e.value for e in side])
    return Estimate(
        float(values.mean()),
        float(values.std(ddof=1) / math.sqrt(len(side))),
        side[0].unit,
        len(side),
        len(side) - 1.0,
    )
