"""Figures of Fisher information against the density of training: power laws, exponents, steps, circles, fine-tuning."""

import numpy as np

from reports.figures.style import BAND, BLUE, GREEN, INK, LIMIT, MUTED, ORANGE, SERIES, panels

ANGLE = "angle θ [rad]"
DENSITY = "training density p [1/rad]"
INFORMATION = "Fisher information I [1/rad²]"
ROOT = "√I [1/rad]"


def _colour(n):
    return SERIES[n % len(SERIES)]


@panels(1, 2)
def power_law(axes, fits, lower, upper):
    """I against p, relative to their largest, linear and log-log, with the fit and the band of exponents judged.

    ``fits`` holds pairs of a name and a ``gonogo.fisher_information.density_exponent.DensityExponent``.
    """
    for n, (name, fit) in enumerate(fits):
        order, top = np.argsort(fit.density), fit.information.max()
        for ax in axes:
            ax.plot(fit.density, fit.information / top, "o", color=_colour(n), markersize=3, alpha=0.7)
            label = f"{name}: β = {fit.exponent.value:.2f} ± {fit.exponent.se:.2f}"
            ax.plot(fit.density[order], fit.fitted[order] / top, color=_colour(n), label=label)
    p = np.concatenate([fit.density for _, fit in fits])
    grid = np.geomspace(max(p.min(), 1e-4 * p.max()), p.max(), 60)
    for ax in axes:
        band = [(grid / p.max()) ** beta for beta in (upper, lower)]
        ax.fill_between(grid, *band, color=GREEN, alpha=BAND, linewidth=0, label=f"p^{lower:g} to p^{upper:g}")
        ax.set(xlabel=DENSITY, ylabel="I / largest I")
    axes[1].set(xscale="log", yscale="log", xlim=(grid[0], 1.3 * grid[-1]), ylim=(1e-5, 2))
    axes[0].set(xlim=(0, 1.05 * p.max()), ylim=(0, 1.3))
    axes[1].legend(loc="upper left", bbox_to_anchor=(0, -0.2))
    return axes


@panels(1, 1)
def exponents(ax, rows):
    """Exponent of every model or loss with its standard error; the band is what it may be, the tick what a = 1 expects.

    ``rows`` holds (name, Estimate, lower, upper, expected); limits may be None.
    """
    for y, (_, estimate, lower, upper, expected) in enumerate(rows):
        if lower is not None:
            ax.barh(y, upper - lower, left=lower, height=0.7, color=GREEN, alpha=BAND)
        if expected is not None:
            ax.plot([expected], [y], "|", color=MUTED, markersize=14)
        ax.errorbar([estimate.value], [y], xerr=[[estimate.se or 0.0]], fmt="o", color=INK, capsize=3)
    ax.set(yticks=range(len(rows)), yticklabels=[row[0] for row in rows], xlabel="exponent β of I ∝ p^β (± s.e.)")
    ax.set_ylim(len(rows) - 0.4, -0.6)
    return ax


@panels(1, 2)
def curves(axes, angles, informations, names, density):
    """√I, absolute and normalised to integral 1, with the training density (dashed)."""
    for n, (name, information) in enumerate(zip(names, informations, strict=True)):
        root = np.sqrt(np.where(information > 0, information, np.nan))
        known = np.isfinite(root)
        total = np.sum(np.diff(angles[known]) * (root[known][1:] + root[known][:-1]) / 2)
        axes[0].plot(angles, root, color=_colour(n), label=f"{name}: ∫√I = {total:.3g}")
        axes[1].plot(angles, root / total, color=_colour(n))
    if density is not None:
        axes[1].plot(angles, density, "--", color=INK, label="training density")
        axes[1].legend()
    axes[0].set(xlabel=ANGLE, ylabel=ROOT)
    axes[1].set(xlabel=ANGLE, ylabel="√I / ∫√I [1/rad]")
    axes[0].legend(loc="upper left", bbox_to_anchor=(0, -0.2))
    return axes


@panels(1, 1)
def totals(ax, losses, totals):
    """Integral of I of every model, one column a loss."""
    names = list(dict.fromkeys(losses))
    ax.plot([names.index(loss) for loss in losses], totals, "o", color=BLUE)
    ax.set(xticks=range(len(names)), xticklabels=names, xlabel="loss", ylabel="∫ I dθ [1/rad]", yscale="log")
    ax.set_xlim(-0.5, len(names) - 0.5)
    return ax


@panels(1, 1)
def flat(ax, models, variation_max):
    """√I relative to its mean under uniform training, with the standard deviation allowed, and the bump looked for."""
    for n, (name, quantity) in enumerate(models):
        relative = quantity.root / quantity.root.mean()
        label = f"{name}: sd {quantity.variation.value:.2f}, tilt {quantity.tilt.value:.2f}"
        ax.plot(quantity.angles, relative, "o-", markersize=3, color=_colour(n), label=label)
    first = models[0][1]
    ax.fill_between(first.angles, 0, 0.5 * first.reference, color=MUTED, alpha=BAND, linewidth=0, label="bump (tilt)")
    ax.axhspan(1 - variation_max, 1 + variation_max, color=GREEN, alpha=BAND, linewidth=0,
               label=f"± {variation_max:g}: largest sd")  # fmt: skip
    ax.set(xlabel=ANGLE, ylabel="√I / mean √I")
    ax.set_ylim(bottom=0)
    ax.legend(loc="upper left", bbox_to_anchor=(0, -0.2))
    return ax


@panels(1, 2)
def steps(axes, fit, lower, upper):
    """Normalised I over the bins, and its mean in each bin against the bin's density with the slopes allowed."""
    for n, (angles, curve, density) in enumerate(zip(fit.angles, fit.curves, fit.densities, strict=True)):
        axes[0].plot(angles, curve, "o-", markersize=3, color=_colour(n), label=f"I / ∫I, replicate {n + 1}")
        axes[0].plot(angles, density, "--", color=_colour(n), drawstyle="steps-mid", label="probability / bin width")
    ends = np.array([0, 1.1 * fit.density.max()])
    axes[1].plot(fit.density, fit.level, "o", color=BLUE, label="bins")
    line = fit.slope.value * ends + fit.intercept.value * fit.density.mean()
    axes[1].plot(ends, line, color=BLUE, label=f"slope {fit.slope.value:.2f} ± {fit.slope.se:.2f}")
    axes[1].plot(ends, ends, "--", color=INK, label="y = x")
    axes[1].fill_between(ends, lower * ends, upper * ends, color=GREEN, alpha=BAND, linewidth=0,
                         label=f"slope {lower:g} to {upper:g}")  # fmt: skip
    axes[0].set(xlabel=ANGLE, ylabel="normalised [1/rad]")
    axes[1].set(xlabel="bin probability / bin width [1/rad]", ylabel="mean of I / ∫I in the bin [1/rad]")
    for ax in axes:
        ax.legend(loc="upper left", bbox_to_anchor=(0, -0.2))
    return axes


@panels(1, 1)
def circle(ax, models, second_max):
    """I along the circle; both ends are one angle, the line is what a second peak may reach."""
    for n, (name, quantity) in enumerate(models):
        ax.plot(quantity.angles, quantity.information, "o-", markersize=3, color=_colour(n), label=name)
        ends = [0, -1]
        ax.plot(quantity.angles[ends], quantity.information[ends], "s", markersize=9, markerfacecolor="none",
                markeredgecolor=INK)  # fmt: skip
        if quantity.second_peak is not None:
            ax.axhline(second_max * quantity.information.max(), color=LIMIT, linestyle="--", linewidth=1)
    ax.set(xlabel=ANGLE, ylabel=INFORMATION, yscale="log")
    ax.legend(loc="upper left", bbox_to_anchor=(0, -0.2))
    return ax


@panels(1, 3)
def tuning(axes, quantity, density_before, density_after):
    """Normalised √I before fine-tuning, after it, and of a model trained on the target alone."""
    both = [("trained from scratch", quantity.scratch, density_after), ("fine-tuned", quantity.tuned, density_after)]
    for ax, (title, curve, density) in zip(axes, [("pretrained", quantity.before, density_before), *both], strict=True):
        ax.plot(quantity.angles, curve, "o-", markersize=3, color=BLUE, label="√I / ∫√I")
        if density is not None:
            ax.plot(quantity.angles, density, "--", color=INK, label="its training density")
        ax.set(xlabel=ANGLE, ylabel="normalised [1/rad]", title=title)
    axes[2].plot(quantity.angles, quantity.before, color=ORANGE, alpha=0.7, label="pretrained")
    axes[2].plot(quantity.angles, quantity.scratch, color=GREEN, alpha=0.7, label="from scratch")
    for ax in axes:
        ax.set_ylim(bottom=0)
    axes[2].legend(loc="upper left", bbox_to_anchor=(0, -0.2))
    return axes
