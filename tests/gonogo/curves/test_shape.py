"""Test what curves look like: spikes, death, reversals, what is no number, and how much of a plan is covered."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo import NotEnoughData
from gonogo.curves import covered_share, dead_share, largest_reversal, largest_spike, largest_step, not_finite


def falling(points=300, noise=0.1, seed=0):
    rng = np.random.default_rng(seed)
    return (0.1 + 2 * np.exp(-np.arange(points) / 60)) * np.exp(noise * rng.normal(size=points))


def test_a_spike_is_found_where_it_is():
    curve = falling()
    curve[200] += 3.0

    spike, at = largest_spike(curve, size=0.5)

    assert at == 200
    assert spike.value > 20


def test_neither_a_steep_fall_nor_a_step_nor_noise_is_a_spike():
    steep = np.concatenate([[100.0, 50.0, 20.0, 5.0, 2.0], falling()])
    step = np.concatenate([falling(), falling() + 5.0])

    assert all(largest_spike(curve, size=0.5)[0].value < 20 for curve in (steep, step, falling(noise=0.5)))


def test_a_jump_that_is_small_against_the_gain_does_not_count():
    curve = falling(noise=0.001)
    curve[250] += 0.05

    assert largest_spike(curve)[0].value > 20
    assert largest_spike(curve, size=0.5) == (largest_spike(falling(noise=0.001), size=0.5)[0], None)


@given(scale=st.floats(1e-6, 1e6), shift=st.floats(-10, 10))
def test_spikes_know_no_scale(scale, shift):
    curve = falling(120)
    curve[80] += 3.0
    one, other = largest_spike(curve), largest_spike(scale * curve + scale * shift)

    assert other[1] == one[1]
    assert other[0].value == pytest.approx(one[0].value, rel=1e-3)


def test_long_curves_are_measured_as_short_ones():
    curve = falling(20_000)
    curve[15_000] += 3.0

    assert largest_spike(curve, size=0.5)[1] == 15_000


def test_a_constant_end_is_dead_and_one_repeated_value_is_not():
    assert dead_share([2.0, 1.0, *[0.5] * 8]).value == 0.8
    assert dead_share([3.0, 2.0, 1.0, 0.5]).value == 0.0
    assert dead_share([math.nan] * 4).value == 0.0  # what is no number is another statement's


def test_a_curve_that_turns_back_beyond_its_noise_is_seen():
    curve = falling()
    back = np.concatenate([curve, curve[::-1]])

    assert largest_reversal(curve).value < 6 < largest_reversal(back).value
    assert largest_reversal(-curve, rising=True).value == pytest.approx(largest_reversal(curve).value)


def test_what_is_no_number_is_counted_after_the_warm_up():
    values = [math.inf, 1.0, math.nan, 1.0]

    assert not_finite(range(4), values)[0].value == 0.5
    assert not_finite(range(4), values, after=1) == (not_finite(range(3), values[1:])[0], 2.0)
    with pytest.raises(NotEnoughData):
        not_finite([0, 1], [1.0, 1.0], after=5)


@pytest.mark.parametrize(
    ("step", "planned", "share"),
    [
        (range(600), 600, 1.0),
        (range(1, 601), 600, 1.0),
        (range(0, 600, 10), 600, 1.0),
        (range(10, 601, 10), 600, 1.0),
        (range(360), 600, 0.6),
        (range(0, 360, 30), 600, 331 / 600),
        (range(300, 600), 600, 0.5),
    ],
)
def test_the_covered_share_is_that_of_the_plan(step, planned, share):
    assert covered_share(list(step), planned).value == pytest.approx(share, abs=1e-9)


def test_without_a_plan_no_share_is_known():
    assert math.isnan(covered_share([1, 2, 3], None).value)


def test_a_gap_is_the_largest_step():
    assert largest_step([0, 1, 2, 9, 10]).value == 7
    with pytest.raises(NotEnoughData):
        largest_step([1])
