"""Test `reports.ledger`: counts, reasons, exceptions that nobody needs, and rows that survive a kill."""

import datetime
import json

import msgspec
import pytest

from fixtures.gate.limits import Known
from fixtures.gate.row import SCHEMA, Found, Header, decode
from reports.ledger import Ledger
from reports.outcome import Outcome
from reports.row_view import address
from reports.wording import block, letter


def row(verdict, run="a", check="x", **more):
    return decode({
        "run": run, "family": "f", "check": check, "case": {}, "verdict": verdict, "statement": "s", "message": "m",
        "means": "", "advice": "", "limits": [], "nodeid": f"checks/check_f.py::check_{check}[{run}]", "figures": [],
        "evidence": {"path": f"{run}/r.json", "sha256": "0" * 64, "run": run}, "control": None, "planted": None,
        "rerun": "pytest",
    } | more)  # fmt: skip


@pytest.fixture
def open_ledger(tmp_path):
    """Make ledgers, and close their files in the end."""
    made = []

    def make(*, known=(), strict=False):
        header = Header(
            gonogo="0", started="2026-03-02T08:12:41+00:00", command="pytest checks/", strict=strict,
            found=Found(runs=["a", "b"]), known=[msgspec.to_builtins(entry) for entry in known],
        )  # fmt: skip
        made.append(Ledger(tmp_path, header))
        return made[-1]

    yield make
    for ledger in made:
        if ledger.file is not None:
            ledger.file.close()


@pytest.fixture
def ledger(open_ledger):
    return open_ledger()


def test_rows_are_on_disk_as_soon_as_they_fall(ledger, tmp_path):
    ledger.add(row("pass"))

    lines = (tmp_path / "results.jsonl").read_text("utf-8").splitlines()
    assert json.loads(lines[0])["schema"] == SCHEMA
    assert json.loads(lines[1])["verdict"] == "pass"


@pytest.mark.parametrize(
    ("verdicts", "go"),
    [
        (["pass"], True), (["pass", "skip", "warn", "inconclusive"], True), (["pass", "fail"], False),
        (["pass", "error"], False), ([], False), (["skip"], False), (["inconclusive", "skip"], False),
    ],
)  # fmt: skip
def test_go_needs_something_judged_and_nothing_bad(ledger, verdicts, go):
    for verdict in verdicts:
        ledger.add(row(verdict))

    assert ledger.outcome.go == go


def test_consistency_alone_is_no_judgement(ledger):
    ledger.add(row("pass", check="record_is_consistent", integrity=True))
    ledger.add(row("skip"))

    assert ledger.outcome.reasons == [
        "nothing could be judged in a (skip; what passes says only that the evidence is whole)"
    ]


def test_a_run_that_others_are_compared_with_was_not_read_in_vain(ledger):
    ledger.add(row("skip", run="b"))
    ledger.add(row("pass", run="a", references=["b"]))

    assert ledger.outcome.reasons == []


def test_a_group_counts_for_each_of_its_runs(ledger):
    ledger.add(row("skip", run="a"))
    ledger.add(row("pass", run="group:g", evidence=[{"run": "a", "path": "", "sha256": ""}]))

    assert ledger.outcome.reasons == []


def test_strict_makes_inconclusive_a_no(open_ledger):
    ledger = open_ledger(strict=True)
    ledger.add(row("pass"))
    ledger.add(row("inconclusive"))

    assert not ledger.outcome.go


def test_exceptions_that_are_healed_expired_or_unmatched_are_reported(open_ledger):
    day = datetime.date
    known = [
        Known(run="a", check="x", reason="r", owner="o", until=day(2999, 1, 1)),
        Known(run="b", check="x", reason="r", owner="o", until=day(2000, 1, 1)),
        Known(run="c", check="x", reason="r", owner="o", until=day(2999, 1, 1)),
        Known(run="d", check="x", reason="r", owner="o", until=day(2999, 1, 1)),
    ]
    ledger = open_ledger(known=known)
    for verdict, run in (("pass", "a"), ("fail", "b"), ("warn", "d")):
        ledger.add(row(verdict, run=run))

    stale = list(ledger.outcome.stale())
    assert len(stale) == 3
    assert "healed" in stale[0]
    assert "expired on 2000-01-01" in stale[1]
    assert "matches no statement" in stale[2]

    told = ledger.outcome.session()["known"]
    assert [entry["state"] for entry in told] == ["healed", "expired", "unmatched", "needed"]
    assert [entry["covers"] for entry in told] == [[address(r)] for r in ledger.rows[:2]] + [
        [],
        [address(ledger.rows[2])],
    ]


def test_the_closing_line_counts_and_names_the_page(ledger, tmp_path):
    for verdict in ("pass", "pass", "fail", "inconclusive"):
        ledger.add(row(verdict))

    assert ledger.outcome.closing("index.html") == "no-go: 1 fail, 1 inconclusive, 2 pass in 2 runs; report: index.html"


def test_a_crash_of_a_check_is_an_error_of_its_own(ledger):
    ledger.add_crash("checks/check_f.py::check_x[a]", "ZeroDivisionError")

    assert ledger.rows[0].verdict == "error"
    assert "the check itself broke down: ZeroDivisionError" in ledger.rows[0].message


def test_the_block_starts_with_the_verdict_and_ends_with_the_rerun():
    lines = block(row("fail", message="measured 2\nmore")).splitlines()

    assert lines[0] == "fail: measured 2"
    assert lines[1].strip() == "more"
    assert lines[-1].split() == ["rerun", "pytest"]


def test_letters_keep_inconclusive_apart_unless_strict():
    assert letter("inconclusive", failed=False)[:2] == ("inconclusive", "?")
    assert letter("inconclusive", failed=True)[:2] == ("failed", "?")
    assert letter("warn", failed=False)[:2] == ("warn", "W")


def test_a_page_that_cannot_be_written_hides_no_verdict(ledger, monkeypatch):
    def broken(*_):
        raise OSError("disk full")

    monkeypatch.setattr("reports.page.write_page", broken)
    ledger.add(row("fail"))
    ledger.close(datetime.datetime.now(datetime.UTC))

    assert ledger.problem == "the page could not be written: OSError: disk full"
    assert not ledger.outcome.go


def test_only_figures_of_earlier_sessions_are_removed(ledger, tmp_path):
    figures = tmp_path / "figures"
    figures.mkdir()
    for name in ("old-0123456789ab-comparison.svg", "new-0123456789ab-comparison.svg", "mine.svg", "paper.pdf"):
        (figures / name).touch()
    (figures / "new-0123456789ab-comparison.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    ledger.add(row("fail", figures=["figures/new-0123456789ab-comparison.svg"]))
    ledger.close(datetime.datetime.now(datetime.UTC))

    assert {path.name for path in figures.iterdir()} == {"new-0123456789ab-comparison.svg", "mine.svg", "paper.pdf"}


def test_a_folder_that_could_not_be_looked_at_is_a_reason(ledger):
    ledger.add(row("pass"))
    assert ledger.outcome.go
    ledger.header.found.problems = ["x could not be opened: Permission denied"]

    assert ledger.outcome.reasons == ["x could not be opened: Permission denied"]
    assert not ledger.outcome.go


def step(n, verdict, series="runs/seed_1", **more):
    run = f"{series}/step_{n}"
    piece = {"path": f"{run}/train.safetensors", "sha256": "0" * 64, "run": run, "series": series}
    return row(verdict, run=run, evidence=piece, **more)


def test_an_early_step_of_a_series_need_not_be_judged_where_another_is(ledger):
    ledger.add(step(0, "pass", check="features_are_consistent", integrity=True))
    ledger.add(step(0, "skip"))
    ledger.add(step(5000, "pass"))

    assert ledger.outcome.go


def test_a_series_of_which_no_step_is_judged_fails_the_session(ledger):
    ledger.add(step(0, "skip"))
    ledger.add(step(5000, "inconclusive"))
    ledger.add(step(5000, "pass", series="runs/seed_2"))

    assert ledger.outcome.reasons == [
        "nothing could be judged in runs/seed_1/step_0 (skip)",
        "nothing could be judged in runs/seed_1/step_5000 (inconclusive)",
    ]


def test_an_early_step_that_cannot_be_read_stays_an_error(ledger):
    ledger.add(step(0, "error"))
    ledger.add(step(5000, "pass"))

    assert not ledger.outcome.go


def test_closing_lines_name_a_few_and_count_the_rest():
    found = Found(runs=["a"], links=[f"latest-{n} -> elsewhere" for n in range(1000)])
    (line,) = [line for line in Outcome(Header(gonogo="0", found=found), []).denominator() if "latest" in line]

    assert line.startswith("not followed or opened: latest-0 -> elsewhere; latest-1 -> elsewhere; ")
    assert line.endswith("latest-5 -> elsewhere; and 994 more")
