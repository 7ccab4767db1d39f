"""Test what first order says of the entropy change: standard errors by replication, values in closed form."""

import numpy as np
import pytest

from fixtures.kinds.entropy_probe import FAULTS, healthy
from fixtures.kinds.entropy_probe import tabular_policy as tabular
from gonogo import NotEnoughData, entropy_change
from gonogo.entropy_change.attribution import attribution
from gonogo.entropy_change.control_variates import controlled
from gonogo.entropy_change.derivatives import followed
from gonogo.entropy_change.precision import plugin_influence, slope_precision
from gonogo.entropy_change.regime import linear_regime

REPLICATES = 200


def spread_over_error(values, errors):
    """Standard deviation over replicates by the errors that they state: 1 within 15 % for 200 of them."""
    return np.std(values, ddof=1) / np.sqrt(np.mean(np.square(errors)))


@pytest.fixture(scope="module")
def probes():
    """Small healthy probes: some noise of single passes, each batch another one."""
    return [healthy(seed, sequences=400, noise=0.01) for seed in range(REPLICATES)]


def influences(record, steps=slice(0, 4)):
    rows = zip(record.log_weights[steps], record.h_new[steps], record.h_base[steps], record.tokens[steps], strict=True)
    return np.array([entropy_change.true_change(*row).influence for row in rows])


def slope_influence(record):
    return entropy_change.slope_influence(record.gdotv, record.h_base[0], record.tokens[0], record.score)


def plugin(record):
    arrays = record.entropy_slope, record.score, record.h_base[0], record.tokens[0]
    return entropy_change.plugin_slope(*arrays), plugin_influence(*arrays)


def expansion_of(record):
    arrays = record.log_weights, record.h_new, record.h_base, record.tokens
    return entropy_change.expansion(
        record.eta, *arrays, slope=record.slope, quadratic_slope=record.quadratic_slope, curvature=record.curvature,
        gdotv=record.gdotv, vhvv=record.vhvv, score=record.score,
    )  # fmt: skip


# Values, and the differences of all steps at once.


def test_errors_of_all_values_are_their_spread_over_replicates(probes):
    found = [expansion_of(r).values(0.04) for r in probes]

    assert list(found[0]) == ["true ΔH", "linear", "lin+quad"]
    for name in found[0]:
        values, errors = [v[name].value for v in found], [v[name].se for v in found]
        assert spread_over_error(values, errors) == pytest.approx(1, abs=0.2), name


def test_differences_at_several_steps_have_the_covariance_of_their_shared_sequences(probes):
    # Influences on the curvature are those of the sum over tokens that producers report, without terms of the ratio.
    found = [expansion_of(FAULTS["wrong_curvature"](r)) for r in probes]

    for name in ("linear", "linquad"):
        seen = np.cov(np.transpose([e.true - getattr(e, name) for e in found]))
        stated = np.mean([getattr(e, f"{name}_gap_covariance") for e in found], axis=0)
        scale = np.sqrt(np.outer(np.diag(seen), np.diag(seen)))
        np.testing.assert_allclose(stated / scale, seen / scale, atol=0.35)
        np.testing.assert_allclose(correlation(stated), correlation(seen), atol=0.15)


def correlation(covariance):
    return covariance / np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))


def test_without_records_of_sequences_the_reported_errors_are_added_for_all_steps_at_once():
    record = healthy(2, sequences=64)
    arrays = record.log_weights, record.h_new, record.h_base, record.tokens
    found = entropy_change.expansion(record.eta, *arrays, slope=1.0, curvature=2.0, slope_se=0.5, curvature_se=3.0)
    paired = expansion_of(record)

    np.testing.assert_allclose(found.linear_se, 0.5 * record.eta)
    np.testing.assert_allclose(found.linquad_se, np.hypot(0.5 * record.eta, 1.5 * record.eta**2))
    np.testing.assert_allclose(found.linear_gap_se, np.hypot(paired.true_se, 0.5 * record.eta))
    # Large errors of one slope at all steps: the differences are one decision.
    assert correlation(found.linear_gap_covariance).min() > 0.99


# Derivatives.


def test_a_regression_through_the_origin_by_hand():
    found = followed([1.0, 1.0, 2.0], [1.0, 3.0, 4.0]).estimate

    assert found.value == pytest.approx(2.0)
    assert found.se == pytest.approx(np.sqrt(1 + 1) / 6)


def test_its_error_is_the_spread_over_replicates_where_residuals_grow_with_the_derivative():
    rng = np.random.default_rng(0)
    found = []
    for _ in range(1000):
        x = rng.normal(size=300)
        found.append(followed(x, x + np.abs(x) * rng.normal(size=300)).estimate)

    assert spread_over_error([e.value for e in found], [e.se for e in found]) == pytest.approx(1, abs=0.08)
    assert np.mean([e.value for e in found]) == pytest.approx(1, abs=0.01)


def test_no_derivative_gives_no_number():
    assert np.isnan(followed([0.0, 0.0], [1.0, 2.0]).estimate.value)


def test_a_wrong_scale_shows_in_the_slope():
    record = FAULTS["misscaled_slope"](healthy(3))

    assert followed(record.eta[0] * record.score, record.log_weights[0]).estimate.value == pytest.approx(
        1 / 1.3, abs=0.02
    )


def test_rows_of_others_show_in_the_correlation_even_where_all_derivatives_have_one_sign():
    rng = np.random.default_rng(4)
    x = 5 + rng.normal(size=2000)
    sound, permuted = followed(x, x), followed(x, rng.permutation(x))

    assert permuted.estimate.value > 0.9  # a regression through the origin is nearly blind here
    assert abs(permuted.correlation.value) < 4 * permuted.correlation.se < 0.15
    assert sound.correlation.value == pytest.approx(1)


# Precision.


def test_the_plugin_slopes_influence_is_the_derivative_by_a_samples_multiplicity(probes):
    record = probes[0]
    arrays = [np.asarray(a, float) for a in (record.entropy_slope, record.score, record.h_base[0], record.tokens[0])]
    influence = plugin(record)[1]

    def with_multiplicity(i, m):
        c = np.ones(len(influence))
        c[i] = m
        h_prime, score, h, tokens = arrays
        return np.sum(c * (h_prime + (h - (c @ h) / (c @ tokens) * tokens) * score)) / (c @ tokens)

    for i in (0, 7, 39):
        numeric = (with_multiplicity(i, 1 + 1e-5) - with_multiplicity(i, 1 - 1e-5)) / 2e-5
        assert influence[i] == pytest.approx(numeric, rel=1e-5)
    assert influence.sum() == pytest.approx(0, abs=1e-12)


def test_errors_of_both_slopes_are_their_spread_over_replicates(probes):
    found = [slope_precision(slope_influence(r), *plugin(r), 0.2) for r in probes]

    assert spread_over_error([r.slope for r in probes], [f.estimate.value for f in found]) == pytest.approx(1, abs=0.2)
    plugins = [f.reference.value for f in found], [f.reference.se for f in found]
    assert spread_over_error(*plugins) == pytest.approx(1, abs=0.2)


def test_the_error_of_the_excess_is_its_spread_over_replicates():
    rng, excess, errors = np.random.default_rng(1), [], []
    for _ in range(2000):
        g, s = rng.standard_t(8, 500), rng.normal(0, 1, 500)
        found = slope_precision((g - g.mean()) / 500, 1 + s.mean(), (s - s.mean()) / 500, 0.2)
        excess.append(found.estimate.value - found.limit)
        errors.append(found.estimate.se)

    assert spread_over_error(excess, errors) == pytest.approx(1, abs=0.1)


def test_the_error_falls_to_its_limit_with_the_sequences_that_are_needed():
    psi = np.tile([0.3, -0.3], 50)
    found = slope_precision(psi, 10.0, psi, 0.1)

    assert found.needed == pytest.approx(100 * (found.estimate.value / 1.0) ** 2)
    assert slope_precision(psi, 0.0, psi, 0.1).needed == np.inf


# Control variates.


def test_controls_take_noise_away_and_leave_the_mean():
    rng, before, after, errors = np.random.default_rng(2), [], [], []
    for _ in range(1000):
        controls = rng.normal(size=(200, 2))
        values = 1 + controls @ [2.0, -1.0] + rng.normal(size=200)
        found = controlled(values.mean(), (values - values.mean()) / 200, controls)
        before.append(found.plain.value)
        after.append(found.estimate.value)
        errors.append(found.estimate.se)

    assert np.mean(after) == pytest.approx(1, abs=0.01)
    assert np.var(before) / np.var(after) == pytest.approx(6, rel=0.2)
    assert spread_over_error(after, errors) == pytest.approx(1, abs=0.08)


def test_controls_cost_their_degrees_of_freedom():
    rng = np.random.default_rng(9)
    controls, values = rng.normal(size=(6, 2)), rng.normal(size=6)
    residual = np.linalg.lstsq(np.column_stack([np.ones(6), controls]), values, rcond=None)[1].item()
    found = controlled(values.mean(), (values - values.mean()) / 6, controls)

    assert found.estimate.se == pytest.approx(np.sqrt(residual / 3 / 6))
    assert found.plain.se == pytest.approx(np.std(values, ddof=1) / np.sqrt(6))


def test_controls_of_another_mean_bias_the_result():
    controls = np.ones((100, 1)) + np.random.default_rng(3).normal(0, 0.1, (100, 1))
    values = controls[:, 0]
    found = controlled(values.mean(), (values - values.mean()) / 100, controls)

    assert found.estimate.value == pytest.approx(0, abs=1e-9)
    assert found.plain.value == pytest.approx(1, abs=0.05)


def test_uncentred_weights_are_what_controls_are_worth_having_for():
    record = FAULTS["uncentred_weights"](healthy(4))
    psi = influences(record)[3] - record.eta[3] * slope_influence(record)
    controls = np.column_stack([record.score, -record.log_prob - record.h_base[0]])
    found = controlled(record.delta_h[3] - record.eta[3] * record.slope, psi, controls)

    assert found.gain > 20
    assert abs(found.estimate.value) < 0.2 * abs(record.delta_h[3])


# Linear regime.


def test_slope_and_curvature_come_out_of_an_exact_curve():
    eta = np.array([1.0, 2.0, 4.0])
    fit = linear_regime(eta, -3 * eta + 0.5 * 0.4 * eta**2, np.zeros((3, 10)))
    quadratic, limit = fit.quadratic(4.0, 0.2)

    assert (fit.slope, fit.curvature) == pytest.approx((-3.0, 0.4))
    assert (quadratic.value, limit) == pytest.approx((0.5 * 0.4 * 16, 0.2 * 12))
    assert fit.quadratic(fit.reach(0.2), 0.2)[0].value == pytest.approx(fit.quadratic(fit.reach(0.2), 0.2)[1])


def test_two_steps_are_too_few():
    with pytest.raises(NotEnoughData, match="3 needed"):
        linear_regime([1.0, 2.0], [1.0, 2.0], np.zeros((2, 10)))


def test_errors_of_slope_and_curvature_are_their_spread_over_replicates(probes):
    fits = [linear_regime(r.eta[:4], r.delta_h[:4], influences(r)) for r in probes]
    exact = tabular.exact(tabular.policy(), 0.0).slope

    for name, k in (("slope", 0), ("curvature", 1)):
        values, errors = [getattr(f, name) for f in fits], [f.covariance[k, k] ** 0.5 for f in fits]
        assert spread_over_error(values, errors) == pytest.approx(1, abs=0.25)
    assert np.mean([f.slope for f in fits]) == pytest.approx(exact, rel=0.02)


def test_the_error_of_the_excess_over_the_limit_holds_what_both_sides_share(probes):
    found = [linear_regime(r.eta[:4], r.delta_h[:4], influences(r)).quadratic(0.16, 0.2) for r in probes]
    excess, errors = [value.value - limit for value, limit in found], [value.se for value, _ in found]

    assert spread_over_error(excess, errors) == pytest.approx(1, abs=0.25)


# Attribution.


def test_a_correlations_error_is_its_spread_over_replicates():
    rng, values, errors = np.random.default_rng(5), [], []
    for _ in range(1000):
        x, noise = rng.standard_t(6, 400), rng.standard_t(6, 400)
        found = attribution([1.0], [x + noise], x)
        values.append(found.value[0])
        errors.append(found.se[0])

    assert np.mean(values) == pytest.approx(np.sqrt(0.5), abs=0.01)
    assert spread_over_error(values, errors) == pytest.approx(1, abs=0.12)


def test_correlations_of_several_steps_have_the_covariance_of_their_shared_sequences():
    rng, values, covariances = np.random.default_rng(6), [], []
    for _ in range(600):
        x, common = rng.normal(size=(2, 300))
        found = attribution([1.0, 2.0], [x + common, x + common + 0.5 * rng.normal(size=300)], x)
        values.append(found.value)
        covariances.append(found.covariance)

    np.testing.assert_allclose(np.mean(covariances, axis=0), np.cov(np.transpose(values)), rtol=0.2)


def test_scale_and_offset_leave_a_correlation_alone():
    rng = np.random.default_rng(7)
    true, linear = rng.normal(size=(3, 50)), rng.normal(size=50)
    one, other = attribution([1, 2, 3], true, linear), attribution([1, 2, 3], 5 * true + 1, linear / 7 - 2)

    np.testing.assert_allclose(other.value, one.value)
    np.testing.assert_allclose(other.se, one.se)


def test_noise_in_the_score_weights_hides_single_sequences():
    record = healthy(8)
    sound = attribution(record.eta[:4], influences(record), slope_influence(record))
    broken = FAULTS["uncentred_weights"](record)
    noisy = attribution(broken.eta[:4], influences(broken), slope_influence(broken))

    assert np.all(sound.value > 0.65)
    assert np.all(np.abs(noisy.value) < 0.35)
