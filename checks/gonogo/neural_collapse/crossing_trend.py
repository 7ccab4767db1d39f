"""Whether an event comes sooner with more of a setting, over seeds, with events that were not seen."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gonogo.arrays import ArrayLike, Floats, Integers
from gonogo.curve_operations import Crossing, log_log_slope
from gonogo.estimate import Estimate, NotEnoughData


@dataclass(frozen=True, eq=False)
class Trend:
    """Whether more of a setting makes an event come sooner.

    Attributes
    ----------
    score : int
        Pairs within a block that come in the expected order, less those in the opposite one.
    pairs : int
        Pairs whose order is known despite censoring.
    sooner, later : float
        One-sided p-values of the score under exchange of the settings within blocks.
    slope : Estimate
        d log10 step / d log10 setting over the events that were seen.
    setting : ndarray, shape (n,)
        Values of the setting.
    block : ndarray, shape (n,)
        What makes runs comparable, e.g. their seed.
    crossings : tuple of Crossing
        One a run.
    """

    score: int
    pairs: int
    sooner: float
    later: float
    slope: Estimate
    setting: np.ndarray
    block: np.ndarray
    crossings: tuple


def trend(setting: ArrayLike, block: ArrayLike, crossings: Sequence[Crossing], *, draws: int = 20000) -> Trend:
    """Test for a monotone trend of crossing times with a setting, blocks being exchangeable within.

    Parameters
    ----------
    setting : array_like, shape (n,)
        E.g. weight decay; positive.
    block : array_like, shape (n,)
        E.g. the seed.
    crossings : sequence of Crossing, length n
        When it happened; a crossing not seen is later than the run's end and never compared with a later one.
    draws : int
        Permutations to draw where listing all of them would take more.

    Returns
    -------
    Trend

    Raises
    ------
    NotEnoughData
        If no pair of runs can be compared.

    Notes
    -----
    Page's test (J. Am. Stat. Assoc. 58 (1963) 216) with Gehan's scores for censored times (Biometrika 52 (1965) 203):
    blocks may be incomplete. Exact where it can be, as long as runs end alike; where ends go with the setting, from
    a factor of 2.5 between them to one of 8, either way, it rejected in 0 to 1.2 % of 600 sweeps without a trend at a
    nominal 1 %, with 2, 3 and 5 seeds.
    """
    setting, block = np.asarray(setting, float), np.asarray(block)
    distributions, score, pairs, largest = [], 0, 0, 1
    for name in np.unique(block):
        rows = np.flatnonzero(block == name)
        sooner = _comparison([crossings[int(i)] for i in rows])
        order = np.sign(setting[rows, None] - setting[None, rows])
        if not np.any(sooner * order):
            continue
        score += int(np.sum(order * sooner)) // 2
        pairs += int(np.sum(np.abs(order * sooner))) // 2
        distributions.append(_permuted(order, sooner, draws))
        largest *= len(distributions[-1])
    if not pairs:
        raise NotEnoughData("a trend needs two runs of one block whose order is known")
    null = _sums(distributions, largest, draws)
    slope = _slope(setting, crossings)
    return Trend(
        score, pairs, float(np.mean(null >= score)), float(np.mean(null <= score)), slope, setting, block,
        tuple(crossings),
    )  # fmt: skip


def _comparison(crossings: Sequence[Crossing]) -> Integers:
    """Entry (i, j) is 1 where i is known to come before j, -1 where after, 0 where nobody knows."""
    n = len(crossings)
    table = np.zeros((n, n), int)
    for i, j in itertools.permutations(range(n), 2):
        a, b = crossings[i], crossings[j]
        if a.seen and a.step < b.bound:
            table[i, j], table[j, i] = 1, -1
    return table


def _permuted(order: Integers, sooner: Integers, draws: int) -> Integers:
    """Scores of one block under permutations of its settings."""
    n = len(order)
    if math.factorial(n) <= draws:
        index = np.array(list(itertools.permutations(range(n))))
    else:
        rng = np.random.default_rng(0)
        index = np.array([rng.permutation(n) for _ in range(draws)])
    return np.sum(order[index[:, :, None], index[:, None, :]] * sooner, axis=(1, 2)) // 2


def _sums(distributions: list[Integers], largest: int, draws: int) -> Integers:
    """Distribution of the sum over blocks: all combinations, or draws of them."""
    if largest <= draws * 10:
        total = np.zeros(1, int)
        for scores in distributions:
            total = np.add.outer(total, scores).ravel()
        return total
    rng = np.random.default_rng(1)
    return np.sum([rng.choice(scores, draws) for scores in distributions], axis=0)


def _slope(setting: Floats, crossings: Sequence[Crossing]) -> Estimate:
    """Power of the step in the setting over the events that were seen; NaN with too few of them."""
    seen = np.array([c.seen for c in crossings])
    try:
        return log_log_slope(setting[seen], [c.step + 1 for c in crossings if c.seen])
    except NotEnoughData:
        return Estimate(math.nan, se=math.nan)
