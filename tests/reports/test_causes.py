"""Failures are told by cause: a broken run once, and what failing runs have in common across statements."""

from fixtures.gate.row import decode
from reports.causes import causes
from reports.row_view import reading
from tests.reports.sample_rows import STATEMENTS, judged, page, plain, session_of, typed

FLOOR, CEILING, ACCURACY, COLLAPSE = (STATEMENTS[n] for n in (5, 6, 7, 12))


def found(rows):
    return causes([reading(decode(row)) for row in rows])


def named(cause):
    return sorted(cause.runs), sorted(key.partition(".")[2] for key in cause.statements)


def test_a_diverged_run_is_one_cause_with_its_consequences_under_it():
    rows = [judged(FLOOR, "a", 1.5), judged(CEILING, "a", 9.0), judged(ACCURACY, "a", 0.1), judged(FLOOR, "b", 0.1)]
    rows[1].update(value=None, excess=None, message="measured inf, must be at most 200\nabove it from epoch 3 on")
    rows.append(plain(COLLAPSE, "a", "inconclusive", "no features are left"))
    (cause,) = found(rows)

    assert named(cause) == (["a"], ["gradient_above_floor", "stream_below_ceiling"])
    assert cause.lead["check"] == "stream_below_ceiling"
    assert cause.title == "diverged: its numbers are not finite"
    assert cause.seen == "above it from epoch 3 on"
    assert [entry["check"] for entry in cause.consequences] == ["collapse_reached"]


def test_runs_that_were_killed_are_one_line_and_come_before_ordinary_failures():
    rows = [judged(ACCURACY, run, 1.9) | {"cause": "killed"} for run in ("a", "b")]
    rows += [judged(FLOOR, run, 1.9) for run in ("a", "c", "d", "e")]
    killed, sound = found(rows)

    assert (killed.title, sorted(killed.runs)) == ("stopped before their end", ["a", "b"])
    assert len(killed.failures) == 3
    assert sorted(sound.runs) == ["c", "d", "e"]


def test_what_cannot_be_read_comes_first_and_says_where_without_the_folders():
    rows = [judged(FLOOR, "a", 1.5) | {"cause": "diverged"}]
    rows.append(plain(FLOOR, "b", "error", "/x/b/log.json: cut short after 8182 bytes") | {"cause": "unreadable"})
    rows.append(plain(CEILING, "b", "skip", "not judged") | {"cause": "unreadable"})
    rows.append(plain(ACCURACY, "b", "skip", "no norms recorded") | {"cause": "missing"})
    first, _ = found(rows)

    assert first.runs == ["b"]
    assert first.seen == "log.json: cut short after 8182 bytes"
    assert [entry["check"] for entry in first.consequences] == ["stream_below_ceiling"]


def test_the_same_runs_failing_in_two_families_are_one_cause_with_the_setting_that_parts_them():
    rows = []
    for run in "abcdefgh":
        config = {"lam": 0.0 if run < "e" else 0.1, "model.lam": 0.0 if run < "e" else 0.1, "seed": run}
        rows += [judged(s, run, 1.9 if run < "e" else 0.1) | {"config": config} for s in (FLOOR, COLLAPSE)]
    (cause,) = found(rows)

    assert named(cause) == (list("abcd"), ["collapse_reached", "gradient_above_floor"])
    assert [line.rpartition("lam")[2] for line in cause.apart] == [" = 0 (passing: 0.1)"]
    assert cause.passing == 4


def test_a_setting_that_parts_few_runs_by_chance_is_no_explanation():
    rows = [judged(FLOOR, run, place) | {"config": {"lam": lam}} for run, place, lam in
            (("a", 1.9, 0), ("b", 1.8, 0), ("c", 0.1, 1))]  # fmt: skip
    (cause,) = found(rows)

    assert cause.apart == []


def test_failures_of_different_runs_stay_apart_and_the_most_runs_come_first():
    rows = [judged(FLOOR, "a", 1.9)] + [judged(CEILING, run, 1.5) for run in "bcd"]

    assert [named(cause)[0] for cause in found(rows)] == [["b", "c", "d"], ["a"]]


def test_controls_and_what_passes_have_no_cause():
    assert found([judged(FLOOR, "control/x", 1.9, control="x"), judged(FLOOR, "a", 0.1)]) == []


def test_the_page_tells_causes_first_and_idle_runs_after_them(tmp_path):
    rows = [judged(FLOOR, run, 1.9) for run in "abc"] + [judged(CEILING, "a", 0.1)]
    idle = "nothing could be judged in z (skip)"
    session = session_of(rows, reasons=[idle, "the session broke off"])
    text = page.write_page(typed(rows), session, tmp_path).read_text("utf-8")
    body = text.partition("<body>")[2]

    assert body.index("the session broke off") < body.index("Causes <small>1 behind 3 failures and errors")
    assert body.index("<strong>3 runs</strong> fail") < body.index(idle) < body.index("What broke, and by how much")
    assert "1 of 1 statements" in body
