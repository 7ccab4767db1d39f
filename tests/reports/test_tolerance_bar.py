"""The bar puts limits, value and interval where they belong, whatever the numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.tolerance_bar import REACH, tolerance_bar, window

numbers = st.floats(-1e12, 1e12, allow_subnormal=False)
widths = st.floats(1e-9, 1e12)


def test_symmetric_limits_frame_a_centred_value():
    bar = tolerance_bar(0.0, 0.5, -1.0, 1.0)
    assert bar.value == pytest.approx(0.5)
    assert bar.lower == pytest.approx(0.06)
    assert bar.upper == pytest.approx(0.94)
    assert (bar.low, bar.high) == pytest.approx((0.28, 0.72))
    assert (bar.off, bar.cut_low, bar.cut_high) == (0, False, False)


def test_positions_are_linear_in_the_value():
    low, middle, high = (tolerance_bar(x, None, 0.0, 1.0).value for x in (0.2, 0.4, 0.6))
    assert middle - low == pytest.approx(high - middle)


def test_value_far_out_is_marked_and_the_band_stays_wide_enough_to_see():
    bar = tolerance_bar(1e6, 1.0, -1.0, 1.0)
    assert bar.off == 1
    assert bar.value > bar.upper
    assert bar.upper - bar.lower > 0.3
    assert tolerance_bar(-1e6, 1.0, -1.0, 1.0).off == -1


def test_open_side_reaches_the_end_of_the_bar():
    at_most, at_least = tolerance_bar(150.0, None, None, 200.0), tolerance_bar(1e-9, None, 1e-7, None)
    assert (at_most.left, at_most.lower) == (0.0, None)
    assert at_most.value < at_most.right == at_most.upper < 1
    assert (at_least.right, at_least.upper) == (1.0, None)
    assert at_least.value < at_least.left == at_least.lower


def test_interval_that_dwarfs_its_limits_is_shown_whole():
    bar = tolerance_bar(5e-4, 2e-3, -7e-8, 7e-8)
    assert (bar.off, bar.cut_low, bar.cut_high) == (0, False, False)
    assert bar.low < bar.lower < bar.upper < bar.value < bar.high
    assert bar.upper - bar.lower < 1e-3


def test_interval_of_a_value_far_out_is_cut_and_says_so():
    bar = tolerance_bar(4.8, 1.0, -1.0, 1.0)
    assert (bar.cut_low, bar.cut_high) == (False, True)
    assert bar.high == 1.0


@pytest.mark.parametrize("arguments", [(None, 1.0, 0.0, 1.0), (0.5, 1.0, None, None)])
def test_no_bar_without_a_value_or_a_limit(arguments):
    assert tolerance_bar(*arguments) is None


@given(
    value=numbers,
    half=st.none() | widths,
    lower=numbers,
    width=widths,
    side=st.sampled_from(("both", "lower", "upper")),
)
def test_everything_lies_on_the_bar_in_the_right_order(value, half, lower, width, side):
    upper = lower + width if side != "lower" else None
    lower = lower if side != "upper" else None
    bar = tolerance_bar(value, half, lower, upper)
    positions = [p for p in (bar.left, bar.right, bar.lower, bar.upper, bar.value, bar.low, bar.high) if p is not None]
    assert all(-1e-9 <= p <= 1 + 1e-9 for p in positions)
    assert bar.left <= bar.right
    if half is not None and not bar.off:
        assert bar.low - 1e-9 <= bar.value <= bar.high + 1e-9
    if upper is not None and value > upper:
        assert bar.value >= bar.right - 1e-6
    if lower is not None and value < lower:
        assert bar.value <= bar.left + 1e-6


@given(value=numbers, lower=numbers, width=widths)
def test_window_never_exceeds_its_reach(value, lower, width):
    upper = lower + width
    low, high = window(value, 0.0, lower, upper)
    half = (upper - lower) / 2 or abs(value - lower) or 1.0
    assert low < high
    assert high - low <= 2 * REACH * half * (1 + 1e-6)
