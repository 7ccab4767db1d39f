"""What is new since earlier sessions: marked on rows, told at the top, and drawn beside the numbers."""

import json

import msgspec
import pytest

from fixtures.gate.row import Before, Header, Row
from reports.__main__ import main
from reports.earlier import Earlier, change, changes, in_words
from reports.row_view import reading
from reports.sparkline import HEIGHT, WIDTH, sparkline


def row(run, verdict, value=None, **more):
    return Row(run=run, family="f", check="c", verdict=verdict, value=value, **more)


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        (["pass"], "fail", "new"), ([], "fail", "new"), (["inconclusive"], "error", "new"), (["fail"], "fail", ""),
        (["fail"], "pass", "fixed"), (["fail"], "skip", ""), (["pass"], "pass", ""), ([], "pass", ""),
        (["fail", "pass"], "fail", "flaky"), (["pass", "fail", "skip"], "pass", "flaky"),
        (["fail", "fail"], "pass", "fixed"),
    ],
)  # fmt: skip
def test_a_verdict_against_earlier_ones(before, now, said):
    assert change(row("a", now, earlier=[Before(word) for word in before])) == said


def test_sessions_are_taken_in_the_order_of_their_start_and_the_last_says_what_is_gone():
    old = (Header(gonogo="1", started="2026-01-01"), [row("a", "fail", 3.0), row("z", "pass")])
    new = (
        Header(gonogo="1", started="2026-01-02"),
        [row("a", "pass", 2.0), row("b", "pass"), row("a", "fail", control="x")],
    )
    earlier = Earlier([new, old])
    now = [row("a", "fail", 1.0), row("c", "fail")]
    for one in now:
        earlier.mark(one)

    assert [(b.verdict, b.value) for b in now[0].earlier] == [("fail", 3.0), ("pass", 2.0)]
    assert now[1].earlier == []
    assert earlier.since == "2026-01-02"
    assert earlier.gone(now) == 2
    assert changes(now) == {"flaky": 1, "new": 1}


def test_without_earlier_sessions_nothing_is_said():
    assert Earlier([]).since == ""
    assert in_words("", {}, 0) == ""


def written(path, started, rows):
    header = Header(gonogo="0.1.0", started=f"{started}T10:00:00+00:00", finished=f"{started}T10:01:00+00:00")
    path.write_text("".join(json.dumps(msgspec.to_builtins(thing)) + "\n" for thing in (header, *rows)), "utf-8")
    return str(path)


def test_two_sessions_are_compared_on_one_page(tmp_path, capsys):
    limits = {"lower": None, "upper": 2.0, "unit": "nats", "statement": "It stays low"}
    then = written(
        tmp_path / "then.jsonl", "2026-01-01", [row("a", "pass", 1.5, **limits), row("b", "fail", 9.0, **limits)]
    )
    now = written(
        tmp_path / "now.jsonl", "2026-01-02", [row("a", "fail", 2.5, **limits), row("b", "pass", 1.0, **limits)]
    )

    assert main([then, now, f"--report={tmp_path / 'out'}"]) == 0
    assert "since the session of 2026-01-01 10:00: 1 new failure, 1 fixed, 0 flaky" in capsys.readouterr().out
    page = (tmp_path / "out" / "index.html").read_text("utf-8")
    assert "<strong>1</strong> new failure</a>" in page
    assert '<span class="news new">new</span>' in page
    assert "2 sessions, from 1.5 to 2.5" in page
    assert "the session before" in page

    assert main([now, f"--report={tmp_path / 'alone'}"]) == 0
    assert 'class="since"' not in (tmp_path / "alone" / "index.html").read_text("utf-8")


def test_what_cannot_be_compared_is_a_usage_error(tmp_path, capsys):
    (tmp_path / "x.jsonl").write_text("{}\n")
    now = written(tmp_path / "now.jsonl", "2026-01-02", [row("a", "pass")])

    assert main([str(tmp_path / "x.jsonl"), now]) == 4
    assert "x.jsonl: line 1" in capsys.readouterr().err


def test_then_is_told_as_now_is():
    seen = reading(row("a", "fail", 2.0, upper=0.0, unit="log10", earlier=[Before("pass", -1.0)]))

    assert (seen["measured"], seen["then"]["measured"]) == ("100", "0.1")


def test_a_sparkline_lies_in_its_box_and_ends_at_the_value_now():
    line = sparkline([1.0, None, 3.0], 2.0, None, 2.5)

    points = [tuple(map(float, point.split(","))) for point in line.points.split()]
    assert len(points) == 3
    assert points[-1] == line.last
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)
    assert points[1][1] < points[2][1] < points[0][1]  # heights count from the top
    assert points[1][1] < line.limits[0] < points[2][1]


@pytest.mark.parametrize(("before", "now"), [([], 1.0), ([None], 1.0), ([1.0], None)])
def test_no_sparkline_without_two_values(before, now):
    assert sparkline(before, now, 0.0, 1.0) is None


def test_values_that_never_move_are_a_flat_line():
    assert len({point.partition(",")[2] for point in sparkline([2.0, 2.0], 2.0, None, None).points.split()}) == 1
