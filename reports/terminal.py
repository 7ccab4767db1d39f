"""The terminal of a session: a line a cluster instead of blocks, and go or no-go as its last line."""

import shutil
import textwrap
from pathlib import Path

import pytest

from reports.terminal_lines import cluster_lines, verdict_lines
from reports.wording import plain

COLOURS = {"fail": {"red": True}, "error": {"red": True}, "warn": {"yellow": True}, "inconclusive": {"yellow": True}}
# Letters of pytest's option -r, and the verdicts that each lists here.
LISTED = {
    "f": {"fail"}, "E": {"error"}, "s": {"skip", "inconclusive"}, "w": {"warn"}, "p": {"pass"}, "P": {"pass"},
}  # fmt: skip
UNKNOWN = 130
DEFAULT = "fE"  # pytest's own -r


class Terminal:
    """Says what a session found; pytest's blocks and summary appear with ``-v`` only.

    Parameters
    ----------
    config : pytest.Config
        Of the session.
    ledger : Ledger
        Its rows.
    """

    def __init__(self, config, ledger):
        self.config, self.ledger, self.outcome = config, ledger, ledger.outcome
        self.problems = []

    @property
    def terse(self):
        """Whether a line a cluster is all that is wanted."""
        return self.config.get_verbosity() <= 0

    def pytest_collection_finish(self, session):
        """Write no names of files where a bar stands for what pytest writes behind them."""
        screen = self.config.pluginmanager.getplugin("terminalreporter")
        if (
            screen is not None
            and self.terse
            and session.items
            and all("subject" in i.fixturenames for i in session.items)
        ):
            screen.showfspath = False

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter):
        """Keep pytest from repeating block by block what the clusters say in a line."""
        if not self.terse:
            return (yield)
        kept = terminalreporter.stats
        terminalreporter.stats = {
            category: [report for report in reports if not hasattr(report, "gonogo")]
            for category, reports in kept.items()
        }
        try:
            return (yield)
        finally:
            terminalreporter.stats = kept

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session):
        """Close with go or no-go, after everything that pytest and others say."""
        result = yield
        screen = self.config.pluginmanager.getplugin("terminalreporter")
        if screen is not None and session.exitstatus != pytest.ExitCode.USAGE_ERROR and not self.outcome.idle:
            page = self.ledger.out / "index.html"
            page = page.relative_to(Path.cwd()) if page.is_relative_to(Path.cwd()) else page
            line = plain(self.outcome.closing(page))
            colour = {"green": line.startswith("go:"), "red": line.startswith("no-go:")}
            screen.write_line(line, **colour, bold=True)
        return result

    def summarise(self, screen):
        """Write the verdicts that are to be listed, a line a cluster, and how much was judged.

        Parameters
        ----------
        screen : pytest.TerminalReporter
        """
        # A log of CI does not say how wide it is.
        rows, width = self.outcome.rows, shutil.get_terminal_size((UNKNOWN, 24)).columns
        words = self._listed()
        if words:
            screen.section("verdicts")
            for verdict, line in verdict_lines(rows, words):
                screen.write_line(line, **COLOURS.get(verdict, {}))
        screen.section("go / no-go")
        if self.config.get_verbosity() >= -1:
            for verdict, line in cluster_lines(rows, width):
                screen.write_line(line, **COLOURS[verdict])
        for line in (*self.outcome.sentences(), *self.outcome.denominator()):
            screen.write_line(_folded(plain(line), width) if screen.isatty else plain(line))
        for problem in filter(None, (self.ledger.problem, *self.problems)):
            screen.write_line(problem, yellow=True)

    def _listed(self):
        """Verdicts that ``-r`` asks for; none where it was not given."""
        wanted = self.config.option.reportchars
        if wanted == DEFAULT:
            return set()
        wanted = wanted.replace("a", "fEsw").replace("A", "fEswp").replace("N", "")
        return set().union(*(LISTED.get(letter, set()) for letter in wanted))


def _folded(line, width):
    """A long line on several, the later ones indented."""
    return "\n".join(textwrap.wrap(line, width, subsequent_indent="  ", break_on_hyphens=False)) or line
