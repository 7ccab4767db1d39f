"""The rows of a session: written as they fall, counted, and turned into a page."""

import json
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import gonogo

WORDS = ("fail", "error", "warn", "inconclusive", "pass", "skip")
JUDGED = {"pass", "fail", "warn"}
# Names of the figures that a session draws; whatever else lies in the report's folder is not ours to remove.
OURS = re.compile(r".+-[0-9a-f]{12}-.+\.svg")


class Ledger:
    """Rows of one session.

    Parameters
    ----------
    out : Path
        Folder of the report.
    found : Discovery or None
        What the walk found; None for a session of controls.
    limits : list of str
        The limits files.
    known : list of Known
        Exceptions that somebody answers for.
    command : str
        How the session was started.
    strict : bool
        Whether inconclusive counts as failed.
    """

    def __init__(self, out, found, limits, known, command, *, strict):
        self.out, self.found, self.limits, self.known = Path(out), found, limits, known
        self.command, self.strict = command, strict
        self.started, self.finished = datetime.now(UTC), None
        self.rows, self.file = [], None
        self.problem = ""  # why there is no page
        self.ended = ""  # why the session did not end as its verdicts say
        self.notes, self.objections = [], []  # what plugins add at the end: lines, and reasons for a no-go

    def _open(self):
        """Start the rows' file; not before there is something to write, so that other sessions leave a report alone."""
        self.out.mkdir(parents=True, exist_ok=True)
        self.file = (self.out / "results.jsonl").open("w", encoding="utf-8")
        self._write(
            {
                "gonogo": gonogo.__version__,
                "schema": 1,
                "started": self.started.isoformat(timespec="seconds"),
                "runs": [str(root) for root in self.found.roots] if self.found else [],
                "limits": self.limits,
                "command": self.command,
            }
        )

    def _write(self, row):
        self.file.write(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n")
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
            {
                "run": rest.partition("[")[2].rstrip("]"),
                "family": Path(file).stem.removeprefix("check_"),
                "check": rest.partition("[")[0].removeprefix("check_"),
                "case": {},
                "verdict": "error",
                "statement": "the check ran to its end",
                "message": f"the check itself broke down: {reason}",
                "nodeid": nodeid,
                "figures": [],
                "evidence": [],
                "control": None,
            }
        )

    @property
    def counts(self):
        """Number of verdicts of each word."""
        return Counter(row["verdict"] for row in self.rows)

    @property
    def reasons(self):
        """Why the session is no-go beyond single verdicts: nothing could be judged of a run, or it ended early."""
        touched, judged = {}, set()
        for row in self.rows:
            if row["control"]:
                continue
            evidence = row["evidence"] if isinstance(row["evidence"], list) else [row["evidence"]]
            for piece in evidence:
                touched.setdefault(piece["run"], set()).add(row["verdict"])
                if row["verdict"] in JUDGED and not row.get("integrity"):
                    # A run that others are compared with has not been read in vain.
                    judged.update([piece["run"], *row.get("references", ())])
        return (
            [self.ended] * bool(self.ended)
            + (list(self.found.problems) if self.found else [])
            + self.objections
            + [
                f"nothing could be judged in {run} ({', '.join(sorted(words))})"
                for run, words in touched.items()
                if run not in judged and "error" not in words and words != {"pass"}
            ]
        )

    @property
    def go(self):
        """Whether nothing speaks against it."""
        if not self.rows:
            return False
        bad = self.counts["fail"] + self.counts["error"] + (self.counts["inconclusive"] if self.strict else 0)
        return not bad and not self.reasons

    @property
    def planted(self):
        """Number of faults planted in real records, caught and missed."""
        plants = [row["planted"] for row in self.rows if row.get("planted")]
        caught, missed = (sum(len(plant[key]) for plant in plants) for key in ("caught", "missed"))
        return {"planted": caught + missed, "caught": caught, "missed": missed}

    def stale(self):
        """Exceptions that nobody needs any more, or that have run out."""
        today = self.started.date()
        for known in self.known:
            name = f"[[known]] run = {known.run!r}, check = {known.check!r} ({known.owner})"
            used = [row for row in self.rows if known.covers(row["run"], row["check"])]
            if not used:
                yield f"{name}: matches no statement of this session"
            elif known.until < today:
                yield f"{name}: expired on {known.until}"
            elif all(row["verdict"] == "pass" for row in used):
                yield f"{name}: healed, its {len(used)} statements pass"

    def denominator(self):
        """Say what was found, read and judged, and what was not."""
        count = self.counts
        if self.found:
            duplicates = [f"{copy.run} equals {original.run}" for copy, original in self.found.duplicates]
            kinds = Counter(evidence.kind for evidence in self.found.evidence)
            seen = ", ".join(f"{n} {kind}" for kind, n in kinds.items()) or "no evidence"
            yield f"found {len(self.found.runs)} runs with {seen}"
            if duplicates:
                yield f"duplicates, judged once: {'; '.join(duplicates)}"
            if self.found.unrecognised:
                names = ", ".join(f"{name} x{n}" for name, n in self.found.unrecognised.most_common(6))
                yield f"data files that nothing recognises: {names}"
        else:
            yield "no --runs: controls only, every check against its healthy run and its faults"
        judged = sum(count[word] for word in JUDGED)
        yield f"{len(self.rows)} statements: {judged} judged, " + ", ".join(
            f"{count[word]} {word}" for word in ("inconclusive", "skip", "error")
        )
        if self.found:
            plants = self.planted
            yield f"planted {plants['planted']} faults in copies of real records, caught {plants['caught']}"
        yield from self.notes
        yield from self.reasons
        yield from self.stale()

    def closing(self, here):
        """Verdict of the session in one line."""
        page = self.out / "index.html"
        page = page.relative_to(here) if page.is_relative_to(here) else page
        words = ", ".join(f"{self.counts[word]} {word}" for word in WORDS if self.counts[word])
        if self.found:
            n = len(self.found.runs)
            place = f"in {n} run{'s' if n != 1 else ''}"
        else:
            place = "on controls"
        return f"{'go' if self.go else 'no-go'}: {words or 'nothing judged'} {place}; report: {page}"

    def overviews(self):
        """Figures of whole groups by family."""
        found = {}
        for row in self.rows:
            if row["run"].startswith("group:") and row["figures"]:
                title = f"{row['statement']} {row['run'].removeprefix('group:')}: {row['verdict']}"
                found.setdefault(row["family"], []).append({"figure": row["figures"][0], "title": title})
        return found

    def session(self):
        """What the page says beside the rows."""
        found = self.found
        return {
            "version": gonogo.__version__,
            "started": self.started.isoformat(timespec="seconds"),
            "finished": self.finished and self.finished.isoformat(timespec="seconds"),
            "command": self.command,
            "roots": [str(root) for root in found.roots] if found else [],
            "limits": self.limits,
            "runs": found.runs if found else [],
            "duplicates": [{"run": c.run, "path": c.path, "of": o.run} for c, o in found.duplicates] if found else [],
            "unrecognised": dict(found.unrecognised) if found else {},
            "counts": dict(self.counts),
            "go": self.go,
            "reasons": self.reasons,
            "denominator": list(self.denominator()),
            "planted": self.planted,
            "stale": list(self.stale()),
            "strict": self.strict,
            "overviews": self.overviews(),
        }

    @property
    def idle(self):
        """Whether the session had nothing to do with runs or controls."""
        return self.found is None and not self.rows

    def close(self, now):
        """Close the rows' file and write the page; figures of earlier sessions go.

        A page that cannot be written hides no verdict: the rows are on disk, and ``problem`` says what happened.
        """
        from reports.page import write_page  # the template engine is not needed before

        self.finished = now
        if self.idle:
            return
        if self.file is None:
            self._open()
        self.file.close()
        drawn = {figure for row in self.rows for figure in row["figures"]}
        for path in self.out.glob("figures/*"):
            if OURS.fullmatch(path.name) and path.relative_to(self.out).as_posix() not in drawn:
                path.unlink()
        try:
            write_page(self.rows, self.session(), self.out)
        except Exception as error:
            self.problem = f"the page could not be written: {type(error).__name__}: {error}"
