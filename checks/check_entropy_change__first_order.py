"""What first order says of the entropy change: right derivatives, a usable slope, and how far it reaches."""

import numpy as np
import pytest

from checks.check_entropy_change import SAMPLE, controlled_gap, reported_influence, true_influence, z_of_steps
from gonogo import Estimate, NotEnoughData, entropy_change
from gonogo.entropy_change.attribution import attribution
from gonogo.entropy_change.derivatives import followed
from gonogo.entropy_change.importance_weights import trusted
from gonogo.entropy_change.precision import plugin_influence, slope_precision
from gonogo.entropy_change.regime import linear_regime
from reports.figures import entropy_slope as figures

pytestmark = pytest.mark.entropy_change

DERIVATIVES = ("entropy_slope", "score")


def trusted_steps(record, **bounds):
    """Indices of the step sizes whose weights are healthy, of which there must be one."""
    usable = np.flatnonzero(trusted(record.log_weights, clip=record.clip, **bounds))
    if not len(usable):
        raise NotEnoughData("no step size has healthy weights; smaller ones would")
    return usable


def plugin_of(record):
    """Plug-in slope of a record, and the influence of each sequence on it."""
    arrays = record.entropy_slope, record.score, record.h_base[0], record.tokens[0]
    return entropy_change.plugin_slope(*arrays), plugin_influence(*arrays)


@pytest.mark.reads(
    "entropy_probe",
    needs=(*SAMPLE, *DERIVATIVES),
    faults=("misscaled_slope", "permuted_log_weights", "permuted_entropies", "permuted_derivatives"),
)
def check_sequences_follow_derivatives(record, limits, judge):
    """Sequence by sequence, log-weights and entropies change by their recorded derivatives times the step.

    The slopes of both regressions through the origin are 1 within {rtol:.0%}, and both pairs correlate by at least
    {correlation:g}, at the largest step whose log-weights span at most {log_range:g} nats.

    Means: the direction, the scores or the entropy derivatives are mis-scaled or have the wrong sign (a direction k
    times too long gives a slope of 1/k), or the rows belong to other sequences (no correlation): every slope from this
    file is wrong. Where all steps are tiny, numeric noise takes the correlation, too.

    Do: compare the order of the sequences in both passes, then the direction that was differentiated with the step that
    was taken.
    """
    k = trusted_steps(record, max_log_range=limits.log_range)[-1]
    eta = record.eta[k]
    pairs = {
        "log-weight on score": followed(eta * record.score, record.log_weights[k]),
        "entropy on its derivative": followed(eta * record.entropy_slope, record.h_new[k] - record.h_base[k]),
    }
    judge(
        *(
            (f"{name}, slope", limits.decide(pair.estimate, lower=1 - limits.rtol, upper=1 + limits.rtol))
            for name, pair in pairs.items()
        ),
        *(
            (f"{name}, correlation", limits.decide(pair.correlation, lower=limits.correlation))
            for name, pair in pairs.items()
        ),
        note=f"at η = {eta:.3g}",
        figures=[(figures.derivatives, pairs, limits.rtol)],
    )


@pytest.mark.reads("entropy_probe", needs=(*SAMPLE, *DERIVATIVES, "gdotv"), faults=("uncentred_weights",))
def check_reported_slope_is_precise(record, limits, judge):
    """The standard error of the reported slope g·v is at most {share:.0%} of the plug-in slope of the same sequences.

    Means: the score weights are noisy, most often because nothing is subtracted from them: g·v is a number with too
    large an error to compare anything with, though it need not be biased.

    Do: use the plug-in slope, which the same file gives; or centre the score weights, or score more sequences.
    """
    slope, influence = plugin_of(record)
    found = slope_precision(reported_influence(record), slope, influence, limits.share)
    needed = f"about {found.needed:.3g} sequences would do" if np.isfinite(found.needed) else "no number would do"
    judge(
        limits.decide(found.estimate, upper=found.limit),
        note=f"of {found.sequences} sequences, {needed}; g·v = {record.slope:.4g}, plug-in slope "
        f"{found.reference.value:.4g} ± {found.reference.se:.2g}; its error counts here, too",
        figures=[(figures.precision, found, limits.share)],
        values={"reported slope": Estimate(record.slope, found.estimate.value, found.estimate.unit, found.sequences),
                "plug-in slope": found.reference},
    )  # fmt: skip


@pytest.mark.reads("entropy_probe", needs=(*SAMPLE, "gdotv", "score", "log_prob"), faults=("no_denominator",))
def check_reported_slope_is_unbiased(record, limits, judge):
    """Less what scores and surprisals explain, true ΔH and linear expansion agree within {rtol:.0%} of the former.

    Asked at the largest trusted step, where sequences are on policy: the controls have zero means only there.

    Means: a term is missing from the estimator of g·v, such as the correction for the number of tokens.

    Do: see the producer's version; linear_matches_true asks the same without controls, for more sequences.
    """
    k = trusted_steps(record)[-1]
    found = controlled_gap(record, k, limits.on_policy_z)
    tau = limits.rtol * abs(record.delta_h[k])
    judge(
        limits.decide(found.estimate, lower=-tau, upper=tau),
        note=f"at η = {record.eta[k]:.3g}; without controls {found.plain.value:.3g} ± {found.plain.se:.2g}: they are "
        f"worth {found.gain:.2g} times the sequences",
        figures=[(figures.control_variates, found, tau)],
    )


@pytest.mark.reads("entropy_probe", each="eta", joint=True, needs=SAMPLE, faults=("strong_curvature",))
def check_linear_regime_reaches_step(record, eta, limits, judge):
    """At this step, the quadratic part of true ΔH is at most {share:.0%} of the linear one, over all sequences.

    Means: first order is wrong by that share for any batch of this policy; step_is_inside_trust_region asks it of this
    batch alone.

    Do: read attributions at smaller steps; where this is inconclusive, score more sequences or larger trusted steps.
    """
    steps = trusted_steps(record)
    fit = linear_regime(record.eta[steps], record.delta_h[steps], true_influence(record, steps))
    quadratic, limit = fit.quadratic(eta, limits.share)
    judge(
        limits.decide(quadratic, upper=limit),
        note=f"s = {fit.slope:.4g} ± {fit.covariance[0, 0] ** 0.5:.2g}, F = {fit.curvature:.4g} ± "
        f"{fit.covariance[1, 1] ** 0.5:.2g} from the {len(steps)} steps with healthy weights; with these it reaches "
        f"η = {fit.reach(limits.share):.3g}",
        figures=[(figures.regime, fit, eta, limits.share)],
    )


@pytest.mark.reads("entropy_probe", each="eta", joint=True, needs=(*SAMPLE, "gdotv"), faults=("uncentred_weights",))
def check_sequences_are_attributable(record, eta, limits, judge):
    """Influences of single sequences on true ΔH and on its linear term correlate by at least {correlation:g}.

    Means: the linear term of a sequence does not say what it does to the entropy, whatever the sum over all of them
    says: histograms and rankings of sequences by g·v are noise.

    Do: attribute by the parts of the plug-in slope, whose correlation stands below; where that is low as well, the step
    drowns in numeric noise: use a larger one.
    """
    k = entropy_change.step(record.eta, eta)
    found = attribution(record.eta, true_influence(record, np.arange(len(record.eta))), reported_influence(record))
    note = ""
    if record.score is not None and record.entropy_slope is not None:
        plugin = attribution(record.eta[[k]], found.true[[k]], plugin_of(record)[1])
        note = f"plug-in slope of the same file: {plugin.value[0]:.3g} ± {plugin.se[0]:.2g}"
    judge(
        limits.decide(found.at(k), lower=limits.correlation, z=z_of_steps(limits, found.covariance)),
        note=note,
        figures=[(figures.attribution, found, k, limits.correlation)],
    )
