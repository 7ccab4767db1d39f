"""Figures of what a Jacobian predicts and costs: ablations, linearity, trade-off over a sweep, reconstruction."""

import numpy as np

from reports.figures.style import BAND, BLUE, GREEN, INK, LIMIT, MUTED, ORANGE, RED, half, interval, panels

SAMPLES = 1000


@panels(1, 2)
def ablation(axes, agreement):
    """Change of the output latent against the Jacobian element for a sample of pairs, and shares on the line of all.

    Points below the band are output latents that left the active set; orange ones above it would be wrong predictions
    of another kind. The bars compare with predicting no change and with permuted changes.
    """
    element, change, tolerance = agreement.element, agreement.change, agreement.tolerance
    choice = np.random.default_rng(0).permutation(len(element))[:SAMPLES]
    residual = (element + change)[choice]
    for name, colour, kept, share in (
        ("on the line", BLUE, np.abs(residual) < tolerance, agreement.on_line.value),
        ("below: latent left", RED, residual <= -tolerance, agreement.below),
        ("above", ORANGE, residual >= tolerance, agreement.above),
    ):
        x, y = element[choice][kept], change[choice][kept]
        axes[0].plot(x, y, ".", color=colour, label=f"{name} ({share:.1%} of all)", rasterized=True)
    ends = np.array([element[choice].min(), element[choice].max()])
    axes[0].fill_between(ends, -ends - tolerance, -ends + tolerance, color=MUTED, alpha=BAND, linewidth=0)
    axes[0].plot(ends, -ends, "--", color=MUTED)
    axes[0].set(xlabel="Jacobian element", ylabel="change of the output latent",
                title=f"{len(choice):,} of {len(element):,} pairs drawn")  # fmt: skip
    axes[0].legend()
    bars = {
        "Jacobian": agreement.on_line, "no change": agreement.unchanged, "permuted": agreement.permuted,
        f"|J| > {tolerance:g}": agreement.informative_on_line,
    }  # fmt: skip
    values = [estimate.value for estimate in bars.values()]
    axes[1].bar(range(4), values, color=[BLUE, MUTED, MUTED, GREEN], yerr=half([e.se for e in bars.values()]))
    axes[1].set_xticks(range(4), [f"{name}\n{value:.3f}" for name, value in zip(bars, values, strict=True)], fontsize=7)
    axes[1].set(ylim=(0, 1.05), xlabel="predicted from", ylabel=f"share within the band {interval()}")
    return axes


@panels(1, 1)
def linearity(ax, counts, twin, limit):
    """Shares of pairs by kind of dependence; ``counts`` and ``twin`` map a kind to its count."""
    shown = [("this pair", counts)] + ([("coefficient 0", twin)] if twin else [])
    for y, (_, kinds) in enumerate(shown):
        left, total = 0.0, sum(kinds.values())
        for (name, count), colour in zip(kinds.items(), (GREEN, BLUE, MUTED), strict=True):
            ax.barh(y, count / total, left=left, color=colour, label=None if y else name)
            left += count / total
    ax.axvline(limit, color=LIMIT, label="limit of the first two")
    ax.set(yticks=range(len(shown)), yticklabels=[name for name, _ in shown], xlim=(0, 1), xlabel="share of pairs")
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2)
    return ax


@panels(1, 1)
def trade_off(ax, curve, threshold, ratio, loss):
    """Share of elements above the threshold against the reconstruction score, each point with its coefficient.

    The vertical axis is reversed: up and right is better. The shaded corner is where a coefficient must be.
    """
    ax.plot(curve.score, curve.fraction, "o-", color=GREEN)
    ax.plot(
        curve.score[curve.dominated], curve.fraction[curve.dominated], "x", color=INK, label="another is better in both"
    )
    for place in zip(curve.score, curve.fraction, curve.coefficient, strict=True):
        ax.annotate(f"{place[2]:g}", place[:2], textcoords="offset points", xytext=(4, 4), fontsize=8, color=INK)
    right = curve.score.max() + 0.1 * max(np.ptp(curve.score), 0.01)
    left = min(curve.score.min(), curve.score[0] - loss) - 0.1 * max(np.ptp(curve.score), 0.01)
    ax.fill_between([curve.score[0] - loss, right], 0, ratio * curve.fraction[0], color=LIMIT, alpha=BAND, linewidth=0,
                    label="wanted")  # fmt: skip
    ax.set(xlim=(left, right), ylim=(1.1 * curve.fraction.max(), 0))
    ax.set(xlabel="reconstruction score (1 is perfect)", ylabel=f"share of |J| > {threshold:g}")
    ax.legend()
    return ax


@panels(1, 2)
def scale_free(axes, gain, wanted):
    """Hoyer's measure and kurtosis against the coefficient: level lines mean smaller, not sparser."""
    place = np.arange(len(gain.coefficient))
    for ax, name, values in ((axes[0], "Hoyer", gain.hoyer), (axes[1], "kurtosis", gain.kurtosis)):
        zero = np.mean(values[gain.coefficient == 0])
        ax.plot(place, values, "o", color=GREEN)
        ax.axhline(zero, color=MUTED, linestyle="--", linewidth=1, label="coefficient 0")
        ax.set_xticks(place, [f"{c:g}" for c in gain.coefficient])
        ax.set(xlabel="coefficient", ylabel=f"{name}, mean over tokens")
        if ax is axes[0]:
            ax.axhline(zero + wanted, color=LIMIT, label="must be reached")
            ax.set_ylim(0, 1.15 * max(np.max(values), zero + wanted))
        ax.legend()
    axes[1].set_ylim(0, 1.15 * np.nanmax(gain.kurtosis))
    return axes


@panels(1, 1)
def reconstruction(ax, score, twin, limit):
    """Loss of score against the twin, document by document; the line is the largest mean loss that passes."""
    ax.hist(twin - score, bins=60, color=GREEN)
    ax.axvline(np.mean(twin - score), color=INK, label="mean")
    ax.axvline(limit, color=LIMIT, label="limit")
    ax.set(xlabel="score of coefficient 0 minus score of this pair", ylabel="documents")
    ax.legend()
    return ax
