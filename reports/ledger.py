"""The rows of a session on disk: written as they fall, closed with the page."""

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

from fixtures.gate.row import Row, encode
from reports.outcome import Outcome

# Names of the figures that a session draws; whatever else lies in the report's folder is not ours to remove.
OURS = re.compile(r".+-[0-9a-f]{12}-.+\.svg")


class Ledger:
    """Rows of one session.

    Parameters
    ----------
    out : Path
        Folder of the report.
    header : Header
        How the session was started and what it found; says at the end how it ended.
    """

    def __init__(self, out, header):
        self.out, self.header = Path(out), header
        self.rows, self.file = [], None
        self.outcome = Outcome(header, self.rows)
        self.problem = ""  # why there is no page
        self.lock = None

    @property
    def path(self):
        """Where the rows are."""
        return self.out / "results.jsonl"

    def claim(self):
        """Make the folder this session's own: no other may write to it, and the page of the one before is gone.

        Raises
        ------
        OSError
            If it cannot be written, or another session is writing to it.
        """
        self.out.mkdir(parents=True, exist_ok=True)
        self.lock = lock(self.out / ".lock")
        (self.out / "index.html").unlink(missing_ok=True)
        self._open()

    def _open(self):
        """Start the rows' file; not before there is something to write, so that other sessions leave a report alone."""
        self.out.mkdir(parents=True, exist_ok=True)
        (self.out / "index.html").unlink(missing_ok=True)
        # A lone surrogate, from a name that is not UTF-8, is written as the escape that JSON has for it.
        self.file = self.path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n")
        self._write(self.header)

    def _write(self, thing):
        self.file.write(encode(thing) + "\n")
        self.file.flush()

    def add(self, row):
        """Take a row and write it at once."""
        if self.file is None:
            self._open()
        self.rows.append(row)
        self._write(row)

    def add_crash(self, nodeid, reason):
        """Take a check that broke down: an error of the suite, not of the run."""
        file, _, rest = nodeid.partition("::")
        self.add(
            Row(
                run=rest.partition("[")[2].rstrip("]"),
                family=Path(file).stem.removeprefix("check_").partition("__")[0],
                check=rest.partition("[")[0].removeprefix("check_"),
                verdict="error",
                statement="the check ran to its end",
                message=f"the check itself broke down: {reason}",
                nodeid=nodeid,
            )
        )

    def close(self, now=None):
        """Close the rows' file and write the page; figures of earlier sessions go.

        A page that cannot be written hides no verdict: the rows are on disk, and ``problem`` says what happened.
        """
        self.header.finished = (now or datetime.now(UTC)).isoformat(timespec="seconds")
        if self.outcome.idle:
            return
        if self.file is None:
            self._open()
        self.file.close()
        self._complete_header()
        drawn = {figure for row in self.rows for figure in row.figures}
        for path in self.out.glob("figures/*"):
            if OURS.fullmatch(path.name) and path.relative_to(self.out).as_posix() not in drawn:
                path.unlink()
        self.problem = try_page(self.outcome, self.out)
        self.release()

    def release(self):
        """Let other sessions write to the folder."""
        if self.lock is not None:
            self.lock.close()
            self.lock = None

    def _complete_header(self):
        """Say in the first line how the session ended; a session that was killed never gets here."""
        whole = self.path.with_suffix(".jsonl.part")
        with self.path.open("rb") as rows, whole.open("wb") as file:
            rows.readline()
            file.write((encode(self.header) + "\n").encode("utf-8", "backslashreplace"))
            shutil.copyfileobj(rows, file)
        whole.replace(self.path)


def lock(path):
    """Open file that no other process may lock as long as it is open; ends with the process, however that ends.

    Raises
    ------
    OSError
        If another process has it.
    """
    file = path.open("w")
    try:
        import fcntl
    except ImportError:  # no such locks on this system
        return file
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise OSError(f"another session is writing to {path.parent}: give this one a folder of its own") from None
    return file


def try_page(outcome, out):
    """Write the page of a session.

    Returns
    -------
    str
        Why there is none; empty if there is one.
    """
    from reports.page import write_page  # the template engine is not needed before

    try:
        write_page(outcome.rows, outcome.session(), out)
    except Exception as error:
        return f"the page could not be written: {type(error).__name__}: {error}"
    return ""
