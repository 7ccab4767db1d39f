"""Test `gonogo.curves.final_level`: its error is what replication shows, also where noise lasts."""

import math

import numpy as np
import pytest

from gonogo import NotEnoughData
from gonogo.curves import final_level, improvement, remaining_change, rise_over_minimum, worse_by
from gonogo.curves.final_level import correlation_time


def lasting(rng, size, rho):
    white = rng.normal(size=size)
    noise = np.empty(size)
    noise[0] = white[0]
    for n in range(1, size):
        noise[n] = rho * noise[n - 1] + math.sqrt(1 - rho**2) * white[n]
    return noise


@pytest.mark.parametrize(("rho", "low", "high"), [(0.0, 0.9, 1.1), (0.5, 0.8, 1.15), (0.8, 0.65, 1.2)])
def test_the_error_is_the_scatter_over_replicates(rho, low, high):
    found = [final_level(1 + 0.1 * lasting(np.random.default_rng(seed), 800, rho)) for seed in range(300)]
    scatter = np.std([level.value for level in found])

    assert low < np.mean([level.se for level in found]) / scatter < high


def test_the_error_of_few_points_is_the_scatter_over_replicates():
    found = [final_level(1 + 0.1 * np.random.default_rng(seed).normal(size=20)) for seed in range(600)]
    scatter = np.std([level.value for level in found])

    assert 0.9 < np.mean([level.se for level in found]) / scatter < 1.2


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_the_correlation_time_is_that_of_the_process(rho):
    times = [correlation_time(lasting(np.random.default_rng(seed), 4000, rho)) for seed in range(20)]

    assert np.median(times) == pytest.approx((1 + rho) / (1 - rho), rel=0.15)


@pytest.mark.parametrize(
    ("measure", "at"),
    [
        (lambda y: improvement(y), lambda y: y * np.linspace(2, 1, len(y))),
        (
            lambda y: rise_over_minimum(y),
            lambda y: y * np.concatenate([np.linspace(3, 1, 200), np.linspace(1, 2, 200)]),
        ),
        (lambda y: remaining_change(range(len(y)), y, over=0.5), lambda y: y * np.linspace(2, 1, len(y))),
        (lambda y: worse_by(y[:200], [y[200:]]), lambda y: y),
    ],
    ids=["improvement", "rise", "remaining_change", "worse_by"],
)
def test_the_errors_of_what_levels_lead_to_are_their_scatter(measure, at):
    found = [measure(at(1 + 0.05 * np.random.default_rng(seed).normal(size=400))) for seed in range(300)]
    scatter = np.std([estimate.value for estimate in found])

    assert 0.75 < np.mean([estimate.se for estimate in found]) / scatter < 1.35


def test_a_tail_without_numbers_has_no_level_and_has_diverged():
    curve = [3.0, 2.0, 1.5, 1.2, 1.1, 1.0, 1.0, 0.9, *[math.nan] * 4]

    assert math.isnan(final_level(curve).value)
    assert math.isnan(improvement(curve).value)
    assert rise_over_minimum(curve).decide(upper=0.5).verdict == "fail"
    assert improvement(curve).decide(lower=0.01).verdict == "fail"


def test_one_lost_point_at_the_end_is_no_level():
    assert math.isnan(final_level([3.0, 2.0, 1.0, 1.0, 1.0, math.nan]).value)


def test_too_few_points_do_not_decide():
    for measure in (final_level, improvement, rise_over_minimum):
        with pytest.raises(NotEnoughData):
            measure([1.0, 2.0, 1.0])


def test_several_baselines_are_as_uncertain_as_they_scatter():
    rng = np.random.default_rng(1)
    quiet = [level + 0.001 * rng.normal(size=100) for level in (0.9, 1.0, 1.1)]
    one, three = worse_by(quiet[1], quiet[1:2]), worse_by(quiet[1], quiet)

    assert three.se > 20 * one.se
    assert worse_by([0.9] * 9, [[1.0] * 9], higher_is_better=True).value == pytest.approx(0.1)
