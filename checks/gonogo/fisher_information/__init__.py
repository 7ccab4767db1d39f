"""Fisher information of an encoder against the density of its stimuli."""

from gonogo.fisher_information.decoded_error import ErrorBound, error_bound
from gonogo.fisher_information.density_exponent import DensityExponent, fit_exponent
from gonogo.fisher_information.encoder_probe import EncoderProbe, probe_encoder
from gonogo.fisher_information.information import Information, condition_number, debiased_information, information
from gonogo.fisher_information.loss_ordering import expected_exponent
from gonogo.fisher_information.response_moments import Moments, moments

__all__ = [
    "DensityExponent",
    "EncoderProbe",
    "ErrorBound",
    "Information",
    "Moments",
    "condition_number",
    "debiased_information",
    "error_bound",
    "expected_exponent",
    "fit_exponent",
    "information",
    "moments",
    "probe_encoder",
]
