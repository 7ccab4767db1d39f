"""What is not finite is seen: an arrow at the edge of the panel that says what it is and from where on."""

import numpy as np

from reports.figures.style import INK

TEXTS = 4  # arrows of a panel that are explained; more would hide its curves
HEIGHT = {"+inf": 0.97, "−inf": 0.03, "NaN": 0.97}
MARKER = {"+inf": "^", "−inf": "v", "NaN": "x"}


def mark(ax):
    """Mark values of a panel's curves that are not finite, and blank them.

    An infinity is always marked, on a logarithmic axis zero is minus infinity. NaN is marked where a curve ends in it;
    in between it stands for a row in which nothing was logged.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        With everything drawn and its scales and labels set.
    """
    said = {}
    for line in list(ax.lines):
        if line.get_transform() is not ax.transData:  # a limit, a mark
            continue
        x, y = (np.asarray(data, float) for data in (line.get_xdata(orig=False), line.get_ydata(orig=False)))
        logarithmic = ax.get_yscale() == "log"
        for name, lost in _lost(y, logarithmic=logarithmic).items():
            if lost.any():
                text, at = _where(ax, x, lost, name)
                said.setdefault((text, name, at), line.get_color())
        place = np.isfinite(y) & ((y > 0) | (not logarithmic))
        if not place.all():
            line.set_ydata(np.where(place, y, np.nan))
    for n, ((text, name, at), colour) in enumerate(said.items()):
        ax.plot([at], [HEIGHT[name]], MARKER[name], color=colour, markersize=7, clip_on=False, zorder=5,
                transform=ax.get_xaxis_transform(), label="_edge")  # fmt: skip
        if n < TEXTS:
            left, room = _half(ax, at), 11 * n
            ax.annotate(text, (at, HEIGHT[name]), xycoords=ax.get_xaxis_transform(), textcoords="offset points",
                        xytext=(6 if left else -6, room if name == "−inf" else -room), fontsize=7, color=INK,
                        ha="left" if left else "right", va="center")  # fmt: skip


def _lost(y, *, logarithmic):
    """Where a curve has which value that cannot be drawn."""
    low = np.isneginf(y) | (logarithmic & (y == 0))
    seen = np.flatnonzero(~np.isnan(y))
    ending = np.zeros(len(y), bool)
    if len(seen) and seen[-1] + 1 < len(y):
        ending[seen[-1] + 1 :] = True
    return {"+inf": np.isposinf(y), "−inf": low, "NaN": ending}


def _where(ax, x, lost, name):
    """What to say of lost values, and where."""
    word = ax.get_xlabel().partition(" [")[0].partition(" (")[0].partition("\n")[0]
    word, shift = ("step", 1) if word == "step + 1" else (word, 0)
    first, count = int(np.argmax(lost)), int(lost.sum())
    if (np.diff(x[np.isfinite(x)]) < 0).any():  # a cloud of points, no curve
        return f"{count} × {name}", float(x[first])
    where = f"{word} {x[first] - shift:g}"
    if lost[first:].all() and count > 1:
        return f"{name} from {where}", float(x[first])
    return f"{name} at {where}" + (f" and {count - 1} more" if count > 1 else ""), float(x[first])


def _half(ax, at):
    """Whether a place lies in the left half of a panel."""
    return ax.transAxes.inverted().transform(ax.transData.transform((at, ax.get_ylim()[0])))[0] < 0.5


def is_empty(ax):
    """Whether a panel shows nothing that was measured: it is switched off, or holds limits and texts only."""
    if not ax.axison:
        return True
    curves = [line for line in ax.lines if line.get_transform() is ax.transData]
    if any(not np.isnan(np.asarray(line.get_ydata(orig=False), float)).all() for line in curves):
        return False
    areas = [patch for patch in ax.patches if patch.get_data_transform() is ax.transData]  # else a band across
    return not (areas or ax.collections or ax.images)
