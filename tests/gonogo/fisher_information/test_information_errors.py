"""Fisher information: bias by replication, errors by jackknife and replication, values by other means."""

import math

import numpy as np
import pytest
from scipy import optimize, stats

from gonogo import Estimate, NotApplicable, NotEnoughData
from gonogo.fisher_information.density_exponent import fit_exponent
from gonogo.fisher_information.information import condition_number, debiased_information, information
from gonogo.fisher_information.loss_ordering import POWERS, expected_exponent, ordering
from gonogo.fisher_information.replicates import pooled
from gonogo.fisher_information.response_moments import jackknife, jackknife_error, moments
from gonogo.fisher_information.sensitivity_curve import flatness
from gonogo.fisher_information.stepwise_density import step_fit

MIX = np.array([[1.0, 0.3, 0.0], [0.0, 0.8, 0.2], [0.1, 0.0, 1.5]])
SLOPE, SPREAD = np.array([1.0, -0.5, 2.0]), 0.7


def drawn(rng, angles, stimuli):
    """Gaussian responses with covariance MIX'MIX and single derivatives with covariance SPREAD² at each angle."""
    responses = rng.normal(size=(angles, stimuli, 3)) @ MIX
    return responses, SLOPE + SPREAD * rng.normal(size=responses.shape)


@pytest.mark.parametrize("stimuli", [8, 30])
def test_the_bias_of_few_stimuli_is_removed(stimuli):
    responses, slopes = drawn(np.random.default_rng(0), 20_000, stimuli)
    found = moments(responses, slopes)
    plain = information(found.slope, found.covariance).mean_term
    away = slopes - slopes.mean(axis=1, keepdims=True)
    spread = np.swapaxes(away, 1, 2) @ away / (stimuli - 1)
    debiased = debiased_information(plain, spread, found.covariance, stimuli=stimuli)
    truth = SLOPE @ np.linalg.solve(MIX.T @ MIX, SLOPE)

    error = debiased.std() / math.sqrt(len(debiased))
    assert abs(debiased.mean() - truth) < 4 * error < 0.06 * truth
    assert plain.mean() > 1.1 * truth


def test_both_terms_are_those_of_the_inverse():
    rng = np.random.default_rng(1)
    responses, slopes = drawn(rng, 5, 40)
    found = moments(responses, slopes)
    inverse = np.linalg.inv(found.covariance)
    terms = information(found.slope, found.covariance, found.covariance_slope)

    np.testing.assert_allclose(terms.mean_term, np.einsum("mi,mij,mj->m", found.slope, inverse, found.slope))
    both = inverse @ found.covariance_slope
    np.testing.assert_allclose(terms.covariance_term, np.einsum("mij,mji->m", both, both) / 2)
    np.testing.assert_allclose(terms.condition, np.linalg.cond(found.covariance))
    assert information(found.slope, found.covariance).covariance_term.tolist() == [0] * 5


def test_a_singular_covariance_has_no_information():
    covariance = np.array([np.diag([1.0, 0.0]), np.diag([1.0, -1.0]), np.diag([1.0, math.nan]), np.diag([1.0, 1e-12])])
    terms = information(np.ones((4, 2)), covariance, np.ones((4, 2, 2)))

    assert condition_number(covariance).tolist() == [math.inf] * 3 + [pytest.approx(1e12)]
    assert np.isfinite(terms.mean_term).tolist() == np.isfinite(terms.covariance_term).tolist() == [False] * 3 + [True]
    almost = np.array([np.diag([1.0, 1e-15])])
    assert math.isnan(information(np.ones((1, 2)), almost).mean_term[0])


def test_moments_are_those_of_numpy_and_their_derivative():
    rng, small = np.random.default_rng(2), 1e-6
    responses, slopes = drawn(rng, 3, 12)
    found = moments(responses, slopes)
    ahead, behind = (moments(responses + step * slopes, slopes) for step in (small, -small))

    for m in range(3):
        np.testing.assert_allclose(found.covariance[m], np.cov(responses[m].T))
        np.testing.assert_allclose(found.mean[m], responses[m].mean(axis=0))
        np.testing.assert_allclose(found.slope[m], slopes[m].mean(axis=0))
    difference = (ahead.covariance - behind.covariance) / (2 * small)
    np.testing.assert_allclose(found.covariance_slope, difference, atol=1e-8)
    assert moments(responses[:, :5], slopes[:, :5]).mean.shape == (3, 3)
    with pytest.raises(ValueError, match="at least 5 stimuli are needed for 3 dimensions, got 4"):
        moments(responses[:, :4], slopes[:, :4])
    for wrong in (slopes[:, :5], slopes[0]):
        with pytest.raises(ValueError, match="one shape"):
            moments(responses, wrong)


def test_a_jackknife_leaves_out_the_same_stimuli_at_all_angles():
    responses, slopes = drawn(np.random.default_rng(3), 2, 23)
    found = jackknife(responses, slopes, groups=4)

    for g in range(4):
        kept = [n for n in range(23) if not g * 23 // 4 <= n < (g + 1) * 23 // 4]
        part = moments(responses[:, kept], slopes[:, kept])
        wanted = information(part.slope, part.covariance, part.covariance_slope)
        np.testing.assert_allclose(found.mean_term[g], wanted.mean_term)
        np.testing.assert_allclose(found.covariance_term[g], wanted.covariance_term)
    assert jackknife(responses, slopes, groups=11).mean_term.shape == (11, 2)
    assert jackknife(responses, slopes, groups=2).mean_term.shape == (2, 2)
    for groups in (1, 12):
        with pytest.raises(ValueError, match="between 2 and half of the 23 stimuli"):
            jackknife(responses, slopes, groups=groups)
    assert jackknife(*drawn(np.random.default_rng(3), 2, 60)).mean_term.shape == (20, 2)


def test_the_error_of_a_jackknife_is_the_scatter_of_replicates():
    rng = np.random.default_rng(4)
    responses, slopes = drawn(rng, 300, 200)
    log = np.log(information(*moments(responses, slopes)[1:3]).mean_term)
    errors = jackknife_error(np.log(jackknife(responses, slopes, groups=20).mean_term))

    assert np.sqrt(np.mean(errors**2)) == pytest.approx(log.std(), rel=0.12)
    values = rng.normal(size=(6, 2))
    np.testing.assert_allclose(jackknife_error(values), math.sqrt(5) * values.std(axis=0))


def smooth(rng, stimuli, count=48, stretches=8):
    """Errors of log I that are the same within each stretch of angles, of the variance that Gaussian responses have."""
    return np.repeat(rng.normal(size=stretches), count // stretches) * math.sqrt(2 / stimuli)


def test_the_errors_of_flatness_are_those_of_replicates():
    rng, theta, stimuli = np.random.default_rng(5), np.linspace(-1, 1, 48), 400
    bump = np.exp(-(((theta - 0.3) / 0.4) ** 2))
    shape = 50 * np.exp(0.5 * theta)
    found = [flatness(theta, shape * np.exp(smooth(rng, stimuli)), bump, stimuli=stimuli, trim=0.0) for _ in range(600)]

    for name in ("variation", "tilt"):
        estimates = [getattr(one, name) for one in found]
        assert np.mean([e.se for e in estimates]) == pytest.approx(np.std([e.value for e in estimates]), rel=0.1)
        assert estimates[0].n == stimuli


def test_flatness_is_of_the_inner_angles_only():
    theta, rng = np.linspace(-1, 1, 60), np.random.default_rng(6)
    values, bump = np.exp(rng.normal(size=60)), np.exp(-(theta**2)) * 7
    values[[0, -1]] = -1
    found = flatness(theta, values, bump)
    root, reference = np.sqrt(values[3:-3]), bump[3:-3] / bump.max()

    assert found.variation.value == pytest.approx(root.std(ddof=1) / root.mean())
    assert found.tilt.value == pytest.approx(np.polyfit(reference, np.log(values[3:-3]), 1)[0])
    assert math.isnan(found.variation.se)
    np.testing.assert_allclose(found.reference, reference)
    assert flatness(theta[:24], np.ones(24), bump[:24], trim=0.0).variation.value == 0
    with pytest.raises(NotEnoughData, match="23 inner angles"):
        flatness(theta[:23], np.ones(23), bump[:23], trim=0.0)
    with pytest.raises(NotEnoughData):
        flatness(theta, values, bump, trim=0.0)


def test_replicates_are_pooled_with_the_larger_of_their_errors_and_their_scatter():
    rng = np.random.default_rng(7)
    alone = pooled([Estimate(1.0, 0.1, dof=7)], floor=0.2)
    assert (alone.se, alone.n) == (pytest.approx(math.hypot(0.1, 0.2)), 1)
    assert alone.dof == pytest.approx(7 * (0.05 / 0.01) ** 2)
    both = pooled([Estimate(1.0, 0.3, dof=7), Estimate(1.2, 0.4, dof=3)], floor=0.0)
    assert (both.value, both.se) == (pytest.approx(1.1), pytest.approx(0.25))
    assert both.dof == pytest.approx(0.25**2 / (0.09**2 / 7 + 0.16**2 / 3))
    apart = [1.0, 2.0, 4.0]
    wide = pooled([Estimate(value, 0.1) for value in apart], floor=0.0)
    assert wide.se == pytest.approx(stats.sem(apart))
    assert wide.dof == math.inf
    found = [pooled([Estimate(value, 0.5) for value in rng.normal(0, 0.5, 4)], floor=0.0) for _ in range(500)]
    assert np.std([e.value for e in found]) < np.mean([e.se for e in found]) < 1.3 * np.std([e.value for e in found])


def test_the_trend_over_losses_is_a_line_with_welch_s_error():
    measured = [("quart", Estimate(0.5, 0.1, n=2, dof=4)), ("linear", Estimate(0.9, 0.2, n=2, dof=6)),
                ("sqrt", Estimate(1.5, 0.3, n=2, dof=9))]  # fmt: skip
    found = ordering(measured, floor=0.0)
    expected = np.array([expected_exponent(POWERS[loss]) for loss in ("sqrt", "linear", "quart")])
    values, errors = np.array([1.5, 0.9, 0.5]), np.array([0.3, 0.2, 0.1])
    weights = (expected - expected.mean()) / np.sum((expected - expected.mean()) ** 2)

    assert found.losses == ["sqrt", "linear", "quart"]
    assert found.trend.value == pytest.approx(np.polyfit(expected, values, 1)[0])
    parts = (weights * errors) ** 2
    assert found.trend.se == pytest.approx(math.sqrt(parts.sum()))
    assert found.trend.dof == pytest.approx(parts.sum() ** 2 / np.sum(parts**2 / [9, 6, 4]))
    assert found.trend.n == 3
    # 0.6 of 0.36, 1.0 of 0.32, 0.4 of 0.22 standard errors: the first is least.
    assert (found.pair, found.worst.value) == (("sqrt", "linear"), pytest.approx(0.6))
    assert found.worst.se == pytest.approx(math.hypot(0.3, 0.2))
    with pytest.raises(NotApplicable, match="one power"):
        ordering(measured[:1] * 2, floor=0.0)


def test_a_line_through_bins_has_the_errors_of_a_regression():
    rng, edges = np.random.default_rng(8), np.linspace(-1, 1, 7)
    theta = np.linspace(-1, 1, 121)
    density = np.array([0.2, 0.8, 0.4, 0.7, 0.3, 0.6])
    p = density[np.clip(np.searchsorted(edges, theta, side="right") - 1, 0, 5)]
    curve = p * np.exp(0.2 * np.repeat(rng.normal(size=6), [20, 20, 20, 20, 20, 21]))
    found = step_fit([(theta, 30 * curve, p, edges)])
    line = stats.linregress(found.density, found.level)

    np.testing.assert_allclose(found.density, density)
    assert (found.slope.value, found.slope.se) == (pytest.approx(line.slope), pytest.approx(line.stderr))
    mean = density.mean()
    assert found.intercept.value == pytest.approx(line.intercept / mean)
    assert found.intercept.se == pytest.approx(line.intercept_stderr / mean)
    assert (found.slope.dof, found.intercept.dof, found.slope.n) == (4, 4, 6)
    with pytest.raises(NotEnoughData, match="3 bins"):
        step_fit([(theta, curve, p, edges[:4])])
    with pytest.raises(NotApplicable, match="one density"):
        step_fit([(theta, curve, np.ones(121), edges)])


def reference_fit(x, y, scale):
    """Soft L1 fit of log(a p^β + c) by SciPy's least squares from several starts."""

    def residual(t):
        return np.logaddexp(t[0] + t[1] * x, t[2]) - y

    starts = [(0.0, slope, level) for slope in (0.5, 1.0, 2.0) for level in (y.min(), np.quantile(y, 0.4))]
    fits = [optimize.least_squares(residual, start, loss="soft_l1", f_scale=scale, xtol=1e-14, ftol=1e-14, gtol=1e-12)
            for start in starts]  # fmt: skip
    return min(fits, key=lambda fit: fit.cost).x


@pytest.mark.parametrize("seed", range(3))
def test_an_exponent_and_its_replicates_are_those_of_another_solver(seed):
    rng, theta = np.random.default_rng(seed), np.linspace(-2.5, 2.5, 44)
    p = np.exp(-(theta**2) / 2)
    information_ = 200 * (p ** rng.uniform(0.8, 1.8) + 0.02) * np.exp(0.15 * rng.normal(size=44))
    found = fit_exponent(p, information_)
    x, y = np.log(p / p.max()), np.log(information_ / information_.max())
    amplitude, exponent, floor = reference_fit(x, y, 0.1)

    assert found.exponent.value == pytest.approx(exponent, abs=1e-4)
    assert (math.log(found.amplitude), math.log(found.floor)) == (
        pytest.approx(amplitude, abs=1e-4), pytest.approx(floor, abs=1e-3)
    )  # fmt: skip
    model = np.exp(np.logaddexp(amplitude + exponent * x, floor)) * information_.max()
    np.testing.assert_allclose(found.fitted, model, rtol=1e-3)
    assert found.scatter == pytest.approx(np.sqrt(np.mean(np.log(information_ / model) ** 2)), rel=1e-3)
    for block in range(8):
        kept = np.arange(44) * 8 // 44 != block
        assert found.replicates[block] == pytest.approx(reference_fit(x[kept], y[kept], 0.1)[1], abs=2e-3)
    np.testing.assert_allclose(found.density, p)


def test_without_a_floor_the_exponent_is_the_slope_of_a_line():
    theta = np.linspace(-2, 2, 40)
    p = np.exp(-(theta**2) / 2)
    found = fit_exponent(p, 30 * p**1.2, floor=False)

    assert (found.exponent.value, found.floor) == (pytest.approx(1.2), 0.0)
    assert found.amplitude == pytest.approx(1.0)
    with pytest.raises(NotApplicable):
        fit_exponent(np.ones(40), p)
    with pytest.raises(ValueError, match="one shape"):
        fit_exponent(p, p[1:])


def test_an_exponent_needs_angles_and_decades_above_its_floor():
    theta = np.linspace(-3, 3, 40)
    p = np.exp(-(theta**2) / 2)
    values = 30 * (p**1.2 + 0.02) * np.exp(0.05 * np.random.default_rng(9).normal(size=40))
    found = fit_exponent(p, values, blocks=5)

    assert (found.exponent.dof, found.exponent.n, len(found.replicates)) == (4, found.above_floor, 5)
    assert found.exponent.se == pytest.approx(float(jackknife_error(found.replicates)))
    assert 8 < found.above_floor < 36
    within = np.sort(p)[-found.above_floor :]  # the density falls to both sides: those above are the largest
    assert found.decades == pytest.approx(math.log10(within[-1] / within[0]))
    assert fit_exponent(p, values, min_points=found.above_floor, min_decades=found.decades).exponent.n
    for settings in ({"min_points": found.above_floor + 1}, {"min_decades": found.decades * 1.001}):
        with pytest.raises(NotEnoughData, match="rise above"):
            fit_exponent(p, values, **settings)
    lost = np.where(np.arange(40) < 33, math.nan, values)
    with pytest.raises(NotEnoughData, match="7 angles with positive information; the fit needs 8"):
        fit_exponent(p, lost, min_points=3)
