"""Draws a figure from the object that was judged; the only place that loads matplotlib."""

import hashlib
from pathlib import Path

from reports.figure_numbers import keep_numbers


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
    stem = hashlib.sha256(nodeid.encode()).hexdigest()[:12]
    for function, *arguments in figures:
        path = folder / f"{row.check}-{stem}-{function.__name__}.svg"
        try:
            _draw(function, arguments, path, f"{row.run}  {_case(row)}".strip())
        except Exception as error:
            problems.append(f"figure {function.__name__} could not be drawn: {type(error).__name__}: {error}")
        else:
            paths.append(path.relative_to(out).as_posix())
    return paths, problems


def _case(row):
    return ", ".join(f"{key} = {value:.4g}" if isinstance(value, float) else f"{key} = {value}"
                     for key, value in row.case.items())  # fmt: skip


def _draw(function, arguments, path, title):
    """Draw one figure by matplotlib's object interface."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    from reports.figures.style import INK, PANEL_HEIGHT, PANEL_WIDTH, RC

    rows, columns = getattr(function, "panels", (1, 1))
    with rc_context(RC):
        width = max(PANEL_WIDTH * columns, 5.4)
        figure = Figure(figsize=(width, PANEL_HEIGHT * rows + 0.4), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.subplots(rows, columns, squeeze=False).ravel()
        function(axes if len(axes) > 1 else axes[0], *arguments)
        for axis in (axis for each in axes if each.axison for axis in (each.xaxis, each.yaxis)):
            _tidy(axis, crowded=columns > 1)
        figure.suptitle(title, fontsize=9, color=INK)
        figure.savefig(path, metadata={"Date": None}, dpi=150)
        keep_numbers(figure, path)


def _tidy(axis, *, crowded):
    """Plain numbers on logarithmic axes, which mathematical text would make slow, and few on crowded linear ones."""
    from matplotlib.ticker import LogFormatter, LogLocator, MaxNLocator, ScalarFormatter

    if axis.get_scale() == "log" and isinstance(axis.get_major_locator(), LogLocator):
        axis.set_major_formatter(LogFormatter())
        axis.set_minor_formatter(LogFormatter(minor_thresholds=(0.9, 0.3) if axis.axis_name == "x" else (1.4, 0.4)))
    elif axis.get_scale() == "linear" and isinstance(axis.get_major_formatter(), ScalarFormatter):
        axis.get_major_formatter().set_powerlimits((-3, 4))
        if crowded:
            axis.set_major_locator(MaxNLocator(4))
