"""What is asked of independent evidence, counted, and its table with intervals."""

from collections import Counter

from benchmarks.calibration import LIMITS
from benchmarks.independent import HEALTHY, OPEN
from benchmarks.rates import interval
from benchmarks.replicates import of_kind, verdicts

CAUGHT = ("fail", "error")


class Counts(dict):
    """(statement, what) -> Counter of verdicts."""

    def add(self, what, words):
        """Count what the statements said of one replicate.

        Parameters
        ----------
        what : str
            ``HEALTHY``, or what is wrong.
        words : dict
            Statement -> verdict.
        """
        for statement, word in words.items():
            self.setdefault((statement, what), Counter())[word] += 1

    def ask(self, kind, record, *, peers=(), what=HEALTHY, names=(), open_to=()):
        """Ask all statements about one record of a kind, or those named; the truth of some may be open."""
        words = verdicts(kind, False, [record], list(peers), names=names)
        self.add(what, {name: word for name, word in words.items() if name not in open_to})
        self.add(OPEN + what, {name: word for name, word in words.items() if name in open_to})

    def ask_group(self, kind, records, *, peers=(), what=HEALTHY, names=()):
        """Ask the statements about groups of records."""
        self.add(what, verdicts(kind, True, records, list(peers), names=names))

    def merge(self, other, label):
        """Add other counts, the statements under a label of their own."""
        for (statement, what), words in other.items():
            self.setdefault((f"{statement} ({label})", what), Counter()).update(words)

    def plant(self, kind, record, *, peers=(), names=()):
        """Ask every statement about copies of a record with each of its own faults."""
        for statement in of_kind(kind, False):
            if names and statement.name not in names:
                continue
            for fault in statement.reads.faults:
                words = verdicts(kind, False, [record], list(peers), fault, names=[statement.name])
                self.add(f"planted {fault}", words)


def with_interval(hits, n):
    """A share with its 95 % interval in words."""
    if not n:
        return "-"
    low, high = interval(hits, n)
    return f"{hits}/{n} {hits / n:.1%} [{low:.1%}, {high:.1%}]"


def lines(source, counts):
    """Table of one source: false alarms and decided share where sound, caught and wrongly passed where not.

    Skipped runs and faults that could not be planted are left out: the statement was not asked.
    """
    yield f"{source}: {'statement':<50}{'false alarms':>32}{'decided':>34}  caught; passed"
    for statement in sorted({name for name, _ in counts}):
        of_it = {what: words for (name, what), words in counts.items() if name == statement}
        sound, broken = of_it.pop(HEALTHY, Counter()), []
        asked = {word: sound[word] for word in ("pass", "fail", "error", "inconclusive")}
        n = sum(asked.values())
        alarms, decided = asked["fail"] + asked["error"], n - asked["inconclusive"]
        for what, words in sorted(of_it.items()):
            judged = sum(words[word] for word in ("pass", "fail", "error", "inconclusive", "warn"))
            if not judged:
                continue
            caught, passed = sum(words[word] for word in CAUGHT), words["pass"]
            broken.append(f"{what} {with_interval(caught, judged)}; passed {passed}")
        if n or broken:
            rates = f"{with_interval(alarms, n):>32}{with_interval(decided, n):>34}"
            yield f"  {statement:<58}{rates}  {' | '.join(broken)}"


def in_words(source, counts):
    """Rates of every statement over all its labels, as the table of limits carries them: statement -> text."""
    pooled = {}
    for (name, what), words in counts.items():
        pooled.setdefault(name.partition(" (")[0], {}).setdefault(what, Counter()).update(words)
    found = {}
    for statement, of_it in pooled.items():
        parts = []
        for what, words in sorted(of_it.items(), key=lambda item: (item[0] != HEALTHY, item[0])):
            n, hits = (
                sum(words[word] for word in ("pass", "fail", "error", "inconclusive")),
                words["fail"] + words["error"],
            )
            if not n or what.startswith(OPEN):
                continue
            low, high = interval(hits, n)
            if what == HEALTHY:
                plural = "" if hits == 1 else "s"
                parts.append(
                    f"{n} healthy: {hits} false alarm{plural} (<= {high:.1%}), {words['inconclusive']} undecided"
                )
            else:
                parts.append(f"{what} {hits} of {n} (>= {low:.0%})")
        if parts:
            found[statement] = f"{source}: {', '.join(parts)}"
    return found


def write(texts, folder=LIMITS):
    """Put the rates into the table of limits, as ``independent`` of each statement.

    Parameters
    ----------
    texts : iterable of dict
        What ``in_words`` returns, one a source.
    folder : Path
        Where the tables lie.
    """
    import tomlkit

    together, documents = {}, {}
    for found in texts:
        for statement, text in found.items():
            together.setdefault(statement, []).append(text)
    for statement, parts in together.items():
        family, _, check = statement.partition(".")
        path = folder / f"{family}.toml"
        if path not in documents:
            documents[path] = tomlkit.parse(path.read_text("utf-8"))
        documents[path][family][check]["independent"] = "; ".join(parts)
    for path, document in documents.items():
        path.write_text(tomlkit.dumps(document), "utf-8")


def alarming(counts, goal=0.01):
    """Statements whose false alarms are demonstrably above the goal, and those whose rate is: (statement, words)."""
    for (statement, what), words in sorted(counts.items()):
        hits = words["fail"] + words["error"]
        n = hits + words["pass"] + words["inconclusive"]
        if what == HEALTHY and n and hits / n > goal:
            certain = "demonstrated" if interval(hits, n)[0] > goal else "not demonstrated"
            yield statement, f"{with_interval(hits, n)}, {certain}"
