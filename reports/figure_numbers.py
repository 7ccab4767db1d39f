"""The numbers behind a figure, kept in its file: for values on hover and as CSV, never a second measurement."""

import json
import math
import re
from html import escape, unescape

POINTS = 3000  # kept a figure; of more, every so many are kept and the figure says so
NUMBERS = re.compile(r'<metadata id="numbers">(.*?)</metadata>', re.DOTALL)


def keep_numbers(figure, path):
    """Write the numbers of a drawn figure into its SVG file.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        After it was saved: the layout is done.
    path : Path
        Its SVG file.
    """
    text = path.read_text(encoding="utf-8")
    kept = json.dumps(numbers_of(figure), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    tagged = re.sub(
        r"<svg\b[^>]*>", lambda tag: f'{tag[0]}<metadata id="numbers">{escape(kept)}</metadata>', text, count=1
    )
    path.write_text(tagged, encoding="utf-8", newline="\n")


def numbers_in(svg):
    """Numbers that an SVG text keeps; None without them."""
    found = NUMBERS.search(svg)
    return json.loads(unescape(found[1])) if found else None


def numbers_of(figure):
    """Numbers of a figure by panel.

    Returns
    -------
    list of dict
        Each panel's ``box`` (left, top, width, height as shares of the figure), axis labels, scales and limits, and its
        ``series``, each with ``name``, ``x``, ``y`` and, where points were left out, ``every``.
    """
    shown = [axes for axes in figure.axes if axes.axison]
    found = [(axes, list(_series(axes))) for axes in shown]
    total = sum(len(x) for _, series in found for _, x, _ in series)
    every = max(1, math.ceil(total / POINTS))
    return [_panel(axes, series, every) for axes, series in found if series]


def _panel(axes, series, every):
    box = axes.get_position()
    return {
        "box": [round(v, 4) for v in (box.x0, 1 - box.y1, box.width, box.height)],
        "title": axes.get_title(),
        **{
            name: {"label": axis.get_label_text(), "scale": axis.get_scale(), "limits": [float(v) for v in limits]}
            for name, axis, limits in (("x", axes.xaxis, axes.get_xlim()), ("y", axes.yaxis, axes.get_ylim()))
        },
        "series": [
            {"name": name, "x": _plain(x[::every]), "y": _plain(y[::every])} | ({"every": every} if every > 1 else {})
            for name, x, y in series
        ],
    }


def _series(axes):
    """Lines, points and bars that stand in the data's coordinates, each with its name, x and y."""
    from matplotlib.container import BarContainer

    for line in axes.lines:
        drawn = line.get_linestyle() not in ("None", "", " ") or line.get_marker() not in ("_", "|")
        if line.get_transform() == axes.transData and drawn:  # no limit across the panel, no cap of an error bar
            yield _name(line), line.get_xdata(orig=False), line.get_ydata(orig=False)
    for points in axes.collections:
        offsets = points.get_offsets()
        if (
            points.get_offset_transform() == axes.transData
            and len(offsets)
            and type(points).__name__ == "PathCollection"
        ):
            yield _name(points), offsets[:, 0], offsets[:, 1]
    for bars in (container for container in axes.containers if isinstance(container, BarContainer)):
        middles = [bar.get_x() + bar.get_width() / 2 for bar in bars]
        yield _name(bars), middles, [bar.get_y() + bar.get_height() for bar in bars]


def _name(artist):
    """Label of what was drawn; empty where it has none."""
    label = str(artist.get_label())
    return "" if label.startswith("_") else label


def _plain(values):
    """Six digits of each number; None for what is not finite."""
    return [float(f"{v:.6g}") if math.isfinite(v) else None for v in map(float, values)]
