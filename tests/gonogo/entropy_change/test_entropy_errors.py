"""Entropy change: influences by the jackknife, standard errors by replication, what is derived by hand, and limits."""

import math

import numpy as np
import pytest
from scipy import optimize

from gonogo import NotApplicable, NotEnoughData, entropy_change
from gonogo.entropy_change import noise as entropy_noise
from gonogo.entropy_change.expansion import plugin_slope, ratio_influence, slope_influence, standard_error, step
from gonogo.entropy_change.order import growth, quadratic_fit

ETA = np.array([0.1, 0.2, 0.4])


class Batch:
    """Sequences whose entropies and log-weights are quadratic in the step, with contributions to their derivatives."""

    def __init__(self, seed=0, n=60):
        rng = np.random.default_rng(seed)
        self.tokens = rng.integers(4, 30, n).astype(float)
        self.score = 0.3 * rng.normal(size=n)
        self.h = self.tokens * rng.uniform(0.5, 1.5, n) * (1 + 0.2 * self.score)
        self.slope = self.h * (0.5 + 0.3 * rng.normal(size=n))
        self.curvature = self.h * rng.normal(size=n)
        self.gdotv = (self.slope + self.h * self.score) / self.tokens.sum()
        self.vhvv = self.curvature / self.tokens.sum()
        self.log_weights = np.outer(ETA, self.score)
        self.h_new = self.h + np.outer(ETA, self.slope) + np.outer(ETA**2, self.curvature) / 2

    def kept(self, rows):
        """The batch without the other rows; contributions are over what is left."""
        other = object.__new__(Batch)
        for name, value in vars(self).items():
            setattr(other, name, value[..., rows])
        share = self.tokens.sum() / other.tokens.sum()
        other.gdotv, other.vhvv = other.gdotv * share, other.vhvv * share
        return other

    def expanded(self, **more):
        """Expansion with contributions of the sequences."""
        arrays = (np.tile(a, (len(ETA), 1)) for a in (self.h, self.tokens))
        settings = {"slope": self.gdotv.sum(), "curvature": self.vhvv.sum(), "gdotv": self.gdotv, "vhvv": self.vhvv}
        return entropy_change.expansion(ETA, self.log_weights, self.h_new, *arrays, **settings | more)


def jackknife(statistic, batch):
    """Standard error by leaving out one sequence at a time."""
    n = len(batch.tokens)
    values = np.array([statistic(batch.kept(np.arange(n) != i)) for i in range(n)])
    return np.sqrt((n - 1) * np.mean((values - values.mean(axis=0)) ** 2, axis=0))


@pytest.mark.parametrize("order", ["linear", "linquad"])
def test_errors_of_paired_differences_are_those_of_the_jackknife(order):
    batch = Batch(n=300)

    def gap(kept):
        found = kept.expanded()
        return found.true - getattr(found, order)

    np.testing.assert_allclose(getattr(batch.expanded(), f"{order}_gap_se"), jackknife(gap, batch), rtol=0.05)


def test_errors_of_the_true_change_are_those_of_the_jackknife_and_of_replicates():
    batch = Batch(n=300)
    np.testing.assert_allclose(batch.expanded().true_se, jackknife(lambda b: b.expanded().true, batch), rtol=0.05)

    found = [Batch(seed, n=100).expanded() for seed in range(300)]
    scatter = np.std([one.true for one in found], axis=0)
    np.testing.assert_allclose(np.mean([one.true_se for one in found], axis=0), scatter, rtol=0.12)
    for order in ("linear", "linquad"):
        scatter = np.std([one.true - getattr(one, order) for one in found], axis=0)
        errors = np.mean([getattr(one, f"{order}_gap_se") for one in found], axis=0)
        np.testing.assert_allclose(errors, scatter, rtol=0.15)


@pytest.mark.parametrize("order", ["linear", "linquad"])
def test_errors_of_paired_differences_follow_from_each_sequence_s_multiplicity(order):
    batch, small = Batch(5), 1e-5
    batch.vhvv = batch.vhvv + 0.3 * batch.gdotv  # a curvature whose sum is not zero
    total = batch.tokens.sum()

    def gap(c):
        found = []
        for eta, log_weights, h_new in zip(ETA, batch.log_weights, batch.h_new, strict=True):
            w = c * np.exp(log_weights)
            true = (w @ h_new) / (w @ batch.tokens) - (c @ batch.h) / (c @ batch.tokens)
            slope, curvature = ((c @ parts) * total / (c @ batch.tokens) for parts in (batch.gdotv, batch.vhvv))
            found.append(true - eta * slope - (eta**2 * curvature / 2 if order == "linquad" else 0))
        return np.array(found)

    more = small * np.eye(60)
    influence = np.array([(gap(1 + e) - gap(1 - e)) / (2 * small) for e in more])
    wanted = np.sqrt(60 / 59 * np.sum(influence**2, axis=0))
    np.testing.assert_allclose(getattr(batch.expanded(), f"{order}_gap_se"), wanted, rtol=1e-6)


def test_an_expansion_is_the_slope_times_the_step_and_half_the_curvature_times_its_square():
    batch = Batch()
    found = batch.expanded(quadratic_slope=0.7)
    slope, curvature = batch.gdotv.sum(), batch.vhvv.sum()

    np.testing.assert_allclose(found.linear, slope * ETA)
    np.testing.assert_allclose(found.linquad, 0.7 * ETA + curvature * ETA**2 / 2)
    np.testing.assert_allclose(batch.expanded().linquad, slope * ETA + curvature * ETA**2 / 2)
    np.testing.assert_allclose(found.linear_parts.sum(axis=1), slope * ETA)
    np.testing.assert_allclose(found.linquad_parts.sum(axis=1), slope * ETA + curvature * ETA**2 / 2)
    assert np.isnan(batch.expanded(curvature=None).linquad).all()
    for order, prediction in ((1, found.linear), (2, found.linquad)):
        gap, true = found.gap(0.2, order)
        assert true == found.true[1]
        assert gap.value == pytest.approx(found.true[1] - prediction[1])
        assert gap.se == (found.linear_gap_se if order == 1 else found.linquad_gap_se)[1]
        assert (gap.n, gap.unit) == (60, "nats/token")


def test_without_single_sequences_reported_errors_are_added():
    batch = Batch()
    found = batch.expanded(gdotv=None, vhvv=None, slope_se=0.5, curvature_se=0.3)

    assert not found.paired
    np.testing.assert_allclose(found.linear_gap_se**2, found.true_se**2 + (0.5 * ETA) ** 2)
    np.testing.assert_allclose(found.linquad_gap_se**2, found.linear_gap_se**2 + (0.15 * ETA**2) ** 2)
    assert np.isnan(batch.expanded(gdotv=None, vhvv=None).linear_gap_se).all()


def test_the_slope_s_influence_counts_the_tokens_and_the_estimated_entropy():
    batch = Batch()
    total, mean = batch.tokens.sum(), batch.h.sum() / batch.tokens.sum()

    def slope(c):  # with multiplicities c; the correction -H T J holds the estimated H
        h = (c @ batch.h) / (c @ batch.tokens)
        return (
            c
            @ (total * batch.gdotv + mean * batch.tokens * batch.score - h * batch.tokens * batch.score)
            / (c @ batch.tokens)
        )

    found = slope_influence(batch.gdotv, batch.h, batch.tokens, batch.score)
    for i in (0, 11, 59):
        c = np.ones((2, 60))
        c[:, i] += [1e-5, -1e-5]
        assert found[i] == pytest.approx((slope(c[0]) - slope(c[1])) / 2e-5, rel=1e-5)
    plain = slope_influence(batch.gdotv, batch.h, batch.tokens)
    np.testing.assert_allclose(plain, batch.gdotv - batch.gdotv.sum() * batch.tokens / total)


def test_one_sequence_has_no_error_and_two_have():
    assert math.isnan(standard_error(np.array([0.0])))
    assert standard_error(np.array([[-1.0, 1.0], [0.0, 0.0]])).tolist() == [2.0, 0.0]
    np.testing.assert_allclose(ratio_influence(np.array([1.0, 3.0]), np.array([1.0, 1.0])), [-0.5, 0.5])


def test_weights_are_clipped_on_both_sides():
    change = entropy_change.true_change([30.0, -30.0, 0.0], [1.0, 2.0, 3.0], [1.0, 1.0, 1.0], [1, 2, 3], clip=2.0)
    w = np.exp([2.0, -2.0, 0.0])

    assert change.estimate.value == pytest.approx(w @ [1, 2, 3] / (w @ [1, 2, 3]) - 0.5)
    default = entropy_change.true_change([30.0, 0.0], [1.0, 2.0], [1.0, 1.0], [1, 1]).estimate.value
    assert default == pytest.approx((math.exp(10) + 2) / (math.exp(10) + 1) - 1, rel=1e-12)
    huge = entropy_change.true_change([900.0, 899.0], [1.0, 2.0], [1.0, 1.0], [1, 1], clip=1e4).estimate.value
    assert huge == pytest.approx(1 / (1 + math.e))


def test_the_plug_in_slope_is_the_derivative_on_the_same_sample():
    batch, small = Batch(), 1e-6
    changes = [entropy_change.true_change(e * batch.score, batch.h + e * batch.slope, batch.h, batch.tokens).estimate
               for e in (small, -small)]  # fmt: skip

    found = plugin_slope(batch.slope, batch.score, batch.h, batch.tokens)
    assert found == pytest.approx((changes[0].value - changes[1].value) / (2 * small), rel=1e-6)


def test_a_step_is_found_within_rounding_and_no_other():
    assert step(ETA, 0.2 * (1 + 5e-7)) == 1
    with pytest.raises(ValueError, match=r"got 0\.2001"):
        step(ETA, 0.2001)


def noisy(seed, *, log_prob=0.02, entropy=0.05, n=400):
    """Passes of one batch at three steps with noise in each, the pass before the step shared."""
    rng = np.random.default_rng(seed)
    batch = Batch(1, n=n)
    p, h = (size * rng.normal(size=(4, n)) for size in (log_prob, entropy))
    weights = np.outer(ETA, batch.score) + p[1:] - p[0]
    return weights, batch.h + np.outer(ETA, batch.slope) + h[1:], np.tile(batch.h + h[0], (3, 1)), batch.tokens


def test_the_noise_floor_is_the_noise_that_was_put_in():
    floors, changes = [], []
    for seed in range(150):
        weights, h_new, h_base, tokens = noisy(seed)
        floors.append(entropy_noise.noise_floor(ETA, weights, h_new, h_base, np.tile(tokens, (3, 1))))
        changes.append(entropy_change.true_change(weights[0], h_new[0], h_base[0], tokens).estimate.value)

    assert np.mean([floor.log_prob for floor in floors]) == pytest.approx(0.02, rel=0.03)
    assert np.mean([floor.entropy for floor in floors]) == pytest.approx(0.05, rel=0.03)
    assert np.mean([floor.change for floor in floors]) == pytest.approx(np.std(changes), rel=0.15)


def test_the_noise_floor_is_taken_from_the_first_pair_of_a_step_and_its_double():
    weights, h_new, h_base, tokens = noisy(0)
    tokens = np.tile(tokens, (3, 1))
    found = entropy_noise.noise_floor([0.1, 0.3, 0.6], weights, h_new, h_base, tokens)

    assert found.log_prob == pytest.approx(np.std(weights[2] - 2 * weights[1], ddof=1) / math.sqrt(6))
    assert found.entropy == pytest.approx(np.std(h_new[2] - 2 * h_new[1] + h_base[1], ddof=1) / math.sqrt(6))
    away = h_base[0] - h_base[0].sum() / tokens[0].sum() * tokens[0]
    change = math.sqrt(2 * (found.log_prob**2 * np.sum(away**2) + 400 * found.entropy**2)) / tokens[0].sum()
    assert found.change == pytest.approx(change)
    both = entropy_noise.noise_floor(ETA, weights, h_new, h_base, tokens)
    assert both.log_prob == pytest.approx(np.std(weights[1] - 2 * weights[0], ddof=1) / math.sqrt(6))
    with pytest.raises(NotApplicable, match="twice"):
        entropy_noise.noise_floor([0.1, 0.2001, 0.5], weights, h_new, h_base, tokens)


def test_a_residual_is_judged_at_the_largest_trusted_step_above_the_noise():
    floor = entropy_noise.NoiseFloor(0.0, 0.0, 0.01)
    found = entropy_noise.slope_residual(ETA, [0.09, 0.2, 0.5], 1.0, floor, [True, True, False], n=7)

    assert (found.judged, found.estimate.n, found.estimate.se) == (1, 7, 0.01)
    np.testing.assert_allclose(found.residual, [-0.01, 0.0, 0.1])
    assert (found.estimate.value, found.scale) == (pytest.approx(0.0), 0.2)
    assert found.smallest_eta == pytest.approx(0.1)
    last = entropy_noise.slope_residual(ETA, [0.09, 0.2, 0.5], -1.0, floor, [True] * 3)
    assert (last.judged, last.estimate.value, last.scale) == (2, pytest.approx(0.9), 0.5)
    assert entropy_noise.slope_residual(ETA, [0.1, 0.2, 0.4], 0.0, floor, [True] * 3).smallest_eta == math.inf
    with pytest.raises(NotEnoughData, match=r"at least 0\.4 would"):
        entropy_noise.slope_residual(ETA[:2], [0.0, 0.0], 0.25, floor, [True, True])


def test_a_power_has_generalised_least_squares_and_their_error():
    eta, rng = np.geomspace(0.1, 1.6, 5), np.random.default_rng(2)
    noise, found = 1e-3, []
    for _ in range(600):
        shared = noise / math.sqrt(2) * rng.normal()
        found.append(growth(eta, -(eta**2) + shared + noise / math.sqrt(2) * rng.normal(size=5), noise).estimate)
    assert np.mean([e.value for e in found]) == pytest.approx(2, abs=0.01)
    assert np.mean([e.se for e in found]) == pytest.approx(np.std([e.value for e in found]), rel=0.1)

    size = -(eta**1.5) * (1 + 0.1 * rng.normal(size=5))
    covariance = (np.outer(1 / size, 1 / size) + np.diag(1 / size**2)) * noise**2 / 2
    wanted, error = optimize.curve_fit(
        lambda x, a, b: a * x + b, np.log(eta), np.log(-size), sigma=covariance, absolute_sigma=True
    )
    one = growth(eta, size, noise)
    assert (one.estimate.value, one.intercept) == (pytest.approx(wanted[0]), pytest.approx(wanted[1]))
    assert one.estimate.se == pytest.approx(math.sqrt(error[0, 0]))
    assert one.one_sign


def test_three_values_above_three_noise_floors_have_a_power():
    found = growth([1, 2, 4, 8], [3.1, 2.9, -9.0, 27.0], 1.0)

    assert found.used.tolist() == [True, False, True, True]
    assert not found.one_sign
    with pytest.raises(NotApplicable, match=r"2 of 4 values lie above 3 noise floors"):
        growth([1, 2, 4, 8], [3.1, 2.9, -9.0, 27.0], 1.0, usable=[False, True, True, True])
    exact = growth([1, 2, 4], [1.0, 8.0, 64.0], 0.0)
    assert (exact.estimate.value, exact.estimate.se, exact.intercept) == (
        pytest.approx(3), 0.0, pytest.approx(0, abs=1e-9)
    )  # fmt: skip


@pytest.mark.parametrize("known", [True, False])
def test_a_quadratic_has_the_errors_of_its_replicates(known):
    eta, rng, noise, found = np.linspace(0.2, 2, 8), np.random.default_rng(3), 0.02, []
    for _ in range(600):
        true = 1.5 * eta - 0.4 * eta**2 + noise / math.sqrt(2) * (rng.normal() + rng.normal(size=8))
        found.append(quadratic_fit(eta, true, noise if known else None))

    for name, place in (("slope", 0), ("curvature", 1)):
        error = np.sqrt(np.mean([fit.covariance[place, place] for fit in found]))
        assert error == pytest.approx(np.std([getattr(fit, name) for fit in found]), rel=0.08)
    shares = [fit.share() for fit in found]
    assert np.mean([share.value for share in shares]) == pytest.approx(0.8 * 2 / 2 / 1.5, rel=0.02)
    assert np.sqrt(np.mean([s.se**2 for s in shares])) == pytest.approx(np.std([s.value for s in shares]), rel=0.08)
    assert {share.dof for share in shares} == {math.inf if known else 5.0}
    assert np.sqrt(np.mean([fit.noise**2 for fit in found])) == pytest.approx(noise, rel=0.05)


def test_a_quadratic_needs_four_steps_or_five():
    eta = np.arange(1.0, 6.0)

    assert quadratic_fit(eta[:4], eta[:4] ** 2, 0.1).curvature == pytest.approx(2)
    assert quadratic_fit(eta, eta**2).dof == 2
    np.testing.assert_allclose(quadratic_fit(eta, 3 + eta + eta**2).fitted, 3 + eta + eta**2)
    for arguments, words in (((eta[:3], eta[:3], 0.1), "needs 4"), ((eta[:4], eta[:4]), "needs 5")):
        with pytest.raises(NotEnoughData, match=words):
            quadratic_fit(*arguments)
