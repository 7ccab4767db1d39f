"""Test `gonogo.entropy_change.on_policy` and `gonogo.entropy_change.agreement` on laws with known means and errors."""

import numpy as np
import pytest

from gonogo import NotEnoughData
from gonogo.entropy_change.agreement import error_exponent, jackknife_of_sum, pooled_difference
from gonogo.entropy_change.on_policy import score_mean, surprisal_excess, weight_mean


def categorical(rng, n, keep=8):
    """Log-probability of tokens drawn from the largest ``keep`` of 8 categories, and the entropy of all 8."""
    logits = rng.normal(size=(n, 8))
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    cut = np.sort(p, axis=1)[:, -keep][:, None]
    q = np.where(p >= cut, p, 0)
    q /= q.sum(axis=1, keepdims=True)
    drawn = (rng.random((n, 1)) > np.cumsum(q, axis=1)).sum(axis=1).clip(max=7)
    return np.log(p[np.arange(n), drawn]), -(p * np.log(p)).sum(axis=1)


def test_surprisal_of_on_policy_tokens_has_mean_zero():
    rng = np.random.default_rng(0)
    z = [surprisal_excess(*categorical(rng, 400)).z for _ in range(300)]

    assert np.mean(z) == pytest.approx(0, abs=0.2)
    assert np.std(z) == pytest.approx(1, abs=0.12)


def test_a_truncated_sampler_is_seen():
    rng = np.random.default_rng(1)

    assert max(surprisal_excess(*categorical(rng, 400, keep=4)).z for _ in range(50)) < -4


def test_weights_of_a_gaussian_shift_have_mean_one():
    rng = np.random.default_rng(2)
    z = [weight_mean(0.3 * x - 0.045).z for x in rng.normal(size=(300, 500))]

    assert np.mean(z) == pytest.approx(0, abs=0.2)
    assert score_mean(np.ones(5)).z == 0.0


def test_pooling_finds_a_bias_that_no_single_run_shows():
    biased = pooled_difference(np.tile([1.5, 2.5], 8), np.ones(16), np.full(16, 10.0), list("abcdefghijklmnop"))

    assert np.max(np.abs(biased.z)) < 3
    assert biased.stouffer == pytest.approx(8)  # mean z of 2 times sqrt(16)
    assert biased.difference.se == pytest.approx(0.25)
    with pytest.raises(NotEnoughData, match="2 runs in the group, 3 needed"):
        pooled_difference([0, 0], [1, 1], [1, 1], "ab")


def test_scatter_between_runs_is_judged_about_their_mean():
    agreeing = pooled_difference([5.0, 5.0, 5.0], [1, 1, 1], [9, 9, 9], "abc")
    scattered = pooled_difference([-5.0, 0.0, 5.0], [1, 1, 1], [9, 9, 9], "abc")

    assert agreeing.scatter_p == pytest.approx(1)
    assert scattered.scatter_p == pytest.approx(np.exp(-25), rel=1e-6)  # chi2 of 50 on 2 d.o.f.: exp(-50 / 2)


def test_the_jackknife_of_a_sum_is_m_times_that_of_the_mean():
    values = np.random.default_rng(4).normal(size=512)
    shards = values.reshape(-1, 8).sum(axis=1)

    assert jackknife_of_sum(values) == pytest.approx(len(shards) * shards.std(ddof=1) / np.sqrt(len(shards)))


def test_an_error_divided_by_the_shards_falls_too_fast():
    batch = np.array([256, 512, 1024, 2048])

    assert error_exponent(batch, batch**-1.5, batch / 8).value == pytest.approx(-1.5)
    with pytest.raises(NotEnoughData, match="2 batch sizes, 3 needed"):
        error_exponent([8, 8, 16], [1, 1, 1], [2, 2, 2])


def test_the_error_of_the_exponent_covers_its_scatter():
    rng = np.random.default_rng(5)
    batch = np.repeat([256, 1024, 4096], 2)
    powers = []
    for _ in range(300):
        se = [jackknife_of_sum(rng.normal(size=b)) / b for b in batch]
        powers.append(error_exponent(batch, se, batch / 8, tail=1.0))

    z = [(power.value + 0.5) / power.se for power in powers]
    assert np.mean(z) == pytest.approx(0, abs=0.3)
    assert np.std(z) == pytest.approx(1, abs=0.12)
