"""Seeds, milestones, leads and trends: standard errors by replication, values by hand, limits on both sides."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from gonogo import NotApplicable
from gonogo.curve_operations import Crossing
from gonogo.neural_collapse.crossing_lead import lead
from gonogo.neural_collapse.crossing_trend import trend
from gonogo.neural_collapse.curves import (
    CollapseCurves,
    accuracy_gain,
    at,
    collapse_curves,
    fitting,
    milestones,
    sample_size,
)
from gonogo.neural_collapse.seed_spread import band, collapse_bands, common_grid, seed_spread


@pytest.mark.parametrize("logarithmic", [False, True])
def test_a_band_is_students_interval_of_the_seeds_at_each_step(logarithmic):
    rng = np.random.default_rng(5)
    curves = np.exp(rng.normal(size=(5, 4)))
    curves[:4, 0] = np.nan  # one seed: a mean without an interval
    curves[:3, 1] = np.inf  # two: Student's t would be wider than anything
    curves[:2, 2] = np.nan  # three
    found = band([np.arange(4)] * 5, list(curves), logarithmic=logarithmic)
    forth, back = (np.log, np.exp) if logarithmic else (np.asarray, np.asarray)

    assert found.runs == 5
    for n, first in enumerate((4, 3, 2, 0)):
        values = forth(curves[first:, n])
        assert found.mean[n] == pytest.approx(back(values.mean()))
        if len(values) > 2:
            low, high = stats.t.interval(0.95, len(values) - 1, values.mean(), stats.sem(values))
            assert (found.low[n], found.high[n]) == pytest.approx((float(back(low)), float(back(high))))
        else:
            assert math.isnan(found.low[n])
            assert math.isnan(found.high[n])
    assert math.isnan(band([[0]] * 3, [[math.nan]] * 3).mean[0])


def test_a_band_covers_the_truth_in_nineteen_of_twenty():
    curves = np.random.default_rng(6).normal(size=(4, 4000))
    found = band([np.arange(4000)] * 4, list(curves))

    assert np.mean((found.low <= 0) & (found.high >= 0)) == pytest.approx(0.95, abs=0.015)


def test_the_bands_of_seeds_are_of_the_measures_and_the_ratios_are_averaged_as_logarithms():
    runs = [run_of(n + np.arange(8) / 8, 2 * n + np.arange(8), np.arange(1, 9) * (n + 1), nc2=np.arange(2, 10) ** n)
            for n in range(3)]  # fmt: skip
    found, steps = collapse_bands(runs), [run.step for run in runs]

    for name in ("train_accuracy", "test_accuracy", "rnc1", "nc2"):
        wanted = band(steps, [getattr(run, name) for run in runs], logarithmic=name in ("rnc1", "nc2"))
        np.testing.assert_allclose(getattr(found, name).mean, wanted.mean)
        np.testing.assert_allclose(getattr(found, name).high, wanted.high)


def test_ends_of_seeds_are_means_of_their_last_rows():
    curves = [10 ** (np.arange(9.0) / 10 + n**2) for n in range(3)]
    curves[1][8] = np.nan
    found = seed_spread([np.arange(9), np.arange(9), np.arange(2, 11)], curves, rows=3)

    ends = [0.7, 0.6 + 1, 0.7 + 4]
    np.testing.assert_allclose(found.ends, ends)
    assert found.spread.value == pytest.approx(np.std(ends, ddof=1))
    assert (found.odd, found.odd_by) == (2, pytest.approx(4.7 - (0.7 + 1.6) / 2))
    assert found.finite.value == pytest.approx(8 / 9)
    assert found.common.value == pytest.approx(7 / 9)
    assert seed_spread([np.arange(9)] * 3, curves).ends[0] == pytest.approx(0.6)  # five rows by default
    assert common_grid([[0, 1], [0, 1, 2, 3]])[2] == 0.5


def run_of(train, test, rnc1, *, step=None, nc2=None):
    ones = np.ones(len(train))
    step = np.arange(len(train)) * 100 if step is None else step
    return CollapseCurves(step, *(np.asarray(c, float) for c in (train, test, rnc1)), ones,
                          ones if nc2 is None else np.asarray(nc2, float), ones)  # fmt: skip


def test_generalisation_is_the_ninth_tenth_of_the_rise_after_the_fit():
    n = np.arange(60)
    test = np.clip((n - 20) / 20, 0, 1) * 0.8 + 0.1
    run = run_of(np.where(n >= 10, 1.0, 0.0), test, np.where(n >= 15, 1e-3, 1.0))
    found = milestones(run, fit=0.9, collapsed=0.1)

    assert found.generalisation.level == pytest.approx(0.1 + 0.9 * 0.8)
    assert found.generalisation.step == pytest.approx(100 * 38, rel=1e-2)
    assert found.collapse.level == pytest.approx(-1)
    assert milestones(run, fit=0.9, collapsed=0.1, rise=0.5).generalisation.level == pytest.approx(0.5)


@pytest.mark.parametrize(("hold", "seen"), [(1.5, True), (1.6, False)])
def test_a_rise_counts_only_where_the_run_goes_on(hold, seen):
    n = np.arange(60)  # the last step is 5900, the rise at 3790 or so
    run = run_of(np.ones(60), np.where(n >= 38, 0.9, 0.1), np.ones(60))

    assert milestones(run, fit=0.9, collapsed=0.1, hold=hold).generalisation.seen == seen


@pytest.mark.parametrize(("gain", "seen"), [(0.0, True), (0.75, True), (0.85, False)])
def test_a_rise_counts_only_where_it_is_one(gain, seen):
    n = np.arange(60)
    run = run_of(np.ones(60), np.where(n >= 20, 0.9, 0.1), np.ones(60))
    found = milestones(run, fit=0.9, collapsed=0.1, gain=gain).generalisation

    assert found.seen == seen
    assert found.end == 5900
    assert math.isnan(found.resolution) != seen


def test_an_end_is_five_rows_and_a_milestone_three():
    test = np.array([0.1] * 10 + [0.9] * 3 + [0.1] * 2 + [0.5] * 10 + [0.9] * 5)
    run = run_of(np.ones(30), test, [1, 0.01, 0.01, 1, 0.01, 0.01, 0.01] + [1] * 23)
    found = milestones(run, fit=0.9, collapsed=0.1, hold=1.0)

    assert 900 < found.generalisation.step <= 1000
    assert found.generalisation.level == pytest.approx(0.1 + 0.9 * 0.8)
    assert 300 < found.collapse.step <= 400
    assert 0 <= milestones(run, fit=0.9, collapsed=0.1, sustain=2).collapse.step <= 100


def test_a_run_that_fits_in_its_last_rows_is_still_asked():
    run = run_of([0.0] * 9 + [1.0], [0.1] * 9 + [0.9], np.ones(10))

    assert fitting(run, 0.95, sustain=1).seen
    assert not milestones(run, fit=0.95, collapsed=0.1, sustain=1).generalisation.seen
    with pytest.raises(NotApplicable, match=r"best 1\)"):
        fitting(run, 0.95)


def test_a_value_is_that_of_the_first_row_that_is_not_before_a_step():
    run = run_of(np.ones(4), np.ones(4), np.ones(4), step=np.array([10, 20, 30, 40]))
    values = np.array([1.0, 2.0, 3.0, 4.0])

    assert [at(run, values, step) for step in (0, 10, 11, 40, 99)] == [1, 1, 2, 4, 4]


def test_the_gain_of_an_accuracy_has_the_error_of_two_binomials():
    rng, n, found = np.random.default_rng(7), 400, []
    fitted = Crossing(0.0, 900.0, 0.0, 0.9)
    for _ in range(400):
        # One draw at the end, repeated: five rows of one test set are not independent.
        test = np.concatenate([[rng.binomial(n, 0.3)], np.full(9, rng.binomial(n, 0.8))]) / n
        found.append(accuracy_gain(run_of(np.ones(10), test, np.ones(10)), fitted, samples=n))

    assert np.mean([estimate.value for estimate in found]) == pytest.approx(0.5, abs=0.01)
    assert np.mean([estimate.se for estimate in found]) == pytest.approx(np.std([e.value for e in found]), rel=0.1)
    assert found[0].n == n


def test_an_accuracy_without_a_known_test_set_has_no_known_error():
    test = [5**-0.5] + [3**-0.5] * 4 + [2**-0.5] * 5
    found = accuracy_gain(run_of(np.ones(10), test, np.ones(10)), Crossing(0.0, 900.0, 0.0, 0.9))

    assert found.value == pytest.approx(2**-0.5 - 5**-0.5)
    assert math.isnan(found.se)
    eighths = accuracy_gain(run_of(np.ones(10), [0.125] + [0.5] * 9, np.ones(10)), Crossing(0.0, 900.0, 0.0, 0.9))
    assert (eighths.n, eighths.se) == (8, pytest.approx(math.sqrt((0.125 * 0.875 + 0.25) / 8)))


def test_a_sample_size_is_the_smallest_that_fits_and_needs_two_shares():
    assert sample_size([0.5, 1.0]) == 2
    assert sample_size([0.5, math.nan]) is None
    assert sample_size([1 / 3, 0.5]) == 6
    assert sample_size([1 / 3, 1 / 7, 1 / 8, 1 / 11]) == 1848
    assert sample_size([0.1, 0.7], largest=10) == 10
    assert sample_size([0.1, 0.7], largest=9) is None


def test_logged_columns_become_curves_with_the_floor_of_single_precision():
    columns = {"train_accuracy": [1.0, 1.0], "test_accuracy": [0.5, 0.6], "within_class_variance": [-1.0, 8.0],
               "between_class_variance": [4.0, 12.0], "nc2_score": [2.0, 3.0], "scale_means": [2.0, 4.0]}  # fmt: skip
    found = collapse_curves([0, 7], columns)

    np.testing.assert_allclose(found.rnc1, [1e-7, 0.5])
    np.testing.assert_allclose(found.separation, [1.0, 0.75])
    assert (found.step.tolist(), found.nc2.tolist(), found.scale.tolist()) == ([0, 7], [2, 3], [2, 4])


def test_a_lead_has_the_resolution_of_both_crossings():
    found = lead(Crossing(9, 999, 0.3, 0), Crossing(99, 999, 0.4, 0)).estimate

    assert (found.value, found.se) == (1.0, pytest.approx(0.5))
    late = lead(Crossing(99, 999, 0.3, 0), Crossing(math.nan, 999, math.nan, 0))
    assert (late.estimate.value, late.estimate.se, late.side) == (1.0, None, "at least")
    early = lead(Crossing(math.nan, 9, math.nan, 0), Crossing(99, 999, 0.3, 0))
    assert (early.estimate.value, early.side) == (1.0, "at most")


def crossings(*steps):
    return [Crossing(float(step), 1e5, 0.0, 0.0) for step in steps]


def score(order, steps):
    """Pairs in the expected order less the others, by counting."""
    pairs = itertools.combinations(range(len(steps)), 2)
    return sum(int(np.sign((order[i] - order[j]) * (steps[j] - steps[i]))) for i, j in pairs)


@pytest.mark.parametrize("steps", [(10, 20, 30, 5), (10, 10, 30, 5)])
def test_a_trend_is_the_share_of_all_exchanges_that_score_as_much(steps):
    decay = [0.4, 0.3, 0.2, 0.1]
    found = trend(decay, ["a"] * 4, crossings(*steps))
    every = [score(order, steps) for order in itertools.permutations(decay)]

    assert found.score == score(decay, steps)
    assert found.pairs == 6 - (len(set(steps)) < 4)
    assert found.sooner == pytest.approx(np.mean(np.array(every) >= found.score))
    assert found.later == pytest.approx(np.mean(np.array(every) <= found.score))


def test_a_trend_over_many_runs_is_drawn_and_agrees_with_kendall():
    rng = np.random.default_rng(8)
    decay, steps = np.arange(1.0, 10.0), rng.permutation(np.arange(10, 100, 10))
    drawn = trend(decay, ["a"] * 9, crossings(*steps))

    assert drawn.sooner == pytest.approx(stats.kendalltau(decay, -steps, alternative="greater").pvalue, abs=0.015)
    assert drawn.slope.value == pytest.approx(np.polyfit(np.log(decay), np.log(steps + 1), 1)[0])


def test_many_blocks_are_drawn_and_agree_with_the_sum_of_their_scores():
    blocks = [name for name in "abcdef" for _ in range(4)]
    steps = [10, 20, 30, 40] * 3 + [20, 10, 40, 30] * 2 + [40, 10, 20, 30]
    found = trend([0.4, 0.3, 0.2, 0.1] * 6, blocks, crossings(*steps))

    assert (found.score, found.pairs) == (3 * 6 + 2 * 2 + 0, 36)
    # Kendall's score of four has variance 26/3 each, the sum of six nearly a normal law of steps of two.
    assert found.sooner == pytest.approx(stats.norm.sf((22 - 1) / math.sqrt(52)), abs=1e-3)


def test_blocks_that_say_nothing_count_nothing():
    never = Crossing(math.nan, 5.0, math.nan, 0)
    found = trend([0.3, 0.1, 0.3, 0.1], ["a", "a", "b", "b"], [*crossings(10, 100), never, never])

    assert (found.score, found.pairs, found.sooner) == (1, 1, 0.5)
    assert math.isnan(found.slope.value)
    assert math.isnan(found.slope.se)
