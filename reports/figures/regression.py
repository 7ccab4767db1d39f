"""Then and now side by side, curves within their envelope, and trends over sessions."""

import numpy as np

from reports.figures.style import BAND, BLUE, INK, LIMIT, MUTED, ORANGE, panels


def _whisker(axes, x, estimate, z, color, label):
    """Value with its interval; one that is not finite is an arrow at the edge with its name."""
    if np.isfinite(estimate.value):
        half = z * estimate.se if estimate.se and np.isfinite(estimate.se) else 0.0
        axes.errorbar([x], [estimate.value], yerr=[half], fmt="o", color=color, capsize=4, label=label)
        return
    low = estimate.value < 0
    name, symbol = ("NaN", "x") if np.isnan(estimate.value) else (("−inf", "v") if low else ("+inf", "^"))
    place = axes.get_xaxis_transform()
    axes.plot([x], [0.04 if low else 0.96], symbol, color=color, markersize=8, clip_on=False, transform=place)
    axes.annotate(f"{label.partition(' (')[0]}: {name}", (x, 0.04 if low else 0.96), xycoords=place, ha="center",
                  xytext=(0, 10 if low else -12), textcoords="offset points", fontsize=8, color=INK)  # fmt: skip


def _limits(axes, limits):
    """Limits of the statement, where they are near enough not to flatten the values."""
    low, high = axes.get_ylim()
    room = 2 * (high - low)
    for limit in limits:
        if limit is not None and low - room < limit < high + room:
            axes.axhline(limit, color=LIMIT, linestyle="--", label="limit")


@panels(1, 3)
def comparison(axes, move, history=(), z=2.0):
    """Draw both sides with their replicates, the difference with its judged interval, and earlier sessions, if any."""
    sides, change, trend = axes
    unit = move.difference.unit
    for x, estimate, values, color, label in (
        (0, move.baseline, move.baseline_values, MUTED, "baseline"),
        (1, move.candidate, move.candidate_values, BLUE, "now"),
    ):
        if len(values) > 1:
            sides.plot(x + np.linspace(-0.15, 0.15, len(values)), values, ".", color=color, alpha=0.6)
        _whisker(sides, x, estimate, 2.0, color, f"{label} (± 2 se)")
    sides.set(xlim=(-0.6, 1.6), xticks=[0, 1], xticklabels=["baseline", "now"], ylabel=f"value [{unit}]")
    _limits(sides, move.limits)
    difference(change, move, z)
    if len(history):
        sparkline(trend, [*history, move.candidate.value], unit, move.baseline.value)
    else:  # a single point tells no trend
        trend.set_axis_off()


def difference(axes, move, z=2.0):
    """Draw now minus then with its interval and the smallest move that matters."""
    axes.axhline(0.0, color=MUTED)
    _whisker(axes, 0, move.difference, z, BLUE, "now - then")
    for limit in (move.lower, move.upper):
        if limit is not None:
            axes.axhline(limit, color=LIMIT, linestyle="--")
    if move.lower is not None and move.upper is not None:
        axes.axhspan(move.lower, move.upper, color=MUTED, alpha=BAND, linewidth=0)
    axes.set(
        xlim=(-1, 1), xticks=[], xlabel="dashed: smallest move that matters", ylabel=f"now - then [{unit_of(move)}]"
    )


def unit_of(move):
    """Unit of the quantity."""
    return move.difference.unit


def sparkline(axes, values, unit="1", baseline=None):
    """Draw a quantity over sessions, the latest one marked."""
    axes.plot(np.arange(len(values)), values, ".-", color=MUTED)
    axes.plot([len(values) - 1], values[-1:], "o", color=BLUE, label="now")
    if baseline is not None:
        axes.axhline(baseline, color=INK, linewidth=0.8, linestyle=":")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set(xlabel="session (last: now)", ylabel=f"value [{unit}]")


@panels(1, 1)
def trend(axes, history, value, lower, upper, unit):
    """Draw a statement's number over sessions with its limits."""
    sparkline(axes, [*history, value], unit)
    _limits(axes, (lower, upper))


@panels(1, 2)
def curve(axes, envelope, name, excess):
    """Draw a curve among its seeds, and its distance from them in units of what they stray."""
    picture, away = axes
    mean = envelope.baseline.mean(axis=0)
    many = len(envelope.step) > 500
    for n, seed in enumerate(envelope.baseline):
        picture.plot(
            envelope.step, seed, color=MUTED, linewidth=0.8, rasterized=many, label="baseline seeds" if n == 0 else None
        )
    wide = excess * envelope.yardstick
    picture.fill_between(envelope.step, mean - wide, mean + wide, color=LIMIT, alpha=BAND, linewidth=0, rasterized=many)
    picture.plot(envelope.step, envelope.candidate, color=BLUE, rasterized=many, label="now")
    picture.axvline(envelope.step[envelope.at], color=ORANGE, linestyle=":")
    picture.set(xlabel="step", ylabel=name)
    picture.legend()
    away.plot(envelope.step, np.abs(envelope.candidate - mean) / envelope.yardstick, color=BLUE, rasterized=many)
    away.axhline(excess, color=LIMIT, linestyle="--")
    away.set(xlabel="step", ylabel="distance from the mean [what good seeds stray]")
