"""Figures of tracked curves: every point, what is not finite at the edge, and what was judged."""

import numpy as np

from reports.figures.style import BLUE, LIMIT, MUTED, ORANGE, panels

MANY = 2000  # points from which on a line is thinner and markers go


@panels(1, 1)
def curve(ax, step, value, metric, mark=None, lines=()):
    """A curve over its steps; NaN and infinities as marks at the edges, a mark where something happened."""
    step, value = np.asarray(step, float), np.asarray(value, float)
    finite = np.isfinite(value)
    few = len(step) <= 60
    ax.plot(step[finite], value[finite], color=BLUE, linewidth=1.4 if len(step) < MANY else 0.7,
            marker="o" if few else None, markersize=3)  # fmt: skip
    if finite.sum() > 3 and (value[finite] > 0).all() and value[finite].max() > 50 * value[finite].min():
        ax.set_yscale("log")
    for name, lost, end, symbol in (
        ("NaN", np.isnan(value), 0.97, "x"), ("+inf", np.isposinf(value), 0.97, "^"),
        ("−inf", np.isneginf(value), 0.03, "v"),
    ):  # fmt: skip
        if lost.any():
            first = step[lost][0]
            ax.plot(step[lost], np.full(lost.sum(), end), symbol, color=LIMIT, markersize=4, clip_on=False,
                    transform=ax.get_xaxis_transform(), label=f"{name} from step {first:g}")  # fmt: skip
            ax.axvline(first, color=LIMIT, linewidth=0.8, linestyle=":")
    if mark is not None:
        ax.axvline(mark, color=ORANGE, linewidth=1, linestyle="--", label=f"step {mark:g}")
    for level, text in lines:
        ax.axhline(level, color=LIMIT, linewidth=1, linestyle="--", label=text)
    ax.set(xlabel="step", ylabel=metric)
    if ax.get_legend_handles_labels()[0]:
        ax.legend(loc="best")
    return ax


@panels(1, 1)
def beside(ax, step, value, baselines, metric):
    """A curve over those of baseline runs."""
    for n, (at, other) in enumerate(baselines):
        ax.plot(at, other, color=MUTED, linewidth=0.9, label="baseline" if n == 0 else None)
    ax.plot(step, value, color=BLUE, label="this run")
    ax.set(xlabel="step", ylabel=metric)
    ax.legend(loc="best")
    return ax


@panels(1, 1)
def with_levels(ax, step, value, metric, levels):
    """A curve with the levels that its end is held against, each with its name."""
    return curve(ax, step, value, metric, lines=levels)
