"""What the rows of a session amount to: counts, go or no-go and why, and the denominator; computed, never stored."""

import fnmatch
from collections import Counter
from datetime import date, datetime

from reports.earlier import changes, in_words
from reports.row_view import address
from reports.sentences import sentences

WORDS = ("fail", "error", "warn", "inconclusive", "pass", "skip")
JUDGED = {"pass", "fail", "warn"}
SHOWN = 6  # names of runs or files on a closing line
# Runs whose sentence is said on the terminal.
SENTENCES = 12


class Outcome:
    """A session as its header and its rows tell it.

    Parameters
    ----------
    header : Header
        How it was started, what it found, how it ended.
    rows : list of Row
        Its verdicts.
    """

    def __init__(self, header, rows):
        self.header, self.rows = header, rows

    @property
    def idle(self):
        """Whether the session had nothing to do with runs or controls."""
        return self.header.found is None and not self.rows

    @property
    def counts(self):
        """Number of verdicts of each word."""
        return Counter(row.verdict for row in self.rows)

    @property
    def reasons(self):
        """Why the session is no-go beyond single verdicts: nothing could be judged of a run, or it ended early."""
        touched, judged, series = {}, set(), {}
        for row in self.rows:
            if row.control:
                continue
            for piece in row.pieces:
                touched.setdefault(piece.run, set()).add(row.verdict)
                series[piece.run] = piece.series and f"{piece.series}/"
                if row.verdict in JUDGED and not row.integrity:
                    # A run that others are compared with has not been read in vain, nor an early step of one.
                    judged.update([piece.run, series[piece.run] or piece.run, *row.references])
        header = self.header
        return (
            [header.ended] * bool(header.ended)
            + (header.found.problems if header.found else [])
            + header.objections
            + (list(self.stale()) if header.strict else [])
            + (self._unread() if header.strict or header.required else [])
            + [
                f"nothing could be judged in {run} ({', '.join(sorted(words - {'pass'}))}"
                + ("; what passes says only that the evidence is whole)" if "pass" in words else ")")
                for run, words in touched.items()
                # Whoever asks single statements asks about these, not whether the run can be judged.
                if not header.partial and not judged & {run, series[run]} and "error" not in words and words != {"pass"}
            ]
        )

    def _unread(self):
        """Folders that look like runs and of which nothing is read: reasons where everything is to be judged."""
        left = self.header.found.unjudged if self.header.found else []
        return [f"nothing is read of {entry.path} ({entry.reason})" for entry in left]

    @property
    def go(self):
        """Whether nothing speaks against it."""
        if not self.rows:
            return False
        bad = self.counts["fail"] + self.counts["error"] + (self.counts["inconclusive"] if self.header.strict else 0)
        return not bad and not self.reasons

    @property
    def judged_runs(self):
        """Whether runs were judged; without, the checks were only tried on synthetic ones."""
        return self.header.found is not None

    @property
    def word(self):
        """What the session comes to: go, no-go, or, where no run was judged, that the controls hold."""
        if not self.go:
            return "no-go"
        return "go" if self.judged_runs else "controls hold"

    @property
    def planted(self):
        """Number of faults planted in real records, caught and missed."""
        plants = [row.planted for row in self.rows if row.planted]
        caught, missed = sum(len(plant.caught) for plant in plants), sum(len(plant.missed) for plant in plants)
        return {"planted": caught + missed, "caught": caught, "missed": missed}

    def stale(self):
        """Exceptions that nobody needs any more, or that have run out, and overrides of runs that are not there."""
        yield from self.header.idle
        for known in self.exceptions():
            name = f"[[known]] run = {known['run']!r}, check = {known['check']!r} ({known['owner']})"
            if known["state"] == "unmatched":
                yield f"{name}: matches no statement of this session"
            elif known["state"] == "expired":
                yield f"{name}: expired on {known['until']}"
            elif known["state"] == "healed":
                yield f"{name}: healed, its {len(known['covers'])} statements pass"

    def exceptions(self):
        """Known exceptions, each with the rows that it covers and whether it is still needed: its ``state``."""
        today = datetime.fromisoformat(self.header.started).date() if self.header.known else None
        for known in self.header.known:
            used = [row for row in self.rows if covers(known, row)]
            if not used:
                state = "unmatched"
            elif date.fromisoformat(str(known["until"])) < today:
                state = "expired"
            else:
                state = "healed" if all(row.verdict == "pass" for row in used) else "needed"
            yield {**known, "until": str(known["until"]), "state": state, "covers": [address(row) for row in used]}

    def denominator(self):
        """Say what was found, read and judged, and what was not."""
        count, found = self.counts, self.header.found
        if found:
            seen = ", ".join(f"{n} {kind}" for kind, n in found.kinds.items()) or "no evidence"
            yield f"found {len(found.runs)} runs with {seen}"
            if found.duplicates:
                yield f"duplicates, judged once: {_few([f'{copy.run} equals {copy.of}' for copy in found.duplicates])}"
            if self.header.tree_limits:
                yield self.tree_limits()
            yield self.seen()
            if unopened := [*found.links, *found.special]:
                yield f"not followed or opened: {_few(unopened)}"
            if found.stores:
                names = ", ".join(f"{name} x{n}" for name, n in Counter(found.stores).most_common(8))
                yield f"left by jobs and read by nobody: {names}"
            if found.unrecognised:
                names = ", ".join(f"{name} x{n}" for name, n in Counter(found.unrecognised).most_common(6))
                yield f"data files that nothing recognises: {names}"
        else:
            yield "no --runs: controls only, every check against its healthy run and its faults"
        judged = sum(count[word] for word in JUDGED)
        yield f"{len(self.rows)} statements: {judged} judged, " + ", ".join(
            f"{count[word]} {word}" for word in ("inconclusive", "skip", "error")
        )
        if found:
            plants = self.planted
            yield f"planted {plants['planted']} faults in copies of real records, caught {plants['caught']}"
        if ends := self.unknown_ends():
            yield f"planned end not known, so a killed run would look complete: {len(ends)}: {_few(ends, ', ')}"
        if open_gates := [f"{r.run} {r.check} {r.case.get('metric', '')}".strip() for r in self.undecided_gates()]:
            yield f"declared gates that the data do not decide: {len(open_gates)}: {_few(open_gates)}"
        if self.header.since:
            yield self.since()
        yield from self.header.notes
        yield from self.reasons
        yield from () if self.header.strict else self.stale()

    def undecided_gates(self):
        """Rows of gates that a user declared and that the data do not decide."""
        return [row for row in self.rows if row.declared and row.verdict == "inconclusive"]

    def seen(self):
        """How many runs were seen, judged, and not judged for which reasons."""
        judged, reasons = set(), {}
        for row in self.rows:
            for piece in () if row.control else row.pieces:
                if row.verdict in JUDGED and not row.integrity:
                    judged.update([piece.run, *row.references])
                reasons.setdefault(piece.run, set()).add(row.verdict)
        found = self.header.found
        runs = set(found.runs) | set(reasons)
        copies = {copy.run for copy in found.duplicates}
        broken = {run for run in runs - judged if "error" in reasons.get(run, ())}
        idle = runs - judged - broken - copies
        parts = [
            (len(judged & runs), "judged"), (len(broken), "in error"), (len(idle), "with nothing to judge"),
            (len(copies - judged - broken), "equal to others"), (len(found.unjudged), "of which nothing is read"),
        ]  # fmt: skip
        text = f"runs seen: {len(runs) + len(found.unjudged)} = " + " + ".join(f"{n} {what}" for n, what in parts if n)
        if found.unjudged:
            text += f"; nothing is read of {_few([f'{left.path} ({left.reason})' for left in found.unjudged])}"
        return text

    def unknown_ends(self):
        """Runs of which nobody says how long they were meant to be."""
        return sorted({row.run for row in self.rows if row.cause == "planned_end"})

    def since(self):
        """What is new since the last session; empty where there is none."""
        return in_words(self.header.since, changes(self.rows), self.header.gone)

    def tree_limits(self):
        """Which limits the judged tree has set itself."""
        said = self.header.tree_limits
        return (
            f"limits loosened or changed by the judged tree: {len(said)} "
            f"statement{'s' if len(said) != 1 else ''}: {_few(said, most=5)}; --no-tree-limits leaves them unread"
        )

    def closing(self, page):
        """Verdict of the session in one line.

        Parameters
        ----------
        page : str or Path
            Where the page is.
        """
        words = ", ".join(f"{self.counts[word]} {word}" for word in WORDS if self.counts[word])
        place = "on controls"
        if self.judged_runs:
            n = len(self.header.found.runs)
            place = f"in {n} run{'s' if n != 1 else ''}"
        elif self.go:
            words = f"no run was judged; {words}"
        asked = f"; {len(self.rows)} of {self.header.expected} statements asked" if self.is_incomplete else ""
        return f"{self.word}: {words or 'nothing judged'} {place}{asked}; report: {page}"

    def sentences(self):
        """What the verdicts of each run say together, a line a run; long sessions show the first ones."""
        said = [f"{run}: {text}" for (_, run), text in sentences(self.rows).items()]
        return said[:SENTENCES] + [f"and {len(said) - SENTENCES} more runs, on the page"] * (len(said) > SENTENCES)

    @property
    def is_incomplete(self):
        """Whether some statements were not asked."""
        return len(self.rows) < self.header.expected

    def overviews(self):
        """Figures of whole groups by family."""
        found = {}
        for row in self.rows:
            if row.run.startswith("group:") and row.figures:
                title = f"{row.statement} {row.run.removeprefix('group:')}: {row.verdict}"
                found.setdefault(row.family, []).append({"figure": row.figures[0], "title": title})
        return found

    def session(self):
        """What the page says beside the rows."""
        header, found = self.header, self.header.found
        return {
            "version": header.gonogo,
            "started": header.started,
            "finished": header.finished or None,
            "command": header.command,
            "roots": header.runs,
            "limits": header.limits,
            "runs": found.runs if found else [],
            "duplicates": [{"run": c.run, "path": c.path, "of": c.of} for c in found.duplicates] if found else [],
            "unrecognised": found.unrecognised if found else {},
            "counts": dict(self.counts),
            "word": self.word,
            "reasons": self.reasons,
            "denominator": list(self.denominator()),
            "planted": self.planted,
            "stale": list(self.stale()),
            "known": list(self.exceptions()),
            "since": header.since,
            "changes": dict(changes(self.rows)) if header.since else {},
            "gone": header.gone,
            "strict": header.strict,
            "tree_limits": self.tree_limits() if header.tree_limits else "",
            "overviews": self.overviews(),
            "sentences": sentences(self.rows),
        }


def _few(names, between="; ", *, most=SHOWN):
    """The first of some names, and how many more there are; all of them stand in the header of ``results.jsonl``.

    >>> _few(list("abcdefgh"), ", ")
    'a, b, c, d, e, f, and 2 more'
    """
    return between.join([*names[:most], *([f"and {len(names) - most} more"] if len(names) > most else [])])


def covers(known, row):
    """Whether a known exception is about a row."""
    return fnmatch.fnmatchcase(row.run, known["run"]) and fnmatch.fnmatchcase(row.check, known["check"])
