"""Test `reports.drawing`: safe files, honest failures, nothing global."""

import subprocess
import sys
from pathlib import Path

import matplotlib
import pytest

from fixtures.gate.row import Row
from reports.drawing import draw
from reports.figures.style import INK, panels

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
