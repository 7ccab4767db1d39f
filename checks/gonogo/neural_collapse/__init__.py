"""Neural collapse, grokking delay and the information plane."""

from gonogo.neural_collapse.collapse import Collapse, class_members, collapse, relative_variance
from gonogo.neural_collapse.compression import Compression, compression, partial_correlation, thinned
from gonogo.neural_collapse.crossing_trend import Trend, trend
from gonogo.neural_collapse.curve_crossings import Crossing, Lead, crossing, lead
from gonogo.neural_collapse.curve_ending import difference, drift, ending, ratio, sample_size
from gonogo.neural_collapse.curves import (
    CollapseCurves,
    Milestones,
    accuracy_gain,
    at,
    collapse_curves,
    fitting,
    milestones,
)
from gonogo.neural_collapse.information_plane import nhsic, one_hot, plane, unit_scale
from gonogo.neural_collapse.margin_comparison import logit_residual, margin_ratio, weakest_margin
from gonogo.neural_collapse.margins import Margins, from_logits, margins, smallest
from gonogo.neural_collapse.matched_compression import MatchedCompression, matched_compression
from gonogo.neural_collapse.seed_spread import (
    Band,
    CollapseBands,
    SeedSpread,
    band,
    collapse_bands,
    common_grid,
    seed_spread,
)

__all__ = [
    "Band",
    "Collapse",
    "CollapseBands",
    "CollapseCurves",
    "Compression",
    "Crossing",
    "Lead",
    "Margins",
    "MatchedCompression",
    "Milestones",
    "SeedSpread",
    "Trend",
    "accuracy_gain",
    "at",
    "band",
    "class_members",
    "collapse",
    "collapse_bands",
    "collapse_curves",
    "common_grid",
    "compression",
    "crossing",
    "difference",
    "drift",
    "ending",
    "fitting",
    "from_logits",
    "lead",
    "logit_residual",
    "margin_ratio",
    "margins",
    "matched_compression",
    "milestones",
    "nhsic",
    "one_hot",
    "partial_correlation",
    "plane",
    "ratio",
    "relative_variance",
    "sample_size",
    "seed_spread",
    "smallest",
    "thinned",
    "trend",
    "unit_scale",
    "weakest_margin",
]
