"""Codes along the angle: bounds, turns, tuned codes and paths by hand, errors by leaving stretches out by hand."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate

from gonogo import Estimate, NotApplicable, NotEnoughData
from gonogo.fisher_information.circular_code import closure
from gonogo.fisher_information.code_adaptation import adaptation
from gonogo.fisher_information.decoded_error import error_bound, path_slope
from gonogo.fisher_information.information import debiased_information
from gonogo.fisher_information.loss_ordering import POWERS, ordering
from gonogo.fisher_information.sensitivity_curve import block_error, flatness, normalised, one_turn, trapezoid
from gonogo.fisher_information.stepwise_density import step_fit

TURN = np.linspace(-np.pi, np.pi, 33)


def test_a_circle_s_gap_is_the_logarithm_of_its_ends():
    values = np.linspace(2.0, 6.0, 33)
    assert closure(TURN, values).gap.value == pytest.approx(math.log(3))
    assert closure(TURN, values[::-1]).gap.value == pytest.approx(-math.log(3))
    assert closure(TURN, 0.3 * values).gap.value == pytest.approx(math.log(3))  # smaller than 1, still positive
    for end in (0, -1):
        wrong = values.copy()
        wrong[end] = 0.0
        assert math.isnan(closure(TURN, wrong).gap.value)
    assert closure(TURN, values).second_peak is None
    assert closure(TURN, values, np.full(33, 7.0)).second_peak is None
    assert closure(TURN, values, np.linspace(1, 2, 33)).second_peak is not None
    with pytest.raises(NotApplicable, match=r"span 3\.142 rad"):
        closure(TURN / 2, values)


def test_one_turn_ends_before_the_first_angle_comes_again():
    assert len(one_turn(TURN, TURN)[1]) == 32
    assert len(one_turn(TURN[:-1])[0]) == 32
    assert len(one_turn(np.array([-np.pi, np.pi]))[0]) == 2
    assert len(one_turn(TURN * (1 + 1e-8))[0]) == 32
    assert len(one_turn(TURN * (1 + 1e-5))[0]) == 33


def test_integrals_are_trapezoids_and_negative_values_have_no_norm():
    theta, values = np.array([0.0, 1.0, 3.0, 3.5]), np.array([1.0, 0.0, 4.0, 2.0])

    assert trapezoid(values, theta) == pytest.approx(integrate.trapezoid(values, theta))
    np.testing.assert_allclose(normalised(theta, values), values / integrate.trapezoid(values, theta))
    assert np.isnan(normalised(theta, values - 0.1)).all()
    assert np.isnan(normalised(theta, np.array([1.0, math.nan, 1.0, 1.0]))).all()


def test_the_error_of_a_curve_s_statistic_leaves_out_stretches():
    values = np.random.default_rng(0).normal(size=21)
    rest = [np.mean([v for n, v in enumerate(values) if n * 4 // 21 != b]) for b in range(4)]

    assert block_error(lambda keep: values[keep].mean(), 21, blocks=4) == pytest.approx(math.sqrt(3) * np.std(rest))
    eight = [np.mean([v for n, v in enumerate(values) if n * 8 // 21 != b]) for b in range(8)]
    assert block_error(lambda keep: values[keep].mean(), 21) == pytest.approx(math.sqrt(7) * np.std(eight))


def test_a_tuned_code_s_share_is_of_squared_hellinger_distances():
    theta = np.linspace(-1, 1, 40)
    before, scratch = np.exp(-2 * theta), np.exp(2.5 * theta)
    tuned = before**0.3 * scratch**0.7

    def share(keep):
        curves = [np.sqrt(x[keep]) for x in (before, tuned, scratch)]
        old, new, aim = (c / integrate.trapezoid(c, theta[keep]) for c in curves)
        one, other = (1 - integrate.trapezoid(np.sqrt(new * x), theta[keep]) for x in (old, aim))
        return one / (one + other)

    found = adaptation(theta, before, tuned, scratch)
    assert found.share.value == pytest.approx(share(np.ones(40, bool)))
    assert found.share.value > 0.5
    rest = [share(np.arange(40) * 8 // 40 != b) for b in range(8)]
    assert found.share.se == pytest.approx(math.sqrt(7) * np.std(rest))
    assert found.share.dof == 7
    assert adaptation(theta, before, before, scratch).share.value == pytest.approx(0, abs=1e-9)
    assert adaptation(theta, before, scratch, scratch).share.value == pytest.approx(1, abs=1e-9)
    np.testing.assert_allclose(found.tuned, np.sqrt(tuned) / integrate.trapezoid(np.sqrt(tuned), theta))
    with pytest.raises(NotApplicable, match="alike"):
        adaptation(theta, before, tuned, before * 1.5)


@pytest.mark.parametrize("stimuli", [None, 200])
def test_the_bound_of_a_biased_decoder_is_that_of_cramer_and_rao(stimuli):
    theta, rng = np.linspace(-1, 1, 30), np.random.default_rng(1)
    information, bias = rng.uniform(50, 100, 30), 0.1 * np.sin(3 * theta)
    steep = np.gradient(bias, theta)
    least = (1 + steep) ** 2 / information
    mse = bias**2 + least * rng.uniform(1.1, 2.0, 30)
    found = error_bound(theta, information, mse, bias, stimuli=stimuli)
    ratio = (mse - bias**2) / least

    assert found.tightest.value == pytest.approx(ratio.min())
    np.testing.assert_allclose(found.bound, least + bias**2)
    if stimuli:
        assert found.tightest.se == pytest.approx(ratio.min() * 2 / math.sqrt(stimuli))
    else:
        assert found.tightest.se is None
    exact = error_bound(theta, information, mse, bias, bias_slope=0.5 * steep, stimuli=200)
    assert exact.tightest.value == pytest.approx(((mse - bias**2) * information / (1 + 0.5 * steep) ** 2).min())
    assert exact.tightest.se is None


def test_a_bias_on_a_circle_is_differentiated_round_its_end():
    theta = TURN[:-1]
    bias = np.angle(np.exp(1j * (3.0 + 0.3 * np.sin(theta))))  # jumps by a full turn where it passes pi
    found = error_bound(TURN, np.full(33, 50.0), np.full(33, 20.0), np.append(bias, bias[0]))
    step = TURN[1] - TURN[0]
    slope = 0.3 * (np.sin(theta + step) - np.sin(theta - step)) / (2 * step)

    np.testing.assert_allclose(found.bound - bias**2, (1 + slope) ** 2 / 50, rtol=1e-9)
    assert len(found.angles) == 32


def test_eight_angles_with_information_have_a_bound():
    theta, flat = np.linspace(-1, 1, 10), np.full(10, 0.5)
    information = np.array([math.nan, math.inf, *[9.0] * 8])
    found = error_bound(theta, information, flat, 0 * flat)

    assert len(found.angles) == 8
    np.testing.assert_array_equal(found.information, [9.0] * 8)
    information[2] = 0.0
    with pytest.raises(NotEnoughData, match="7 angles"):
        error_bound(theta, information, flat, 0 * flat)


def test_a_path_s_slope_is_that_of_its_differences_on_its_derivatives():
    theta, rng = np.array([0.0, 0.5, 2.0, 2.2]), np.random.default_rng(2)
    mean, slope = rng.normal(size=(2, 4, 3))
    found = path_slope(theta, mean, slope)
    difference = [(mean[n + 1] - mean[n]) / (theta[n + 1] - theta[n]) for n in range(3)]
    halfway = [(slope[n + 1] + slope[n]) / 2 for n in range(3)]

    np.testing.assert_allclose(found.difference, np.ravel(difference))
    np.testing.assert_allclose(found.derivative, np.ravel(halfway))
    assert found.ratio.value == pytest.approx(np.vdot(difference, halfway) / np.vdot(halfway, halfway))
    with pytest.raises(NotApplicable, match="zero"):
        path_slope(theta, mean, 0 * slope)


def test_the_bias_of_few_stimuli_is_that_of_inverse_wishart_and_noisy_derivatives():
    covariance, noise = np.array([np.diag([1.0, 4.0]), np.diag([2.0, 0.5])]), np.array([np.eye(2), np.diag([3.0, 1.0])])
    traces = np.array([1 + 1 / 4, 3 / 2 + 2])
    found = debiased_information(np.array([7.0, 5.0]), noise, covariance, stimuli=11)

    np.testing.assert_allclose(found, (11 - 4) / 10 * (np.array([7.0, 5.0]) - traces / 11))


def test_the_errors_of_flatness_follow_from_derivatives_by_each_angle_s_information():
    rng, theta = np.random.default_rng(3), np.linspace(-1, 1, 27)
    log, bump, stimuli, small = rng.normal(size=27), np.exp(-(theta**2)), 50, 1e-6
    found = flatness(theta, np.exp(log), bump, stimuli=stimuli, trim=0.0, blocks=4)

    def values(logs):
        root = np.exp(logs / 2)
        return np.array([root.std(ddof=1) / root.mean(), np.polyfit(bump / bump.max(), logs, 1)[0]])

    gradient = np.array([(values(log + e) - values(log - e)) / (2 * small) for e in small * np.eye(27)])
    stretches = np.array([part.sum(axis=0) for part in np.array_split(gradient, 4)])
    errors = math.sqrt(2 / stimuli) * np.sqrt(np.sum(stretches**2, axis=0))
    # The variation's derivative is that of many angles: it leaves out one part in their number.
    assert found.variation.se == pytest.approx(errors[0], rel=0.02)
    assert found.tilt.se == pytest.approx(errors[1], rel=1e-5)


def test_losses_have_their_powers_and_a_trend_counts_its_models():
    assert {loss: POWERS[loss] for loss in ("log", "root4", "sqrt", "linear", "square", "quart")} == {
        "log": 0.0, "root4": 0.25, "sqrt": 0.5, "linear": 1.0, "square": 2.0, "quart": 4.0
    }  # fmt: skip
    one = Estimate(1.0, 0.1)
    assert ordering([("linear", one), ("quart", one), ("quart", one), ("sqrt", one)], floor=0.0).trend.n == 4


def test_angles_within_a_step_of_an_edge_belong_to_no_bin():
    theta, edges = np.linspace(0, 4, 41), np.array([0.0, 0.88, 2.05, 3.02, 4.0])
    level = np.array([1.0, 3.0, 2.0, 4.0])[np.clip(np.searchsorted(edges, theta) - 1, 0, 3)]
    values = np.exp(0.1 * np.random.default_rng(4).normal(size=41)) * level
    found = step_fit([(theta, values, level, edges)])
    q = normalised(theta, values)

    inside = [(theta > low + 0.101) & (theta < high - 0.101) for low, high in pairwise(edges)]
    np.testing.assert_allclose(found.level, [q[rows].mean() for rows in inside])
    assert inside[1][10]  # 1.2 steps from the edge
