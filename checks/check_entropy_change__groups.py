"""Groups of probes agree with the expansion and with each other."""

import numpy as np
import pytest

from checks.check_entropy_change import SAMPLE, controlled_gap, expansion_of
from gonogo import Estimate, NotApplicable, NotEnoughData
from gonogo.entropy_change import agreement as entropy_agreement
from gonogo.entropy_change.importance_weights import trusted
from reports.figures import entropy_change as figures

pytestmark = pytest.mark.entropy_change


def common_step(records):
    """Which step size of each run to pool: the largest that all runs trust.

    The remainder beyond first order grows with the step; runs judged at different steps would differ by it.
    """
    usable = {run: np.flatnonzero(trusted(record.log_weights, clip=record.clip)) for run, record in records.items()}
    usable = {run: indices for run, indices in usable.items() if len(indices)}
    if not usable:
        raise NotEnoughData("no run of the group has a step size with healthy weights")
    reach = min(records[run].eta[indices[-1]] for run, indices in usable.items()) * (1 + 1e-6)
    return {
        run: max((k for k in indices if records[run].eta[k] <= reach), default=indices[0])
        for run, indices in usable.items()
    }


def difference(record, k, largest_z):
    """True minus linear at a step size, and whether control variates took noise from it: on policy they do."""
    if all(getattr(record, name) is not None for name in ("gdotv", "score", "log_prob")):
        try:
            return controlled_gap(record, k, largest_z).estimate, True
        except NotApplicable:
            pass  # off policy the controls have no known mean
    return expansion_of(record).gap(record.eta[k], 1)[0], False


@pytest.mark.reads(
    "entropy_probe", group=("parent", "variant", "corrected"), needs=(*SAMPLE, "slope"), faults=("no_denominator",)
)
def check_pooled_linear_matches_true(records, limits, judge):
    """Over independent runs, linear expansion and true ΔH agree within {rtol:.0%}, and do not differ significantly.

    Means: a bias that no single run can show: a term missing from the estimator, or samples from another policy.

    Do: see on_policy and the producer's version; runs of the same code should stand in one group.
    """
    chosen, controls = {}, 0
    for run, k in common_step(records).items():
        gap, on_policy = difference(records[run], k, limits.on_policy_z)
        chosen[run] = np.array([gap.value, gap.se, records[run].delta_h[k]]) / records[run].eta[k]
        controls += on_policy
    pooled = entropy_agreement.pooled_difference(*np.array(list(chosen.values())).T, tuple(chosen))
    tau = limits.rtol * abs(pooled.true)
    judge(
        (
            "pooled difference",
            limits.decide(pooled.difference, lower=-tau, upper=tau, significance=limits.significance),
        ),
        (
            "runs agree with each other, p of Cochran's Q",
            limits.decide(Estimate(pooled.scatter_p, n=len(pooled.z)), lower=limits.scatter_p),
        ),
        note=f"all {len(pooled.z)} runs together lie {abs(pooled.stouffer):.1f} standard errors from no difference "
        f"(Stouffer's method), at the largest step that all trust; scores and surprisals as controls in "
        f"{controls} runs that are on policy",
        figures=[(figures.forest, pooled, limits.rtol)],
    )


@pytest.mark.reads("entropy_probe", group=(), needs=("slope_se", "shards", "log_weights"), faults=("understated_se",))
def check_reported_se_falls_with_batch(records, limits, judge):
    """Over runs of three or more batch sizes, the reported standard error falls like B to the power {low} to {high}.

    Means: the error is divided by the number of shards once too often (power near -1.5), or does not fall at all.

    Do: see reported_se_is_calibrated, which needs one run only but its per-sequence records.
    """
    batch = np.array([record.batch for record in records.values()])
    reported = np.array([record.slope_se for record in records.values()])
    shards = np.array([record.shards for record in records.values()])
    power = entropy_agreement.error_exponent(batch, reported, shards)
    judge(
        limits.decide(power, lower=limits.low, upper=limits.high),
        figures=[(figures.error_fall, batch, reported, power)],
    )
