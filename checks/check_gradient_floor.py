"""The true gradient stays above its floor, the stream below its ceiling, and depth is worth its cost."""

import numpy as np
import pytest

from gonogo import NotApplicable, NotEnoughData, log_completeness
from gonogo.gradient_floor import gradient_floor, proportions, residual_stream
from gonogo.gradient_floor.credit_mechanism import credit_mechanism
from gonogo.gradient_floor.floor import Trajectory
from reports.figures import gradient_floor as figures

pytestmark = pytest.mark.gradient_floor

# How many other runs a picture shows; all of a sweep would be a blot.
NEIGHBOURS = 24
SETTING = ("config.data", "config.width", "config.depth")
# A stream a thousand times too large is too large however it is normalised; an accuracy is compared like with like.
BASELINE = (*SETTING, "config.norm")
SCALAR_BLOCK = 2


def norms_of(record, name):
    """Norms per block with the blocks' numbers; of the one block that a log without lists has."""
    if name in record.profiles:
        return record.profiles[name], tuple(range(record.profiles[name].shape[1]))
    if name in record.scalars:
        return record.scalars[name][:, None], (SCALAR_BLOCK,)
    key = {"stream": "hidden_norms or h_L_norm", "gradient": "bp_grad_norms_per_sample_med or g_2_norm"}[name]
    raise NotApplicable(f"the log has no {key}")


def mechanism_of(record, block, until=None):
    """Why the gradient at a block fell."""
    (stream, _), (gradient, blocks) = norms_of(record, "stream"), norms_of(record, "gradient")
    if stream.shape != gradient.shape:
        stream, gradient = stream[:, -1:], gradient[:, [blocks.index(block)]]
    accuracy = record.scalars.get("train_accuracy", record.scalars.get("test_accuracy"))
    column = blocks.index(block) if gradient.shape[1] > 1 else 0
    return credit_mechanism(record.step, stream, gradient, column=column, until=until, accuracy=accuracy)


def trajectory_of(record, *, judged, block=SCALAR_BLOCK):
    """Curves of one run for the picture of all runs."""
    blank = np.full(len(record.step), np.nan)
    stream, gradient = (norms_of(record, name) if has(record, name) else None for name in ("stream", "gradient"))
    config = record.config
    label = config["method"] + (f" λ={config['penalty']:g}" if config["penalty"] else "")
    column = gradient[1].index(block) if gradient and block in gradient[1] else None
    return Trajectory(
        label or "run",
        judged,
        record.step,
        stream[0][:, -1] if stream else blank,
        blank if column is None else gradient[0][:, column],
        record.scalars.get("test_accuracy", blank),
    )


def has(record, name):
    """Whether a log has some norms."""
    return name in record.profiles or name in record.scalars


def setting_of(record, keys=SETTING):
    """Criteria for runs of the same data and network, as far as the log says what they are."""
    known = {key: record.config.get(key.removeprefix("config.")) for key in keys}
    return {key: value for key, value in known.items() if value is not None}


def picture(records, peers):
    """Trajectories of the runs under judgement and of the nearest others of their setting."""
    others = peers.where(setting_of(records[0]), nearest=NEIGHBOURS).values()
    rest = [trajectory_of(other, judged=False) for other in others if not any(other is r for r in records)]
    return [*rest, *(trajectory_of(record, judged=True) for record in records)]


def reference_of(record, peers, method, keys=SETTING):
    """Run by another method to compare with: of the same setting, of the same seed if there is one; None if none."""
    criteria = {"config.method": method, **setting_of(record, keys)}
    same_seed = peers.where(criteria | {"config.seed": record.config.get("seed")}, nearest=1)
    found = same_seed or peers.where(criteria, nearest=1)
    return next(iter(found.items()), (None, None))


def level_drawn(frozen, limits):
    """Accuracy that the verdict compares with, for the picture: the user's, or the mean of these frozen runs' last."""
    if limits.baseline > 0:
        return limits.baseline
    ends = [run.scalars["test_accuracy"][-1] for run in frozen if run is not None and "test_accuracy" in run.scalars]
    return float(np.mean(ends)) if ends else None


def sample_size(record, other):
    """Number of test samples: recorded, by the other run on the same data, or the smallest that fits."""
    for candidate in (record, other):
        if candidate is not None and candidate.config.get("n_test"):
            return int(candidate.config["n_test"])
    return proportions.smallest_sample(record.scalars["test_accuracy"])


def final_accuracy(record):
    """Test accuracy at the end; NaN if the run lost it.

    Raises
    ------
    NotApplicable
        Without accuracies.
    NotEnoughData
        If the run was killed.
    """
    if "test_accuracy" not in record.scalars:
        raise NotApplicable("the log has no test accuracy (acc_eval)")
    if record.ended == "killed":
        raise NotEnoughData(f"the run was killed at epoch {record.step[-1]}: it has no final accuracy")
    return float(record.scalars["test_accuracy"][-1])


@pytest.mark.reads("feedback_log", answers=True, faults=("percentage", "repeated_epoch", "foreign_stream"))
def check_record_is_consistent(relations, limits, judge):
    """Epochs increase, norms and accuracies are possible, what stands twice agrees: {worst_residual:.0f} tolerance.

    Means: the file contradicts itself: two runs in one file, a resumed job that repeated epochs, or percentages.

    Do: write the log again from the run's own data; nothing else of this run can be judged until then.
    """
    judge.consistent(relations, limits)


@pytest.mark.reads("feedback_log", faults=("vanishing_gradient", "underflowing_gradient", "gradient_not_a_number"))
def check_gradient_above_floor(record, peers, limits, judge):
    """The true gradient at block {block:.0f} stays above {floor:g}, in three logged epochs in a row and in the last.

    Means: below it, whatever is compared with backpropagation is a ratio of rounding noise; the deep blocks no longer
    learn, while the accuracy may look stable for long. The message says whether it died or the run has fitted.

    Do: stop the run at the epoch that is named. If the stream cancels the gradient, penalise the residual branches or
    normalise them; if the run has fitted, measure alignment at an earlier epoch.
    """
    gradient, blocks = norms_of(record, "gradient")
    found = gradient_floor(record.step, gradient, limits.floor, block=int(limits.block), blocks=blocks)
    cause = mechanism_of(record, int(limits.block), found.level.first) if has(record, "stream") else None
    pictures = [(figures.blocks, found, cause), (figures.trajectories, picture([record], peers), limits.floor)]
    worst, last = (limits.decide(e, lower=float(np.log10(limits.floor))) for e in (found.level.worst, found.level.last))
    lowest = f"{10**found.level.worst.value:.2g}" if np.isfinite(found.level.worst.value) else "no positive number"
    notes = [f"lowest sustained g: {lowest}, last g = {found.level.values[-1]:.2g}"]
    if found.level.first is not None:
        notes.append(f"first epoch below {limits.floor:g}, by block: {found.first_epochs}")
    if found.level.dips:
        notes.append(f"not sustained: below it at epoch {', '.join(map(str, found.level.dips))}")
    if not np.isfinite(found.level.values[-1]):
        sound = record.step[np.isfinite(found.level.values)]
        notes.append(f"g is a number up to epoch {sound[-1]} only" if len(sound) else "g is never a number")
    if cause is not None:
        notes.append(f"gradient at block {int(limits.block)}: {cause.text}")
        if np.isfinite(found.level.worst.value) and cause.label.startswith("fitted") and worst.verdict == "fail":
            judge(figures=pictures)
            raise NotEnoughData(
                "below the floor, but by fitting: the gradient has not died, and no comparison with backpropagation "
                "can be made there\n" + "\n".join(notes)
            )
    judge(("lowest level", worst), ("last epoch", last), note="\n".join(notes), figures=pictures)


@pytest.mark.reads("feedback_log", faults=("exploding_stream",))
def check_stream_below_ceiling(record, peers, limits, judge):
    """The residual stream stays within {ratio:.0f} times that of the same network trained by backpropagation.

    Means: the stream explodes; a normalisation at the output hides that, and divides every gradient by it.

    Do: penalise or normalise the residual branches; stop such a run at the epoch that the message names.
    """
    stream, _ = norms_of(record, "stream")
    run, reference = reference_of(record, peers, "bp")
    if limits.reference > 0:
        run, epoch, norm = "gonogo.toml", [0], [limits.reference]
    elif reference is not None and has(reference, "stream"):
        epoch, norm = reference.step, norms_of(reference, "stream")[0][:, -1]
    elif record.config["method"] == "bp":
        raise NotApplicable("this run is the reference itself, and there is no other by backpropagation")
    else:
        raise NotApplicable(
            "no run with method bp and the same data, width and depth beside it, and no "
            "gradient_floor.stream_below_ceiling.reference in gonogo.toml"
        )
    found = residual_stream.stream_ratio(record.step, stream[:, -1], epoch, norm, limits.ratio)
    highest = 10**found.ratio.worst.value if found.ratio.worst.value < 300 else np.inf
    notes = [f"highest sustained ratio {highest:.3g} to {run}, last h = {found.stream[-1]:.4g}"]
    if found.ratio.first is not None:
        notes.append(f"above the ceiling from epoch {found.ratio.first} of {record.step[-1]} on")
    elif highest > limits.notable:
        notes.append(f"more than {limits.notable:g} times the reference: worth a look")
    if has(record, "gradient"):
        _, blocks = norms_of(record, "gradient")
        notes.append(f"gradient at block {blocks[-1]}: {mechanism_of(record, blocks[-1], found.ratio.first).text}")
    upper = float(np.log10(limits.ratio))
    judge(
        ("highest level", limits.decide(found.ratio.worst, upper=upper)),
        ("last epoch", limits.decide(found.ratio.last, upper=upper)),
        note="\n".join(notes),
        figures=[(figures.ceiling, found, run), (figures.trajectories, picture([record], peers), None)],
    )


@pytest.mark.reads("feedback_log", faults=("one_block_explodes",))
def check_block_growth_bounded(record, limits, judge):
    """No block multiplies the norm of the residual stream by more than {growth:g} for three logged epochs in a row.

    Means: one block's output drowns what the stream carried before it; the blocks before it no longer matter.

    Do: look at the block that is named: its scale, its penalty, its normalisation.
    """
    if "stream" not in record.profiles:
        raise NotApplicable("the log has no norms per block (hidden_norms)")
    found, steepest = residual_stream.block_growth(record.step, record.profiles["stream"], limits.growth)
    note = f"steepest at block {steepest}: {found.values.max():.3g}"
    if found.first is not None:
        note += f"; beyond the limit from epoch {found.first} on"
    judge(
        limits.decide(found.worst, upper=float(np.log10(limits.growth))),
        note=note,
        figures=[(figures.growth, found, record.profiles["stream"])],
    )


HOW_TO_PAIR = (
    "log correct_eval = [1, 0, ...], whether each test sample is right at the end, all runs in one order: at the top "
    "of the JSON or in its last row; runs are then compared sample by sample (McNemar)"
)


def gain_over(record, run, frozen, baseline):
    """Gain in final test accuracy over a run with frozen blocks, or over a number; how it was found, and found better.

    Raises
    ------
    NotEnoughData
        If the size of the test set is not known.
    """
    accuracy = final_accuracy(record)
    level = baseline if frozen is None else final_accuracy(frozen)
    shapes = [None if each is None or each.correct is None else each.correct.shape for each in (record, frozen)]
    if None not in shapes and shapes[0] == shapes[1]:
        gain = proportions.paired_proportion_difference(record.correct, frozen.correct)
        how, better = "sample by sample", ""
    else:
        n = sample_size(record, frozen)
        if n is None:
            raise NotEnoughData("the number of test samples is not known: write config.n_test")
        gain, how = proportions.proportion_difference(accuracy, n, level, n), "as independent samples"
        lacking = [name for name, shape in zip(("this run", run), shapes, strict=True) if shape is None]
        why = f"no correct_eval in {' and in '.join(lacking)}" if lacking else "correct_eval of different lengths"
        better = f"; {why}: {HOW_TO_PAIR}" if run else ""
    return gain, f"{accuracy:.4g} against {level:.4g} ({run or 'gonogo.toml'}), {gain.n} test samples, {how}", better


@pytest.mark.reads("feedback_log", faults=("useless_depth",))
def check_accuracy_over_frozen_baseline(record, peers, limits, judge):
    """Final test accuracy exceeds that of the same network with frozen blocks by {margin:.3f}.

    Means: training the blocks was not worth it: an untrained stack with a trained output does as well.

    Do: if inconclusive, record correct_eval (a list of 0 and 1, one a test sample in one order for all runs, at the top
    of the JSON or in its last row) so that both runs are compared sample by sample, test on more samples, or train more
    seeds; else change the method.
    """
    if record.config["method"] == "frozen":
        raise NotApplicable("this run is the frozen baseline itself")
    final_accuracy(record)
    run, frozen = (None, None) if limits.baseline > 0 else reference_of(record, peers, "frozen", BASELINE)
    if frozen is None and not limits.baseline > 0:
        raise NotApplicable(
            "no run with frozen blocks and the same data, width and depth beside it, and no "
            "gradient_floor.accuracy_over_frozen_baseline.baseline in gonogo.toml"
        )
    pictures = [(figures.trajectories, picture([record], peers), None, limits.margin, level_drawn([frozen], limits))]
    judge(figures=pictures)
    gain, note, better = gain_over(record, run, frozen, limits.baseline)
    decision = limits.decide(gain, lower=limits.margin)
    judge(decision, note=note + better * (decision.verdict == "inconclusive"), figures=pictures)


@pytest.mark.reads("feedback_log", group=("config.method", "config.penalty", *BASELINE), faults=("useless_depth",))
def check_seeds_over_frozen_baseline(records, peers, limits, judge):
    """Over seeds, final test accuracy exceeds that with frozen blocks by {margin:.3f} on average.

    Seeds are known to spread by {spread:g} beside the error of their test sets, as from {spread_dof:.0f} further ones.

    Means: what one seed gains is luck of its initialisation or of its test set.

    Do: if inconclusive, train as many seeds as the message says.
    """
    kept = list(records.values())
    if kept[0].config["method"] == "frozen":
        raise NotApplicable("these runs are the frozen baseline itself")
    gains, baselines, killed = [], [], 0
    for record in kept:
        criteria = {"config.method": "frozen", "config.seed": record.config["seed"], **setting_of(record, BASELINE)}
        found = {} if limits.baseline > 0 else peers.where(criteria, nearest=1)
        run, frozen = next(iter(found.items()), (None, None))
        baselines.append(frozen)
        try:
            accuracy = final_accuracy(record)
            if frozen is not None or limits.baseline > 0:
                level = limits.baseline if frozen is None else final_accuracy(frozen)
                gains.append((accuracy - level, _error_of(record, run, frozen, limits.baseline)))
        except NotEnoughData:
            killed += 1
    pictures = [(figures.trajectories, picture(kept, peers), None, limits.margin, level_drawn(baselines, limits))]
    judge(figures=pictures)
    if not gains and not killed:
        raise NotApplicable("no run with frozen blocks of the same seeds beside them, and no baseline in gonogo.toml")
    note = f"{killed} killed runs left out; " if killed else ""
    if len(gains) < 2:
        raise NotEnoughData(f"{note}a spread over seeds needs 2 complete runs beside frozen ones, got {len(gains)}")
    values, errors = zip(*gains, strict=True)
    gain = proportions.mean_over_seeds(values, errors, spread=limits.spread, spread_dof=limits.spread_dof)
    seen, own = float(np.std(values, ddof=1)), float(np.sqrt(np.nanmean(np.square(errors))))
    note += f"gains by seed: {', '.join(f'{g:+.4f}' for g in values)}; they spread by {seen:.2g}"
    note += f", by their test sets alone {own:.2g}" if np.isfinite(own) else ""
    judge(limits.decide(gain, lower=limits.margin), note=note, figures=pictures)


def _error_of(record, run, frozen, baseline):
    """Standard error of a gain for the size of its test set; NaN where that is not known."""
    try:
        return gain_over(record, run, frozen, baseline)[0].se
    except NotEnoughData:
        return np.nan


@pytest.mark.reads("feedback_log", faults=("killed", "lost_rows"))
def check_log_is_complete(record, limits, judge):
    """The log covers {share:.0%} of the configured epochs, its beginning too, with no gap over {gap:g} typical steps.

    Means: the run was killed, or rows were lost; what happened in the last epochs is not known.

    Do: look at the job's own log; train to the end or set the configured epochs to what was wanted.
    """
    if record.planned is None and record.ended != "killed":
        raise NotEnoughData(log_completeness.UNKNOWN_END, "planned_end")
    covered = log_completeness.logged_share(record.step, record.planned)
    parts = [("share of the configured epochs", limits.decide(covered, lower=limits.share))]
    if len(record.step) > 2:
        parts.append(("longest gap", limits.decide(log_completeness.longest_gap(record.step), upper=limits.gap)))
    planned = "an unknown number" if record.planned is None else record.planned
    note = f"{len(record.step)} rows from epoch {record.step[0]} to {record.step[-1]} of {planned}"
    judge(*parts, note=note + ("; the run was killed" if record.ended == "killed" else ""), cause="killed")
