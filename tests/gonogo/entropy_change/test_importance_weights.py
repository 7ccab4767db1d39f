"""Test `gonogo.entropy_change.importance_weights`: known shapes of tails, limits of the effective sample size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.entropy_change.importance_weights import pareto_k, trusted, weight_health


@pytest.mark.parametrize("k", [0.2, 0.5, 0.9])
def test_the_tail_of_a_pareto_law_is_recovered(k):
    rng = np.random.default_rng(0)
    fits = [pareto_k(np.log(rng.pareto(1 / k, 2000) + 1)) for _ in range(50)]

    assert np.mean(fits) == pytest.approx(k, abs=0.08)


def test_the_tail_is_as_uncertain_as_its_fits_scatter():
    rng = np.random.default_rng(3)
    found = [weight_health(np.log(rng.pareto(2, 2000) + 1)) for _ in range(200)]

    # The weak prior makes the fit a little steadier than maximum likelihood, whose variance the standard error is.
    assert np.std([f.pareto_k for f in found]) == pytest.approx(np.mean([f.pareto_k_se for f in found]), rel=0.2)
    assert np.isnan(weight_health(np.zeros(200)).pareto_k_se)


def test_light_tails_are_light():
    rng = np.random.default_rng(1)

    assert pareto_k(np.log(rng.uniform(1, 2, 2000))) < 0
    assert pareto_k(np.zeros(200)) == -np.inf
    assert np.isnan(pareto_k(np.zeros(10)))


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=50))
def test_effective_sample_size_lies_between_one_and_n(log_weights):
    n = len(log_weights)

    assert 1 / n - 1e-12 <= weight_health(log_weights).ess_share <= 1 + 1e-12


@given(st.floats(-2, 2))
def test_a_constant_changes_nothing_but_clipping(constant):
    values = np.random.default_rng(2).normal(size=100)
    one, other = weight_health(values), weight_health(values + constant)

    assert other.ess_share == pytest.approx(one.ess_share)
    assert other.log_range == pytest.approx(one.log_range)


def test_clipping_is_counted_on_the_raw_weights():
    health = weight_health([0.0, 11.0, -12.0, 3.0])

    assert health.clip_share == 0.5
    assert health.log_range == 23.0


def test_trust_ends_where_few_samples_carry_the_weight():
    rng = np.random.default_rng(3)
    scores = rng.normal(size=500)

    assert trusted([0.1 * scores, 0.5 * scores, 2 * scores]).tolist() == [True, True, False]
