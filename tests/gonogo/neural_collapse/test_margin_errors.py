"""Margins compared: their standard errors by replication, and their values by hand on classes that are not balanced."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from gonogo import NotEnoughData
from gonogo.neural_collapse.margin_comparison import logit_residual, margin_ratio, weakest_margin
from gonogo.neural_collapse.margins import Margins, margins, margins_from_logits

SIZES = (40, 60, 90)  # classes that are not balanced
WEIGHT = np.array([[1.0, 0.0], [-1.0, 0.5], [0.0, -1.0]])


def drawn(seed, scale=1.0):
    """Margins of new samples of three unbalanced classes about the rows of a classifier."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(3), SIZES)
    centre = WEIGHT[labels] + np.array([0.0, 0.4, 0.0])[labels, None] * (WEIGHT[2] - WEIGHT[1])
    spread = np.array([0.3, 0.6, 0.2])[labels, None]
    return margins(scale * centre + spread * rng.normal(size=(len(labels), 2)), labels, WEIGHT, np.zeros(3))


def of_pairs(mean, sd, counts):
    """Margins of which only the pairs' statistics are asked."""
    return Margins(np.empty(0), np.empty(0), np.array(counts), np.array(mean), np.array(sd), np.empty(0))


def test_the_mean_of_the_weakest_pair_has_the_error_of_its_replicates():
    found = [weakest_margin(drawn(seed)) for seed in range(400)]
    (pair,) = {pair for pair, _ in found}
    values = [estimate.value for _, estimate in found]

    assert np.mean([estimate.se for _, estimate in found]) == pytest.approx(np.std(values), rel=0.1)
    assert {(estimate.n, estimate.dof) for _, estimate in found} == {(SIZES[pair[0]], SIZES[pair[0]] - 1)}


def test_the_error_of_the_weakest_pair_is_that_of_a_mean_of_its_class():
    found = drawn(0)
    (a, b), estimate = weakest_margin(found)
    own = found.between(a, b)[0]

    assert estimate.value == pytest.approx(own.mean())
    assert estimate.se == pytest.approx(stats.sem(own))


def test_the_weakest_pair_is_that_of_the_smallest_mean_in_standard_errors():
    nan = math.nan
    pair, found = weakest_margin(of_pairs([[nan, 1.0], [2.0, nan]], [[nan, 0.1], [4.0, nan]], [5, 10]))
    assert (pair, found.se) == ((1, 0), pytest.approx(4 / 3))
    pair, found = weakest_margin(of_pairs([[nan, -1.0], [2.0, nan]], [[nan, 0.0], [4.0, nan]], [1, 10]))
    assert (pair, found.value, found.se) == ((0, 1), -1.0, 0.0)
    assert weakest_margin(of_pairs([[nan, 1.0], [1.0, nan]], [[nan, 3.0], [1.0, nan]], [1, 2]))[1].se == 3.0


def test_the_ratio_of_margins_has_the_error_of_its_replicates():
    pairs = [(drawn(2 * seed), drawn(2 * seed + 1, scale=0.7)) for seed in range(400)]
    found = [margin_ratio(train, unseen)[0] for train, unseen in pairs]

    assert np.mean([estimate.se for estimate in found]) == pytest.approx(np.std([e.value for e in found]), rel=0.1)
    assert {(estimate.n, estimate.dof) for estimate in found} == {(sum(SIZES), sum(SIZES) - 3)}


def test_the_ratio_of_margins_weighs_classes_equally_and_adds_their_errors():
    train, unseen = drawn(1), drawn(2, scale=0.7)
    found, (a, b, worst) = margin_ratio(train, unseen)

    def mean(margin):
        each = [[np.nanmean(row) for row in margin.values[margin.labels == c]] for c in range(3)]
        return np.mean([np.mean(v) for v in each]), math.sqrt(sum(stats.sem(v) ** 2 for v in each)) / 3

    (up, error_up), (low, error_low) = mean(unseen), mean(train)
    ratios = {(i, j): unseen.mean[i, j] / train.mean[i, j] for i, j in itertools.permutations(range(3), 2)}

    assert found.value == pytest.approx(up / low)
    assert found.se == pytest.approx(up / low * math.hypot(error_up / up, error_low / low))
    assert worst == pytest.approx(min(ratios.values())) == ratios[a, b]


def test_a_ratio_to_a_margin_that_is_not_positive_is_none():
    train, unseen = drawn(1, scale=-1.0), drawn(2)
    found, (a, b, worst) = margin_ratio(train, unseen)

    assert math.isnan(found.value)
    assert math.isnan(found.se)
    assert worst == -math.inf
    assert train.mean[a, b] <= 0


def test_a_class_of_one_sample_has_no_error():
    labels = np.array([0, 0, 0, 1])
    features = np.array([[1.0, 0.1], [1.2, 0.0], [0.9, 0.3], [-1.0, 0.5]])
    one = margins(features, labels, WEIGHT[:2], np.zeros(2))

    assert margin_ratio(one, one)[0].se == math.inf
    two = margins(np.vstack([features, [-1.1, 0.2]]), np.append(labels, 1), WEIGHT[:2], np.zeros(2))
    assert math.isfinite(margin_ratio(two, two)[0].se)


def test_a_residual_of_logits_is_the_largest_in_deviations_of_its_pair():
    rng = np.random.default_rng(3)
    labels = np.repeat(np.arange(3), 8)
    features = WEIGHT[labels] + 0.3 * rng.normal(size=(24, 2))
    train = margins(features, labels, WEIGHT, np.zeros(3))
    logits = features @ WEIGHT.T
    logits[5, 2] += 0.1
    distance = 0.1 / np.linalg.norm(WEIGHT[0] - WEIGHT[2])
    off, excess = logit_residual(train, logits, WEIGHT)

    assert off.value == pytest.approx(distance / train.sd[0, 2])
    assert off.n == 72
    recorded = margins_from_logits(logits, labels, WEIGHT)
    assert excess.value == pytest.approx(np.nanmax(recorded.error - train.bound))
    assert excess.value < 0 < logit_residual(train, -logits, WEIGHT)[1].value


def test_margins_that_do_not_spread_are_compared_in_millionths_of_themselves():
    labels = np.array([0, 0, 1, 1])
    train = margins(np.eye(2)[labels], labels, np.eye(2), np.zeros(2))
    off, _ = logit_residual(train, np.eye(2)[labels] * (1 + 1e-7), np.eye(2))

    assert off.value == pytest.approx(0.1, rel=1e-3)


def test_margins_count_their_samples_and_bound_their_errors():
    labels = np.repeat(np.arange(3), (2, 3, 5))
    rng = np.random.default_rng(4)
    features, bias = rng.normal(size=(10, 2)) + 0.7 * WEIGHT[labels], rng.normal(size=3)
    found = margins(features, labels, WEIGHT, bias)
    total = 0.0
    for a in range(3):
        union = 0.0
        for b in set(range(3)) - {a}:
            w = WEIGHT[a] - WEIGHT[b]
            d = (features[labels == a] @ w + bias[a] - bias[b]) / np.linalg.norm(w)
            bound = d.var() / (d.var() + d.mean() ** 2) if d.mean() > 0 else 1.0
            np.testing.assert_allclose(
                [found.mean[a, b], found.sd[a, b], found.error[a, b], found.bound[a, b]],
                [d.mean(), d.std(), np.mean(d <= 0), bound], rtol=1e-9, atol=1e-12,
            )  # fmt: skip
            np.testing.assert_allclose(found.between(a, b)[0], d)
            np.testing.assert_allclose(found.between(b, a)[1], -d)
            union += bound
        assert math.isnan(found.mean[a, a])
        assert math.isnan(found.bound[a, a])
        total += min(union, 1.0) * np.sum(labels == a)
    assert found.error_bound == pytest.approx(total / 10)
    with pytest.raises(NotEnoughData, match="all 3 classes, got 2"):
        margins(features[:5], labels[:5], WEIGHT, bias)


def test_margins_without_any_error_or_spread_are_bounded_by_nothing():
    labels = np.array([0, 1])
    found = margins(np.zeros((2, 2)), labels, np.eye(2), np.zeros(2))

    assert found.error[0, 1] == 1.0  # on the boundary is on the wrong side
    assert found.bound[0, 1] == 1.0
    assert margins(np.eye(2), labels, np.eye(2), np.zeros(2)).bound[0, 1] == 0.0
