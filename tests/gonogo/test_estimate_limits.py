"""Test `gonogo.estimate` where it turns: on the limits, without an error, with one limit, at the rounding."""

import math

import pytest
from scipy import stats

from gonogo import Estimate
from gonogo.estimate import NotEnoughData, critical_value, student_quantile


def verdict(value, se=None, **how):
    return Estimate(value, se).decide(**how).verdict


@pytest.mark.parametrize(
    ("value", "se", "word"),
    [(1.0, None, "pass"), (-1.0, None, "pass"), (1.0, 0.0, "pass"), (0.25, 0.25, "pass"), (-0.25, 0.25, "pass"),
     (1.75, 0.25, "inconclusive"), (-1.75, 0.25, "inconclusive"), (1.875, 0.25, "fail"), (-1.875, 0.25, "fail"),
     (0.375, 0.25, "inconclusive")],
)  # fmt: skip
def test_a_limit_belongs_to_what_is_allowed(value, se, word):
    assert verdict(value, se, lower=-1.0, upper=1.0, z=3.0) == word


def test_one_limit_leaves_the_other_side_open():
    assert verdict(-1e9, 1.0, upper=0.0) == "pass"
    assert verdict(1e9, 1.0, lower=0.0) == "pass"
    assert verdict(1e9, 1.0, upper=0.0) == "fail"
    assert verdict(-1e9, 1.0, lower=0.0) == "fail"


def test_three_standard_errors_are_the_default():
    assert verdict(0.0, 0.99, upper=3.0) == "pass"
    assert verdict(0.0, 1.01, upper=3.0) == "inconclusive"


@pytest.mark.parametrize("rule", ["equivalence", "compatibility", "bare"])
@pytest.mark.parametrize("se", [math.nan, math.inf])
def test_an_unknown_error_is_passed_by_compatibility_only_and_ignored_by_the_bare_rule(rule, se):
    inside, outside = (Estimate(value, se).decide(upper=1.0, rule=rule) for value in (0.0, 2.0))
    words = {"equivalence": ("inconclusive",) * 2, "compatibility": ("pass",) * 2, "bare": ("pass", "fail")}

    assert (inside.verdict, outside.verdict) == words[rule]
    notes = {"equivalence": "the standard error is not known", "compatibility": "compatible, not verified", "bare": ""}
    assert inside.note == notes[rule]


def test_significance_is_beyond_its_multiple_and_says_by_how_much():
    found = Estimate(-0.5, 0.125).decide(lower=-0.6, upper=0.6, significance=3.9)

    assert (found.verdict, found.by_significance) == ("fail", True)
    assert found.excess == pytest.approx(4 / 3.9 - 1)
    assert Estimate(0.5, 0.125).decide(lower=-0.6, upper=0.6, significance=4.0).verdict == "inconclusive"
    assert Estimate(math.nan, 0.1).decide(upper=1.0).note == "the value is not a number"


@pytest.mark.parametrize(
    ("value", "limits", "excess"),
    [(3.0, {"lower": 0, "upper": 4}, -0.5), (6.0, {"lower": 0, "upper": 4}, 1.0), (-1.0, {"lower": 0, "upper": 4}, 0.5),
     (3.0, {"upper": 2}, 0.5), (1.0, {"upper": 2}, -0.5), (3.0, {"lower": 2}, -0.5), (-3.0, {"upper": -4}, 0.25),
     (0.5, {"upper": 0}, 0.5), (math.inf, {"upper": 1}, math.inf), (-math.inf, {"upper": 1}, math.inf),
     (3.0, {"lower": 3, "upper": 3}, 0.0)],
)  # fmt: skip
def test_an_excess_is_in_half_widths_of_the_limits(value, limits, excess):
    assert Estimate(value).decide(**limits).excess == pytest.approx(excess)


@pytest.mark.parametrize(
    ("estimate", "n"),
    [
        (Estimate(0.5, 0.25, n=10), math.ceil(10 * (3 * 0.25 / 0.5) ** 2)),
        (Estimate(0.75, 0.25, n=10), 90),
        (Estimate(1.0, 0.25, n=10), math.inf),
        (Estimate(0.5, 0.25), None),
        (Estimate(0.5, math.nan, n=10), None),
        (Estimate(0.5, 0.1, n=10), None),
    ],
)
def test_the_size_that_would_decide_brings_the_nearer_limit_to_the_end_of_the_interval(estimate, n):
    assert estimate.decide(lower=-4.0, upper=1.0).n_to_decide == n


def test_a_critical_value_is_the_quantile_of_a_two_sided_share():
    assert critical_value(7) == pytest.approx(stats.norm.isf(0.001 / 14))
    assert critical_value(0) == critical_value(1) == pytest.approx(stats.norm.isf(0.0005))
    assert critical_value(2, alpha=0.05, floor=0) == pytest.approx(stats.norm.isf(0.0125))
    assert critical_value(1, alpha=0.5) == 3.0
    assert student_quantile(2.0, 5.0) == pytest.approx(stats.t.isf(stats.norm.sf(2.0), 5))


def test_numbers_that_are_known_move_and_scale_an_estimate():
    assert Estimate(3.0).over(-2.0) == Estimate(-1.5)
    assert (Estimate(1.0).error, Estimate(1.0, 0.5).error) == (0.0, 0.5)
    assert Estimate(3.0, 0.5, "nats", 7, 4.0).minus(1.0) == Estimate(2.0, 0.5, "nats", 7, 4.0)
    assert NotEnoughData("why", "planned_end").cause == "planned_end"
    assert str(NotEnoughData("why")) == "why"
