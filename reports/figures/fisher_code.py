"""Figures of a code itself: where responses lie, how well conditioned they are, what a readout makes of them."""

import numpy as np

from reports.figures.fisher_information import ANGLE, INFORMATION
from reports.figures.style import BAND, BLUE, GREEN, INK, LIMIT, MUTED, ORANGE, half, panels


@panels(1, 1)
def embedding(ax, angles, mean, slope, covariance, responses=None, response_angles=None, *, target="linear"):
    """Path of the mean response with level sets of two standard deviations, derivatives (red) and single responses.

    The first two response dimensions are drawn; the dashed line is where the target puts the angles.
    """
    colours = _shades(angles)
    if responses is not None:
        for angle, cloud in zip(response_angles, responses, strict=True):
            shade = colours[int(np.abs(angles - angle).argmin())]
            ax.plot(cloud[:, 0], cloud[:, 1], ".", color=shade, markersize=1.5, alpha=0.4, rasterized=True)
    ax.plot(mean[:, 0], mean[:, 1], color=INK, linewidth=1, label="mean")
    circle = np.linspace(0, 2 * np.pi, 60)
    for k in range(0, len(angles), max(1, len(angles) // 8)):
        values, vectors = np.linalg.eigh(covariance[k][:2, :2])
        edge = mean[k, :2, None] + 2 * vectors @ (
            np.sqrt(np.maximum(values, 0))[:, None] * [np.cos(circle), np.sin(circle)]
        )
        ax.plot(*edge, color=colours[k], linewidth=1)
        if slope is not None:
            ends = mean[k, :2] + np.outer([0, 0.2], slope[k, :2])
            ax.plot(ends[:, 0], ends[:, 1], color=LIMIT, linewidth=1)
    if target == "circular":
        ax.plot(np.cos(circle), np.sin(circle), "--", color=MUTED, label="target")
    else:
        ax.plot(angles, angles, "--", color=MUTED, label="target")
    ax.set(xlabel="response 1", ylabel="response 2", title="mean path, 2 s.d. level sets, derivatives")
    ax.set_aspect("equal", adjustable="datalim")
    ax.legend()
    return ax


def _shades(angles):
    """From blue to orange along the angle."""
    low, high = (np.array([int(c[k : k + 2], 16) for k in (1, 3, 5)]) / 255 for c in (BLUE, ORANGE))
    share = (angles - angles[0]) / (angles[-1] - angles[0])
    return low + share[:, None] * (high - low)


@panels(1, 1)
def conditioning(ax, angles, condition, ceiling, stated=None):
    """Condition number of the covariance with the largest admissible one; crosses where the stated I is negative."""
    ax.plot(angles, condition, "o-", markersize=3, color=BLUE, label="condition number")
    ax.axhline(ceiling, color=LIMIT, linestyle="--", label=f"limit {ceiling:.2g}")
    if stated is not None:
        bad = ~(stated >= 0)
        if bad.any():
            ax.plot(angles[bad], condition[bad], "x", color=LIMIT, markersize=8, label="stated I negative or missing")
    ax.set(xlabel=ANGLE, ylabel="condition number of Σ", yscale="log")
    ax.legend()
    return ax


@panels(1, 1)
def stated(ax, angles, information, recomputed=None):
    """Stated information on a scale that shows both signs; the line is what follows from the moments."""
    bad = ~(information >= 0)
    ax.plot(angles, information, "o", markersize=3, color=BLUE, label="stated")
    ax.plot(angles[bad], np.nan_to_num(information[bad]), "x", color=LIMIT, markersize=8, label="negative or missing")
    if recomputed is not None:
        ax.plot(angles, recomputed, color=GREEN, label="float64, Cholesky")
    ax.axhline(0, color=LIMIT, linestyle="--", linewidth=1)
    ax.set(xlabel=ANGLE, ylabel=INFORMATION)
    ax.set_yscale("symlog", linthresh=1.0)
    ax.legend()
    return ax


@panels(1, 2)
def decoded(axes, quantity, judged, limit):
    """Error of the decoded angle with its bound over the angles, and against the information.

    Parameters
    ----------
    quantity : gonogo.fisher_information.decoded_error.ErrorBound
        Errors and their bound.
    judged : {"tightest", "efficiency", "order"}
        The number that the statement judges; the panel that shows it has it with its limit in the title.
    limit : float
        Its least value.
    """
    ax, name = {
        "tightest": (axes[0], "variance / bound, smallest"),
        "efficiency": (axes[0], "bound / variance, where trained"),
        "order": (axes[1], "rank correlation with the bound"),
    }[judged]
    axes[0].plot(quantity.angles, quantity.mse, "o-", markersize=3, color=BLUE, label="mean squared error")
    axes[0].plot(quantity.angles, quantity.bound, color=LIMIT, linestyle="--", label="bound (1 + b')²/I + b²")
    axes[0].set(xlabel=ANGLE, ylabel="error [rad²]", yscale="log")
    axes[1].plot(quantity.bound, quantity.mse, "o", markersize=3, color=BLUE)
    axes[1].set(xlabel="bound [rad²]", ylabel="mean squared error [rad²]", xscale="log", yscale="log")
    found = getattr(quantity, judged)
    ax.set_title(f"{name}\n{found.value:.2f} ± {half(found.error):.2f}, at least {limit:g}")
    axes[0].legend()
    return axes


@panels(1, 2)
def terms(axes, angles, mean_term, covariance_term, upper):
    """Both terms of the Fisher information, and the share of the covariance's."""
    axes[0].plot(angles, mean_term, color=BLUE, label="mean d'Σ⁻¹d")
    axes[0].plot(angles, covariance_term, color=ORANGE, label="covariance tr((Σ⁻¹Σ')²)/2")
    axes[0].set(xlabel=ANGLE, ylabel=INFORMATION, yscale="log")
    axes[0].legend()
    share = covariance_term / (mean_term + covariance_term)
    axes[1].fill_between(angles, 0, share, color=ORANGE, alpha=BAND)
    axes[1].plot(angles, share, color=ORANGE)
    axes[1].axhline(upper, color=LIMIT, linestyle="--", label=f"largest mean share {upper:g}")
    axes[1].set(xlabel=ANGLE, ylabel="share of the covariance term", ylim=(0, 1))
    axes[1].legend()
    return axes


@panels(1, 1)
def path(ax, quantity, tolerance):
    """Differences of the mean between neighbouring angles against its stated derivatives."""
    ends = np.array([quantity.derivative.min(), quantity.derivative.max()])
    ax.plot(quantity.derivative, quantity.difference, "o", markersize=3, color=BLUE)
    ax.plot(ends, ends, "--", color=INK, label="y = x")
    ax.plot(ends, quantity.ratio.value * ends, color=BLUE, label=f"slope {quantity.ratio.value:.3f}")
    ax.fill_between(ends, (1 - tolerance) * ends, (1 + tolerance) * ends, color=GREEN, alpha=BAND, linewidth=0)
    ax.set(xlabel="stated derivative of the mean [1/rad]", ylabel="difference / step [1/rad]")
    ax.legend()
    return ax
