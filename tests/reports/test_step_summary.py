"""Test `reports.step_summary`: what it says, in which order, what it escapes, and that it never gets in the way."""

import html
import re

import pytest

from fixtures.kinds import entropy_probe
from reports.step_summary import ROWS
from tests.reports.sample_rows import EVIL, STATEMENTS, append_summary, judged, session_of, summary
from tests.reports.sample_sessions import controls, green, mixed
from tests.sessions import gate, put

CEILING = next(statement for statement in STATEMENTS if statement[1] == "stream_below_ceiling")


def cells(text):
    """Cells of the table's rows, as a reader sees them."""
    lines = [line for line in text.splitlines() if line.startswith("| ")][2:]
    return [[html.unescape(cell).strip() for cell in line[1:-1].split("|")] for line in lines]


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    return mixed(tmp_path_factory.mktemp("mixed"), figures=False)


def test_it_opens_with_the_verdict_the_counts_and_the_reasons(session):
    rows, said = session
    text = summary(rows, said)

    assert text.startswith("\n## gonogo: no-go\n\n")
    for word, count in said["counts"].items():
        assert f"{count} {word}" in text
    assert "- nothing could be judged in minilm/J0.0" in html.unescape(text)


def test_a_session_that_holds_has_no_table():
    rows = [judged(CEILING, "a", 0.2)]
    text = summary(rows, session_of(rows))

    assert text == "\n## gonogo: go\n\nAll 1 statements hold on 1 run.\n\n1 pass\n"
    assert "|" not in text


def test_failures_say_run_value_and_limit_worst_margin_first():
    rows = [judged(CEILING, f"sweep/s{place}", place) for place in (2, 9, 0.2, 4)]
    found = cells(summary(rows, session_of(rows)))

    assert [row[1] for row in found] == [f"<code>sweep/s{place}</code>" for place in (9, 4, 2)]
    assert found[0] == ["fail", "<code>sweep/s9</code>", CEILING[2], "1800 ± 33", "at most 200"]


def test_a_case_and_a_unit_are_named():
    rows = [judged(STATEMENTS[1], "a/b", 5, case={"eta": 3.2e-6})]
    row = cells(summary(rows, session_of(rows)))[0]

    assert row[1] == "<code>a/b</code> (eta = 3.2e−6)"
    assert row[3:] == ["0.5 ± 0.033 nats/token", "within ±0.1 nats/token"]


def test_an_error_says_its_reason(session):
    found = cells(summary(*session))
    row = next(row for row in found if row[0] == "error")

    assert "relation violated" in row[3]
    assert row[4] == ""


def test_what_is_undecided_is_listed_when_it_fails_the_session(session):
    rows, said = session

    assert "inconclusive" not in {row[0] for row in cells(summary(rows, said))}
    assert "inconclusive" in {row[0] for row in cells(summary(rows, said | {"strict": True}))}


def test_many_failures_are_cut_and_counted():
    rows = [judged(CEILING, f"s{n}", 2 + n) for n in range(ROWS + 7)]
    text = summary(rows, session_of(rows))

    assert len(cells(text)) == ROWS
    assert "… and 7 more." in text
    assert len(text) < 10_000


@pytest.mark.parametrize(
    "name",
    [EVIL, "a|b", "a\nb|", "**x**", "`x`", "[a](javascript:alert(1))", "![i](x)", "<img src=x onerror=y>", "@all",
     "$x$", "\\|", "&lt;", "https://x"],
)  # fmt: skip
def test_a_name_is_shown_literally(name):
    rows = [judged(CEILING, name, 3)]
    text = summary(rows, session_of(rows))
    table = [line for line in text.splitlines() if line.startswith("| ")]

    assert len(table) == 3, "one line a row"
    assert [line.count("|") for line in table] == [6, 6, 6]
    markup = re.sub(r"&#\d+;", "", table[2]).replace("<code>", "").replace("</code>", "")
    assert not re.search(r"[<>`*\[\]\\@$:]", markup)
    assert cells(text)[0][1] == f"<code>{' '.join(name.split())}</code>"


def test_it_is_appended(tmp_path):
    path = tmp_path / "summary.md"
    path.write_text("# an earlier step\n")

    assert append_summary(path, *green()) == ""
    assert append_summary(path, *green()) == ""
    text = path.read_text("utf-8")
    assert text.startswith("# an earlier step\n\n## gonogo: go")
    assert text.count("## gonogo") == 2


@pytest.mark.parametrize("path", ["absent/summary.md", ".", "nul\0"])
def test_a_path_that_cannot_be_written_is_a_remark(tmp_path, path):
    assert append_summary(f"{tmp_path}/{path}", *green()).startswith("no summary in ")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    root = tmp_path_factory.mktemp("runs")
    put(entropy_probe.healthy(sequences=256), root / "a")
    return root


def test_the_suite_writes_it_where_the_service_says(run, tmp_path):
    path = tmp_path / "summary.md"
    path.write_text("earlier\n")
    chosen = ("-k", "weights_are_healthy", "--plant=none", "-n2")
    code, _, rows = gate(tmp_path, *chosen, runs=run, environment={"GITHUB_STEP_SUMMARY": str(path)})

    assert code == 0
    assert path.read_text("utf-8").startswith("earlier\n\n## gonogo: go\n")
    assert f"{len(rows) - 1} pass" in path.read_text("utf-8")


def test_the_suite_keeps_its_verdict_when_it_cannot_be_written(run, tmp_path):
    chosen = ("-k", "weights_are_healthy", "--plant=none")
    code, text, _ = gate(tmp_path, *chosen, runs=run, environment={"GITHUB_STEP_SUMMARY": str(tmp_path)})

    assert code == 0
    assert f"no summary in {tmp_path}" in text
    assert "go: " in text


def test_what_is_new_since_the_last_session_is_said():
    rows = [judged(CEILING, "a", 2.0)]
    session = session_of(rows, since="2026-03-01T10:00:00+00:00", changes={"new": 1}, gone=2)

    assert "1 new failure, 0 fixed, 0 flaky, 2 asked no more" in html.unescape(summary(rows, session))
    assert "since the session" not in html.unescape(summary(rows, session_of(rows)))


def test_controls_that_hold_are_not_called_go():
    said = summary(*controls())

    assert "## gonogo: controls hold" in said
    assert "No run was judged." in said
    assert "gonogo: go" not in said
