"""Figures of the entropy change against the step: comparison, residual, orders of growth, agreement of runs."""

import numpy as np

from reports.figures.style import BAND, BLUE, GREEN, INK, LIMIT, MUTED, ORANGE, half, interval, panels

CHANGE = "|ΔH| [nats/token]"
STEP = "step η"


@panels(1, 1)
def comparison(ax, expansion, eta, order, tau, floor):
    """|expansion| against |true| on log axes; open red symbols mark opposite signs, the grey band the noise floor.

    The whiskers are the intervals of the paired differences; the line pair about y = x is the tolerance.
    """
    true, judged = np.abs(expansion.true), np.isclose(expansion.eta, eta)
    everything = []
    for name, values, errors, marker, colour, n in (
        ("linear", expansion.linear, expansion.linear_gap_se, "o", BLUE, 1),
        ("lin+quad", expansion.linquad, expansion.linquad_gap_se, "X", ORANGE, 2),
    ):
        size = np.abs(values)
        seen = np.isfinite(size) & (size > 0) & (true > 0)
        opposite = np.sign(values) != np.sign(expansion.true)
        same = seen & ~opposite
        if same.any():  # a series without points has no place in the legend
            ax.plot(true[same], size[same], marker, color=colour, label=name, zorder=3)
        other = seen & opposite
        if other.any():
            ax.plot(true[other], size[other], marker, color="none", markeredgecolor=LIMIT, markeredgewidth=1.4,
                    label=f"{name}, opposite sign", zorder=3)  # fmt: skip
        if n == order and seen.any():
            whiskers = np.minimum(half(errors[seen]), size[seen] * (1 - 1e-3))
            ax.errorbar(true[seen], size[seen], yerr=whiskers, fmt="none", ecolor=colour, alpha=0.5, linewidth=1,
                        label=f"{interval()} of the difference")  # fmt: skip
            ax.plot(true[seen & judged], size[seen & judged], "s", markersize=11, markerfacecolor="none",
                    markeredgecolor=INK, label="judged here")  # fmt: skip
            for x, y, step in zip(true[seen], size[seen], expansion.eta[seen], strict=True):
                ax.annotate(f"{step:.3g}", (x, y), textcoords="offset points", xytext=(6, -9), fontsize=7, color=INK)
        everything += [*true[seen], *size[seen]]
    low, high = 0.8 * min(everything, default=1.0), 1.2 * max(everything, default=1.0)
    ends = np.array([low, high])
    ax.plot(ends, ends, "--", color=MUTED, label="y = x")
    rtol = tau / np.abs(expansion.true[judged][0]) if expansion.true[judged][0] else 0.0
    ax.fill_between(ends, ends * max(1 - rtol, 1e-3), ends * (1 + rtol), color=GREEN, alpha=BAND, linewidth=0,
                    label=f"within {rtol:.0%}")  # fmt: skip
    if np.isfinite(floor) and floor > low:
        ax.axvspan(low, floor, color=MUTED, alpha=BAND, linewidth=0, label="numeric noise")
        ax.axhspan(low, floor, color=MUTED, alpha=BAND, linewidth=0)
    ax.set(xscale="log", yscale="log", xlim=ends, ylim=ends, xlabel=f"true {CHANGE}", ylabel=f"expansion {CHANGE}")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return ax


@panels(1, 1)
def growth(ax, expansion, floor):
    """ΔH against the step: true with its interval, first and second order."""
    ax.errorbar(
        expansion.eta, expansion.true, yerr=half(expansion.true_se), fmt="o-", color=INK, label=interval("true")
    )
    ax.plot(expansion.eta, expansion.linear, "--", color=BLUE, label="linear")
    if np.isfinite(expansion.linquad).any():
        ax.plot(expansion.eta, expansion.linquad, ":", color=ORANGE, label="lin+quad")
    if np.isfinite(floor):
        ax.axhspan(-floor, floor, color=MUTED, alpha=BAND, linewidth=0, label="numeric noise")
    ax.set(xscale="log", xlabel=STEP, ylabel="ΔH [nats/token]")
    ax.legend()
    return ax


@panels(1, 1)
def residual(ax, fit, tau):
    """True change minus the plug-in slope times the step, with the noise band and the tolerance where it was judged."""
    noise = fit.floor.change
    ax.axhspan(-noise, noise, color=MUTED, alpha=BAND, linewidth=0, label="numeric noise, ± 1 σ")
    ax.axhline(0, color=MUTED, linewidth=1)
    ax.plot(fit.eta, fit.residual, "o-", color=BLUE, label="true − s η")
    k = fit.judged
    ax.plot(fit.eta[k], fit.residual[k], "s", markersize=11, markerfacecolor="none", markeredgecolor=INK,
            label="judged here")  # fmt: skip
    ax.errorbar(fit.eta[k], 0, yerr=tau, fmt="none", ecolor=LIMIT, capsize=8, label="tolerance")
    ax.set(xscale="log", xlabel=STEP, ylabel="true − s η [nats/token]")
    ax.legend()
    return ax


@panels(1, 1)
def orders(ax, fit, order):
    """A quantity against the step on log axes with its fitted power and the power that it should have."""
    size = np.abs(fit.size)
    ax.plot(fit.eta[fit.used], size[fit.used], "o", color=BLUE, label="used")
    if (~fit.used).any():
        ax.plot(fit.eta[~fit.used], size[~fit.used], "o", color="none", markeredgecolor=MUTED, label="below the noise")
    power = fit.estimate.value
    ax.plot(fit.eta, np.exp(fit.intercept) * fit.eta**power, "-", color=BLUE, label=f"power {power:.2f}")
    last = np.flatnonzero(fit.used)[-1]
    ax.plot(fit.eta, size[last] * (fit.eta / fit.eta[last]) ** order, "--", color=MUTED, label=f"power {order}")
    if fit.noise > 0:
        ax.axhline(fit.noise, color=LIMIT, linewidth=1, linestyle=":", label="numeric noise")
    ax.set(xscale="log", yscale="log", xlabel=STEP, ylabel={1: f"true {CHANGE}"}.get(order, f"remainder {CHANGE}"))
    ax.legend()
    return ax


@panels(1, 1)
def quadratic(ax, fit):
    """True change with its quadratic fit, and the linear part of it."""
    ax.plot(fit.eta, fit.true, "o", color=INK, label="true")
    grid = np.linspace(0, fit.eta[-1], 100)
    intercept = fit.fitted[0] - fit.slope * fit.eta[0] - fit.curvature * fit.eta[0] ** 2 / 2
    ax.plot(grid, intercept + fit.slope * grid + fit.curvature * grid**2 / 2, "-", color=BLUE, label="quadratic fit")
    ax.plot(grid, intercept + fit.slope * grid, "--", color=ORANGE, label="its linear part")
    ax.axhspan(-fit.noise, fit.noise, color=MUTED, alpha=BAND, linewidth=0, label="noise, ± 1 σ")
    ax.set(xlabel=STEP, ylabel="ΔH [nats/token]")
    ax.legend()
    return ax


@panels(1, 1)
def forest(ax, pooled, rtol):
    """Each run's difference true - linear over its true change, with its interval, and the pooled one."""
    rows = np.arange(len(pooled.z))
    ax.axvspan(-rtol, rtol, color=GREEN, alpha=BAND, linewidth=0, label=f"within {rtol:.0%}")
    ax.axvline(0, color=MUTED, linewidth=1)
    ax.errorbar(
        pooled.relative, rows, xerr=half(pooled.relative_se), fmt="o", color=BLUE, capsize=3, label=interval("run")
    )
    scale = abs(pooled.true)
    ax.errorbar(pooled.difference.value / scale, len(rows), xerr=half(pooled.difference.se / scale), fmt="D",
                color=LIMIT, capsize=3, label=interval("pooled"))  # fmt: skip
    names = [f"{run.rpartition('/')[2]}  z = {z:.1f}" for run, z in zip(pooled.runs, pooled.z, strict=True)]
    ax.set_yticks([*rows, len(rows)], [*names, f"Stouffer Z = {pooled.stouffer:.1f}"])
    ax.set(xlabel="(true − linear) / |true|", ylim=(-0.7, len(rows) + 0.7))
    ax.invert_yaxis()
    ax.legend(loc="best")
    return ax


@panels(1, 1)
def error_fall(ax, batch, reported, power):
    """Reported standard error against the batch size with its fitted power and the power -1/2."""
    ax.plot(batch, reported, "o", color=BLUE, label="reported")
    grid = np.array([batch.min(), batch.max()], float)
    centre, level = np.exp(np.mean(np.log(batch))), np.exp(np.mean(np.log(reported)))
    ax.plot(grid, level * (grid / centre) ** power.value, "-", color=BLUE, label=f"power {power.value:.2f}")
    ax.plot(grid, level * (grid / centre) ** -0.5, "--", color=MUTED, label="power −1/2")
    ax.set(xscale="log", yscale="log", xlabel="sequences B", ylabel="reported s.e. [nats/token per unit step]")
    ax.legend()
    return ax
