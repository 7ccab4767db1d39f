"""Test the sentence of a run and the table of its values: what the rows say, and no more."""

import pytest

import reports
from fixtures.gate.row import Header, Row, encode
from reports.measured import LINES, measured
from reports.outcome import SENTENCES, Outcome
from reports.page import write_page
from reports.row_view import reading
from reports.sentences import sentences

ETAS = (1e-6, 2e-6, 4e-6)


def rows(run="a", *, reach=("pass", "pass", "inconclusive"), **words):
    """Rows of one run: the regime at three steps, and one verdict of other statements."""
    found = [Row(run=run, family="entropy_change", check="linear_regime_reaches_step", verdict=word, case={"eta": eta})
             for eta, word in zip(ETAS, reach, strict=True)]  # fmt: skip
    return found + [Row(run=run, family="entropy_change", check=check, verdict=word) for check, word in words.items()]


def said(**words):
    return sentences(rows(**words))["entropy_change", "a"]


def test_a_noisy_slope_sends_to_the_plugin_slope_whose_derivatives_are_right():
    text = said(sequences_follow_derivatives="pass", reported_slope_is_precise="fail")

    assert text == (
        "The first-order regime holds up to η = 2e-06; the reported slope is too noisy to use; use the plug-in slope "
        "from the same file."
    )


def test_wrong_derivatives_come_first_and_nothing_is_recommended():
    text = said(sequences_follow_derivatives="fail", reported_slope_is_precise="fail")

    assert text.startswith("The recorded derivatives are not those of these sequences")
    assert "use the plug-in" not in text


def test_where_the_derivatives_are_not_verified_nothing_is_recommended():
    assert "use the plug-in" not in said(sequences_follow_derivatives="inconclusive", reported_slope_is_precise="fail")


@pytest.mark.parametrize(
    ("reach", "wanted"),
    [
        (("pass", "inconclusive", "fail"), "The first-order regime holds up to η = 1e-06 and has ended at η = 4e-06."),
        (("inconclusive", "inconclusive", "fail"), "The first-order regime has ended at η = 4e-06."),
        (("inconclusive",) * 3, "At no step is it shown that the first-order regime holds, nor that it does not."),
    ],
)
def test_the_reach_is_what_was_demonstrated(reach, wanted):
    assert said(reach=reach) == wanted


def test_a_run_that_was_skipped_has_no_sentence_and_neither_have_groups_and_controls():
    assert not sentences(rows(reach=("skip",) * 3))
    assert not sentences(rows("group:all"))
    controls = rows()
    for row in controls:
        row.control = "healthy"
    assert not sentences(controls)


def test_a_precise_slope_of_sequences_that_can_be_attributed():
    text = said(reported_slope_is_precise="pass", sequences_are_attributable="pass")

    assert "precise enough to use; it can be read sequence by sequence" in text


def test_bias_and_a_foreign_sampler_are_said():
    text = said(reported_slope_is_precise="pass", reported_slope_is_unbiased="fail", sequences_are_on_policy="fail")

    assert "precise enough to use, and it differs from the truth" in text
    assert text.endswith("the sequences are not from the scored policy, which biases all of it.")


def test_a_terminal_says_as_many_as_it_bears():
    many = [row for n in range(SENTENCES + 3) for row in rows(f"run_{n}")]

    assert len(Outcome(Header(gonogo="0"), many).sentences()) == SENTENCES + 1
    assert Outcome(Header(gonogo="0"), many).sentences()[-1] == "and 3 more runs, on the page"


VALUES = {"true ΔH": {"value": -1.2345678e-3, "se": 2.34e-4, "unit": "nats/token", "n": 9, "dof": None},
          "linear": {"value": 0.5, "se": "unknown", "unit": "nats/token", "n": 9, "dof": None}}  # fmt: skip


def with_values(run="a", eta=1e-6):
    return Row(run=run, family="entropy_change", check="linear_matches_true", verdict="pass", case={"eta": eta},
               values=VALUES)  # fmt: skip


def test_values_are_a_table_with_errors_under_the_sentence_of_their_run():
    found = [*rows(), with_values(), with_values(eta=2e-6)]
    table = measured([reading(row) for row in found], sentences(found))["entropy_change"]

    assert table["columns"] == [("true ΔH", "nats/token"), ("linear", "nats/token")]
    assert table["runs"][0]["sentence"].startswith("The first-order regime holds")
    assert [line["cells"] for line in table["runs"][0]["lines"]] == [["−0.001235 ± 0.00023", "0.5 ± ?"]] * 2
    assert len(table["runs"][0]["ids"]) == len(found)


def test_lines_beyond_what_a_page_bears_are_counted():
    found = [with_values(f"run_{n}") for n in range(LINES + 5)]

    table = measured([reading(row) for row in found], {})["entropy_change"]
    shown = sum(1 + len(run["lines"]) for run in table["runs"])

    assert shown == LINES
    assert shown + table["more"] == 2 * len(found)


def test_the_page_says_the_sentence_before_the_verdicts_and_holds_the_values(tmp_path):
    header = Header(gonogo="0", started="2026-01-01T00:00:00+00:00")
    found = [*rows(linear_matches_true="fail"), with_values()]
    page = write_page(found, Outcome(header, found).session(), tmp_path).read_text("utf-8")
    sentence = page.index("The first-order regime holds up to η = 2e-06")

    assert sentence < page.index('<section class="verdicts"')
    assert sentence < page.index("−0.001235 ± 0.00023")


def test_values_and_sentences_are_in_the_table_of_results(tmp_path):
    pytest.importorskip("pandas")
    path = tmp_path / "results.jsonl"
    lines = [Header(gonogo="0"), *rows(), with_values()]
    path.write_text("".join(encode(line) + "\n" for line in lines), "utf-8")
    frame = reports.results(path)

    assert frame["values.true ΔH"].iloc[-1] == VALUES["true ΔH"]["value"]
    assert frame["values.true ΔH.se"].iloc[-1] == VALUES["true ΔH"]["se"]
    assert frame["values.linear.se"].isna().all()
    assert frame["values.true ΔH"].iloc[:-1].isna().all()
    assert frame.attrs["sentences"]["a"].startswith("The first-order regime")
