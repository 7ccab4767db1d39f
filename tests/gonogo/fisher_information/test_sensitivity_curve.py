"""Shapes of curves: flat, stepwise, closed, adapted, bounded, each against a curve whose answer is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo import NotApplicable, NotEnoughData
from gonogo.fisher_information.circular_code import closure
from gonogo.fisher_information.code_adaptation import adaptation
from gonogo.fisher_information.decoded_error import path_slope
from gonogo.fisher_information.sensitivity_curve import (
    flatness,
    mean_over_stretches,
    normalised,
    one_turn,
    trapezoid,
)
from gonogo.fisher_information.stepwise_density import step_fit

THETA = np.linspace(-np.pi / 2, np.pi / 2, 50)
CIRCLE = np.linspace(-np.pi, np.pi, 50)
BUMP = np.exp(-(((THETA - np.pi / 4) / 0.2) ** 2) / 2)
EDGES = np.linspace(-np.pi / 2, np.pi / 2, 7)
PROBS = np.array([0.3, 0.05, 0.1, 0.1, 0.25, 0.2])


@settings(max_examples=20, deadline=None)
@given(st.floats(0.01, 100))
def test_normalised_curves_integrate_to_one(scale):
    assert trapezoid(normalised(THETA, scale * (1 + BUMP)), THETA) == pytest.approx(1)


def test_one_negative_value_spoils_a_normalised_curve():
    assert np.isnan(normalised(THETA, np.where(THETA > 1.5, -1.0, 1.0))).all()


def test_both_ends_of_a_circle_count_once():
    assert len(one_turn(CIRCLE, CIRCLE)[1]) == 49
    assert len(one_turn(THETA)[0]) == 50


def test_tilt_is_the_height_of_the_bump_in_log_information():
    quantity = flatness(THETA, 5 * np.exp(0.7 * BUMP / BUMP.max()), BUMP, stimuli=300)

    assert quantity.tilt.value == pytest.approx(0.7)


def test_errors_of_flatness_are_the_spread_over_stimuli():
    found = []
    wave = 10 * np.exp(0.6 * np.sin(3 * THETA))
    for seed in range(300):
        shared = np.repeat(np.random.default_rng(seed).standard_normal(8), 7)[:50]
        found.append(flatness(THETA, wave * np.exp(np.sqrt(2 / 300) * shared), BUMP, stimuli=300, trim=0.0))

    assert np.std([f.variation.value for f in found]) == pytest.approx(found[0].variation.se, rel=0.4)
    assert np.std([f.tilt.value for f in found]) == pytest.approx(found[0].tilt.se, rel=0.4)


def test_flatness_needs_positive_information():
    with pytest.raises(NotEnoughData, match="needs all of 24"):
        flatness(THETA, np.where(THETA > 0, 1.0, -1.0), BUMP)


def stepped(values):
    return values[np.clip(np.searchsorted(EDGES, THETA - 1e-9) - 1, 0, 5)]


def test_a_code_that_follows_the_bins_has_slope_one():
    density = stepped(PROBS / np.diff(EDGES))
    fit = step_fit([(THETA, 100 * density, density, EDGES)])

    assert fit.slope.value == pytest.approx(1, abs=0.02)
    assert fit.intercept.value == pytest.approx(0, abs=0.02)


def test_probabilities_in_place_of_densities_give_a_slope_that_is_off_by_the_bin_width():
    density = stepped(PROBS / np.diff(EDGES))
    fit = step_fit([(THETA, 100 * density, stepped(PROBS), EDGES)])

    assert fit.slope.value == pytest.approx(6 / np.pi, rel=0.02)


def test_a_bin_counts_once_whatever_the_number_of_angles():
    density = stepped(PROBS / np.diff(EDGES))
    noisy = 100 * density * np.repeat([0.9, 1.1, 1.0, 1.2, 0.8, 1.0], [9, 8, 8, 8, 8, 9])

    assert step_fit([(THETA, noisy, density, EDGES)]).slope.dof == 4


@pytest.mark.parametrize(("probs", "error"), [(PROBS[:0], NotEnoughData), (np.full(6, 1 / 6), NotApplicable)])
def test_steps_refuse_what_has_no_slope(probs, error):
    edges = EDGES if len(probs) else EDGES[:1]
    with pytest.raises(error):
        step_fit([(THETA, np.ones(50), np.full(50, 1 / np.pi), edges)])


def test_a_closed_code_has_no_gap_and_a_second_peak_is_seen():
    density = np.exp(2 * np.cos(CIRCLE - np.pi / 2))
    one = closure(CIRCLE, density, density)
    two = closure(CIRCLE, density + np.exp(2 * np.cos(CIRCLE + np.pi / 2)), density)

    assert one.gap.value == pytest.approx(0, abs=1e-12)
    assert one.second_peak.value < np.log(0.05)
    assert two.second_peak.value == pytest.approx(0, abs=0.05)
    # Known by the stimuli, or by how much single angles around the two scatter.
    assert closure(CIRCLE, density, density, log_variance=0.01).second_peak.se == pytest.approx(0.1 * np.sqrt(2))
    near = np.log(density[np.abs(CIRCLE - np.pi / 2) <= 0.4])
    far = np.log(density[np.abs(np.angle(np.exp(1j * (CIRCLE + np.pi / 2)))) <= 0.4])
    assert one.second_peak.se == pytest.approx(np.hypot(near.std(), far.std()), rel=0.3)


def test_the_mean_over_stretches_is_as_uncertain_as_over_replication():
    rng, weights = np.random.default_rng(8), 1 + BUMP
    means = [mean_over_stretches(np.repeat(rng.standard_normal(17), 3)[:50], weights) for _ in range(400)]

    spread = np.std([mean.value for mean in means])
    assert np.sqrt(np.mean([mean.se**2 for mean in means])) == pytest.approx(spread, rel=0.2)


def test_half_a_circle_cannot_close():
    with pytest.raises(NotApplicable, match=r"span 3\.142 rad"):
        closure(THETA, np.ones(50))


def test_adaptation_is_nought_for_the_old_code_and_one_for_the_new():
    old, new = 1 + 50 * BUMP, np.full(50, 20.0)

    assert adaptation(THETA, old, 3 * old, new).share.value == pytest.approx(0, abs=1e-9)
    assert adaptation(THETA, old, new, new).share.value == pytest.approx(1, abs=1e-9)
    half = adaptation(THETA, old, np.exp((np.log(old) + np.log(new)) / 2), new).share.value
    assert adaptation(THETA, new, np.exp((np.log(old) + np.log(new)) / 2), old).share.value == pytest.approx(1 - half)


def test_adaptation_between_like_codes_is_no_question():
    with pytest.raises(NotApplicable, match="alike"):
        adaptation(THETA, np.ones(50), np.ones(50), np.ones(50))


@settings(max_examples=20, deadline=None)
@given(st.floats(0.05, 20))
def test_path_slope_is_the_factor_by_which_a_derivative_is_wrong(factor):
    mean = np.stack([np.sin(THETA), THETA], -1)
    slope = np.stack([np.cos(THETA), np.ones(50)], -1)

    assert path_slope(THETA, mean, slope / factor).ratio.value == pytest.approx(factor, rel=1e-3)
