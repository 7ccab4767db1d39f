"""What a session says of what it could not read, as a user runs it: nothing unread is green."""

import gzip
import json
import os
from dataclasses import replace

import pytest

from fixtures.kinds import collapse_history, feedback_log
from tests.sessions import gate

PATH = "checks/check_gradient_floor.py"
QUICK = ("--figures=none", "--plant=none")


@pytest.fixture
def runs(tmp_path):
    """Folder with one healthy run."""
    put(tmp_path / "runs" / "good")
    return tmp_path / "runs"


def put(folder, record=None, kind=feedback_log):
    folder.mkdir(parents=True)
    return kind.write(kind.healthy() if record is None else record, folder)


def session(tmp_path, *options, runs, path=PATH):
    return gate(tmp_path / "out", *QUICK, *options, runs=runs, path=path)


def closing(text):
    return text[text.index("go / no-go") :]


def test_an_empty_runs_option_is_a_usage_error(tmp_path):
    code, text, _ = session(tmp_path, "--runs=", runs=None)

    assert code == 4, text[-800:]
    assert "is a variable not set?" in text


def test_every_root_must_yield_a_run(tmp_path, runs):
    (tmp_path / "losses").mkdir()
    (tmp_path / "losses" / "answers.csv").write_text("who,what\n" + "".join(f"{n},nan\n" for n in range(300)))
    code, text, _ = session(tmp_path, runs=[runs, tmp_path / "losses"])

    assert code == 4, text[-800:]
    assert "no run found under" in text
    assert "losses" in text


@pytest.mark.parametrize(
    "option", [(), ("--strict",), ("--require=gradient_floor",)], ids=["plain", "strict", "require"]
)
def test_a_folder_that_looks_like_a_run_and_is_not_read_is_named(tmp_path, runs, option):
    (runs / "other").mkdir()
    (runs / "other" / "config.json").write_text('{"epochs": 3}')
    (runs / "other" / "metrics.csv").write_text("a,b\n1,2\n")
    code, text, _ = session(tmp_path, *option, runs=runs)

    assert code == (1 if option else 0), text[-1500:]
    assert "of which nothing is read" in closing(text)
    assert "other (a configuration and a log" in closing(text)


def test_a_log_whose_end_nobody_planned_is_undecided_and_counted(tmp_path, runs):
    record = feedback_log.healthy(1)
    put(runs / "unplanned", replace(record, planned=None, ended="", config={
        key: value for key, value in record.config.items() if "epoch" not in key}))  # fmt: skip
    _, text, rows = session(tmp_path, runs=runs)
    row = next(row for row in rows[1:] if row["run"] == "unplanned" and row["check"] == "log_is_complete")

    assert (row["verdict"], row["cause"]) == ("inconclusive", "planned_end")
    assert "planned end not known, so a killed run would look complete: 1: unplanned" in closing(text)


@pytest.mark.parametrize("packed", [lambda data: gzip.compress(data), lambda data: data.decode().encode("utf-16")],
                         ids=["gz", "utf16"])  # fmt: skip
def test_a_failing_run_fails_however_its_log_is_packed(tmp_path, runs, packed):
    path = put(runs / "bad", feedback_log.FAULTS["vanishing_gradient"](feedback_log.healthy(1)))
    data = packed(path.read_bytes())
    path.unlink()
    (path.parent / (path.name + (".gz" if data[:2] == b"\x1f\x8b" else ""))).write_bytes(data)
    code, text, rows = session(tmp_path, runs=runs)

    assert code == 1, text[-1500:]
    assert any(row["run"] == "bad" and row["verdict"] == "fail" for row in rows[1:])


@pytest.mark.parametrize("plan", ["num_train_epochs: 200\n", "trainer:\n  max_epochs: '200'\n"])
def test_a_killed_run_is_seen_by_whatever_plan_lies_beside_it(tmp_path, runs, plan):
    record = feedback_log.healthy(1)
    bare = {key: value for key, value in record.config.items() if "epoch" not in key}
    put(runs / "killed", replace(record, planned=None, ended="", config=bare))
    (runs / "killed" / ".hydra").mkdir()
    (runs / "killed" / ".hydra" / "config.yaml").write_text(plan)
    code, text, rows = session(tmp_path, runs=runs)
    row = next(row for row in rows[1:] if row["run"] == "killed" and row["check"] == "log_is_complete")

    assert (code, row["verdict"]) == (1, "fail"), text[-1500:]


def test_one_odd_entry_never_stops_the_others(tmp_path, runs):
    odd = runs / "odd"
    odd.mkdir()
    (odd / "loop").symlink_to("loop")
    os.mkfifo(odd / "pipe.json")
    (runs / "out").symlink_to(tmp_path)
    os.mkdir(os.fsencode(runs) + b"/caf\xe9")
    (odd / "deep.json").write_text("[" * 100_000)
    (odd / "line\n::notice::all good\x1b[2J.json").write_text('{"log": [')
    path = put(runs / "lists", feedback_log.healthy(1))
    document = json.loads(path.read_text())
    document["config"] |= {"width": [256, 256], "note": "\ud800"}
    path.write_text(json.dumps(document))
    code, text, rows = session(tmp_path, runs=runs, path="checks/")

    assert code == 1, text[-1500:]
    assert {"good", "lists"} <= {row["run"] for row in rows[1:] if row["verdict"] == "pass"}
    assert "not followed or opened" in text
    assert "\x1b[2J" not in text
    assert not any(line.startswith("::notice::") for line in text.splitlines())


def test_limits_that_the_judged_tree_sets_are_said_or_left_unread(tmp_path):
    record = collapse_history.FAULTS["frozen_within"](collapse_history.healthy())
    put(tmp_path / "runs" / "a", record, collapse_history)
    own = "[neural_collapse.collapse_reached]\nrnc1 = 100.0\nfall = 1e9\n"
    (tmp_path / "runs" / "gonogo.toml").write_text(own)
    path = "checks/check_neural_collapse.py"
    _, loosened, rows = session(tmp_path, runs=tmp_path / "runs", path=path)
    _, unread, strict_rows = session(tmp_path, "--no-tree-limits", runs=tmp_path / "runs", path=path)

    def verdict(rows):
        return next(row["verdict"] for row in rows[1:] if row["check"] == "collapse_reached")

    assert (verdict(rows), verdict(strict_rows)) == ("pass", "fail")
    assert "limits loosened or changed by the judged tree: 1 statement" in closing(loosened)
    assert "loosened" not in unread
    assert rows[0]["tree_limits"]


@pytest.mark.parametrize("strict", [(), ("--strict",)], ids=["plain", "strict"])
def test_an_exception_or_an_override_about_nothing_is_said_and_fails_when_strict(tmp_path, runs, strict):
    mine = tmp_path / "mine.toml"
    mine.write_text(
        '[[known]]\nrun = "good"\ncheck = "gradient_above_flor"\nreason = "r"\nowner = "o"\nuntil = 2999-01-01\n'
        '[[override]]\nruns = "goood*"\ngradient_floor.gradient_above_floor.floor = 1e-9\n'
    )
    options = (f"--limits={mine}", "-m", "gradient_floor", *strict)
    code, text, _ = session(tmp_path, *options, runs=runs)

    assert "matches no statement of this session" in text
    assert "'goood*': matches no run of this session" in text
    assert code == (1 if strict else 0), text[-1500:]


def test_excluded_folders_are_passed_over(tmp_path, runs):
    put(runs / "archive" / "bad", feedback_log.FAULTS["vanishing_gradient"](feedback_log.healthy(1)))
    code, text, rows = session(tmp_path, "--exclude=archive", runs=runs)

    assert code == 0, text[-1500:]
    assert {row["run"] for row in rows[1:] if not row["run"].startswith("group:")} == {"good"}
