"""The matrix shows the worst of every crossing, and hides no failing run behind a fold without a count."""

from fixtures.gate.row import decode
from reports.matrix import MANY_RUNS, matrices
from reports.row_view import reading
from tests.reports.sample_rows import STATEMENTS, judged

CASES = STATEMENTS[1]


def laid_out(rows, **settings):
    (table,) = matrices([reading(decode(row)) for row in rows], **settings)
    return table


def test_cell_is_the_worst_of_its_cases_with_their_number():
    rows = [judged(CASES, "a/1", place, case={"eta": place}) for place in (0.1, 3.0, 2.0)]
    cell = laid_out(rows)["folders"][0].shown[0].cells[0]
    assert (cell.worst["verdict"], cell.worst["case"], cell.n, cell.of) == ("fail", {"eta": 3.0}, 2, 3)


def test_statements_stand_by_family_and_missing_evidence_is_no_cell():
    rows = [judged(STATEMENTS[n], run, 0.1) for n, run in ((0, "a"), (4, "b"), (1, "a"), (4, "a"))]
    found = laid_out(rows)
    assert list(found["columns"]) == ["entropy_change", "gradient_floor"]
    (folder,) = found["folders"]
    assert [[cell is not None for cell in line.cells] for line in folder.shown] == [
        [True, True, True],
        [False, False, True],
    ]


def test_runs_keep_the_order_of_the_session_within_their_folders():
    rows = [judged(CASES, run, 0.1) for run in ("b/2", "a/10", "a/2", "group:a,lam=0")]
    folders = laid_out(rows, runs=["a/2", "a/10", "b/2", "gone"])["folders"]
    assert [(folder.name, [line.run for line in folder.shown]) for folder in folders] == [
        ("a", ["a/2", "a/10"]),
        ("b", ["b/2"]),
        ("groups of runs", ["group:a,lam=0"]),
    ]


def test_many_runs_fold_but_the_failing_ones_stay_and_the_folder_counts():
    rows = [judged(CASES, f"sweep/{n}", 3.0 if n in (7, 70) else 0.1) for n in range(MANY_RUNS + 40)]
    (folder,) = laid_out(rows)["folders"]
    assert [line.run for line in folder.shown] == ["sweep/7", "sweep/70"]
    assert len(folder.folded) == MANY_RUNS + 38
    assert (folder.cells[0].worst["verdict"], folder.cells[0].n, folder.cells[0].of) == ("fail", 2, MANY_RUNS + 40)


def test_families_that_share_no_run_get_a_table_each():
    rows = [judged(STATEMENTS[n], run, 0.1) for n, run in ((0, "a"), (4, "b"), (8, "c"), (10, "d"))]
    assert len(matrices([reading(decode(row)) for row in rows])) == 4
    linked = [judged(STATEMENTS[n], run, 0.1) for n, run in ((0, "c"), (10, "c"))]
    tables = matrices([reading(decode(row)) for row in rows + linked])
    assert sorted(sorted(table["columns"]) for table in tables) == [
        ["entropy_change", "fisher_information", "jacobian_sparsity"],
        ["gradient_floor"],
    ]
