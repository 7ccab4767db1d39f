"""Figures of single responses of an encoder: clouds with their mean and median, and what a readout makes of them."""

import numpy as np

from reports.figures.fisher_information import ANGLE
from reports.figures.style import BLUE, INK, LIMIT, MUTED, ORANGE, panels

SHOWN = 6  # angles that have a panel of their own


def chosen(angles):
    """Places of the angles that are drawn: evenly spread, both ends included."""
    return np.unique(np.linspace(0, len(angles) - 1, SHOWN).round().astype(int))


def _blank(axes, used):
    for ax in axes[used:]:
        ax.set_axis_off()


@panels(2, 3)
def clouds(axes, angles, responses, target="linear"):
    """Responses at some angles with mean (diamond), median (star), level set of two s.d., and the line of targets.

    Parameters
    ----------
    angles : ndarray, shape (K,)
        Angles [rad].
    responses : ndarray, shape (K, N, p)
        Responses; the first two dimensions are drawn.
    target : {"linear", "circular"}
        Where the angles are meant to lie.
    """
    places, circle = chosen(angles), np.linspace(0, 2 * np.pi, 60)
    for ax, k in zip(axes, places, strict=False):
        cloud = responses[k][:, :2]
        ax.plot(*cloud.T, ".", color=MUTED, markersize=2, alpha=0.6, rasterized=True)
        ends = np.array([angles.min(), angles.max()])
        if target == "circular":
            ax.plot(np.cos(circle), np.sin(circle), "--", color=INK, linewidth=0.8, label="targets")
        else:
            ax.plot(ends, ends, "--", color=INK, linewidth=0.8, label="targets")
        values, vectors = np.linalg.eigh(np.cov(cloud.T))
        ring = vectors @ (np.sqrt(np.maximum(values, 0))[:, None] * [np.cos(circle), np.sin(circle)])
        mean, median = cloud.mean(axis=0), np.median(cloud, axis=0)
        ax.plot(*(mean[:, None] + 2 * ring), color=BLUE, linewidth=1, label="2 s.d.")
        ax.plot(*mean, "D", color=ORANGE, markersize=5, label="mean")
        ax.plot(*median, "*", color=LIMIT, markersize=8, label="median")
        ax.set(xlabel="response 1", ylabel="response 2", title=f"θ = {angles[k]:.2f}")
        ax.set_aspect("equal", adjustable="datalim")
    axes[0].legend()
    _blank(axes, len(places))
    return axes


@panels(1, 1)
def decoded_scatter(ax, angles, decoded):
    """Decoded angle of every response against the true one, with mean and median; the line is no error.

    Parameters
    ----------
    angles : ndarray, shape (K,)
        Angles [rad].
    decoded : ndarray, shape (K, N)
        Decoded angles [rad].
    """
    across = np.repeat(angles, decoded.shape[1])
    ax.plot(across, decoded.ravel(), ".", color=MUTED, markersize=2, alpha=0.5, rasterized=True, label="a response")
    ax.plot(angles, decoded.mean(axis=1), "D", color=ORANGE, markersize=5, label="mean")
    ax.plot(angles, np.median(decoded, axis=1), "*", color=LIMIT, markersize=8, label="median")
    ends = np.array([angles.min(), angles.max()])
    ax.plot(ends, ends, "--", color=INK, linewidth=1, label="no error")
    ax.set(xlabel=ANGLE, ylabel="decoded angle [rad]")
    ax.legend()
    return ax


@panels(2, 3)
def decoded_histograms(axes, angles, decoded):
    """Distribution of the decoded angle at some angles, with mean, median and the true angle."""
    places = chosen(angles)
    for ax, k in zip(axes, places, strict=False):
        ax.hist(decoded[k], bins=30, color=BLUE, alpha=0.7)
        ax.axvline(decoded[k].mean(), color=ORANGE, label="mean")
        ax.axvline(np.median(decoded[k]), color=LIMIT, linestyle="--", label="median")
        ax.axvline(angles[k], color=INK, linestyle=":", label="true angle")
        ax.set(xlabel="decoded angle [rad]", ylabel="responses", title=f"θ = {angles[k]:.2f}")
    axes[0].legend()
    _blank(axes, len(places))
    return axes
