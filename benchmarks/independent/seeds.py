"""Seeds against seeds: curves and final values of equal trainings whose noise lasts, 3 against 3 and 3 against 10."""

import numpy as np
from scipy.signal import lfilter

from benchmarks.independent import HEALTHY
from benchmarks.independent.rates import Counts
from fixtures.kinds.baseline_curves import BaselineCurves
from fixtures.kinds.baseline_pair import BaselinePair
from gonogo import Estimate
from gonogo.curves import final_level

ROWS, BASELINE, CANDIDATES = 600, 3, (3, 10)
# Autoregression from row to row; 1 is a random walk.
LASTING = {"white rows": 0.0, "rows that last, 0.9": 0.9, "rows that last, 0.99": 0.99, "random walks": 1.0}


def noise(rng, count, rho):
    """Stationary noise of unit variance, or a random walk that reaches it, shape (count, ROWS)."""
    white = rng.standard_normal((count, ROWS))
    if rho == 1:
        return white.cumsum(axis=1) / np.sqrt(ROWS)
    white[:, 1:] *= np.sqrt(1 - rho**2)
    return lfilter([1.0], [1.0, -rho], white, axis=1)


def losses(rng, count, rho):
    """Losses of equal trainings that end near 0.3, each with a level of its own, shape (count, ROWS)."""
    mean = 0.3 + 2 * (1 + np.arange(ROWS) / 20) ** -0.8
    level = rng.standard_normal((count, 1))
    return mean * np.exp(0.03 * noise(rng, count, rho) + 0.02 * level)


def pair(before, after, name="curves.final_level"):
    """What the baseline's and the new runs ended at."""
    sides = [tuple(Estimate(final_level(curve).value, None, "1", 1) for curve in curves) for curves in (before, after)]
    return BaselinePair(name, *sides, upper=1.0, worse="up")


def measured(runs, seed=0):
    """Ask about curves one by one, about single final values and about the means of seeds, healthy and worse by half.

    About ``runs`` curves are asked of either size; those of one session share their baseline, so that their interval is
    narrower than it should be.
    """
    counts, step = Counts(), np.arange(ROWS)
    for number, (words, rho) in enumerate(LASTING.items()):
        for candidates in CANDIDATES:
            rng = np.random.default_rng([seed, number, candidates])
            for _ in range(max(runs // candidates, 1)):
                curves = losses(rng, BASELINE + candidates, rho)
                before, after = curves[:BASELINE], curves[BASELINE:]
                for state, new in ((HEALTHY, after), ("worse by half", after * np.linspace(1, 1.5, ROWS))):
                    own = Counts()
                    for candidate in new:
                        own.ask("baseline_curves", BaselineCurves("loss", step, before, candidate), what=state)
                    own.ask("baseline_pair", pair(before, new[:1]), what=state)
                    own.ask_group("baseline_pair", [pair(before, new)], what=state)
                    counts.merge(own, f"{words}, {BASELINE} against {candidates}")
    return counts
