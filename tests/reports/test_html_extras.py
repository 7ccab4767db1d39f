"""Test what those who live in pytest-html get: the same figures in its page, and names of runs that stay text."""

import base64
import html
import json
import re

import pytest

from fixtures.kinds import entropy_probe
from tests.sessions import gate, put

pytest.importorskip("pytest_html")
CHOSEN = ("-k", "weights_are_healthy", "--plant=none")
EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    root = tmp_path_factory.mktemp("runs")
    put(entropy_probe.FAULTS["exploded_step"](entropy_probe.healthy(sequences=256)), root / EVIL)
    return root


def tests_of(page):
    """Tests of a report of pytest-html by node id."""
    blob = re.search(r'data-jsonblob="([^"]*)"', page.read_text("utf-8"))[1]
    return {name: entries[-1] for name, entries in json.loads(html.unescape(blob))["tests"].items()}


@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["alone", "workers"])
def test_figures_are_attached(runs, tmp_path, workers):
    page = tmp_path / "report.html"
    code, text, rows = gate(tmp_path, *CHOSEN, f"--html={page}", "--self-contained-html", *workers, runs=runs)
    tests = tests_of(page)
    drawn = [row for row in rows[1:] if row["figures"]]

    assert code == 1, text[-2000:]
    assert drawn
    for row in rows[1:]:
        attached = tests[row["nodeid"]]["extras"]
        assert [extra["name"] for extra in attached] == row["figures"]
        for extra in attached:
            kind, _, content = extra["content"].partition(",")
            assert kind == "data:image/svg+xml;base64"
            assert base64.b64decode(content) == (tmp_path / extra["name"]).read_bytes()


def test_figures_lie_beside_a_page_that_is_not_self_contained(runs, tmp_path):
    page = tmp_path / "html" / "report.html"
    _, _, rows = gate(tmp_path, *CHOSEN, f"--html={page}", runs=runs)
    row = next(row for row in rows[1:] if row["figures"])
    extra = tests_of(page)[row["nodeid"]]["extras"][0]

    assert (page.parent / extra["content"]).read_bytes() == (tmp_path / row["figures"][0]).read_bytes()


def test_the_name_of_a_run_stays_text(runs, tmp_path):
    page = tmp_path / "report.html"
    _, _, rows = gate(tmp_path, *CHOSEN, f"--html={page}", "--figures=none", runs=runs)
    row = next(row for row in rows[1:] if row["verdict"] == "fail")
    entry = tests_of(page)[row["nodeid"]]

    assert row["run"] == EVIL
    assert EVIL not in "".join(entry["resultsTableRow"])
    assert EVIL not in entry["log"]
    assert html.escape(EVIL) in entry["log"]
    assert entry["extras"] == []
