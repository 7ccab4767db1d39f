"""Figures of neural collapse: curves over log time, crossings against weight decay, signed distances."""

import numpy as np

from reports.figures.style import BAND, BLUE, INK, LIMIT, MUTED, ORANGE, SERIES, colours_of, panels

FIRST_STEP = 10


def _looks(labels, odd):
    """Colour and label of every group: of many only the odd ones have them, the others are a grey bundle."""
    labels = list(labels)
    if len(labels) <= len(SERIES) or not odd:
        return [(colours_of(labels)[label] if "decay " in label else SERIES[n % len(SERIES)], label)
                for n, label in enumerate(labels)]  # fmt: skip
    named = {label: SERIES[n % len(SERIES)] for n, label in enumerate(label for label in labels if label in odd)}
    rest = next(label for label in labels if label not in named)
    others = f"{len(labels) - len(named)} others"
    return [(named.get(label, MUTED), label if label in named else others if label == rest else None)
            for label in labels]  # fmt: skip


@panels(1, 3)
def dynamics(axes, groups, rnc1_limit=None, nc2_limit=None, milestones=None, odd=()):
    """Accuracy, RNC1 and NC2 over the step: mean and 95 % band over the runs of each group; train dashed.

    Vertical lines mark when the run fits (dotted), collapses (dashed) and generalises (solid). Of many groups only
    those named in ``odd`` have a colour.
    """
    for bands, (colour, label) in zip(groups.values(), _looks(groups, odd), strict=True):
        text = f"{label} (n = {bands.rnc1.runs})" if label and bands.rnc1.runs > 1 else label
        _curve(axes[0], bands.train_accuracy, colour, linestyle="--", alpha=0.5)
        for ax, band in zip(axes, (bands.test_accuracy, bands.rnc1, bands.nc2), strict=True):
            _curve(ax, band, colour, label=text)
            ax.fill_between(band.step + 1, band.low, band.high, color=colour, alpha=BAND, linewidth=0)
    for ax, name in zip(
        axes, ("accuracy (dashed: train)", "RNC1 = WCV / scale²", "NC2 = condition number"), strict=True
    ):
        ax.set(xscale="log", xlabel="step + 1", ylabel=name)
        ax.set_xlim(left=FIRST_STEP)
    axes[0].set_ylim(0, 1.02)
    axes[1].set_yscale("log")
    axes[2].set_yscale("log")
    axes[2].axhline(1, color=MUTED, linewidth=0.8)
    for ax, limit in zip(axes[1:], (rnc1_limit, nc2_limit), strict=True):
        if limit is not None:
            ax.axhline(limit, color=LIMIT, linewidth=1, linestyle="--", label=f"limit {limit:g}")
    if milestones is not None:
        for name, style in (("fit", ":"), ("collapse", "--"), ("generalisation", "-")):
            event = getattr(milestones, name)
            if event.seen:
                for ax in axes:
                    ax.axvline(event.step + 1, color=INK, linewidth=0.8, linestyle=style, label=f"{name}")
    if len(groups) > 1 or rnc1_limit is not None:
        axes[1].legend(loc="best")
    return axes


@panels(1, 3)
def planes(axes, groups):
    """Information differences and RNC1 over the step, the mean over the seeds of each setting, not divided by anything.

    Parameters
    ----------
    groups : dict of str to dict of str to gonogo.neural_collapse.seed_spread.Band
        Setting -> ``I, compressed``, ``nHSIC`` and ``rnc1``, those that were logged.
    """
    names = {"I, compressed": "I(Z;X) − I(Z;Y), compressed", "nHSIC": "nHSIC(Z;X) − nHSIC(Z;Y)",
             "rnc1": "RNC1 = WCV / scale²"}  # fmt: skip
    for bands, (colour, label) in zip(groups.values(), _looks(groups, ()), strict=True):
        for ax, name in zip(axes, names, strict=True):
            if name in bands:
                text = f"{label} (n = {bands[name].runs})" if bands[name].runs > 1 else label
                _curve(ax, bands[name], colour, label=text)
                ax.fill_between(bands[name].step + 1, bands[name].low, bands[name].high, color=colour, alpha=BAND,
                                linewidth=0)  # fmt: skip
    for ax, name in zip(axes, names.values(), strict=True):
        ax.set(xscale="log", xlabel="step + 1", ylabel=name)
        ax.set_xlim(left=FIRST_STEP)
    axes[2].set_yscale("log")
    axes[2].legend(loc="best")
    return axes


def _curve(ax, band, colour, **style):
    back = {"linewidth": 0.8, "zorder": 1.5} if colour == MUTED else {}  # a bundle lies behind those with names
    ax.plot(band.step + 1, band.mean, color=colour, **back, **style)


@panels(1, 1)
def crossings(ax, trends):
    """Step of each event against weight decay, a symbol a run; open triangles: not seen until then. Lines: slope."""
    for (name, trend), colour, marker in zip(trends.items(), (BLUE, ORANGE), ("o", "s"), strict=False):
        seen = np.array([event.seen for event in trend.crossings])
        steps = np.array([event.bound for event in trend.crossings])
        slope = trend.slope
        text = f"{name}: slope {slope.value:.2f} ± {slope.se:.2f}" if np.isfinite(slope.value) else name
        ax.plot(trend.setting[seen], steps[seen], marker, color=colour, label=text)
        if not seen.all():
            ax.plot(trend.setting[~seen], steps[~seen], "^", markerfacecolor="none", markeredgecolor=colour,
                    label=f"{name}: later than this")  # fmt: skip
        if np.isfinite(slope.value):
            x = np.array([trend.setting[seen].min(), trend.setting[seen].max()])
            centre = np.log10(trend.setting[seen]).mean(), np.log10(steps[seen] + 1).mean()
            ax.plot(x, 10 ** (centre[1] + slope.value * (np.log10(x) - centre[0])), color=colour, linewidth=1)
    ax.set(xscale="log", yscale="log", xlabel="weight decay", ylabel="step of the crossing")
    ax.legend(loc="best")
    return ax


@panels(1, 2)
def violins(axes, train, unseen, pair=(0, 1)):
    """Signed distances to the boundary of two classes: upper half the one class, lower half the other."""
    a, b = pair
    for ax, margins, title in zip(axes, (train, unseen), ("training samples", "unseen samples"), strict=True):
        for values, colour, side, name in zip(
            margins.between(a, b), (BLUE, ORANGE), ("high", "low"), pair, strict=True
        ):
            label = f"class {name} (n = {len(values)})"
            spread = np.ptp(values) > 0
            if spread:
                body = ax.violinplot([values], [0], orientation="horizontal", side=side, showextrema=False)["bodies"][0]
                body.set(facecolor=colour, edgecolor=colour, alpha=0.6, label=label)
            half = 0.05 if side == "high" else -0.05
            ax.plot(np.quantile(values, [0.25, 0.5, 0.75]), [half] * 3, "|", color=INK, markersize=7,
                    label=None if spread else label)  # fmt: skip
        ax.axvline(0, color=LIMIT, linewidth=1)
        ax.set(title=title, xlabel=f"signed distance, class {a} against {b}", yticks=[])
        ax.legend(loc="upper center")
    low, high = (f(ax.get_xlim()[i] for ax in axes) for i, f in ((0, min), (1, max)))
    for ax in axes:
        ax.set_xlim(low, high)
    return axes
