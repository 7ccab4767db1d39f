"""Curves of a run that collapses: the measures over time, its milestones, its end."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gonogo.arrays import ArrayLike, Floats
from gonogo.curve_operations import Crossing, crossing, ending
from gonogo.estimate import Estimate, NotApplicable
from gonogo.neural_collapse.collapse import relative_variance

# Below this RNC1 is rounding of single precision sums in the published logs, and may be negative.
RNC1_FLOOR = 1e-7


@dataclass(frozen=True, eq=False)
class CollapseCurves:
    """Measures of one run at N logged steps.

    Attributes
    ----------
    step : ndarray of int, shape (N,)
        Logged steps.
    train_accuracy, test_accuracy : ndarray, shape (N,)
        Shares of samples classified correctly.
    rnc1 : ndarray, shape (N,)
        Within-class variance over the squared mean norm, at least the floor of single precision.
    separation : ndarray, shape (N,)
        Between-class variance over the squared mean norm.
    nc2 : ndarray, shape (N,)
        Condition number of the class means.
    scale : ndarray, shape (N,)
        Mean norm of the features.
    """

    step: np.ndarray
    train_accuracy: np.ndarray
    test_accuracy: np.ndarray
    rnc1: np.ndarray
    separation: np.ndarray
    nc2: np.ndarray
    scale: np.ndarray


def collapse_curves(step: ArrayLike, scalars: Mapping[str, ArrayLike]) -> CollapseCurves:
    """Collect the curves of a run.

    Parameters
    ----------
    step : array_like, shape (N,)
        Logged steps.
    scalars : mapping of str to array_like, shape (N,)
        The logged columns under their published names.

    Returns
    -------
    CollapseCurves

    Raises
    ------
    NotApplicable
        If a column is missing; names it.
    """
    names = (
        "train_accuracy", "test_accuracy", "within_class_variance", "between_class_variance", "nc2_score",
        "scale_means",
    )  # fmt: skip
    if missing := [name for name in names if name not in scalars]:
        raise NotApplicable(f"the log has no {', '.join(missing)}")
    train, test, within, between, nc2, scale = (np.asarray(scalars[name], float) for name in names)
    with np.errstate(over="ignore", invalid="ignore"):
        rnc1, separation = relative_variance(within, scale), relative_variance(between, scale)
    return CollapseCurves(np.asarray(step), train, test, np.maximum(rnc1, RNC1_FLOOR), separation, nc2, scale)


@dataclass(frozen=True)
class Milestones:
    """When a run fits, collapses and generalises.

    Attributes
    ----------
    fit, collapse, generalisation : Crossing
        Sustained crossings of training accuracy, RNC1 and test accuracy.
    """

    fit: Crossing
    collapse: Crossing
    generalisation: Crossing


def milestones(
    curves: CollapseCurves,
    *,
    fit: float,
    collapsed: float,
    rise: float = 0.9,
    hold: float = 1.2,
    gain: float = 0.0,
    sustain: int = 3,
) -> Milestones:
    """Find when a run fits, collapses and generalises.

    Parameters
    ----------
    curves : CollapseCurves
        The run.
    fit : float
        Training accuracy of a fitted run.
    collapsed : float
        RNC1 of a collapsed one.
    rise : float
        Share of the rise of the test accuracy after the fit that counts as generalisation.
    hold : float
        The level of that rise is known only if the run goes on to this multiple of the step; else generalisation
        counts as not seen, because the curve may still be rising.
    gain : float
        Smallest rise that is one.
    sustain : int
        Rows for which each must hold.

    Raises
    ------
    NotApplicable
        If the run never fits its training data.
    """
    fitted = fitting(curves, fit, sustain=sustain)
    log_rnc1 = np.log10(curves.rnc1)
    collapse = crossing(curves.step, log_rnc1, math.log10(collapsed), rising=False, sustain=sustain)
    start = at(curves, curves.test_accuracy, fitted.step)
    risen = np.nanmean(curves.test_accuracy[-5:]) - start
    level = start + rise * risen
    after = curves.step >= fitted.step
    general = crossing(curves.step[after], curves.test_accuracy[after], level, sustain=min(sustain, int(after.sum())))
    if general.seen and (risen < gain or general.end < hold * general.step):
        general = Crossing(math.nan, general.end, math.nan, level)
    return Milestones(fitted, collapse, general)


def fitting(curves: CollapseCurves, fit: float, *, sustain: int = 3) -> Crossing:
    """When the training accuracy reaches ``fit`` for good enough; see ``milestones``.

    Raises
    ------
    NotApplicable
        If it never does.
    """
    fitted = crossing(curves.step, curves.train_accuracy, fit, sustain=sustain)
    if not fitted.seen:
        best = np.nanmax(curves.train_accuracy)
        raise NotApplicable(f"the training accuracy never stays above {fit:g} (best {best:.3g}): nothing was fitted")
    return fitted


def at(curves: CollapseCurves, values: Floats, step: float) -> float:
    """Value in the first row that is not before a step."""
    return float(values[np.searchsorted(curves.step, step).clip(max=len(values) - 1)])


def accuracy_gain(curves: CollapseCurves, fitted: Crossing, *, rows: int = 5, samples: int | None = None) -> Estimate:
    """Gain of the test accuracy after the fit.

    Parameters
    ----------
    curves : CollapseCurves
        The run.
    fitted : Crossing
        When it fits its training data.
    rows : int
        Rows at the end that are averaged.
    samples : int, optional
        Size of the test set; by default what the recorded accuracies are multiples of.

    Returns
    -------
    Estimate
        Binomial standard error, as if both accuracies came from different samples (an upper bound for one test set);
        NaN where the size of the test set is not known.
    """
    start, end = at(curves, curves.test_accuracy, fitted.step), ending(curves.test_accuracy, rows=rows).value
    n = samples or sample_size(curves.test_accuracy)
    se = math.sqrt((start * (1 - start) + end * (1 - end)) / n) if n else math.nan
    return Estimate(end - start, se=se, n=n, counted="test samples")


def sample_size(shares: ArrayLike, *, largest: int = 20000) -> int | None:
    """Smallest number of samples that all shares are multiples of; None if there is none.

    Examples
    --------
    >>> sample_size([0.5, 0.125, 0.75]), sample_size([2**-0.5, 3**-0.5, 5**-0.5])
    (8, None)
    """
    shares = np.asarray(shares, float)
    shares = np.unique(shares[np.isfinite(shares)])
    sizes = np.arange(2, largest + 1)
    for share in shares:
        counts = share * sizes
        sizes = sizes[np.abs(counts - np.round(counts)) <= 1e-7 * sizes]
        if not len(sizes):
            return None
    return int(sizes[0]) if len(shares) > 1 else None
