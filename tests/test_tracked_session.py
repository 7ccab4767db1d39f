"""Ordinary runs as a user has them: judged without configuration, by declared gates, and listed before."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fixtures.kinds import tracked_run
from fixtures.sources.tracked_run import Series
from tests import sessions
from tests.fixtures.sources.test_feed import mlflow

QUICK = ("--figures=none", "--plant=none")
CHECKS = "checks/"
# Trouble of a run -> statement that must fail, and word of its message.
TROUBLES = {
    "not_a_number": "curve_is_finite",
    "diverged": "curve_has_not_diverged",
    "spiked": "curve_has_no_spikes",
    "stuck": "curve_has_improved",
    "frozen": "curve_is_alive",
    "truncated": "log_is_complete",
    "missing_loss": "metrics_are_present",
}


def as_table(run, folder):
    tracked_run.write(run, folder)


def as_csv(run, folder):
    rows = {}
    for name, curve in run.series.items():
        for step, value in zip(curve.step, curve.value, strict=True):
            rows.setdefault(int(step), {})[name] = repr(float(value))
    names = list(run.series)
    lines = [",".join(["step", *names])]
    lines += [",".join([str(step), *(rows[step].get(name, "") for name in names)]) for step in sorted(rows)]
    (folder / "metrics.csv").write_text("\n".join(lines) + "\n")
    (folder / "config.json").write_text(json.dumps(run.config))


def as_mlflow(run, folder):
    rows = [(name, step, value) for name, curve in run.series.items()
            for step, value in zip(curve.step, curve.value, strict=True)]  # fmt: skip
    mlflow(folder, rows, run.config)


def as_huggingface(run, folder):
    short = {"train/loss": "loss", "train/grad_norm": "grad_norm", "train/lr": "learning_rate", "val/loss": "eval_loss"}
    rows = [{"step": int(step) + 1, short.get(name, name): float(value)} for name, curve in run.series.items()
            for step, value in zip(curve.step, curve.value, strict=True)]  # fmt: skip
    state = {"log_history": rows, "global_step": max(row["step"] for row in rows), "max_steps": run.config["max_steps"]}
    (folder / "trainer_state.json").write_text(json.dumps(state))


FORMS = {"jsonl": as_table, "csv": as_csv, "mlflow": as_mlflow, "huggingface": as_huggingface}


def gate(*arguments, **options):
    """Exit code, output and verdicts of a session."""
    code, text, rows = sessions.gate(*arguments, **options)
    return code, text, rows[1:]


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """Rows of one session over every trouble in every form, beside healthy runs of three seeds."""
    root = tmp_path_factory.mktemp("tree")
    runs = {f"healthy_{seed}": tracked_run.healthy(seed) for seed in range(3)}
    runs |= {name: tracked_run.FAULTS[name](tracked_run.healthy(7)) for name in TROUBLES}
    for form, write in FORMS.items():
        for name, run in runs.items():
            folder = root / "runs" / form / name
            folder.mkdir(parents=True)
            write(run, folder)
    code, text, rows = gate(root / "out", *QUICK, runs=root / "runs", path=CHECKS)
    return code, text, rows


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("trouble", TROUBLES)
def test_every_trouble_is_caught_in_every_form_for_its_own_reason(session, form, trouble):
    failed = {
        row["check"] for row in session[2] if row["run"].startswith(f"{form}/{trouble}") and row["verdict"] == "fail"
    }

    assert TROUBLES[trouble] in failed


@pytest.mark.parametrize("form", FORMS)
def test_no_alarm_is_raised_on_healthy_runs(session, form):
    rows = [row for row in session[2] if row["run"].startswith(f"{form}/healthy")]

    assert len(rows) > 30
    assert {row["verdict"] for row in rows} == {"pass"}, [row["message"] for row in rows if row["verdict"] != "pass"]


def test_the_session_is_no_go(session):
    assert session[0] == 1


@pytest.fixture
def one(tmp_path):
    tracked_run.write(tracked_run.healthy(1), folder(tmp_path / "runs" / "one"))
    return tmp_path


def folder(path):
    path.mkdir(parents=True)
    return path


def gates(root, text, *options):
    (root / "gate.toml").write_text(text)
    return gate(root / "out", *QUICK, f"--limits={root / 'gate.toml'}", *options, runs=root / "runs", path=CHECKS)


GATES = """
[[curves.gate]]
metric = "val/loss"
final = {{ below = {below}, above = 0.0 }}
finite = true
diverged = {{ rise = 0.5 }}
spike = {{ above = 30 }}
improved = {{ by = "10%" }}
every = {every}

[[curves.gate]]
metric = "*samples_per_s"
final = {{ above = {throughput} }}
plateau = {{ within = "15%", over = "20%" }}
"""


def test_declared_gates_pass_and_fail_by_their_own_limits(one):
    code, text, rows = gates(one, GATES.format(below=0.5, every=100, throughput=40000))
    assert code == 0, text[-1500:]
    assert all(row["verdict"] == "pass" for row in rows if row["declared"])
    assert sum(row["declared"] for row in rows) == 9

    code, text, rows = gates(one, GATES.format(below=0.01, every=10, throughput=60000))
    assert code == 1
    assert {row["check"] for row in rows if row["verdict"] == "fail"} == {
        "final_level_is_below", "curve_is_logged_often", "final_level_is_above"
    }  # fmt: skip


def test_a_metric_that_a_gate_names_and_nobody_logs_fails(one):
    code, text, _ = gates(one, '[[curves.gate]]\nmetric = "val/bleu"\nfinal = { above = 20 }\n', "-v")

    assert code == 1
    assert "missing: val/bleu" in text
    assert "no run of this session logs it" in text


def test_an_optional_gate_about_nothing_is_said_and_fails_when_strict(one):
    optional = '[[curves.gate]]\nmetric = "val/bleu"\nfinal = { above = 20 }\noptional = true\n'
    code, text, _ = gates(one, optional)
    assert code == 0, text[-800:]
    assert "'val/bleu': no run of this session logs it" in text

    assert gates(one, optional, "--strict")[0] == 1


def test_an_undecided_gate_is_named_on_the_closing_lines(one):
    code, text, _ = gates(one, '[[curves.gate]]\nmetric = "val/loss"\nfinal = { below = 0.155, rows = 3 }\n')
    level = np.mean(tracked_run.healthy(1).series["val/loss"].value[-3:])

    assert 0.1 < level < 0.2
    assert code == 0, text[-800:]
    assert "declared gates that the data do not decide: 1: one final_level_is_below val/loss" in text


def test_a_run_is_held_against_a_named_baseline(one):
    worse = tracked_run.healthy(2)
    loss = worse.series["train/loss"]
    worse = replace(worse, series=worse.series | {"train/loss": replace(loss, value=loss.value * 1.5)})
    tracked_run.write(worse, folder(one / "runs" / "two"))
    text = '[[curves.gate]]\nmetric = "train/loss"\nagainst = { baseline = "one", margin = 0.1 }\n'

    _, said, rows = gates(one, text)

    found = {row["run"]: row for row in rows if row["check"] == "curve_is_no_worse_than_baseline"}
    assert found["two"]["verdict"] == "fail", said[-800:]
    assert found["two"]["references"] == ["one"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[curves.gate]]\nfinal = { below = 1 }\n', "metric: a name or a glob expected"),
        ('[[curves.gate]]\nmetric = "a"\nfinall = 1\n', "unknown key 'finall'"),
        ('[[curves.gate]]\nmetric = "a"\nfinal = { under = 1 }\n', "below, above, or within"),
        ('[[curves.gate]]\nmetric = "a"\nfinal = { within = [2, 1] }\n', "nothing meets both"),
        ('[[curves.gate]]\nmetric = "a"\nspike = { above = inf }\n', "a finite number"),
        ('[[curves.gate]]\nmetric = "a"\nspike = { over = 3 }\n', "unknown limit of"),
        ('[[curves.gate]]\nmetric = "a"\nmonotone = "sideways"\n', "one of down, up"),
        ('[[curves.gate]]\nmetric = "a"\nagainst = { margin = 0.1 }\n', "a glob over runs expected"),
        ('[curves.gate]\nmetric = "a"\n', "write [[curves.gate]]"),
        ('[names]\n"re:(" = "x"\n', "no regular expression"),
        ('[names]\n"a" = 3\n', "a name, or a table"),
        ('[names]\n"a" = { name = "b", scale = 0 }\n', "other than 0"),
    ],
)  # fmt: skip
def test_a_wrong_gate_or_name_is_a_usage_error_that_says_which(one, text, said):
    code, out, _ = gates(one, text)

    assert code == 4, out[-500:]
    assert said in out


def test_names_map_what_a_project_logs(one):
    run = tracked_run.healthy(3)
    percent = Series(run.series["val/accuracy"].step, 100 * run.series["val/accuracy"].value)
    tracked_run.write(replace(run, series={**run.series, "top1": percent}), folder(one / "runs" / "two"))
    text = '[names]\n"top1" = { name = "score", scale = 0.01 }\n'
    text += '[[curves.gate]]\nmetric = "score"\nfinal = { below = 1, above = 0.5 }\noptional = true\n'

    code, out, rows = gates(one, text)

    assert code == 0, out[-800:]
    assert [row["verdict"] for row in rows if row["case"].get("metric") == "score"] == ["pass", "pass"]


def test_two_metrics_under_one_name_are_an_error_that_lists_both(one):
    code, out, _ = gates(one, '[names]\n"train/loss" = "x"\n"val/loss" = "x"\n')

    assert code == 1
    assert "train/loss and val/loss" in out


def test_the_listing_says_what_is_read_and_what_nothing_reads(one):
    (one / "runs" / "one" / "notes.parquet.bak").write_bytes(b"x")
    code, text, rows = gate(one / "out", "--list-evidence", runs=one / "runs", path=CHECKS)
    assert (code, rows) == (0, [])
    assert "table of metrics" in text
    assert "600 (0-599) of 600" in text
    assert "one: notes.parquet.bak" in text

    code, text, _ = gate(one / "out", "--list-evidence=json", runs=one / "runs", path=CHECKS)
    listing = json.loads(text)
    assert listing["runs"][0]["evidence"][0]["metrics"][0] == "train/loss"
    assert "curves.curve_is_finite" in listing["runs"][0]["evidence"][0]["enables"]


def test_the_listing_of_nothing_is_a_usage_error(tmp_path):
    folder(tmp_path / "runs")

    assert gate(tmp_path / "out", "--list-evidence", runs=tmp_path / "runs", path=CHECKS)[0] == 4


OWN = '''"""What this project asks."""
import pytest
from gonogo import Estimate
pytestmark = pytest.mark.budget

@pytest.mark.reads("tracked_run", faults=("missing_loss",))
def check_seed_is_small(record, limits, judge):
    """The seed is at most {most:g}."""
    judge(limits.decide(Estimate(record.config["seed"]), upper=limits.most))
'''


def own_checks(root, limits="[budget.seed_is_small]\nmost = 0\n", source=OWN):
    (folder(root / "mine") / "check_budget.py").write_text(source)
    (root / "mine" / "limits.toml").write_text(limits)
    return f"--checks={root / 'mine'}"


def test_a_user_s_own_check_is_asked_with_its_limits(one):
    code, _, rows = gate(one / "out", *QUICK, own_checks(one), runs=one / "runs", path=CHECKS)

    (row,) = [row for row in rows if row["family"] == "budget"]
    assert code == 1
    assert (row["verdict"], row["upper"], row["statement"]) == ("fail", 0.0, "The seed is at most 0.")
    assert f"--checks={one / 'mine'}" in row["rerun"]


def test_a_user_s_own_check_proves_that_it_can_fail(one):
    code, text, _ = gate(
        one / "out", own_checks(one, "[budget.seed_is_small]\nmost = 9\n"), "-m", "budget", "-v", path=CHECKS
    )

    assert code == 1
    assert "must reject the fault 'missing_loss'" in text


@pytest.mark.parametrize("place", ["runs", "nowhere"])
def test_own_checks_come_from_no_folder_of_runs(one, place):
    if place == "runs":
        (one / "runs" / "check_evil.py").write_text("raise SystemExit(99)")
    code, text, _ = gate(one / "out", f"--checks={one / place}", runs=one / "runs", path=CHECKS)

    assert code == 4
    assert "nothing from there is executed" in text or "a folder with check_*.py expected" in text


def test_a_name_that_the_suite_has_is_refused(one):
    source = OWN.replace("pytest.mark.budget", "pytest.mark.curves").replace(
        "check_seed_is_small", "check_log_is_complete"
    )
    option = own_checks(one, "", source)
    Path(one / "mine" / "check_budget.py").rename(one / "mine" / "check_curves.py")

    code, text, _ = gate(one / "out", option, runs=one / "runs", path=CHECKS)

    assert code != 0
    assert "already" in text


@pytest.mark.parametrize(
    "option",
    [
        "--min-runs=3",
        "--exclude=x",
        "--follow-links",
        "--list-evidence",
        "--plant=all",
        "--max-file-size=9",
        "--mirror=x",
    ],
)
def test_an_option_about_runs_without_runs_is_a_usage_error(tmp_path, option):
    code, text, _ = gate(tmp_path / "out", option, path=CHECKS)

    assert code == 4
    assert "is about runs" in text
