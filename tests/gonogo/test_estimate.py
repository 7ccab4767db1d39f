"""Test `gonogo.estimate`: the three-way rule and its bookkeeping."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo import Estimate
from gonogo.estimate import capped_quantile, critical_value, normal_quantile, student_quantile

numbers = st.floats(-1e6, 1e6)
errors = st.floats(1e-6, 1e6)


@given(numbers, errors, st.floats(1e-3, 1e6), st.floats(0.5, 6))
def test_pass_and_fail_are_what_the_interval_says(value, se, tau, z):
    verdict = Estimate(value, se).decide(lower=-tau, upper=tau, z=z).verdict

    if abs(value) + z * se <= tau:
        assert verdict == "pass"
    elif abs(value) - z * se > tau:
        assert verdict == "fail"
    else:
        assert verdict == "inconclusive"


@given(numbers, errors, st.floats(1e-3, 1e6))
def test_rules_differ_only_where_the_data_cannot_decide(value, se, tau):
    verdicts = {rule: Estimate(value, se).decide(lower=-tau, upper=tau, rule=rule) for rule in
                ("equivalence", "compatibility", "bare")}  # fmt: skip

    if verdicts["equivalence"].verdict == "inconclusive":
        assert verdicts["compatibility"].verdict == "pass"
        assert verdicts["compatibility"].note == "compatible, not verified"
    else:
        assert verdicts["compatibility"].verdict == verdicts["equivalence"].verdict
    assert verdicts["bare"].verdict == ("pass" if abs(value) <= tau else "fail")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf], ids=["nan", "inf", "-inf"])
@pytest.mark.parametrize("se", [None, 1.0, math.nan])
@pytest.mark.parametrize("rule", ["equivalence", "compatibility", "bare"])
def test_non_finite_values_satisfy_no_limit(value, se, rule):
    assert Estimate(value, se).decide(lower=-1, upper=1, rule=rule).verdict == "fail"
    if value == math.inf:
        assert Estimate(value, se).decide(lower=1, rule=rule).verdict == "fail"


def test_unknown_standard_error_decides_nothing():
    assert Estimate(0.0, math.nan).decide(upper=1.0).verdict == "inconclusive"
    assert Estimate(0.0, math.inf).decide(upper=1.0).verdict == "inconclusive"


def test_few_degrees_of_freedom_widen_the_interval():
    few, many = (Estimate(0.5, 0.1, dof=dof).decide(upper=1.0, z=3.0) for dof in (3, math.inf))

    assert (many.verdict, few.verdict) == ("pass", "inconclusive")
    assert few.multiplier == pytest.approx(9.22, abs=0.01)  # t with 3 d.o.f. that leaves 0.00135, from any table


def test_significance_fails_a_value_that_should_be_zero():
    estimate = Estimate(0.5, 0.1)

    assert estimate.decide(lower=-0.6, upper=0.6, z=3).verdict == "inconclusive"
    assert estimate.decide(lower=-0.6, upper=0.6, z=3, significance=4).verdict == "fail"
    assert estimate.decide(lower=-0.9, upper=0.9, z=3, significance=4).verdict == "pass"


def test_what_decided_is_what_lies_beyond():
    by_significance = Estimate(-0.5, 0.1).decide(lower=-0.6, upper=0.6, z=3, significance=4)
    by_limits = Estimate(-5.0, 0.1).decide(lower=-0.6, upper=0.6, z=3, significance=4)

    assert by_significance.by_significance
    assert by_significance.excess == pytest.approx(5 / 4 - 1)
    assert not by_limits.by_significance
    assert by_limits.excess == pytest.approx(4.4 / 0.6)
    assert not Estimate(0.0, 0.1).decide(lower=-0.6, upper=0.6, z=3, significance=4).by_significance


def test_sample_size_that_would_decide_does_decide():
    n = Estimate(0.5, 0.4, n=100).decide(upper=1.0, z=3).n_to_decide

    assert n == 577  # half-width 1.2 must shrink to 0.5: 100 * (1.2 / 0.5)^2 = 576, and one more for rounding up
    assert Estimate(0.5, 0.4 * math.sqrt(100 / n), n=n).decide(upper=1.0, z=3).verdict == "pass"


@given(numbers, errors)
def test_excess_is_negative_inside_and_positive_outside(value, tau):
    decision = Estimate(value).decide(lower=-tau, upper=tau)

    assert (decision.excess <= 0) == (decision.verdict == "pass")
    assert decision.excess == pytest.approx(abs(value) / tau - 1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [({}, "needs a lower or an upper limit"), ({"upper": math.nan}, "must be numbers"),
     ({"upper": 1, "rule": "hope"}, "must be one of equivalence")],
)  # fmt: skip
def test_wrong_arguments_are_named(arguments, words):
    with pytest.raises(ValueError, match=words):
        Estimate(0.0).decide(**arguments)


def test_critical_value_keeps_the_familywise_error():
    rng = np.random.default_rng(0)
    m = 30
    largest = np.abs(rng.standard_normal((20000, m))).max(axis=1)

    assert np.mean(largest > critical_value(m, alpha=0.05, floor=0)) == pytest.approx(0.05, abs=0.005)


def test_student_quantile_approaches_the_normal_one():
    assert student_quantile(3.0, 1e7) == pytest.approx(3.0, rel=1e-5)


@given(st.floats(0.5, 6), st.floats(1, 1000))
def test_quantiles_of_both_laws_are_inverse(z, dof):
    assert normal_quantile(student_quantile(z, dof), dof) == pytest.approx(z, rel=1e-6)


@given(st.floats(3, 6), st.floats(1, 1000))
def test_a_cap_leaves_a_tail_of_half_a_percent_at_most_and_else_four_standard_errors(z, dof):
    capped = student_quantile(capped_quantile(z, dof, most=4.0), dof)

    assert capped <= student_quantile(z, dof) + 1e-9
    assert capped <= max(4.0, student_quantile(2.5758293, dof)) + 1e-6


@pytest.mark.parametrize("dof", [1.0, 4.0, 30.0])
def test_the_number_that_would_decide_counts_the_degrees_of_freedom_that_it_brings(dof):
    estimate = Estimate(0.5, 0.4, n=5, dof=dof)
    needed = estimate.decide(upper=1.0, z=3.3).n_to_decide

    def verdict(n):
        return Estimate(0.5, 0.4 * math.sqrt(5 / n), n=n, dof=dof + n - 5).decide(upper=1.0, z=3.3).verdict

    assert (verdict(needed - 1), verdict(needed)) == ("inconclusive", "pass")
