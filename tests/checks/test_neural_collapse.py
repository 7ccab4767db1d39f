"""What the statements about collapse make of sweeps that say only half of what they claim."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.replicates import book
from fixtures.kinds.collapse_history.control import healthy, healthy_group
from fixtures.kinds.collapse_history.group_faults import swapped_collapse
from tests.asking import asked

FASTER = "neural_collapse.faster_with_weight_decay"
FALLS = "neural_collapse.nc2_falls_towards_one"
NEAR = "neural_collapse.nc2_near_one"


def stopped(record, step):
    """The run as if it had been planned to end at a step."""
    kept = record.step <= step
    scalars = {name: values[kept] for name, values in record.scalars.items()}
    return replace(record, step=record.step[kept], scalars=scalars, planned=int(record.step[kept][-1]))


def collapsed_never(record):
    """The run with as much variance within classes as at its start."""
    scale = record.scalars["scale_means"]
    return replace(record, scalars=record.scalars | {"within_class_variance": 0.6 * scale**2})


@pytest.mark.parametrize("end", [5_000, 10_000, 90_000])
def test_collapse_that_is_slower_with_weight_decay_does_not_pass_however_few_runs_collapse(end):
    sweep = healthy_group()
    collapsing = [
        asked(FASTER, *(stopped(record, end) for record in runs)) for runs in (sweep, swapped_collapse(sweep))
    ]

    assert [verdict.word for verdict in collapsing][1] in ("fail", "inconclusive")
    assert "collapse: seen in" in collapsing[1].message


def test_a_run_that_does_not_collapse_counts_as_later_than_its_end():
    verdict = asked(FASTER, *(stopped(record, 7_000) for record in healthy_group()))

    assert verdict.word == "pass"
    assert "collapse: seen in 7 of 12 runs" in verdict.message


def test_a_sweep_that_generalises_sooner_but_never_collapses_is_undecided():
    verdict = asked(FASTER, *map(collapsed_never, healthy_group()))

    assert verdict.word == "inconclusive"
    assert "collapse: seen in 0 of 12 runs; a trend needs two runs" in verdict.message


def test_swapping_moves_the_collapse_and_nothing_else():
    sweep = healthy_group()
    swapped = swapped_collapse(sweep)

    for one, other in zip(sweep, swapped, strict=True):
        assert one.config == other.config
        changed = {name for name in one.scalars if not np.array_equal(one.scalars[name], other.scalars[name])}
        assert changed == {"within_class_variance", "nc1_score"}


def with_nc2(values):
    """A healthy run whose NC2 is a function of the step."""
    record = healthy(3)
    return replace(record, scalars=record.scalars | {"nc2_score": values(np.log10(record.step + 1))})


def falling_to(end):
    """From 22 at the fit to a level, with the collapse."""
    return lambda log_step: 10 ** (np.interp(log_step, [3, 4.3], np.log10([22, end])))


@pytest.mark.parametrize("end", [1.57, 2.44])
def test_what_published_grokking_runs_reach_is_no_failure_but_a_warning(end):
    run = with_nc2(falling_to(end))

    assert asked(FALLS, run).word == "pass"
    assert asked(NEAR, run).word == "fail"
    assert book().of("neural_collapse", "nc2_near_one", "run", 3.0, {}).severity == "warn"


def test_means_that_keep_the_geometry_of_the_fit_fail():
    verdict = asked(FALLS, with_nc2(falling_to(9.0)))

    assert verdict.word == "fail"
    assert "NC2 at the fit 2" in verdict.message


def test_the_error_of_the_fall_is_that_of_its_end():
    noise = 1 + 0.05 * np.random.default_rng(0).standard_normal(len(healthy(3).step))
    verdict = asked(FALLS, with_nc2(lambda log_step: falling_to(2.0)(log_step) * noise))

    # Five rows of 5 %, relative to log 22.
    assert verdict.decisions[0].estimate.se == pytest.approx(0.05 / np.sqrt(5) / np.log(22), rel=0.5)


def test_means_that_are_equal_at_the_fit_have_nothing_to_fall_from():
    verdict = asked(FALLS, with_nc2(lambda log_step: 1.3 + 0 * log_step))

    assert verdict.word == "skip"
    assert "nothing to fall from" in verdict.message
