"""One look for every figure: sizes, colours that survive colour blindness, and how many panels a drawing wants."""

# Okabe and Ito's palette: told apart with every kind of colour vision, on white and on black.
BLUE, ORANGE, GREEN, RED, PURPLE, SKY, YELLOW = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#F0E442",
)  # fmt: skip
SERIES = (BLUE, ORANGE, GREEN, PURPLE, SKY, RED)
LIMIT = RED
BAND = 0.18
# Ink stands for "the colour of the page's text": the page draws it dark on light and light on dark.
INK = "#010203"
MUTED = "#808080"

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


def panels(rows=1, columns=1):
    """Declare how many axes a drawing function wants.

    A drawing of one panel is handed its axes, one of several panels an array of axes, shape (rows * columns,).
    """

    def declare(draw):
        draw.panels = (rows, columns)
        return draw

    return declare
