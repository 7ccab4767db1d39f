"""Follow README's "Add a diagnostic" to the letter, in a copy of the checkout."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "__pycache__", "out", ".*_cache", ".hypothesis", "*.egg-info")
# A file's name on a line of its own, then what it holds or what is added to it.
BLOCK = re.compile(r"^`([\w/.]+)`( \([^)\n]*\))?\n\n```(?:python|toml|text)\n(.*?)```$", re.MULTILINE | re.DOTALL)


def recipe():
    """Blocks of the two diagnostics: (file, note, text) each."""
    text = (ROOT / "README.md").read_text("utf-8")
    text = text[text.index("## Add a diagnostic") : text.index("## The house")]
    first, second = text.split("**New evidence**")
    return BLOCK.findall(first), BLOCK.findall(second)


def follow(blocks, checkout):
    for name, note, text in blocks:
        path = checkout / name
        if not note:
            assert not path.exists(), f"{name} is there already"
            path.write_text(text, "utf-8")
        elif "NAMES" in note:
            old = path.read_text("utf-8")
            path.write_text(old.replace("NAMES = (\n", f"NAMES = (\n{text}"), "utf-8")
            assert path.read_text("utf-8") != old
        else:
            path.write_text(path.read_text("utf-8") + "\n\n" + text, "utf-8")


def run(checkout, *arguments):
    done = subprocess.run([sys.executable, "-m", *arguments], cwd=checkout, capture_output=True, text=True,
                          env=without_this_checkout())  # fmt: skip
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout


def without_this_checkout():
    import os

    here = str(ROOT)
    paths = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path and not path.startswith(here)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(["checks", ".", *paths])}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """Copy of the checkout with both diagnostics, calibrated with a few replicates."""
    folder = tmp_path_factory.mktemp("recipe") / "gonogo"
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
    for blocks in recipe():
        follow(blocks, folder)
    names = ("stream_gain_bounded", "trace_is_consistent", "gradient_does_not_jump")
    statements = [f"--statement=gradient_floor.{name}" for name in names]
    run(folder, "benchmarks.calibration", *statements, "--write", "--healthy=40", "--faulty=20", "--jobs=1", "--quiet")
    return folder


def test_each_diagnostic_touches_at_most_six_files():
    for blocks in recipe():
        assert 1 < len({name for name, *_ in blocks}) <= 6


def test_the_new_statements_pass_their_healthy_controls_and_reject_their_faults(checkout):
    said = run(checkout, "pytest", "checks/", "-q", "-k", "gain or trace or jump", "--report=out")

    assert "controls hold: no run was judged; 6 pass on controls" in said


def test_their_tests_pass_and_the_house_stands(checkout):
    run(checkout, "pytest", "tests/gonogo/gradient_floor", "checks/gonogo/gradient_floor", "--doctest-modules", "-q")
    run(checkout, "pytest", "tests/test_house.py", "-q", "-k", "check or limit or fault or diagnostic or imports")
    run(checkout, "pytest", "tests/fixtures/kinds/test_contract.py", "-q", "-k", "gradient_trace")
    calibrated = "tests/test_calibration.py::test_the_stored_rates_reach_the_goals_or_the_check_says_what_it_cannot_see"
    run(checkout, "pytest", calibrated, "-q", "-k", "gain or trace or jump")
