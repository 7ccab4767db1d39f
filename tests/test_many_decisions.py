"""Test that a verdict is the same however a session goes about it: alone, chosen, in several processes."""

import json

import pytest

from tests import sessions

CHECK = '''
"""What a run says of itself."""

import pytest

from gonogo import Estimate

pytestmark = pytest.mark.shift


@pytest.mark.reads("tracked_run")
def check_shift_is_not_positive(record, limits, judge):
    """The shift is at most 0."""
    judge(limits.decide(Estimate(record.config["shift"], 1.0, n=100), upper=0.0))
'''


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Runs that have shifted by 3.4 standard errors: one beside healthy runs, one beside runs on their limits."""
    folder = tmp_path_factory.mktemp("many")
    (folder / "own").mkdir()
    (folder / "own" / "check_shift.py").write_text(CHECK)
    for root, others in (("healthy", -6.0), ("doubtful", 2.0)):
        for n in range(12):
            run = folder / root / f"run_{n}"
            run.mkdir(parents=True)
            (run / "metrics.csv").write_text("step,loss\n" + "".join(f"{step},{1 / (step + 1)}\n" for step in range(9)))
            (run / "config.json").write_text(json.dumps({"shift": 3.4 if n == 6 else others - n / 1000}))
    return folder


def verdict(runs, root, tmp_path, *options):
    """Row of the shifted run, and what the session said."""
    fixed = (f"--checks={runs / 'own'}", "--figures=none", "--plant=none")
    _, output, rows = sessions.gate(
        tmp_path / "out", *fixed, *options, runs=runs / root, path="checks/check_evidence.py")  # fmt: skip
    row = next(row for row in rows[1:] if row["run"] == "run_6" and row["check"] == "shift_is_not_positive")
    return {name: row[name] for name in ("verdict", "message", "z", "p", "level")}, output


def test_beside_healthy_runs_it_fails(runs, tmp_path):
    found, output = verdict(runs, "healthy", tmp_path)

    assert found["verdict"] == "fail"
    assert "false alarms: at most 0.006 expected in a session like this one" in output


def test_beside_doubtful_runs_it_is_undecided_in_whatever_way_it_is_asked_for(runs, tmp_path):
    whole, _ = verdict(runs, "doubtful", tmp_path)

    assert whole["verdict"] == "inconclusive"
    assert verdict(runs, "doubtful", tmp_path / "chosen", "-k", "run_6")[0] == whole
    assert verdict(runs, "doubtful", tmp_path / "processes", "-n", "2")[0] == whole
