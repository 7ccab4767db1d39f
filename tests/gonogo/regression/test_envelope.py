"""The envelope of training curves on noise that lasts, by replication."""

import math

import numpy as np
import pytest
from scipy import signal, stats

from fixtures.gate.ask import ask
from fixtures.gate.limits import LimitsBook
from fixtures.gate.statements import statements
from fixtures.gate.subject import Subject
from fixtures.kinds.baseline_curves import BaselineCurves
from gonogo.regression.envelope import envelope, significant_excess

ROWS, REPLICATES = 200, 300
CHECK = statements()["regression.curve_stays_in_envelope"]


def replicates(seeds, correlation, *, spread=1.0, shift=0.0):
    """Largest distances of healthy curves, or of curves that lie too high in their second half."""
    rng = np.random.default_rng([seeds, round(1000 * correlation)])
    steps = rng.normal(size=(REPLICATES, seeds + 1, ROWS))
    if correlation < 1:
        steps[..., 1:] *= math.sqrt(1 - correlation**2)
    noise = signal.lfilter([1.0], [1.0, -correlation], steps, axis=-1)
    late = np.arange(ROWS) >= ROWS // 2
    noise[:, -1] += shift * late * (np.sqrt(np.arange(ROWS)) if correlation == 1 else 1.0)
    size = spread ** (-np.arange(ROWS) / ROWS)
    return np.array([envelope(np.arange(ROWS), c[:-1], c[-1]).excess.value for c in 5 + size * noise])


@pytest.mark.parametrize("seeds", [3, 4, 6, 10])
@pytest.mark.parametrize("correlation", [0.0, 0.9, 0.99, 1.0])
@pytest.mark.parametrize("spread", [1.0, 100.0], ids=["even", "falling"])
def test_a_healthy_curve_hardly_ever_leaves_it_however_long_its_noise_lasts(seeds, correlation, spread):
    alarms = replicates(seeds, correlation, spread=spread) > significant_excess(seeds)

    assert stats.binomtest(int(alarms.sum()), REPLICATES, 0.01, alternative="greater").pvalue > 0.01


@pytest.mark.parametrize("correlation", [0.0, 0.9, 0.99, 1.0])
@pytest.mark.parametrize(("seeds", "shift"), [(3, 40.0), (4, 25.0), (6, 15.0), (10, 12.0)])
def test_a_curve_that_goes_another_way_leaves_it(seeds, shift, correlation):
    found = replicates(seeds, correlation, shift=shift) > significant_excess(seeds)

    assert found.mean() > 0.95


def verdict(times, seeds):
    """What the check says of a curve so many standard deviations from seeds of white noise."""

    class Context:
        def limits(self, statement, subject):
            return LimitsBook().of(statement.family, statement.check, subject.run)

    curves = 5 + np.random.default_rng(0).normal(size=(seeds, 50))
    record = BaselineCurves(
        "curve", np.arange(50), curves, curves.mean(axis=0) + times * curves.std(axis=0, ddof=1).mean()
    )
    return ask(CHECK, Subject("run", (), records=lambda: {"run": record}), Context())


@pytest.mark.parametrize(
    ("times", "seeds", "word"),
    [(3, 3, "pass"), (12, 3, "inconclusive"), (12, 10, "fail"), (40, 3, "fail"), (math.inf, 3, "fail")],
)  # fmt: skip
def test_what_few_seeds_cannot_tell_is_undecided(times, seeds, word):
    found = verdict(times, seeds)

    assert found.word == word
    assert ("more seeds in the baseline would decide it" in found.message) == (word == "inconclusive")
    assert found.figures


def test_a_lull_among_few_seeds_is_no_yardstick():
    rng = np.random.default_rng(5)
    curves = rng.normal(size=(4, 400))
    curves[:3, 200:230] *= 0.01
    lull = envelope(np.arange(400), curves[:3], curves[3])

    assert lull.excess.value < 6
    assert lull.yardstick[215] == pytest.approx(lull.yardstick.mean(), rel=0.3)


def test_a_burst_among_the_seeds_raises_the_yardstick_there_only():
    rng = np.random.default_rng(6)
    curves = rng.normal(size=(4, 400))
    curves[:, 100:110] *= 50
    burst = envelope(np.arange(400), curves[:3], curves[3])

    assert burst.yardstick[105] > 10 * burst.yardstick[350]
