"""Figures of Jacobian sparsity: distributions against the twin, scale profile, examples, closed form."""

import numpy as np

from reports.figures.style import BAND, GREEN, INK, LIMIT, MUTED, ORANGE, panels

MAGNITUDE = "|Jacobian element|"
BINS = 60
EXAMPLES = 4
TINY = 1e-300


@panels(1, 2)
def distribution(axes, histogram, twin, threshold, limit):
    """Bars and cumulative share of the magnitudes, beside the twin's where there is one.

    The dashed vertical line is the threshold; the mark on it is the largest share above it that passes. Elements beyond
    the range of the histogram are missing from the bars and keep the curves below 100 %.
    """
    shown = [(histogram, "this pair", GREEN, 0.9, "")]
    shown += [(twin, "coefficient 0", ORANGE, 0.5, "///")] if twin is not None else []
    for one, name, colour, alpha, hatch in shown:
        end = _range(shown[-1][0])
        step = max(1, int(np.searchsorted(one.edges, end)) // BINS)
        edges, survival = one.edges[::step], one.survival[::step]
        axes[0].stairs(-100 * np.diff(survival), edges, fill=True, color=colour, alpha=alpha, hatch=hatch, label=name)
        beyond = f" ({one.overflow:.1%} beyond the range)" if one.overflow > 0 else ""
        axes[1].plot(one.edges, 100 * (1 - one.survival), "--" if hatch else "-", color=colour, label=name + beyond)
    for ax in axes:
        ax.set(xlim=(0, end), xlabel=MAGNITUDE)
        if threshold is not None:
            ax.axvline(threshold, color=MUTED, linestyle="--", linewidth=1)
    if limit is not None:
        axes[1].plot([threshold, threshold], [100 * (1 - limit), 100], color=LIMIT, linewidth=3, label="must reach")
    axes[0].set(ylabel=f"elements per bin of {edges[1] - edges[0]:.2g} [%]")
    axes[1].set(ylabel="elements below [%]", ylim=(0, 102))
    axes[0].legend()
    axes[1].legend(loc="lower right")
    return axes


def _range(histogram):
    """Edge that shows 98 % of the elements, or the whole range."""
    return histogram.edges[min(np.searchsorted(-histogram.survival, -0.02), len(histogram.edges) - 1)]


@panels(1, 1)
def thresholds(ax, histogram, twin, k):
    """Mean number of elements of a token above several thresholds, of the k² that could be."""
    edges = histogram.edges
    places = np.unique(np.searchsorted(edges, np.array([0.005, 0.01, 0.015, 0.02, 0.04]) * 1.0001) - 1)
    shown = [(histogram, "this pair", GREEN)] + ([(twin, "coefficient 0", ORANGE)] if twin is not None else [])
    for n, (one, name, colour) in enumerate(shown):
        counts = k**2 * one.survival[places]
        bars = ax.bar(np.arange(len(places)) + 0.4 * n, counts, 0.4, color=colour, label=name)
        ax.bar_label(bars, [f"{count:.3g}" for count in counts], fontsize=7)
    ax.axhline(k**2, color=MUTED, linewidth=1)
    ax.set_xticks(np.arange(len(places)) + 0.2 * (len(shown) - 1), [f"{edges[place]:.3g}" for place in places])
    ax.set(xlabel=f"threshold of {MAGNITUDE}", ylabel=f"elements above, of {k**2} a token")
    ax.legend()
    return ax


@panels(1, 1)
def scale_profile(ax, profile, gain):
    """Factor by which each part of the distribution is smaller than the twin's.

    A level line: the Jacobian only shrank. Rising to the right: what is large shrank less, the Jacobian became sparser.
    """
    ax.plot(profile.share, profile.factor, color=GREEN, label="this pair / coefficient 0")
    at = [profile.bulk, profile.tail]
    level = profile.factor[profile.bulk]
    ax.axhline(level, color=MUTED, linestyle="--", linewidth=1, label="only shrunk")
    ax.plot(profile.share[at], profile.factor[at], "o", color=INK)
    ax.plot([profile.share[profile.tail]], [gain * level], "_", color=LIMIT, markersize=22, markeredgewidth=3,
            label=f"must reach ({gain:g} x bulk)")  # fmt: skip
    seen = profile.factor[np.isfinite(profile.factor)]
    ax.set(xscale="log", xlabel="share of elements that are larger", ylabel="factor to the twin's magnitude")
    ax.set(xlim=(profile.share.max(), profile.share.min()), ylim=(0, 1.15 * max(seen.max(), gain * level)))
    ax.legend(loc="lower left")
    return ax


def _normalised(jacobian):
    """Magnitudes of the first tokens: as they are, and divided by the L1 and the L2 norm of their token."""
    size = np.abs(jacobian[:EXAMPLES])
    l1, l2 = size.sum(axis=(1, 2), keepdims=True), np.sqrt(np.sum(size**2, axis=(1, 2), keepdims=True))
    return {"|J|": size, "|J| / L1 norm": size / np.maximum(l1, TINY), "|J| / L2 norm": size / np.maximum(l2, TINY)}


@panels(3, EXAMPLES)
def examples(axes, jacobian, other=None):
    """|J| of four tokens, raw, L1- and L2-normalised; rows and columns of each are permuted, elements are not.

    Permuting forgets the order by strength, which looks like structure. Where another pair's Jacobian is given, both
    are drawn on one scale of colours.
    """
    beside = _normalised(other) if other is not None else {}
    for n, (name, tokens) in enumerate(_normalised(jacobian).items()):
        row = axes[n * EXAMPLES : (n + 1) * EXAMPLES]
        top = max(tokens.max(), beside[name].max() if beside else 0.0)
        for ax in row[len(tokens) :]:
            ax.set_axis_off()
        for k, token in enumerate(tokens):
            random = np.random.default_rng(k)
            rows, columns = (random.permutation(side) for side in token.shape)
            image = row[k].imshow(token[rows][:, columns], cmap="Blues", vmin=0, vmax=top, interpolation="nearest",
                                  rasterized=True)  # fmt: skip
            row[k].tick_params(length=0, labelbottom=False, labelleft=False)
            row[k].grid(False)
            row[k].set(title=f"token {k + 1}" if n == 0 else "", xlabel="active input latents")
        row[0].set(ylabel="active output latents")
        row[0].figure.colorbar(image, ax=list(row), label=name)
    return axes


@panels(3, EXAMPLES)
def twin_examples(axes, jacobian, other):
    """|J| of the pair trained with coefficient 0, as ``examples``."""
    return examples(axes, jacobian, other)


@panels(1, 2)
def closed_form(axes, closed, reference, limit):
    """Closed form against the reference, entry by entry, and the largest difference of each token."""
    choice = np.random.default_rng(0).permutation(closed.size)[:2000]
    axes[0].plot(reference.ravel()[choice], closed.ravel()[choice], ".", color=GREEN, rasterized=True)
    ends = np.array([reference.min(), reference.max()])
    axes[0].plot(ends, ends, "--", color=MUTED, label="equal")
    axes[0].set(xlabel="recorded Jacobian element", ylabel="closed form")
    axes[0].legend()
    off = np.abs(closed - reference).reshape(len(closed), -1).max(axis=1)
    axes[1].plot(np.arange(len(off)), np.maximum(off, 1e-18), "o", color=GREEN)
    axes[1].axhline(limit, color=LIMIT, label="limit")
    axes[1].set(yscale="log", xlabel="token", ylabel="largest difference")
    axes[1].legend()
    return axes


@panels(1, 1)
def decoder_norms(ax, norms, limit):
    """Norms of the decoder rows of both autoencoders, sorted; the band is what passes."""
    for (name, values), colour in zip(norms.items(), (GREEN, ORANGE), strict=True):
        ax.plot(np.arange(1, len(values) + 1), np.sort(values), color=colour, label=name)
    ax.axhspan(1 - limit, 1 + limit, color=MUTED, alpha=BAND, linewidth=0, label=f"1 ± {limit:g}")
    ax.set(xlabel="latents, sorted", ylabel="norm of the decoder row")
    ax.legend()
    return ax
