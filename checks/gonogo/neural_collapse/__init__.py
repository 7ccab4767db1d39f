"""Neural collapse, grokking delay and the information plane."""

from gonogo.neural_collapse.collapse import Collapse, collapse
from gonogo.neural_collapse.compression import Compression, compression
from gonogo.neural_collapse.curves import CollapseCurves, Milestones, collapse_curves, milestones
from gonogo.neural_collapse.information_plane import information_plane, nhsic, one_hot, unit_scale
from gonogo.neural_collapse.margins import Margins, margins, margins_from_logits, smallest_margins
from gonogo.neural_collapse.matched_compression import MatchedCompression, matched_compression
from gonogo.neural_collapse.seed_spread import SeedSpread, seed_spread

__all__ = [
    "Collapse",
    "CollapseCurves",
    "Compression",
    "Margins",
    "MatchedCompression",
    "Milestones",
    "SeedSpread",
    "collapse",
    "collapse_curves",
    "compression",
    "information_plane",
    "margins",
    "margins_from_logits",
    "matched_compression",
    "milestones",
    "nhsic",
    "one_hot",
    "seed_spread",
    "smallest_margins",
    "unit_scale",
]
