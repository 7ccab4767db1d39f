"""A pair of sparse autoencoders has a Jacobian that is sparse, not merely small, and that predicts interventions."""

import numpy as np
import pytest

from gonogo import Estimate, NotApplicable, jacobian_sparsity
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
