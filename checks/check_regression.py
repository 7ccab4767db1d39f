"""Quantities of a run are what they were in a good run, or better."""

import math
from functools import lru_cache

import numpy as np
import pytest

from gonogo import NotApplicable, NotEnoughData, regression
from gonogo.regression.envelope import envelope, significant_excess
from reports.figures import regression as figures

pytestmark = pytest.mark.regression


def move_of(pair, move, assumed):
    """How far a quantity moved from its baseline; replicates without a value are left out."""
    baseline = [e for e in pair.baseline if math.isfinite(e.value)]
    if not baseline:
        raise NotApplicable(f"the baseline of {pair.quantity} has no finite value")
    own = pair.min_effect
    return regression.measured_move(
        baseline,
        pair.candidate,
        limits=(pair.lower, pair.upper),
        worse=pair.worse or None,
        move=move if own is None else own,
        assumed=assumed,
        spread=pair.spread,
        same=pair.same,
    )


def remarks(pair, move, natural):
    """What a reader must know beside the difference: both values, and a limit that natural variance crosses."""
    then, now = move.baseline, move.candidate
    text = f"{pair.quantity}: {_value(then)} -> {_value(now)}"
    replicates = [len(pair.baseline), len(pair.candidate)]
    if max(replicates) > 1:
        text += f" (means of {replicates[0]} and {replicates[1]} runs)"
    lines = [text]
    if pair.same:
        lines.append(
            "measured on the same data: no sampling error between them"
            + ("" if move.difference.value == 0 else "; the measurement itself changed")
        )
    elif max(replicates) == 1 and (then.se is None or pair.spread is not None):
        lines.append("its variance from run to run is taken from the limits; replicate seeds would measure it")
    if len(move.baseline_values) > 1:
        band = regression.natural_band(move.baseline_values, z=natural)
        for limit, supported in regression.limits_within(band, *move.limits):
            lines.append(
                f"limit {limit:.4g} lies inside the natural variance [{band[0]:.4g}, {band[1]:.4g}] of "
                f"{len(move.baseline_values)} baseline runs: good runs cross it; the data would support {supported:.4g}"
            )
    return "\n".join(lines)


def _value(estimate):
    return f"{estimate.value:.4g}" + (f" ± {estimate.se:.2g}" if estimate.se else "")


@pytest.mark.reads("baseline_pair", faults=("moved", "not_a_number"))
def check_quantity_has_not_moved(record, limits, judge):
    """The quantity has not moved from its baseline in the bad direction by more than {move:.0%} of its scale.

    Means: this run is measurably worse than the good run it is compared with, whether or not it still meets its limits.

    Do: look for what changed between the two runs: code, data, settings, environment. If the change is meant, accept it
    with --baseline-update=changed and have the new file reviewed.
    """
    move = move_of(record, limits.move, limits.assumed)
    decision = limits.decide(move.difference, lower=move.lower, upper=move.upper)
    judge(
        ("move", decision),
        note=remarks(record, move, limits.natural),
        figures=[(figures.comparison, move, record.history, decision.multiplier)],
    )


@lru_cache(maxsize=4)
def discovery_threshold(pairs, rate, move):
    """p-value at which a quantity of a session counts as moved (Benjamini-Hochberg over all of them)."""
    p_values = []
    for pair in pairs:
        try:
            moved = move_of(pair, move, 0.0)
        except NotApplicable:
            continue
        p_values.append(regression.p_value(moved.difference, moved.lower, moved.upper))
    return regression.benjamini_hochberg(p_values, rate=rate)


@pytest.mark.reads("baseline_pair", group=("parent",), faults=("first_moved",))
def check_seeds_have_not_moved(record, records, limits, judge):
    """The mean over seeds did not get worse by more than {move:.0%} of its scale (false discoveries: {rate:.0%}).

    Means: the new seeds are worse on average than the baseline's, by more than both vary from seed to seed.

    Do: as for a single run; the number of quantities that moved says whether one thing broke or the setting changed.
    """
    move = move_of(record, limits.move, 0.0)
    threshold = discovery_threshold(tuple(records.values()), limits.rate, limits.move)
    both_sides = move.lower is not None and move.upper is not None
    z = regression.critical_value_at(threshold, both_sides=both_sides)
    p = regression.p_value(move.difference, move.lower, move.upper)
    decision = limits.decide(move.difference, lower=move.lower, upper=move.upper, z=z, corrected=True)
    judge(
        ("move of the mean", decision),
        note=f"Welch p = {p:.2g}, a discovery below {threshold:.2g} among {len(records)} quantities\n"
        + remarks(record, move, limits.natural),
        figures=[(figures.comparison, move, record.history, decision.multiplier)],
    )


@pytest.mark.reads("baseline_curves", faults=("stalled", "diverged"))
def check_curve_stays_in_envelope(record, limits, judge):
    """The curve never strays for {window:.0f} rows in a row by more than {excess:.0f} times what good seeds stray.

    Means: training went another way than the baseline's seeds from that step on, even if it ended at the same numbers.

    Do: look at what happened at that step; a curve that started elsewhere points to the initialisation or the data.
    """
    around = envelope(record.step, record.baseline, record.candidate, window=int(limits.window), worse=record.worse)
    drawn, seeds = [(figures.curve, around, record.curve, limits.excess)], len(record.baseline)
    note = (
        f"{record.curve}: farthest out from step {around.step[around.at]} on, among {seeds} seeds; last value "
        f"{around.candidate[-1]:.4g} against {np.mean(around.baseline[:, -1]):.4g}"
    )
    needed = significant_excess(seeds, excess=limits.excess, tail=limits.tail)
    if limits.excess < around.excess.value <= needed:
        judge(figures=drawn)
        raise NotEnoughData(
            f"{around.excess.value:.3g} times the straying of {seeds} seeds; these are so few that chance reaches "
            f"{needed:.3g} where noise lasts: more seeds in the baseline would decide it\n{note}"
        )
    judge(limits.decide(around.excess, upper=limits.excess), note=note, figures=drawn)
