"""Weights, scores and pooled runs of an entropy probe: by hand, by replication, and where each limit lies."""

import math

import numpy as np
import pytest
from scipy import stats

from gonogo import NotEnoughData
from gonogo.entropy_change.agreement import error_exponent, jackknife_of_sum, pooled_difference
from gonogo.entropy_change.importance_weights import _zhang_stephens, pareto_k, trusted, weight_health
from gonogo.entropy_change.on_policy import score_mean, surprisal_excess, weight_mean, zero_mean


def test_the_health_of_weights_is_counted_by_hand():
    log_weights = np.array([0.0, 1.0, -0.5, 3.0, -4.0])
    found = weight_health(log_weights, clip=2.0)
    w = np.exp(np.clip(log_weights, -2, 2))

    assert found.ess_share == pytest.approx(w.sum() ** 2 / np.sum(w**2) / 5)
    assert found.clip_share == 0.4
    assert found.log_range == 7.0
    assert found.top_weight == pytest.approx(math.exp(2) / w.mean())
    assert math.isnan(found.pareto_k)
    assert math.isnan(found.pareto_k_se)
    assert weight_health([10.5, 9.5, 0.0]).clip_share == pytest.approx(1 / 3)
    assert weight_health([700.0, 699.0], clip=1e3).ess_share == pytest.approx((1 + math.e) ** 2 / (1 + math.e**2) / 2)


@pytest.mark.parametrize(("n", "size"), [(25, 5), (100, 20), (225, 45), (400, 60), (10_000, 300)])
def test_the_tail_has_a_fifth_of_the_weights_or_three_roots_of_them(n, size):
    log_weights = np.random.default_rng(n).normal(size=n)
    weights = np.sort(np.exp(log_weights))
    tail = (weights[-size:] - weights[-size - 1]) / weights[-1]

    assert pareto_k(log_weights) == pytest.approx(_zhang_stephens(tail))
    assert weight_health(log_weights).pareto_k_se == pytest.approx((1 + pareto_k(log_weights)) / math.sqrt(size))


def test_a_tail_needs_twenty_five_weights_and_five_that_differ():
    log_weights = np.random.default_rng(0).normal(size=24)
    assert math.isnan(pareto_k(log_weights))
    five, four = np.zeros(25), np.zeros(25)
    five[:5], four[:4] = np.arange(1, 6), np.arange(1, 5)

    assert math.isfinite(pareto_k(five))
    assert pareto_k(four) == -math.inf
    assert math.isnan(weight_health(four).pareto_k_se)


def zhang_stephens_by_hand(x):
    """Zhang and Stephens (2009), their equations, with the weak prior of Vehtari et al., sample by sample."""
    n = len(x)
    m = 30 + math.floor(math.sqrt(n))
    quartile = x[math.floor(n / 4 + 0.5) - 1]
    thetas = [1 / x[-1] + (1 - math.sqrt(m / (j - 0.5))) / (3 * quartile) for j in range(1, m + 1)]

    def profile(theta):
        k = -sum(math.log(1 - theta * value) for value in x) / n
        return n * (math.log(theta / k) + k - 1)

    likelihood = [profile(theta) for theta in thetas]
    weights = [1 / sum(math.exp(other - own) for other in likelihood) for own in likelihood]
    theta = sum(t * w for t, w in zip(thetas, weights, strict=True)) / sum(weights)
    k = sum(math.log(1 - theta * value) for value in x) / n
    return (n * k + 10 * 0.5) / (n + 10)


@pytest.mark.parametrize("n", [5, 6, 9, 20, 75, 200])
@pytest.mark.parametrize("shape", [-0.3, 0.2, 0.9])
def test_the_shape_of_a_tail_is_that_of_the_published_equations(n, shape):
    x = np.sort(stats.genpareto.rvs(shape, size=n, random_state=n))

    assert _zhang_stephens(x) == pytest.approx(zhang_stephens_by_hand(x.tolist()), rel=1e-9)


def test_trust_needs_a_sample_size_and_a_range():
    rows = [[0.0, 0.0, 0.0, 4.0], [0.0, 0.0, 0.0, 4.01], [0.0] * 4, np.linspace(-2, 2, 400), np.linspace(-2.1, 2, 400)]
    shares = [weight_health(row).ess_share for row in rows]

    assert trusted(rows[:4], min_ess_share=0.2).tolist() == [True, False, True, True]
    assert trusted(rows[3:], min_ess_share=0.2).tolist() == [True, False]
    assert trusted(rows[:1], min_ess_share=shares[0]).tolist() == [True]
    assert trusted(rows[:1], min_ess_share=shares[0] + 1e-9).tolist() == [False]
    assert trusted([[0.0, 0.0, 0.0, 1.5], [0.0, 0.0, 0.0, 1.4]]).tolist() == [
        weight_health([0.0, 0.0, 0.0, last]).ess_share >= 0.7 for last in (1.5, 1.4)
    ]


def test_a_standardised_mean_has_unit_error_over_replicates():
    rng = np.random.default_rng(1)
    found = [zero_mean(rng.exponential(size=200) - 1) for _ in range(800)]

    assert np.std([one.z for one in found]) == pytest.approx(1, rel=0.08)
    assert np.std([one.estimate.value for one in found]) == pytest.approx(found[0].estimate.se, rel=0.08)
    assert found[0].estimate.se == pytest.approx(200**-0.5)


def test_a_standardised_mean_is_students_ratio_and_clips_what_is_impossible():
    values = np.array([1.0, 2.0, 4.0, 3.0, 2.5])
    found = zero_mean(values)
    assert found.z == pytest.approx(stats.ttest_1samp(values, 0).statistic)
    assert (found.estimate.value, found.estimate.n) == (pytest.approx(found.z / math.sqrt(5)), 5)

    wild = zero_mean([*values, 1e9, -1e9])
    middle, width = np.median([*values, 1e9, -1e9]), 12 * 1.4826 * 1.5
    np.testing.assert_allclose(wild.values, [*values, middle + width, middle - width])
    tiny = zero_mean(np.array([*values, 1e9, -1e9]) * 1e-6)
    np.testing.assert_allclose(tiny.values, wild.values * 1e-6)
    assert zero_mean([3.0, 3.0, 3.0, 9.0]).values.tolist() == [3, 3, 3, 9]  # no width, no bound
    assert (zero_mean([2.0, 2.0]).z, zero_mean([2.0, 2.0]).estimate.value) == (0.0, 0.0)
    assert math.isfinite(zero_mean([1.0, 2.0]).z)
    with pytest.raises(ValueError, match="two values, got 1"):
        zero_mean([1.0])


def test_scores_of_a_policy_are_surprisals_derivatives_and_weights():
    log_prob, entropy = np.array([-3.0, -1.0, -2.5]), np.array([2.0, 2.0, 1.0])

    np.testing.assert_allclose(surprisal_excess(log_prob, entropy).values, [1.0, -1.0, 1.5])
    np.testing.assert_allclose(score_mean([0.1, -0.3]).values, [0.1, -0.3])
    np.testing.assert_allclose(weight_mean([0.0, math.log(3)]).values, [0.0, 2.0])


def test_pooled_runs_weigh_by_their_errors_and_have_the_error_of_replicates():
    se, true = np.array([0.5, 1.0, 2.0, 0.7]), np.array([2.0, -4.0, 1.0, 3.0])
    rng = np.random.default_rng(2)
    found = [pooled_difference(1 + se * rng.normal(size=4), se, true, "abcd") for _ in range(1000)]
    assert found[0].difference.se == pytest.approx(np.std([one.difference.value for one in found]), rel=0.06)
    assert np.mean([one.scatter_p < 0.1 for one in found]) == pytest.approx(0.1, abs=0.03)

    d = np.array([1.0, 2.0, -1.0, 0.5])
    one = pooled_difference(d, se, true, "abcd")
    mean = np.average(d, weights=se**-2)
    assert (one.difference.value, one.true) == (pytest.approx(mean), pytest.approx(np.average(true, weights=se**-2)))
    assert one.stouffer == pytest.approx(np.sum(d / se) / 2)
    assert one.scatter_p == pytest.approx(stats.chi2.sf(np.sum(((d - mean) / se) ** 2), 3))
    np.testing.assert_allclose(one.relative, d / [2, 4, 1, 3])
    np.testing.assert_allclose(one.relative_se, se / [2, 4, 1, 3])
    assert (one.difference.n, one.runs) == (4, tuple("abcd"))
    assert len(pooled_difference(d[:3], se[:3], true[:3], "abc").z) == 3
    with pytest.raises(NotEnoughData, match="2 runs in the group"):
        pooled_difference(d[:2], se[:2], true[:2], "ab")


def test_the_error_of_a_sum_over_shards_is_that_of_replicates():
    rng = np.random.default_rng(3)
    found = [(values.sum(), jackknife_of_sum(values, shard=10)) for values in rng.normal(size=(600, 400))]

    assert np.mean([se for _, se in found]) == pytest.approx(np.std([total for total, _ in found]), rel=0.06)
    values = rng.normal(size=21)
    sums = [values[n : n + 8].sum() for n in (0, 8, 16)]
    assert jackknife_of_sum(values) == pytest.approx(math.sqrt(3) * np.std(sums, ddof=1))
    assert math.isnan(jackknife_of_sum(values[:8]))
    assert math.isfinite(jackknife_of_sum(values[:9]))


def test_the_exponent_of_an_error_is_a_weighted_line_with_the_scatter_of_jackknives():
    batch, shards, se = [64, 64, 256, 1024], [8, 9, 33, 129], [1.0, 1.1, 0.4, 0.3]
    weight = [math.sqrt(2 * (m - 1)) / 1.4 for m in shards]
    slope, covariance = np.polyfit(np.log(batch), np.log(se), 1, w=weight, cov="unscaled")
    found = error_exponent(batch, se, shards)

    assert (found.value, found.se) == (pytest.approx(slope[0]), pytest.approx(math.sqrt(covariance[0, 0])))
    assert found.n == 4
    assert error_exponent(batch, se, shards, tail=2.8).se == pytest.approx(2 * found.se)
    with pytest.raises(NotEnoughData, match="2 batch sizes"):
        error_exponent(batch[:3], se[:3], shards[:3])
