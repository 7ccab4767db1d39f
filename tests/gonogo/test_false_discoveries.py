"""Test `gonogo.false_discoveries`: rates by replication, and what a failure owes to its neighbours."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from gonogo import Estimate
from gonogo.false_discoveries import (
    benjamini_hochberg,
    chance_level,
    discoveries,
    p_value,
    relative_p_value,
    simes,
    withheld,
)

Z = 3.2905
LEVEL = stats.norm.sf(Z)
relative = st.floats(0, 2000)
groups = st.dictionaries(st.integers(0, 20), st.lists(relative, max_size=5), max_size=12)


def rejected(found, **settings):
    """Groups with a discovery."""
    largest = discoveries(found, **settings)
    return {group for group, p in found.items() if group in largest and min(p) <= largest[group]}


def p_values(z):
    """Relative p-values of values so many standard errors beyond their limits."""
    return stats.norm.sf(z) / LEVEL


@given(groups)
def test_no_discovery_is_one_that_would_not_fail_alone(found):
    assert all(largest <= 1 for largest in discoveries(found).values())


@given(groups)
def test_a_group_is_found_where_some_discovery_lies_in_it(found):
    combined = {g: simes(s) for g, p in found.items() if (s := [x for x in p if x <= 100])}
    share = benjamini_hochberg(list(combined.values()), rate=1.0)

    assert rejected(found) == {group for group, p in combined.items() if p <= share}


@given(groups, st.integers(0, 1000))
def test_what_lies_inside_its_limits_costs_nobody_anything(found, neighbours):
    beside = {**found, **{f"inside {n}": [1 / LEVEL] for n in range(neighbours)}}

    assert discoveries(beside) == discoveries(found)


@pytest.mark.parametrize("runs", [1, 10, 100, 1000])
def test_healthy_runs_on_their_limits_raise_no_more_alarms_than_the_rate(runs):
    rng = np.random.default_rng(runs)
    alarms = [bool(rejected(dict(enumerate(p_values(rng.normal(size=(runs, 1))))))) for _ in range(2000)]

    assert stats.binomtest(sum(alarms), 2000, 0.01, alternative="greater").pvalue > 0.01


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9, 1.0])
def test_cases_of_a_run_that_share_its_data_count_once(correlation):
    rng = np.random.default_rng(3)
    shared = np.sqrt(correlation) * rng.normal(size=(2000, 30, 1))
    z = shared + np.sqrt(1 - correlation) * rng.normal(size=(2000, 30, 8))
    alarms = sum(bool(rejected(dict(enumerate(p_values(session))))) for session in z)

    assert stats.binomtest(alarms, 2000, 0.01, alternative="greater").pvalue > 0.01


def test_five_violations_of_a_run_that_are_seen_alone_are_seen_among_a_thousand_runs():
    bad = list(p_values(np.array([3.4, 3.5, 3.3, 3.6, 3.7])))
    beside = {n: list(p_values(np.full(5, -4.0))) for n in range(1000)}

    assert discoveries({"bad": bad})["bad"] == discoveries({"bad": bad, **beside})["bad"] == 1.0


def test_in_a_joint_statement_the_smallest_p_value_stands_for_the_run():
    found = {"a": [0.9, 50.0, 60.0]}

    assert rejected(found) == set()
    assert rejected(found, joint=True) == {"a"}


def test_at_a_rate_of_one_every_failure_stands():
    assert rejected({n: [0.99] for n in range(5)} | {9: [1.01]}, rate=1.0) == set(range(5))


@pytest.mark.parametrize("dof", [3.0, math.inf])
@pytest.mark.parametrize(("lower", "upper", "sides"), [(None, 1.0, 1), (-1.0, None, 1), (-1.0, 1.0, 2)])
def test_the_p_value_at_the_threshold_is_the_level(dof, lower, upper, sides):
    edge = Estimate(0.0, 0.5, dof=dof).decide(lower=lower, upper=upper, z=Z).multiplier * 0.5 + 1
    decision = Estimate(edge if upper else -edge, 0.5, dof=dof).decide(lower=lower, upper=upper, z=Z)

    assert relative_p_value(decision) == pytest.approx(1.0)
    assert chance_level(decision) == pytest.approx(sides * LEVEL)
    assert p_value(decision) == pytest.approx(sides * LEVEL)


def test_a_departure_from_zero_is_weighed_by_its_own_level():
    decision = Estimate(4.5, 1.0).decide(lower=-6, upper=6, z=Z, significance=4.0)

    assert decision.verdict == "fail"
    assert relative_p_value(decision) == pytest.approx(stats.norm.sf(4.5) / stats.norm.sf(4.0))
    assert chance_level(decision) == pytest.approx(2 * LEVEL + 2 * stats.norm.sf(4.0))


def test_a_departure_that_is_inside_its_limits_for_certain_is_no_suspect():
    decision = Estimate(4.5, 1.0).decide(lower=-100, upper=100, z=Z, significance=4.0)

    assert decision.verdict == "pass"
    assert relative_p_value(decision) > 100


@pytest.mark.parametrize(
    "decision",
    [
        Estimate(2.0).decide(upper=1.0),
        Estimate(2.0, math.nan).decide(upper=1.0),
        Estimate(math.nan, 0.1).decide(upper=1.0),
        Estimate(2.0, 0.1).decide(upper=1.0, rule="bare"),
        Estimate(2.0, 0.1).decide(upper=1.0, corrected=True),
    ],
    ids=["exact", "no error", "no number", "bare", "corrected"],
)
def test_where_chance_has_no_part_there_is_no_p_value(decision):
    assert chance_level(decision) is relative_p_value(decision) is p_value(decision) is None


@pytest.mark.parametrize("dof", [4.0, math.inf])
def test_a_failure_that_is_withheld_says_what_it_would_take(dof):
    failed = Estimate(1.7, 0.05, n=100, dof=dof).decide(upper=1.0, z=Z)
    kept = withheld(failed, 1e-3, "beside others")

    assert (failed.verdict, kept.verdict, kept.note) == ("fail", "inconclusive", "beside others")
    tail = stats.norm.sf(kept.multiplier) if math.isinf(dof) else stats.t.sf(kept.multiplier, dof)
    assert tail == pytest.approx(1e-3 * LEVEL)
