"""One look for every figure: sizes, colours that survive colour blindness, and how many panels a drawing wants."""

import math
import re
import statistics
import zlib
from contextvars import ContextVar

import numpy as np

# After Okabe and Ito; green, purple and red are moved so that every two of these, grey included, are told apart without
# red or green cones as well (CIE 1976 distance at least 20), and each is seen on white and on black.
BLUE, ORANGE, GREEN, RED, PURPLE, SKY, YELLOW = (
    "#0072B2", "#E69F00", "#0FAD50", "#CC3311", "#A845E9", "#56B4E9", "#F0E442",
)  # fmt: skip
SERIES = (BLUE, ORANGE, GREEN, PURPLE, SKY)  # red is the limit's
LIMIT = RED
BAND = 0.18
# Ink stands for "the colour of the page's text": the page draws it dark on light and light on dark.
INK = "#010203"
MUTED = "#808080"

# One colour a name in all figures: methods of training, losses, measures of information.
NAMED = {
    "bp": MUTED, "frozen": INK, "dfa": BLUE,
    "linear": BLUE, "sqrt": ORANGE, "square": GREEN, "quart": PURPLE, "root4": SKY, "log": MUTED,
    "uniform": SKY, "concentrated": BLUE, "stepwise": PURPLE,
    "nHSIC": BLUE, "I, compressed": ORANGE, "I, kernel density": GREEN,
}  # fmt: skip
# Multiple of the standard error that error bars show: the verdict's, which whoever draws a row sets.
MULTIPLE: ContextVar[float] = ContextVar("multiple", default=3.29)
SETTINGS = 3e-4, 1.0  # range of penalties and weight decays that the colours of settings spread over

RC = {
    "font.size": 9,
    "font.family": "sans-serif",
    "svg.fonttype": "none",
    "svg.hashsalt": "gonogo",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.titlesize": 9,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "axes.grid": True,
    "grid.color": MUTED,
    "grid.alpha": 0.25,
    "grid.linewidth": 0.5,
    "axes.axisbelow": True,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "lines.linewidth": 1.4,
    "lines.markersize": 5,
}
PANEL_WIDTH, PANEL_HEIGHT = 3.6, 3.1


def half(errors):
    """Half the interval of a verdict, for error bars."""
    return MULTIPLE.get() * np.asarray(errors, float)


def interval(of=""):
    """How wide error bars are, for a label.

    >>> interval("run")
    'run ± 3.29 s.e.'
    """
    return f"{of} ± {MULTIPLE.get():.3g} s.e.".strip()


def panels(rows=1, columns=1):
    """Declare how many axes a drawing function wants.

    A drawing of one panel is handed its axes, one of several panels an array of axes, shape (rows * columns,).
    """

    def declare(draw):
        draw.panels = (rows, columns)
        return draw

    return declare


def colours_of(names):
    """Return the colours of some names, each the same in every figure where no other takes it.

    A name that ends in a setting, as in ``dfa λ=0.1``, has a colour by the size of the setting.

    >>> colours_of(["dfa"]) == {"dfa": BLUE}, len(set(colours_of(["linear", "new"]).values()))
    (True, 2)
    """
    found = {name: _known(name) for name in names}
    for name in (name for name, colour in found.items() if colour is None):
        start = zlib.crc32(name.encode()) % len(SERIES)
        turn = SERIES[start:] + SERIES[:start]
        found[name] = next((colour for colour in turn if colour not in found.values()), turn[0])
    return found


def _known(name):
    """Colour of a setting or of a name that has one of its own; None for any other."""
    setting = re.search(r"(?:λ ?= ?|decay )(\d\S*)$", name)
    return setting_colour(float(setting[1])) if setting else NAMED.get(name)


def setting_colour(value):
    """Return the colour of a penalty or weight decay: the larger, the brighter."""
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    low, high = (math.log10(end) for end in SETTINGS)
    share = (math.log10(value) - low) / (high - low) if value > 0 else 0.0
    return to_hex(colormaps["viridis"](0.08 + 0.77 * min(max(share, 0.0), 1.0)))


def standouts(values, most=3):
    """Return the places of the values farthest from their median: who is named where there are too many to name all.

    >>> standouts([1.0, 1.1, 9.0, 1.0], most=1)
    [2]
    """
    middle = statistics.median([value for value in values if math.isfinite(value)] or [0.0])
    away = [abs(value - middle) if math.isfinite(value) else math.inf for value in values]
    return sorted(range(len(values)), key=lambda n: -away[n])[:most]
