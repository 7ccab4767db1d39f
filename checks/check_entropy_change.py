"""The recorded entropy change of a policy is what its expansion along the update says it is."""

import numpy as np
import pytest

from gonogo import Estimate, NotApplicable, entropy_change
from gonogo.entropy_change import noise as entropy_noise
from gonogo.entropy_change import on_policy
from gonogo.entropy_change import order as entropy_order
from gonogo.entropy_change.control_variates import controlled
from gonogo.entropy_change.importance_weights import trusted, weight_health
from gonogo.entropy_change.joint import correlation_of, joint_multiplier
from reports.figures import entropy_change as figures
from reports.figures import entropy_sequences as sequence_figures

pytestmark = pytest.mark.entropy_change

SAMPLE = ("log_weights", "h_new", "h_base", "tokens")


def sample_of(record):
    """Arrays of the evaluation batch, a row a step size."""
    return record.log_weights, record.h_new, record.h_base, record.tokens


def expansion_of(record):
    """True change and its expansions at every step size of a record."""
    shards = record.shards or np.nan
    return entropy_change.expansion(
        record.eta,
        *sample_of(record),
        slope=record.slope,
        quadratic_slope=record.quadratic_slope,
        curvature=record.curvature,
        gdotv=record.gdotv,
        vhvv=record.vhvv,
        # The correction -H T J is part of the contributions only where it was recorded.
        score=record.score if record.denominator is not None else None,
        slope_se=shards * record.slope_se if record.slope_se is not None else None,
        curvature_se=shards * record.curvature_se if record.curvature_se is not None else None,
        clip=record.clip,
    )


def true_influence(record, steps):
    """Influence of each sequence on the true change at some step sizes, shape (E, B)."""
    rows = zip(*(array[steps] for array in sample_of(record)), strict=True)
    return np.array([entropy_change.true_change(*row, clip=record.clip).influence for row in rows])


def reported_influence(record):
    """Influence of each sequence on the reported slope, per unit step."""
    score = record.score if record.denominator is not None else None
    return entropy_change.slope_influence(record.gdotv, record.h_base[0], record.tokens[0], score)


def controlled_gap(record, k, largest_z):
    """True minus linear at a step size, less what scores and surprisals explain of it.

    Raises NotApplicable where one of their means lies more than some standard errors from zero: they are controls on
    policy only.
    """
    scores = {
        "surprisal": on_policy.surprisal_excess(record.log_prob, record.h_base[0]),
        "score": on_policy.score_mean(record.score),
    }
    off = [f"{name} z = {score.z:.1f}" for name, score in scores.items() if abs(score.z) > largest_z]
    if off:
        raise NotApplicable(
            f"sequences are not from the scored policy ({', '.join(off)}): the controls have no known mean; see "
            "sequences_are_on_policy"
        )
    eta = record.eta[k]
    influence = true_influence(record, [k])[0] - eta * reported_influence(record)
    controls = np.column_stack([record.score, -record.log_prob - record.h_base[0]])
    return controlled(record.delta_h[k] - eta * record.slope, influence, controls)


def z_of_steps(limits, covariance):
    """Multiple of the standard errors that holds for all step sizes of a run at once: they share their sequences."""
    return joint_multiplier(limits.z, correlation_of(covariance))


def floor_of(record):
    """Numeric noise of the true change: from pairs of passes, else from the scatter about a quadratic."""
    if record.log_weights is not None:
        return entropy_noise.noise_floor(record.eta, *sample_of(record)).change
    return entropy_order.quadratic_fit(record.eta, record.delta_h).noise


def residual_of(record):
    """True change against the plug-in slope of the same sample."""
    slope = entropy_change.plugin_slope(record.entropy_slope, record.score, record.h_base[0], record.tokens[0])
    floor = entropy_noise.noise_floor(record.eta, *sample_of(record))
    healthy = trusted(record.log_weights, clip=record.clip)
    return entropy_noise.slope_residual(record.eta, record.delta_h, slope, floor, healthy, n=record.batch)


@pytest.mark.reads(
    "entropy_probe",
    answers=True,
    faults=("swapped_weights", "wrong_base_entropy", "foreign_delta_h_seq", "lost_sequence", "inconsistent_linear"),
)
def check_record_is_consistent(relations, limits, judge):
    """Every equation between the recorded numbers holds within {worst_residual:.0f} tolerance.

    Means: the file contradicts itself: its arrays come from different passes, or were changed after they were written.

    Do: write the file again from the run's own data; nothing else of this run can be judged until then.
    """
    judge.consistent(relations, limits)


@pytest.mark.reads("entropy_probe", each="eta", needs=("log_weights",), faults=("exploded_step",))
def check_weights_are_healthy(record, eta, limits, judge):
    """Importance weights reach an effective sample size of {ess_share:.0%} without clipping, outliers or a heavy tail.

    Means: the step is so large that a few sequences carry the estimate; the true ΔH of this step cannot be trusted.

    Do: use smaller steps, or more sequences; do not read the other statements at this step.
    """
    k = entropy_change.step(record.eta, eta)
    health = weight_health(record.log_weights[k], clip=record.clip)
    n = len(health.log_weights)
    # The tail is fitted to 3 sqrt(n) weights only: it must exceed its limit by its error, and is of no account
    # where all weights are nearly equal.
    tail = Estimate(health.pareto_k, health.pareto_k_se, n=n)
    judge(
        ("effective sample share", limits.decide(Estimate(health.ess_share, n=n), lower=limits.ess_share)),
        ("share of clipped weights", limits.decide(Estimate(health.clip_share, n=n), upper=limits.clip_share)),
        ("range of log-weights", limits.decide(Estimate(health.log_range, None, "nats", n), upper=limits.log_range)),
        ("largest weight over mean", limits.decide(Estimate(health.top_weight, n=n), upper=limits.top_weight)),
        *(
            [("Pareto tail k", limits.decide(tail, upper=limits.pareto_k, rule="compatibility"))]
            if np.isfinite(health.pareto_k) and health.top_weight > limits.tail_from
            else []
        ),
        figures=[(sequence_figures.weights, health)],
    )


@pytest.mark.reads("entropy_probe", needs=(*SAMPLE, "entropy_slope", "score"), faults=("misscaled_slope",))
def check_slope_matches_true(record, limits, judge):
    """True ΔH equals its own plug-in slope times the step within {rtol:.0%} at the largest trusted step.

    Means: the update direction, the scores or the entropy derivatives are mis-scaled or have the wrong sign, or the
    step lies beyond the linear regime. Both sides share the sample: only numeric noise is left. Rows that belong to
    other sequences are no claim of this statement, since sums need not show them; sequences_follow_derivatives does.

    Do: look at the residual against the step: growing like η is a wrong slope, like η² curvature, flat is noise.
    """
    residual = residual_of(record)
    tau = limits.rtol * residual.scale
    judge(
        limits.decide(residual.estimate, lower=-tau, upper=tau),
        note=f"at η = {residual.eta[residual.judged]:.3g}; s = {residual.slope:.4g} nats/token per unit step; steps "
        f"below {residual.smallest_eta:.2g} drown in numeric noise",
        figures=[(figures.residual, residual, tau)],
    )


def expansion_figures(expansion, eta, floor, order, tau):
    """Pictures of an expansion: the comparison first, then what the sequences contribute."""
    pictures = [(figures.comparison, expansion, eta, order, tau, floor), (figures.growth, expansion, floor)]
    if expansion.linear_parts is not None:
        pictures += [
            (sequence_figures.contributions, expansion, eta),
            (sequence_figures.errors, expansion, eta),
            (sequence_figures.correlations, expansion, eta),
        ]
    if expansion.linquad_parts is not None:
        pictures.append((sequence_figures.quadratic_effects, expansion, eta))
    return pictures


def judge_gap(record, eta, order, limits, judge):
    """Judge true ΔH against its expansion of an order at one step size."""
    expansion = expansion_of(record)
    gap, true = expansion.gap(eta, order)
    tau = limits.rtol * abs(true)
    ratio = (true - gap.value) / true if true else np.nan
    note = f"expansion over truth = {ratio:.3g}"
    if not expansion.paired:
        note += "; unpaired: no per-sequence records, so the reported errors (times the number of shards) are added"
    try:
        floor = floor_of(record)
    except NotApplicable:
        floor = np.nan
    covariance = expansion.linear_gap_covariance if order == 1 else expansion.linquad_gap_covariance
    judge(
        limits.decide(gap, lower=-tau, upper=tau, z=z_of_steps(limits, covariance)),
        note=note,
        figures=expansion_figures(expansion, eta, floor, order, tau),
        values=expansion.values(eta) if order == 1 else None,
    )


@pytest.mark.reads("entropy_probe", each="eta", joint=True, needs=(*SAMPLE, "slope"), faults=("no_denominator",))
def check_linear_matches_true(record, eta, limits, judge):
    """True ΔH equals its linear expansion η·g·v within {rtol:.0%} of itself.

    Means: attributing the entropy change to sequences and tokens by the gradient is wrong at this step: a wrong sign or
    scale of v, a missing normalisation term, or samples that are not from the scored policy.

    Do: compare with slope_matches_true: if that holds, the estimator of g·v is at fault, not the linear regime. If this
    is inconclusive, score more sequences or centre the score weights.
    """
    judge_gap(record, eta, 1, limits, judge)


@pytest.mark.reads(
    "entropy_probe",
    each="eta",
    joint=True,
    needs=(*SAMPLE, "slope", "curvature"),
    faults=("no_denominator", "wrong_curvature"),
)
def check_linquad_matches_true(record, eta, limits, judge):
    """True ΔH equals its expansion to second order, η·g·v + η²·v'Hv/2, within {rtol:.0%} of itself.

    Means: the curvature term adds error instead of removing it, or the linear term is wrong already. A wrong curvature
    has a large sampling error, too: with fewer than some 4000 sequences it shows here as inconclusive, not as failed.

    Do: check that v'Hv holds all second-order terms of the per-token ratio, and that no single sequence carries it.
    """
    judge_gap(record, eta, 2, limits, judge)


@pytest.mark.reads(
    "entropy_probe",
    needs=(*SAMPLE, "entropy_slope", "score", "curvature"),
    faults=("misscaled_slope", "wrong_curvature"),
)
def check_remainder_has_taylor_order(record, limits, judge):
    """The remainder grows faster than η after the slope (≥ {first_low}), than η² after the curvature (≥ {second_low}).

    Means: order 1 after the slope is a wrong slope; order 2 after the curvature is a wrong or incomplete curvature.
    Nothing bounds an order from above: one of 3 after the slope says only that the curvature nearly vanishes.

    Do: check the terms of the derivative that is too low in order; where the noise floor covers the remainder, use
    larger steps.
    """
    slope = entropy_change.plugin_slope(record.entropy_slope, record.score, record.h_base[0], record.tokens[0])
    noise = entropy_noise.noise_floor(record.eta, *sample_of(record)).change
    usable = trusted(record.log_weights, clip=record.clip)
    remainder = record.delta_h - slope * record.eta
    rest = remainder - 0.5 * record.curvature * record.eta**2
    parts, pictures, notes = [], [], []
    for name, values, order, lower in (
        ("after the slope", remainder, 2, limits.first_low),
        ("after the curvature", rest, 3, limits.second_low),
    ):
        try:
            found = entropy_order.leading_growth(record.eta, values, noise, usable=usable, name=f"remainders {name}")
        except NotApplicable as reason:
            notes.append(str(reason))
        else:
            parts.append((name, limits.decide(found.estimate, lower=lower)))
            pictures.insert(0, (figures.orders, found, order))
    if not parts:
        raise NotApplicable("; ".join(notes))
    judge(*parts, note="; ".join(notes), figures=pictures)


@pytest.mark.reads("entropy_probe", faults=("offset",))
def check_change_is_proportional_to_step(record, limits, judge):
    """True ΔH grows like η to the power {power_low}–{power_high} and keeps its sign, where it exceeds the noise.

    Means: an offset that does not depend on the step, e.g. different passes before and after, or a step beyond the
    linear regime.

    Do: look at the smallest steps for an offset and at the largest for curvature; both bend the line.
    """
    fit = entropy_order.growth(record.eta, record.delta_h, floor_of(record), name="true changes")
    judge(
        ("power of η", limits.decide(fit.estimate, lower=limits.power_low, upper=limits.power_high)),
        ("share of steps with one sign", limits.decide(Estimate(float(fit.one_sign)), lower=1.0)),
        figures=[(figures.orders, fit, 1)],
    )


@pytest.mark.reads("entropy_probe", faults=("strong_curvature",))
def check_step_is_inside_trust_region(record, limits, judge):
    """At the largest step, the quadratic part of true ΔH is at most {share:.0%} of the linear part.

    Means: the largest step leaves the linear regime; what first order says about it is wrong by about that share.

    Do: judge attributions at smaller steps, or lower the learning rate.
    """
    noise = floor_of(record) if record.log_weights is not None else None
    fit = entropy_order.quadratic_fit(record.eta, record.delta_h, noise)
    judge(
        limits.decide(fit.share(), upper=limits.share),
        note=f"s = {fit.slope:.4g}, F'' = {fit.curvature:.4g}, at η = {fit.eta[-1]:.3g}",
        figures=[(figures.quadratic, fit)],
    )
