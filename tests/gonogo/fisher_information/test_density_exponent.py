"""The floor model recovers exponents that were put in, with an error that covers, quickly."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo import Estimate, NotApplicable, NotEnoughData
from gonogo.estimate import student_quantile
from gonogo.fisher_information.density_exponent import fit_exponent
from gonogo.fisher_information.loss_ordering import ALIASES, POWERS, expected_exponent, ordering
from gonogo.fisher_information.replicates import pooled
from gonogo.fisher_information.response_moments import log_variance

THETA = np.linspace(-np.pi / 2, np.pi / 2, 50)
DENSITY = np.exp(-(((THETA - np.pi / 4) / 0.2) ** 2) / 2) / (0.2 * np.sqrt(2 * np.pi))


def curve(beta, floor, noise=0.0, seed=0):
    """Information with a floor, and noise of log I that neighbouring angles share."""
    rng = np.random.default_rng(seed)
    white = rng.standard_normal(54)
    shared = np.convolve(white, np.full(5, 1 / np.sqrt(5)), mode="valid")
    return 400 * ((DENSITY / DENSITY.max()) ** beta + floor) * np.exp(noise * shared)


@pytest.mark.parametrize("beta", [0.4, 2 / 3, 1.0, 4 / 3, 2.0])
@pytest.mark.parametrize("floor", [0.0, 0.003, 0.02])
def test_recovers_the_exponent_and_the_floor(beta, floor):
    fit = fit_exponent(DENSITY, curve(beta, floor), min_decades=0.4)

    assert fit.exponent.value == pytest.approx(beta, rel=1e-3)
    assert fit.floor == pytest.approx(floor / (1 + floor), rel=1e-2, abs=1e-6)


def test_a_straight_line_through_large_densities_is_biased_where_the_floor_model_is_not():
    values = curve(2.0, 0.02)
    near = DENSITY / DENSITY.max() > 0.05
    straight = np.polyfit(np.log(DENSITY[near]), np.log(values[near]), 1)[0]

    assert straight < 1.6
    assert fit_exponent(DENSITY, values, min_decades=0.4).exponent.value == pytest.approx(2.0, abs=0.01)


def test_agrees_with_a_general_optimiser():
    from scipy.optimize import least_squares

    values = curve(1.0, 0.01, noise=0.3, seed=3)
    x, y = np.log(DENSITY / DENSITY.max()), np.log(values / values.max())
    best = least_squares(
        lambda t: np.logaddexp(t[0] + t[1] * x, t[2]) - y, [0, 1, -4], loss="soft_l1", f_scale=0.1, xtol=1e-12
    )

    assert fit_exponent(DENSITY, values).exponent.value == pytest.approx(best.x[1], abs=2e-3)


def test_the_interval_covers_noise_that_neighbours_share():
    covered = []
    for seed in range(100):
        fit = fit_exponent(DENSITY, curve(1.0, 0.003, noise=0.3, seed=seed)).exponent
        covered.append(abs(fit.value - 1) < 2.36 * fit.se)  # 95 % of Student's t with 7 degrees of freedom

    assert np.mean(covered) > 0.85


def measured(rng, beta, floor, noise, smooth, stimuli=300):
    """Information from the responses of stimuli whose errors are not Gaussian, and the variance of its logarithm."""
    draws = {"t5": lambda size: rng.standard_t(5, size) / np.sqrt(5 / 3), "skewed": lambda s: rng.exponential(1, s) - 1}
    window = np.exp(-(np.arange(-4 * smooth, 4 * smooth + 1) ** 2) / 2 / max(smooth, 1) ** 2)
    errors = draws[noise]((stimuli, 50 + len(window) - 1))
    errors = np.array([np.convolve(row, window / np.sqrt(window @ window), "valid") for row in errors])
    truth = 400 * ((DENSITY / DENSITY.max()) ** beta + floor)
    responses = (errors / np.sqrt(truth)).T[..., None]
    variance = responses.var(axis=1, ddof=1)
    spread = log_variance(stimuli, responses[::5], np.ones((10, 1)), variance[::5, :, None])
    return 1 / variance[:, 0], spread


@pytest.mark.parametrize(("beta", "floor"), [(1.0, 0.003), (4 / 3, 0.03), (2.0, 0.03)])
@pytest.mark.parametrize(("noise", "smooth"), [("t5", 0), ("t5", 3), ("skewed", 0), ("skewed", 3)])
def test_exponents_of_codes_whose_errors_are_not_gaussian_are_unbiased_and_covered(beta, floor, noise, smooth):
    rng = np.random.default_rng(4)
    found = []
    for _ in range(60):
        information, spread = measured(rng, beta, floor, noise, smooth)
        found.append(fit_exponent(DENSITY, information, log_variance=spread).exponent)
    values = np.array([fit.value for fit in found])
    missed = [abs(fit.value - beta) > student_quantile(1.96, fit.dof) * fit.se for fit in found]

    assert values.mean() == pytest.approx(beta, abs=3.3 * values.std() / np.sqrt(60))
    assert np.mean(missed) < 0.16  # P(more than 9 of 60) is 1e-3 at the nominal 5 %
    assert all(abs(fit.value - beta) < 4 * fit.se for fit in found)


def test_whether_a_curve_is_fitted_does_not_depend_on_its_steepness():
    rng = np.random.default_rng(5)
    for _ in range(30):
        information, _ = measured(rng, 2.0, 0.03, "skewed", 3)
        assert fit_exponent(DENSITY, information).above_floor >= 6


def test_the_error_of_the_stimuli_is_that_of_replication_where_a_stretch_errs_as_one():
    # One random factor a stretch of angles, as the error assumes it.
    rng, stretch = np.random.default_rng(6), np.arange(50) * 8 // 50
    fits = [
        fit_exponent(DENSITY, curve(1.0, 0.003) * np.exp(0.05 * rng.standard_normal(8))[stretch], log_variance=0.05**2)
        for _ in range(300)
    ]

    spread = np.std([fit.exponent.value for fit in fits])
    assert np.median([fit.sampling for fit in fits]) == pytest.approx(spread, rel=0.15)
    assert all(fit.exponent.se > fit.sampling for fit in fits)
    assert fit_exponent(DENSITY, curve(1.0, 0.003, 0.1)).sampling == 0


@pytest.mark.parametrize("noise", ["t5", "skewed"])
def test_the_variance_of_log_information_is_that_of_replication(noise):
    rng = np.random.default_rng(7)
    logs, spreads = zip(
        *(
            (np.log(information), spread)
            for information, spread in (measured(rng, 1.0, 0.01, noise, 0) for _ in range(40))
        ),
        strict=True,
    )

    assert np.mean(spreads) == pytest.approx(np.var(logs, axis=0).mean(), rel=0.2)
    assert np.mean(spreads) > 1.3 * 2 / 300  # that of Gaussian responses


@settings(max_examples=15, deadline=None)
@given(st.floats(0.1, 1e4), st.floats(0.1, 1e4))
def test_scales_of_density_and_information_do_not_matter(a, b):
    values = curve(1.0, 0.003, noise=0.05)

    moved = fit_exponent(a * DENSITY, b * values).exponent

    assert moved.value == pytest.approx(fit_exponent(DENSITY, values).exponent.value, abs=1e-4)


def test_leaves_out_values_that_are_no_information():
    values = curve(1.0, 0.003)
    values[[3, 20, 40]] = -1, np.nan, np.inf

    fit = fit_exponent(DENSITY, values)

    assert len(fit.information) == 47
    assert fit.exponent.value == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(
    ("density", "information", "error", "message"),
    [
        (np.full(50, 0.3), np.ones(50), NotApplicable, "constant"),
        (DENSITY, np.full(50, 3.0), NotEnoughData, "0 angles over 0.00 decades"),
        (DENSITY, np.full(50, -3.0), NotEnoughData, "needs 8"),
        (DENSITY, np.ones(9), ValueError, "one shape"),
    ],
    ids=["uniform", "all floor", "negative", "shapes"],
)
def test_refuses(density, information, error, message):
    with pytest.raises(error, match=message):
        fit_exponent(density, information)


def test_pooling_scales_the_error_up_where_replicates_disagree():
    alike = pooled([Estimate(1.0, 0.1, dof=7), Estimate(1.05, 0.1, dof=7)], floor=0.0)
    apart = pooled([Estimate(0.5, 0.1, dof=7), Estimate(1.5, 0.1, dof=7)], floor=0.0)

    assert alike.se == pytest.approx(0.1 / np.sqrt(2))
    assert apart.se == pytest.approx(0.5)
    assert alike.dof == pytest.approx(14)


@pytest.mark.parametrize("power", [0.25, 0.5, 1.0, 2.0, 4.0])
@pytest.mark.parametrize("budget", [1.0, 2.0])
def test_the_expected_exponent_minimises_the_expected_loss(power, budget):
    p = np.linspace(0.2, 2.0, 40)

    def loss(beta):
        x = p ** (beta / 2)
        x = x / np.mean(x**budget) ** (1 / budget)
        return np.mean(p * x**-power)

    betas = np.linspace(0.05, 2.5, 2451)
    best = betas[np.argmin([loss(beta) for beta in betas])]

    assert expected_exponent(power, budget=budget) == pytest.approx(best, abs=2e-3)


def test_limits_are_the_expected_exponents_of_both_budgets_with_a_margin():
    import tomllib
    from pathlib import Path

    limits = tomllib.loads(
        (Path(__file__).parents[3] / "checks" / "limits" / "fisher_information.toml").read_text("utf-8")
    )
    table = limits["fisher_information"]["exponent_in_range"]
    powers = {loss: q for loss, q in POWERS.items() if loss not in ALIASES} | {"circular": 2.0}
    for loss, power in powers.items():
        low, high = sorted(expected_exponent(power, budget=a) for a in (1.0, 2.0))
        assert table[f"{loss}_lower"]["value"] == pytest.approx(low - 0.15, abs=0.006), loss
        assert table[f"{loss}_upper"]["value"] == pytest.approx(high + 0.15, abs=0.006), loss


def test_ordering_finds_the_pair_that_is_the_wrong_way_round():
    measured = [("log", Estimate(0.8, 0.02)), ("linear", Estimate(1.3, 0.02)), ("quart", Estimate(0.7, 0.02))]

    found = ordering(measured, floor=0.0)

    assert found.pair == ("log", "linear")
    assert found.worst.value == pytest.approx(-0.5)
    assert found.losses == ["log", "linear", "quart"]


def test_one_loss_has_no_order():
    with pytest.raises(NotApplicable, match="nothing to order"):
        ordering([("square", Estimate(1.0, 0.1)), ("cos_sim", Estimate(1.0, 0.1))], floor=0.0)
