"""Hold the levels of curves, and what follows from them, against the same formulas written out as sums over points."""

import itertools
import math

import numpy as np
import pytest

from gonogo import NotEnoughData
from gonogo.curves import final_level, improvement, remaining_change, rise_over_minimum, worse_by
from gonogo.curves.final_level import correlation_time, level_rows, mean_level


def walk(points, *, seed=0, rho=0.0, slope=0.0):
    """Points about a line whose noise lasts."""
    rng = np.random.default_rng(seed)
    noise = [rng.normal()]
    for _ in range(points - 1):
        noise.append(rho * noise[-1] + math.sqrt(1 - rho**2) * rng.normal())
    return 5 + slope * np.arange(points) + np.array(noise)


def about_a_line(y):
    x = np.arange(len(y))
    return y - np.polyval(np.polyfit(x, y, 1), x)


def geyer(residual):
    """Geyer's initial monotone sequence, pair by pair."""
    n = len(residual)
    covariance = [sum(residual[i] * residual[i + lag] for i in range(n - lag)) / n for lag in range(n)]
    total, before = 0.0, math.inf
    for m in range(n // 2):
        pair = (covariance[2 * m] + covariance[2 * m + 1]) / covariance[0]
        if pair <= 0:
            break
        before = min(before, pair)
        total += before
    return max(1.0, 2 * total - 1)


def by_hand(y, rows, at=None):
    """Mean, standard error and degrees of freedom of a level, as ``mean_level`` describes them."""
    rows = min(rows, len(y))
    first = len(y) - rows if at is None else min(at, len(y) - rows)
    width = min(max(2 * rows, 12), len(y))
    begin = min(max(first + rows // 2 - width // 2, 0), len(y) - width)
    around = y[begin : begin + width]
    if width < 32:
        apart = [around[i] - (around[i - 1] + around[i + 1]) / 2 for i in range(1, width - 1)]
        robust = 1.4826 * np.median(np.abs(apart)) / math.sqrt(1.5)
        plain = math.sqrt(sum(a**2 for a in apart) / len(apart) / 1.5)
        scale, time, dof = max(robust, plain / 5), 1.0, max(2 * len(apart) / 3, 1.0)
    else:
        residual = about_a_line(around)
        time = geyer(residual)
        scale, dof = math.sqrt(sum(residual**2) / (width - 2)), max(width / time - 2, 1.0)
    return sum(y[first : first + rows]) / rows, scale * math.sqrt(min(time, rows) / rows), dof


@pytest.mark.parametrize("points", [4, 5, 12, 13, 31, 32, 33, 70])
@pytest.mark.parametrize("rho", [0.0, 0.95])
def test_a_level_is_what_its_formula_says(points, rho):
    y = walk(points, seed=points, rho=rho, slope=0.1)
    for rows, at in itertools.product([1, 2, 6, 7, 15, 16, 17, 40], [None, 0, 3, 30]):
        found, wanted = mean_level(y, rows, at=at), by_hand(y, rows, at)

        assert (found.value, found.se, found.dof) == pytest.approx(wanted, rel=1e-9)
        assert found.n == min(rows, points)


def test_equal_points_with_one_step_are_not_without_error():
    y = np.array([1.0] * 9 + [2.0] * 2)
    found = mean_level(y, 3)

    assert found.se == pytest.approx(0.2 * math.sqrt((0.5**2 + 0.5**2) / 9 / 1.5) / math.sqrt(3))
    assert found.se == pytest.approx(by_hand(y, 3)[1])


@pytest.mark.parametrize("points", [9, 10, 33, 64])
@pytest.mark.parametrize("rho", [-0.5, 0.0, 0.9])
def test_the_correlation_time_is_the_sum_of_paired_autocovariances(points, rho):
    residual = about_a_line(walk(points, seed=points, rho=rho))

    assert correlation_time(residual) == pytest.approx(geyer(residual), rel=1e-9)


def test_a_series_without_scatter_counts_every_point():
    assert correlation_time(np.zeros(8)) == 1.0


@pytest.mark.parametrize(("points", "rows"), [(4, 3), (60, 3), (70, 4), (100, 5), (4000, 200), (5000, 200)])
def test_a_level_is_a_twentieth_of_the_curve_within_bounds(points, rows):
    assert level_rows(points) == rows
    y = walk(points, seed=1)
    if points < 1000:
        assert final_level(y) == mean_level(y, rows)


@pytest.mark.parametrize(
    ("measure", "fewest"), [(final_level, 4), (improvement, 8), (rise_over_minimum, 8)], ids=["level", "fall", "rise"]
)
def test_the_fewest_points_that_decide(measure, fewest):
    assert math.isfinite(measure(walk(fewest)).value)
    with pytest.raises(NotEnoughData, match=f"{fewest} points, got {fewest - 1}"):
        measure(walk(fewest - 1))
    with pytest.raises(NotEnoughData, match=f"{fewest} points, got 0"):
        measure([])


@pytest.mark.parametrize("lost", [1, 2, 5])
@pytest.mark.parametrize(
    ("measure", "wrong"),
    [
        (final_level, math.nan),
        (improvement, math.nan),
        (rise_over_minimum, math.inf),
        (lambda y: remaining_change(range(len(y)), y, over=1.0), math.nan),
    ],
)
def test_an_end_that_is_lost_in_any_way_is_not_measured(measure, wrong, lost):
    y = np.append(walk(30), [math.nan] * lost)

    np.testing.assert_equal(measure(y).value, wrong)
    assert math.isfinite(measure(np.insert(walk(30), 3, math.nan)).value)


def test_a_rise_is_a_share_of_what_was_gained():
    down, up = np.linspace(10, 2, 40), np.linspace(2, 6, 40)
    y = np.concatenate([down, up]) + 0.1 * walk(80, seed=3)
    blocks = [y[i : i + 4].mean() for i in range(77)]
    lowest, last = mean_level(y, 4, at=int(np.argmin(blocks))), final_level(y, 4)
    gain = np.median(y[:4]) - lowest.value
    found = rise_over_minimum(y)

    assert found.value == pytest.approx((last.value - lowest.value) / gain)
    assert found.se == pytest.approx(math.hypot(last.se, lowest.se) / gain)
    assert found.dof == min(last.dof, lowest.dof)
    assert rise_over_minimum(y, rows=7).value != found.value


def test_the_rise_of_a_curve_that_never_fell_is_in_tenths_of_its_beginning():
    y = np.concatenate([np.full(20, 40.0), np.full(20, 50.0)])

    assert rise_over_minimum(y).value == pytest.approx(10 / 4)
    assert rise_over_minimum(-y[::-1]).value == pytest.approx(10 / 5)


def test_a_curve_that_ends_lowest_has_the_error_of_its_end():
    y = np.linspace(10, 2, 40) + 0.1 * walk(40, seed=4)
    found, last = rise_over_minimum(y), final_level(y)
    blocks = [y[i : i + 3].mean() for i in range(38)]

    assert int(np.argmin(blocks)) == 37
    assert (found.value, found.dof) == (0.0, last.dof)
    assert found.se == pytest.approx(last.se / (np.median(y[:3]) - last.value))


def test_an_improvement_has_the_error_of_both_ends():
    y = np.linspace(-10, -20, 50) + walk(50, seed=5)
    last = final_level(y, 9)
    residual = [y[i] - (y[i - 1] + y[i + 1]) / 2 for i in range(1, 49)]
    noise = 1.4826 * np.median(np.abs(residual)) / math.sqrt(1.5)
    found = improvement(y, 9)
    first = y[:3].mean()

    assert found.value == pytest.approx((first - last.value) / abs(first))
    assert found.se == pytest.approx(math.sqrt(noise**2 / 3 + last.se**2) / abs(first))
    assert (found.dof, found.n) == (last.dof, 50)
    assert improvement(y).value == pytest.approx((first - final_level(y, level_rows(50)).value) / abs(first))
    with pytest.raises(NotEnoughData, match="begins at zero"):
        improvement([0.0, 0.0, 0.0, *range(8)])


@pytest.mark.parametrize("rho", [0.0, 0.8])
@pytest.mark.parametrize("over", [0.2, 0.5])
def test_the_change_that_remains_is_the_slope_of_a_line_with_its_error(over, rho):
    rng = np.random.default_rng(6)
    step = np.cumsum(rng.integers(1, 5, 120)).astype(float)
    y = walk(120, seed=7, rho=rho) - 0.01 * step
    used = step >= step[-1] - over * (step[-1] - step[0])
    x, v = step[used], y[used]
    (slope, _), covariance = np.polyfit(x, v, 1, cov="unscaled")
    residual = v - np.polyval(np.polyfit(x, v, 1), x)
    time = geyer(residual)
    scale = (x[-1] - x[0]) / abs(v.mean())
    found = remaining_change(step, y, over=over)

    assert found.value == pytest.approx(slope * scale)
    assert found.se == pytest.approx(math.sqrt(sum(residual**2) / (len(x) - 2) * covariance[0, 0] * time) * scale)
    assert found.dof == pytest.approx(max(len(x) / time - 2, 1.0))
    assert found.n == len(x)


def test_a_plateau_needs_eight_points_at_different_steps():
    assert remaining_change(range(8), range(1, 9), over=1.0).n == 8
    assert remaining_change(range(40), walk(40)).n == 8  # the last fifth of 39 steps, both ends included
    with pytest.raises(NotEnoughData, match="8 points in the last 100% of the steps, got 7"):
        remaining_change(range(7), range(7), over=1.0)
    with pytest.raises(NotEnoughData):
        remaining_change([5] * 9, range(9), over=1.0)


@pytest.mark.parametrize("higher", [False, True])
@pytest.mark.parametrize("count", [1, 2, 5])
def test_how_much_worse_has_the_larger_of_two_errors(higher, count):
    own, others = walk(60, seed=8), [walk(60 + n, seed=9 + n) - 12 for n in range(count)]
    level, levels = final_level(own, 8), [final_level(curve, 8) for curve in others]
    values = [found.value for found in levels]
    within = math.hypot(level.se, math.sqrt(sum(found.se**2 for found in levels)) / count)
    between = np.std(values, ddof=1) * math.sqrt(1 + 1 / count) if count > 1 else 0.0
    found = worse_by(own, others, higher_is_better=higher, rows=8)

    assert found.value == pytest.approx((-1 if higher else 1) * (level.value - np.mean(values)) / abs(np.mean(values)))
    assert found.se == pytest.approx(max(within, between) / abs(np.mean(values)))
    assert found.dof == min([level.dof, *(other.dof for other in levels)])
    assert found.n == count


def test_far_apart_baselines_count_their_spread_and_a_baseline_at_zero_no_share():
    found = worse_by(np.full(9, 3.0), [np.full(9, 1.0), np.full(9, 2.0)])

    assert found.se == pytest.approx(math.sqrt(0.5) * math.sqrt(1.5) / 1.5)
    assert worse_by(np.full(9, 3.0), [np.zeros(9)]).value == 3.0


def test_the_error_against_several_baselines_is_the_scatter_over_replicates():
    rng = np.random.default_rng(10)
    found = []
    for _ in range(400):
        ends = 1 + 0.1 * rng.normal(size=6)
        own, *others = (end + 0.001 * rng.normal(size=40) for end in ends)
        found.append(worse_by(own, others))
    scatter = np.std([estimate.value for estimate in found])

    assert np.sqrt(np.mean([estimate.se**2 for estimate in found])) == pytest.approx(scatter, rel=0.1)
