"""Test `gonogo.curve_operations` and `gonogo.log_completeness`: by hand, by replication, and where each limit lies."""

import math

import numpy as np
import pytest
from scipy import stats

from gonogo import NotEnoughData
from gonogo.curve_operations import (
    Crossing,
    crossing,
    curve_noise,
    drift,
    ending,
    held_level,
    log_log_slope,
    lost_tail,
    running_median,
    sustained_crossing,
)
from gonogo.log_completeness import largest_hole, logged_share, longest_gap, missing_head

NAN, INF = math.nan, math.inf


def test_a_condition_is_sustained_over_three_rows_by_default():
    assert sustained_crossing([1, 1, 0, 1, 1, 1]) == 3
    assert sustained_crossing([1, 1, 1]) == 0
    assert sustained_crossing([1, 1]) is None
    assert sustained_crossing([0, 1, 1]) is None
    assert sustained_crossing([0, 1], window=1) == 1


def test_a_crossing_is_interpolated_in_the_value_and_the_logarithm_of_the_step():
    found = crossing([0, 9, 99, 999, 9999], [0.0, 1.0, 2.0, 4.0, 4.0], 1.5, sustain=3)

    assert found.step == pytest.approx(10**1.5 - 1)
    assert (found.end, found.level, found.seen, found.bound) == (9999, 1.5, True, found.step)
    assert found.resolution == pytest.approx(1 / 6)
    falling = crossing([0, 9, 99, 999, 9999], [4.0, 4.0, 2.0, 1.0, 0.0], 1.5, rising=False, sustain=2)
    assert (falling.step, falling.resolution) == (pytest.approx(10**2.5 - 1), pytest.approx(1 / 6))


def test_a_curve_that_begins_beyond_crosses_at_once_and_one_that_touches_too():
    assert crossing([5, 6, 7], [2.0, 2.0, 2.0], 2.0) == Crossing(5.0, 7.0, 0.0, 2.0)
    assert crossing([5, 6, 7], [2.0, 2.0, 2.0], 2.0, rising=False) == Crossing(5.0, 7.0, 0.0, 2.0)
    never = crossing([5, 6, 7], [1.0, 1.0, 3.0], 2.0)
    assert (never.seen, never.bound, never.end, never.level) == (False, 7.0, 7.0, 2.0)
    assert math.isnan(never.resolution)
    with pytest.raises(NotEnoughData, match="3 rows with finite values, got 2"):
        crossing([5, 6, 7], [1.0, NAN, 3.0], 2.0)


def test_levels_that_are_held_and_medians_are_those_of_three_rows():
    values = np.array([5.0, 1, 4, 2, 9, 3])

    np.testing.assert_array_equal(held_level(values), [1, 1, 2, 2])
    np.testing.assert_array_equal(running_median(values), [4, 2, 4, 3])
    np.testing.assert_array_equal(running_median(values, window=4), [2, 2, 3])  # the lower of two middle ones
    np.testing.assert_array_equal(running_median([INF, -INF, 1, 2], window=9), [1])


def test_noise_is_the_robust_scatter_about_the_neighbours():
    rng = np.random.default_rng(0)
    found = [curve_noise(0.1 * np.arange(400) + 0.7 * rng.normal(size=400)) for _ in range(100)]

    assert np.mean(found) == pytest.approx(0.7, rel=0.02)
    y = np.array([1.0, 2, 4, 3, 7, 5, NAN])
    apart = [abs(y[i] - (y[i - 1] + y[i + 1]) / 2) for i in range(1, 5)]
    assert curve_noise(y) == pytest.approx(1.4826 * np.median(apart) / math.sqrt(1.5))
    assert curve_noise([1, 2, 4, 3]) == pytest.approx(1.4826 * 1.0 / math.sqrt(1.5))
    assert math.isnan(curve_noise([1, 2, 4, INF]))


@pytest.mark.parametrize("rows", [3, 5])
def test_an_end_has_the_error_of_the_scatter_about_a_line(rows):
    y = 3 + 0.1 * np.arange(40) + np.random.default_rng(1).normal(size=40)
    last = y[-4 * rows :]
    line = np.polyval(np.polyfit(range(4 * rows), last, 1), range(4 * rows))
    found = ending(y, rows=rows)

    assert found.value == pytest.approx(y[-rows:].mean())
    assert found.se == pytest.approx(math.sqrt(np.sum((last - line) ** 2) / (4 * rows - 2) / rows))
    assert (found.dof, found.n, found.unit) == (4 * rows - 2, rows, "1")
    assert ending(10**y, rows=rows, logarithmic=True).unit == "decades"
    assert ending(10**y, rows=rows, logarithmic=True).se == pytest.approx(found.se)


def test_the_error_of_an_end_is_the_scatter_of_replicates():
    rng = np.random.default_rng(2)
    found = [ending(rng.normal(size=30)) for _ in range(800)]

    assert np.sqrt(np.mean([e.se**2 for e in found])) == pytest.approx(np.std([e.value for e in found]), rel=0.07)
    assert found[0].n == 5


def test_an_end_needs_two_rows_more_than_it_averages():
    assert ending([1, 2, 3, 4, 5], rows=3).dof == 3
    with pytest.raises(NotEnoughData, match="needs 5 rows with finite values, got 4"):
        ending([1, 2, 3, 4], rows=3)
    assert ending([INF, 2, 3, 4, 5, 6, 7], rows=3).value == 6
    assert ending([1, 2, 3, 4, INF, 6, 7, 8, 9], rows=3).value == 8
    assert ending([1, 2, 3, 4, INF, 6, 7], rows=3).value == INF
    lost = ending([*range(20), NAN, NAN, NAN], logarithmic=True)
    assert (math.isnan(lost.value), lost.unit, lost.n) == (True, "decades", 5)
    assert ending([INF] * 3, rows=3, logarithmic=True).unit == "decades"


@pytest.mark.parametrize(
    ("values", "lost"),
    [([1], 0), ([1, NAN], 0), ([1, NAN, NAN], 2), ([1, NAN, 1, NAN], 0), ([1, NAN, 1, NAN, NAN], 2),
     ([1, NAN, NAN, 1, NAN, NAN], 0), ([1, NAN, NAN, 1, NAN, INF, -INF], 3), ([NAN], 1), ([], 0)],
)  # fmt: skip
def test_a_tail_is_lost_where_it_is_longer_than_any_gap(values, lost):
    assert lost_tail(values) == lost


def test_a_drift_is_measured_from_the_lowest_median_and_with_the_error_of_the_end():
    y = 10 ** np.array([9.0, 8, 0, 3, 1, 2, 5, 4, 6, 6.5, 7, 6, 7])
    found = drift(y, np.arange(13) >= 1, rows=3)

    assert found.value == pytest.approx(20 / 3 - 1)
    assert found.se == pytest.approx(ending(y[1:], rows=3, logarithmic=True).se)
    assert drift(y[:10], np.ones(10, bool)).value == pytest.approx(4.7 - 2)  # five rows by default
    assert drift([4.0, NAN, 4, 4, 4, 4, 4], [True] * 7, rows=3).value == 0
    with pytest.raises(NotEnoughData, match="needs 6 rows after the collapse, got 5"):
        drift([4.0, NAN, 4, 4, 4, 4], [True] * 6, rows=3)


def test_a_power_is_that_of_a_regression_of_logarithms():
    rng = np.random.default_rng(3)
    x = np.exp(rng.normal(size=12))
    y = x**1.5 * np.exp(0.2 * rng.normal(size=12))
    wanted = stats.linregress(np.log(x), np.log(y))
    found = log_log_slope([*x, 0.0, -1, 2, NAN, 3, 3], [*y, 1.0, 1, 0, 1, INF, -2])

    assert (found.value, found.se) == (pytest.approx(wanted.slope), pytest.approx(wanted.stderr))
    assert (found.n, found.dof) == (12, 10)


def test_a_power_with_known_errors_weighs_its_rows_and_has_the_error_of_replicates():
    rng = np.random.default_rng(4)
    x, sigma = np.geomspace(1, 100, 9), np.geomspace(0.05, 0.5, 9)
    found = [log_log_slope(x, x**-2 * np.exp(sigma * rng.normal(size=9)), sigma=sigma) for _ in range(500)]

    assert np.mean([e.value for e in found]) == pytest.approx(-2, abs=0.01)
    assert found[0].se == pytest.approx(np.std([e.value for e in found]), rel=0.08)
    assert found[0].dof == INF
    y = x**-2 * np.exp(sigma * rng.normal(size=9))
    slope, covariance = np.polyfit(np.log(x), np.log(y), 1, w=1 / sigma, cov="unscaled")
    found = log_log_slope([NAN, *x], [1, *y], sigma=[9, *sigma])
    assert (found.value, found.se) == (pytest.approx(slope[0]), pytest.approx(math.sqrt(covariance[0, 0])))


def test_three_rows_at_different_places_have_a_power():
    assert log_log_slope([1, 2, 4], [1, 2, 5]).dof == 1
    for x, y in (([1, 2], [1, 2]), ([2, 2, 2], [1, 2, 3])):
        with pytest.raises(NotEnoughData, match="3 positive rows"):
            log_log_slope(x, y)


@pytest.mark.parametrize(
    ("step", "planned", "share"),
    [([0, 1, 2], 10, 0.3), ([1, 2, 3], 10, 0.3), ([5, 6, 7], 10, 0.3), ([10, 20, 30], 60, 0.5), ([3], 10, 0.1),
     ([2], 10, 0.2), ([0, 5, 20], 10, 1.0)],
)  # fmt: skip
def test_a_logged_share_is_what_lies_between_the_ends(step, planned, share):
    assert logged_share(step, planned).value == pytest.approx(share)


@pytest.mark.parametrize(
    ("step", "missing"),
    [([2, 3, 4], 0), ([3, 4, 5], 2), ([20, 30, 40], 0), ([21, 31, 41], 11), ([2], 0), ([3], 2), ([2.5, 2.7], 2.3),
     ([7, 8, 11, 14, 17, 18, 19, 20, 21], 4), ([30, 31, 41, 51, 52, 53, 63, 73, 83], 29)],
)  # fmt: skip
def test_what_is_missing_before_the_first_row_is_more_than_two_typical_distances(step, missing):
    assert missing_head(step) == pytest.approx(missing)


def test_a_gap_is_in_typical_steps_and_needs_three_rows():
    assert (longest_gap([0, 2, 8]).value, longest_gap([0, 2, 8]).n) == (1.5, 3)
    with pytest.raises(NotEnoughData, match="3 rows, got 2"):
        longest_gap([0, 2])


@pytest.mark.parametrize(
    ("step", "planned", "share"),
    [([0, 1, 4], None, 0.0), ([0, 1, 5], None, 3 / 5), ([0, 4, 5], 10, 0.3), ([0, 1, 10, 11], 20, 0.4),
     ([0, 9], 10, 0.0), ([0, 3, 13, 15], None, 7 / 15), ([0, 0, 0, 0], None, 0.0)],
)  # fmt: skip
def test_a_hole_is_thrice_what_lies_beside_it(step, planned, share):
    assert largest_hole(step, planned).value == pytest.approx(share)
