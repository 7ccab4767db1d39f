"""Test `gonogo.entropy_change.joint`: one level for several estimates of one sample, against simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr

from gonogo.entropy_change.joint import correlation_of, joint_multiplier
from gonogo.estimate import critical_value


def chain(r, k=5):
    """Correlation of k estimates that falls with their distance."""
    return r ** np.abs(np.subtract.outer(np.arange(k), np.arange(k)))


def test_one_estimate_keeps_its_multiplier():
    assert joint_multiplier(3.0, [[1.0]]) == pytest.approx(3.0, abs=1e-6)


def test_equal_estimates_are_one_decision_and_unlike_ones_as_many_as_they_are():
    z = critical_value(1)

    assert joint_multiplier(z, np.ones((5, 5))) == pytest.approx(z, abs=1e-6)
    assert joint_multiplier(z, np.eye(5)) == pytest.approx(critical_value(5), abs=0.01)


@pytest.mark.parametrize("r", [0.3, 0.9, 0.99])
def test_the_largest_of_all_exceeds_the_multiplier_no_more_often_than_one_alone_would(r):
    z, draws = 2.0, 200_000
    values = np.linalg.cholesky(chain(r)) @ np.random.default_rng(3).normal(size=(5, draws))
    alone, rate = 2 * ndtr(-z), np.mean(np.abs(values).max(axis=0) > joint_multiplier(z, chain(r)))
    noise = 4 * np.sqrt(alone / draws)

    assert rate < alone + noise
    assert rate > 0.5 * alone  # a bound, but no idle one


@given(st.floats(1.0, 5.0), st.floats(-1, 1), st.integers(1, 8))
def test_it_lies_between_one_decision_and_bonferroni(z, r, k):
    found = joint_multiplier(z, np.where(np.eye(k) > 0, 1.0, r))

    assert z - 1e-6 <= found
    assert k * 2 * ndtr(-found) >= 2 * ndtr(-z) * (1 - 1e-6)


def test_estimates_without_a_known_error_do_not_count():
    covariance = np.diag([4.0, np.nan, 0.0, 1.0])
    covariance[0, 3] = covariance[3, 0] = 1.0

    np.testing.assert_allclose(correlation_of(covariance), [[1.0, 0.5], [0.5, 1.0]])
