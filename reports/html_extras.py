"""Attaches a row's figures to the report of pytest-html, for those who run with ``--html``."""

import base64


def wanted(config):
    """Whether pytest-html is there and was asked for a report."""
    return config.pluginmanager.hasplugin("html") and bool(getattr(config.option, "htmlpath", None))


def extras(figures, out):
    """Figures as pytest-html takes them: encoded, so that its page can hold them.

    Parameters
    ----------
    figures : list of str
        Paths under ``out``.
    out : Path
        Folder of the report.

    Returns
    -------
    list of dict
    """
    from pytest_html import extras as kinds

    return [kinds.svg(base64.b64encode((out / path).read_bytes()).decode("ascii"), name=path) for path in figures]
