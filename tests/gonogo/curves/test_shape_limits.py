"""Hold spikes, reversals, death and coverage of curves to the last point that counts and the first that does not."""

import math

import numpy as np
import pytest

from gonogo import NotEnoughData
from gonogo.curves import covered_share, dead_share, largest_reversal, largest_spike, largest_step, not_finite


@pytest.mark.parametrize(
    ("step", "planned", "share"),
    [
        ([5], 10, 0.5 - 0.4),  # a single row stands for one step
        ([1], 10, 0.1),
        ([2], 10, 0.2),
        ([0], 10, 0.1),
        ([30, 40], 100, 0.4 - 0.2),
        ([20, 30, 40], 100, 0.4),  # twice a typical distance is no missing head
        ([15, 25, 35], 100, 0.35),
        ([25, 35, 45], 100, 0.45 - 0.15),
        ([2.5, 3.0, 3.5], 10, 0.35 - 0.2),
        ([10, 10, 20, 20, 30], 100, 0.3),  # logged twice
        ([10, 20, 30, 90], 100, 0.9),
        ([10, 20, 30, 91], 100, 1.0),
        (range(60), 40, 1.0),
    ],
)
def test_the_covered_share_counts_from_the_first_row_to_where_the_next_would_be(step, planned, share):
    assert covered_share(list(step), planned).value == pytest.approx(share, abs=1e-12)


def test_nothing_logged_or_planned_has_no_share():
    assert all(math.isnan(covered_share(*arguments).value) for arguments in (([], 10), ([1, 2], 0), ([1, 2], None)))


def test_two_points_have_a_distance():
    assert (largest_step([0, 5]).value, largest_step([0, 5]).n) == (5, 2)
    with pytest.raises(NotEnoughData, match="2 points, got 1"):
        largest_step([3])


@pytest.mark.parametrize(
    ("values", "share"),
    [([1, 1], 1.0), ([2, 1], 0.0), ([1.0], 0.0), ([2, 1, 1], 2 / 3), ([1, 2, 1], 0.0), ([1, 3, 1, 1, 1], 0.6)],
)
def test_a_dead_end_has_two_equal_points_at_least(values, share):
    assert dead_share(values).value == pytest.approx(share)


def test_a_warm_up_ends_with_the_step_that_is_named():
    found, first = not_finite([0, 1, 2, 3], [math.nan, math.nan, 1.0, 1.0], after=1)

    assert (found.value, found.n, first) == (1 / 3, 3, 1.0)
    assert not_finite([0, 1], [math.nan, 1.0])[1] == 0.0


@pytest.mark.parametrize("rising", [False, True])
@pytest.mark.parametrize("rows", [1, 2, 5, None])
def test_a_reversal_is_the_largest_move_back_in_standard_errors(rows, rising):
    y = np.random.default_rng(0).normal(size=90) - np.arange(90) / 30
    width = rows or round(90 / 20)
    levels = [y[i : i + width].mean() * (1 if rising else -1) for i in range(91 - width)]
    back = max(max(levels[: i + 1]) - level for i, level in enumerate(levels))
    residual = [y[i] - (y[i - 1] + y[i + 1]) / 2 for i in range(1, 89)]
    noise = 1.4826 * np.median(np.abs(residual)) / math.sqrt(1.5)

    found = largest_reversal(y, rising=rising, rows=rows)
    assert found.value == pytest.approx(back / (noise * math.sqrt(2 / width)))
    assert found.n == 90


def test_eight_points_have_a_direction_and_a_curve_without_noise_too():
    assert largest_reversal(range(8)).value > 0
    assert largest_reversal(range(8), rising=True).value == 0
    with pytest.raises(NotEnoughData, match="8 points, got 7"):
        largest_reversal([*range(7), math.nan])
    assert largest_reversal([0, 0, 0, 0, 1, 1, 1, 1], rows=1).value == pytest.approx(1 / (1e-12 * math.sqrt(2)))


def spike_by_hand(curve, size):
    """Hampel's identifier as the docstring has it, point by point."""
    n, ends = len(curve), lambda i: curve[min(max(i, 0), len(curve) - 1)]
    apart = np.array([abs(curve[i] - (curve[i - 1] + curve[i + 1]) / 2) for i in range(1, n - 1)])
    apart *= 1.4826 / math.sqrt(1.5)
    half = min(101, n - 2) // 2
    mirrored = np.pad(apart, half, mode="reflect")
    floor = 0.2 * np.median(apart)
    gain = max(np.median(curve[:3]) - sorted(curve)[n // 20], 0)
    best, where = 0.0, None
    for i in range(n):
        jump = curve[i] - max(
            np.median([ends(i - k) for k in range(1, 6)]), np.median([ends(i + k) for k in range(1, 6)])
        )
        j = min(max(i - 1, 0), n - 3)
        noise = max(np.median(mirrored[j : j + 2 * half + 1]), floor)
        if jump >= size * gain and jump / noise > best:
            best, where = jump / noise, i
    return best, where


@pytest.mark.parametrize("points", [12, 13, 40, 103, 104, 300])
@pytest.mark.parametrize("size", [0.0, 0.3, 0.6])
@pytest.mark.parametrize("seed", range(3))
def test_the_largest_spike_is_that_of_a_search_point_by_point(points, size, seed):
    rng = np.random.default_rng(seed)
    curve = 3 * np.exp(-np.arange(points) / 30) + rng.normal(size=points) * np.geomspace(0.5, 0.01, points)
    curve[rng.integers(points, size=2)] += rng.uniform(0.5, 2, 2)
    found, at = largest_spike(curve, size=size)
    value, where = spike_by_hand(curve, size)

    assert at == where
    assert found.value == pytest.approx(value, rel=1e-9)
    assert found.n == points


def test_a_gain_is_counted_from_the_first_level_to_the_lowest_twentieth():
    curve = np.concatenate([[9.0, 10.0, 11.0], np.linspace(8, 1, 77)])
    curve[5] -= 20  # one low point of 80 is no level
    gain = 10.0 - np.sort(curve)[4]
    for share, seen in ((0.99, False), (1.01, True)):
        jumped = curve.copy()
        jumped[40] = curve[37] + share * gain * 0.5  # the median of the five points before it
        assert (largest_spike(jumped, size=0.5)[1] == 40) == seen


def test_spikes_are_numbered_as_they_were_logged():
    curve = np.insert(np.random.default_rng(1).normal(size=60), [5, 20], math.nan)
    curve[40] += 50

    assert largest_spike(curve)[1] == 40
    with pytest.raises(NotEnoughData, match="12 points around it, got 11"):
        largest_spike([*range(11), math.nan])


def test_a_jump_without_noise_is_measured_against_the_last_digits():
    curve = np.zeros(30)
    curve[15] = 4.0

    assert largest_spike(curve)[0].value == pytest.approx(1e9)
    assert largest_spike(np.zeros(30)) == (largest_spike(np.ones(30))[0], None)


def test_the_noise_of_a_long_curve_is_sampled_along_it():
    rng = np.random.default_rng(2)
    noise = np.where(np.arange(12_000) < 6_000, 1.0, 0.5)
    curve = noise * rng.normal(size=12_000)
    curve[[3_000, 9_000]] = (20.0, 15.0)
    found, at = largest_spike(curve)

    assert at == 9_000  # 30 of its own deviations, the other one 20
    assert found.value == pytest.approx(spike_by_hand(curve[8_900:9_101], 0.0)[0], rel=0.1)
