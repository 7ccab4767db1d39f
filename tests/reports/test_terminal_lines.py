"""Test `reports.terminal_lines`: a line a cluster that fits, says who, what, by how much and why."""

import pytest

from fixtures.gate.row import Row
from reports.terminal_lines import cluster_lines, cut, verdict_lines


def row(run, verdict="fail", value=310.0, **more):
    given = {
        "check": "block_growth_bounded", "lower": None, "upper": 50.0, "excess": (value or 0) / 50 - 1,
        "message": f"measured {value}, must be at most 50", "means": "the stream explodes. And so on.",
    }  # fmt: skip
    return Row(run=run, family="gradient_floor", verdict=verdict, value=value, **given | more)


MANY = [row(f"dfa/s{seed}", value=100.0 + seed, config={"lam": 0, "seed": seed}) for seed in range(41)]
GOOD = [row(f"pen/s{seed}", "pass", 1.5, config={"lam": 0.1, "seed": seed}) for seed in range(3)]


def test_many_runs_that_fail_alike_are_one_line_with_the_worst_number_and_what_sets_them_apart():
    [(verdict, line)] = cluster_lines(MANY + GOOD, 120)

    assert verdict == "fail"
    assert line.split("  ")[:2] == ["F", "41 runs"]
    assert "block_growth_bounded" in line
    assert "140 > 50" in line
    assert "lam = 0 (passing: 0.1)" in line


def test_a_single_run_is_named_and_its_finding_is_the_cause():
    [(_, line)] = cluster_lines([row("dfa/s42")], 120)

    assert "dfa/s42" in line
    assert line.endswith("the stream explodes")


@pytest.mark.parametrize("width", [80, 100, 120, 200])
def test_no_line_is_wider_than_the_terminal_and_columns_are_aligned(width):
    rows = [
        row(
            "a/very/long/path/of/a/run/with_its_name_at_the_end", check="a_statement_whose_name_is_longer_than_most_are"
        ),
        row(
            "b",
            "inconclusive",
            12.3456789,
            se=30.0,
            z=3.29,
            message="measured (about 4.03e+04 samples would decide it)",
        ),
        row("c", "error", None, upper=None, message="/runs/c/log.json: cut short " + "x" * 200),
        row("d", "warn", check="other"),
    ]
    lines = [line for _, line in cluster_lines(rows, width)]

    assert len(lines) == 4
    assert all(len(line) <= width for line in lines)
    assert [line[0] for line in lines] == ["F", "E", "W", "?"]
    starts = {line.index(name) for line, name in zip(lines[1:], ["block_growth", "other", "block_growth"], strict=True)}
    assert len(starts) == 1
    assert "the_end" in lines[0], "a run's name is cut at its beginning"


def test_what_is_open_shows_its_interval_and_what_would_decide_it():
    open_case = row(
        "b", "inconclusive", 12.3, se=30.0, z=3.0, message="measured (z = 3; about 4e+04 samples would decide it)"
    )
    [(_, line)] = cluster_lines([open_case], 160)

    assert "12.3 ± 90 of ≤ 50" in line
    assert "about 4e+04 samples would decide it" in line


def test_what_is_passed_or_skipped_has_no_line():
    assert cluster_lines([*GOOD, row("x", "skip", None)], 100) == []


def test_too_many_clusters_are_counted():
    rows = [row(f"r{n}", "warn", check=f"check_{n}") for n in range(25)]
    lines = [line for _, line in cluster_lines(rows, 100)]

    assert len(lines) == 11
    assert lines[-1] == "W  and 15 more; -ra lists every verdict"


def test_no_line_carries_what_a_terminal_would_obey():
    lines = [line for _, line in cluster_lines([row("a\x1b[2J", "error", None, message="\x1b]0;x\x07")], 120)]

    assert not any("\x1b" in line for line in lines)


def test_every_verdict_that_is_asked_for_is_listed():
    rows = [row("a"), row("b", "inconclusive", case={"eta": 3.2e-6}), row("c", "pass", 1.0)]
    lines = [line for _, line in verdict_lines(rows, {"fail", "inconclusive"})]

    assert lines == [
        "FAIL a gradient_floor.block_growth_bounded: measured 310.0, must be at most 50",
        "INCONCLUSIVE b (eta = 3.2e−6) gradient_floor.block_growth_bounded: measured 310.0, must be at most 50",
    ]


@pytest.mark.parametrize(("side", "shown"), [("left", "…ghij"), ("middle", "ab…ij"), ("right", "abcd…")])
def test_a_text_is_cut_on_the_side_that_tells_least(side, shown):
    assert cut("abcdefghij", 5, side) == shown
