"""The sequences, the baseline and the reported standard errors of an entropy probe are fit for use."""

import numpy as np
import pytest

from checks.check_entropy_change import SAMPLE, sample_of
from gonogo import Estimate, NotApplicable, NotEnoughData, entropy_change
from gonogo.entropy_change import agreement as entropy_agreement
from gonogo.entropy_change import on_policy
from gonogo.entropy_change.importance_weights import trusted
from reports.figures import entropy_sequences as sequence_figures

pytestmark = pytest.mark.entropy_change

ROUNDING = 1e-4


@pytest.mark.reads("entropy_probe", needs=("log_weights", "log_prob", "rb_entropy"), faults=("truncated_sampler",))
def check_sequences_are_on_policy(record, limits, judge):
    """Sequences come from the scored policy: surprisal, score and weights have the means that follow from it.

    Means: samples are not from the scored policy (top-k, top-p, temperature, repetition penalty, stop rules,
    precision). The estimate of g·v is then biased, not only noisy.

    Do: compare the generation call's defaults with the scoring call; a library's default top-k is a common cause.
    """
    usable = np.flatnonzero(trusted(record.log_weights, clip=record.clip))
    scores = {"surprisal": on_policy.surprisal_excess(record.log_prob, record.rb_entropy)}
    if record.score is not None:
        scores["score"] = on_policy.score_mean(record.score)
    if len(usable):
        scores["importance weight"] = on_policy.weight_mean(record.log_weights[usable[-1]])
    excess = float(np.mean(scores["surprisal"].values) / np.mean(record.rb_entropy))
    judge(
        *(
            (
                name,
                limits.decide(score.estimate, lower=-limits.effect, upper=limits.effect, significance=limits.z_score),
            )
            for name, score in scores.items()
        ),
        note="standard errors from 0: "
        + ", ".join(f"{score.z:.1f} ({name})" for name, score in scores.items())
        + f"; surprisal is {excess:+.1%} off the policy's entropy",
        figures=[(sequence_figures.on_policy_scores, scores, limits.effect)],
    )


@pytest.mark.reads("entropy_probe", needs=("gdotv", "slope_se", "shards"), faults=("understated_se",))
def check_reported_se_is_calibrated(record, limits, judge):
    """The reported standard error of g·v lies within {ratio_low}–{ratio_high} times the jackknife's.

    Means: error bars of the producer are wrong; a ratio of one over the number of shards is the error of the mean shard
    given for their sum. No other statement uses the reported error.

    Do: correct the producer: the error of a sum of M shards is M times that of their mean.
    """
    jackknife = entropy_agreement.jackknife_of_sum(record.gdotv, shard=record.shard_size)
    ratio = Estimate(record.slope_se / jackknife, n=record.shards)
    judge(
        limits.decide(ratio, lower=limits.ratio_low, upper=limits.ratio_high),
        note=f"reported {record.slope_se:.4g}, jackknife of the sum over shards {jackknife:.4g}; "
        f"1/M = {1 / record.shards:.4g}",
    )


@pytest.mark.reads("entropy_probe", needs=SAMPLE, faults=("dominant_sequence",))
def check_influence_is_spread(record, limits, judge):
    """No single sequence carries more than {share:.0%} of the variance of true ΔH at the largest trusted step.

    Means: one sequence decides the result and its error bar; another draw would give another answer.

    Do: look at that sequence; score more of them.
    """
    usable = np.flatnonzero(trusted(record.log_weights, clip=record.clip))
    if not len(usable):
        raise NotEnoughData("no step size has healthy weights")
    k = usable[-1]
    rows = (array[k] for array in sample_of(record))
    change = entropy_change.true_change(*rows, clip=record.clip)
    variance = change.influence**2
    top = int(np.argmax(variance))
    share = Estimate(float(variance[top] / variance.sum()), n=record.batch)
    judge(
        limits.decide(share, upper=limits.share),
        note=f"sequence {top} at η = {record.eta[k]:.3g}, where true ΔH is {change.estimate.value:.3g} ± "
        f"{change.estimate.se:.2g} nats/token",
        figures=[(sequence_figures.influence, variance, variance.sum(), limits.share, "variance")],
    )


@pytest.mark.reads("entropy_probe", needs=("vhvv", "curvature"), faults=("dominant_curvature",))
def check_curvature_is_spread(record, limits, judge):
    """No single sequence carries more than {share:.0%} of v'Hv.

    Means: v'Hv is noise of one sequence; the second-order expansion is unusable on this run. That need not be
    a fault of the code: of sound batches of 512 sequences one in six is so, of 4096 none.

    Do: do not use lin+quad here; score far more sequences or leave the curvature out.
    """
    top = int(np.argmax(np.abs(record.vhvv)))
    share = Estimate(float(abs(record.vhvv[top] / record.curvature)), n=len(record.vhvv))
    judge(
        limits.decide(share, upper=limits.share),
        note=f"sequence {top}",
        figures=[(sequence_figures.influence, record.vhvv, record.curvature, limits.share, "v'Hv")],
    )


@pytest.mark.reads("entropy_probe", needs=("weight_sum", "weight_abs_sum"), faults=("inert_baseline",))
def check_baseline_is_active(record, limits, judge):
    """Fewer than {share:.0%} of the sequences have score weights of one sign only.

    Means: the baseline never changes a weight: the score weights are not centred, which inflates the error of g·v.

    Do: update the baseline's state on the path that computes g·v, or subtract H per remaining token.
    """
    if record.baseline_kind in ("none", "hk"):
        raise NotApplicable(f"baseline {record.baseline_kind!r} centres nothing by design")
    # One sign, up to rounding: the sum of the weights is as large as that of their sizes, whichever sign they have.
    one_signed = np.abs(record.weight_sum) >= (1 - ROUNDING) * record.weight_abs_sum
    share = Estimate(float(np.mean(one_signed)), n=len(record.weight_sum))
    judge(limits.decide(share, upper=limits.share), note=f"baseline {record.baseline_kind!r}")
