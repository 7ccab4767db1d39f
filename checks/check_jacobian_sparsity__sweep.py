"""A sweep over the penalty pays: sparser at a bounded cost."""

import numpy as np
import pytest

from gonogo import Estimate, NotApplicable, NotEnoughData, jacobian_sparsity
from reports.figures import jacobian_causes as cause_figures

pytestmark = pytest.mark.jacobian_sparsity


@pytest.mark.reads(
    "jacobian_sweep",
    answers=True,
    faults=("one_threshold", "hoyer_of_another_run", "stopped_early", "too_many_elements"),
)
def check_run_is_consistent(relations, limits, judge):
    """Scores of a run agree with their definitions and with each other within {worst_residual:.0f} tolerance.

    Means: equal counts above different thresholds are those of the last one; other breaks are scores of another run, or
    a run that is called finished and is not.

    Do: evaluate the run again with a corrected evaluation.
    """
    judge.consistent(relations, limits)


def curve_of(records):
    """Finished runs of a sweep, and a sentence about the others."""
    finished = [record for record in records.values() if record.finished]
    left_out = [f"{run} ({record.state})" for run, record in records.items() if not record.finished]
    text = f"{len(finished)} finished runs" + (f"; left out: {', '.join(left_out)}" if left_out else "")
    return finished, text


@pytest.mark.reads(
    "jacobian_sweep", group=("parent", "project", "budget", "k"), faults=("reordered", "inert", "costly")
)
def check_sparsity_pays(records, limits, judge):
    """Over a sweep, some coefficient leaves {ratio:.0%} of the elements above {threshold:g}, losing {loss:g} at most.

    Means: within this sweep, a smaller Jacobian is paid for with reconstruction, or the penalty has no effect.

    Do: look at the curve: extend the coefficients where it is still cheap, train longer where it is not.
    """
    finished, text = curve_of(records)
    usable = [record for record in finished if record.fraction(limits.threshold) is not None]
    if len({record.coefficient for record in usable}) < limits.coefficients:
        raise NotApplicable(
            f"{len({r.coefficient for r in usable})} coefficients; a curve needs {limits.coefficients:g}; {text}"
        )
    curve = jacobian_sparsity.trade_off(
        [record.coefficient for record in usable],
        [record.fraction(limits.threshold) for record in usable],
        [(record.score + record.score_out) / 2 for record in usable],
    )
    if curve.decades < limits.decades:
        raise NotEnoughData(f"coefficients span {curve.decades:.2g} decades, needs {limits.decades:g}; {text}")
    pictures = [(cause_figures.trade_off, curve, limits.threshold, limits.ratio, limits.loss)]
    smallest = Estimate(float(curve.ratio.min()), n=len(usable))
    parts = [
        ("rank correlation of coefficient and share", limits.decide(Estimate(curve.rank_correlation, n=len(usable)),
                                                                    upper=limits.correlation)),
        ("smallest share, relative to coefficient 0", limits.decide(smallest, upper=limits.ratio)),
    ]  # fmt: skip
    cost = curve.cost(limits.ratio)
    if cost is not None:
        if np.isnan(cost.se):
            # One seed each: the runs tell no error, so one is assumed and a smaller margin decides nothing.
            cost = Estimate(cost.value, limits.unseeded)
            text += f"; one seed a coefficient, so an s.e. of {limits.unseeded:g} is assumed for the loss"
        parts.append(("loss of score there", limits.decide(cost, upper=limits.loss)))
    if curve.dominated.any():
        text += "; another coefficient is better in both than " + ", ".join(
            f"{c:g}" for c in curve.coefficient[curve.dominated]
        )
    judge(*parts, note=text, figures=pictures)


@pytest.mark.reads("jacobian_sweep", group=("parent", "project", "budget", "k"), faults=("merely_smaller",))
def check_sweep_is_sparser(records, limits, judge):
    """Within tokens, some coefficient raises Hoyer's sparsity by {gain:g} over coefficient 0, whatever the size.

    Means: along the whole sweep the Jacobian only shrinks: its shape within a token stays what it is without penalty.

    Do: see sparser_not_merely_smaller; counts above a threshold cannot tell the difference.
    """
    finished, text = curve_of(records)
    measured = [record for record in finished if None not in (record.hoyer, record.spread)]
    if not measured:
        raise NotApplicable(f"no finished run recorded Hoyer's measure and L1/(√n L2); {text}")
    gain = jacobian_sparsity.scale_free_gain(
        [record.coefficient for record in measured],
        [record.hoyer for record in measured],
        [record.spread for record in measured],
        [np.nan if record.kurtosis is None else record.kurtosis for record in measured],
    )
    error = limits.unseeded
    judge(
        (
            "gain of Hoyer's measure",
            limits.decide(Estimate(gain.hoyer_gain, error, n=len(measured), counted="runs"), lower=limits.gain),
        ),
        (
            "L1/(√n L2), relative to coefficient 0",
            limits.decide(Estimate(gain.spread_ratio, error, n=len(measured), counted="runs"), upper=limits.spread),
        ),
        note=f"best at coefficient {gain.best:g}; {text}; an s.e. of {limits.unseeded:g} is assumed between seeds",
        figures=[(cause_figures.scale_free, gain, limits.gain)],
    )
