"""Test the figures of what first order says by what they draw, not by pixels."""

import numpy as np
import pytest

from gonogo.entropy_change.attribution import attribution
from gonogo.entropy_change.control_variates import controlled
from gonogo.entropy_change.derivatives import followed
from gonogo.entropy_change.precision import slope_precision
from gonogo.entropy_change.regime import linear_regime
from reports.figures import entropy_slope as figures
from reports.figures.style import LIMIT
from tests.reports.test_entropy_figures import drawn, line


@pytest.fixture
def values():
    return np.random.default_rng(0).normal(size=(3, 100))


def test_every_sequence_is_a_point_and_a_wrong_slope_is_drawn_in_the_colour_of_limits(values):
    x = values[0]
    axes = drawn(figures.derivatives, {"right": followed(x, x), "wrong": followed(x, 2 * x)}, 0.1)

    np.testing.assert_allclose(axes[0].lines[0].get_xdata(), x)
    assert line(axes[0], "slope 1.000").get_color() != LIMIT
    assert line(axes[1], "slope 2.000").get_color() == LIMIT


def test_the_error_of_the_slope_meets_its_limit_where_enough_sequences_are_drawn(values):
    psi = values[0] - values[0].mean()
    found = slope_precision(psi, 10.0, psi / 10, 0.2)
    ax = drawn(figures.precision, found, 0.2)
    reported = ax.lines[0]

    assert line(ax, "reported slope").get_ydata() == [found.estimate.value]
    assert np.interp(found.needed, reported.get_xdata(), reported.get_ydata()) == pytest.approx(found.limit, rel=0.02)


def test_both_differences_stand_beside_the_tolerance(values):
    found = controlled(1.0, values[0] / 100, values[1:].T)
    ax = drawn(figures.control_variates, found, 0.5)

    assert [label.get_text() for label in ax.get_yticklabels()] == ["as it is", "with controls"]
    assert len(ax.containers) == 2


def test_the_share_of_the_quadratic_part_crosses_its_limit_where_the_regime_ends(values):
    fit = linear_regime([1.0, 2.0, 3.0], [1.1, 2.4, 3.9], values * 1e-3)
    curve = line(drawn(figures.regime, fit, 2.0, 0.2), "|F| η / 2|s|")

    assert fit.reach(0.2) == pytest.approx(2.0)
    assert np.interp(2.0, curve.get_xdata(), curve.get_ydata()) == pytest.approx(0.2)


def test_influences_are_points_and_every_step_has_its_correlation(values):
    found = attribution([0.1, 0.2], values[:2], values[0])
    left, right = drawn(figures.attribution, found, 1, 0.5)

    np.testing.assert_allclose(left.lines[0].get_ydata(), values[1])
    np.testing.assert_allclose(right.lines[0].get_ydata(), found.value)
