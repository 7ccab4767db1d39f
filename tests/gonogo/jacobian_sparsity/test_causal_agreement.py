"""Test causal agreement: what a right Jacobian scores, what wrong ones score, and what the share on the line hides."""

import numpy as np
import pytest

from fixtures.kinds import jacobian_ablation
from gonogo import NotEnoughData
from gonogo.jacobian_sparsity.causal_agreement import block_jackknife, causal_agreement


def agreement_of(record):
    return causal_agreement(record.element, record.change)


HEALTHY = jacobian_ablation.healthy(7)


def test_latents_that_leave_the_active_set_move_neither_slope_nor_skill():
    found = agreement_of(HEALTHY)

    assert found.slope.value == pytest.approx(1.0, abs=1e-3)
    assert found.skill.value > 0.9
    assert found.below == pytest.approx(0.02, abs=2e-3)
    assert found.above == 0.0
    assert found.on_line.value == pytest.approx(1 - found.below)


def test_the_share_on_the_line_of_a_sparse_jacobian_is_nearly_its_null():
    found = agreement_of(HEALTHY)

    assert found.on_line.value - found.unchanged.value < 0.02
    assert found.on_line.value - found.permuted.value < 0.04


@pytest.mark.parametrize(
    ("fault", "slope", "skill"),
    [("permuted_changes", 0.0, -3.0), ("opposite_sign", -1.0, -1.0), ("activation_removed", 1.75, 0.5)],
)
def test_wrong_interventions_show_in_slope_or_skill(fault, slope, skill):
    found = agreement_of(jacobian_ablation.FAULTS[fault](HEALTHY))

    assert found.slope.value == pytest.approx(slope, abs=0.1)
    assert found.skill.value < skill + 0.15


def test_no_change_at_all_has_no_skill():
    element = np.linspace(-1, 1, 4000)

    assert causal_agreement(element, np.zeros(4000)).skill.value == -np.inf


def test_jackknife_of_a_mean_is_its_standard_error_and_of_a_median_nearly_so():
    random = np.random.default_rng(0)
    samples = random.normal(size=(300, 2000))

    mean = [block_jackknife(np.mean, sample).se for sample in samples[:50]]
    median = [block_jackknife(np.median, sample).se for sample in samples]

    assert np.mean(mean) == pytest.approx(2000**-0.5, rel=0.1)
    assert np.mean(median) == pytest.approx(np.median(samples, axis=1).std(), rel=0.2)


def test_dependent_neighbours_make_the_error_larger():
    repeated = np.repeat(np.random.default_rng(1).normal(size=500), 32)

    assert (
        block_jackknife(np.mean, repeated).se
        > 3 * block_jackknife(np.mean, np.random.default_rng(2).permutation(repeated)).se
    )


def test_too_few_large_elements_decide_nothing():
    with pytest.raises(NotEnoughData, match=r"0 of 50 Jacobian elements exceed 0.1, needs 1000"):
        causal_agreement(np.zeros(50), np.zeros(50))


def test_shapes_that_differ_are_refused():
    with pytest.raises(ValueError, match=r"share one shape \(n,\), got \(3,\) and \(4,\)"):
        causal_agreement(np.zeros(3), np.zeros(4))
