"""The error of a decoded angle against its Cramér–Rao bound."""

import numpy as np
import pytest

from gonogo.fisher_information.decoded_error import error_bound

THETA = np.linspace(-np.pi / 2, np.pi / 2, 50)
CIRCLE = np.linspace(-np.pi, np.pi, 50)
BUMP = np.exp(-(((THETA - np.pi / 4) / 0.2) ** 2) / 2)


def test_the_bound_is_reached_by_an_efficient_biased_readout():
    information, bias = 50 * (1 + BUMP), 0.1 * np.sin(THETA)
    steepness = 0.1 * np.cos(THETA)
    mse = (1 + steepness) ** 2 / information + bias**2

    exact = error_bound(THETA, information, mse, bias, bias_slope=steepness)
    near = error_bound(THETA, information, mse, bias, stimuli=300)

    assert exact.tightest.value == pytest.approx(1)
    assert exact.efficiency.value == pytest.approx(1)
    assert near.tightest.value == pytest.approx(1, abs=0.01)
    assert exact.tightest.se is None
    assert near.tightest.se == pytest.approx(2 / np.sqrt(300), rel=0.02)


def test_a_bias_that_jumps_by_a_turn_has_no_steep_slope():
    bias = np.angle(np.exp(1j * (CIRCLE + np.pi - 1e-3))) * 1e-3
    quantity = error_bound(CIRCLE, np.full(50, 30.0), np.full(50, 1 / 30), bias, stimuli=300)

    assert quantity.tightest.value == pytest.approx(1, rel=0.15)


def test_errors_that_fall_as_information_rises_have_the_order_of_their_bound():
    information = 1 + 40 * BUMP + THETA / 10
    quantity = error_bound(THETA, information, 1 / information, np.zeros(50), bias_slope=np.zeros(50))

    assert quantity.order.value == pytest.approx(1)
    assert quantity.order.error == pytest.approx(0)


def test_a_bias_that_reorders_the_errors_is_part_of_their_bound():
    # Precise around the bump, where the decoder is far off: ordered as the bound, not as the information alone.
    information, bias = 10 + 400 * BUMP, np.sqrt(BUMP)
    quantity = error_bound(THETA, information, 2 / information + bias**2, bias, bias_slope=np.zeros(50))

    alone = error_bound(THETA, information, 2 / information + bias**2, np.zeros(50), bias_slope=np.zeros(50))
    assert quantity.order.value > 0.8
    assert alone.order.value < 0.3


def test_errors_over_stretches_are_those_of_replication():
    rng, found = np.random.default_rng(3), []
    for _ in range(300):
        lost, information = np.repeat(np.exp(rng.normal([[-0.7], [3]], [[0.4], [0.6]], (2, 17))), 3, axis=1)[:, :50]
        lost = lost.clip(max=1)
        found.append(error_bound(THETA, information, 1 / information / lost, np.zeros(50), bias_slope=np.zeros(50)))

    for name in ("efficiency", "order"):
        estimates = [getattr(quantity, name) for quantity in found]
        spread = np.std([estimate.value for estimate in estimates])
        assert np.sqrt(np.mean([estimate.se**2 for estimate in estimates])) == pytest.approx(spread, rel=0.25), name
        assert estimates[0].dof == 7


def test_efficiency_counts_angles_as_they_were_trained():
    information, density = np.full(50, 10.0), np.where(THETA < 0, 3.0, 1.0)
    mse = np.where(THETA < 0, 2.0, 4.0) / information
    quantity = error_bound(THETA, information, mse, np.zeros(50), bias_slope=np.zeros(50), density=density)

    assert quantity.efficiency.value == pytest.approx((3 * 0.5 + 0.25) / 4)
