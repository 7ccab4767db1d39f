"""The bar puts limits, value and interval where they belong, whatever the numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.tolerance_bar import tolerance_bar

numbers = st.floats(-1e12, 1e12, allow_subnormal=False)
widths = st.floats(1e-9, 1e12)


def test_symmetric_limits_frame_a_centred_value():
    bar = tolerance_bar(0.0, 0.5, -1.0, 1.0)
    assert bar.value == pytest.approx(0.5)
    assert bar.lower == pytest.approx(1 - bar.upper)
    assert bar.upper - bar.lower > 0.6
    assert bar.high - bar.value == pytest.approx((bar.upper - bar.lower) / 4)
    assert (bar.off, bar.narrow, bar.decades) == (0, False, [])


def test_positions_are_linear_between_the_limits():
    low, middle, high = (tolerance_bar(x, None, 0.0, 1.0).value for x in (0.2, 0.4, 0.6))
    assert middle - low == pytest.approx(high - middle)


def test_bars_carry_magnitude_beyond_the_limits():
    limits = (None, 0.01)
    bars = [tolerance_bar(x, None, *limits) for x in (0.011, 0.02, 0.2, 20.0, 1e6)]
    away = [bar.value - bar.upper for bar in bars]
    assert away == sorted(away)
    assert away[0] < 0.1
    assert away[-1] > 0.5
    assert [len(bar.decades) for bar in bars] == [0, 1, 2, 4, 8]


def test_value_far_out_keeps_a_band_that_is_seen():
    bar = tolerance_bar(1e6, 1.0, -1.0, 1.0)
    assert bar.off == 0
    assert bar.value > bar.upper
    assert bar.upper - bar.lower > 0.15
    assert bar.narrow
    assert tolerance_bar(1e40, 1.0, -1.0, 1.0).off == 1
    assert tolerance_bar(-1e40, 1.0, -1.0, 1.0).off == -1


def test_open_side_reaches_the_end_of_the_bar():
    at_most, at_least = tolerance_bar(150.0, None, None, 200.0), tolerance_bar(1e-9, None, 1e-7, None)
    assert (at_most.left, at_most.lower) == (0.0, None)
    assert at_most.value < at_most.right == at_most.upper < 1
    assert (at_least.right, at_least.upper) == (1.0, None)
    assert at_least.value < at_least.left == at_least.lower


def test_interval_that_dwarfs_its_limits_is_shown_whole():
    bar = tolerance_bar(5e-4, 2e-3, -7e-8, 7e-8)
    assert bar.off == 0
    assert bar.low < bar.lower < bar.upper < bar.value < bar.high
    assert bar.upper - bar.lower < 0.2


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
    assert all(-1e-9 <= p <= 1 + 1e-9 for p in [*positions, *bar.decades])
    assert bar.left <= bar.right
    if half is not None and not bar.off:
        assert bar.low - 1e-9 <= bar.value <= bar.high + 1e-9
    if upper is not None and value > upper:
        assert bar.value >= bar.right - 1e-6
    if lower is not None and value < lower:
        assert bar.value <= bar.left + 1e-6


@given(value=numbers, further=widths, lower=numbers, width=widths)
def test_farther_beyond_is_never_drawn_closer(value, further, lower, width):
    upper = lower + width
    near, far = (tolerance_bar(max(value, upper) + x, None, lower, upper) for x in (0.0, further))
    assert far.value - far.upper >= near.value - near.upper - 1e-9
