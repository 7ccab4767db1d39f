"""Test `gonogo.entropy_change.order`: powers, quadratic fits and the coverage of their errors."""

import numpy as np
import pytest

from gonogo import NotApplicable, NotEnoughData
from gonogo.entropy_change.order import growth, quadratic_fit

ETA = np.array([0.01, 0.02, 0.04, 0.08, 0.16])


@pytest.mark.parametrize("power", [1, 2, 3])
def test_a_power_law_is_recovered(power):
    fit = growth(ETA, -3.0 * ETA**power, 1e-12)

    assert fit.estimate.value == pytest.approx(power, abs=1e-6)
    assert fit.one_sign
    np.testing.assert_allclose(np.exp(fit.intercept), 3.0, rtol=1e-4)


def test_the_error_of_the_power_covers_the_noise_with_its_shared_part():
    rng = np.random.default_rng(0)
    noise = 2e-4
    shared, own = rng.normal(0, noise / np.sqrt(2), (2, 3000, 1)), rng.normal(0, noise / np.sqrt(2), (3000, 5))
    fits = [growth(ETA, 0.5 * ETA + row, noise, floors=0) for row in shared[0] + own]
    z = [(fit.estimate.value - 1) / fit.estimate.se for fit in fits]

    assert np.std(z) == pytest.approx(1, abs=0.06)
    assert np.mean(np.abs(z) > 3) < 0.01


def test_values_below_the_noise_are_left_out():
    fit = growth(ETA, 0.5 * ETA, 0.004)

    assert fit.used.tolist() == [False, False, True, True, True]
    with pytest.raises(NotApplicable, match=r"1 of 5 remainders lie above 3 noise floors of 0.02 nats/token, 3 needed"):
        growth(ETA, 0.5 * ETA, 0.02, name="remainders")


def test_signs_are_compared_where_values_are_used():
    assert not growth(ETA, ETA * [1, 1, 1, 1, -1], 1e-6).one_sign


@pytest.mark.parametrize("known", [True, False], ids=["known noise", "estimated noise"])
def test_the_quadratic_share_is_covered(known):
    rng = np.random.default_rng(1)
    eta = np.linspace(0.02, 0.16, 8)
    noise, s, f = 1e-3, -0.4, -1.0
    true = s * eta + f * eta**2 / 2
    exact = eta[-1] * abs(f) / (2 * abs(s))
    z = []
    for _ in range(1500):
        values = true + rng.normal(0, noise / np.sqrt(2)) + rng.normal(0, noise / np.sqrt(2), 8)
        share = quadratic_fit(eta, values, noise if known else None).share()
        z.append((share.value - exact) / share.se)

    # With five degrees of freedom t has a standard deviation of 1.29.
    assert np.std(z) == pytest.approx(1.0 if known else 1.29, rel=0.12)


def test_too_few_steps_for_a_quadratic():
    with pytest.raises(NotEnoughData, match="needs 5 step sizes, got 4"):
        quadratic_fit(ETA[:4], ETA[:4])
    assert quadratic_fit(ETA[:4], ETA[:4], noise=0.1).dof == np.inf
