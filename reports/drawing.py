"""Draws a figure from the object that was judged; the only place that loads matplotlib."""

import hashlib
import textwrap
from collections import Counter
from pathlib import Path

from reports.figure_numbers import keep_numbers

LETTERS = 14  # of a title on an inch


def draw(figures, out, nodeid, row):
    """Draw figures as SVG files.

    Parameters
    ----------
    figures : sequence of tuple
        Each a drawing function, then its arguments.
    out : Path
        Folder of the report.
    nodeid : str
        Item that is explained; makes the file names unique.
    row : Row
        Its row; gives the figure its title.

    Returns
    -------
    list of str
        Paths under ``out``.
    list of str
        What could not be drawn and why: a broken figure never hides a verdict.
    """
    paths, problems = [], []
    folder = Path(out) / "figures"
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{row.check}-{hashlib.sha256(nodeid.encode()).hexdigest()[:12]}"
    from reports.figures.style import MULTIPLE

    seen, multiple = Counter(), MULTIPLE.set(row.z or MULTIPLE.get())
    for function, *arguments in figures:
        seen[function.__name__] += 1
        nth = f"-{seen[function.__name__]}" if seen[function.__name__] > 1 else ""
        path = folder / f"{stem}-{function.__name__}{nth}.svg"
        try:
            _draw(function, arguments, path, f"{row.run}  {_case(row)}".strip())
        except Exception as error:
            problems.append(f"figure {function.__name__} could not be drawn: {type(error).__name__}: {error}")
        else:
            paths.append(path.relative_to(out).as_posix())
    MULTIPLE.reset(multiple)
    return paths, problems


def _case(row):
    return ", ".join(f"{key} = {value:.4g}" if isinstance(value, float) else f"{key} = {value}"
                     for key, value in row.case.items())  # fmt: skip


def _draw(function, arguments, path, title):
    """Draw one figure by matplotlib's object interface."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    from reports.figures.edges import is_empty, mark
    from reports.figures.style import INK, RC

    rows, columns = getattr(function, "panels", (1, 1))
    with rc_context(RC):
        figure = Figure(figsize=_size(rows, columns), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        function(axes if len(axes) > 1 else axes[0], *arguments)
        kept = [ax for ax in axes if not is_empty(ax)] or [ax for ax in axes if ax.axison]
        if rows == 1 and 0 < len(kept) < columns:
            _close_ranks(figure, axes, kept)
        for ax in kept:
            mark(ax)
            for axis in (ax.xaxis, ax.yaxis):
                _tidy(axis, crowded=columns > 1, whole=_is_whole(ax, axis))
        figure.suptitle(_folded(title, figure.get_figwidth()), fontsize=9, color=INK)
        figure.savefig(path, metadata={"Date": None}, dpi=150)
        keep_numbers(figure, path)


def _folded(title, width):
    """A title in lines that fit a width [inches], broken between the keys of a group."""
    return "\n".join(textwrap.wrap(title.replace(",", ", "), int(LETTERS * width))).replace(", ", ",")


def _size(rows, columns):
    from reports.figures.style import PANEL_HEIGHT, PANEL_WIDTH

    return max(PANEL_WIDTH * columns, 5.4), PANEL_HEIGHT * rows + 0.4


def _close_ranks(figure, axes, kept):
    """Take panels away that show nothing, and let the others have their room."""
    for ax in axes:
        if ax not in kept:
            ax.remove()
    grid = figure.add_gridspec(1, len(kept))
    for n, ax in enumerate(kept):
        ax.set_subplotspec(grid[0, n])
    figure.set_size_inches(*_size(1, len(kept)))


def _is_whole(ax, axis):
    """Whether everything along an axis is counted: epochs, steps, samples."""
    import numpy as np

    if axis is ax.xaxis:
        data = [line.get_xdata(orig=False) for line in ax.lines if line.get_transform() is ax.transData]
    else:
        data = [[patch.get_height()] for patch in ax.patches if hasattr(patch, "get_height")]
    values = np.concatenate([np.asarray(each, float).ravel() for each in data]) if data else np.array([])
    values = values[np.isfinite(values)]
    return len(values) > 1 and np.ptp(values) >= 1 and bool((values == np.round(values)).all())


def _tidy(axis, *, crowded, whole):
    """Plain numbers on logarithmic axes, where mathematical text would be slow; few and whole ones on linear axes."""
    from matplotlib.ticker import LogFormatter, LogLocator, MaxNLocator, ScalarFormatter

    if axis.get_scale() == "log" and isinstance(axis.get_major_locator(), LogLocator):
        axis.set_major_formatter(LogFormatter())
        axis.set_minor_formatter(LogFormatter(minor_thresholds=(0.9, 0.3) if axis.axis_name == "x" else (1.4, 0.4)))
    elif axis.get_scale() == "linear" and isinstance(axis.get_major_formatter(), ScalarFormatter):
        axis.get_major_formatter().set_powerlimits((-3, 4))
        if not isinstance(axis.get_major_locator(), MaxNLocator):  # the drawing has chosen its ticks
            return
        if crowded:
            axis.set_major_locator(MaxNLocator(4, integer=whole))
        elif whole:
            axis.get_major_locator().set_params(integer=True)
