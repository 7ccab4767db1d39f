"""Moves of a quantity against closed forms, scipy.stats, brute force and replicates."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from gonogo import Estimate, NotEnoughData
from gonogo.regression import (
    against_replicates,
    bad_direction,
    benjamini_hochberg,
    critical_value_at,
    difference,
    limits_within,
    measured_move,
    natural_band,
    p_value,
    scale_of,
    welch,
)
from gonogo.regression.envelope import envelope

groups = st.lists(st.floats(-100, 100), min_size=2, max_size=8)


@given(groups, groups)
def test_welch_agrees_with_scipy(one, other):
    moved = welch(one, other)
    assume(min(np.ptp(one), np.ptp(other)) > 1e-3)
    expected = stats.ttest_ind(other, one, equal_var=False)

    assert moved.value / moved.se == pytest.approx(expected.statistic, rel=1e-6, abs=1e-9)
    assert moved.dof == pytest.approx(expected.df, rel=1e-6)
    assert p_value(moved, 0.0, 0.0) == pytest.approx(expected.pvalue, rel=1e-5, abs=1e-12)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.sampled_from([0.01, 0.05, 0.2]))
def test_benjamini_hochberg_rejects_what_scipy_rejects(p_values, rate):
    adjusted = stats.false_discovery_control(p_values)
    threshold = benjamini_hochberg(p_values, rate=rate)

    clear = np.abs(adjusted - rate) > 1e-9
    assert ((np.array(p_values) <= threshold) == (adjusted <= rate))[clear].all()


def test_quadrature_and_satterthwaite_in_closed_form():
    moved = difference(Estimate(1.0, 0.3, "nats", 10, 9.0), Estimate(2.0, 0.4, "nats", 20, 4.0))

    assert (moved.value, moved.unit, moved.n) == (1.0, "nats", 10)
    assert moved.se == pytest.approx(0.5)
    assert moved.dof == pytest.approx(0.25**2 / (0.09**2 / 9 + 0.16**2 / 4))
    assert difference(Estimate(1.0, 0.3), Estimate(2.0, 0.4), same=True).se is None
    assert math.isnan(difference(Estimate(1.0, math.nan), Estimate(2.0, 0.4)).se)
    assert difference(Estimate(1.0), Estimate(1.5), assumed=3.0).se == pytest.approx(3 * math.sqrt(2))
    assert difference(Estimate(1.0), Estimate(1.5), assumed=3.0, spread=1.0).se == pytest.approx(math.sqrt(2))
    assert difference(Estimate(1.0, 0.3), Estimate(2.0, 0.4), spread=1.0).se == pytest.approx(math.sqrt(2.25))


def test_a_new_run_of_the_same_kind_is_a_prediction():
    rng = np.random.default_rng(0)
    beyond = [
        (moved := against_replicates([Estimate(float(v)) for v in row[:4]], Estimate(float(row[4])))).value
        > stats.t.ppf(0.95, 3) * moved.se
        for row in rng.normal(size=(4000, 5))
    ]

    assert np.mean(beyond) == pytest.approx(0.05, abs=0.012)


def test_a_less_precise_candidate_widens_the_yardstick():
    seeds = [Estimate(v, 0.1) for v in (1.0, 2.0, 3.0)]

    plain, vague = (against_replicates(seeds, Estimate(2.0, se)).se for se in (0.1, 5.0))
    assert plain == pytest.approx(math.sqrt(4 / 3))
    assert vague == pytest.approx(math.sqrt(4 / 3 + 25 - 0.01))


@pytest.mark.parametrize(
    ("limits", "worse", "bounds"),
    [
        ((None, 5.0), None, (None, 0.2)),
        ((0.5, None), None, (-0.2, None)),
        ((-1.0, 3.0), None, (-0.2, 0.2)),
        ((-1.0, 3.0), "down", (-0.2, None)),
    ],
)
def test_direction_and_min_effect_follow_from_the_limits(limits, worse, bounds):
    move = measured_move([Estimate(2.0, 0.1)], [Estimate(2.1, 0.1)], limits=limits, worse=worse, move=0.1)

    assert (move.lower, move.upper) == pytest.approx(bounds)
    assert move.difference.value == pytest.approx(0.1)


def test_an_improvement_never_fails_and_a_loss_does():
    better, worse = (
        measured_move([Estimate(0.9, 0.01)], [Estimate(v, 0.01)], limits=(0.5, None))
        .difference.decide(lower=-0.09)
        .verdict
        for v in (0.99, 0.6)
    )

    assert (better, worse) == ("pass", "fail")


def test_scale_of_a_quantity_with_one_limit_is_its_own_size():
    assert scale_of(0.9, 1e-7, None) == 0.9
    assert scale_of(0.0, None, 0.01) == pytest.approx(0.001)
    assert bad_direction(None, None) == "either"


@given(st.floats(1e-6, 0.4), st.booleans())
def test_a_p_value_at_the_threshold_is_reached_at_its_critical_value(p, both):
    z = critical_value_at(p, both_sides=both)

    assert p_value(Estimate(z, 1.0), 0.0 if both else None, 0.0) == pytest.approx(p, rel=1e-6)


def test_p_values_of_exact_and_missing_numbers():
    assert p_value(Estimate(0.0, 0.0), None, 0.1) == 1.0
    assert p_value(Estimate(1.0, 0.0), None, 0.1) == 0.0
    assert p_value(Estimate(math.nan, 1.0), None, 0.1) == 0.0


def test_limits_inside_the_natural_band_are_named_with_what_the_data_support():
    band = natural_band([0.9, 1.0, 1.1, 1.0])

    assert band[0] < 0.9 < 1.1 < band[1]
    assert limits_within(band, 0.95, 2.0) == [(0.95, band[0])]
    assert limits_within(band, None, 1.05) == [(1.05, band[1])]
    assert limits_within(band, 0.1, 2.0) == []


def test_one_run_on_a_side_is_not_enough_for_a_group():
    with pytest.raises(NotEnoughData, match="2 runs on each side, got 1 and 2"):
        welch([1.0], [1.0, 2.0])
    with pytest.raises(NotEnoughData, match="needs 3 replicate seeds, got 2"):
        envelope([0, 1, 2], np.zeros((2, 3)), np.zeros(3))
    with pytest.raises(ValueError, match="worse must be"):
        measured_move([Estimate(1.0)], [Estimate(1.0)], worse="left")


def test_envelope_measures_by_the_baselines_own_straying():
    rng = np.random.default_rng(1)
    curves = rng.normal(size=(5, 4000))
    around = envelope(np.arange(4000), curves[:4], curves[4], window=1, smooth=4000)
    away = (curves[4] - curves[:4].mean(0)) * np.sqrt(16 / 15) / around.yardstick

    # Over many rows the candidate's distance has the yardstick's own size.
    assert np.sqrt(np.mean(away**2)) == pytest.approx(1.0, abs=0.05)


@given(st.floats(0.01, 100), st.floats(-50, 50))
def test_envelope_does_not_depend_on_the_unit(scale, offset):
    rng = np.random.default_rng(2)
    curves = rng.normal(size=(5, 30)) + 60
    plain = envelope(np.arange(30), curves[:4], curves[4])
    other = envelope(np.arange(30), scale * (curves[:4] + offset), scale * (curves[4] + offset))

    assert other.excess.value == pytest.approx(plain.excess.value, rel=1e-6)
    assert other.at == plain.at


def test_a_curve_that_loses_its_numbers_is_infinitely_far_out_and_the_good_side_does_not_count():
    curves = np.random.default_rng(3).normal(size=(4, 20))
    lost = np.where(np.arange(20) < 10, curves.mean(0), np.nan)

    assert envelope(np.arange(20), curves, lost).excess.value == math.inf
    assert envelope(np.arange(20), curves, np.full(20, 50.0), worse="down").excess.value < 0
    assert envelope(np.arange(20), curves, np.full(20, 50.0), worse="up").excess.value > 10
