"""Figures of what single sequences contribute to the entropy change and its expansion."""

import numpy as np

from reports.figures.style import BLUE, GREEN, INK, LIMIT, MUTED, ORANGE, PURPLE, panels

PART = "per sequence [nats/token]"


def _at(expansion, eta):
    k = int(np.argmin(np.abs(expansion.eta - eta)))
    return k, expansion.true_parts[k], expansion.linear_parts[k]


def _centred_histogram(ax, values, name, colour, bins=60):
    """Histogram with limits symmetric about a line at zero."""
    ax.hist(values, bins=bins, color=colour)
    ax.axvline(0, color=INK, linestyle="--", linewidth=1)
    reach = 1.05 * (np.max(np.abs(values)) or 1e-12)
    ax.set(xlim=(-reach, reach), xlabel=f"{name}\n{PART}")


def _symlog(ax, which, values, linear):
    """Scale that is linear up to a size, with few ticks: zero, that size, and at most two powers of ten beyond it."""
    largest = float(np.max(np.abs(values), initial=linear))
    decades = 10.0 ** np.arange(np.ceil(np.log10(4 * linear)), np.floor(np.log10(largest)) + 1)
    beyond = decades[::-1][:: max(1, (len(decades) + 1) // 2)][:2]
    ticks = np.array([linear, *sorted(beyond)])
    getattr(ax, f"set_{which}scale")("symlog", linthresh=linear)
    axis = getattr(ax, f"{which}axis")
    axis.set_ticks([*-ticks[::-1], 0, *ticks], [*(f"−{x:g}" for x in ticks[::-1]), "0", *(f"{x:g}" for x in ticks)])
    axis.set_ticks([], minor=True)


@panels(1, 4)
def contributions(axes, expansion, eta):
    """Histograms of the sequences' contributions to true ΔH and to its expansions at one step.

    Apart from them, what a sequence contributes without any step, its entropy beyond the mean of its tokens: it does
    not vanish with the step and says nothing of the change.
    """
    k, true, linear = _at(expansion, eta)
    _centred_histogram(axes[0], true, "true ΔH", INK)
    _centred_histogram(axes[1], linear, "linear", BLUE)
    if expansion.linquad_parts is not None:
        _centred_histogram(axes[2], expansion.linquad_parts[k], "lin+quad", ORANGE)
    else:
        axes[2].set_axis_off()
    top = max(ax.get_ylim()[1] for ax in axes[:3] if ax.axison)
    for ax in axes[:3]:
        ax.set_ylim(0, top)
    _centred_histogram(axes[3], expansion.static_parts, "static part, at η = 0", MUTED)
    axes[0].set_ylabel("sequences")
    return axes


@panels(1, 2)
def errors(axes, expansion, eta):
    """Histograms of true minus expansion, sequence by sequence."""
    k, true, linear = _at(expansion, eta)
    _centred_histogram(axes[0], true - linear, "true − linear", GREEN)
    if expansion.linquad_parts is not None:
        _centred_histogram(axes[1], true - expansion.linquad_parts[k], "true − lin+quad", GREEN)
    else:
        axes[1].set_axis_off()
    axes[0].set_ylabel("sequences")
    return axes


@panels(1, 2)
def quadratic_effects(axes, expansion, eta):
    """The quadratic term of each sequence, and its size beside the linear one."""
    k, _, linear = _at(expansion, eta)
    quadratic = expansion.linquad_parts[k] - linear
    _centred_histogram(axes[0], quadratic, "η² v'Hv / 2", PURPLE)
    axes[0].set_ylabel("sequences")
    seen = np.abs(linear) > 0
    axes[1].plot(np.abs(linear[seen]), quadratic[seen] / linear[seen], ".", color=ORANGE, alpha=0.6, rasterized=True)
    axes[1].axhline(0, color=MUTED, linewidth=1)
    axes[1].set(xscale="log", xlabel=f"|linear|\n{PART}", ylabel="quadratic / linear")
    _symlog(axes[1], "y", quadratic[seen] / linear[seen], 1)
    return axes


@panels(2, 3)
def correlations(axes, expansion, eta):
    """How the error of the linear expansion goes with the contribution's size and with the quadratic term."""
    k, true, linear = _at(expansion, eta)
    seen = (np.abs(true) > 0) & (np.abs(linear) > 0)
    true, linear = true[seen], linear[seen]
    ratio = linear / true
    dots = {"color": BLUE, "alpha": 0.6, "rasterized": True}
    axes[0].plot(true, 1 - ratio, ".", **dots)
    axes[0].axhline(0, color=INK, linestyle="--", linewidth=1)
    axes[0].axvline(0, color=INK, linestyle="--", linewidth=1)
    axes[0].set(xlabel=f"true\n{PART}", ylabel="1 − linear / true")
    _symlog(axes[0], "y", 1 - ratio, 5)
    for ax, values, name in ((axes[1], ratio, "all"), (axes[2], ratio[np.abs(ratio) < 5], "within ±5")):
        ax.hist(values, bins=80, color=ORANGE)
        ax.axvline(1, color=INK, linestyle="--", linewidth=1)
        ax.set(xlabel=f"linear / true, {name}", ylabel="sequences", yscale="log")
    axes[3].plot(np.abs(true), ratio, ".", **dots)
    axes[3].axhline(1, color=INK, linestyle="--", linewidth=1)
    axes[3].set(xscale="log", xlabel=f"|true|\n{PART}", ylabel="linear / true")
    _symlog(axes[3], "y", ratio, 5)
    if expansion.linquad_parts is not None:
        quadratic = expansion.linquad_parts[k][seen] - linear
        axes[4].plot(ratio, quadratic / linear, ".", **dots)
        axes[4].axhline(0, color=INK, linestyle="--", linewidth=1)
        axes[4].axvline(1, color=INK, linestyle="--", linewidth=1)
        axes[4].set(xlabel="linear / true", ylabel="quadratic / linear")
        _symlog(axes[4], "x", ratio, 5)
        _symlog(axes[4], "y", quadratic / linear, 1)
    else:
        axes[4].set_axis_off()
    axes[5].set_axis_off()
    return axes


@panels(1, 1)
def weights(ax, health):
    """Log-weights in order, with the effective sample size in the title."""
    values = np.sort(health.log_weights)
    ax.plot(values, np.linspace(0, 1, len(values)), drawstyle="steps-post", color=BLUE)
    ax.axvline(0, color=MUTED, linewidth=1)
    ax.set(
        xlabel="log-weight of a sequence [nats]",
        ylabel="share of sequences below",
        title=f"ESS/B = {health.ess_share:.3f}, largest weight {health.top_weight:.2f} × mean",
    )
    return ax


@panels(1, 1)
def on_policy_scores(ax, scores, effect):
    """Standardised means that are zero on policy, with four standard errors."""
    rows = np.arange(len(scores))
    ax.axvspan(-effect, effect, color=GREEN, alpha=0.18, linewidth=0, label=f"within ±{effect:g} sd")
    ax.axvline(0, color=MUTED, linewidth=1)
    for row, score in zip(rows, scores.values(), strict=True):
        bad = abs(score.z) > 4
        ax.errorbar(
            score.estimate.value, row, xerr=4 * score.estimate.se, fmt="o", color=LIMIT if bad else BLUE, capsize=3
        )
    ax.set_yticks(rows, [f"{name}\nz = {score.z:.1f}" for name, score in scores.items()])
    ax.set(xlabel="mean over standard deviation, ± 4 s.e.", ylim=(-0.7, len(rows) - 0.3))
    ax.invert_yaxis()
    ax.legend()
    return ax


@panels(1, 1)
def influence(ax, values, total, share, name):
    """Absolute share of each sequence in a total, largest first, against the largest that is allowed."""
    sizes = np.sort(np.abs(values / total))[::-1]
    ax.plot(np.arange(1, len(sizes) + 1), sizes, ".", color=BLUE, rasterized=len(sizes) > 500)
    ax.axhline(share, color=LIMIT, linestyle="--", label=f"limit {share:g}")
    ax.set(xscale="log", yscale="log", xlabel="rank of the sequence", ylabel=f"|share of the {name}|")
    ax.legend()
    return ax
