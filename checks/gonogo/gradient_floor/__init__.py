"""Gradient, residual stream and accuracy of networks trained by feedback alignment."""

from gonogo.gradient_floor.credit_mechanism import Mechanism, credit_mechanism
from gonogo.gradient_floor.floor import Floor, gradient_floor
from gonogo.gradient_floor.proportions import paired_proportion_difference, proportion_difference
from gonogo.gradient_floor.residual_probe import ResidualNorms, residual_norms, residual_states
from gonogo.gradient_floor.residual_stream import Ceiling, block_growth, stream_ratio

__all__ = [
    "Ceiling",
    "Floor",
    "Mechanism",
    "ResidualNorms",
    "block_growth",
    "credit_mechanism",
    "gradient_floor",
    "paired_proportion_difference",
    "proportion_difference",
    "residual_norms",
    "residual_states",
    "stream_ratio",
]
