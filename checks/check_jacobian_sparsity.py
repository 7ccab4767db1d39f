"""A pair of sparse autoencoders has a Jacobian that is sparse, not merely small, and that predicts interventions."""

import numpy as np
import pytest

from gonogo import Estimate, NotApplicable, NotEnoughData, jacobian_sparsity
from gonogo.jacobian_sparsity.causal_agreement import causal_agreement
from reports.figures import jacobian_causes as cause_figures
from reports.figures import jacobian_sparsity as figures

pytestmark = pytest.mark.jacobian_sparsity


def histogram_of(record):
    """Histogram with the entries put back that lie beyond its range."""
    if record.k is None or record.tokens is None:
        raise NotApplicable(f"neither name nor activations tell how many elements there were: {record.name!r}")
    return jacobian_sparsity.histogram(record.counts, record.edges, tokens=record.tokens, k=record.k)


def penalised(record):
    """Raise for a pair that no penalty was to make sparse."""
    if record.coefficient is None:
        raise NotApplicable(f"the name does not tell the coefficient: {record.name!r}")
    if record.coefficient == 0:
        raise NotApplicable("coefficient 0: this pair is the reference that others are compared with")


def twin_of(record, peers, **same):
    """Record of the pair that was trained without the penalty; None if there is none."""
    return next(iter(peers.where({"pair": record.pair, "coefficient": 0.0} | same).values()), None)


def require_twin(record, peers, **same):
    """Record of the twin, or the reason why there is nothing to compare with."""
    penalised(record)
    if (twin := twin_of(record, peers, **same)) is None:
        raise NotApplicable(f"no pair {record.pair} with coefficient 0 found")
    return twin


@pytest.mark.reads(
    "jacobian_histogram",
    answers=True,
    faults=("descending_edges", "lost_activation", "doubled_counts", "fewer_tokens"),
)
def check_record_is_consistent(relations, limits, judge):
    """Counts, bins and activations of a histogram agree within {worst_residual:.0f} tolerance.

    Means: the file contradicts itself: it was cut, merged or normalised after it was counted.

    Do: write the histogram again; nothing else of it can be judged until then.
    """
    judge.consistent(relations, limits)


@pytest.mark.reads("jacobian_histogram", faults=("dropped_counts",))
def check_histogram_is_complete(record, limits, judge):
    """At most {overflow:.1%} of the elements lie beyond the range of the histogram.

    Means: the routine that counts drops what is too large, without a word; shares of the rest are then too small. The
    other statements put these elements back at the far end, but cannot say how large they are.

    Do: count again with a wider range, or check that the number of tokens is right.
    """
    histogram = histogram_of(record)
    judge(
        limits.decide(Estimate(histogram.overflow, n=histogram.tokens), upper=limits.overflow),
        note=f"{histogram.overflow * histogram.total:.3g} of {histogram.total:.3g} elements are missing",
        figures=[(figures.distribution, histogram, None, None, None)],
    )


@pytest.mark.reads("jacobian_histogram", faults=("dense",))
def check_fraction_above_threshold(record, peers, limits, judge):
    """At most {fraction:.0%} of the elements between active latents exceed {threshold:g}.

    Means: the Jacobian is not small at this threshold; the penalty is too weak, or was not active.

    Do: raise the coefficient, then look at sparser_not_merely_smaller: this statement alone also holds for a Jacobian
    that only shrank.
    """
    penalised(record)
    if record.norm:
        raise NotApplicable(f"elements were divided by their norm ({record.norm}); the threshold is about plain ones")
    histogram, twin = histogram_of(record), twin_of(record, peers, norm=record.norm)
    twin = histogram_of(twin) if twin else None
    fraction = jacobian_sparsity.fraction_above(histogram, limits.threshold)
    judge(
        limits.decide(fraction, upper=limits.fraction),
        note=f"{fraction.value * record.k**2:.4g} of {record.k**2} elements a token; one sample a token, its elements "
        "move together",
        figures=[
            (figures.distribution, histogram, twin, limits.threshold, limits.fraction),
            (figures.thresholds, histogram, twin, record.k),
        ],
    )


@pytest.mark.reads("jacobian_histogram", faults=("dense",))
def check_sparser_than_twin(record, peers, limits, judge):
    """Elements above {threshold:g} are at most {ratio:.0%} as frequent as in the pair trained with coefficient 0.

    Means: the penalty changed little; what is small here is small without it.

    Do: check that the coefficient reached the loss and that the warm-up had passed before the run ended.
    """
    twin_record = require_twin(record, peers, norm=record.norm)
    if record.norm:
        raise NotApplicable(f"elements were divided by their norm ({record.norm}); the threshold is about plain ones")
    histogram, twin = histogram_of(record), histogram_of(twin_record)
    here, there = (jacobian_sparsity.fraction_above(h, limits.threshold) for h in (histogram, twin))
    judge(
        limits.decide(jacobian_sparsity.fraction_ratio(here, there), upper=limits.ratio),
        note=f"{here.value:.4g} here, {there.value:.4g} with coefficient 0",
        figures=[(figures.thresholds, histogram, twin, record.k)],
    )


@pytest.mark.reads("jacobian_histogram", faults=("merely_smaller",))
def check_sparser_not_merely_smaller(record, peers, limits, judge):
    """The largest {tail:.0%} of the elements shrank at least {gain:g} times less than the largest {bulk:.0%} did.

    Means: the Jacobian is a smaller copy of its twin's: the penalty scaled it down, as larger decoder rows or smaller
    latents do, and decided nothing about which latents depend on which. Any threshold count can be met this way.

    Do: train with a penalty that no factor changes (L1 over L2), or accept that the gain is one of size. The histogram
    pools all tokens; sparsity within tokens is judged by sweep_is_sparser where the run recorded it.
    """
    twin_record = require_twin(record, peers, norm=record.norm)
    profile = jacobian_sparsity.scale_profile(
        histogram_of(record),
        histogram_of(twin_record),
        bulk=limits.bulk,
        tail=limits.tail,
        resolution=limits.resolution,
    )
    bulk, tail = (profile.factor[place] for place in (profile.bulk, profile.tail))
    judge(
        limits.decide(profile.gain, lower=limits.gain),
        note=f"the bulk is {bulk:.3g}, the tail {tail:.3g} times as large as with coefficient 0; pooled over tokens",
        figures=[(figures.scale_profile, profile, limits.gain)],
    )


@pytest.mark.reads("sae_pair", answers=True, faults=("repeated_latent", "foreign_statistics", "infinite_weight"))
def check_pair_is_consistent(relations, limits, judge):
    """Weights, firing frequencies and reference of a pair agree within {worst_residual:.0f} tolerance.

    Means: the files belong to different pairs or checkpoints, or one was damaged.

    Do: export weights and reference together from one checkpoint.
    """
    judge.consistent(relations, limits)


@pytest.mark.reads("sae_pair", faults=("regauged",))
def check_decoder_norms_are_one(record, limits, judge):
    """Every decoder row of both autoencoders has norm 1 within {deviation:.0%}.

    Means: latents may be made smaller and their decoder rows larger without any change of the reconstruction; elements
    of the Jacobian then change size at will, and no threshold on them means anything.

    Do: normalise the decoder rows while training, or judge the Jacobian times |d_out|/|d_in| (gauge_invariant).
    """
    norms = {"input": record.decoder, "output": record.decoder_out}
    norms = {name: np.linalg.norm(rows, axis=1) for name, rows in norms.items()}
    judge(
        *(
            (name, limits.decide(Estimate(float(np.abs(values - 1).max()), n=len(values)), upper=limits.deviation))
            for name, values in norms.items()
        ),
        figures=[(figures.decoder_norms, norms, limits.deviation)],
    )


@pytest.mark.reads(
    "sae_pair",
    needs=("jacobian", "mlp_in", "mlp_out", "mlp_bias", "mlp_bias_out"),
    faults=("transposed", "rows_permuted", "slope_ignored", "rounded"),
)
def check_closed_form_matches_reference(record, peers, limits, judge):
    """The Jacobian in closed form equals the recorded one of automatic differentiation within {difference:g}.

    Means: the recorded Jacobian is not that of these weights at these inputs: transposed, of other latents, of another
    checkpoint or activation function, or computed in lower precision.

    Do: compare orientation and latent ids first; a difference near 1e-7 is float32 arithmetic.
    """
    normalised = record.config.get("normalize_activations", "none")
    if normalised != "none":
        raise NotApplicable(f"inputs are normalised ({normalised}); the closed form is that of raw inputs")
    products = jacobian_sparsity.latent_products(record.decoder, record.mlp_in, record.mlp_out, record.encoder_out)
    slope = jacobian_sparsity.activation_slope(record.x @ record.mlp_in + record.mlp_bias, record.activation)
    # By id, not by rank: the ranks of nearly equal latents are decided by rounding.
    active_in, active_out = np.sort(record.active_in), np.sort(record.active_out)
    closed = jacobian_sparsity.active_jacobian(products, slope, active_in, active_out)
    reference, *_ = jacobian_sparsity.by_latent(record.jacobian, record.active_in, record.active_out)
    own = jacobian_sparsity.active_latents(record.x, record.encoder, record.encoder_bias, record.k)
    shared = float(np.mean(np.sort(own) == active_in))
    twin = twin_of(record, peers) if record.coefficient else None
    twin = twin.jacobian if twin is not None else None
    pictures = [(figures.examples, reference, twin)]
    if twin is not None:
        pictures.append((figures.twin_examples, twin, reference))
    largest = float(np.abs(reference).max())
    difference = Estimate(float(np.abs(closed - reference).max()), n=len(closed))
    judge(
        ("largest difference", limits.decide(difference, upper=limits.difference)),
        ("share of input latents found active again", limits.decide(Estimate(shared, n=own.size), lower=limits.shared)),
        note=f"largest element {largest:.3g}; {len(closed)} tokens, {record.activation}",
        figures=[
            (figures.closed_form, closed, reference, limits.difference),
            *pictures,
        ],
    )


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
        change = Estimate(here.value - there.value, float(np.hypot(here.se, there.se)), n=min(here.n, there.n))
        parts.append(("change from coefficient 0", limits.decide(change, lower=-limits.loss)))
    kinds = [{"linear": r.linear, "gated": r.gated, "neither": r.neither} for r in (record, twin) if r is not None]
    judge(*parts, figures=[(cause_figures.linearity, kinds[0], kinds[1] if twin else None, limits.share)])


def _linear_share(record):
    share = (record.linear + record.gated) / record.total
    return Estimate(share, float(np.sqrt(share * (1 - share) / record.total)), n=record.total)


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
        loss = Estimate(float(drop.mean()), float(drop.std(ddof=1) / np.sqrt(len(drop))), n=len(drop))
    else:
        means, errors = zip(
            *((np.nanmean(s), np.nanstd(s, ddof=1) / np.sqrt(np.isfinite(s).sum())) for s in (score, other)),
            strict=True,
        )
        loss = Estimate(float(means[1] - means[0]), float(np.hypot(*errors)), n=min(len(score), len(other)))
    judge(
        ("loss of score", limits.decide(loss, upper=limits.loss)),
        ("documents at the clamp", limits.decide(Estimate(float(edge), n=len(score)), upper=limits.clamped)),
        figures=[(cause_figures.reconstruction, score, other, limits.loss)] if len(score) == len(other) else [],
    )


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
            cost = Estimate(cost.value, limits.unseeded, n=cost.n)
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
            limits.decide(Estimate(gain.hoyer_gain, error, n=len(measured)), lower=limits.gain),
        ),
        (
            "L1/(√n L2), relative to coefficient 0",
            limits.decide(Estimate(gain.spread_ratio, error, n=len(measured)), upper=limits.spread),
        ),
        note=f"best at coefficient {gain.best:g}; {text}; an s.e. of {limits.unseeded:g} is assumed between seeds",
        figures=[(cause_figures.scale_free, gain, limits.gain)],
    )
