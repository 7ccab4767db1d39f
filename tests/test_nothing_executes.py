"""Nothing from a folder of runs is executed, whatever a person types."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.kinds import feedback_log
from gonogo.command_line import refusal

ROOT = Path(__file__).parents[1]
EVIL = "import pathlib\npathlib.Path({marker!r}).touch()\n"
HOSTILE = ("conftest.py", "__init__.py", "check_evil.py", "test_evil.py", "sitecustomize.py", "evil.py", "setup.py")
INI = "[pytest]\naddopts = -p evil\npythonpath = .\npython_files = *.py\n"


@pytest.fixture
def tree(tmp_path):
    """Runs with hostile files in their folder, below it and above it; each leaves a mark where it is executed."""
    marks = tmp_path / "marks"
    marks.mkdir()
    for n, folder in enumerate(
        (tmp_path / "above", tmp_path / "above" / "runs", tmp_path / "above" / "runs" / "run_1")
    ):
        folder.mkdir()
        for name in HOSTILE:
            (folder / name).write_text(EVIL.format(marker=str(marks / f"{n}-{name}")))
        (folder / "pytest.ini").write_text(INI)
        (folder / "pyproject.toml").write_text('[tool.pytest.ini_options]\naddopts = ["-p", "evil"]\n')
    feedback_log.write(feedback_log.healthy(), tmp_path / "above" / "runs" / "run_1")
    return tmp_path


def start(tree, *arguments, cwd=ROOT):
    command = [sys.executable, "-m", "pytest", str(ROOT / "checks" / "check_gradient_floor.py"), *arguments]
    command += [f"--report={tree / 'out'}", "-p", "no:cacheprovider", "-q", "--figures=none", "--plant=none"]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, env={**os.environ, "COLUMNS": "200"})
    return done.returncode, done.stdout + done.stderr, sorted(path.name for path in (tree / "marks").iterdir())


@pytest.mark.parametrize("option", ["--runs", "--baseline", "--limits", "--report", "--history", "--save-baseline"])
def test_a_space_instead_of_an_equals_sign_is_refused_before_anything_is_loaded(tree, option):
    code, text, marks = start(tree, option, str(tree / "above" / "runs"))

    assert (code, marks) == (4, []), text[-1500:]
    assert f"write {option}=" in text


def test_a_folder_of_runs_given_as_a_path_is_refused(tree):
    code, text, marks = start(tree, str(tree / "above" / "runs"))

    assert (code, marks) == (4, []), text[-1500:]
    assert "for runs write --runs=" in text


@pytest.mark.parametrize("form", ["absolute", "relative"])
def test_hostile_files_beside_the_runs_are_not_executed(tree, form):
    runs = tree / "above" / "runs"
    given = runs if form == "absolute" else Path(os.path.relpath(runs, tree))
    code, text, marks = start(tree, f"--runs={given}", cwd=ROOT if form == "absolute" else tree)

    assert (code, marks) == (0, []), text[-1500:]


def test_an_installed_guard_refuses_also_where_the_folder_comes_first(tmp_path):
    outside = tmp_path / "runs"
    outside.mkdir()
    checks = ROOT / "checks"

    assert "--runs=" in refusal(["--runs", str(outside), str(checks)], tmp_path)
    assert "is no folder of this suite" in refusal([str(outside), str(checks)], tmp_path)
    assert (
        refusal(["-k", "floor", f"--runs={outside}", str(checks / "check_gradient_floor.py::check_x[a b]")], tmp_path)
        == ""
    )


def test_the_guard_is_silent_in_other_projects(tmp_path):
    shutil.copytree(ROOT / "checks" / "gonogo" / "gradient_floor", tmp_path / "tests" / "gonogo")

    assert refusal(["tests", "--runs", "x"], tmp_path) == ""
    assert refusal([], tmp_path) == ""
