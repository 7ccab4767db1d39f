"""Which models are independent replicates."""

from hypothesis import given
from hypothesis import strategies as st

from gonogo.fisher_information.replicates import independent

names = st.sampled_from([*"abcdef", ""])


def test_models_trained_from_scratch_are_all_replicates():
    assert independent({"a": "", "b": "", "c": ""}) == ["a", "b", "c"]


def test_a_chain_counts_once_by_its_end_whatever_the_order():
    assert independent({"c": "b", "a": "", "b": "a"}) == ["c"]


def test_a_model_that_is_not_among_them_still_joins_those_that_continue_it():
    assert independent({"b": "elsewhere", "c": "elsewhere", "d": "another"}) == ["c", "d"]


@given(st.dictionaries(st.sampled_from("abcdef"), names))
def test_no_kept_model_continues_another_kept_one(continued):
    kept = independent(continued)

    assert set(kept) <= set(continued)
    assert bool(kept) == bool(continued)
    assert not [model for model in kept if continued[model] in kept and continued[model] != model]
