"""The Fisher information of a trained encoder follows its training density as its loss and encoding want it."""

import math

import numpy as np
import pytest

from gonogo import Estimate, NotApplicable
from gonogo.estimate import capped_quantile
from gonogo.fisher_information import condition_number, information
from gonogo.fisher_information.covariance_share import covariance_share
from gonogo.fisher_information.decoded_error import error_bound, path_slope
from gonogo.fisher_information.density_exponent import fit_exponent, require_varying
from gonogo.fisher_information.readout import decoded_angles
from gonogo.fisher_information.response_moments import jackknife_error, log_variance
from gonogo.fisher_information.sensitivity_curve import one_turn
from reports.figures import fisher_code as code_figures
from reports.figures import fisher_information as figures
from reports.figures import fisher_responses as response_figures

pytestmark = pytest.mark.fisher_information

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


def log_variance_of(record):
    """Variance of log I at an angle for the choice of stimuli, from single responses where they are recorded."""
    if record.responses is None or record.slope is None or record.covariance is None:
        return log_variance(record.stimuli)
    at = np.abs(record.angles - record.response_angles[:, None]).argmin(axis=1)
    return log_variance(record.stimuli, record.responses, record.slope[at], record.covariance[at])


def decide(limits, estimate, most, **bounds):
    """Decision at no more than so many standard errors: for errors from few stretches, bins or models."""
    return limits.decide(estimate, z=capped_quantile(limits.z, estimate.dof, most=most), **bounds)


def stepwise(record):
    """Whether the training density is one of bins."""
    return "probs" in (record.distribution_params or {})


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
    weights = np.ones_like(mean) if record.density is None else record.density
    share = covariance_share(mean, spread, weights, log_variance=log_variance_of(record), stimuli=record.stimuli)
    judge(
        limits.decide(share, upper=limits.share_max),
        note=f"median over all angles {np.nanmedian(spread / (mean + spread)):.2f}",
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


def _responses(record):
    """Drawings of single responses and of the angles read out of them, where they are recorded."""
    if record.responses is None or record.responses.shape[-1] != 2:
        return []
    decoded = decoded_angles(record.responses, circular=record.circular)
    return [
        (response_figures.clouds, record.response_angles, record.responses, record.encoding or "linear"),
        (response_figures.decoded_scatter, record.response_angles, decoded),
        (response_figures.decoded_histograms, record.response_angles, decoded),
    ]


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
        figures=[(code_figures.decoded, quantity, "tightest", limits.share), *_responses(record)],
    )


@pytest.mark.reads("encoding", needs=("information", "mse", "bias"), faults=("off_axis_code",))
def check_readout_uses_the_information(record, limits, judge):
    """Where the model was trained, the readout reaches {efficiency_min:.0%} of the Cramér–Rao bound on average.

    Means: much of the information lies in a direction that the readout ignores, so that Fisher information says little
    about the errors that the loss sees.

    Do: look at the level sets against the axis of the readout; read the exponents with care.
    """
    quantity = bound_of(record)
    judge(
        decide(limits, quantity.efficiency, limits.multiplier, lower=limits.efficiency_min),
        figures=[(code_figures.decoded, quantity, "efficiency", limits.efficiency_min)],
    )


@pytest.mark.reads("encoding", needs=("information", "mse", "bias"), faults=("reversed_errors",))
def check_error_falls_where_information_rises(record, limits, judge):
    """Squared error has the order of its bound, (1 + b')²/I + b², over the angles: rank correlation {rank_min:g}.

    Means: the decoder errs most where code and bias let it err least: it leaves information unused there (see
    readout_uses_the_information), or errors and information are of different stimuli.

    Do: look at both curves, and at layers that were frozen when the code changed.
    """
    quantity = bound_of(record)
    judge(figures=[(code_figures.decoded, quantity, "order", limits.rank_min)])
    if quantity.spread < limits.spread_min:
        raise NotApplicable(f"the log of the bound varies by {quantity.spread:.2f} only: there is no order to follow")
    judge(
        decide(limits, quantity.order, limits.multiplier, lower=limits.rank_min),
        figures=[(code_figures.decoded, quantity, "order", limits.rank_min)],
    )


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
    spread = log_variance_of(record)
    fewer = spread * (record.stimuli or 0) / record.heldout_stimuli if record.heldout_stimuli else spread
    both = zip((seen, unseen), (spread, fewer), strict=True)
    fits = [fit_exponent(density, values, log_variance=each, **settings) for values, each in both]
    one, other = (fit.exponent for fit in fits)
    # Both fits meet the same angles, and share what the power law misses there, but not their stimuli.
    seen = float(jackknife_error(fits[1].replicates - fits[0].replicates))
    se = math.hypot(seen, *(fit.sampling for fit in fits))
    dof = (len(fits[0].replicates) - 1) * (se / seen) ** 4 if seen > 0 else math.inf
    gap = Estimate(other.value - one.value, se, n=record.heldout_stimuli, dof=dof, counted="stimuli")
    drawn = list(zip(("trained on", "unseen"), fits, strict=True))
    judge(
        limits.decide(gap, lower=-limits.gap_max, upper=limits.gap_max),
        figures=[(figures.power_law, drawn, one.value - limits.gap_max, one.value + limits.gap_max)],
    )
