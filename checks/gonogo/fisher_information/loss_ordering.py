"""How the exponent of Fisher information should depend on the training loss, and whether it does."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gonogo.arrays import ArrayLike
from gonogo.estimate import Estimate, NotApplicable
from gonogo.fisher_information.replicates import pooled

# Power q of the error that a loss grows with; 0 stands for the logarithm.
POWERS = {"log": 0.0, "root4": 0.25, "sqrt": 0.5, "linear": 1.0, "square": 2.0, "quart": 4.0}
# Names that other producers give to losses of the same power.
ALIASES = {"sqrt_diff": "sqrt", "angle_diff": "linear", "sq_diff": "square", "cos_sim": "square"}
POWERS |= {alias: POWERS[name] for alias, name in ALIASES.items()}


def expected_exponent(power: float, *, budget: float = 1.0) -> float:
    """Exponent β of I ∝ p^β that minimises the expected loss of an efficient, unbiased readout.

    Parameters
    ----------
    power : float
        q: the loss grows as abs(error)^q.
    budget : float
        a: the integral of I^(a/2) is what the code cannot exceed; 1 is the total discriminability ∫√I.

    Returns
    -------
    float
        ``2 / (q + a)``.

    Notes
    -----
    With errors of variance 1/I, the expected loss is ∝ x^-q for x = √I. Stationarity of ∫ p x^-q + λ ∫ x^a gives
    p x^-(q+1) ∝ x^(a-1), so x ∝ p^(1/(q+a)). Ganguli & Simoncelli, Neural Comput. 26 (2014) 2103, for a = 1.

    Examples
    --------
    >>> expected_exponent(POWERS["linear"]), expected_exponent(POWERS["quart"])
    (1.0, 0.4)
    """
    return 2 / (power + budget)


@dataclass(frozen=True, eq=False)
class Ordering:
    """Exponents against losses.

    Attributes
    ----------
    trend : Estimate
        Slope of the measured on the expected exponents: 1 as expected for a = 1, 0 without any dependence.
    worst : Estimate
        Smallest excess, in standard errors, of a steeper loss's expected larger exponent over the other's.
    pair : tuple of str
        The two losses of ``worst``, the one of the smaller power first.
    losses : list of str
        By increasing power.
    exponents : list of Estimate
        Pooled over replicates, one a loss.
    """

    trend: Estimate
    worst: Estimate
    pair: tuple
    losses: list
    exponents: list


def ordering(measured: Sequence[tuple[str, Estimate]], *, floor: float) -> Ordering:
    """Trend of the exponent over losses.

    Parameters
    ----------
    measured : sequence of (str, Estimate)
        Loss and exponent of each model.
    floor : float
        Least standard error of one model's exponent.

    Returns
    -------
    Ordering

    Raises
    ------
    NotApplicable
        If there are fewer than two losses of different power.

    Examples
    --------
    >>> both = ordering([("linear", Estimate(1.0, 0.02)), ("quart", Estimate(0.4, 0.02))], floor=0.0)
    >>> round(both.trend.value, 3), both.pair, round(both.worst.value, 3)
    (1.0, ('linear', 'quart'), 0.6)
    """
    by_loss: dict[str, list[Estimate]] = {}
    for loss, estimate in measured:
        by_loss.setdefault(loss, []).append(estimate)
    losses = sorted(by_loss, key=POWERS.__getitem__)
    if len({POWERS[loss] for loss in losses}) < 2:
        raise NotApplicable(f"one power of the error only ({', '.join(losses)}): nothing to order")
    exponents = [pooled(by_loss[loss], floor=floor) for loss in losses]
    expected = np.array([expected_exponent(POWERS[loss]) for loss in losses])
    away = expected - expected.mean()
    trend = _contrast(away / (away**2).sum(), exponents)
    pairs = [
        (_contrast([1.0, -1.0], [exponents[i], exponents[j]]), (losses[i], losses[j]))
        for i in range(len(losses))
        for j in range(i + 1, len(losses))
        if POWERS[losses[i]] < POWERS[losses[j]]
    ]
    worst, pair = min(pairs, key=lambda item: item[0].value / max(item[0].error, 1e-12))
    return Ordering(trend, worst, pair, losses, exponents)


def _contrast(weights: ArrayLike, estimates: Sequence[Estimate]) -> Estimate:
    """Weighted sum of estimates, with Welch's degrees of freedom."""
    parts = np.array([(w * e.se) ** 2 for w, e in zip(weights, estimates, strict=True)])
    value = float(sum(w * e.value for w, e in zip(weights, estimates, strict=True)))
    below = sum(part**2 / e.dof for part, e in zip(parts, estimates, strict=True))
    dof = float(parts.sum() ** 2 / below) if below > 0 else math.inf
    models = sum(e.n or 1 for e in estimates)
    return Estimate(value, float(np.sqrt(parts.sum())), n=models, dof=dof, counted="models")
