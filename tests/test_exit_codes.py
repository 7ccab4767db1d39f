"""Pin the exit codes: 0 go, 1 no-go, 2 interrupted, 4 usage, 5 nothing selected; and that the last line agrees."""

import json

import pytest

from fixtures.kinds import entropy_probe
from fixtures.kinds.entropy_probe.record import EntropyProbe
from tests.sessions import gate, put

QUICK = ("--plant=none", "--figures=none")
ONE = ("-k", "record_is_consistent or weights_are_healthy")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """One folder a case: a healthy run, a failing one, one cut short, one too small, none."""
    root = tmp_path_factory.mktemp("runs")
    healthy = entropy_probe.healthy(sequences=256)
    put(healthy, root / "healthy" / "a")
    put(healthy, root / "fail" / "a")
    put(entropy_probe.FAULTS["exploded_step"](healthy), root / "fail" / "b")
    path = put(healthy, root / "error" / "a")
    path.write_bytes(path.read_bytes()[:-5000])
    put(entropy_probe.healthy(sequences=64), root / "undecided" / "a")
    put(EntropyProbe("sweep", healthy.eta[:1], healthy.delta_h[:1]), root / "bare" / "a")
    (root / "none").mkdir()
    (root / "none" / "notes.json").write_text("{}")
    return root


@pytest.mark.parametrize(
    ("folder", "options", "code", "words"),
    [
        ("healthy", ONE, 0, "go: "),
        ("healthy", (*ONE, "--require=entropy_change", "--min-runs=1"), 0, "go: "),
        ("fail", ONE, 1, "no-go: "),
        ("fail", (*ONE, "-n2"), 1, "no-go: "),
        ("fail", (*ONE, "-x"), 1, "no-go: "),
        ("error", (), 1, "no-go: 1 error"),
        ("undecided", ("-k", "linear_matches_true and not pooled"), 0, "statements asked"),
        ("bare", ("-m", "entropy_change"), 1, "nothing could be judged in a"),
        ("none", (), 4, "none of them recognises: notes.json x1"),
        ("nowhere", (), 4, "no such folder"),
        ("healthy", ("--min-runs=99",), 4, "at least 99 expected"),
        ("healthy", ("--require=fisher",), 4, "no such family; known: "),
        ("healthy", ("--require=evidence",), 4, "--require=evidence: no evidence of it"),
        ("healthy", ("--limits=absent.toml",), 4, "no such limits file"),
        ("healthy", ("-k", "nothing_is_called_so"), 5, "no-go: nothing judged"),
    ],
)
def test_exit_codes(runs, tmp_path, folder, options, code, words):
    path = "checks/" if "evidence" in "".join(options) else "checks/check_entropy_change.py"
    result, text, _ = gate(tmp_path, *QUICK, *options, runs=runs / folder, path=path)

    assert result == code, text[-2000:]
    assert words in text


def test_a_limit_that_does_not_exist_is_a_usage_error(runs, tmp_path):
    overlay = tmp_path / "mine.toml"
    overlay.write_text("[entropy_change.linear_matches_true]\nrtoll = 1\n")
    code, text, _ = gate(tmp_path / "out", f"--limits={overlay}", runs=runs / "healthy")

    assert code == 4, text[-2000:]
    assert "rtoll" in text


def test_an_interrupted_session_is_no_go_and_keeps_what_it_had(runs, tmp_path):
    (tmp_path / "third_is_too_much.py").write_text(
        "calls = []\n"
        "def pytest_runtest_setup(item):\n"
        "    calls.append(item)\n"
        "    if len(calls) == 3:\n"
        "        raise KeyboardInterrupt\n"
    )
    interrupt = ("-p", "third_is_too_much")
    environment = {"PYTHONPATH": str(tmp_path)}
    code, text, rows = gate(tmp_path / "out", *QUICK, *ONE, *interrupt, runs=runs / "healthy", environment=environment)

    assert code == 2, text[-2000:]
    assert [row["verdict"] for row in rows[1:]] == ["pass", "pass"]
    assert "no-go: 2 pass" in text
    assert "broke off or failed outside its statements: exit code 2" in text


def test_a_test_that_fails_beside_the_statements_is_no_go(runs, tmp_path):
    (tmp_path / "test_other.py").write_text("def test_other():\n    assert False\n")
    code, text, _ = gate(
        tmp_path, *QUICK, "-k", "weights_are_healthy or other", str(tmp_path / "test_other.py"), runs=runs / "healthy"
    )

    assert code == 1, text[-2000:]
    assert "no-go: " in text


def test_a_listing_leaves_the_report_alone(runs, tmp_path):
    (tmp_path / "results.jsonl").write_text(json.dumps({"kept": True}))
    code, text, rows = gate(tmp_path, "--collect-only", "-q", runs=runs / "healthy")

    assert code == 0, text[-2000:]
    assert rows == [{"kept": True}]
    assert "no-go" not in text
