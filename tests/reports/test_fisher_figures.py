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
from gonogo.fisher_information.readout import decoded_angles
from gonogo.fisher_information.sensitivity_curve import flatness
from gonogo.fisher_information.stepwise_density import step_fit
from reports.figures import fisher_code as code
from reports.figures import fisher_information as figures
from reports.figures import fisher_responses as responses
from reports.figures.style import LIMIT, MUTED

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


def drawn_all(draw, *arguments):
    """Draw on fresh axes of which some may stay switched off."""
    from matplotlib.figure import Figure

    axes = Figure().subplots(*draw.panels, squeeze=False).ravel()
    return draw(axes, *arguments)


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


def test_many_replicates_of_steps_have_a_short_legend():
    steps = [r for r in encoding.healthy_group() if r.distribution == "stepwise"] * 9
    fit = step_fit([(r.angles, r.information, r.density, np.array(r.distribution_params["edges"])) for r in steps])
    axes = drawn(figures.steps, fit, 0.8, 1.2)

    labels = [text.get_text() for text in axes[0].get_legend().get_texts()]
    assert len(labels) == 5
    assert labels.count("probability / bin width") == 1
    assert "15 others" in labels


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


def test_curves_show_also_the_information_over_its_integral():
    axes = drawn(figures.curves, THETA, [INFORMATION], ["model"], RECORD.density)

    assert np.trapezoid(axes[2].lines[0].get_ydata(), THETA) == pytest.approx(1)
    np.testing.assert_allclose(axes[2].lines[0].get_ydata() * np.trapezoid(INFORMATION, THETA), INFORMATION)


def test_of_many_models_those_that_stand_out_are_named_and_the_others_are_grey():
    many = [INFORMATION * (50 if n == 4 else 1 + n / 100) for n in range(20)]
    axes = drawn(figures.curves, THETA, many, [f"m{n}" for n in range(20)], None)

    labels = [text.get_text() for text in axes[0].get_legend().get_texts()]
    assert len(labels) == 4
    assert any(label.startswith("m4: ") for label in labels)
    assert "17 others" in labels
    assert sum(line.get_color() == MUTED for line in axes[0].lines) == 17


def test_losses_lie_over_each_other_one_colour_a_loss():
    models = [("linear", THETA, INFORMATION, RECORD.mse), ("linear", THETA, 2 * INFORMATION, None),
              ("log", THETA, INFORMATION / 2, RECORD.mse)]  # fmt: skip
    axes = drawn(figures.losses, models)

    colours = [line.get_color() for line in axes[0].lines]
    assert colours[0] == colours[1] != colours[2]
    np.testing.assert_allclose(axes[1].lines[1].get_ydata(), np.sqrt(2 * INFORMATION))
    np.testing.assert_array_equal(axes[2].lines[0].get_ydata(), RECORD.mse)
    assert len(axes[2].lines) == 2
    assert [text.get_text() for text in axes[0].get_legend().get_texts()] == ["linear", "log"]


def test_densities_are_compared_absolutely_relatively_and_in_total():
    models = [("uniform", THETA, np.full(50, 9.0)), ("concentrated", THETA, INFORMATION)]
    axes = drawn(figures.densities, models)

    np.testing.assert_allclose(axes[0].lines[0].get_ydata(), 3)
    assert np.trapezoid(axes[1].lines[1].get_ydata(), THETA) == pytest.approx(1)
    assert axes[2].lines[0].get_ydata()[0] == pytest.approx(3 * (THETA[-1] - THETA[0]))
    assert [label.get_text() for label in axes[2].get_xticklabels()] == ["uniform", "concentrated"]


@pytest.mark.parametrize(("judged", "panel"), [("tightest", 0), ("efficiency", 0), ("order", 1)])
def test_decoded_names_the_number_that_is_judged_and_its_limit(judged, panel):
    quantity = error_bound(THETA, INFORMATION, RECORD.mse, RECORD.bias)
    axes = drawn(code.decoded, quantity, judged, 0.6)

    found = getattr(quantity, judged)
    assert axes[panel].get_title().endswith(f"\n{found.value:.2f} ± {3.29 * found.error:.2f}, at least 0.6")
    assert axes[1 - panel].get_title() == ""
    assert any("bound" in label for label in lines(axes[0]))


def test_clouds_have_their_mean_their_median_and_two_standard_deviations():
    axes = drawn_all(responses.clouds, RECORD.response_angles, RECORD.responses)

    shown = [ax for ax in axes if ax.axison]
    assert len(shown) == len(RECORD.response_angles)
    for ax, cloud in zip(shown, RECORD.responses, strict=True):
        np.testing.assert_allclose(np.ravel(lines(ax)["mean"].get_xydata()), cloud.mean(axis=0))
        np.testing.assert_allclose(np.ravel(lines(ax)["median"].get_xydata()), np.median(cloud, axis=0))
        away = lines(ax)["2 s.d."].get_xydata() - cloud.mean(axis=0)
        np.testing.assert_allclose(np.einsum("ni,ij,nj->n", away, np.linalg.inv(np.cov(cloud.T)), away), 4)


def test_decoded_angles_are_drawn_with_mean_and_median():
    decoded = decoded_angles(RECORD.responses)
    ax = drawn(responses.decoded_scatter, RECORD.response_angles, decoded)
    axes = drawn_all(responses.decoded_histograms, RECORD.response_angles, decoded)

    np.testing.assert_allclose(lines(ax)["mean"].get_ydata(), decoded.mean(axis=1))
    for ax, angle, values in zip(axes, RECORD.response_angles, decoded, strict=False):
        marks = {name: line.get_xdata()[0] for name, line in lines(ax).items()}
        expected = {"mean": values.mean(), "median": np.median(values), "true angle": angle}
        assert marks == pytest.approx(expected)
        assert sum(bar.get_height() for bar in ax.patches) == len(values)


def test_tuning_says_how_it_was_tuned():
    flat = np.full(50, 30.0)
    axes = drawn(figures.tuning, adaptation(THETA, INFORMATION, flat, flat), RECORD.density, None, "frozen")

    assert axes[2].get_title() == "fine-tuned (frozen)"
