"""Run the suite as a user does, on runs written to disk: outcomes, rows, exit codes, options."""

import json
import os
import xml.etree.ElementTree as ET
from collections import Counter

import numpy as np
import pytest

from fixtures.kinds import entropy_probe
from tests.sessions import FAMILY, ROOT, gate, put


def verdicts(rows, run):
    return {(row["check"], row["case"].get("eta")): row["verdict"] for row in rows[1:] if row["run"] == run}


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """Two healthy runs and one that under-reports its errors and exploded its step."""
    root = tmp_path_factory.mktemp("runs")
    put(entropy_probe.healthy(), root / "group" / "run_1")
    put(entropy_probe.healthy(seed=1), root / "group" / "run_2")
    put(entropy_probe.FAULTS["exploded_step"](entropy_probe.healthy(seed=2)), root / "worse" / "run_1")
    return root


@pytest.fixture(scope="module")
def session(tree, tmp_path_factory):
    """The suite over that tree."""
    out = tmp_path_factory.mktemp("out")
    return (*gate(out, "-v", runs=tree), out)


def test_controls_hold_and_are_no_go_for_any_run(tmp_path):
    code, text, rows = gate(tmp_path)

    assert code == 0, text[-3000:]
    assert any(line.startswith("controls hold: no run was judged") for line in text.splitlines())
    assert not any(line.startswith("go: ") for line in text.splitlines())
    assert {row["verdict"] for row in rows[1:]} == {"pass"}
    assert {row["control"] for row in rows[1:]} > {"healthy", "exploded_step", "no_denominator"}


def test_a_failing_run_fails_the_session_and_explains_itself(session):
    code, text, rows, out = session

    assert code == 1
    assert "no-go: " in text
    fail = next(row for row in rows[1:] if row["verdict"] == "fail" and row["check"] == "weights_are_healthy")
    assert fail["run"] == "worse/run_1"
    for part in (fail["statement"], fail["means"], fail["advice"], fail["rerun"], "entropy_change.toml"):
        assert part.splitlines()[0] in text
    assert "Traceback" not in text
    assert fail["figures"]
    assert (out / fail["figures"][0]).stat().st_size > 1000
    assert (out / "index.html").exists()


def test_healthy_runs_keep_their_verdicts_beside_a_bad_one(session):
    rows = session[2]
    words = Counter(row["verdict"] for row in rows[1:] if row["run"] == "group/run_1")

    assert words["fail"] == words["error"] == 0
    assert words["pass"] >= 20


def test_rows_follow_the_contract(session):
    header, *rows = session[2]

    assert {"gonogo", "schema", "started", "runs", "limits", "command"} <= set(header)
    assert header["finished"] >= header["started"]
    keys = {"run", "family", "check", "case", "verdict", "statement", "value", "se", "lower", "upper", "unit", "z", "n",
            "message", "advice", "nodeid", "figures", "evidence", "seconds"}  # fmt: skip
    for row in rows:
        assert keys <= set(row)
        assert row["family"] == "entropy_change"
    assert len({row["nodeid"] for row in rows}) == len(rows)
    single = next(row for row in rows if row["check"] == "linear_matches_true")
    assert len(single["evidence"]["sha256"]) == 64
    assert single["unit"] == "nats/token"


def test_a_statement_rerun_alone_has_the_same_verdict(session, tmp_path):
    row = next(row for row in session[2][1:] if row["check"] == "linear_matches_true")
    _, _, rows = gate(tmp_path, runs=row["rerun"].rpartition("--runs=")[2], path=row["nodeid"])

    same = ("value", "se", "z", "verdict", "upper")
    assert [{key: r[key] for key in same} for r in rows[1:]] == [{key: row[key] for key in same}]


def test_workers_give_the_same_rows(tree, session, tmp_path):
    pytest.importorskip("xdist")
    code, _, rows = gate(tmp_path, "-n", "2", runs=tree)

    # Which of equal findings are drawn depends on which process meets them first.
    drawn = {"figures", "undrawn"}

    def keyed(rows):
        return {
            row["nodeid"]: {k: v for k, v in row.items() if k not in {"seconds", *drawn}}
            | {"drawable": len(row["figures"]) + row["undrawn"]}
            for row in rows[1:]
        }

    assert code == 1
    assert keyed(rows) == keyed(session[2])
    assert (tmp_path / "index.html").exists()


def test_planted_faults_are_caught_on_real_records(session):
    planted = {row["check"]: row["planted"] for row in session[2][1:] if row["planted"]}

    assert {"linear_matches_true", "slope_matches_true", "sequences_are_on_policy", "record_is_consistent"} <= set(
        planted
    )
    assert planted["linear_matches_true"]["caught"] == ["no_denominator"]
    assert not any(plant["missed"] for plant in planted.values())
    assert "caught" in session[1]


@pytest.fixture
def broken(tmp_path):
    """A healthy run beside four that are broken in different ways."""
    for n, name in enumerate(("sound", "cut", "nan", "swapped", "no_approx")):
        path = put(entropy_probe.healthy(seed=n, sequences=256), tmp_path / "runs" / name)
        document = json.loads(path.read_bytes())
        if name == "nan":
            document["true"]["entries"][1]["diagnostics"]["h_new"][7] = float("nan")
        if name == "swapped":
            weights = document["true"]["entries"][2]["diagnostics"]["normalized_weights"]
            weights[3], weights[4] = weights[4], weights[3]
        if name == "no_approx":
            del document["approx"]
        path.write_text(json.dumps(document))
        if name == "cut":
            path.write_bytes(path.read_bytes()[:-5000])
    return tmp_path / "runs"


def test_each_broken_run_gets_its_own_clear_verdict(broken, tmp_path):
    code, _, rows = gate(tmp_path / "out", runs=broken)
    error = {row["run"]: row["message"] for row in rows[1:] if row["verdict"] == "error"}

    assert code == 1
    assert set(error) == {"cut", "nan", "swapped"}
    assert "cut short after" in error["cut"]
    assert "h_new" in error["nan"]
    assert "relation violated" in error["swapped"]
    for name in error:
        assert f"{name}{os.sep}" in error[name], "the message names the file"
    skipped = {
        row["check"]: row["message"] for row in rows[1:] if row["run"] == "no_approx" and row["verdict"] == "skip"
    }
    assert "approx.delta_h_per_lr" in skipped["linear_matches_true"]
    assert verdicts(rows, "no_approx")["weights_are_healthy", 0.01] == "pass"
    assert verdicts(rows, "sound")["weights_are_healthy", 0.01] == "pass"
    assert verdicts(rows, "sound")["record_is_consistent", None] == "pass"


def test_a_broken_run_leaves_its_neighbours_alone(broken, tmp_path):
    *_, beside_broken = gate(tmp_path / "a", "-k", "sound", "--plant=none", runs=broken)
    for n, name in enumerate(("sound", "cut", "nan", "swapped", "no_approx")):
        put(entropy_probe.healthy(seed=n, sequences=256), tmp_path / "whole" / name)
    *_, beside_whole = gate(tmp_path / "b", "-k", "sound", "--plant=none", runs=tmp_path / "whole")

    def judged(rows):
        return {row["nodeid"]: (row["verdict"], row["value"], row["z"]) for row in rows[1:]}

    assert judged(beside_broken) == judged(beside_whole)


@pytest.fixture
def undecided(tmp_path):
    """A run too small to decide its linear expansion."""
    put(entropy_probe.healthy(sequences=64), tmp_path / "runs" / "small")
    return tmp_path / "runs"


def test_inconclusive_is_shown_apart_and_fails_when_strict(undecided, tmp_path):
    only = ("-k", "linear_matches_true and not pooled", "-rA")
    code, text, rows = gate(tmp_path / "a", *only, runs=undecided)

    assert {row["verdict"] for row in rows[1:]} == {"inconclusive"}
    assert "samples would decide it" in rows[1]["message"]
    assert " passed" not in text
    assert "inconclusive" in text
    assert code == 0, "whoever asks single statements asks about these, as the whole session does"
    assert "statements asked" in text

    code, text, rows = gate(tmp_path / "b", *only, "--strict", runs=undecided)
    assert code == 1
    assert " failed" in text
    assert {row["verdict"] for row in rows[1:]} == {"inconclusive"}


def test_the_users_limits_overrides_and_exceptions_are_used(tree, tmp_path):
    overlay = tmp_path / "mine.toml"
    overlay.write_text(
        """
        [entropy_change.linear_matches_true]
        rtol = 1e-6
        rule = "bare"
        [[override]]
        runs = "group/run_2"
        entropy_change.linear_matches_true.rtol = 10
        [[known]]
        run = "worse/*"
        check = "weights_are_healthy"
        reason = "step chosen on purpose"
        owner = "sampling team"
        until = 2999-01-01
        [[known]]
        run = "gone/*"
        check = "*"
        reason = "r"
        owner = "o"
        until = 2999-01-01
        """
    )
    code, text, rows = gate(tmp_path / "out", f"--limits={overlay}", "--figures=none", runs=tree)

    assert code == 1
    assert verdicts(rows, "group/run_1")["linear_matches_true", 0.01] == "fail"
    assert verdicts(rows, "group/run_2")["linear_matches_true", 0.01] == "pass"
    waived = [row for row in rows[1:] if row["known"] and row["verdict"] == "warn"]
    assert {row["run"] for row in waived} == {"worse/run_1"}
    assert "step chosen on purpose (sampling team)" in waived[0]["message"]
    assert "matches no statement of this session" in text

    shown = gate(tmp_path / "out", f"--limits={overlay}", "--show-limits", runs=tree)
    assert shown[0] == 0
    assert "group/run_2" in shown[1]
    assert "rtol = 10 (mine.toml" in shown[1]


def test_junit_carries_value_limit_and_verdict(session, tree, tmp_path):
    gate(tmp_path / "out", f"--junitxml={tmp_path / 'junit.xml'}", "--figures=none", runs=tree)
    cases = ET.parse(tmp_path / "junit.xml").getroot().iter("testcase")
    found = {case.get("name"): {p.get("name"): p.get("value") for p in case.iter("property")} for case in cases}
    name, properties = next(
        (name, p) for name, p in found.items() if "linear_matches_true[" in name and "pooled" not in name
    )

    assert len(found) == len(session[2]) - 1, name
    assert {"verdict", "value", "se", "upper", "unit"} <= set(properties)
    assert float(properties["se"]) > 0


def test_runs_are_resolved_against_the_callers_folder(tree, tmp_path):
    code, text, rows = gate(tmp_path / "out", "--figures=none", cwd=tree, runs=".", path=str(ROOT / FAMILY))

    assert code == 1, text[-2000:]
    assert {row["run"] for row in rows[1:] if not row["run"].startswith("group:")} == {
        "group/run_1",
        "group/run_2",
        "worse/run_1",
    }


def test_hostile_names_and_texts_do_no_harm(tmp_path):
    folder = tmp_path / "runs" / "<script>alert(1)<%2Fscript>" / "a b;rm -rf $HOME"
    put(entropy_probe.FAULTS["exploded_step"](entropy_probe.healthy(sequences=256)), folder)
    # The names of run and folder reach each figure in the same way: those of a few statements show it.
    chosen = ("-k", "record_is_consistent or weights_are_healthy", "--figures=all")
    code, text, rows = gate(tmp_path / "out", *chosen, f"--junitxml={tmp_path / 'j.xml'}", runs=tmp_path / "runs")

    assert code == 1, text[-2000:]
    assert all((tmp_path / "out" / figure).is_file() for row in rows[1:] for figure in row["figures"])
    listed = [figure for row in rows[1:] for figure in row["figures"]]
    assert len(listed) == len(set(listed)) >= 5
    assert set(listed) == {f"figures/{path.name}" for path in (tmp_path / "out" / "figures").glob("*.svg")}
    assert "<script>alert(1)" not in (tmp_path / "out" / "index.html").read_text("utf-8")
    assert rows[1]["run"].startswith("<script>alert(1)")
    ET.parse(tmp_path / "j.xml")


def test_figures_can_be_had_for_every_statement_or_none(undecided, tmp_path):
    chosen = ("-k", "linear_matches_true and not pooled and 0.16")
    _, _, rows = gate(tmp_path / "a", *chosen, "--figures=all", runs=undecided)
    assert len(rows[1]["figures"]) >= 5
    assert "could not be drawn" not in rows[1]["message"]

    _, _, rows = gate(tmp_path / "b", *chosen, "--figures=none", runs=undecided)
    assert rows[1]["figures"] == []

    only = ("-k", "(linear_matches_true and not pooled and 0.16) or weights")
    _, _, rows = gate(tmp_path / "c", *only, "--figures=weights_*", runs=undecided)
    assert {row["check"] for row in rows[1:] if row["figures"]} == {"weights_are_healthy"}

    code, text, _ = gate(tmp_path / "d", *only, "--figures=wieghts", runs=undecided)
    assert code == 4
    assert "--figures=wieghts: no such statement is asked; there are linear_matches_true" in text


def test_verdicts_do_not_depend_on_the_order_of_files(tree, session, tmp_path):
    rng = np.random.default_rng(0)
    names = rng.permutation([str(tree / "group"), str(tree / "worse")])
    _, _, rows = gate(tmp_path, "--figures=none", "--plant=none", runs=[str(name) for name in names])

    by_hash = {(row["evidence"]["sha256"], row["check"], str(row["case"])): row["verdict"] for row in rows[1:]
               if isinstance(row["evidence"], dict)}  # fmt: skip
    for row in session[2][1:]:
        if isinstance(row["evidence"], dict):
            assert by_hash[row["evidence"]["sha256"], row["check"], str(row["case"])] == row["verdict"]
