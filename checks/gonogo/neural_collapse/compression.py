"""Compression in the information plane, told apart from features that merely shrink."""

import math
from dataclasses import dataclass

import numpy as np

from gonogo.arrays import ArrayLike, Floats, Integers
from gonogo.curve_operations import Crossing, curve_noise, ending
from gonogo.estimate import Estimate, NotApplicable, NotEnoughData
from gonogo.neural_collapse.curves import CollapseCurves


@dataclass(frozen=True, eq=False)
class Compression:
    """How the information difference I(Z;X) - I(Z;Y) of a run falls after it has fitted its data; M rows.

    Attributes
    ----------
    fall : Estimate
        Difference at the end over its maximum.
    association : Estimate
        Partial correlation of the difference with RNC1, given the scale of the features, over means of equal spans of
        log step: near 1 where the difference falls because classes contract, near 0 where the features only shrink. Its
        standard error is what the noise of both logged curves makes of it.
    kept : Estimate
        I(Z;Y) at the end over I(Z;Y) at the reference row.
    shrinkage : float
        Scale at the reference row over the scale at the end; near 1 where both can be compared.
    step, difference, labels, rnc1, scale : ndarray, shape (M,)
        The rows.
    reference : int
        Row that ``kept`` compares with: the first one of the final scale, else the first one.
    """

    fall: Estimate
    association: Estimate
    kept: Estimate
    shrinkage: float
    step: np.ndarray
    difference: np.ndarray
    labels: np.ndarray
    rnc1: np.ndarray
    scale: np.ndarray
    reference: int


def compression(
    curves: CollapseCurves, zx: ArrayLike, zy: ArrayLike, fitted: Crossing, *, rows: int = 5, match: float = 0.1
) -> Compression:
    """Measure compression from logged curves.

    Parameters
    ----------
    curves : CollapseCurves
        The run, N rows.
    zx, zy : array_like, shape (N,)
        Information of the features about inputs and labels; rows that are not finite are left out.
    fitted : Crossing
        When the run fits its training data; earlier rows are left out.
    rows : int
        Rows at the end that are averaged.
    match : float
        Relative difference of two scales that count as equal.

    Returns
    -------
    Compression

    Raises
    ------
    NotApplicable
        If the difference is never positive, so that a share of it means nothing.
    NotEnoughData
        With fewer than 10 rows after the fit.

    Notes
    -----
    nHSIC depends on the scale of the features: shrinking them by 30 with fixed geometry takes a difference of 50 to
    1. Hence neither the fall of the difference nor a loss of label information is believed by itself.
    """
    zx, zy = np.asarray(zx, float), np.asarray(zy, float)
    after = (curves.step >= fitted.step) & np.isfinite(zx) & np.isfinite(zy)
    if after.sum() < 10:
        raise NotEnoughData(f"compression needs 10 rows after the fit, got {after.sum()}")
    difference, labels, scale = (zx - zy)[after], zy[after], curves.scale[after]
    if difference.max() <= 0:
        raise NotApplicable(f"the information difference is never positive (largest {difference.max():.3g})")
    reference, shrinkage = _reference(scale, rows, match)
    step, rnc1 = curves.step[after], curves.rnc1[after]
    # RNC1 falls over decades, and its noise with it.
    noise = curve_noise(difference) ** 2, (curve_noise(np.log(rnc1)) * rnc1) ** 2
    spread = np.array([thinned(step, np.broadcast_to(n, len(step)) / rows_in_span(step))[0] for n in noise])
    association = partial_correlation(*thinned(step, difference, rnc1, np.log(scale)), variance=spread)
    return Compression(
        ending(difference, rows=rows).over(float(difference.max())),
        association,
        ending(labels, rows=rows).over(float(labels[reference])),
        shrinkage,
        step,
        difference,
        labels,
        rnc1,
        scale,
        reference,
    )


def _reference(scale: Floats, rows: int, match: float) -> tuple[int, float]:
    """First row of the final scale, well before the end; the first row where there is none."""
    final = scale[-rows:].mean()
    earlier = scale[: max(len(scale) // 2, 1)]
    same = np.flatnonzero(np.abs(earlier / final - 1) <= match)
    row = int(same[0]) if len(same) else 0
    return row, float(scale[row] / final)


def thinned(step: ArrayLike, *series: ArrayLike, spans: int = 30) -> list[Floats]:
    """Means over equal spans of log step, so that the many rows of a late plateau do not outweigh the transition.

    Parameters
    ----------
    step : array_like, shape (n,)
        Logged steps.
    *series : array_like, shape (n,)
        Curves.
    spans : int
        Number of spans; those without a row are left out.

    Examples
    --------
    >>> thinned([0, 9, 98, 99], [1.0, 2.0, 3.0, 5.0], spans=2)[0].tolist()
    [1.5, 4.0]
    """
    place = _span_of(step, spans)
    return [np.bincount(place, values) / np.bincount(place) for values in series]


def rows_in_span(step: ArrayLike, *, spans: int = 30) -> Integers:
    """How many rows share the span of each row; see ``thinned``.

    >>> rows_in_span([0, 9, 98, 99], spans=2).tolist()
    [2, 2, 2, 2]
    """
    place = _span_of(step, spans)
    return np.bincount(place)[place]


def _span_of(step: ArrayLike, spans: int) -> Integers:
    at = np.log(np.asarray(step) + 1.0)
    inner = np.linspace(at[0], at[-1], spans + 1)[1:-1]
    return np.unique(np.searchsorted(inner, at, side="left"), return_inverse=True)[1]


def partial_correlation(x: ArrayLike, y: ArrayLike, given: ArrayLike, *, variance: ArrayLike | None = None) -> Estimate:
    """Correlation of two series with a parabola in a third one regressed out.

    Parameters
    ----------
    x, y, given : array_like, shape (n,)
        The series.
    variance : array_like, shape (2, n), optional
        Variances of the noise of ``x`` and ``y``; the standard error propagates them.

    Returns
    -------
    Estimate
        NaN where one of them carries nothing beyond the third.

    Notes
    -----
    Not of ranks: after a collapse both series are flat, and the ranks of that noise, most of the rows, would drown the
    transition. A parabola, because nHSIC saturates at large scales.

    Examples
    --------
    >>> x = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    >>> round(partial_correlation(x, x, [1.0, 3.0, 2.0, 5.0, 4.0, 6.0]).value, 6)
    1.0
    """
    given = np.asarray(given, float) - np.mean(given)
    design = np.column_stack([np.ones(len(given)), given, given**2])
    unit, sizes = [], []
    for series in (np.asarray(x, float), np.asarray(y, float)):
        residual = series - design @ np.linalg.lstsq(design, series, rcond=None)[0]
        sizes.append(float(np.sqrt(residual @ residual)))
        if sizes[-1] <= 1e-9 * np.abs(series).max() * math.sqrt(len(series)):
            return Estimate(math.nan, math.nan)
        unit.append(residual / sizes[-1])
    value = float(unit[0] @ unit[1])
    if variance is None:
        return Estimate(value)
    # Derivatives by each entry; that residuals of a regression are what is correlated changes nothing about them.
    gradient = [(other - value * own) / size for own, other, size in zip(unit, unit[::-1], sizes, strict=True)]
    return Estimate(value, math.sqrt(sum(float(g**2 @ v) for g, v in zip(gradient, np.asarray(variance), strict=True))))
