"""The information of a group of encoders follows the density of its stimuli."""

import math

import numpy as np
import pytest

from checks.check_fisher_information import decide, log_variance_of, stepwise, terms_of
from gonogo import NotApplicable, NotEnoughData
from gonogo.fisher_information.circular_code import closure
from gonogo.fisher_information.code_adaptation import adaptation
from gonogo.fisher_information.density_exponent import fit_exponent
from gonogo.fisher_information.loss_ordering import ALIASES, POWERS, expected_exponent, ordering
from gonogo.fisher_information.replicates import independent, pooled
from gonogo.fisher_information.sensitivity_curve import flatness, normalised, one_turn, trapezoid
from gonogo.fisher_information.stepwise_density import step_fit
from reports.figures import fisher_information as figures

pytestmark = pytest.mark.fisher_information

NEIGHBOURS = 24  # models on other densities that a picture shows
CONDITION = ("parent", "encoding", "distribution", "loss")


def gated(record, limits):
    """Information that a statement gates: the mean term plus a share of the covariance term."""
    mean, spread = terms_of(record)
    return mean + limits.covariance_weight * spread


def constant(record):
    """Whether the training density is uniform."""
    return bool(np.ptp(record.density) <= 1e-9 * record.density.max())


def exponent_of(record, limits):
    """Exponent of one model."""
    if record.tuning:
        raise NotApplicable("fine-tuned: it has two training densities; see finetuning_moves_the_code")
    _, density, values = one_turn(record.angles, record.density, gated(record, limits))
    settings = {"min_points": limits.min_points, "min_decades": limits.min_decades}
    return fit_exponent(density, values, floor=not stepwise(record), log_variance=log_variance_of(record), **settings)


def exponents_of(records, limits):
    """Exponent of each model by run, and why there is none for the others; at least one must have one."""
    fits, reasons = {}, {}
    for run, record in records.items():
        try:
            fits[run] = exponent_of(record, limits)
        except (NotApplicable, NotEnoughData) as reason:
            reasons[run] = reason
    if not fits:
        raise next((r for r in reasons.values() if isinstance(r, NotEnoughData)), next(iter(reasons.values())))
    return fits, reasons


def trained_apart(records):
    """Replicates: of models that continue one another only the last, and in words those left out."""
    named = {name: run for run, record in records.items() for name in (run, run.rpartition("/")[2], record.name)}
    before = {}
    for run, record in records.items():
        origin = "" if record.tuning else record.pretrained
        # A name, or the path of a checkpoint in the folder of that name.
        before[run] = next((named[part] for part in (origin, *reversed(origin.split("/"))) if part in named), origin)
    kept = independent(before)
    left = ", ".join(short(record) for run, record in records.items() if run not in kept)
    note = f"no replicates, since others continue or share their training: {left}" if left else ""
    return {run: records[run] for run in kept}, note


def by_condition(records):
    """Runs of one encoding, density and loss: replicates."""
    groups = {}
    for run, record in records.items():
        groups.setdefault((record.encoding, record.distribution, record.loss), {})[run] = record
    return groups


def band_of(record, limits):
    """Exponents that a loss may have."""
    bands = {
        "log": (limits.log_lower, limits.log_upper),
        "root4": (limits.root4_lower, limits.root4_upper),
        "sqrt": (limits.sqrt_lower, limits.sqrt_upper),
        "linear": (limits.linear_lower, limits.linear_upper),
        "square": (limits.square_lower, limits.square_upper),
        "quart": (limits.quart_lower, limits.quart_upper),
        "circular": (limits.circular_lower, limits.circular_upper),
    }
    key = "circular" if record.circular else ALIASES.get(record.loss, record.loss)
    if key not in bands:
        raise NotApplicable(f"no expected exponent for the loss {record.loss!r}; known: {', '.join(sorted(POWERS))}")
    return bands[key]


def short(record):
    """Name of a model in messages and figures."""
    return record.name or "model"


@pytest.mark.reads("encoding", group=CONDITION, needs=("information", "density", "loss"), faults=("doubled_exponents",))
def check_exponent_in_range(records, limits, judge):
    """Fisher information grows with the training density by the power that the loss sets; replicates are pooled.

    Means: the code allocates its precision otherwise than efficient coding under this loss predicts, or the density or
    the loss is not the one that was used.

    Do: look at the log-log plot: a floor, a short training or a wrong density bends it in different places.
    """
    fits, _ = exponents_of(records, limits)
    parts, rows, shown = [], [], []
    apart, left_out = trained_apart({run: records[run] for run in fits})
    for (encoding, distribution, loss), members in by_condition(apart).items():
        first = next(iter(members.values()))
        lower, upper = band_of(first, limits)
        exponent = pooled([fits[run].exponent for run in members], floor=limits.se_floor)
        parts.append(
            (f"{encoding} {distribution} {loss}", decide(limits, exponent, limits.multiplier, lower=lower, upper=upper))
        )
        expected = expected_exponent(2.0 if first.circular else POWERS[loss])
        rows += [(short(members[run]), fits[run].exponent, lower, upper, expected) for run in members]
        shown.append(([(short(members[run]), fits[run]) for run in members], lower, upper))
    floors = ", ".join(f"{fits[run].floor:.2g}" for run in apart)
    law = max(zip(parts, shown, strict=True), key=lambda item: item[0][1].excess)[1]
    judge(
        *parts,
        note="\n".join(filter(None, [f"floor over largest I: {floors}", left_out])),
        figures=[(figures.power_law, *law), (figures.exponents, rows), *_curves(records, limits)],
    )


def _curves(records, limits):
    """Drawings of the information along the angle, for models of one grid and density."""
    first = next(iter(records.values()))
    alike = [r for r in records.values() if np.array_equal(r.angles, first.angles) and r.loss == first.loss]
    alike = [r for r in alike if np.array_equal(r.density, first.density)]
    values = [gated(record, limits) for record in alike]
    return [(figures.curves, first.angles, values, [short(record) for record in alike], first.density)]


@pytest.mark.reads(
    "encoding",
    group=("parent", "encoding", "distribution"),
    needs=("information", "density", "loss"),
    faults=("swapped_losses",),
)
def check_exponents_fall_with_loss_power(records, limits, judge):
    """The more a loss punishes large errors, the smaller is the exponent, no pair {slack:g} the other way round.

    Means: the losses do not act on the code as efficient coding predicts, or their names were exchanged.

    Do: look at the exponents with their errors: losses that train slowly (log) fall short when stopped early.
    """
    apart, left_out = trained_apart(records)
    chosen = {run: record for run, record in apart.items() if not record.circular and record.loss in POWERS}
    if not chosen:
        raise NotApplicable("circular: all losses are quadratic in small errors there, so no order is expected")
    fits, _ = exponents_of(chosen, limits)
    measured = [(chosen[run].loss, fit.exponent) for run, fit in fits.items() if constant(chosen[run]) is False]
    quantity = ordering(measured, floor=limits.se_floor)
    rows = [
        (loss, exponent, None, None, expected_exponent(POWERS[loss]))
        for loss, exponent in zip(quantity.losses, quantity.exponents, strict=True)
    ]
    everything = [(record.loss, trapezoid(gated(record, limits), record.angles)) for record in chosen.values()]
    overlay = [(record.loss, record.angles, gated(record, limits), record.mse) for record in chosen.values()]
    judge(
        ("trend over losses (1 expected)", decide(limits, quantity.trend, limits.multiplier, lower=0.0)),
        (
            f"{quantity.pair[0]} over {quantity.pair[1]}",
            decide(limits, quantity.worst, limits.multiplier, lower=-limits.slack),
        ),
        note=left_out,
        figures=[
            (figures.exponents, rows),
            (figures.totals, *map(list, zip(*everything, strict=True))),
            (figures.losses, overlay),
        ],
    )


def bump_on(record):
    """Density that a model was not trained on: concentrated as in the experiments that this family comes from."""
    if record.circular:
        return np.exp(2 * (np.cos(record.angles - math.pi / 2) - 1))
    return np.exp(-(((record.angles - math.pi / 4) / 0.2) ** 2) / 2)


@pytest.mark.reads("encoding", group=CONDITION, needs=("information", "density"), faults=("peaked_under_uniform",))
def check_flat_under_uniform_density(records, peers, limits, judge):
    """Under uniform training √I varies by at most {variation_max:.0%} and log I prefers no bump by {tilt_max:g}.

    Means: the code prefers angles that training did not; a comparison of concentrated densities starts from a tilt.

    Do: look where it deviates: the ends of the range, or an angle at which the stimuli themselves change fast.
    """
    flat = {run: r for run, r in records.items() if constant(r) and not r.tuning}
    if not flat:
        raise NotApplicable("not trained from scratch on a uniform density")
    parts, models = [], []
    for record in flat.values():
        angles, values, bump = one_turn(record.angles, gated(record, limits), bump_on(record))
        trim = 0.0 if record.circular else limits.trim
        quantity = flatness(angles, values, bump, stimuli=record.stimuli, trim=trim)
        models.append((short(record), quantity))
        parts += [
            (f"{short(record)} variation", limits.decide(quantity.variation, upper=limits.variation_max)),
            (f"{short(record)} tilt", limits.decide(quantity.tilt, lower=-limits.tilt_max, upper=limits.tilt_max)),
        ]
    other = [(figures.densities, _densities(flat, records, peers, limits))]
    judge(*parts, figures=[(figures.flat, models, limits.variation_max), *_curves(flat, limits), *other])


def _densities(flat, records, peers, limits):
    """Information of these models beside that of models of the same encoding and loss on other densities."""
    first = next(iter(flat.values()))
    criteria = {"encoding": first.encoding, "loss": first.loss, "tuning": ""}
    beside = [record for run, record in peers.where(criteria, nearest=NEIGHBOURS).items() if run not in records]
    alike = [r for r in (*flat.values(), *beside) if r.information is not None and _same_grid(r, first)]
    return [(r.distribution or "?", r.angles, gated(r, limits)) for r in alike]


def _same_grid(one, other):
    return np.array_equal(one.angles, other.angles)


@pytest.mark.reads(
    "encoding", group=CONDITION, needs=("information", "density", "loss"), faults=("half_followed_bins",)
)
def check_follows_stepwise_density(records, limits, judge):
    """Over the bins of a stepwise density, normalised I is the density: slope {slope_lower:g} to {slope_upper:g}.

    Means: under the linear loss the code does not follow the density where it jumps; a slope near 2 is the sign of bin
    probabilities that were not divided by the bins' width.

    Do: compare the two panels; more replicates with other bins decide an open case, more angles do not.
    """
    apart, left_out = trained_apart(records)
    bins = {run: record for run, record in apart.items() if stepwise(record) and not record.tuning}
    if not bins:
        raise NotApplicable("the training density is not stepwise")
    bins = {run: record for run, record in bins.items() if POWERS.get(record.loss) == 1.0}
    if not bins:
        raise NotApplicable("only under a linear loss is I proportional to the density; see exponent_in_range")
    quantity = step_fit(
        [(r.angles, gated(r, limits), r.density, np.asarray(r.distribution_params["edges"])) for r in bins.values()]
    )
    bound = limits.intercept_max
    judge(
        (
            "slope",
            decide(limits, quantity.slope, limits.multiplier, lower=limits.slope_lower, upper=limits.slope_upper),
        ),
        (
            "intercept over mean density",
            decide(limits, quantity.intercept, limits.multiplier, lower=-bound, upper=bound),
        ),
        note=left_out,
        figures=[(figures.steps, quantity, limits.slope_lower, limits.slope_upper)],
    )


@pytest.mark.reads("encoding", group=CONDITION, needs=("information",), faults=("open_circle", "second_peak"))
def check_circular_encoding_closes(records, limits, judge):
    """A circular code is one at both ends of the circle, and half a turn from its peak falls to {second_max:.0%} of it.

    Means: the code treats -π and π as two angles, or answers to the opposite angle as if it were the trained one.

    Do: check that the stimuli are periodic, and look at the level sets near the ends.
    """
    round_ones = {run: record for run, record in records.items() if record.circular}
    if not round_ones:
        raise NotApplicable("the encoding is not circular")
    parts, models = [], []
    for record in round_ones.values():
        known = log_variance_of(record)
        quantity = closure(record.angles, gated(record, limits), record.density, log_variance=known)
        models.append((short(record), quantity))
        gap = limits.decide(quantity.gap, lower=-limits.gap_max, upper=limits.gap_max)
        parts.append((f"{short(record)} log ratio of the ends", gap))
        if quantity.second_peak is not None:
            second = decide(limits, quantity.second_peak, limits.multiplier, upper=math.log(limits.second_max))
            parts.append((f"{short(record)} log ratio of half a turn away", second))
    judge(*parts, figures=[(figures.circle, models, limits.second_max)])


@pytest.mark.reads(
    "encoding",
    group=("encoding", "distribution", "loss"),
    needs=("information", "density"),
    faults=("tuning_without_effect",),
)
def check_finetuning_moves_the_code(records, peers, limits, judge):
    """Fine-tuning takes the code at least {share_min:.0%} of the way to that of a model trained on the target alone.

    Means: the pretrained code survives its fine-tuning; or the densities of pretraining and tuning are exchanged in the
    record, which mirrors the share about one half.

    Do: tune longer, freeze less, or compare the tags with the hyper-parameters of the checkpoint.
    """
    tuned = {run: record for run, record in records.items() if record.tuning}
    if not tuned:
        raise NotApplicable("no model of this condition is fine-tuned")
    parts, drawn = [], []
    for record in tuned.values():
        before = _named(record.pretrained, records, peers)
        scratch = [r for r in records.values() if not r.tuning and _alike(r, record)]
        if before is None or not scratch or not np.array_equal(before.angles, record.angles):
            missing = (
                f"the pretrained model {record.pretrained!r}" if before is None else "a model trained from scratch"
            )
            raise NotApplicable(f"{missing} on these angles was not found among the runs")
        roots = [normalised(r.angles, np.sqrt(gated(r, limits))) for r in scratch]
        aim = np.mean(roots, axis=0) ** 2
        quantity = adaptation(record.angles, gated(before, limits), gated(record, limits), aim)
        parts.append((f"{record.tuning} {short(record)}", limits.decide(quantity.share, lower=limits.share_min)))
        drawn.append((figures.tuning, quantity, before.density, record.density, record.tuning))
    judge(*parts, note=f"{len(scratch)} models trained from scratch as the aim", figures=drawn)


def _alike(one, other):
    """Whether a model was trained on the density that another was tuned to, seen at the same angles."""
    same = one.encoding == other.encoding and one.loss == other.loss and np.array_equal(one.angles, other.angles)
    return same and np.allclose(one.density, other.density)


def _named(name, records, peers):
    """Model of a name, in the group or anywhere among the runs."""
    inside = [record for record in records.values() if record.name == name]
    return next(iter(inside or peers.where({"name": name}).values()), None)
