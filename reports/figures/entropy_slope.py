"""Figures of what first order says: derivatives, precision and bias of the slope, reach, attribution."""

import numpy as np

from reports.figures.style import BAND, BLUE, GREEN, INK, LIMIT, MUTED, ORANGE, half, interval, panels


@panels(1, 2)
def derivatives(axes, pairs, rtol):
    """What was seen of each sequence against its derivative times the step, with fitted and wanted slope."""
    for ax, (name, pair) in zip(axes, pairs.items(), strict=True):
        slope = pair.estimate.value
        reach = 1.05 * (np.max(np.abs(pair.expected)) or 1.0)
        ends = np.array([-reach, reach])
        ax.plot(pair.expected, pair.seen, ".", color=BLUE, alpha=0.5, rasterized=len(pair.seen) > 500)
        ax.fill_between(ends, ends * (1 - rtol), ends * (1 + rtol), color=GREEN, alpha=BAND, linewidth=0,
                        label=f"1 ± {rtol:.0%}")  # fmt: skip
        ax.plot(ends, slope * ends, "-", color=LIMIT if abs(slope - 1) > rtol else INK, label=f"slope {slope:.3f}")
        title = f"{name}, r = {pair.correlation.value:.2f}"
        ax.set(xlabel="derivative × step [nats]", ylabel="seen [nats]", title=title, xlim=ends)
        ax.legend()
    return axes


@panels(1, 1)
def precision(ax, found, share):
    """Standard errors of both slopes against the number of sequences, and the share of the slope that is allowed."""
    n, error, reference = found.sequences, found.estimate.value, found.reference
    largest = found.needed if np.isfinite(found.needed) else n
    grid = np.geomspace(min(n, largest) / 2, 2 * max(n, largest), 50)
    for name, size, colour in (("reported slope", error, BLUE), ("plug-in slope", reference.se, ORANGE)):
        ax.plot(grid, size * np.sqrt(n / grid), "-", color=colour, linewidth=1)
        ax.plot(n, size, "o", color=colour, label=name)
    ax.axhspan(0, found.limit, color=GREEN, alpha=BAND, linewidth=0, label=f"within {share:.0%} of the plug-in slope")
    ax.set(xscale="log", yscale="log", xlabel="sequences B", ylabel="s.e. [nats/token per unit step]",
           xlim=(grid[0], grid[-1]))  # fmt: skip
    ax.legend()
    return ax


@panels(1, 1)
def control_variates(ax, found, tau):
    """True minus linear with its interval, without and with controls, against the tolerance."""
    ax.axvspan(-tau, tau, color=GREEN, alpha=BAND, linewidth=0, label="tolerance")
    ax.axvline(0, color=MUTED, linewidth=1)
    for row, (estimate, colour) in enumerate(((found.plain, MUTED), (found.estimate, BLUE))):
        ax.errorbar(estimate.value, row, xerr=half(estimate.se), fmt="o", color=colour, capsize=3)
    ax.set_yticks([0, 1], ["as it is", "with controls"])
    ax.set(xlabel=f"true − linear, {interval()} [nats/token]", ylim=(1.6, -0.6))
    ax.legend()
    return ax


@panels(1, 1)
def regime(ax, fit, eta, share):
    """Quadratic part over linear part against the step, with the errors of the fit, and how far it may go."""
    grid = np.linspace(0, fit.eta[-1], 60)[1:]
    size = np.array([fit.quadratic(step, share)[0].value for step in grid])
    error = np.array([fit.quadratic(step, share)[0].se for step in grid])
    linear = np.abs(fit.slope * grid)
    ax.plot(grid, size / linear, "-", color=BLUE, label="|F| η / 2|s|")
    low, high = np.maximum(size - half(error), 0) / linear, (size + half(error)) / linear
    ax.fill_between(grid, low, high, color=BLUE, alpha=BAND, linewidth=0, label=interval())
    ax.axhline(share, color=LIMIT, linestyle="--", label=f"limit {share:.0%}")
    for step in fit.eta:
        ax.axvline(step, color=MUTED, linewidth=0.6)
    ax.axvline(eta, color=INK, linewidth=1.2, label="judged here")
    ax.set(xlabel="step η", ylabel="quadratic / linear part of ΔH", ylim=(0, None))
    ax.legend()
    return ax


@panels(1, 2)
def attribution(axes, found, here, correlation):
    """Influence of each sequence on the true change against that on the linear term; the correlation at every step."""
    eta = found.eta[here]
    left, right = axes
    left.plot(eta * found.linear, found.true[here], ".", color=BLUE, alpha=0.5, rasterized=len(found.linear) > 500)
    left.axline((0, 0), slope=1, color=MUTED, linestyle="--")
    left.set(xlabel="influence on linear [nats/token]", ylabel="influence on true ΔH [nats/token]",
             title=f"r = {found.value[here]:.2f} at η = {eta:.3g}")  # fmt: skip
    right.errorbar(found.eta, found.value, yerr=half(found.se), fmt="o-", color=BLUE, capsize=3, label=interval("r"))
    right.axhline(correlation, color=LIMIT, linestyle="--", label=f"limit {correlation:g}")
    right.plot(eta, found.value[here], "s", markersize=11, markerfacecolor="none", markeredgecolor=INK)
    right.set(xscale="log", xlabel="step η", ylabel="correlation of influences", ylim=(min(-0.1, *found.value), 1.02))
    right.legend()
    return axes
