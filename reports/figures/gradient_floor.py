"""Figures of feedback runs: gradients of all blocks over their floor, log g against log h, all runs side by side."""

import numpy as np

from reports.figures.style import BLUE, GREEN, INK, LIMIT, MUTED, ORANGE, PURPLE, SKY, colours_of, panels

GRADIENT = "median ‖gradient‖ per sample"
STREAM = "‖last residual state‖"


def norms(values):
    """Norms for a logarithmic axis: zero and infinities stay and are marked at its edge, a negative one is none."""
    values = np.asarray(values, float)
    return np.where(values >= 0, values, np.nan)


def drawable(values):
    """Whether each value has a place on a logarithmic axis."""
    values = np.asarray(values, float)
    return np.isfinite(values) & (values > 0)


@panels(1, 2)
def blocks(axes, floor, cause):
    """Left: gradient of every block, the judged one bold, with the floor. Right: log g against log h."""
    left, right = axes
    for k, (block, level) in enumerate(zip(floor.blocks, floor.levels, strict=True)):
        judged = k == floor.judged
        left.plot(floor.epoch, norms(level.values), color=BLUE if judged else SKY, linewidth=2.2 if judged else 1,
                  alpha=1 if judged else 0.7, label=f"block {block}, judged" if judged else None)  # fmt: skip
        seen = np.flatnonzero(drawable(level.values))
        if len(seen):
            left.annotate(str(block), (floor.epoch[seen[-1]], level.values[seen[-1]]), textcoords="offset points",
                          xytext=(3, -3), fontsize=7, color=INK)  # fmt: skip
    left.axhline(floor.level.limit, color=LIMIT, linestyle="--", label=f"floor {floor.level.limit:g}")
    if floor.level.first is not None:
        left.axvline(floor.level.first, color=LIMIT, linewidth=1, linestyle=":", label=f"epoch {floor.level.first}")
    lost = floor.epoch[~drawable(floor.level.values)]
    if len(lost):
        left.axvspan(lost[0], floor.epoch[-1], color=LIMIT, alpha=0.12, linewidth=0, label="zero or no number")
    left.set(yscale="log", xlabel="epoch", ylabel=GRADIENT)
    left.legend(loc="best")
    _phase(right, cause)
    return axes


def _phase(ax, cause):
    """Draw log g against log h with the line of a normalisation that divides the gradient by the stream."""
    ax.set(xscale="log", yscale="log", xlabel="‖residual state‖", ylabel=GRADIENT)
    if cause is None or not len(cause.epoch):
        ax.text(0.5, 0.5, "no positive, finite rows", ha="center", transform=ax.transAxes)
        return
    ax.plot(cause.stream, cause.gradient, "-", color=MUTED, linewidth=0.8)
    ax.plot(cause.stream, cause.gradient, "o", color=BLUE, markersize=3, label=cause.label)
    for k in (0, -1):
        ax.annotate(f"epoch {cause.epoch[k]}", (cause.stream[k], cause.gradient[k]), textcoords="offset points",
                    xytext=(4, 4), fontsize=7, color=INK)  # fmt: skip
    ends = np.array([cause.stream.min(), cause.stream.max()])
    if ends[1] < 10 * ends[0]:
        ax.set_xscale("linear")
    ax.plot(ends, cause.gradient[0] * cause.stream[0] / ends, "--", color=ORANGE, label="power −1")
    ax.legend(loc="best")


@panels(1, 3)
def trajectories(axes, runs, floor=None, margin=None, level=None):
    """Stream, gradient and accuracy of all runs over the epochs; the runs under judgement bold.

    What no run has logged has no panel.

    Parameters
    ----------
    runs : list of gonogo.gradient_floor.Trajectory
        One a run.
    floor : float, optional
        Floor of the gradient.
    margin : float, optional
        What the accuracy must exceed that with frozen blocks by.
    level : float, optional
        That accuracy, as it was compared with.
    """
    colours, shown = colours_of([run.label for run in runs]), set()
    for run in runs:
        style = {"color": colours[run.label], "linewidth": 2 if run.judged else 1, "alpha": 1 if run.judged else 0.55,
                 "linestyle": "-" if run.judged else "--",
                 "label": None if run.label in shown else run.label}  # fmt: skip
        shown.add(run.label)
        axes[0].plot(run.epoch, norms(run.stream), **style)
        axes[1].plot(run.epoch, norms(run.gradient), **style)
        axes[2].plot(run.epoch, run.accuracy, **style)
    if floor is not None:
        axes[1].axhline(floor, color=LIMIT, linestyle="--", label=f"floor {floor:g}")
    if margin is not None and level is not None and np.isfinite(level):
        axes[2].axhline(level, color=INK, linewidth=1, linestyle=":", label=f"frozen, compared with {level:.3f}")
        axes[2].axhline(level + margin, color=LIMIT, linestyle="--", label=f"with margin {margin:g}")
    axes[0].set(yscale="log", xlabel="epoch", ylabel=STREAM, title="residual stream")
    axes[1].set(yscale="log", xlabel="epoch", ylabel=GRADIENT, title="true gradient")
    axes[2].set(xlabel="epoch", ylabel="test accuracy", ylim=(0, 1), title="accuracy")
    handles = {label: handle for ax in axes for handle, label in zip(*ax.get_legend_handles_labels(), strict=True)}
    names = ("stream", "gradient", "accuracy")
    logged = [any(np.isfinite(getattr(run, name)).any() for run in runs) for name in names]
    last = axes[max((n for n, seen in enumerate(logged) if seen), default=2)]
    last.legend(handles.values(), handles.keys(), loc="center left", bbox_to_anchor=(1.0, 0.5))
    return axes


@panels(1, 1)
def ceiling(ax, found, run):
    """Draw the stream's norm, the reference's, and the reference times the largest ratio allowed."""
    ax.plot(found.epoch, norms(found.stream), color=BLUE, linewidth=2, label="this run")
    ax.plot(found.epoch, found.reference, color=MUTED, label=f"reference: {run}")
    ax.plot(found.epoch, found.reference * found.ratio.limit, "--", color=LIMIT, label=f"× {found.ratio.limit:g}")
    if found.ratio.first is not None:
        ax.axvline(found.ratio.first, color=LIMIT, linewidth=1, linestyle=":", label=f"epoch {found.ratio.first}")
    lost = found.epoch[~np.isfinite(found.stream)]
    if len(lost):
        ax.axvspan(lost[0], found.epoch[-1], color=LIMIT, alpha=0.12, linewidth=0, label="overflow or no number")
    ax.set(yscale="log", xlabel="epoch", ylabel=STREAM)
    ax.legend(loc="best")
    return ax


@panels(1, 2)
def growth(axes, found, stream):
    """Left: largest growth per block over the epochs. Right: the stream's profile over the blocks, early to late."""
    left, right = axes
    left.plot(found.epoch, norms(found.values), color=BLUE, label="largest factor of a block")
    left.axhline(found.limit, color=LIMIT, linestyle="--", label=f"limit {found.limit:g}")
    left.set(yscale="log", xlabel="epoch", ylabel="growth of ‖residual state‖ in one block")
    left.legend(loc="best")
    rows = np.unique(np.linspace(0, len(found.epoch) - 1, 4).astype(int))
    for row, colour in zip(rows, (SKY, GREEN, PURPLE, BLUE), strict=False):
        right.plot(norms(stream[row]), "o-", color=colour, markersize=3, label=f"epoch {found.epoch[row]}")
    right.set(yscale="log", xlabel="block", ylabel="‖residual state‖")
    right.legend(loc="best")
    return axes
