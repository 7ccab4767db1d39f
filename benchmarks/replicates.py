"""Replicates of a kind's controls, judged in memory by every check that reads them."""

import importlib.util
import inspect
import sys
import zlib
from collections import Counter
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [path for path in (str(ROOT), str(ROOT / "checks")) if path not in sys.path]

from fixtures.evidence import EvidenceError, NotPlantable  # noqa: E402
from fixtures.gate.limits import LimitsBook  # noqa: E402
from fixtures.gate.parametrize import Reads  # noqa: E402
from fixtures.gate.referee import ask  # noqa: E402
from fixtures.gate.subject import attribute, missing, planted  # noqa: E402
from fixtures.gate.verdict import SEVERITY, weigh  # noqa: E402
from fixtures.kinds import kind_named  # noqa: E402
from gonogo.estimate import critical_value  # noqa: E402

SIZES = ("small", "nominal", "large")
# Seeds of faulty replicates lie this far beyond those of healthy ones: a short run judges a part of a long one.
FAULTY = 10**5


@cache
def statements():
    """Every statement: (family, check, function, what it reads)."""
    found = []
    for path in sorted((ROOT / "checks").glob("check_*.py")):
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for name, function in vars(module).items():
            marks = {mark.name: mark for mark in getattr(function, "pytestmark", ())}
            if name.startswith("check_") and "reads" in marks:
                reads = Reads(*marks["reads"].args, **marks["reads"].kwargs)
                found.append((path.stem.removeprefix("check_"), name.removeprefix("check_"), function, reads))
    return found


def of_kind(kind, group):
    """Statements about a kind of evidence, of single runs or of groups."""
    return [entry for entry in statements() if (entry[3].kind, entry[3].group is not None) == (kind, group)]


@cache
def book():
    """The suite's own limits."""
    return LimitsBook()


class Beside:
    """Reference records in memory, found as `fixtures.gate.peers.Peers` finds them on disk."""

    def __init__(self, records):
        self.records = records

    def where(self, criteria, *, nearest=None):
        """Records that have the wanted values."""
        found = [
            (f"peer_{n}", record)
            for n, record in enumerate(self.records)
            if all(attribute(None, record, key) == value for key, value in criteria.items() if key != "parent")
        ]
        return dict(found[:nearest])


def batches(*, families=(), sizes=SIZES, healthy=200, faulty=50, length=5):
    """Work to be done, a few replicates each: (kind, group, size, seeds, faults).

    Parameters
    ----------
    families : collection of str
        Which families; all of them if empty.
    sizes : sequence of str
        Which of the kinds' sizes.
    healthy, faulty : int
        Number of replicates: healthy ones, and ones that each get every fault of their kind in turn.
    length : int
        How many replicates at a time.
    """
    wanted = {(reads.kind, reads.group is not None) for family, _, _, reads in statements()
              if not families or family in families}  # fmt: skip
    for kind, group in sorted(wanted):
        if not hasattr(kind_named(kind), "SIZES"):
            continue
        faults = tuple(sorted({fault for *_, reads in of_kind(kind, group) for fault in reads.faults}))
        for size in sizes:
            first = zlib.crc32(f"{kind}{group}{size}".encode()) % 10**4
            for start, count, planting in ((first, healthy, None), (first + FAULTY, faulty, faults)):
                seeds = range(start, start + count)
                yield from ((kind, group, size, seeds[n : n + length], planting) for n in range(0, count, length))


def judged(kind, group, size, seeds, faults=None):
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

    Returns
    -------
    dict
        (``family.check``, size, fault with its kind or None) -> Counter of verdicts.
    """
    module, counts = kind_named(kind), {}
    settings = module.SIZES[SIZES.index(size)]
    for seed in seeds:
        records = drawn(module.healthy_group if group else module.healthy, seed, settings)
        peers = Beside(drawn(module.healthy_peers, seed, settings) if hasattr(module, "healthy_peers") else [])
        for fault in faults or (None,):
            for statement, word in verdicts(kind, group, records if group else [records], peers, fault).items():
                counts.setdefault((statement, size, fault and f"{kind}:{fault}"), Counter())[word] += 1
    return counts


def drawn(function, seed, settings):
    """Call a kind's generator with those of the size's arguments that it takes."""
    known = inspect.signature(function).parameters
    return function(seed, **{name: value for name, value in settings.items() if name in known})


def verdicts(kind, group, records, peers, fault=None):
    """Verdict of every check of a kind on one replicate, with a fault in it or without."""
    module, found = kind_named(kind), {}
    try:
        records = planted(module, fault, records) if fault else records
    except NotPlantable:
        return {f"{family}.{check}": "not planted" for family, check, *_ in of_kind(kind, group)}
    sound = [record for record in records if readable(module, record)]
    for family, check, function, reads in of_kind(kind, group):
        kept = [record for record in sound if not missing(record, reads.needs)]
        if not kept:  # as in a session: one check answers for what cannot be read, the others are skipped
            found[f"{family}.{check}"] = "error" if reads.answers else "skip"
            continue
        cases = list(getattr(kept[0], reads.each)) if reads.each else [None]
        limits = book().of(family, check, "control", critical_value(len(cases)))
        available = {
            "record": kept[0], "records": {f"run_{n}": record for n, record in enumerate(kept)},
            "relations": module.relations(kept[0]), "peers": peers, "limits": limits,
        }  # fmt: skip
        # A fault must show in the last case, as in the controls; a healthy replicate must pass in all of them.
        words = [word_of(function, available | {reads.each: case}, check) for case in (cases[-1:] if fault else cases)]
        found[f"{family}.{check}"] = max(words, key=SEVERITY.get)
    return found


def readable(module, record):
    """Whether the kind's reader would take a record: its relations can be evaluated, and hold."""
    try:
        return all(relation.holds for relation in module.relations(record))
    except (EvidenceError, ValueError, IndexError):
        return False


def word_of(function, available, check):
    """One of the six words; a warning is a failure here, whatever it counts for."""
    try:
        verdict = ask(function, available)
    except EvidenceError:
        return "error"
    word = weigh(verdict, available["limits"], "control", check, [])[0].word
    return "fail" if word == "warn" else word
