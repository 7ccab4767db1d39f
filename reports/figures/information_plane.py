"""Figures of the information plane: differences over time, against the scale of the features, and at one scale."""

import numpy as np

from reports.figures.style import INK, LIMIT, MUTED, SERIES, colours_of, half, interval, panels

DIFFERENCE = "I(Z;X) − I(Z;Y)"


@panels(1, 2)
def over_time(axes, parts):
    """Information differences over their maximum, and RNC1, after the fit."""
    for name, part in parts.items():
        colour = colours_of(parts)[name]
        axes[0].plot(part.step + 1, part.difference / part.difference.max(), color=colour, label=name)
    part = next(iter(parts.values()))
    axes[1].plot(part.step + 1, part.rnc1, color=INK)
    axes[0].axhline(0, color=MUTED, linewidth=0.8)
    axes[0].set(ylabel=f"{DIFFERENCE}, over maximum")
    axes[1].set(ylabel="RNC1 = WCV / scale²", yscale="log")
    for ax in axes:
        ax.set(xscale="log", xlabel="step + 1")
        ax.xaxis.set_minor_formatter("")
    axes[0].legend(loc="best")
    return axes


@panels(1, 1)
def against_scale(ax, parts):
    """Information difference against the mean norm of the features; the square is where I(Z;Y) is compared from.

    Points that move along one curve are told apart by scale alone; compression moves them off it.
    """
    for name, part in parts.items():
        colour = colours_of(parts)[name]
        ax.plot(part.scale, part.difference, ".-", color=colour, linewidth=0.8, markersize=3, label=name)
        ax.plot(part.scale[part.reference], part.difference[part.reference], "s", color=colour)
        ax.annotate("end", (part.scale[-1], part.difference[-1]), color=INK, fontsize=8, xytext=(4, 4),
                    textcoords="offset points")  # fmt: skip
    ax.set(xscale="log", xlabel="mean norm of the features", ylabel=DIFFERENCE)
    ax.legend(loc="best")
    return ax


@panels(1, 1)
def at_one_scale(ax, found, limit=None):
    """Difference of nHSIC at each checkpoint, of features at one scale (interval over batches) and as they are."""
    ax.errorbar(found.step + 1, found.difference, yerr=half(found.error), fmt="o-", color=SERIES[0],
                label=interval("at one scale"))  # fmt: skip
    ax.plot(found.step + 1, found.raw, "s:", color=SERIES[1], label="as they are")
    if limit is not None:
        level = limit * found.difference.max()
        ax.axhline(level, color=LIMIT, linestyle="--", linewidth=1, label=f"limit {limit:.0%} of the maximum")
    ax.set(xscale="log", xlabel="step + 1", ylabel="nHSIC(Z;X) − nHSIC(Z;Y)", ylim=(min(0, np.min(found.raw)), None))
    ax.legend(loc="best")
    return ax
