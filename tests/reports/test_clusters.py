"""Equal failures are told once, with what sets their runs apart."""

import pytest

from fixtures.gate.row import decode
from reports.clusters import clusters, separators, template
from reports.row_view import reading
from tests.reports.sample_rows import STATEMENTS, judged, plain

FLOOR, CEILING = STATEMENTS[5], STATEMENTS[6]


def readings(places, *, statement=FLOOR, config=lambda run: {}):
    rows = [judged(statement, run, place) | {"config": config(run)} for run, place in places.items()]
    return [reading(decode(row)) for row in rows]


def test_failures_that_differ_in_numbers_only_are_one_cluster_led_by_the_worst():
    found = clusters(readings({"a": 1.2, "b": 1.9, "c": 1.5, "d": 0.1}), "fail")
    assert [entry["run"] for entry in found[0].readings] == ["b", "c", "a"]
    assert len(found) == 1


def test_other_words_other_statements_and_other_verdicts_are_other_clusters():
    rows = [judged(FLOOR, "a", 1.5), judged(CEILING, "a", 1.5)]
    rows.append(judged(FLOOR, "b", 1.5) | {"message": "stops before the configured end"})
    rows.append(plain(FLOOR, "c", "error", "a/b.json: no key 'g'"))
    found = [reading(decode(row)) for row in rows]
    assert len(clusters(found, "fail")) == 3
    assert len(clusters(found, "error")) == 1


def test_paths_and_names_of_runs_do_not_split_a_cluster():
    rows = [
        plain(FLOOR, run, "error", f"/tmp/x/{run}/log.json: {run} is cut at byte {n}")
        for n, run in enumerate(("seed_a", "seed_b"))
    ]
    assert len(clusters([reading(decode(row)) for row in rows], "error")) == 1


def test_a_unit_is_no_path():
    row = judged(STATEMENTS[1], "a", 3.0)
    assert "nats/token" in template(reading(decode(row)))
    error = plain(FLOOR, "a", "error", "/x/y.json: key: E_256/run_01/results.json is cut")
    assert template(reading(decode(error))) == "…: key: … is cut"


def test_clusters_come_worst_first_and_a_value_that_is_no_number_before_all():
    rows = [judged(FLOOR, "a", 1.5), judged(CEILING, "a", 9.0), judged(STATEMENTS[3], "a", 2.0)]
    rows[2].update(value=None, excess=None)
    order = [cluster.worst["check"] for cluster in clusters([reading(decode(row)) for row in rows], "fail")]
    assert order == ["samples_follow_policy", "stream_below_ceiling", "gradient_above_floor"]


def test_cluster_names_what_only_the_failing_runs_have():
    places = {"x/1": 1.5, "x/2": 1.6, "y/1": 0.1, "y/2": 0.2}
    found = clusters(
        readings(places, config=lambda run: {"lam": 0.0 if run[0] == "x" else 0.1, "seed": run[2]}), "fail"
    )
    assert found[0].apart == ["lam = 0 (passing: 0.1)"]


@pytest.mark.parametrize(
    ("bad", "good", "said"),
    [
        ([0, 0], [1, 2], ["lam = 0 (passing: 1, 2)"]),
        ([0, 0], [0, 2], []),
        ([3, 4], [1, 2], ["lam ≥ 3 (passing: ≤ 2)"]),
        ([1, 2], [3, 4], ["lam ≤ 2 (passing: ≥ 3)"]),
        ([1, 3], [2], []),
        (["dfa", "dfa"], ["bp"], ["lam = dfa (passing: bp)"]),
        ([[1], [1]], [[2]], []),
        ([True, True], [False], ["lam = True (passing: False)"]),
        ([0], [1], []),
        ([0, 0], [], []),
    ],
)
def test_separators_claim_only_what_holds_for_all(bad, good, said):
    assert separators(*([{"config": {"lam": value}} for value in group] for group in (bad, good))) == said


def test_separators_ignore_settings_that_a_failing_run_lacks():
    bad = [{"config": {"lam": 0}}, {"config": {"depth": 1}}]
    assert separators(bad, [{"config": {"lam": 1, "depth": 2}}]) == []
