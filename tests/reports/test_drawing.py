"""Test `reports.drawing`: safe files, honest failures, nothing global."""

import math
import re
import subprocess
import sys
from pathlib import Path

import matplotlib
import pytest

from fixtures.gate.row import Row
from reports.drawing import draw
from reports.figures.style import INK, MULTIPLE, half, interval, panels
from reports.ledger import OURS

ROW = Row(run="<script>alert(1)</script> $run_1$", family="f", check="x", verdict="fail", case={"eta": 3.2e-06})


@panels(1, 2)
def pair(axes, values):
    for ax in axes:
        ax.plot(values, values)
        ax.set(xscale="log", xlabel="x")
    return axes


def broken(ax):
    raise ValueError("no such column")


def test_a_figure_is_a_file_under_the_report(tmp_path):
    paths, problems = draw([(pair, [1, 2, 3])], tmp_path, "node", ROW)

    assert problems == []
    text = (tmp_path / paths[0]).read_text("utf-8")
    assert text.startswith("<?xml")
    assert "<script" not in text
    assert INK in text
    assert "eta = 3.2e-06" in text


def test_a_broken_figure_is_said_and_hides_nothing(tmp_path):
    paths, problems = draw([(broken,), (pair, [1, 2])], tmp_path, "node", ROW)

    assert len(paths) == 1
    assert problems == ["figure broken could not be drawn: ValueError: no such column"]


def test_the_same_object_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        draw([(pair, [1, 2])], tmp_path / name, "node", ROW)
    one, other = (next((tmp_path / name / "figures").iterdir()).read_bytes() for name in ("a", "b"))

    assert one == other


def test_drawing_leaves_the_global_state_alone(tmp_path):
    before = dict(matplotlib.rcParams)
    draw([(pair, [1, 2])], tmp_path, "node", ROW)

    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("module", ["reports.figures.entropy_change", "reports.plugin", "reports.drawing"])
def test_matplotlib_is_loaded_by_the_first_figure_only(module):
    root = Path(__file__).parents[2]
    path = [str(root), str(root / "checks")]
    code = f"import sys; sys.path[:0] = {path}; import {module}; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"


def lines(ax, count):
    for n in range(count):
        ax.plot([1, 2], [n, n + 1])


def test_a_function_that_draws_several_times_overwrites_nothing(tmp_path):
    figures = [(lines, 1), (pair, [1, 2]), (lines, 2), (lines, 3)]
    paths, problems = draw(figures, tmp_path, "node", ROW)
    files = {path.relative_to(tmp_path).as_posix() for path in (tmp_path / "figures").glob("*.svg")}

    assert problems == []
    assert len(paths) == len(set(paths)) == len(figures) == len(files)
    assert set(paths) == files
    assert len({(tmp_path / path).read_bytes() for path in paths}) == 4, "each file is a figure of its own"
    assert all(OURS.fullmatch(Path(path).name) for path in paths)


@panels(1, 3)
def three(axes, middle):
    axes[0].plot([0, 1], [1, 2])
    axes[1].plot([0, 1], middle)
    axes[1].axhline(1)
    axes[2].set_axis_off()


def width(path):
    return float(re.search(r'width="([0-9.]+)pt"', path.read_text("utf-8"))[1])


def test_a_panel_without_data_is_not_drawn_and_leaves_no_gap(tmp_path):
    sizes = {}
    for name, middle in (("full", [1, 2]), ("blank", [math.nan, math.nan]), ("lost", [1, math.inf])):
        paths, problems = draw([(three, middle)], tmp_path, name, ROW)
        assert problems == []
        text = (tmp_path / paths[0]).read_text("utf-8")
        sizes[name] = width(tmp_path / paths[0]), text.count('id="axes_'), "+inf at" in text

    assert [sizes[name][1] for name in sizes] == [2, 1, 2]
    assert sizes["blank"][0] < sizes["full"][0] == sizes["lost"][0]
    assert [sizes[name][2] for name in sizes] == [False, False, True]


def ticks(axis):
    return [float(label.get_text().replace("−", "-")) for label in axis.get_ticklabels()]


@pytest.mark.parametrize(("x", "whole"), [([0, 1, 2, 3], True), ([0, 1], True), ([0.0, 0.5, 1.0], False)])
def test_what_is_counted_has_whole_ticks(x, whole, tmp_path, monkeypatch):
    seen = []

    def curve(ax):
        ax.plot(x, x)
        seen.append(ax)

    draw([(curve,)], tmp_path, "node", ROW)
    assert all(tick == round(tick) for tick in ticks(seen[0].xaxis)) is whole


def test_ticks_that_a_drawing_has_chosen_stay(tmp_path):
    seen = []

    @panels(1, 2)
    def chosen(axes):
        for ax in axes:
            ax.plot([0, 1, 2], [0, 1, 2])
            ax.set_yticks([])
        seen.extend(axes)

    draw([(chosen,)], tmp_path, "node", ROW)
    assert [len(ax.get_yticks()) for ax in seen] == [0, 0]


def test_a_long_name_is_folded_and_not_cut(tmp_path):
    name = "group:history," + ",".join(f"config.setting_{n}=value_{n}" for n in range(9))
    paths, _ = draw([(lines, 1)], tmp_path, "node", Row(run=name, family="f", check="x", verdict="fail"))
    said = re.findall(r"<text[^>]*>([^<]*)</text>", (tmp_path / paths[0]).read_text("utf-8"))

    title = [text.strip() for text in said if "setting" in text]
    assert len(title) > 1
    assert "".join(title).replace(" ", "") == name
    assert max(map(len, title)) < 80


def test_error_bars_show_the_multiple_of_the_verdict(tmp_path):
    shown = []

    def bars(ax):
        shown.append((float(half(2.0)), interval("run")))

    for z in (4.5, None):
        row = Row(run="a", family="f", check="c", verdict="fail", z=z)
        assert draw([(bars,)], tmp_path, "node", row)[1] == []

    assert shown == [(9.0, "run ± 4.5 s.e."), (6.58, "run ± 3.29 s.e.")]
    assert MULTIPLE.get() == 3.29
