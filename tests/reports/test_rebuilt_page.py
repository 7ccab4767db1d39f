"""Test `python -m reports` and `reports.results`: a page and a table from rows alone."""

import json
import re

import pytest

import reports
from fixtures.kinds import feedback_log
from reports.__main__ import main
from tests.sessions import gate


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """Run one session over a healthy and a faulty run; its report's folder."""
    root = tmp_path_factory.mktemp("rebuilt")
    for name, record in (
        ("good", feedback_log.healthy()),
        ("bad", feedback_log.FAULTS["vanishing_gradient"](feedback_log.healthy(1))),
    ):
        (root / "runs" / name).mkdir(parents=True)
        feedback_log.write(record, root / "runs" / name)
    gate(root / "out", runs=root / "runs", path="checks/check_gradient_floor.py")
    return root / "out"


def body(page):
    return re.sub(r"\s+", " ", page.read_text("utf-8"))


def test_the_page_made_from_rows_is_the_page_of_the_session(session, tmp_path, capsys):
    code = main([str(session / "results.jsonl"), f"--report={tmp_path}"])

    assert code == 0
    assert body(tmp_path / "index.html") == body(session / "index.html")
    assert capsys.readouterr().out.splitlines()[-1].startswith("no-go: ")


def test_a_session_that_was_killed_is_said_to_be_broken_off(session, tmp_path, capsys):
    lines = (session / "results.jsonl").read_text("utf-8").splitlines()
    header = json.loads(lines[0]) | {"finished": ""}
    (tmp_path / "results.jsonl").write_text("\n".join([json.dumps(header), *lines[1:4], lines[4][:50]]))
    main([str(tmp_path / "results.jsonl")])

    assert "broken off" in capsys.readouterr().out
    assert "broken off" in (tmp_path / "index.html").read_text("utf-8")


def test_what_is_no_file_of_rows_is_a_usage_error(tmp_path, capsys):
    (tmp_path / "x.jsonl").write_text('{"schema": 1}\n')

    assert main([str(tmp_path / "x.jsonl")]) == 4
    assert "schema 1" in capsys.readouterr().err


def test_rows_are_a_table(session):
    pytest.importorskip("pandas")
    table = reports.results(session / "results.jsonl")

    assert {"good", "bad"} <= set(table["run"])
    assert (table["verdict"] == "fail").any()
    assert table.attrs["header"]["runs"]
