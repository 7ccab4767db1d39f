"""Test `reports.figures.edges`: what is not finite is seen at the edge and said in words."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from reports.figures.edges import is_empty, mark

EPOCH = np.arange(40)


def panel(values, *, scale="linear", x=EPOCH, label="epoch"):
    ax = Figure().subplots()
    ax.plot(x, values, color="#0072B2")
    ax.set(xlabel=label, yscale=scale)
    mark(ax)
    return ax


def said(ax):
    return [text.get_text() for text in ax.texts]


def arrows(ax):
    return [(line.get_marker(), line.get_xdata()[0], line.get_ydata()[0]) for line in ax.lines[1:]]


def ends(value, first=20):
    return np.where(first <= EPOCH, value, 1.0)


@pytest.mark.parametrize(
    ("values", "scale", "text", "marker", "height"),
    [
        (ends(-np.inf), "linear", "−inf from epoch 20", "v", 0.03),
        (ends(np.inf), "log", "+inf from epoch 20", "^", 0.97),
        (ends(0.0), "log", "−inf from epoch 20", "v", 0.03),
        (ends(np.nan), "linear", "NaN from epoch 20", "x", 0.97),
        (np.where(EPOCH == 7, np.inf, 1.0), "linear", "+inf at epoch 7", "^", 0.97),
        (np.where(EPOCH % 20 == 7, np.inf, 1.0), "linear", "+inf at epoch 7 and 1 more", "^", 0.97),
    ],
)
def test_what_is_not_finite_is_an_arrow_at_the_edge_with_its_epoch(values, scale, text, marker, height):
    ax = panel(values, scale=scale)

    assert said(ax) == [text]
    assert arrows(ax) == [(marker, int(text.split("epoch ")[1].split(" ")[0]), height)]
    assert np.isnan(ax.lines[0].get_ydata()[~np.isfinite(values) | ((scale == "log") & (values == 0))]).all()


def test_zero_is_a_number_on_a_linear_axis_and_a_row_without_a_log_is_no_nan():
    assert said(panel(ends(0.0))) == []
    assert said(panel(np.where(EPOCH % 2 == 0, np.nan, 1.0))) == []


def test_limits_are_no_curves():
    ax = Figure().subplots()
    ax.plot(EPOCH, EPOCH)
    ax.axhline(np.inf)
    mark(ax)

    assert said(ax) == []


def test_steps_on_a_shifted_axis_have_their_own_number():
    assert said(panel(ends(np.inf), x=EPOCH + 1, label="step + 1")) == ["+inf from step 20"]


def test_a_cloud_of_points_is_counted():
    assert said(panel(ends(np.inf), x=EPOCH[::-1], label="element")) == ["20 × +inf"]


def test_many_curves_that_are_lost_at_the_same_place_are_told_once_each_and_not_more_than_four_times():
    ax = Figure().subplots()
    for first in (10, 10, 12, 14, 16, 18, 20):
        ax.plot(EPOCH, ends(np.inf, first), color="k")
    ax.set(xlabel="epoch")
    mark(ax)

    assert said(ax) == [f"+inf from epoch {first}" for first in (10, 12, 14, 16)]
    assert len({line.get_xdata()[0] for line in ax.lines[7:]}) == 6


def test_a_panel_of_limits_or_of_nothing_is_empty_and_one_of_infinities_is_not():
    limits, blank, lost, bars, off = Figure().subplots(1, 5)
    limits.axhline(3)
    limits.axhspan(1, 2)
    limits.text(0, 0, "nothing")
    blank.plot(EPOCH, np.full(40, np.nan))
    lost.plot(EPOCH, np.full(40, np.inf))
    bars.bar([0, 1], [2, 3])
    off.set_axis_off()

    assert [is_empty(ax) for ax in (limits, blank, lost, bars, off)] == [True, True, False, False, True]
