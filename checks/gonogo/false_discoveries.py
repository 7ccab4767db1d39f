"""Many decisions at once: which of the failures are more than what chance brings among so many."""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from gonogo.arrays import ArrayLike
from gonogo.estimate import Decision, Estimate

Group = TypeVar("Group", bound=Hashable)


def benjamini_hochberg(p_values: ArrayLike, *, rate: float = 0.05) -> float:
    """Largest p-value that is a discovery when the share of false ones among the discoveries is to stay below a rate.

    Parameters
    ----------
    p_values : array_like, shape (m,)
        One a hypothesis; NaN counts as a hypothesis that is not rejected.
    rate : float
        False-discovery rate.

    Returns
    -------
    float
        ``rate i / m`` for the largest i whose i-th smallest p-value is not above it, ``rate / m`` where there is none
        (Benjamini & Hochberg, J. R. Statist. Soc. B 57 (1995) 289).

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.02, 0.9, 0.5], rate=0.05)
    0.025
    """
    p = np.sort(np.nan_to_num(np.asarray(p_values, float), nan=1.0))
    steps = rate * np.arange(1, len(p) + 1) / max(len(p), 1)
    below = np.flatnonzero(p <= steps)
    return float(steps[below[-1]]) if len(below) else rate / max(len(p), 1)


def simes(p_values: ArrayLike) -> float:
    """One p-value for several that may depend on each other: min over i of m p_(i) / i.

    Valid where they are independent or move together (Simes, Biometrika 73 (1986) 751; Sarkar, Ann. Statist. 26
    (1998) 494).

    >>> round(simes([0.02, 0.03, 0.9]), 3)
    0.045
    """
    p = np.sort(np.asarray(p_values, float))
    return float((len(p) * p / np.arange(1, len(p) + 1)).min())


def discoveries(
    groups: Mapping[Group, Sequence[float]], *, rate: float = 0.01, joint: bool = False
) -> dict[Group, float]:
    r"""How small a p-value must be to be a discovery, for groups of decisions that depend on each other.

    Parameters
    ----------
    groups : mapping of group to sequence of float
        E.g. a run -> the p-values of its decisions, each divided by the level at which it would be rejected if it were
        the only one.
    rate : float
        False-discovery rate over the groups.
    joint : bool
        Whether the p-values of a group allow for each other already; the smallest then stands for the group.

    Returns
    -------
    dict
        Group -> largest relative p-value that is a discovery in it, at most 1; groups without a suspect are left out.

    Notes
    -----
    Only suspects count: decisions with a p-value below ``1 / rate`` levels (with a level of 0.05 % and a rate of 1 %:
    below 5 %). Given that a hypothesis is suspect, its p-value over 5 % is again one if it holds, and a true value
    well inside its limits, which hardly ever becomes suspect, costs the others nothing: discarding of conservative
    p-values (Zhao, Small & Su, J. Am. Stat. Assoc. 114 (2019) 1291). A single suspect is rejected at its own level,
    whatever lies beside it. Suspects of a group are combined by Simes' p-value, groups are judged by
    Benjamini-Hochberg, and within a rejected group the same rule holds at the rate that is left (Benjamini & Bogomolov,
    J. R. Statist. Soc. B 76 (2014) 297), so that neither a group with many violations nor one with many decisions
    weighs more than another.

    Examples
    --------
    >>> discoveries({"alone": [0.9], "far inside": [1500.0]})
    {'alone': 1.0}
    >>> discoveries({"first": [0.9], "second": [40.0]})
    {'first': 0.5, 'second': 0.5}
    """
    suspects = {group: [p for p in found if p <= 1 / rate] for group, found in groups.items()}
    suspects = {group: found for group, found in suspects.items() if found}
    combined = [min(found) if joint else simes(found) for found in suspects.values()]
    share = benjamini_hochberg(combined, rate=1.0)
    return {group: share if joint else benjamini_hochberg(found, rate=share) for group, found in suspects.items()}


def chance_level(decision: Decision) -> float | None:
    """Probability that a decision fails by chance if the truth lies on a limit and it is the only one.

    None where chance has no part in it, as for an exact value, or has been allowed for (``corrected``).

    >>> round(chance_level(Estimate(0.0, 1.0).decide(upper=1.0, z=3.29)), 4)
    0.0005
    """
    estimate, significance = decision.estimate, decision.significance
    known = bool(estimate.se) and math.isfinite(estimate.error) and math.isfinite(estimate.value)
    if decision.corrected or decision.rule == "bare" or not known:
        return None
    sides = 1 if decision.lower is None or decision.upper is None else 2
    level = sides * _tail(estimate, decision.multiplier)
    return (level + (2 * float(ndtr(-significance)) if significance is not None else 0.0)) or None


def relative_p_value(decision: Decision) -> float | None:
    """Probability of a value so far beyond its limit if the truth lies there, over that at which it fails alone.

    At most 1 for a failure; with ``significance`` the smaller one of beyond the limit and away from zero. None where
    there is no chance level.

    >>> round(relative_p_value(Estimate(4.29, 1.0).decide(upper=1.0, z=3.29)), 3)
    1.0
    """
    if chance_level(decision) is None:
        return None
    estimate, significance = decision.estimate, decision.significance
    p = _tail(estimate, decision.beyond / estimate.error) / _tail(estimate, decision.multiplier)
    if significance is None or decision.verdict == "pass":
        return p
    return min(p, float(ndtr(-abs(estimate.value) / estimate.error) / ndtr(-significance)))


def p_value(decision: Decision) -> float | None:
    """Probability of a value so far beyond its limit if the truth lies there; None where there is no chance level."""
    level, relative = chance_level(decision), relative_p_value(decision)
    return None if level is None or relative is None else min(1.0, level * relative)


def withheld(decision: Decision, p_value: float, note: str) -> Decision:
    """A failure as undecided, since it takes a smaller p-value beside others.

    Parameters
    ----------
    decision : Decision
        It failed.
    p_value : float
        Largest relative p-value that would fail.
    note : str
        Why.
    """
    tail, dof = p_value * _tail(decision.estimate, decision.multiplier), decision.estimate.dof
    multiplier = float(-ndtri(tail) if math.isinf(dof) else -stdtrit(dof, tail))
    return replace(decision, verdict="inconclusive", multiplier=multiplier, note=note)


def _tail(estimate: Estimate, multiple: float) -> float:
    """Probability beyond a multiple of the standard error, on one side."""
    return float(ndtr(-multiple) if math.isinf(estimate.dof) else stdtr(estimate.dof, -multiple))
