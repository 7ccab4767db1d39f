"""Test what a user copies for CI: the action's own script is run, and every option that an example names exists."""

import os
import re
import subprocess
import sys
import textwrap

import pytest

from fixtures.kinds import entropy_probe
from tests.sessions import ROOT, put

ACTION = ROOT / ".github" / "actions" / "gate" / "action.yml"
WORKFLOW = ROOT / ".github" / "workflows" / "gate.yml"
README = (ROOT / "README.md").read_text("utf-8")
EXAMPLES = re.search(r"\n## In CI\n(.*?)\n## ", README, re.DOTALL)[1]


def scripts(path):
    """Shell scripts of a workflow or action by the name of their step."""
    step = r"^ *- name: (?P<name>.+)\n(?:(?! *- ).*\n)*?(?P<indent> *)run: \|\n(?P<script>(?:(?P=indent)  .*\n?|\n)+)"
    found = re.finditer(step, path.read_text("utf-8"), re.MULTILINE)
    return {match["name"]: textwrap.dedent(match["script"]) for match in found}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two folders, one with a space in its name: a healthy run and a failing one."""
    root = tmp_path_factory.mktemp("work")
    healthy = entropy_probe.healthy(sequences=256)
    put(healthy, root / "my runs" / "a")
    put(entropy_probe.FAULTS["exploded_step"](healthy), root / "worse" / "b")
    return root


@pytest.fixture
def judge(runs, tmp_path):
    """Run the action's script as its runner would, in the folder of the user's checkout."""
    tool = tmp_path / "gonogo" / "bin" / "pytest"
    tool.parent.mkdir(parents=True)
    tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pytest "$@"\n')
    tool.chmod(0o755)

    def run(**inputs):
        environment = {"RUNS": "", "LIMITS": "", "REPORT": str(tmp_path / "report"), **inputs}
        runner = {"RUNNER_TEMP": str(tmp_path), "GITHUB_ACTION_PATH": str(ACTION.parent), "GITHUB_STEP_SUMMARY": ""}
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", scripts(ACTION)["Judge"]]
        environment = {**os.environ, **runner, **environment}
        return subprocess.run(command, cwd=runs, capture_output=True, text=True, env=environment)

    return run


QUICK = "-p no:cacheprovider --plant=none --figures=none -k 'weights_are_healthy and not nothing'"


def test_the_action_judges_the_folders_it_is_given(judge, tmp_path):
    done = judge(RUNS="my runs\n\n", PYTEST_ADDOPTS=QUICK)

    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    assert {path.name for path in (tmp_path / "report").iterdir()} >= {"index.html", "results.jsonl", "junit.xml"}


def test_the_action_fails_on_no_go_under_the_users_limits(judge, runs, tmp_path):
    (tmp_path / "mine.toml").write_text("[entropy_change.weights_are_healthy]\ness_share = 0.5\n")
    done = judge(RUNS="my runs\n  worse\n", LIMITS=f"{tmp_path / 'mine.toml'}", PYTEST_ADDOPTS=QUICK)

    assert done.returncode == 1, done.stdout[-2000:] + done.stderr
    assert "in 2 runs" in done.stdout
    assert "mine.toml" in (tmp_path / "report" / "results.jsonl").read_text("utf-8").splitlines()[0]


def test_the_action_does_not_take_no_folder_for_controls(judge):
    done = judge(RUNS=" \n", LIMITS="mine.toml", PYTEST_ADDOPTS=QUICK)

    assert done.returncode == 4
    assert "no folder given" in done.stdout


def test_the_action_declares_the_inputs_that_it_uses():
    text = ACTION.read_text("utf-8")
    declared = set(re.findall(r"^  ([a-z-]+):$", text.partition("\nruns:")[0].partition("\ninputs:")[2], re.MULTILINE))
    given = re.search(r"uses: \./\.github/actions/gate\n +with:\n((?: {10}.*\n)+)", WORKFLOW.read_text("utf-8"))[1]

    assert declared == set(re.findall(r"\$\{\{ inputs\.([a-z-]+) \}\}", text))
    assert set(re.findall(r"^ +([a-z-]+):", given, re.MULTILINE)) <= declared
    for name, script in {**scripts(ACTION), **scripts(WORKFLOW)}.items():
        assert "${{" not in script, f"{name}: an input pasted into a script is code"


@pytest.mark.parametrize("path", [ACTION, WORKFLOW], ids=lambda path: path.stem)
def test_what_the_examples_use_exists(path):
    text = path.read_text("utf-8")

    assert "\t" not in text
    for used in re.findall(r"uses: (\S+)", text):
        local = used.startswith("./") and (ROOT / used / "action.yml").exists()
        assert local or re.fullmatch(r"actions/[a-z-]+@v\d+|OWNER/gonogo/\.github/actions/gate@REF", used), used
    for file in re.findall(r"python ([\w/]+\.py)|-c ([\w.]+\.txt)", text):
        assert (ROOT / "".join(file)).exists()
    for name, script in scripts(path).items():
        assert subprocess.run(["bash", "-n", "-c", script]).returncode == 0, name


def test_every_option_of_the_examples_exists():
    shown = subprocess.run(
        [sys.executable, "-m", "pytest", "checks/", "--help"], cwd=ROOT, capture_output=True, text=True
    )
    known = set(re.findall(r"(?<!\w)--[a-z-]+", shown.stdout))
    texts = [EXAMPLES, ACTION.read_text("utf-8"), WORKFLOW.read_text("utf-8")]
    used = {option for text in texts for option in re.findall(r"(?<![\w-])--[a-z-]+", text)}

    assert {"--runs", "--report", "--junitxml", "--limits"} <= used
    assert used - known <= {"--junitxml", "--depth", "--dependency"}, "pytest's second name; options of git and sbatch"
