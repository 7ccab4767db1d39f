"""Figures of Fisher information against the density of training: power laws, exponents, steps, circles, fine-tuning."""

import numpy as np

from reports.figures.style import (
    BAND,
    BLUE,
    GREEN,
    INK,
    LIMIT,
    MUTED,
    ORANGE,
    SERIES,
    colours_of,
    half,
    interval,
    panels,
    standouts,
)

ANGLE = "angle θ [rad]"
DENSITY = "training density p [1/rad]"
INFORMATION = "Fisher information I [1/rad²]"
ROOT = "√I [1/rad]"


BUNDLE = len(SERIES)  # more models than that are a grey bundle, of which the farthest out have names


def _colour(n):
    return SERIES[n % len(SERIES)]


def _looks(values, labels):
    """Colour and label of every curve: all of a few; of a bundle those whose values stand out, the others in grey.

    Parameters
    ----------
    values : sequence of float
        By which a curve stands out.
    labels : sequence of str
        What each would be called.
    """
    if len(labels) <= BUNDLE:
        return [(_colour(n), label) for n, label in enumerate(labels)]
    named = {place: n for n, place in enumerate(standouts(values))}
    rest = next(n for n in range(len(labels)) if n not in named)
    others = f"{len(labels) - len(named)} others"
    return [
        (_colour(named[n]), label) if n in named else (MUTED, others if n == rest else None)
        for n, label in enumerate(labels)
    ]


def _root_of(information):
    """√I, NaN where I is negative."""
    return np.sqrt(np.where(information > 0, information, np.nan))


def _share(angles, values):
    """Values over their integral, angles without a value left out."""
    known = np.isfinite(values)
    return values / np.sum(np.diff(angles[known]) * (values[known][1:] + values[known][:-1]) / 2)


@panels(1, 2)
def power_law(axes, fits, lower, upper):
    """I against p, relative to their largest, linear and log-log, with the fit and the band of exponents judged.

    ``fits`` holds pairs of a name and a ``gonogo.fisher_information.density_exponent.DensityExponent``.
    """
    labels = [f"{name}: β = {fit.exponent.value:.2f} ± {fit.exponent.se:.2f}" for name, fit in fits]
    looks = _looks([fit.exponent.value for _, fit in fits], labels)
    for (_, fit), (colour, label) in zip(fits, looks, strict=True):
        order, top = np.argsort(fit.density), fit.information.max()
        for ax in axes:
            ax.plot(fit.density, fit.information / top, "o", color=colour, markersize=3, alpha=0.7)
            ax.plot(fit.density[order], fit.fitted[order] / top, color=colour, label=label)
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
    """Exponent of every model or loss with its interval; the band is what it may be, the tick what a = 1 expects.

    ``rows`` holds (name, Estimate, lower, upper, expected); limits may be None.
    """
    for y, (_, estimate, lower, upper, expected) in enumerate(rows):
        if lower is not None:
            ax.barh(y, upper - lower, left=lower, height=0.7, color=GREEN, alpha=BAND)
        if expected is not None:
            ax.plot([expected], [y], "|", color=MUTED, markersize=14)
        ax.errorbar([estimate.value], [y], xerr=[half([estimate.se or 0.0])], fmt="o", color=INK, capsize=3)
    ax.set(xlabel=f"exponent β of I ∝ p^β ({interval()})")
    ax.set_yticks(range(len(rows)), [row[0] for row in rows], fontsize=min(9, 170 / len(rows)))
    ax.set_ylim(len(rows) - 0.4, -0.6)
    return ax


@panels(1, 3)
def curves(axes, angles, informations, names, density):
    """√I, √I over its integral, and I over its integral, with the training density (dashed)."""
    totals = [_total(angles, information) for information in informations]
    labels = [f"{name}: ∫√I = {total:.3g}" for name, total in zip(names, totals, strict=True)]
    for information, (colour, label) in zip(informations, _looks(totals, labels), strict=True):
        root, whole = _root_of(information), np.where(information > 0, information, np.nan)
        axes[0].plot(angles, root, color=colour, label=label)
        axes[1].plot(angles, _share(angles, root), color=colour)
        axes[2].plot(angles, _share(angles, whole), color=colour)
    for ax in axes[1:] if density is not None else ():
        ax.plot(angles, density, "--", color=INK, label="training density")
        ax.legend()
    for ax, name in zip(axes, (ROOT, "√I / ∫√I [1/rad]", "I / ∫I [1/rad]"), strict=True):
        ax.set(xlabel=ANGLE, ylabel=name)
    axes[0].legend(loc="upper left", bbox_to_anchor=(0, -0.2))
    return axes


def _total(angles, information):
    root = _root_of(information)
    known = np.isfinite(root)
    return float(np.sum(np.diff(angles[known]) * (root[known][1:] + root[known][:-1]) / 2))


@panels(1, 3)
def losses(axes, models):
    """I, √I and mean squared error over the angle, one colour a loss, a line a replicate.

    ``models`` holds (loss, angles, information, mse); mse may be None.
    """
    colours, named = colours_of([loss for loss, *_ in models]), set()
    for loss, angles, information, mse in models:
        style = {"color": colours[loss], "label": None if loss in named else loss}
        named.add(loss)
        axes[0].plot(angles, information, **style)
        axes[1].plot(angles, _root_of(information), **style)
        if mse is not None:
            axes[2].plot(angles, mse, **style)
    axes[2].set_yscale("log")
    for ax, name in zip(axes, (INFORMATION, ROOT, "mean squared error [rad²]"), strict=True):
        ax.set(xlabel=ANGLE, ylabel=name)
    axes[0].legend()
    return axes


@panels(1, 3)
def densities(axes, models):
    """√I of models that were trained on different densities: absolute, over its integral, and the integrals.

    ``models`` holds (density's name, angles, information).
    """
    names = list(dict.fromkeys(name for name, _, _ in models))
    colours, named = colours_of(names), set()
    for name, angles, information in models:
        style = {"color": colours[name], "label": None if name in named else name}
        named.add(name)
        root = _root_of(information)
        axes[0].plot(angles, root, **style)
        axes[1].plot(angles, _share(angles, root), **style)
        axes[2].plot([names.index(name)], [_total(angles, information)], "o", color=colours[name])
    axes[0].set(xlabel=ANGLE, ylabel=ROOT)
    axes[1].set(xlabel=ANGLE, ylabel="√I / ∫√I [1/rad]")
    axes[2].set(xlabel="trained on", ylabel="∫√I dθ", xticks=range(len(names)), xticklabels=names)
    axes[2].set_xlim(-0.5, len(names) - 0.5)
    axes[2].set_ylim(bottom=0)
    axes[0].legend()
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
    labels = [f"{name}: sd {q.variation.value:.2f}, tilt {q.tilt.value:.2f}" for name, q in models]
    looks = _looks([quantity.variation.value for _, quantity in models], labels)
    for (_, quantity), (colour, label) in zip(models, looks, strict=True):
        relative = quantity.root / quantity.root.mean()
        ax.plot(quantity.angles, relative, "o-", markersize=3, color=colour, label=label)
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
    off = [float(np.abs(curve - density).mean()) for curve, density in zip(fit.curves, fit.densities, strict=True)]
    looks = _looks(off, [f"I / ∫I, replicate {n + 1}" for n in range(len(off))])
    each = zip(fit.angles, fit.curves, fit.densities, looks, strict=True)
    for n, (angles, curve, density, (colour, label)) in enumerate(each):
        axes[0].plot(angles, curve, "o-", markersize=3, color=colour, label=label)
        axes[0].plot(angles, density, "--", color=colour, drawstyle="steps-mid",
                     label=None if n else "probability / bin width")  # fmt: skip
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
    looks = _looks([quantity.gap.value for _, quantity in models], [name for name, _ in models])
    for (_, quantity), (colour, label) in zip(models, looks, strict=True):
        ax.plot(quantity.angles, quantity.information, "o-", markersize=3, color=colour, label=label)
        ends = [0, -1]
        ax.plot(quantity.angles[ends], quantity.information[ends], "s", markersize=9, markerfacecolor="none",
                markeredgecolor=INK)  # fmt: skip
        if quantity.second_peak is not None:
            ax.axhline(second_max * quantity.information.max(), color=LIMIT, linestyle="--", linewidth=1)
    ax.set(xlabel=ANGLE, ylabel=INFORMATION, yscale="log")
    ax.legend(loc="upper left", bbox_to_anchor=(0, -0.2))
    return ax


@panels(1, 3)
def tuning(axes, quantity, density_before, density_after, how=""):
    """Normalised √I before fine-tuning, after it, and of a model trained on the target alone."""
    tuned = f"fine-tuned ({how})" if how else "fine-tuned"
    both = [("trained from scratch", quantity.scratch, density_after), (tuned, quantity.tuned, density_after)]
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
