"""Margins compared: unseen with training samples, recorded logits with the classifier they should come from."""

import numpy as np

from gonogo.arrays import Array
from gonogo.estimate import Estimate
from gonogo.neural_collapse.margins import Margins, margins_from_logits


def weakest_margin(unseen: Margins) -> tuple[tuple[int, int], Estimate]:
    """Mean margin of the pair of classes that is told apart worst.

    Parameters
    ----------
    unseen : Margins
        Of samples that were not trained on.

    Returns
    -------
    pair : tuple of int
        Class and the one it is closest to, in standard errors of the mean.
    Estimate
        Mean margin of that pair.
    """
    se = unseen.sd / np.sqrt(np.maximum(unseen.counts - 1, 1))[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        score = np.where(np.isnan(unseen.mean), np.inf, unseen.mean / se)
    a, b = np.unravel_index(np.argmin(score), score.shape)
    n = int(unseen.counts[a])
    return (int(a), int(b)), Estimate(
        float(unseen.mean[a, b]), float(se[a, b]), "feature units", n, n - 1, counted="unseen samples of that class"
    )


def margin_ratio(train: Margins, unseen: Margins) -> tuple[Estimate, tuple[int, int, float]]:
    """Ratio of the mean margins of all pairs, unseen over train.

    Parameters
    ----------
    train, unseen : Margins
        Of the same classifier.

    Returns
    -------
    Estimate
        The ratio, each pair of classes with the same weight; NaN where training margins are not positive.
    worst : tuple of (int, int, float)
        The pair of classes with the smallest ratio, and that ratio.

    Notes
    -----
    Standard error by the delta method for two independent means; margins of one sample are averaged first.
    """
    (a, error_a), (b, error_b) = (_mean_margin(margins) for margins in (unseen, train))
    with np.errstate(divide="ignore", invalid="ignore"):
        pairs = np.where(train.mean > 0, unseen.mean / train.mean, -np.inf)
    pairs[np.isnan(train.mean)] = np.inf
    one, other = np.unravel_index(np.argmin(pairs), pairs.shape)
    worst = (int(one), int(other), float(pairs[one, other]))
    if b <= 0:
        return Estimate(np.nan, se=np.nan), worst
    se = float(np.hypot(error_a, a / b * error_b) / b)
    n = len(unseen.values)
    return Estimate(float(a / b), se=se, n=n, dof=n - len(unseen.counts), counted="unseen samples"), worst


def _mean_margin(margins: Margins) -> tuple[float, float]:
    """Mean over the classes of the samples' mean margin, and its standard error."""
    each = np.nanmean(margins.values, axis=1)
    of_class = [each[margins.labels == c] for c in range(len(margins.counts))]
    error = np.sqrt(sum(v.var(ddof=1) / len(v) if len(v) > 1 else np.inf for v in of_class)) / len(of_class)
    return float(np.mean([v.mean() for v in of_class])), float(error)


def logit_residual(train: Margins, logits: Array, weight: Array) -> tuple[Estimate, Estimate]:
    """How far recorded logits are from the margins that follow from features, weights and biases.

    Parameters
    ----------
    train : Margins
        From features, weights and biases.
    logits : ndarray, shape (n, C)
        Recorded outputs.
    weight : ndarray, shape (C, d)
        Weights of the last layer.

    Returns
    -------
    Estimate
        Largest difference over all samples and pairs, in standard deviations of that pair's margin.
    Estimate
        Largest excess of the share of samples on the wrong side, by the logits, over Cantelli's bound, by the margins.
    """
    recorded = margins_from_logits(logits, train.labels, weight)
    sd = np.maximum(train.sd[train.labels], 1e-6 * np.abs(train.mean[train.labels]))
    with np.errstate(invalid="ignore", divide="ignore"):
        off = np.abs(recorded.values - train.values) / sd
    worst = float(np.nanmax(off))
    return Estimate(worst, unit="sd", n=off.size), Estimate(float(np.nanmax(recorded.error - train.bound)))
