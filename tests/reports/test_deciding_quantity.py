"""Bar, number, "beyond" and words show the quantity that decided, with the verdict's multiple of the error."""

import pytest

from fixtures.gate.row import Row
from reports.deciding_quantity import deciding
from reports.row_view import reading


def row_of(value, se=None, *, lower=None, upper=None, unit="1", z=4.0, **more):
    return Row(run="a", family="f", check="c", verdict="fail", value=value, se=se, lower=lower, upper=upper, unit=unit,
               z=z, **more)  # fmt: skip


def test_interval_is_the_multiple_that_the_verdict_used():
    decided = deciding(row_of(2.0, 0.1, upper=1.0))
    assert (decided.measured, decided.interval, decided.width) == ("2 ± 0.4", "1.6 … 2.4", "± 4 standard errors")


@pytest.mark.parametrize("more", [{"se": None}, {"se": 0.1, "rule": "bare"}])
def test_a_verdict_without_an_error_shows_none(more):
    decided = deciding(row_of(2.0, upper=1.0, **more))
    assert (decided.measured, decided.interval, decided.width) == ("2", "", "")


def test_where_significance_decides_the_distance_from_zero_is_shown_against_its_limit():
    seen = reading(row_of(-0.24, 0.04, lower=-0.25, upper=0.25, unit="sd", significance=4.0, excess=0.5))
    assert (seen["measured"], seen["unit"]) == ("6", "standard errors from 0")
    assert (seen["bounds"], seen["past"]) == ("at most 4", "+2 s.e.")
    assert seen["bar"].value > seen["bar"].upper


def test_a_quantity_judged_by_its_logarithm_is_told_as_itself():
    seen = reading(row_of(2.0, 0.01, upper=0.0, unit="log10", z=5.0, excess=2.0))
    assert (seen["measured"], seen["interval"]) == ("100", "89.13 … 112.2")
    assert (seen["bounds"], seen["past"], seen["unit"]) == ("at most 1", "×100", "")


def test_a_logarithm_that_no_float_can_hold_is_still_told():
    assert deciding(row_of(-4000.0, lower=-7.0, unit="decades")).measured == "10^−4000"


def test_what_is_not_finite_has_no_width():
    seen = reading(row_of(None, 0.1, upper=1.0))
    assert (seen["measured"], seen["decided"].width, seen["past"]) == ("not finite", "", "∞")


def test_what_lies_inside_says_so():
    assert reading(row_of(-1.0, upper=0.0, unit="decades", excess=-1.0))["past"] == "÷10"
    assert reading(row_of(0.5, upper=1.0, excess=-0.5))["past"] == "−0.5"


@pytest.mark.parametrize(
    ("lower", "upper", "said"),
    [(None, None, ""), (1.0, None, "at least 1"), (-2.0, 2.0, "within ±2"), (0.0, 2.0, "within 0 … 2")],
)
def test_limits_in_words(lower, upper, said):
    assert deciding(row_of(0.5, lower=lower, upper=upper)).bounds == said
