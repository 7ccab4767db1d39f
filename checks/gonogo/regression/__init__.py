"""A quantity or a curve against that of good runs."""

from gonogo.false_discoveries import benjamini_hochberg
from gonogo.regression.band import limits_within, natural_band
from gonogo.regression.envelope import Envelope, envelope
from gonogo.regression.move import (
    Move,
    against_replicates,
    bad_direction,
    critical_value_at,
    difference,
    measured_move,
    p_value,
    scale_of,
    welch,
)

__all__ = [
    "Envelope",
    "Move",
    "against_replicates",
    "bad_direction",
    "benjamini_hochberg",
    "critical_value_at",
    "difference",
    "envelope",
    "limits_within",
    "measured_move",
    "natural_band",
    "p_value",
    "scale_of",
    "welch",
]
