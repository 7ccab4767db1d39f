"""The gate on real training: digits trained by the example, recorded runs, and gradients that fall for two reasons."""

import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fixtures.kinds import feedback_log
from fixtures.kinds.feedback_log.control import feedback_run

ROOT = Path(__file__).parents[1]
RUNS = ROOT.parent / "shared" / "runs" / "dfa"
FLOOR, CEILING, DEPTH, END = (
    "gradient_above_floor", "stream_below_ceiling", "accuracy_over_frozen_baseline", "log_is_complete",
)  # fmt: skip


def gated(runs, out):
    """Gate a folder as a user does; the rows of the report by run and check."""
    command = [sys.executable, "-m", "pytest", "checks/check_gradient_floor.py", "checks/check_evidence.py",
               f"--runs={runs}", f"--report={out}", "-q", "-p", "no:cacheprovider", "--figures=none"]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stdout[-3000:] + done.stderr[-3000:]
    lines = [json.loads(line) for line in (out / "results.jsonl").read_text("utf-8").splitlines()]
    return {(line["run"], line["check"]): line for line in lines if "check" in line}, done.returncode


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """Verdicts on what the example trains and writes."""
    if missing := [name for name in ("torch", "sklearn") if importlib.util.find_spec(name) is None]:
        pytest.skip(f"needs {', '.join(missing)}")
    folder = tmp_path_factory.mktemp("digits")
    environment = os.environ | {"PYTHONPATH": str(ROOT / "checks"), "OMP_NUM_THREADS": "1"}
    script = ROOT / "tests" / "examples" / "train_digits.py"
    subprocess.run([sys.executable, script, folder / "runs", "--epochs", "20"], env=environment, check=True)
    return gated(folder / "runs", folder / "report")


def test_vanilla_feedback_fails_floor_ceiling_and_depth(digits):
    rows, code = digits

    assert code == 1
    assert {check: rows["dfa", check]["verdict"] for check in (FLOOR, CEILING, DEPTH)} == dict.fromkeys(
        (FLOOR, CEILING, DEPTH), "fail"
    )
    assert "cancelled by the stream" in rows["dfa", FLOOR]["message"]


@pytest.mark.parametrize("run", ["bp", "dfa_penalty", "frozen"])
def test_what_trains_passes_the_floor(digits, run):
    rows, _ = digits

    assert rows[run, FLOOR]["verdict"] == "pass"
    assert rows[run, "block_growth_bounded"]["verdict"] == "pass"
    assert rows[run, END]["verdict"] == "pass"
    assert "fitted" in rows[run, FLOOR]["message"] or "steady" in rows[run, FLOOR]["message"]


def test_a_penalty_rescues_the_stream(digits):
    rows, _ = digits

    assert rows["dfa_penalty", CEILING]["verdict"] == "pass"


def test_every_planted_fault_is_caught_in_real_training(digits):
    rows, _ = digits
    planted = [row["planted"] for row in rows.values() if row.get("planted")]

    assert sum(len(plants["caught"]) for plants in planted) >= 6
    assert not any(plants["missed"] for plants in planted)


@pytest.fixture(scope="module")
def falls(tmp_path_factory):
    """Verdicts on gradients that fall below the floor for different reasons."""
    folder = tmp_path_factory.mktemp("falls")
    base = feedback_run(1, accuracy=0.95)
    fade = 10 ** -(9 * np.arange(41) / 40)
    blocks = {name: values * fade[:, None] for name, values in base.profiles.items() if name == "gradient"}
    fitted = replace(base, profiles=base.profiles | blocks,
                     scalars=base.scalars | {"gradient": blocks["gradient"][:, 2]})  # fmt: skip
    deaf = feedback_run(1, accuracy=0.3)
    unfitted = replace(fitted, scalars=fitted.scalars | {"test_accuracy": deaf.scalars["test_accuracy"]},
                       correct=deaf.correct)  # fmt: skip
    runs = {"fitted": fitted, "unfitted": unfitted, "killed": feedback_log.FAULTS["killed"](base),
            "vanished": feedback_log.FAULTS["vanishing_gradient"](base)}  # fmt: skip
    for name, record in runs.items():
        (folder / "runs" / name).mkdir(parents=True)
        feedback_log.write(record, folder / "runs" / name)
    return gated(folder / "runs", folder / "report")[0]


@pytest.mark.parametrize(("run", "verdict", "words"), [
    ("fitted", "inconclusive", "below the floor, but by fitting"),
    ("unfitted", "fail", "lost at the output"),
    ("vanished", "fail", "vanishing credit"),
    ("killed", "pass", ""),
])  # fmt: skip
def test_a_gradient_that_fitted_is_told_from_one_that_died(falls, run, verdict, words):
    assert falls[run, FLOOR]["verdict"] == verdict
    assert words in falls[run, FLOOR]["message"]


def test_a_killed_run_fails_its_end_and_leaves_its_accuracy_open(falls):
    assert falls["killed", END]["verdict"] == "fail"
    assert "the run was killed" in falls["killed", END]["message"]
    assert falls["vanished", END]["verdict"] == "pass"


def test_without_references_the_statements_are_skipped_with_what_was_looked_for(falls):
    assert falls["fitted", CEILING]["verdict"] == "skip"
    assert "no run with method bp" in falls["fitted", CEILING]["message"]
    assert "no run with frozen blocks" in falls["fitted", DEPTH]["message"]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Verdicts on the recorded runs."""
    if not RUNS.is_dir():
        pytest.skip("the recorded runs are not here")
    return gated(RUNS, tmp_path_factory.mktemp("recorded"))[0]


@pytest.mark.parametrize(("seed", "epoch"), [(42, 11), (43, 14)])
def test_recorded_vanilla_runs_fail_at_the_known_epoch(recorded, seed, epoch):
    run = f"results/snapshot_evolution_v2/snapshot_evolution_s{seed}"

    assert recorded[f"{run}/dfa", FLOOR]["verdict"] == "fail"
    assert f", 2: {epoch}, " in recorded[f"{run}/dfa", FLOOR]["message"]
    assert recorded[f"{run}/dfa", CEILING]["verdict"] == "fail"
    assert recorded[f"{run}/bp", FLOOR]["verdict"] == "pass"
    assert "fitted" in recorded[f"{run}/bp", FLOOR]["message"]


@pytest.mark.parametrize("lam", ["0.001", "0.01"])
@pytest.mark.parametrize("seed", [42, 43])
def test_recorded_penalties_rescue_stream_and_gradient(recorded, lam, seed):
    run = f"results/dfa_residual_penalty/dfa_pen_lam{lam}_s{seed}"

    assert recorded[run, FLOOR]["verdict"] == recorded[run, CEILING]["verdict"] == "pass"


@pytest.mark.parametrize(("run", "check", "verdict", "words"), [
    ("results/dfa_residual_penalty/dfa_pen_lam0.1_s42", "record_is_consistent", "error", "cut short after 8182 bytes"),
    ("results/dfa_residual_penalty/dfa_pen_lam0.1_s43", END, "fail", "rows from epoch 0 to 16 of 40"),
    ("cases/killed_before_first_flush", END, "fail", "the run was killed"),
    ("cases/killed_before_first_flush", FLOOR, "pass", ""),
    ("cases/killed_before_first_flush/dfa_pen_lam0.1_s42.json", "file_is_whole", "error", "the file is empty"),
    ("cases/nan", FLOOR, "fail", "g is a number up to epoch 5 only"),
    ("cases/nan", CEILING, "fail", "last h = nan"),
])  # fmt: skip
def test_broken_recordings_get_their_own_verdicts(recorded, run, check, verdict, words):
    assert recorded[run, check]["verdict"] == verdict
    assert words in recorded[run, check]["message"]
