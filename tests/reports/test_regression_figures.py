"""Figures of comparisons show what was judged."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from fixtures.kinds.baseline_curves import healthy, stalled
from gonogo import Estimate, regression
from gonogo.regression.envelope import envelope
from reports.figures import regression as figures


def axes_of(draw):
    rows, columns = draw.panels
    return Figure().subplots(rows, columns, squeeze=False).ravel()


def test_both_sides_the_difference_and_the_trend_are_drawn():
    axes = axes_of(figures.comparison)
    move = regression.measured_move([Estimate(v) for v in (0.9, 1.0)], [Estimate(0.6)], limits=(0.5, None), move=0.1)
    figures.comparison(axes, move, (0.9, 0.95), 3.0)
    sides, change, trend = axes

    assert [label.get_text() for label in sides.get_xticklabels()] == ["baseline", "now"]
    assert 0.5 in [line.get_ydata()[0] for line in sides.lines]
    assert [line.get_ydata()[0] for line in change.lines if line.get_linestyle() == "--"] == [pytest.approx(-0.095)]
    half = 3.0 * move.difference.se
    whisker = change.collections[0].get_segments()[0][:, 1]
    assert sorted(whisker) == pytest.approx([-0.35 - half, -0.35 + half])
    assert trend.lines[0].get_ydata().tolist() == [0.9, 0.95, 0.6]


def test_a_curve_is_drawn_among_its_seeds_with_the_step_where_it_left():
    record = stalled(healthy())
    around = envelope(record.step, record.baseline, record.candidate)
    picture, away = axes_of(figures.curve)
    figures.curve((picture, away), around, "loss", 6.0)

    drawn = [line.get_ydata() for line in picture.lines]
    assert any(np.array_equal(data, record.candidate) for data in drawn)
    assert sum(any(np.array_equal(data, seed) for data in drawn) for seed in record.baseline) == 4
    assert picture.lines[-1].get_xdata()[0] == around.step[around.at]
    assert away.lines[1].get_ydata()[0] == 6.0


def test_a_trend_ends_with_the_present_value():
    axes = Figure().subplots()
    figures.trend(axes, [1.0, 2.0], 3.0, None, 3.5, "nats")

    assert axes.lines[0].get_ydata().tolist() == [1.0, 2.0, 3.0]
    assert axes.get_ylabel() == "value [nats]"
    assert any(line.get_ydata()[0] == 3.5 for line in axes.lines)


@pytest.mark.parametrize(("value", "text", "marker"), [(-np.inf, "now: −inf", "v"), (np.inf, "now: +inf", "^"),
                                                       (np.nan, "now: NaN", "x")])  # fmt: skip
def test_now_is_drawn_also_where_it_is_no_number(value, text, marker):
    move = regression.measured_move([Estimate(v) for v in (0.9, 1.0)], [Estimate(value)], limits=(0.5, None), move=0.1)
    axes = axes_of(figures.comparison)
    figures.comparison(axes, move, (), 3.0)

    assert [said.get_text() for said in axes[0].texts] == [text]
    assert marker in [line.get_marker() for line in axes[0].lines]
    assert not axes[2].axison, "without earlier sessions there is no trend"
