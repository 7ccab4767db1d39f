"""What the statements about groups of encoders decide, however many groups a session has."""

from dataclasses import replace

import pytest

from benchmarks.replicates import book
from checks.check_fisher_information import decide
from fixtures.kinds.encoding.synthetic import synthetic
from gonogo import Estimate
from gonogo.estimate import critical_value
from tests.asking import asked

EXPONENT = "fisher_information.exponent_in_range"


@pytest.mark.parametrize("check", ["exponent_in_range", "exponents_fall_with_loss_power", "follows_stepwise_density"])
@pytest.mark.parametrize("dof", [6, 10, 14, 1000])
def test_what_lies_four_standard_errors_beyond_a_limit_fails(check, dof):
    limits = book().of("fisher_information", check, "run", critical_value(1000), {})
    far, near = (Estimate(1.2 + times * 0.08, 0.08, n=12, dof=dof, counted="bins") for times in (4.0, 2.0))

    assert decide(limits, far, limits.multiplier, lower=0.8, upper=1.2).verdict == "fail"
    assert decide(limits, near, limits.multiplier, lower=0.8, upper=1.2).verdict == "inconclusive"


def continuing(record, seed, **facts):
    """The model trained further: nearly the same information, another measurement."""
    return replace(synthetic(seed), pretrained=record.name, name=f"{record.name}-longer", **facts)


def test_a_model_and_the_one_it_was_continued_from_are_one_replicate():
    first, second = synthetic(1, rep=0), synthetic(2, rep=1)
    longer = continuing(first, 3, rep=0)

    both, all_three = (asked(EXPONENT, *group) for group in ((longer, second), (first, second, longer)))
    assert both.decisions[0].estimate == all_three.decisions[0].estimate
    assert all_three.decisions[0].estimate.n == 2
    assert f"share their training: {first.name}" in all_three.message


def test_the_path_of_a_checkpoint_names_the_model_in_whose_folder_it_lies():
    first = synthetic(1)
    longer = replace(continuing(first, 3), pretrained=f"models/{first.name}/model.pt")

    assert asked(EXPONENT, first, longer).decisions[0].estimate.n == 1


def test_a_tuned_model_does_not_take_the_one_it_was_tuned_from_out_of_its_group():
    first = synthetic(1)
    tuned = replace(continuing(first, 3), tuning="frozen")

    assert asked(EXPONENT, first, tuned).decisions[0].estimate.n == 1
    assert "share their training" not in asked(EXPONENT, first, tuned).message
