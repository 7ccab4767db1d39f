"""Replicates of a kind's controls, judged in memory by every check that reads them."""

import inspect
import sys
import zlib
from collections import Counter
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [path for path in (str(ROOT), str(ROOT / "checks")) if path not in sys.path]

from fixtures.evidence import EvidenceError, NotPlantable  # noqa: E402
from fixtures.gate.ask import ask  # noqa: E402
from fixtures.gate.controls import planted  # noqa: E402
from fixtures.gate.limits import LimitsBook  # noqa: E402
from fixtures.gate.multiplicity import relative_p_values, weighed  # noqa: E402
from fixtures.gate.parametrize import control_cases as cases  # noqa: E402
from fixtures.gate.statements import statements  # noqa: E402
from fixtures.gate.subject import Subject, attribute, missing  # noqa: E402
from fixtures.gate.verdict import SEVERITY, Verdict  # noqa: E402
from fixtures.kinds import kind_named  # noqa: E402
from gonogo.estimate import critical_value  # noqa: E402
from gonogo.false_discoveries import discoveries  # noqa: E402

SIZES = ("small", "nominal", "large")
# Seeds of faulty replicates lie this far beyond those of healthy ones: a short run judges a part of a long one.
FAULTY = 10**5


def of_kind(kind, group):
    """Statements about a kind of evidence, of single runs or of groups."""
    found = statements().values()
    return [s for s in found if (s.reads.kind, s.reads.group is not None) == (kind, group)]


@cache
def book():
    """The suite's own limits."""
    return LimitsBook()


class Beside:
    """Reference records in memory, found as `fixtures.gate.peers.Peers` finds them on disk."""

    def __init__(self, records):
        self.records, self.used = records, []

    def where(self, criteria, *, nearest=None):
        """Records that have the wanted values."""
        found = [
            (f"peer_{n}", record)
            for n, record in enumerate(self.records)
            if all(attribute(None, record, key) == value for key, value in criteria.items() if key != "parent")
        ]
        return dict(found[:nearest])

    def named(self, pattern):
        """All of them: replicates have no names of their own."""
        return {f"peer_{n}": record for n, record in enumerate(self.records)}


class Replicate:
    """What a check needs beside a replicate; the counterpart of a session.

    Parameters
    ----------
    peers : sequence
        Reference records.
    """

    def __init__(self, peers=()):
        self.beside, self.z = Beside(peers), critical_value()

    def peers(self, subject):
        """Reference records."""
        return self.beside

    def limits(self, statement, subject):
        """The suite's own limits."""
        return book().of(statement.family, statement.check, subject.run, self.z, subject.case)


def subject_of(records, case=None):
    """Subject whose records are in memory."""
    named = {f"run_{n}": record for n, record in enumerate(records)}
    return Subject("control", (), case or {}, records=lambda: named)


def batches(*, families=(), names=(), sizes=SIZES, healthy=200, faulty=50, length=5):
    """Work to be done, a few replicates each: (kind, group, size, seeds, faults, names).

    Parameters
    ----------
    families : collection of str
        Which families; all of them if empty.
    names : collection of str
        Which statements; all of the families if empty.
    sizes : sequence of str
        Which of the kinds' sizes.
    healthy, faulty : int
        Number of replicates: healthy ones, and ones that each get every fault of their kind in turn.
    length : int
        How many replicates at a time.
    """
    wanted = {(s.reads.kind, s.reads.group is not None) for s in statements().values()
              if (not families or s.family in families) and (not names or s.name in names)}  # fmt: skip
    for kind, group in sorted(wanted):
        if not hasattr(kind_named(kind), "SIZES"):
            continue
        asked = [s for s in of_kind(kind, group) if not names or s.name in names]
        faults = tuple(sorted({fault for s in asked for fault in s.reads.faults}))
        for size in sizes:
            first = zlib.crc32(f"{kind}{group}{size}".encode()) % 10**4
            for start, count, planting in ((first, healthy, None), (first + FAULTY, faulty, faults)):
                seeds = range(start, start + count)
                for n in range(0, count, length):
                    yield kind, group, size, seeds[n : n + length], planting, tuple(names)


def judged(kind, group, size, seeds, faults=None, names=()):
    """Judge some replicates by every check of their kind.

    Parameters
    ----------
    kind, group : str, bool
        Which evidence, and whether a group of it.
    size : {"small", "nominal", "large"}
        Sample size.
    seeds : sequence of int
        One a replicate.
    faults : sequence of str, optional
        Faults to plant in copies of each replicate, one at a time; without them the healthy replicate is judged.
    names : collection of str
        Which statements; all that read the kind if empty.

    Returns
    -------
    dict
        (``family.check``, size, fault with its kind or None) -> Counter of verdicts.
    """
    module, counts = kind_named(kind), {}
    settings = module.SIZES[SIZES.index(size)]
    for seed in seeds:
        records = drawn(module.healthy_group if group else module.healthy, seed, settings)
        peers = drawn(module.healthy_peers, seed, settings) if hasattr(module, "healthy_peers") else []
        for fault in faults or (None,):
            found = verdicts(kind, group, records if group else [records], peers, fault, names)
            for statement, word in found.items():
                counts.setdefault((statement, size, fault and f"{kind}:{fault}"), Counter())[word] += 1
    return counts


def drawn(function, seed, settings):
    """Call a kind's generator with those of the size's arguments that it takes."""
    known = inspect.signature(function).parameters
    return function(seed, **{name: value for name, value in settings.items() if name in known})


def verdicts(kind, group, records, peers, fault=None, names=()):
    """Verdict of every check of a kind on one replicate, with a fault in it or without."""
    module, found = kind_named(kind), {}
    asked = [statement for statement in of_kind(kind, group) if not names or statement.name in names]
    try:
        records = planted(module, fault, records) if fault else records
    except NotPlantable:
        return {statement.name: "not planted" for statement in asked}
    sound = [record for record in records if readable(module, record)]
    for statement in asked:
        kept = [record for record in sound if not missing(record, statement.reads.needs)]
        if not kept:  # as in a session: one check answers for what cannot be read, the others are skipped
            found[statement.name] = "error" if statement.reads.answers else "skip"
            continue
        of_run = cases(statement.reads, kept[0])
        # A fault must show in the last case, as in the controls; a healthy replicate must pass in all of them.
        subjects = [subject_of(kept, case) for case in (of_run[-1:] if fault else of_run)]
        words = [verdict.word for verdict in alone(statement, subjects, Replicate(peers))]
        found[statement.name] = max(words, key=SEVERITY.get)
    return found


def readable(module, record):
    """Whether the others are asked about a record: its relations can be evaluated, and hold."""
    try:
        return all(relation.holds for relation in module.relations(record))
    except (EvidenceError, ValueError, IndexError):
        return False


def alone(statement, subjects, context):
    """Verdicts on the cases of a run that is judged alone; what a failure counts for is left aside."""
    verdicts = []
    for subject in subjects:
        try:
            verdicts.append(ask(statement, subject, context))
        except EvidenceError as error:
            verdicts.append(Verdict("error", str(error)))
    p_values = [p for verdict in verdicts for p in relative_p_values(verdict.decisions)]
    rate = book().session["false_discoveries"].value
    largest = discoveries({"run": p_values}, rate=rate, joint=statement.reads.joint).get("run", 1.0)
    return [weighed(verdict, largest, "others") if verdict.word == "fail" else verdict for verdict in verdicts]
