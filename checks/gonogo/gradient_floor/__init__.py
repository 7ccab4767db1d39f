"""Gradient, residual stream and accuracy of networks trained by feedback alignment."""

from gonogo.gradient_floor.credit_mechanism import Mechanism, mechanism
from gonogo.gradient_floor.floor import Floor, Trajectory, gradient_floor
from gonogo.gradient_floor.log_completeness import logged_share, longest_gap
from gonogo.gradient_floor.norm_level import Level, level
from gonogo.gradient_floor.proportions import (
    mean_over_seeds,
    paired_proportion_difference,
    proportion_difference,
    seeds_to_decide,
    smallest_sample,
)
from gonogo.gradient_floor.residual_probe import ResidualNorms, residual_norms, residual_states, sample_norms
from gonogo.gradient_floor.residual_stream import Ceiling, block_growth, stream_ratio

__all__ = [
    "Ceiling",
    "Floor",
    "Level",
    "Mechanism",
    "ResidualNorms",
    "Trajectory",
    "block_growth",
    "gradient_floor",
    "level",
    "logged_share",
    "longest_gap",
    "mean_over_seeds",
    "mechanism",
    "paired_proportion_difference",
    "proportion_difference",
    "residual_norms",
    "residual_states",
    "sample_norms",
    "seeds_to_decide",
    "smallest_sample",
    "stream_ratio",
]
