"""Any tracked curve: whether it is finite, falls, diverges, spikes, settles, and where it ends."""

from gonogo.curves.cadence import covered_share, largest_step
from gonogo.curves.divergence import rise_over_minimum
from gonogo.curves.final_level import final_level, mean_level
from gonogo.curves.improvement import dead_share, improvement
from gonogo.curves.margin import worse_by
from gonogo.curves.monotony import largest_reversal
from gonogo.curves.non_finite import not_finite
from gonogo.curves.settling import remaining_change
from gonogo.curves.spikes import largest_spike

__all__ = [
    "covered_share",
    "dead_share",
    "final_level",
    "improvement",
    "largest_reversal",
    "largest_spike",
    "largest_step",
    "mean_level",
    "not_finite",
    "remaining_change",
    "rise_over_minimum",
    "worse_by",
]
