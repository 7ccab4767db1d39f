"""Collects a row a verdict, draws what explains it, and says at the end whether to go."""

import os
import re
import shlex
from datetime import UTC, datetime

import msgspec
import pytest

from fixtures.gate.row import Row, decode
from reports import html_extras
from reports.choice import WORDS, Choice, family_of, figures_option, left_out, matches
from reports.drawing import draw
from reports.earlier import Earlier, sessions_of
from reports.figures.regression import trend
from reports.inventory_table import inventory_text
from reports.ledger import Ledger
from reports.progress import Progress, on_screen
from reports.step_summary import append_summary
from reports.terminal import Terminal
from reports.wording import LETTERS, block, letter

ROW = pytest.StashKey[Row]()
LEDGER = pytest.StashKey[Ledger]()
PROGRESS = pytest.StashKey[Progress | None]()
CHOICE = pytest.StashKey[Choice]()
CHECK = re.compile(r"(^|/)check_\w+\.py(::|$)")
BROKEN_OFF = (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR)


def pytest_addoption(parser):
    """Declare the options of the report."""
    add = parser.getgroup("gonogo").addoption
    add("--report", metavar="DIR", default=None, help="where index.html and results.jsonl go (default: reports/out)")
    add(
        "--figures",
        metavar="failed|all|none|STATEMENT,...",
        type=figures_option,
        default=["failed"],
        help="which statements get figures: what is not passed, all of them, none, or every figure of those named "
        "(globs, CHECK or FAMILY.CHECK); default: failed",
    )


def _out(config):
    folder = config.option.report
    return config.invocation_params.dir / folder if folder else config.rootpath / "reports" / "out"


def pytest_gonogo_progress(config, stage, done, total, said):
    """Show how far the session is; workers of xdist and listings have no terminal to themselves."""
    option = config.option
    if hasattr(config, "workerinput") or option.collectonly or option.usepdb or config.get_verbosity() < -1:
        return
    if PROGRESS not in config.stash:
        config.stash[PROGRESS] = on_screen(config.pluginmanager.getplugin("terminalreporter"))
        if config.stash[PROGRESS] is not None:
            config.add_cleanup(config.stash[PROGRESS].close)
    if config.stash[PROGRESS] is not None:
        config.stash[PROGRESS].tell(stage, done, total, said)


def _pause(config):
    if config.stash.get(PROGRESS, None) is not None:
        config.stash[PROGRESS].pause()


def pytest_gonogo_found(config, header):
    """Open the ledger; workers of xdist leave it to the session that started them, and a mere listing needs none."""
    _pause(config)
    option = config.option
    if hasattr(config, "workerinput") or option.collectonly or option.setuponly or option.setupplan:
        return
    ledger = config.stash[LEDGER] = Ledger(_out(config), header)
    config.pluginmanager.register(Reporter(config, ledger), "gonogo-reporter")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session):
    """Leave the terminal to pytest, which says what was collected."""
    _pause(session.config)


def pytest_gonogo_listing(config, inventory):
    """Write a listing of evidence for a person, or for a program."""
    return inventory_text(inventory, config.option.list_evidence)


def pytest_gonogo_verdict(item, row, figures):
    """Keep the row with its item, give JUnit its properties, and draw."""
    if row.history and row.value is not None and row.baseline is None:
        figures = (*figures, (trend, row.history, row.value, row.lower, row.upper, row.unit))
    choice = item.config.stash.setdefault(CHOICE, Choice(item.config.option.figures))
    chosen, row.undrawn = choice.of(row, figures)
    if chosen:
        row.figures, problems = draw(chosen, _out(item.config), item.nodeid, row)
        row.message = "\n".join([row.message, *problems])
    row.rerun = _rerun(item)
    said = {name: getattr(row, name) for name in ("verdict", "value", "se", "lower", "upper", "unit")}
    item.user_properties += [(name, value) for name, value in said.items() if value is not None]
    item.stash[ROW] = row


def pytest_gonogo_closing(rows):
    """Say which figures were left out."""
    return list(left_out(rows)), []


def _rerun(item):
    """Command that judges this statement alone from the same folder: same runs, hence same neighbours, same limits."""
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
    """Show inconclusive, warn and error apart from what pytest counts them as; a bar stands for pytest's letters."""
    row = getattr(report, "gonogo", None)
    if row is None:
        return None
    category, sign, word = letter(row["verdict"], failed=report.failed)
    return (category, "", "") if config.get_verbosity() <= 0 else (category, sign, word)


def _is_statement(item):
    """Whether an item asks a statement about a subject."""
    return hasattr(item, "callspec") and hasattr(item.callspec.params.get("subject"), "evidence")


def _require_statements(config, items):
    """Raise a usage error for a statement that is to be drawn and is not asked; workers of xdist know better."""
    asked = {(family_of(item.path), item.originalname.removeprefix("check_")) for item in filter(_is_statement, items)}
    for pattern in config.option.figures if items else ():
        if pattern not in WORDS and not any(matches(pattern, *name) for name in asked):
            known = ", ".join(sorted(check for _, check in asked))
            raise pytest.UsageError(f"--figures={pattern}: no such statement is asked; there are {known}")


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
        self.asked, self.drawn, self.earlier = 0, 0, Earlier([])
        self.terminal = Terminal(config, ledger)
        config.pluginmanager.register(self.terminal, "gonogo-terminal")

    def pytest_deselected(self, items):
        """Count the statements that this session was told not to ask."""
        self.ledger.header.expected += sum(map(_is_statement, items))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session):
        """Count the statements to be asked, and make the report's folder this session's own."""
        history = self.config.option.history
        if history and self.ledger.header.found:
            self.earlier = Earlier.read(sessions_of(history, self.config.invocation_params.dir))
            self.ledger.header.since = self.earlier.since
        asked = self.asked = sum(map(_is_statement, session.items))
        _require_statements(self.config, session.items)
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
            row = decode(row)
            self.earlier.mark(row)
            self.ledger.add(row)
            self.drawn += len(row.figures)
        elif report.failed and CHECK.search(report.nodeid):
            self.ledger.add_crash(report.nodeid, str(report.longrepr).splitlines()[-1])
        self._tell()

    def _tell(self):
        """Show how many statements are judged; with ``-v`` pytest writes a line on each."""
        if self.ledger.rows and self.config.get_verbosity() <= 0:
            counts = self.outcome.counts
            said = [f"{sign} {counts[word]}" for word, sign in LETTERS.items() if counts[word] and word != "pass"]
            said += [f"{self.drawn} figures drawn"] * bool(self.drawn)
            pytest_gonogo_progress(self.config, "judging", len(self.ledger.rows), self.asked or None, ", ".join(said))

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
        if not self.ledger.header.partial:
            self.ledger.header.gone = self.earlier.gone(self.ledger.rows)
        pytest_gonogo_progress(self.config, "writing the page", len(self.ledger.rows), None, "")
        self.ledger.close(datetime.now(UTC))
        _pause(self.config)
        path = os.environ.get("GITHUB_STEP_SUMMARY")
        if path and not self.outcome.idle and exitstatus != pytest.ExitCode.USAGE_ERROR:
            self.terminal.problems.append(append_summary(path, self.ledger.rows, self.outcome.session()))
        if exitstatus == pytest.ExitCode.OK and self.outcome.reasons:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter, exitstatus):
        """Say what was found and how much was judged; a usage error speaks for itself."""
        if exitstatus != pytest.ExitCode.USAGE_ERROR and not self.outcome.idle:
            self.terminal.summarise(terminalreporter)
