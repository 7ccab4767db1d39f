"""Figures of feedback runs show what was judged: their artists' data are the quantity's."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from gonogo.gradient_floor import gradient_floor
from gonogo.gradient_floor.credit_mechanism import credit_mechanism
from gonogo.gradient_floor.floor import Trajectory
from gonogo.gradient_floor.residual_stream import block_growth, stream_ratio
from reports.figures import gradient_floor as figures

EPOCH = np.arange(21)
STREAM = 10 ** np.stack([np.zeros(21), EPOCH / 2.0], axis=1)
GRADIENT = 1 / STREAM


def axes_for(draw):
    """Empty axes as the drawing function declares them."""
    rows, columns = draw.panels
    axes = Figure().subplots(rows, columns, squeeze=False).ravel()
    return axes if len(axes) > 1 else axes[0]


def line(ax, label):
    """The line with a label."""
    return next(artist for artist in ax.lines if artist.get_label() == label)


def test_blocks_show_every_gradient_and_the_floor():
    floor = gradient_floor(EPOCH, GRADIENT, 1e-7, block=1)
    left, right = figures.blocks(axes_for(figures.blocks), floor, credit_mechanism(EPOCH, STREAM, GRADIENT, column=1))

    np.testing.assert_array_equal(line(left, "block 1, judged").get_ydata(), GRADIENT[:, 1])
    assert any(np.array_equal(artist.get_ydata(), GRADIENT[:, 0]) for artist in left.lines)
    assert set(line(left, "floor 1e-07").get_ydata()) == {1e-7}
    assert set(line(left, "epoch 15").get_xdata()) == {floor.level.first} == {15}
    np.testing.assert_allclose(line(right, "cancelled by the stream").get_xydata(), np.c_[STREAM, GRADIENT][:, [1, 3]])
    guide = line(right, "power −1").get_xydata()
    np.testing.assert_allclose(np.diff(np.log(guide[:, 1])), -np.diff(np.log(guide[:, 0])))


@pytest.mark.parametrize("bad", [0.0, np.nan, np.inf])
def test_rows_without_a_number_are_shaded(bad):
    gradient = GRADIENT.copy()
    gradient[12:] = bad
    floor = gradient_floor(EPOCH, gradient, 1e-7, block=1)
    left, _ = figures.blocks(axes_for(figures.blocks), floor, None)

    assert [patch.get_label() for patch in left.patches] == ["zero or no number"]
    assert left.patches[0].get_x() == 12


def runs():
    """Two runs, the second judged, and a frozen one."""
    accuracy = np.linspace(0.1, 0.5, 21)
    return [
        Trajectory("bp", False, EPOCH, STREAM[:, 0], GRADIENT[:, 0], accuracy),
        Trajectory("frozen", False, EPOCH, STREAM[:, 0], GRADIENT[:, 0], np.full(21, 0.35)),
        Trajectory("dfa", True, EPOCH, STREAM[:, 1], GRADIENT[:, 1], accuracy / 2),
    ]


def test_trajectories_show_stream_gradient_and_accuracy_of_all_runs():
    axes = figures.trajectories(axes_for(figures.trajectories), runs(), 1e-7, 0.02, 0.35)

    for ax, name in zip(axes, ("stream", "gradient", "accuracy"), strict=True):
        for run in runs():
            np.testing.assert_array_equal(line(ax, run.label).get_ydata(), getattr(run, name))
        assert line(ax, "dfa").get_linewidth() > line(ax, "bp").get_linewidth()
    assert set(line(axes[1], "floor 1e-07").get_ydata()) == {1e-7}
    assert line(axes[2], "with margin 0.02").get_ydata()[0] == pytest.approx(0.37)


def test_ceiling_is_the_reference_times_the_limit():
    found = stream_ratio(EPOCH, STREAM[:, 1], EPOCH, np.full(21, 3.0), 1e3)
    ax = figures.ceiling(axes_for(figures.ceiling), found, "bp")

    np.testing.assert_allclose(line(ax, "× 1000").get_ydata(), 3e3)
    np.testing.assert_array_equal(line(ax, "this run").get_ydata(), STREAM[:, 1])


def test_growth_shows_the_factor_and_profiles_early_to_late():
    found, _ = block_growth(EPOCH, STREAM, 50)
    left, right = figures.growth(axes_for(figures.growth), found, STREAM)

    np.testing.assert_allclose(line(left, "largest factor of a block").get_ydata(), STREAM[:, 1])
    assert [artist.get_label() for artist in right.lines] == ["epoch 0", "epoch 6", "epoch 13", "epoch 20"]
    np.testing.assert_array_equal(line(right, "epoch 20").get_ydata(), STREAM[-1])


def test_the_accuracy_is_drawn_beside_the_one_that_was_compared_with():
    axes = figures.trajectories(axes_for(figures.trajectories), runs(), None, 0.02, 0.4321)

    assert line(axes[2], "frozen, compared with 0.432").get_ydata()[0] == 0.4321
    assert line(axes[2], "with margin 0.02").get_ydata()[0] == pytest.approx(0.4521)


def test_a_method_keeps_its_colour_without_the_others():
    colours = [line(figures.trajectories(axes_for(figures.trajectories), shown)[0], "dfa").get_color()
               for shown in (runs(), runs()[2:])]  # fmt: skip

    assert colours[0] == colours[1]
