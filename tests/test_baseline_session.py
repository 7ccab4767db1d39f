"""A baseline as a user keeps it: saved, compared, updated, and refused."""

import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest

from fixtures.baseline.file import load
from fixtures.evidence import NotPlantable
from fixtures.gate.discover import discover
from fixtures.gate.records import Library
from fixtures.kinds import collapse_history, entropy_probe
from tests.sessions import ROOT, gate, put

E_512 = ROOT.parent / "shared" / "runs" / "entropy" / "E_512"
BOTH = "checks/check_entropy_change.py"
QUIET = ("--figures=none", "--plant=none", "checks/check_regression.py")
ONLY = (*QUIET, "-m", "regression")


def compared(rows):
    """Verdicts of the comparisons by run, statement, case and part."""
    found = {}
    for row in rows[1:]:
        if row["family"] == "regression":
            case = dict(row["case"])
            key = (row["run"], case.pop("of"), str(case.pop("part", "")), *(f"{value:.4g}" for value in case.values()))
            found[key] = row["verdict"]
    return found


def small(seed=0):
    return entropy_probe.healthy(seed=seed, sequences=256)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Two runs, and the baseline that a session of them saved."""
    folder = tmp_path_factory.mktemp("baseline")
    put(small(0), folder / "runs" / "a")
    put(small(1), folder / "runs" / "b")
    session = gate(folder / "out", f"--save-baseline={folder / 'good.json'}", *QUIET, runs=folder / "runs", path=BOTH)
    return folder, session


@pytest.fixture
def runs(saved, tmp_path):
    """A copy of the runs and of the baseline, to be changed."""
    shutil.copytree(saved[0] / "runs", tmp_path / "runs")
    shutil.copy(saved[0] / "good.json", tmp_path / "good.json")
    return tmp_path


def test_a_good_session_is_saved_one_quantity_a_line(saved):
    folder, (code, text, rows) = saved
    lines = (folder / "good.json").read_text("utf-8").splitlines()
    document = json.loads("\n".join(lines))

    assert code == 0, text[-2000:]
    assert f"baseline saved to good.json: {len(document['quantities'])} quantities of 2 runs" in text
    assert len(lines) == len(document["quantities"]) + len(document["runs"]) + 5
    linear = next(q for q in document["quantities"] if q["check"] == "entropy_change.linear_matches_true")
    same = {"run": linear["run"], "check": "linear_matches_true", "case": pytest.approx(linear["case"])}
    row = next(row for row in rows[1:] if {key: row[key] for key in same} == same)
    assert linear["value"] == pytest.approx(row["value"], rel=1e-8)
    assert linear["evidence"] == row["evidence"]["sha256"]
    assert {"se", "unit", "n", "lower", "upper"} <= set(linear)


def test_saving_twice_writes_the_same_bytes_with_workers_too(saved, tmp_path):
    pytest.importorskip("xdist")
    folder = saved[0]
    options = (f"--save-baseline={tmp_path / 'again.json'}", "-n", "2", *QUIET)
    gate(tmp_path / "out", *options, runs=folder / "runs", path=BOTH)

    assert (tmp_path / "again.json").read_bytes() == (folder / "good.json").read_bytes()


def test_the_same_runs_have_not_moved(runs):
    code, text, rows = gate(runs / "out", f"--baseline={runs / 'good.json'}", *ONLY, runs=runs / "runs", path=BOTH)
    found = compared(rows)

    assert code == 0, text[-2000:]
    assert set(found.values()) == {"pass"}
    assert len(found) > 50
    assert all(row["baseline"]["unit"] == row["unit"] for row in rows[1:])
    assert "without baseline" not in text


def test_exactly_the_changed_entries_are_found_in_their_bad_direction(runs):
    document = json.loads((runs / "good.json").read_text("utf-8"))
    expected = set()
    for entry in document["quantities"]:
        part = entry["part"]
        if entry["run"] == "a" and part in ("effective sample share", "largest weight over mean"):
            worse = part == "effective sample share"
            entry["value"] *= 1.5  # the share was larger then: worse now; so was the weight: better now
            if worse:
                expected.add(("a", entry["check"], part, f"{entry['case']['eta']:.4g}"))
    (runs / "good.json").write_text(json.dumps(document))
    options = (f"--baseline={runs / 'good.json'}", "-v", *ONLY)
    code, text, rows = gate(runs / "out", *options, runs=runs / "runs", path=BOTH)

    assert code == 1
    assert {key for key, word in compared(rows).items() if word != "pass"} == expected
    assert "the measurement itself changed" in text


def test_unmatched_runs_and_quantities_are_reported(runs):
    put(small(2), runs / "runs" / "new")
    shutil.rmtree(runs / "runs" / "b")
    code, text, rows = gate(runs / "out", f"--baseline={runs / 'good.json'}", *QUIET, runs=runs / "runs", path=BOTH)

    assert code == 0, text[-2000:]
    assert "runs without baseline: 1: new" in text
    assert "baseline runs not seen: 1: b" in text
    assert {key[0] for key in compared(rows)} == {"a"}


def test_a_quantity_that_is_gone_is_no_pass(runs):
    path = next((runs / "runs" / "a").glob("*.json"))
    document = json.loads(path.read_text("utf-8"))
    del document["approx"]
    path.write_text(json.dumps(document))
    *_, rows = gate(runs / "out", f"--baseline={runs / 'good.json'}", *ONLY, runs=runs / "runs", path=BOTH)
    gone = [row for row in rows[1:] if row["run"] == "a" and row["case"]["of"].endswith("linear_matches_true")]

    assert {row["verdict"] for row in gone} == {"inconclusive"}
    assert "the baseline has this quantity, this run does not" in gone[0]["message"]
    assert "approx." in gone[0]["message"]


def test_a_bad_session_is_not_saved_unless_forced(runs):
    put(entropy_probe.FAULTS["exploded_step"](small(0)), runs / "runs" / "a")
    before = (runs / "good.json").read_bytes()
    options = (f"--save-baseline={runs / 'good.json'}", *QUIET)
    code, text, _ = gate(runs / "out", *options, runs=runs / "runs", path=BOTH)

    assert code == 1
    assert "baseline not saved to good.json:" in text
    assert " changed, " in text
    assert (runs / "good.json").read_bytes() == before

    code, text, _ = gate(runs / "out", *options, "--force", "-v", runs=runs / "runs", path=BOTH)
    assert "(forced although" in text
    assert "effective sample share" in text
    assert (runs / "good.json").read_bytes() != before


def test_missing_writes_and_fails_and_then_is_content(runs):
    where = runs / "runs" / "baseline.json"
    options = ("--baseline-update=missing", *QUIET)
    code, text, _ = gate(runs / "out", *options, runs=runs / "runs", path=BOTH)
    assert code == 1
    assert "quantities written for the first time, 0 replaced; review and commit it" in text
    assert json.loads(where.read_text())["quantities"]

    code, text, rows = gate(runs / "out", *options, runs=runs / "runs", path=BOTH)
    assert code == 0, text[-2000:]
    assert "baseline baseline.json is up to date" in text
    assert compared(rows), "baseline.json at the root is found without being named"


def test_changed_replaces_what_moved_and_nothing_else(runs):
    document = json.loads((runs / "good.json").read_text("utf-8"))
    moved = [n for n, q in enumerate(document["quantities"]) if q["part"] == "effective sample share"]
    better = next(n for n, q in enumerate(document["quantities"]) if q["part"] == "largest weight over mean")
    original = [dict(q) for q in document["quantities"]]
    for n in [*moved, better]:
        document["quantities"][n]["value"] *= 1.5
    (runs / "good.json").write_text(json.dumps(document))
    options = (f"--baseline={runs / 'good.json'}", *QUIET, "--baseline-update=changed")
    code, text, _ = gate(runs / "out", *options, runs=runs / "runs", path=BOTH)
    after = json.loads((runs / "good.json").read_text("utf-8"))["quantities"]

    assert code == 1, "the verdicts of this session stand"
    assert f"0 quantities written for the first time, {len(moved)} replaced" in text
    assert [after[n] for n in moved] == [original[n] for n in moved]
    assert after[better] != original[better]

    gate(runs / "out", *options[:-1], "--baseline-update=all", runs=runs / "runs", path=BOTH)
    assert json.loads((runs / "good.json").read_text("utf-8"))["quantities"] == original


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--baseline=absent.json"], "no such baseline; write one with --save-baseline="),
        (["--baseline={bad}"], "key quantities[0].value: Expected"),
        (["--baseline={runs}/a", "--baseline-update=all"], "--baseline-update=all needs --baseline=FILE"),
        (["--history=nothing/*.jsonl"], "no such file"),
    ],
)
def test_what_cannot_be_used_is_a_usage_error(runs, options, words):
    bad = runs / "bad.json"
    entry = {"run": "a", "check": "x.y", "case": {}, "part": "", "value": "high", "unit": "1"}
    bad.write_text(json.dumps({"gonogo_baseline": 1, "runs": {}, "quantities": [entry]}))
    filled = [option.format(bad=bad, runs=runs / "runs") for option in options]
    code, text, _ = gate(runs / "out", *filled, runs=runs / "runs", path=BOTH)

    assert code == 4, text[-2000:]
    assert words in text


def test_controls_have_no_baseline(tmp_path):
    code, text, _ = gate(tmp_path, "--save-baseline=x.json", path="checks/check_evidence.py")

    assert code == 4
    assert "--save-baseline needs --runs=DIR" in text


def test_earlier_sessions_become_a_trend(runs):
    for n in range(2):
        gate(runs / f"session_{n}", *QUIET, runs=runs / "runs", path=BOTH)
    options = (f"--history={runs}/session_*/results.jsonl", f"--baseline={runs / 'good.json'}", *QUIET)
    _, text, rows = gate(runs / "out", *options, runs=runs / "runs", path=BOTH)
    pair = next(row for row in rows[1:] if row["family"] == "regression" and row["case"]["of"].endswith("true"))
    own = next(row for row in rows[1:] if row["check"] == "linear_matches_true")

    assert len(pair["history"]) == 2, text[-2000:]
    assert own["history"] == [own["value"]] * 2
    assert own["earlier"] == [{"verdict": own["verdict"], "value": own["value"]}] * 2
    assert re.search(r"since the session of \S+ \S+: \d+ new failures?, 0 fixed, 0 flaky", text)


def history(seed, **changes):
    record = collapse_history.healthy(seed)
    return replace(record, config={**record.config, "seed": seed, **changes.pop("config", {})}, **changes)


def put_history(record, folder, **about):
    folder.mkdir(parents=True)
    collapse_history.write(record, folder)
    if about:
        (folder / "environment.json").write_text(json.dumps(about))


COLLAPSE = "checks/check_neural_collapse.py"


def test_seeds_against_seeds_and_curves_within_their_envelope(tmp_path):
    for seed in range(4):
        put_history(history(seed), tmp_path / "old" / f"s{seed}")
    for seed in range(4, 7):
        put_history(history(seed), tmp_path / "new" / f"s{seed}")
    options = (f"--baseline={tmp_path / 'old'}", *ONLY)
    code, text, rows = gate(tmp_path / "out", *options, runs=tmp_path / "new", path=COLLAPSE)
    words = {row["verdict"] for row in rows[1:]}
    checks = {row["check"] for row in rows[1:]}

    assert code == 0, text[-3000:]
    assert words <= {"pass", "inconclusive"}
    assert {"seeds_have_not_moved", "curve_stays_in_envelope"} <= checks
    seeds = next(row for row in rows[1:] if row["check"] == "seeds_have_not_moved")
    assert seeds["run"] == "seeds:all"
    assert len(seeds["evidence"]) == 3
    assert "Welch p = " in seeds["message"]


def test_runs_are_matched_by_a_key_and_a_changed_environment_is_said(tmp_path):
    for seed in range(3):
        put_history(history(seed), tmp_path / "old" / f"s{seed}", torch_version="2.12.0")
    put_history(history(7), tmp_path / "new" / "another_name", torch_version="2.13.0")
    good, toml = tmp_path / "good.json", tmp_path / "mine.toml"
    key = next(key for key in history(0).config if "weight_decay" in key)
    toml.write_text(f'[baseline]\nmatch = ["config.{key}"]\n')
    save = (f"--save-baseline={good}", "--force", *QUIET)
    gate(tmp_path / "o1", *save, runs=tmp_path / "old", path=COLLAPSE)
    options = (f"--baseline={good}", f"--limits={toml}", *ONLY)
    _, text, rows = gate(tmp_path / "o2", *options, runs=tmp_path / "new", path=COLLAPSE)
    single = [row for row in rows[1:] if row["run"] == "another_name"]

    assert len(single) > 5, text[-1500:]
    assert all("means of 3 and 1 runs" in row["message"] for row in single)
    assert "environment changed: torch 2.12.0 -> 2.13.0 in 1 run; " in text
    assert "runs without baseline" not in text


@pytest.mark.skipif(not E_512.exists(), reason="recorded runs are not here")
def test_a_perturbed_copy_of_a_recorded_run_shows_exactly_what_was_perturbed(tmp_path):
    shutil.copytree(E_512, tmp_path / "runs")
    options = ("--save-baseline=" + str(tmp_path / "good.json"), "--force", *QUIET)
    gate(tmp_path / "o1", *options, runs=tmp_path / "runs", path=BOTH)
    path = next(path for path in (tmp_path / "runs").rglob("*.json") if b'"se_jackknife"' in path.read_bytes())
    document = json.loads(path.read_text("utf-8"))
    # The producer's jackknife error is another: one statement reads it, and no other number changes.
    document["approx"]["variance"]["se_jackknife"] *= 128.0
    path.write_text(json.dumps(document))
    options = (f"--baseline={tmp_path / 'good.json'}", *ONLY)
    _, text, rows = gate(tmp_path / "o2", *options, runs=tmp_path / "runs", path=BOTH)
    found = compared(rows)

    assert len(found) > 30, text[-2000:]
    touched = {key[1] for key, word in found.items() if word != "pass"}
    assert touched == {"entropy_change.reported_se_is_calibrated"}
    assert {word for key, word in found.items() if key[1] in touched} == {"fail"}


@pytest.mark.skipif(not E_512.exists(), reason="recorded runs are not here")
@pytest.mark.parametrize("fault", ["misscaled_slope", "strong_curvature", "offset"])
def test_what_a_planted_fault_moves_in_a_recorded_run_is_what_is_found(tmp_path, fault):
    record = Library().get(next(iter(discover([E_512]).evidence)))
    before, after = tmp_path / "before", tmp_path / "after"
    put(record, before / "run")
    try:
        put(entropy_probe.FAULTS[fault](record), after / "run")
    except NotPlantable:
        pytest.skip("nothing to act on")
    files = [tmp_path / f"{folder.name}.json" for folder in (before, after)]
    for file, folder in zip(files, (before, after), strict=True):
        gate(tmp_path / "o1", f"--save-baseline={file}", "--force", *QUIET, runs=folder, path=BOTH)
    then, now = (load(file).entries for file in files)
    *_, rows = gate(tmp_path / "o2", f"--baseline={files[0]}", *ONLY, runs=after, path=BOTH)
    found = {(row["case"]["of"], row["case"].get("part", ""), row["case"].get("eta")): row for row in rows[1:]}
    seen = 0
    for key, entry in then.items():
        row = found.get((entry.check, entry.part, entry.case.get("eta")))
        if row is None or key not in now:
            continue
        same = (entry.value, entry.se) == (now[key].value, now[key].se)
        beyond = max(row["value"] - (row["upper"] or np.inf), (row["lower"] or -np.inf) - row["value"])
        assert row["value"] == pytest.approx(now[key].value - entry.value, abs=1e-6 * abs(entry.value) + 1e-12)
        assert row["verdict"] == "pass" if same else row["verdict"] != "pass" or beyond <= 0
        seen += not same
    assert seen > 3
