"""Test `gonogo.log_completeness` and endings: what is missing at the start, in the middle and at the end is seen."""

import math

import numpy as np
import pytest

from gonogo.curve_operations import ending, lost_tail
from gonogo.log_completeness import largest_hole, logged_share, missing_head

EPOCHS = np.arange(1, 41)


@pytest.mark.parametrize(
    ("step", "share"),
    [
        (EPOCHS, 1.0), (EPOCHS - 1, 1.0), (EPOCHS[:18], 0.45), (EPOCHS[19:], 0.525), (EPOCHS[10:20], 0.25),
        (100 * EPOCHS, 100.0), (EPOCHS[::4], 0.925), (EPOCHS[3:], 0.925),
    ],
)  # fmt: skip
def test_a_log_covers_what_lies_between_its_ends(step, share):
    planned = 40 if share < 50 else 40 / 100 * 100

    assert logged_share(step, planned).value == pytest.approx(min(share, 1.0) if share < 50 else 1.0)


def test_rows_before_the_first_are_missing_only_beyond_a_typical_distance():
    assert missing_head([50, 100, 150]) == 0
    assert missing_head([400, 450, 500]) == 350
    assert missing_head([7]) == 6
    assert missing_head(np.unique(np.geomspace(1, 1e5, 100).astype(int))) == 0


@pytest.mark.parametrize(
    "grid", [np.arange(200), np.unique(np.geomspace(1, 1e5, 200).astype(int))], ids=["even", "log"]
)
def test_a_hole_is_seen_on_any_grid_and_a_grid_is_no_hole(grid):
    whole, cut = largest_hole(grid, grid[-1]).value, np.delete(grid, slice(len(grid) // 2, 9 * len(grid) // 10))

    assert whole < 0.05
    assert largest_hole(cut, grid[-1]).value > 0.1


def test_rows_that_a_sampled_export_left_out_are_no_hole():
    rng = np.random.default_rng(0)
    found = [largest_hole(np.sort(rng.choice(192, 60, replace=False)), 192).value for _ in range(300)]

    assert np.mean(np.array(found) > 0.1) <= 0.01


@pytest.mark.parametrize("lost", [np.nan, np.inf, -np.inf])
def test_an_end_without_numbers_is_no_end(lost):
    curve = np.linspace(5, 1, 60)
    curve[30:] = lost

    assert not math.isfinite(ending(curve).value)
    assert ending(curve).decide(upper=10.0).verdict == "fail"


def test_a_quantity_that_is_logged_now_and_then_ends_where_it_was_logged_last():
    curve = np.full(100, np.nan)
    curve[::10] = np.linspace(5, 1, 10)

    assert lost_tail(curve) == 0
    assert ending(curve).value == pytest.approx(np.linspace(5, 1, 10)[-5:].mean())
    assert lost_tail(curve[:95]) == 0
    assert lost_tail(np.append(curve, [np.nan] * 20)) == 29
    assert lost_tail([np.nan] * 4) == 4
