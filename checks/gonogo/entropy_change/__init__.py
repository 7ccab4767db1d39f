"""True entropy change of a policy step against its expansion."""

from gonogo.entropy_change.agreement import Pooled, error_exponent, jackknife_of_sum, pooled_difference
from gonogo.entropy_change.attribution import Attribution, attribution
from gonogo.entropy_change.control_variates import Controlled, controlled
from gonogo.entropy_change.derivatives import Followed, followed
from gonogo.entropy_change.expansion import (
    Expansion,
    TrueChange,
    expansion,
    plugin_slope,
    ratio_influence,
    slope_influence,
    standard_error,
    step,
    true_change,
)
from gonogo.entropy_change.importance_weights import WeightHealth, pareto_k, trusted, weight_health
from gonogo.entropy_change.joint import correlation_of, joint_multiplier
from gonogo.entropy_change.noise import NoiseFloor, SlopeResidual, noise_floor, slope_residual
from gonogo.entropy_change.on_policy import ZeroMean, score_mean, surprisal_excess, weight_mean, zero_mean
from gonogo.entropy_change.order import Growth, QuadraticFit, growth, quadratic_fit
from gonogo.entropy_change.precision import Precision, plugin_influence, slope_precision
from gonogo.entropy_change.regime import LinearRegime, linear_regime

__all__ = [
    "Attribution",
    "Controlled",
    "Expansion",
    "Followed",
    "Growth",
    "LinearRegime",
    "NoiseFloor",
    "Pooled",
    "Precision",
    "QuadraticFit",
    "SlopeResidual",
    "TrueChange",
    "WeightHealth",
    "ZeroMean",
    "attribution",
    "controlled",
    "correlation_of",
    "error_exponent",
    "expansion",
    "followed",
    "growth",
    "jackknife_of_sum",
    "joint_multiplier",
    "linear_regime",
    "noise_floor",
    "pareto_k",
    "plugin_influence",
    "plugin_slope",
    "pooled_difference",
    "quadratic_fit",
    "ratio_influence",
    "score_mean",
    "slope_influence",
    "slope_precision",
    "slope_residual",
    "standard_error",
    "step",
    "surprisal_excess",
    "true_change",
    "trusted",
    "weight_health",
    "weight_mean",
    "zero_mean",
]
