"""Fisher information of an encoder against the density of its stimuli."""

from gonogo.fisher_information.circular_code import Closure, closure
from gonogo.fisher_information.code_adaptation import Adaptation, adaptation
from gonogo.fisher_information.decoded_error import ErrorBound, PathSlope, error_bound, path_slope
from gonogo.fisher_information.density_exponent import DensityExponent, fit_exponent, require_varying
from gonogo.fisher_information.discriminability import discriminability
from gonogo.fisher_information.encoder_probe import EncoderProbe, measure
from gonogo.fisher_information.information import Information, condition_number, debiased, information
from gonogo.fisher_information.loss_ordering import Ordering, expected_exponent, ordering
from gonogo.fisher_information.replicates import pooled
from gonogo.fisher_information.response_moments import Moments, jackknife, jackknife_error, moments
from gonogo.fisher_information.sensitivity_curve import Flatness, block_error, flatness, normalised, one_turn, trapezoid
from gonogo.fisher_information.stepwise_density import StepFit, step_fit

__all__ = [
    "Adaptation",
    "Closure",
    "DensityExponent",
    "EncoderProbe",
    "ErrorBound",
    "Flatness",
    "Information",
    "Moments",
    "Ordering",
    "PathSlope",
    "StepFit",
    "adaptation",
    "block_error",
    "closure",
    "condition_number",
    "debiased",
    "discriminability",
    "error_bound",
    "expected_exponent",
    "fit_exponent",
    "flatness",
    "information",
    "jackknife",
    "jackknife_error",
    "measure",
    "moments",
    "normalised",
    "one_turn",
    "ordering",
    "path_slope",
    "pooled",
    "require_varying",
    "step_fit",
    "trapezoid",
]
