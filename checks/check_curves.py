"""Any tracked curve: logged to the planned end, finite, falling, without divergence or spikes."""

import numpy as np
import pytest

from gonogo import Estimate, NotApplicable, NotEnoughData
from gonogo.curves import (
    covered_share,
    dead_share,
    improvement,
    largest_spike,
    not_finite,
    rise_over_minimum,
)
from reports.figures import curves as figures

pytestmark = pytest.mark.curves
ENDED = {"killed": "it was killed", "crashed": "it ended with an error", "running": "its tracker calls it running"}
UNKNOWN_END = "no setting says how long the run was meant to be, so a killed run would look complete"
# How many of the runs beside it a run is compared with.
NEAREST = 30


@pytest.mark.reads("tracked_run", answers=True, faults=("wrong_step",))
def check_record_is_consistent(relations, limits, judge):
    """Steps are counted from 0 on and increase, within {worst_residual:g} tolerances.

    Means: points of several runs, or of a restart, stand in one series; no curve can be read from them.

    Do: log each run into a store of its own; after a restart continue from the step of the checkpoint.
    """
    judge.consistent(relations, limits)


@pytest.mark.reads("tracked_run", faults=("truncated",))
def check_log_is_complete(record, limits, judge):
    """The log covers {share:.1%} of the planned steps, from its beginning on, and its store says nothing else.

    Means: the run was killed, crashed, or still goes on; what its last steps would have shown is not known.

    Do: look at the job's own log; train to the end, or set the planned length to what was wanted.
    """
    steps = record.steps
    planned = "an unknown number" if record.planned is None else f"{record.planned:g} ({record.planned_key})"
    note = f"{len(steps)} logged steps from {steps[0]:g} to {steps[-1]:g} of {planned}"
    note = "; ".join([note, *([ENDED[record.state]] if record.state in ENDED else []), *record.notes])
    covered = covered_share(steps, record.planned)
    if record.state in ENDED or record.truncated:
        # What the store says of the end is exact: the share is what is known to be missing at the least.
        judge(
            limits.decide(Estimate(min(np.nan_to_num(covered.value), limits.share - 1e-3)), lower=limits.share),
            note=note,
            cause="killed",
        )
    elif record.planned is None:
        if record.state != "finished":
            raise NotEnoughData(f"{UNKNOWN_END}; {note}", "planned_end")
        judge(limits.decide(Estimate(1.0), lower=limits.share), note=f"its tracker says that it finished; {note}")
    else:
        judge(limits.decide(covered, lower=limits.share), note=note, cause="killed")


@pytest.mark.reads("tracked_run", faults=("missing_loss",))
def check_metrics_are_present(record, peers, limits, judge):
    """At most {lacking:g} metrics are missing: those that gates name, and losses that most runs beside it log.

    A run that logs gradients or a learning rate logs a training loss as well.

    Means: logging of the metric was lost, or it has another name in this run; nothing says how it went.

    Do: log it, say what it is called in [names] of gonogo.toml, or declare its gate optional.
    """
    lacking = list(record.lacking)
    beside = [peer for peer in peers.where({"source": record.source}, nearest=NEAREST).values() if _alike(record, peer)]
    for name in dict.fromkeys(name for peer in beside for name in (*peer.training_losses, *peer.validation_losses)):
        log_it = sum(name in peer.series for peer in beside)
        if name not in record.series and 2 * log_it > len(beside):
            lacking.append(f"{name} (logged by {log_it} of {len(beside)} runs beside it)")
    if record.usual and not record.training_losses and record.signs_of_training:
        lacking.append(f"a training loss (it logs {', '.join(record.signs_of_training[:3])})")
    note = f"missing: {', '.join(lacking)}" if lacking else f"logged: {', '.join(list(record.series)[:12])}"
    judge(limits.decide(Estimate(float(len(lacking)), unit="metrics"), upper=limits.lacking), note=note)


def _alike(record, peer):
    """Whether two runs log the same kind of metrics, one or two of them aside."""
    one, other = set(record.series), set(peer.series)
    return len(one & other) >= 0.5 * len(one | other)


@pytest.mark.reads("tracked_run", faults=("swapped",))
def check_roles_are_plausible(record, limits, judge):
    """A validation loss is logged at most {ratio:g} times as often as the training loss.

    Means: the two have probably been swapped, and the gap between them has the wrong sign.

    Do: look at where the two are logged.
    """
    if not record.training_losses or not record.validation_losses:
        raise NotApplicable("a training loss and a validation loss are compared, and both are not there")
    points = {name: len(record.series[name].step) for name in (*record.training_losses, *record.validation_losses)}
    train, held = max(points[name] for name in record.training_losses), record.validation_losses
    worst = max(held, key=lambda name: points[name])
    note = f"{worst} has {points[worst]} points, the training loss {train}"
    judge(limits.decide(Estimate(points[worst] / train, n=len(points)), upper=limits.ratio), note=note)


@pytest.mark.reads("tracked_run", each="metric", cases="curve_is_finite", faults=("not_a_number",))
def check_curve_is_finite(record, metric, limits, judge):
    """At most {share:.0%} of a loss's points from step {after:g} on are no number; of a gradient's {overflow:.0%}.

    The last points are finite in either case. Mixed precision scales the loss until gradients overflow now and then.

    Means: training broke down there; what follows is noise.

    Do: look at the step before the first of them: learning rate, a batch with bad data, overflow in half precision.
    """
    curve = record.curve(metric)
    share, first = not_finite(curve.step, curve.value, after=limits.after)
    usual_gradient = metric not in (*record.training_losses, *record.validation_losses) and not limits.declared
    upper = limits.overflow if usual_gradient and np.isfinite(curve.value[-3:]).any() else limits.share
    note = "" if first is None else f"first at step {first:g}"
    judge(limits.decide(share, upper=upper), note=note, figures=[(figures.curve, curve.step, curve.value, metric)])


@pytest.mark.reads("tracked_run", each="metric", cases="curve_has_not_diverged", faults=("diverged",))
def check_curve_has_not_diverged(record, metric, limits, judge):
    """A loss ends at most {rise:.0%} of what it had gained above its lowest level; on other data {overfit:.0%}.

    Means: training came apart and has not recovered; the end of the run is worse than its middle.

    Do: lower the learning rate, clip gradients, and start again from the checkpoint at the lowest level.
    """
    curve = record.curve(metric)
    held = metric in record.validation_losses and not limits.declared
    rise = rise_over_minimum(curve.value)
    judge(
        limits.decide(rise, upper=limits.overfit if held else limits.rise),
        figures=[(figures.curve, curve.step, curve.value, metric)],
    )


@pytest.mark.reads("tracked_run", each="metric", cases="curve_has_no_spikes", faults=("spiked",))
def check_curve_has_no_spikes(record, metric, limits, judge):
    """No point jumps more than {above:g} robust standard deviations above the curve around it.

    Jumps under {size:.0%} of what the loss has gained do not count.

    Means: a bad batch, an overflow or too large a step; what was learned may be partly lost there.

    Do: look at the data and the gradient norm of that step; clip gradients, or skip such batches.
    """
    curve = record.curve(metric)
    spike, at = largest_spike(curve.value, size=limits.size)
    note = "" if at is None else f"largest at step {curve.step[at]:g}: {curve.value[at]:.4g}"
    judge(
        limits.decide(spike, upper=limits.above),
        note=note,
        figures=[(figures.curve, curve.step, curve.value, metric, None if at is None else curve.step[at])],
    )


@pytest.mark.reads("tracked_run", each="metric", cases="curve_has_improved", faults=("stuck",))
def check_curve_has_improved(record, metric, limits, judge):
    """A loss ends at least {by:.1%} below where it began.

    Means: nothing was learned: the optimiser does not step, gradients do not reach the weights, or labels are noise.

    Do: check the learning rate, what is frozen, and that the loss depends on the parameters.
    """
    curve = record.curve(metric)
    gained = improvement(curve.value)
    judge(limits.decide(gained, lower=limits.by), figures=[(figures.curve, curve.step, curve.value, metric)])


@pytest.mark.reads("tracked_run", each="metric", cases="curve_is_alive", faults=("frozen",))
def check_curve_is_alive(record, metric, limits, judge):
    """A loss keeps one exact value over less than {share:.0%} of its points at the end.

    Means: the same number is logged again and again: the value is stale, or the loss was replaced after NaN.

    Do: log the loss of the step itself; the Hugging Face Trainer's logging_nan_inf_filter writes 0.0 for NaN.
    """
    curve = record.curve(metric)
    if len(curve.value) < limits.points:
        raise NotEnoughData(f"{limits.points:g} points are needed, got {len(curve.value)}")
    judge(
        limits.decide(dead_share(curve.value), upper=limits.share),
        figures=[(figures.curve, curve.step, curve.value, metric)],
    )
