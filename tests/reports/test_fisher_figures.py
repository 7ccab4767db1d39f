"""Figures of Fisher information, by what their artists hold."""

import numpy as np
import pytest

from fixtures.kinds import encoding
from gonogo import Estimate
from gonogo.fisher_information import condition_number
from gonogo.fisher_information.circular_code import closure
from gonogo.fisher_information.code_adaptation import adaptation
from gonogo.fisher_information.decoded_error import error_bound, path_slope
from gonogo.fisher_information.density_exponent import fit_exponent
from gonogo.fisher_information.sensitivity_curve import flatness
from gonogo.fisher_information.stepwise_density import step_fit
from reports.figures import fisher_code as code
from reports.figures import fisher_information as figures
from reports.figures.style import LIMIT

matplotlib = pytest.importorskip("matplotlib")
RECORD = encoding.healthy()
THETA = RECORD.angles
INFORMATION = RECORD.information_float64


def drawn(draw, *arguments):
    """Draw on fresh axes, render once, and return the axes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(layout="constrained")
    canvas = FigureCanvasAgg(figure)
    axes = figure.subplots(*draw.panels, squeeze=False).ravel()
    axes = axes[0] if draw.panels == (1, 1) else axes
    assert draw(axes, *arguments) is axes
    canvas.draw()
    for ax in np.ravel(axes):
        assert ax.get_xlabel()
        assert ax.get_ylabel() or ax.get_yticklabels()
    return axes


def lines(ax):
    return {line.get_label(): line for line in ax.lines}


def test_power_law_shows_the_points_and_the_exponent():
    fit = fit_exponent(RECORD.density, INFORMATION)
    axes = drawn(figures.power_law, [("model", fit)], 0.52, 1.15)

    np.testing.assert_allclose(axes[0].lines[0].get_ydata(), INFORMATION / INFORMATION.max())
    assert any(f"β = {fit.exponent.value:.2f}" in label for label in lines(axes[1]))
    assert axes[1].get_xscale() == axes[1].get_yscale() == "log"


def test_exponents_show_value_error_band_and_expectation():
    ax = drawn(
        figures.exponents, [("linear", Estimate(1.2, 0.1), 0.5, 1.1, 1.0), ("log", Estimate(0.9, 0.2), None, None, 2.0)]
    )

    assert [text.get_text() for text in ax.get_yticklabels()] == ["linear", "log"]
    assert ax.patches[0].get_x() == 0.5
    assert ax.patches[0].get_width() == pytest.approx(0.6)
    assert [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "|"][0::3]


def test_curves_are_normalised_on_the_right_and_not_on_the_left():
    axes = drawn(figures.curves, THETA, [INFORMATION], ["model"], RECORD.density)

    np.testing.assert_allclose(axes[0].lines[0].get_ydata(), np.sqrt(INFORMATION))
    assert np.trapezoid(axes[1].lines[0].get_ydata(), THETA) == pytest.approx(1)
    np.testing.assert_array_equal(axes[1].lines[1].get_ydata(), RECORD.density)


def test_curves_leave_negative_information_out():
    values = np.where(np.arange(50) == 7, -1.0, INFORMATION)
    axes = drawn(figures.curves, THETA, [values], ["model"], None)

    assert np.isnan(axes[0].lines[0].get_ydata()[7])
    assert np.isfinite(axes[1].lines[0].get_ydata()).sum() == 49


def test_totals_have_a_column_a_loss():
    ax = drawn(figures.totals, ["linear", "log", "linear"], [3.0, 5.0, 4.0])

    np.testing.assert_array_equal(ax.lines[0].get_xdata(), [0, 1, 0])


def test_flat_draws_the_largest_variation_that_is_allowed():
    quantity = flatness(THETA, np.full(50, 4.0), RECORD.density, stimuli=300)
    ax = drawn(figures.flat, [("model", quantity)], 0.25)

    np.testing.assert_allclose(ax.lines[0].get_ydata(), 1)
    band = ax.patches[0]
    assert band.get_y() == pytest.approx(0.75)
    assert band.get_height() == pytest.approx(0.5)


def test_steps_draw_a_point_a_bin():
    steps = [r for r in encoding.healthy_group() if r.distribution == "stepwise"]
    fit = step_fit([(r.angles, r.information, r.density, np.array(r.distribution_params["edges"])) for r in steps])
    axes = drawn(figures.steps, fit, 0.8, 1.2)

    assert len(lines(axes[1])["bins"].get_xdata()) == 12


def test_circle_marks_both_ends_and_the_limit_of_a_second_peak():
    record = next(r for r in encoding.healthy_group() if r.circular)
    quantity = closure(record.angles, record.information, record.density)
    ax = drawn(figures.circle, [("model", quantity)], 0.5)

    np.testing.assert_allclose(ax.lines[1].get_xdata(), [-np.pi, np.pi])
    assert ax.lines[2].get_ydata()[0] == pytest.approx(record.information.max() / 2)
    assert ax.lines[2].get_color() == LIMIT


def test_tuning_has_three_panels_in_the_order_of_time():
    flat = np.full(50, 30.0)
    quantity = adaptation(THETA, INFORMATION, flat, flat)
    axes = drawn(figures.tuning, quantity, RECORD.density, None)

    assert [ax.get_title() for ax in axes] == ["pretrained", "trained from scratch", "fine-tuned"]
    np.testing.assert_array_equal(axes[0].lines[0].get_ydata(), quantity.before)
    np.testing.assert_array_equal(axes[2].lines[0].get_ydata(), quantity.tuned)


def test_level_sets_lie_two_standard_deviations_from_the_mean():
    ax = drawn(code.embedding, THETA, RECORD.mean, RECORD.slope, RECORD.covariance, RECORD.responses,
               RECORD.response_angles)  # fmt: skip
    rings = [line.get_xydata() for line in ax.lines if len(line.get_xdata()) == 60]

    away = rings[0] - RECORD.mean[0]
    distance = np.einsum("ni,ij,nj->n", away, np.linalg.inv(RECORD.covariance[0]), away)
    np.testing.assert_allclose(distance, 4, rtol=1e-9)
    assert all(line.get_rasterized() for line in ax.lines if line.get_marker() == ".")


def test_conditioning_draws_the_limit_and_the_angles_that_went_wrong():
    broken = encoding.FAULTS["negative_information"](RECORD)
    condition = condition_number(broken.covariance)
    ax = drawn(code.conditioning, THETA, condition, 8.4e4, broken.information)

    assert lines(ax)["limit 8.4e+04"].get_ydata()[0] == 8.4e4
    assert len(lines(ax)["stated I negative or missing"].get_xdata()) == (broken.information < 0).sum() > 0


def test_stated_information_shows_negative_values():
    values = np.where(np.arange(50) == 7, -5.0, INFORMATION)
    ax = drawn(code.stated, THETA, values, INFORMATION)

    assert lines(ax)["negative or missing"].get_ydata()[0] == -5


def test_decoded_draws_error_and_bound():
    slope = RECORD.slope.sum(1) / 2 - 1
    quantity = error_bound(THETA, INFORMATION, RECORD.mse, RECORD.bias, bias_slope=slope)
    axes = drawn(code.decoded, quantity, "tightest", 0.5)

    np.testing.assert_array_equal(axes[0].lines[0].get_ydata(), RECORD.mse)
    np.testing.assert_array_equal(axes[0].lines[1].get_ydata(), quantity.bound)


def test_terms_show_the_share_and_its_limit():
    axes = drawn(code.terms, THETA, INFORMATION, RECORD.covariance_information_float64, 0.5)

    share = RECORD.covariance_information_float64 / (INFORMATION + RECORD.covariance_information_float64)
    np.testing.assert_allclose(axes[1].lines[0].get_ydata(), share)
    assert axes[1].lines[1].get_ydata()[0] == 0.5


def test_path_draws_every_component():
    quantity = path_slope(THETA, RECORD.mean, RECORD.slope)
    ax = drawn(code.path, quantity, 0.1)

    assert len(ax.lines[0].get_xdata()) == 98
