"""What the statements about accuracies over frozen blocks can decide, and what they ask for where they cannot."""

from dataclasses import replace

import numpy as np
import pytest

from fixtures.kinds.feedback_log.control import feedback_run, frozen_run
from tests.asking import asked

ONE = "gradient_floor.accuracy_over_frozen_baseline"
SEEDS = "gradient_floor.seeds_over_frozen_baseline"


def scored(run, correct):
    """The run with these samples right at the end."""
    accuracy = np.r_[run.scalars["test_accuracy"][:-1], correct.mean()]
    config = run.config | {"n_test": len(correct)}
    return replace(run, correct=correct, config=config, scalars=run.scalars | {"test_accuracy": accuracy})


def pair(gain, *, agreeing, seed=0, n=1000):
    """A run and its frozen baseline on one test set: easy samples are right in both, if they agree at all."""
    rng = np.random.default_rng(seed)
    easy = [rng.random(n)] * 2 if agreeing else rng.random((2, n))
    return [scored(make(seed), draw < share) for make, draw, share in
            zip((feedback_run, frozen_run), easy, (0.88 + gain, 0.88), strict=True)]  # fmt: skip


def test_the_same_gain_is_decided_sample_by_sample_and_not_without_the_samples():
    run, frozen = pair(0.055, agreeing=True)
    paired, apart = (asked(ONE, each, peers=[frozen]) for each in (run, replace(run, correct=None)))

    assert (paired.word, apart.word) == ("pass", "inconclusive")
    assert "sample by sample" in paired.message
    assert "no correct_eval in this run: log correct_eval = [1, 0, ...]" in apart.message


@pytest.mark.parametrize(("lost", "words"), [
    ({"correct": None}, "no correct_eval in peer_0"),
    ({"correct": np.ones(7, bool)}, "correct_eval of different lengths"),
])  # fmt: skip
def test_the_message_says_whose_samples_are_missing(lost, words):
    run, frozen = pair(0.04, agreeing=True)

    assert words in asked(ONE, run, peers=[replace(frozen, **lost)]).message


def group(*accuracies, agreeing=True):
    """Seeds of one setting and their frozen baselines at 0.88."""
    pairs = [pair(accuracy - 0.88, agreeing=agreeing, seed=n) for n, accuracy in enumerate(accuracies)]
    return [run for run, _ in pairs], [frozen for _, frozen in pairs]


@pytest.mark.parametrize(("accuracies", "word"), [
    ((0.11, 0.45, 0.3), "fail"), ((0.11, 0.45), "fail"),
    ((0.96, 0.97, 0.965), "pass"), ((0.90, 0.91, 0.895), "inconclusive"),
])  # fmt: skip
def test_two_or_three_seeds_decide_what_is_far_from_the_margin(accuracies, word):
    runs, frozen = group(*accuracies)

    assert asked(SEEDS, *runs, peers=frozen).word == word


def test_what_is_undecided_names_a_number_of_seeds_that_decides_it():
    runs, frozen = group(0.925, 0.93, 0.92)
    verdict = asked(SEEDS, *runs, peers=frozen)
    decision = verdict.decisions[0]

    assert verdict.word == "inconclusive"
    assert f"about {decision.n_to_decide} seeds would decide it" in verdict.message
    assert 3 < decision.n_to_decide < 30
