"""What the statements about collapse make of sweeps that say only half of what they claim."""

from dataclasses import replace

import numpy as np
import pytest

from fixtures.kinds.collapse_history.control import healthy_group
from fixtures.kinds.collapse_history.group_faults import swapped_collapse
from tests.asking import asked

FASTER = "neural_collapse.faster_with_weight_decay"


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
