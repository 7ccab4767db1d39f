"""Features collapse onto their class means, in order, sooner with weight decay, and this is what compresses them."""

import math

import pytest

from gonogo import Estimate, NotApplicable, NotEnoughData
from gonogo.curve_operations import ending
from gonogo.log_completeness import UNKNOWN_END, largest_hole, missing_head
from gonogo.neural_collapse import curves
from gonogo.neural_collapse.compression import compression
from gonogo.neural_collapse.crossing_lead import lead
from gonogo.neural_collapse.crossing_trend import trend
from gonogo.neural_collapse.seed_spread import band, collapse_bands, seed_spread
from reports.figures import information_plane as information_figures
from reports.figures import neural_collapse as figures

pytestmark = pytest.mark.neural_collapse


INFORMATION = (
    ("nHSIC", "nhsic_zx", "nhsic_zy"),
    ("I, compressed", "mi_zx_compression", "mi_zy_compression"),
    ("I, kernel density", "mi_zx_estimation", "mi_zy_estimation"),
)


def curves_of(record):
    """Curves of a run that went to its end; a run that did not has no final state."""
    if record.ended == "diverged":
        raise NotApplicable("the run diverged; see run_reaches_its_end")
    if record.ended == "killed":
        raise NotEnoughData(
            f"killed at step {record.step[-1]} of {record.planned}: the end, and what comes before it, is not known"
        )
    return curves.collapse_curves(record.step, record.scalars)


def milestones_of(record, limits):
    """When a run fits, collapses and generalises."""
    levels = {"fit": limits.fit, "collapsed": limits.collapsed, "hold": limits.hold, "gain": limits.gain}
    return curves.milestones(curves_of(record), **levels)


def losses_of(record):
    """Columns that stop being finite when training diverges."""
    names = ("train_loss", "weight_norm", "within_class_variance", "scale_means")
    return [record.scalars[name] for name in names if name in record.scalars]


def bands_of(record):
    """What is drawn of a single run."""
    return {"this run": collapse_bands([curves.collapse_curves(record.step, record.scalars)])}


def planes_of(records):
    """Differences of information and RNC1 of the seeds of one setting, those that every run has logged."""
    steps = [record.step for record in records]
    bands = {}
    for name, zx, zy in INFORMATION:
        if all(zx in record.scalars and zy in record.scalars for record in records):
            bands[name] = band(steps, [record.scalars[zx] - record.scalars[zy] for record in records])
    return bands | {"rnc1": band(steps, [curves_of(record).rnc1 for record in records], logarithmic=True)}


@pytest.mark.reads("collapse_history", answers=True, faults=("nc1_of_another_run", "repeated_steps"))
def check_record_is_consistent(relations, limits, judge):
    """Every equation between the logged columns holds within {worst_residual:.0f} tolerance.

    Means: the log contradicts itself: columns come from different passes, or two logs were written into one.

    Do: export the log again; nothing else of this run can be judged until then.
    """
    judge.consistent(relations, limits)


@pytest.mark.reads("collapse_history", faults=("killed", "diverged"))
def check_run_reaches_its_end(record, limits, judge):
    """The log covers {share:.0%} of the configured steps with finite losses, with no hole beyond {hole:.0%} of them.

    Means: the job was killed, or training diverged; the message says which.

    Do: if killed, resume or repeat the run; if diverged, lower the learning rate.
    """
    if record.planned is None:
        raise NotEnoughData(UNKNOWN_END, "planned_end")
    whole = [n for n in range(len(record.step)) if all(math.isfinite(v[n]) for v in losses_of(record))]
    last = record.step[whole[-1]] if len(whole) > 1 else 0
    spacing = max(record.step[whole[-1]] - record.step[whole[-2]], 1) if len(whole) > 1 else 0
    lost = missing_head(record.step)
    share = Estimate(min(float(last + spacing) / record.planned, 1.0) - lost / record.planned, n=len(record.step))
    notes = {
        "killed": f"killed: the log stops at step {record.step[-1]} of {record.planned}",
        "diverged": f"diverged: losses or norms are finite for the last time at step {last}",
    }
    head = f"the rows before step {record.step[0]} are missing" if lost else ""
    judge(
        ("share of the steps", limits.decide(share, lower=limits.share)),
        ("largest hole", limits.decide(largest_hole(record.step, record.planned), upper=limits.hole)),
        note="\n".join(filter(None, [notes.get(record.ended, ""), head])),
        cause=record.ended if record.ended in notes else "killed",
        advice="lower the learning rate, or clip the gradient." if record.ended == "diverged" else "",
    )


@pytest.mark.reads("collapse_history", faults=("frozen_within", "vanishing", "diverged"))
def check_collapse_reached(record, limits, judge):
    """At the end RNC1 is at most {rnc1:g}, having fallen to {fall:.2g} of what it was at the fit.

    The class means stay apart by {separation:g} of the squared mean norm, and the training accuracy is {fit:g}.

    Means: features still vary within classes, or all of them vanished into one point, which the score alone cannot
    tell from collapse.

    Do: look at RNC1 over time. Still falling: train longer or raise the weight decay. Vanished: lower it.
    """
    if record.ended == "diverged":
        judge(
            limits.decide(Estimate(math.nan), upper=limits.rnc1),
            note="the run diverged: no features are left",
            cause="diverged",
            advice="see run_reaches_its_end: a run that diverged collapses nowhere, however long it trains.",
        )
        return
    run = curves_of(record)
    judge(figures=[(figures.dynamics, bands_of(record), limits.rnc1)])
    end = ending(run.rnc1, logarithmic=True)
    parts = [
        ("log10 RNC1", limits.decide(end, upper=math.log10(limits.rnc1))),
        ("separation of class means", limits.decide(ending(run.separation), lower=limits.separation)),
        ("training accuracy", limits.decide(ending(run.train_accuracy), lower=limits.fit)),
    ]
    try:
        start = curves.at(run, run.rnc1, curves.fitting(run, limits.fit).step)
    except NotApplicable as reason:
        note = str(reason)
    else:
        note = ""
        fall = end.minus(math.log10(start))
        parts.append(("log10 of RNC1 over RNC1 at the fit", limits.decide(fall, upper=math.log10(limits.fall))))
    judge(*parts, note=note, figures=[(figures.dynamics, bands_of(record), limits.rnc1)])


@pytest.mark.reads("collapse_history", faults=("late_collapse", "swapped"))
def check_fit_collapse_generalise_in_order(record, limits, judge):
    """The run fits (accuracy {fit:g}), then collapses (RNC1 {collapsed:g}), and generalises not before it collapses.

    Generalisation may come {tolerance:g} decades early; it is 90 % of the rise of the test accuracy after the fit.

    Means: test accuracy rose before classes contracted to this level, so contraction to it cannot be the cause.

    Do: compare the times in the figure; an order that flips with the level is no order.
    """
    stones = milestones_of(record, limits)
    drawn = [(figures.dynamics, bands_of(record), limits.collapsed, None, stones)]
    parts, open_parts = [], []
    for name, first, second, lower in (
        ("fit before collapse", stones.fit, stones.collapse, 0.0),
        ("fit before generalisation", stones.fit, stones.generalisation, 0.0),
        ("collapse before generalisation", stones.collapse, stones.generalisation, -limits.tolerance),
    ):
        try:
            gap = lead(first, second)
        except NotEnoughData as reason:
            open_parts.append(f"{name}: {reason}")
            continue
        value = gap.estimate.value
        if (gap.side == "at least" and value < lower) or (gap.side == "at most" and value >= lower):
            open_parts.append(f"{name}: {gap.side} {value:.2f} decades; needs a longer run")
        else:
            parts.append((f"{name}, {gap.side}".strip(", "), limits.decide(gap.estimate, lower=lower)))
    judge(figures=drawn)
    if open_parts and all(decision.verdict == "pass" for _, decision in parts):
        raise NotEnoughData("; ".join(open_parts))
    judge(*parts, figures=drawn)


@pytest.mark.reads(
    "collapse_history",
    group=("parent", "config.model", "config.optimizer", "config.train_size"),
    faults=("reversed_decay", "swapped_collapse"),
)
def check_faster_with_weight_decay(records, limits, judge):
    """More weight decay brings generalisation sooner, and collapse too: trends over seeds with p below {p:g} each.

    A run in which the event is not seen counts as later than its end.

    Means: in this sweep weight decay does not set the time scale, or runs are labelled with the wrong one.

    Do: look at the crossings in the figure; check the configurations of the runs that stand out.
    """
    live, left_out = [], []
    for run, record in records.items():
        try:
            if not record.config.get("weight_decay"):
                raise NotApplicable("no weight decay in its configuration")
            live.append((record, milestones_of(record, limits)))
        except (NotApplicable, NotEnoughData) as reason:
            left_out.append(f"{run}: {reason}")
    if len({record.config["weight_decay"] for record, _ in live}) < 2:
        raise NotApplicable("; ".join(["a sweep needs two weight decays", *left_out]))
    decay = [record.config["weight_decay"] for record, _ in live]
    seed = [str(record.config.get("seed")) for record, _ in live]
    parts, drawn, notes, undecided = [], {}, [], False
    for name in ("generalisation", "collapse"):
        times = [getattr(stones, name) for _, stones in live]
        seen = sum(time.seen for time in times)
        try:
            found = drawn[name] = trend(decay, seed, times)
        except NotEnoughData as reason:
            undecided = True
            notes.append(f"{name}: seen in {seen} of {len(times)} runs; {reason}")
            continue
        notes.append(
            f"{name}: seen in {seen} of {len(times)} runs, step ~ weight decay^({found.slope.value:.2f} ± "
            f"{found.slope.se:.2f})"
        )
        if min(found.sooner, found.later) < limits.p:
            parts.append(
                (f"p of no trend, {name}", limits.decide(Estimate(found.sooner, n=found.pairs), upper=limits.p))
            )
        else:
            undecided = True
            notes.append(f"{name}: p = {found.sooner:.3g} of no trend, {found.pairs} pairs; needs more seeds")
    note = "; ".join(notes + ([f"left out: {', '.join(left_out)}"] if left_out else []))
    settings = {}
    for record, _ in sorted(live, key=lambda entry: -entry[0].config["weight_decay"]):
        settings.setdefault(f"weight decay {record.config['weight_decay']:g}", []).append(record)
    bands = {label: collapse_bands([curves_of(run) for run in runs]) for label, runs in settings.items()}
    planes = {label: planes_of(runs) for label, runs in settings.items()}
    pictures = [(figures.dynamics, bands), (figures.planes, planes)]
    judge(figures=[*([(figures.crossings, drawn)] if drawn else []), *pictures])
    if undecided and all(decision.verdict == "pass" for _, decision in parts):
        raise NotEnoughData(note)
    judge(*parts, note=note, figures=judge.figures)


@pytest.mark.reads("collapse_history", faults=("shrinking_only", "information_grows"))
def check_information_compresses(record, limits, judge):
    """I(Z;X) - I(Z;Y) falls to {fall:.0%} after the fit, along with RNC1 at equal scale, and I(Z;Y) stays.

    Correlation with RNC1 given the scale of the features at least {association:g}; I(Z;Y) at least {kept:.0%}.

    Means: nothing is compressed, labels are forgotten, or features only shrink, which lowers every nHSIC.

    Do: record features and inputs, so that information can be compared at one scale; where the correlation is not
    known well enough, log more often.
    """
    run = curves_of(record)
    fitted = curves.fitting(run, limits.fit)
    found = {
        name: compression(run, record.scalars[zx], record.scalars[zy], fitted, match=limits.match)
        for name, zx, zy in INFORMATION
        if zx in record.scalars and zy in record.scalars
    }
    if not found:
        raise NotApplicable("the log has no nhsic_zx, nhsic_zy, nor mi_zx_*, mi_zy_*")
    drawn = [(information_figures.over_time, found), (information_figures.against_scale, found)]
    parts, note = [], ""
    for name, part in found.items():
        parts.append((f"{name}: end over maximum", limits.decide(part.fall, upper=limits.fall)))
        parts.append((f"{name}: correlation with RNC1", limits.decide(part.association, lower=limits.association)))
        if name != "nHSIC":
            continue
        kept = limits.decide(part.kept, lower=limits.kept)
        if kept.verdict == "fail" and part.shrinkage > limits.shrinkage:
            note = f"I(Z;Y) is confounded by scale: features shrank {part.shrinkage:.1f} times and it fell with them"
        else:
            parts.append((f"{name}: I(Z;Y) kept", kept))
    judge(figures=drawn)
    if note and all(decision.verdict == "pass" for _, decision in parts):
        raise NotEnoughData(note)
    judge(*parts, note=note, figures=drawn)


@pytest.mark.reads(
    "collapse_history",
    group=("parent", "config.model", "config.optimizer", "config.weight_decay", "config.num_steps"),
    faults=("strange_seed", "shifted_grid"),
)
def check_seeds_agree(records, limits, judge):
    """Final RNC1 spreads over seeds by at most {spread:g} decades, on {common:.0%} common and {finite:.0%} finite rows.

    Means: one run is of another setting, or was logged on other steps; a mean over these seeds means little.

    Do: look at the run that the message names.
    """
    settings, left_out = {}, []
    for run, record in records.items():
        try:
            settings.setdefault(record.config.get("weight_decay"), {})[run] = curves_of(record)
        except (NotApplicable, NotEnoughData) as reason:
            left_out.append(f"{run}: {reason}")
    notes = [f"left out: {', '.join(left_out)}"] if left_out else []
    enough = {decay: runs for decay, runs in settings.items() if len(runs) >= limits.seeds}
    if not enough:
        most = max(map(len, settings.values()), default=0)
        raise NotApplicable("; ".join([f"{limits.seeds:.0f} complete seeds of one setting needed, got {most}", *notes]))
    parts, drawn, odd = [], {}, []
    for decay, runs in enough.items():
        found = seed_spread([run.step for run in runs.values()], [run.rnc1 for run in runs.values()])
        drawn |= {f"{name}": collapse_bands([run]) for name, run in runs.items()}
        odd.append(list(runs)[found.odd])
        where = f"weight decay {decay}"
        parts.append((f"{where}: spread", limits.decide(found.spread, upper=limits.spread)))
        parts.append((f"{where}: common rows", limits.decide(found.common, lower=limits.common)))
        parts.append((f"{where}: finite rows", limits.decide(found.finite, lower=limits.finite)))
        notes.append(f"{where}: farthest from the others is {list(runs)[found.odd]} (by {found.odd_by:.2f})")
    judge(*parts, note="; ".join(notes), figures=[(figures.dynamics, drawn, None, None, None, odd)])


@pytest.mark.reads("collapse_history", faults=("frozen_test",))
def check_late_generalisation(record, limits, judge):
    """The test accuracy gains at least {gain:g} after the training data are fitted.

    Asked where it was more than {gap:g} below the training accuracy at the fit.

    Means: the run memorises and stays there.

    Do: train longer or raise the weight decay. If inconclusive, record config.test_size: the size of a test set of more
    than 20,000 samples cannot be told from its accuracies, and one of 1000 leaves a standing gain of 0 undecided.
    """
    run = curves_of(record)
    fitted = curves.fitting(run, limits.fit)
    gap = curves.at(run, run.train_accuracy, fitted.step) - curves.at(run, run.test_accuracy, fitted.step)
    if gap <= limits.gap:
        raise NotApplicable(f"no late generalisation to expect: at the fit the test accuracy is {gap:.3f} behind")
    gain = curves.accuracy_gain(run, fitted, samples=record.config.get("test_size"))
    judge(limits.decide(gain, lower=limits.gain), figures=[(figures.dynamics, bands_of(record))])
