"""Some of the calibration's replicates, judged again against the rates that the table of limits carries."""

import re
import tomllib
from collections import Counter
from functools import cache

import pytest
import tomlkit
from scipy.special import betainc

from benchmarks.calibration import LIMITS, measure, write
from benchmarks.calibration_page import matrices, page
from benchmarks.rates import in_words, interval, lines, misses, table
from benchmarks.replicates import batches, drawn, judged, of_kind, statements, verdicts
from fixtures.kinds import kind_named, kinds

MEASURED = [(s.name, s.reads) for s in statements().values()
            if hasattr(kind_named(s.reads.kind), "SIZES")]  # fmt: skip
TABLE = {}
for path in LIMITS.glob("*.toml"):
    TABLE |= tomllib.loads(path.read_text("utf-8"))


def stored(statement):
    """What the table of limits says: replicates, false alarms, undecided, and fault -> (detected, replicates)."""
    family, _, check = statement.partition(".")
    words = TABLE[family][check].get("measured")
    assert words, f"[{statement}] is not calibrated: python -m benchmarks.calibration --statement {statement} --write"
    healthy = re.match(r"(\d+) healthy: (\d+) false alarms? \(<= [\d.]+%\), (\d+) undecided; detected: ", words)
    faults = re.findall(r"(\w+) (\d+) of (\d+) \(", words)
    return *map(int, healthy.groups()), {fault: (int(hits), int(n)) for fault, hits, n in faults}


@cache
def again(kind, group):
    """Rates of a few of the replicates that were measured, by statement; the seeds are the first of the long run."""
    todo = batches(sizes=["nominal"], healthy=12, faulty=4, length=4)
    rows = table(measure(batch for batch in todo if batch[:2] == (kind, group)))["statements"]
    return {row["statement"]: row for row in rows}


@pytest.mark.parametrize(("statement", "reads"), MEASURED, ids=[name for name, _ in MEASURED])
def test_a_statement_is_as_good_as_its_table_says(statement, reads):
    n, alarms, undecided, faults = stored(statement)
    row = again(reads.kind, reads.group is not None)[statement]

    assert n >= 200
    assert row["false_alarm"]["hits"] <= alarms
    assert row["abstention"]["hits"] <= undecided
    assert set(faults) == set(reads.faults)
    for fault, found in row["detection"].items():
        hits, planted = faults[fault.partition(":")[2]]
        assert found["n"] - found["hits"] <= planted - hits, fault


@pytest.mark.parametrize("statement", [name for name, _ in MEASURED])
def test_the_stored_rates_reach_the_goals_or_the_check_says_what_it_cannot_see(statement):
    n, alarms, undecided, faults = stored(statement)
    check = statements()[statement].function

    assert alarms <= 0.01 * n
    assert undecided <= 0.2 * n
    for hits, planted in faults.values():
        assert hits >= 0.95 * planted or "inconclusive" in check.__doc__


@pytest.mark.parametrize("kind", [name for name, module in kinds().items() if hasattr(module, "SIZES")])
def test_replicates_differ_by_their_seed(kind):
    module = kind_named(kind)
    one, same, other = (drawn(module.healthy, seed, module.SIZES[0]) for seed in (1, 1, 2))

    assert content(one) == content(same) != content(other)
    assert module.SIZES[0] != module.SIZES[1] != module.SIZES[2]


def content(thing):
    """Everything in a record, for comparison."""
    if hasattr(thing, "tobytes"):
        return thing.tobytes()
    if isinstance(thing, dict):
        return {key: content(value) for key, value in thing.items() if key not in ("seed", "name")}
    return content(vars(thing)) if hasattr(thing, "__dataclass_fields__") else repr(thing)


@pytest.mark.parametrize(("hits", "n"), [(0, 200), (3, 200), (47, 50), (50, 50)])
def test_the_interval_leaves_a_fortieth_on_either_side(hits, n):
    low, high = interval(hits, n)

    # P(X >= hits | p) = I_p(hits, n - hits + 1); P(X <= hits | p) = 1 - I_p(hits + 1, n - hits)
    if hits:
        assert betainc(hits, n - hits + 1, low) == pytest.approx(0.025)
    if hits < n:
        assert 1 - betainc(hits + 1, n - hits, high) == pytest.approx(0.025)
    assert (low == 0) == (hits == 0)
    assert (high == 1) == (hits == n)


def counts(**verdicts_of):
    """Verdicts of one statement on healthy replicates, and on those with its fault and with a foreign one."""
    name = "gradient_floor.block_growth_bounded"
    faults = {"healthy": None, "own": "feedback_log:one_block_explodes", "foreign": "feedback_log:killed"}
    return {(name, "nominal", faults[key]): Counter(words) for key, words in verdicts_of.items()}


def test_the_table_counts_each_verdict_where_it_belongs():
    result = table(counts(
        healthy={"pass": 90, "fail": 1, "error": 1, "inconclusive": 5, "skip": 3},
        own={"fail": 8, "error": 1, "pass": 1}, foreign={"pass": 3, "fail": 1},
    ))  # fmt: skip
    (row,) = result["statements"]

    assert (row["false_alarm"]["hits"], row["false_alarm"]["n"]) == (2, 100)
    assert row["abstention"]["hits"] == 8
    assert {fault: share["hits"] for fault, share in row["detection"].items()} == {"feedback_log:one_block_explodes": 9}
    assert result["specificity"]["gradient_floor"]["feedback_log:killed"] == {row["statement"]: 0.25}
    assert [letter for letter, _ in misses(row)] == ["F", "D"]
    assert any("misses its goal" in line and "false alarms 2.0%" in line for line in lines(result))
    assert in_words(row) == (
        "100 healthy: 2 false alarms (<= 7.0%), 8 undecided; detected: one_block_explodes 9 of 10 (>= 55%)"
    )


def test_a_fault_that_cannot_be_planted_is_not_detected():
    record = kind_named("sae_pair").healthy(tokens=4)
    bare = type(record)(**{**vars(record), "jacobian": None, "active_out": None, "hoyer": None})

    assert set(verdicts("sae_pair", False, [bare], [], "transposed").values()) == {"not planted"}


def test_short_runs_judge_a_part_of_what_long_ones_do():
    short, long = (
        {(kind, group, seed, faults) for kind, group, _, seeds, faults, _ in found for seed in seeds}
        for found in (batches(sizes=["small"], healthy=3, faulty=2), batches(sizes=["small"], healthy=9, faulty=5))
    )

    assert short < long


def test_every_statement_of_a_kind_is_judged():
    found = judged("feedback_log", False, "small", range(2), ("killed",))

    assert {statement.partition(".")[2] for statement, *_ in found} == {
        statement.check for statement in of_kind("feedback_log", False)
    }
    assert all(words.total() == 2 for words in found.values())


def test_rates_are_written_between_what_people_wrote(tmp_path):
    path = tmp_path / "gradient_floor.toml"
    path.write_text("# ours\n[gradient_floor.block_growth_bounded.growth]\nvalue = 1  # why\n", "utf-8")
    write(table(counts(healthy={"pass": 10}, own={"fail": 10})), tmp_path)

    assert path.read_text("utf-8").startswith("# ours\n[gradient_floor.block_growth_bounded]\nmeasured = ")
    assert path.read_text("utf-8").endswith("[gradient_floor.block_growth_bounded.growth]\nvalue = 1  # why\n")
    assert tomlkit.parse(path.read_text("utf-8"))["gradient_floor"]["block_growth_bounded"]["growth"]["value"] == 1


def test_the_page_marks_what_misses_a_goal():
    text = page(table(counts(healthy={"pass": 95, "fail": 5}, own={"fail": 7, "pass": 3}, foreign={"fail": 4})))

    assert '<b class="cell">F</b> 5<' in text
    assert '<b class="cell M">M<small>70</small></b>' in text
    assert '<b class="cell o">o</b>' in text
    assert "block_growth_bounded</a>: detects one_block_explodes in 70%" in text


def test_faults_of_one_name_in_two_kinds_stay_apart():
    found = matrices({"jacobian_sparsity": {
        "jacobian_histogram:merely_smaller": {"jacobian_sparsity.sparser_not_merely_smaller": 1.0},
        "jacobian_sweep:merely_smaller": {"jacobian_sparsity.sweep_is_sparser": 0.5},
    }})  # fmt: skip
    columns, rows = found["jacobian_sparsity"]

    assert columns == ["sparser_not_merely_smaller", "sweep_is_sparser"]
    assert [[cell.letter for cell in cells] for cells in rows.values()] == [["D", ""], ["", "M"]]
