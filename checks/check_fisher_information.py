"""The Fisher information of a trained encoder follows its training density as its loss and encoding want it."""

import math

import numpy as np
import pytest

from gonogo import Estimate, NotApplicable, NotEnoughData
from gonogo.fisher_information import condition_number, information
from gonogo.fisher_information.circular_code import closure
from gonogo.fisher_information.code_adaptation import adaptation
from gonogo.fisher_information.decoded_error import error_bound, path_slope
from gonogo.fisher_information.density_exponent import fit_exponent, require_varying
from gonogo.fisher_information.loss_ordering import ALIASES, POWERS, expected_exponent, ordering
from gonogo.fisher_information.replicates import pooled
from gonogo.fisher_information.response_moments import jackknife_error
from gonogo.fisher_information.sensitivity_curve import flatness, normalised, one_turn, trapezoid
from gonogo.fisher_information.stepwise_density import step_fit
from reports.figures import fisher_code as code_figures
from reports.figures import fisher_information as figures

pytestmark = pytest.mark.fisher_information

CONDITION = ("parent", "encoding", "distribution", "loss")
READOUT = 0.5


def terms_of(record):
    """Mean and covariance term in float64: from the moments where they are recorded, else as stated."""
    if record.slope is not None and record.covariance is not None:
        terms = information(record.slope, record.covariance, record.covariance_slope)
        return terms.mean_term, terms.covariance_term
    mean = record.information if record.information_float64 is None else record.information_float64
    spread = record.covariance_information_float64
    spread = record.covariance_information if spread is None else spread
    return mean, np.zeros_like(mean) if spread is None else spread


def gated(record, limits):
    """Information that a statement gates: the mean term plus a share of the covariance term."""
    mean, spread = terms_of(record)
    return mean + limits.covariance_weight * spread


def stepwise(record):
    """Whether the training density is one of bins."""
    return "probs" in (record.distribution_params or {})


def constant(record):
    """Whether the training density is uniform."""
    return bool(np.ptp(record.density) <= 1e-9 * record.density.max())


def exponent_of(record, limits):
    """Exponent of one model."""
    if record.tuning:
        raise NotApplicable("fine-tuned: it has two training densities; see finetuning_moves_the_code")
    _, density, values = one_turn(record.angles, record.density, gated(record, limits))
    settings = {"min_points": limits.min_points, "min_decades": limits.min_decades}
    return fit_exponent(density, values, floor=not stepwise(record), **settings)


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


@pytest.mark.reads(
    "encoding",
    answers=True,
    faults=(
        "root_stored_as_information", "asymmetric_covariance", "foreign_covariance", "foreign_density",
        "unnormalised_density", "variance_left_out", "orphan_tuning",
    ),
)  # fmt: skip
def check_record_is_consistent(record, relations, limits, judge):
    """Every equation between the recorded numbers holds within {worst_residual:.0f} tolerance.

    Means: the file contradicts itself: its arrays come from different models or angles, a root is stored as
    information, or a probability as a density.

    Do: write the file again from the model; nothing else of this run can be judged until then.
    """
    if record.unread:
        raise NotApplicable(record.unread)
    judge.consistent(relations, limits)


@pytest.mark.reads("encoding", needs=("covariance",), faults=("squeezed",))
def check_covariance_is_well_conditioned(record, limits, judge):
    """The condition number of every covariance, times the machine precision, stays below {rounding:g}.

    Means: the responses lie on a line within rounding; an inverse of their covariance is noise of either sign, and a
    large positive Fisher information is as suspect as a negative one.

    Do: solve in float64 by Cholesky, or add a ridge; look at why the encoder collapsed there.
    """
    condition = condition_number(record.covariance)
    eps = float(np.finfo(record.precision).eps)
    worst = Estimate(float(condition.max() * eps), n=len(condition))
    above = int((condition * eps > limits.rounding).sum())
    figure = (code_figures.conditioning, record.angles, condition, limits.rounding / eps, record.information)
    picture = [] if record.mean is None else [_embedding(record)]
    judge(
        limits.decide(worst, upper=limits.rounding),
        note=f"largest condition number {condition.max():.3g} in {record.precision}; inadmissible at {above} of "
        f"{len(condition)} angles",
        figures=[figure, *picture],
    )


def _embedding(record):
    def embedding(ax, *arrays):
        return code_figures.embedding(ax, *arrays, target=record.encoding or "linear")

    arrays = (record.angles, record.mean, record.slope, record.covariance, record.responses, record.response_angles)
    return embedding, *arrays


@pytest.mark.reads("encoding", needs=("information",), faults=("negative_information",))
def check_information_is_positive(record, limits, judge):
    """At most {count_max:.0f} stated values of the Fisher information are negative or missing.

    Means: both terms are squared norms, so a negative value is a failure of the arithmetic, and √I and every
    normalised curve become NaN.

    Do: compare with covariance_is_well_conditioned; recompute in float64 without an inverse.
    """
    stated = [record.information, record.covariance_information]
    bad = sum(int((~(values >= 0) | ~np.isfinite(values)).sum()) for values in stated if values is not None)
    exact = terms_of(record)[0] if record.covariance is not None else None
    judge(
        limits.decide(Estimate(float(bad), unit="values", n=len(record.angles)), upper=limits.count_max),
        figures=[(code_figures.stated, record.angles, record.information, exact)],
    )


@pytest.mark.reads("encoding", needs=("mean", "slope"), faults=("derivative_over_seven",))
def check_derivative_follows_the_mean(record, limits, judge):
    """Derivatives of the mean agree with its differences between neighbouring angles within {rtol:.0%}.

    Means: the derivative has another scale than the path it is the derivative of: a sum over other images than the
    mean, a step of another size, or angles that are not those of the responses.

    Do: check the number of images and the step of the finite difference behind the derivative.
    """
    quantity = path_slope(record.angles, record.mean, record.slope)
    judge(
        limits.decide(quantity.ratio, lower=1 - limits.rtol, upper=1 + limits.rtol),
        figures=[(code_figures.path, quantity, limits.rtol)],
    )


@pytest.mark.reads("encoding", needs=("information", "covariance_information"), faults=("moving_noise",))
def check_mean_carries_the_information(record, limits, judge):
    """Where the model was trained, the covariance term is at most {share_max:.0%} of the Fisher information.

    Means: much of what the code tells is in how its noise changes; the linear Fisher information, which the other
    statements gate, misses it.

    Do: gate the total instead: covariance_weight = 1 in the tables of the other statements.
    """
    mean, spread = terms_of(record)
    share = spread / (mean + spread)
    weights = np.ones_like(share) if record.density is None else record.density
    value = Estimate(float(np.sum(weights * share) / weights.sum()), n=len(share))
    judge(
        limits.decide(value, upper=limits.share_max),
        note=f"median over all angles {np.nanmedian(share):.2f}",
        figures=[(code_figures.terms, record.angles, mean, spread, limits.share_max)],
    )


def bound_of(record):
    """Decoded error against its bound: by the mean term for a linear readout, by the total for any other."""
    mean, spread = terms_of(record)
    linear = record.encoding == "linear"
    known = linear and record.slope is not None and record.slope.shape[1] == 2
    return error_bound(
        record.angles,
        mean if linear else mean + spread,
        record.mse,
        record.bias,
        bias_slope=record.slope.sum(1) * READOUT - 1 if known else None,
        density=record.density,
        stimuli=record.stimuli,
    )


@pytest.mark.reads("encoding", needs=("information", "mse", "bias"), faults=("overconfident_decoder",))
def check_decoder_respects_cramer_rao(record, limits, judge):
    """The decoded angle varies at least {share:.0%} as much as the Cramér–Rao bound with its bias allows.

    Means: the errors are smaller than the information permits: error and information are of different stimuli, or the
    information is underestimated.

    Do: decode the very responses that the information was computed from.
    """
    quantity = bound_of(record)
    judge(
        limits.decide(quantity.tightest, lower=limits.share),
        note=f"efficiency where trained {quantity.efficiency.value:.2f}",
        figures=[(code_figures.decoded, quantity, limits.share)],
    )


@pytest.mark.reads("encoding", needs=("information", "mse", "bias"), faults=("off_axis_code",))
def check_readout_uses_the_information(record, limits, judge):
    """Where the model was trained, the readout reaches {efficiency_min:.0%} of the Cramér–Rao bound.

    Means: much of the information lies in a direction that the readout ignores, so that Fisher information says little
    about the errors that the loss sees.

    Do: look at the level sets against the axis of the readout; read the exponents with care.
    """
    quantity = bound_of(record)
    judge(
        limits.decide(quantity.efficiency, lower=limits.efficiency_min),
        figures=[(code_figures.decoded, quantity, limits.efficiency_min)],
    )


@pytest.mark.reads("encoding", needs=("information", "mse", "bias"), faults=("reversed_errors",))
def check_error_falls_where_information_rises(record, limits, judge):
    """Squared error and information have opposite order over the angles: rank correlation at least {rank_min:g}.

    Means: the code is precise where the decoder errs most; one of both belongs to another model or grid.

    Do: look at both curves; a bias that varies more than the noise explains it, too.
    """
    quantity = bound_of(record)
    judge(figures=[(code_figures.decoded, quantity, limits.rank_min)])
    if quantity.spread < limits.spread_min:
        raise NotApplicable(f"log I varies by {quantity.spread:.2f} only: there is no order to mirror")
    judge(
        limits.decide(quantity.mirrored, lower=limits.rank_min),
        figures=[(code_figures.decoded, quantity, limits.rank_min)],
    )


@pytest.mark.reads("encoding", group=CONDITION, needs=("information", "density", "loss"), faults=("doubled_exponents",))
def check_exponent_in_range(records, limits, judge):
    """Fisher information grows with the training density by the power that the loss sets; replicates are pooled.

    Means: the code allocates its precision otherwise than efficient coding under this loss predicts, or the density or
    the loss is not the one that was used.

    Do: look at the log-log plot: a floor, a short training or a wrong density bends it in different places.
    """
    fits, _ = exponents_of(records, limits)
    parts, rows, shown = [], [], []
    for (encoding, distribution, loss), members in by_condition({run: records[run] for run in fits}).items():
        first = next(iter(members.values()))
        lower, upper = band_of(first, limits)
        exponent = pooled([fits[run].exponent for run in members], floor=limits.se_floor)
        parts.append((f"{encoding} {distribution} {loss}", limits.decide(exponent, lower=lower, upper=upper)))
        expected = expected_exponent(2.0 if first.circular else POWERS[loss])
        rows += [(short(members[run]), fits[run].exponent, lower, upper, expected) for run in members]
        shown.append(([(short(members[run]), fits[run]) for run in members], lower, upper))
    floors = ", ".join(f"{fits[run].floor:.2g}" for run in fits)
    law = max(zip(parts, shown, strict=True), key=lambda item: item[0][1].excess)[1]
    judge(
        *parts,
        note=f"floor over largest I: {floors}",
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
    chosen = {run: record for run, record in records.items() if not record.circular and record.loss in POWERS}
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
    judge(
        ("trend over losses (1 expected)", limits.decide(quantity.trend, lower=0.0)),
        (f"{quantity.pair[0]} over {quantity.pair[1]}", limits.decide(quantity.worst, lower=-limits.slack)),
        figures=[(figures.exponents, rows), (figures.totals, *map(list, zip(*everything, strict=True)))],
    )


def bump_on(record):
    """Density that a model was not trained on: concentrated as in the experiments that this family comes from."""
    if record.circular:
        return np.exp(2 * (np.cos(record.angles - math.pi / 2) - 1))
    return np.exp(-(((record.angles - math.pi / 4) / 0.2) ** 2) / 2)


@pytest.mark.reads("encoding", group=CONDITION, needs=("information", "density"), faults=("peaked_under_uniform",))
def check_flat_under_uniform_density(records, limits, judge):
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
    judge(*parts, figures=[(figures.flat, models, limits.variation_max), *_curves(flat, limits)])


@pytest.mark.reads(
    "encoding", group=CONDITION, needs=("information", "density", "loss"), faults=("half_followed_bins",)
)
def check_follows_stepwise_density(records, limits, judge):
    """Over the bins of a stepwise density, normalised I is the density: slope {slope_lower:g} to {slope_upper:g}.

    Means: under the linear loss the code does not follow the density where it jumps; a slope near 2 is the sign of bin
    probabilities that were not divided by the bins' width.

    Do: compare the two panels; more replicates with other bins decide an open case, more angles do not.
    """
    bins = {run: record for run, record in records.items() if stepwise(record) and not record.tuning}
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
        ("slope", limits.decide(quantity.slope, lower=limits.slope_lower, upper=limits.slope_upper)),
        ("intercept over mean density", limits.decide(quantity.intercept, lower=-bound, upper=bound)),
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
        quantity = closure(record.angles, gated(record, limits), record.density)
        models.append((short(record), quantity))
        gap = limits.decide(quantity.gap, lower=-limits.gap_max, upper=limits.gap_max)
        parts.append((f"{short(record)} log ratio of the ends", gap))
        if quantity.second_peak is not None:
            second = limits.decide(quantity.second_peak, upper=limits.second_max)
            parts.append((f"{short(record)} half a turn away", second))
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
        drawn.append((figures.tuning, quantity, before.density, record.density))
    judge(*parts, note=f"{len(scratch)} models trained from scratch as the aim", figures=drawn)


def _alike(one, other):
    """Whether a model was trained on the density that another was tuned to, seen at the same angles."""
    same = one.encoding == other.encoding and one.loss == other.loss and np.array_equal(one.angles, other.angles)
    return same and np.allclose(one.density, other.density)


def _named(name, records, peers):
    """Model of a name, in the group or anywhere among the runs."""
    inside = [record for record in records.values() if record.name == name]
    return next(iter(inside or peers.where({"name": name}).values()), None)


@pytest.mark.reads(
    "encoding", needs=("density", "information", "heldout_slope", "heldout_covariance"), faults=("steeper_for_unseen",)
)
def check_generalises_to_unseen_stimuli(record, limits, judge):
    """For stimuli that were not trained on, the exponent is the same within {gap_max:g}.

    Means: the allocation of precision was learned for the training stimuli only.

    Do: compare both curves; train on more stimuli.
    """
    require_varying(record.density)
    unseen = information(record.heldout_slope, record.heldout_covariance).mean_term
    _, density, seen, unseen = one_turn(record.angles, record.density, terms_of(record)[0], unseen)
    settings = {"min_points": limits.min_points, "min_decades": limits.min_decades, "floor": not stepwise(record)}
    fits = [fit_exponent(density, values, **settings) for values in (seen, unseen)]
    one, other = (fit.exponent for fit in fits)
    # Both fits meet the same angles, and share what the power law misses there.
    se = float(jackknife_error(fits[1].replicates - fits[0].replicates))
    gap = Estimate(other.value - one.value, se, n=record.heldout_stimuli, dof=one.dof)
    drawn = list(zip(("trained on", "unseen"), fits, strict=True))
    judge(
        limits.decide(gap, lower=-limits.gap_max, upper=limits.gap_max),
        figures=[(figures.power_law, drawn, one.value - limits.gap_max, one.value + limits.gap_max)],
    )
