"""Test `reports.choice`: which figures are drawn, and how many are said to be left out."""

import pytest

from fixtures.gate.row import Row
from reports.choice import FIRST, Choice, figures_option, left_out

FIGURES = (("first", 1), ("second", 2))


def row(run, verdict="fail", excess=1.0, **more):
    return Row(run=run, family="gradient_floor", check="floor", verdict=verdict, excess=excess, value=excess,
               message=f"measured {excess}", **more)  # fmt: skip


def test_equal_findings_are_drawn_twice_and_where_they_are_worse_than_all_before():
    choice = Choice(["failed"])
    beyond = [5.0, 4.0, 3.0, 6.0, 1.0, 9.0, 2.0]
    chosen = [choice.of(row(f"r{n}", excess=value), FIGURES) for n, value in enumerate(beyond)]

    assert [bool(figures) for figures, _ in chosen] == [True, True, False, True, False, True, False]
    assert [left for _, left in chosen] == [0, 0, 1, 0, 1, 0, 1]
    assert all(figures in ((), FIGURES[:1]) for figures, _ in chosen), "the first one explains a failure"
    assert FIRST == 2


def test_another_finding_is_drawn_though_one_of_this_statement_was():
    choice = Choice(["failed"])
    for n in range(5):
        choice.of(row(f"r{n}"), FIGURES)
    other = Row(run="x", family="gradient_floor", check="floor", verdict="fail", message="the run was killed")

    assert choice.of(other, FIGURES) == (FIGURES[:1], 0)


@pytest.mark.parametrize(
    ("wanted", "verdict", "more", "drawn"),
    [
        ("failed", "pass", {}, 0), ("failed", "warn", {}, 1), ("failed", "inconclusive", {}, 1),
        ("failed", "skip", {}, 0),
        ("all", "pass", {}, 2), ("all", "skip", {}, 2), ("none", "fail", {}, 0), ("floor", "pass", {}, 2),
        ("gradient_floor.*", "pass", {}, 2), ("jacobian*,flo?r", "pass", {}, 2), ("ceiling", "fail", {}, 0),
        ("failed,ceiling", "fail", {}, 1), ("failed", "pass", {"control": "exploding"}, 0),
    ],
)  # fmt: skip
def test_what_is_asked_for_is_drawn(wanted, verdict, more, drawn):
    figures, _ = Choice(figures_option(wanted)).of(row("r", verdict, **more), FIGURES)

    assert len(figures) == drawn


def test_groups_are_drawn_always_and_never_left_out():
    choice = Choice(["failed"])

    assert [choice.of(row(f"group:{n}", "pass"), FIGURES) for n in range(9)] == [(FIGURES[:1], 0)] * 9


def test_what_was_left_out_is_counted():
    rows = [row("a", figures=["x.svg"]), row("b", undrawn=1), row("c", undrawn=1)]

    assert "1 drawn, 2 left out" in next(left_out(rows))
    assert list(left_out(rows[:1])) == []
