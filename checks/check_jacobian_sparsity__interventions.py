"""Interventions and evaluations of a pair of sparse autoencoders agree with its Jacobian."""

import numpy as np
import pytest

from checks.check_jacobian_sparsity import require_twin, twin_of
from gonogo import Estimate, NotApplicable
from gonogo.jacobian_sparsity.causal_agreement import causal_agreement
from reports.figures import jacobian_causes as cause_figures

pytestmark = pytest.mark.jacobian_sparsity


@pytest.mark.reads("jacobian_ablation", answers=True, faults=("killed", "magnitudes"))
def check_ablation_is_consistent(relations, limits, judge):
    """An ablation file was filled to its end and still has its signs, within {worst_residual:.0f} tolerance.

    Means: the run was killed and left preallocated zeros, which lie on the line; or magnitudes were stored, with which
    no sign can be tested.

    Do: run the ablation to its end; store elements and changes as they are.
    """
    judge.consistent(relations, limits)


@pytest.mark.reads("jacobian_ablation", faults=("permuted_changes", "opposite_sign", "activation_removed", "no_effect"))
def check_ablation_follows_jacobian(record, limits, judge):
    """Ablating one unit changes outputs as the Jacobian says: slope {slope_low}–{slope_high}, skill at least {skill}.

    Means: the Jacobian does not describe what interventions do. A slope other than 1 is another unit of ablation (the
    whole activation, or the reconstruction's direction); no skill is a wrong pairing of latents.

    Do: check which direction and how much of it is taken away, from what, and in which order pairs are stored.
    """
    agreement = causal_agreement(
        record.element, record.change, tolerance=limits.tolerance, informative=int(limits.informative)
    )
    judge(
        ("median of -change/element", limits.decide(agreement.slope, lower=limits.slope_low, upper=limits.slope_high)),
        ("skill against predicting no change", limits.decide(agreement.skill, lower=limits.skill)),
        (
            f"on the line where |J| > {limits.tolerance:g}",
            limits.decide(agreement.informative_on_line, lower=limits.on_line),
        ),
        note=f"{agreement.informative} informative pairs; {agreement.below:.2%} of all lie below the line (output "
        f"latents that left the active set), {agreement.above:.2%} above",
        figures=[(cause_figures.ablation, agreement)],
    )


@pytest.mark.reads("jacobian_ablation", faults=("many_leave", "permuted_changes"))
def check_ablation_stays_on_line(record, limits, judge):
    """At least {on_line:.0%} of all pairs change by -J within {tolerance:g}, and more than do not change at all.

    Means: derivatives hold only while the active set does. Where many output latents leave it after one unit of
    ablation, the Jacobian is right (see ablation_follows_jacobian) and still says little about interventions.

    Do: look at how much lies below the line; a sparser or smaller Jacobian moves fewer latents out of the active set.
    """
    agreement = causal_agreement(
        record.element, record.change, tolerance=limits.tolerance, informative=int(limits.informative)
    )
    judge(
        ("share on the line", limits.decide(agreement.on_line, lower=limits.on_line)),
        ("more than predicting no change", limits.decide(agreement.gain, lower=limits.gain)),
        note=f"no change would score {agreement.unchanged.value:.4g}, permuted changes {agreement.permuted.value:.4g}; "
        f"{agreement.below:.2%} below the line, {agreement.above:.2%} above",
        figures=[(cause_figures.ablation, agreement)],
    )


@pytest.mark.reads("jacobian_linearity", answers=True, faults=("negative_count",))
def check_linearity_is_consistent(relations, limits, judge):
    """Counts of a linearity file are counts, within {worst_residual:.0f} tolerance.

    Means: the file was edited or merged.

    Do: run the classification again.
    """
    judge.consistent(relations, limits)


@pytest.mark.reads("jacobian_linearity", faults=("swapped_counts",))
def check_latents_are_linear(record, peers, limits, judge):
    """At least {share:.0%} of the pairs depend linearly on each other, beyond a threshold if need be.

    Means: a derivative at one point does not describe the dependence over the range of the input latent.

    Do: compare with coefficient 0: a penalty that costs linearity hides dependence instead of removing it.
    """
    here = _linear_share(record)
    parts = [("linear or gated", limits.decide(here, lower=limits.share))]
    twin = twin_of(record, peers) if record.coefficient else None
    if twin is not None:
        there = _linear_share(twin)
        change = Estimate(
            here.value - there.value, float(np.hypot(here.se, there.se)), n=min(here.n, there.n), counted="pairs"
        )
        parts.append(("change from coefficient 0", limits.decide(change, lower=-limits.loss)))
    kinds = [{"linear": r.linear, "gated": r.gated, "neither": r.neither} for r in (record, twin) if r is not None]
    judge(*parts, figures=[(cause_figures.linearity, kinds[0], kinds[1] if twin else None, limits.share)])


def _linear_share(record):
    share = (record.linear + record.gated) / record.total
    return Estimate(share, float(np.sqrt(share * (1 - share) / record.total)), n=record.total, counted="pairs")


@pytest.mark.reads("jacobian_evaluation", answers=True, faults=("count_times_pairs", "foreign_mean"))
def check_evaluation_is_consistent(relations, limits, judge):
    """Counts and means of an evaluation agree with their definitions within {worst_residual:.0f} tolerance.

    Means: a share was stored for a count or the other way round, or the means belong to other documents.

    Do: evaluate again; mind that the count is per token, from 0 to k².
    """
    judge.consistent(relations, limits)


@pytest.mark.reads("jacobian_evaluation", needs=("score", "score_out"), faults=("worse_reconstruction", "clamped"))
def check_reconstruction_is_kept(record, peers, limits, judge):
    """The mean score of both autoencoders is at most {loss:g} below that of the pair trained with coefficient 0.

    Means: the sparse Jacobian was bought with autoencoders that reconstruct worse.

    Do: lower the coefficient, or train longer; compare the whole curve with sparsity_pays.
    """
    twin = require_twin(record, peers)
    if twin.score is None or twin.score_out is None:
        raise NotApplicable("the pair with coefficient 0 has no scores of documents")
    score, other = ((r.score + r.score_out) / 2 for r in (record, twin))
    edge = np.mean((score <= limits.score_low) | (score >= limits.score_high))
    if len(score) == len(other):
        both = np.isfinite(score) & np.isfinite(other)
        drop = (other - score)[both]
        loss = Estimate(
            float(drop.mean()), float(drop.std(ddof=1) / np.sqrt(len(drop))), n=len(drop), counted="documents"
        )
    else:
        means, errors = zip(
            *((np.nanmean(s), np.nanstd(s, ddof=1) / np.sqrt(np.isfinite(s).sum())) for s in (score, other)),
            strict=True,
        )
        loss = Estimate(
            float(means[1] - means[0]), float(np.hypot(*errors)), n=min(len(score), len(other)), counted="documents"
        )
    judge(
        ("loss of score", limits.decide(loss, upper=limits.loss)),
        ("documents at the clamp", limits.decide(Estimate(float(edge), n=len(score)), upper=limits.clamped)),
        figures=[(cause_figures.reconstruction, score, other, limits.loss)] if len(score) == len(other) else [],
    )
