"""What the figures of neural collapse and of the information plane show, by their artists' data."""

import io
import math

import numpy as np
import pytest

from fixtures.kinds import collapse_history, features
from gonogo.curve_operations import Crossing
from gonogo.neural_collapse.compression import compression
from gonogo.neural_collapse.crossing_trend import trend
from gonogo.neural_collapse.curves import collapse_curves, fitting, milestones
from gonogo.neural_collapse.margins import margins
from gonogo.neural_collapse.matched_compression import matched_compression
from gonogo.neural_collapse.seed_spread import band, collapse_bands
from reports.figures import information_plane, neural_collapse
from reports.figures.style import MUTED


@pytest.fixture
def drawn():
    """Axes for a drawing, and the drawing done."""
    figure = pytest.importorskip("matplotlib.figure")

    def draw(function, *args):
        fig = figure.Figure()
        axes = fig.subplots(*function.panels, squeeze=False).ravel()
        function(axes[0] if len(axes) == 1 else axes, *args)
        fig.savefig(io.BytesIO(), format="svg")
        return list(axes)

    return draw


@pytest.fixture(scope="module")
def run():
    record = collapse_history.healthy()
    return record, collapse_curves(record.step, record.scalars)


def label_of(line):
    return line.get_label()


def test_dynamics_draw_every_group_its_band_and_the_limits(drawn, run):
    _, curves = run
    groups = {"a": collapse_bands([curves] * 3), "b": collapse_bands([curves])}
    stones = milestones(curves, fit=0.95, collapsed=0.1)
    accuracy, rnc1, nc2 = drawn(neural_collapse.dynamics, groups, 0.1, 1.5, stones)
    for ax, values in ((accuracy, curves.test_accuracy), (rnc1, curves.rnc1), (nc2, curves.nc2)):
        (line,) = [line for line in ax.lines if label_of(line) == "b"]
        np.testing.assert_allclose(line.get_ydata(), values)
        assert len(ax.collections) == 2
        assert ax.get_xscale() == "log"
    (limit,) = [line for line in rnc1.lines if label_of(line) == "limit 0.1"]
    assert set(limit.get_ydata()) == {0.1}
    (fit,) = [line for line in accuracy.lines if label_of(line) == "fit"]
    assert fit.get_xdata()[0] == pytest.approx(stones.fit.step + 1)


def test_crossings_show_what_was_not_seen_apart(drawn):
    events = [Crossing(100.0, 1e4, 0, 0), Crossing(1000.0, 1e4, 0, 0), Crossing(math.nan, 1e4, math.nan, 0)]
    (ax,) = drawn(neural_collapse.crossings, {"collapse": trend([0.3, 0.1, 0.03], ["a"] * 3, events)})
    seen, later = ax.lines[:2]
    np.testing.assert_allclose(seen.get_xydata(), [[0.3, 100], [0.1, 1000]])
    np.testing.assert_allclose(later.get_xydata(), [[0.03, 1e4]])
    assert "later" in label_of(later)


def test_violins_show_both_classes_on_both_sides_of_the_boundary(drawn):
    record = features.healthy()
    rest = record.weight, record.bias
    train = margins(record.train_features, record.train_labels, *rest)
    unseen = margins(record.unseen_features, record.unseen_labels, *rest)
    left, right = drawn(neural_collapse.violins, train, unseen, (1, 3))
    assert left.get_xlim() == right.get_xlim()
    for ax, found in ((left, train), (right, unseen)):
        one, other = found.between(1, 3)
        np.testing.assert_allclose(ax.lines[0].get_xdata(), np.quantile(one, [0.25, 0.5, 0.75]))
        np.testing.assert_allclose(ax.lines[1].get_xdata(), np.quantile(other, [0.25, 0.5, 0.75]))
        assert len(ax.collections) == 2


def test_violins_take_margins_without_spread(drawn):
    labels = np.array([0, 0, 1, 1])
    found = margins(np.eye(2)[labels], labels, np.eye(2), np.zeros(2))
    left, _ = drawn(neural_collapse.violins, found, found)
    assert len(left.collections) == 0


def test_information_is_drawn_over_time_and_against_scale(drawn, run):
    record, curves = run
    found = compression(curves, record.scalars["nhsic_zx"], record.scalars["nhsic_zy"], fitting(curves, 0.95))
    over, beside = drawn(information_plane.over_time, {"nHSIC": found})
    assert over.lines[0].get_ydata().max() == pytest.approx(1)
    np.testing.assert_allclose(beside.lines[0].get_ydata(), found.rnc1)
    (ax,) = drawn(information_plane.against_scale, {"nHSIC": found})
    np.testing.assert_allclose(ax.lines[0].get_xydata(), np.column_stack([found.scale, found.difference]))
    assert ax.lines[1].get_xdata()[0] == found.scale[found.reference]


def test_checkpoints_at_one_scale_carry_their_limit(drawn):
    batches = [(np.array([10.0, 11.0]), np.array([1.0, 1.0])), (np.array([4.0, 5.0]), np.array([1.0, 1.0]))]
    found = matched_compression([0, 100], batches, batches)
    (ax,) = drawn(information_plane.at_one_scale, found, 0.8)
    (limit,) = [line for line in ax.lines if label_of(line).startswith("limit")]
    assert limit.get_ydata()[0] == pytest.approx(0.8 * 9.5)


def test_of_twenty_seeds_the_odd_one_is_named_and_the_others_are_a_grey_bundle(drawn, run):
    groups = {f"s{n}": collapse_bands([run[1]]) for n in range(20)}
    axes = drawn(neural_collapse.dynamics, groups, None, None, None, ["s7"])

    labels = [text.get_text() for text in axes[1].get_legend().get_texts()]
    assert labels == ["19 others", "s7"]
    grey = [line for line in axes[1].lines if line.get_color() == MUTED]
    assert len(grey) == 19
    assert next(line for line in axes[1].lines if line.get_label() == "s7").get_zorder() > grey[0].get_zorder()


def test_planes_are_the_mean_over_seeds_of_each_setting_as_it_was_logged(drawn):
    records = [collapse_history.healthy(seed=seed) for seed in range(3)]
    steps = [record.step for record in records]
    differences = [record.scalars["nhsic_zx"] - record.scalars["nhsic_zy"] for record in records]
    bands = {"nHSIC": band(steps, differences), "rnc1": band(steps, [d + 1 for d in differences], logarithmic=True)}
    axes = drawn(neural_collapse.planes, {"weight decay 0.1": bands})

    np.testing.assert_allclose(axes[1].lines[0].get_ydata(), np.mean(differences, axis=0))
    assert axes[1].lines[0].get_xdata()[0] == records[0].step[0] + 1, "also what is logged before the fit"
    assert axes[1].lines[0].get_label() == "weight decay 0.1 (n = 3)"
    assert not axes[0].lines, "what nobody logged stays blank, and is dropped when it is drawn"
    assert axes[2].get_yscale() == "log"
