"""Collects a row a verdict, draws what explains it, and says at the end whether to go."""

import os
import re
import shlex
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from fixtures.gate.row import Row, decode
from reports import html_extras
from reports.drawing import draw
from reports.figures.regression import trend
from reports.inventory_table import inventory_text
from reports.ledger import Ledger
from reports.step_summary import append_summary
from reports.wording import block, letter, plain

ROW = pytest.StashKey[Row]()
LEDGER = pytest.StashKey[Ledger]()
WANTS_FIGURE = {"failed": {"fail", "warn", "error", "inconclusive"}, "all": None, "none": set()}
CHECK = re.compile(r"(^|/)check_\w+\.py(::|$)")
BROKEN_OFF = (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR)


def pytest_addoption(parser):
    """Declare the options of the report."""
    add = parser.getgroup("gonogo").addoption
    add("--report", metavar="DIR", default=None, help="where index.html and results.jsonl go (default: reports/out)")
    add(
        "--figures",
        choices=tuple(WANTS_FIGURE),
        default="failed",
        help="which statements get figures: what is not passed, all of them, or none (default: failed)",
    )


def _out(config):
    folder = config.option.report
    return config.invocation_params.dir / folder if folder else config.rootpath / "reports" / "out"


def pytest_gonogo_found(config, header):
    """Open the ledger; workers of xdist leave it to the session that started them, and a mere listing needs none."""
    option = config.option
    if hasattr(config, "workerinput") or option.collectonly or option.setuponly or option.setupplan:
        return
    ledger = config.stash[LEDGER] = Ledger(_out(config), header)
    config.pluginmanager.register(Reporter(config, ledger), "gonogo-reporter")


def pytest_gonogo_listing(config, inventory):
    """Write a listing of evidence for a person, or for a program."""
    return inventory_text(inventory, config.option.list_evidence)


def pytest_gonogo_verdict(item, row, figures):
    """Keep the row with its item, give JUnit its properties, and draw."""
    wanted = WANTS_FIGURE[item.config.option.figures]
    if row.history and row.value is not None and row.baseline is None:
        figures = (*figures, (trend, row.history, row.value, row.lower, row.upper, row.unit))
    control = row.control is not None and row.verdict == "pass"
    # A group's figure is drawn even when it passes: it is the overview of its family on the page.
    explains = wanted and (row.verdict in wanted or row.run.startswith("group:"))
    if figures and (wanted is None or (explains and not control)):
        chosen = figures if wanted is None else figures[:1]
        row.figures, problems = draw(chosen, _out(item.config), item.nodeid, row)
        row.message = "\n".join([row.message, *problems])
    row.rerun = _rerun(item)
    said = {name: getattr(row, name) for name in ("verdict", "value", "se", "lower", "upper", "unit")}
    item.user_properties += [(name, value) for name, value in said.items() if value is not None]
    item.stash[ROW] = row


def _rerun(item):
    """Command that judges this statement alone from the same folder, with the same runs and limits and hence z."""
    option, invocation = item.config.option, item.config.invocation_params
    options = [
        f"--{name}={value}" for name in ("runs", "limits", "checks", "exclude") for value in getattr(option, name)
    ]
    options += [f"--{name}={value}" for name in ("baseline", "history") if (value := getattr(option, name))]
    flags = ("strict", "no_tree_limits", "follow_links")
    options += ["--" + name.replace("_", "-") for name in flags if getattr(option, name, False)]
    options += [f"--plant={option.plant}"] if option.plant != "first" else []
    root = item.config.rootpath
    if not item.path.is_relative_to(root):  # a check of the user's own needs the suite beside it
        options += ["-k", item.originalname]
        return shlex.join(["pytest", os.path.relpath(root / "checks", invocation.dir), *options])
    file, colons, rest = item.nodeid.partition("::")
    return shlex.join(["pytest", os.path.relpath(root / file, invocation.dir) + colons + rest, *options])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Put the row on the report, so that it reaches the session also from a worker of xdist."""
    report = yield
    row = item.stash.get(ROW, None)
    if row is None or report.when == "teardown" or (report.when == "setup" and report.passed):
        return report
    row.seconds = round(call.duration, 6)
    report.gonogo = msgspec.to_builtins(row)  # plain data, as xdist wants it
    if row.figures and html_extras.wanted(item.config):
        report.extras = [*getattr(report, "extras", []), *html_extras.extras(row.figures, _out(item.config))]
    if report.failed:
        report.longrepr = block(row)
    elif report.skipped:
        path, line, _ = item.reportinfo()
        report.longrepr = (str(path), (line or 0) + 1, f"{row.verdict.upper()}: {row.message}")
    return report


def pytest_report_teststatus(report, config):
    """Show inconclusive, warn and error apart from what pytest counts them as."""
    row = getattr(report, "gonogo", None)
    return letter(row["verdict"], failed=report.failed) if row is not None else None


def _is_statement(item):
    """Whether an item asks a statement about a subject."""
    return (
        hasattr(item, "callspec") and "subject" in item.callspec.params and item.get_closest_marker("reads") is not None
    )


class Reporter:
    """Writes rows as they fall, and closes the session with the page and one line.

    Parameters
    ----------
    config : pytest.Config
        Of the session.
    ledger : Ledger
        Where the rows go.
    """

    def __init__(self, config, ledger):
        self.config, self.ledger, self.outcome = config, ledger, ledger.outcome
        self.problem = ""

    def pytest_deselected(self, items):
        """Count the statements that this session was told not to ask."""
        self.ledger.header.expected += sum(map(_is_statement, items))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session):
        """Count the statements to be asked, and make the report's folder this session's own."""
        asked = sum(map(_is_statement, session.items))
        self.ledger.header.expected += asked
        if asked:
            try:
                self.ledger.claim()
            except OSError as error:
                raise pytest.UsageError(f"--report={self.ledger.out}: cannot be written: {error}") from None

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report):
        """Write the row of a verdict as it falls; a crash of a check is an error of its own."""
        if report.outcome == "rerun":  # its last attempt counts
            return
        row = getattr(report, "gonogo", None)
        if row is not None:
            self.ledger.add(decode(row))
        elif report.failed and CHECK.search(report.nodeid):
            self.ledger.add_crash(report.nodeid, str(report.longrepr).splitlines()[-1])

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session, exitstatus):
        """Write the page and CI's summary; a run of which nothing could be judged makes the session fail."""
        if exitstatus in BROKEN_OFF or (exitstatus != pytest.ExitCode.OK and self.outcome.go):
            self.ledger.header.ended = (
                f"the session broke off or failed outside its statements: exit code {int(exitstatus)}"
            )
        if not self.outcome.idle and exitstatus != pytest.ExitCode.USAGE_ERROR:
            complete = exitstatus not in BROKEN_OFF
            said = self.config.hook.pytest_gonogo_closing(config=self.config, rows=self.ledger.rows, complete=complete)
            for lines, objections in said:
                self.ledger.header.notes += lines
                self.ledger.header.objections += objections
        if exitstatus == pytest.ExitCode.USAGE_ERROR and self.ledger.file is None:
            return
        self.ledger.close(datetime.now(UTC))
        path = os.environ.get("GITHUB_STEP_SUMMARY")
        if path and not self.outcome.idle and exitstatus != pytest.ExitCode.USAGE_ERROR:
            self.problem = append_summary(path, self.ledger.rows, self.outcome.session())
        if exitstatus == pytest.ExitCode.OK and self.outcome.reasons:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter, exitstatus):
        """Say how much was judged, and close with one line; a usage error speaks for itself."""
        if exitstatus == pytest.ExitCode.USAGE_ERROR or self.outcome.idle:
            return
        terminalreporter.section("go / no-go")
        for line in (*self.outcome.sentences(), *self.outcome.denominator()):
            terminalreporter.write_line(plain(line))
        for problem in filter(None, (self.ledger.problem, self.problem)):
            terminalreporter.write_line(problem, yellow=True)
        page = self.ledger.out / "index.html"
        page = page.relative_to(Path.cwd()) if page.is_relative_to(Path.cwd()) else page
        go = self.outcome.go
        terminalreporter.write_line(plain(self.outcome.closing(page)), green=go, red=not go, bold=True)
