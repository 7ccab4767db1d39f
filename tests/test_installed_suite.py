"""The wheel carries the suite, and the command ``gonogo`` runs it from anywhere as a checkout would."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from fixtures.kinds import feedback_log
from gonogo.__main__ import command

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Folder as site-packages would be, with nothing in it but the wheel."""
    out, site = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(next(out.glob("*.whl"))) as wheel:
        wheel.extractall(site)
    return site


def start(site, here, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}
    line = [sys.executable, "-P", "-m", "gonogo", *arguments, "-q", "--figures=none", "-p", "no:randomly"]
    done = subprocess.run(line, cwd=here, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_the_wheel_holds_all_of_the_suite_and_no_names_that_are_not_its_own(installed):
    top = {path.name.partition("-")[0] for path in installed.iterdir()}
    checks = {path.name for path in (installed / "gonogo/suite/checks").glob("*.py")}
    tracked = {path.name for path in (ROOT / "checks").glob("check_*.py")}

    assert top == {"gonogo"}
    assert checks == tracked
    assert (installed / "gonogo/suite/reports/page.html").is_file()
    assert (installed / "gonogo/suite/checks/limits/session.toml").is_file()
    assert not list(installed.rglob("results.jsonl"))


def test_runs_are_judged_from_a_folder_with_other_checks_and_settings(installed, tmp_path):
    (tmp_path / "runs").mkdir()
    feedback_log.write(feedback_log.healthy(), tmp_path / "runs")
    (tmp_path / "checks").mkdir()
    for name in ("checks/__init__.py", "conftest.py", "fixtures.py"):
        (tmp_path / name).write_text("raise SystemExit(99)")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")

    code, text = start(installed, tmp_path, "runs", "-k", "gradient_above_floor")

    assert code == 0, text
    assert "go: 1 pass in 1 run" in text
    assert (tmp_path / "gonogo-report" / "index.html").is_file()


def test_without_runs_the_controls_are_met(installed, tmp_path):
    code, text = start(installed, tmp_path, "-k", "file_is_whole")

    assert code == 0, text
    assert "controls" in text


def test_a_folder_after_the_options_is_refused_and_nothing_in_it_is_executed(installed, tmp_path):
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "conftest.py").write_text("raise SystemExit(99)")

    code, text = start(installed, tmp_path, "-x", "runs")

    assert code == 4, text
    assert "--runs=runs" in text


def test_options_that_are_given_win_over_the_command_s_own(tmp_path):
    assert "--report=gonogo-report" not in command(["a", "--report=b"], ROOT, tmp_path)
    assert [arg for arg in command(["a", "b", "-x"], ROOT, tmp_path) if "--runs" in arg] == ["--runs=a", "--runs=b"]
