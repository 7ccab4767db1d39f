"""Every check measured: false alarms and abstentions on healthy runs, detection of each fault, and who else fires.

Usage: python -m benchmarks.calibration [--healthy 200] [--faulty 50] [--family F ...] [--out DIR] [--jobs N]

For every statement and three sample sizes of its evidence (the kind's ``SIZES``: small, nominal, large), new healthy
records and faulty copies of new healthy records are judged in memory. Writes calibration.json and calibration.html.
"""

import argparse
import importlib.util
import json
import os
import sys
import zlib
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "checks")]

from scipy.special import betaincinv  # noqa: E402
from tqdm import tqdm  # noqa: E402

from fixtures.evidence import EvidenceError, NotPlantable, kind_named  # noqa: E402
from fixtures.expect import Reads  # noqa: E402
from fixtures.limits import LimitsBook  # noqa: E402
from fixtures.referee import ask  # noqa: E402
from fixtures.subject import attribute, missing, planted  # noqa: E402
from fixtures.verdict import weigh  # noqa: E402
from gonogo.estimate import critical_value  # noqa: E402

SIZES = ("small", "nominal", "large")


@cache
def checks():
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


class Beside:
    """Reference records in memory, found as `fixtures.peers.Peers` finds them on disk."""

    def __init__(self, records):
        self.records = records

    def where(self, criteria):
        """Records that have the wanted values."""
        return {
            f"peer_{n}": record
            for n, record in enumerate(self.records)
            if all(attribute(None, record, key) == value for key, value in criteria.items() if key != "parent")
        }


def judged(kind, group, size, seed, fault):
    """Verdict of every check of a kind on one replicate.

    Parameters
    ----------
    kind, group : str, bool
        Which evidence, and whether a group of it.
    size : {"small", "nominal", "large"}
        Sample size.
    seed : int
        Of the replicate.
    fault : str or None
        Fault to plant; None for a healthy replicate.

    Returns
    -------
    dict
        ``family.check`` -> verdict.
    """
    module = kind_named(kind)
    settings = module.SIZES[SIZES.index(size)]
    records = module.healthy_group(seed=seed, **settings) if group else [module.healthy(seed=seed, **settings)]
    book, z = LimitsBook(), critical_value(1)
    if fault:
        try:
            records = planted(module, fault, records)
        except NotPlantable:
            return {}
    broken = any(not relation.holds for record in records for relation in module.relations(record))
    peers = Beside(getattr(module, "healthy_peers", list)())
    verdicts = {}
    for family, check, function, reads in checks():
        if reads.kind != kind or (reads.group is not None) != group:
            continue
        if broken:  # as in a session: one check answers for what cannot be read, the others are skipped
            verdicts[f"{family}.{check}"] = "error" if reads.answers else "skip"
            continue
        if any(missing(record, reads.needs) for record in records):
            verdicts[f"{family}.{check}"] = "skip"
            continue
        case = {reads.each: list(getattr(records[0], reads.each))[-1]} if reads.each else {}
        limits = book.of(family, check, "control", z)
        available = {
            "record": records[0], "records": {f"run_{n}": record for n, record in enumerate(records)},
            "relations": module.relations(records[0]), "peers": peers, "limits": limits, **case,
        }  # fmt: skip
        try:
            verdict = ask(function, available)
        except EvidenceError:
            verdicts[f"{family}.{check}"] = "error"
            continue
        word = weigh(verdict, limits, "control", check, [])[0].word
        verdicts[f"{family}.{check}"] = "fail" if word == "warn" else word
    return verdicts


def interval(hits, n, alpha=0.05):
    """Clopper and Pearson's interval of a share."""
    low = betaincinv(hits, n - hits + 1, alpha / 2) if hits else 0.0
    high = betaincinv(hits + 1, n - hits, 1 - alpha / 2) if hits < n else 1.0
    return float(low), float(high)


def jobs(options):
    """Every replicate that is to be judged: (kind, group, size, seed, fault)."""
    wanted = {(reads.kind, reads.group is not None) for family, _, _, reads in checks()
              if not options.family or family in options.family}  # fmt: skip
    for kind, group in sorted(wanted):
        module = kind_named(kind)
        if not hasattr(module, "SIZES"):
            continue
        faults = {f for _, _, _, reads in checks() if (reads.kind, reads.group is not None) == (kind, group)
                  for f in reads.faults}  # fmt: skip
        for size in options.size:
            base = zlib.crc32(f"{kind}{group}{size}".encode()) % 10**6
            for n in range(options.healthy):
                yield kind, group, size, base + n, None
            for fault in sorted(faults):
                for n in range(options.faulty):
                    yield kind, group, size, base + options.healthy + n, fault


def measure(options):
    """Judge all replicates over the cores; return counts by (statement, size, fault)."""
    counts, todo = {}, list(jobs(options))
    with ProcessPoolExecutor(options.jobs) as pool:
        running = {pool.submit(judged, *job): job for job in todo}
        for done in tqdm(as_completed(running), total=len(todo), unit="replicate", disable=options.quiet):
            kind, _, size, _, fault = running[done]
            for statement, verdict in done.result().items():
                counts.setdefault((statement, size, f"{kind}:{fault}" if fault else None), Counter())[verdict] += 1
    return counts


def table(counts):
    """Rates of every statement and size, worst first, and the specificity of every fault at nominal size."""
    own = {(f"{f}.{check}", f"{reads.kind}:{fault}") for f, check, _, reads in checks() for fault in reads.faults}
    rows, matrix = [], {}
    for (statement, size, fault), words in sorted(counts.items(), key=lambda item: tuple(map(str, item[0]))):
        n = words.total()
        fired = words["fail"] + words["error"]
        if fault is None:
            open_ = words["inconclusive"] + words["skip"]
            row = {"statement": statement, "size": size, "replicates": n, "abstention": open_ / n, "detection": {}}
            rows.append(row | {"false_alarm": fired / n, "false_alarm_interval": interval(fired, n)})
    index = {(row["statement"], row["size"]): row for row in rows}
    for (statement, size, fault), words in counts.items():
        n = words.total()
        fired = words["fail"] + words["error"]
        if fault and (statement, fault) in own and (statement, size) in index:
            index[statement, size]["detection"][fault.partition(":")[2]] = [fired / n, *interval(fired, n)]
        if fault and size == "nominal":
            matrix.setdefault(fault, {})[statement] = fired / n
    return {"statements": rows, "specificity": matrix}


def misses(result):
    """What misses a goal at nominal size: false alarms over 1 %, abstention over 20 %, detection under 95 %."""
    for row in result["statements"]:
        if row["size"] != "nominal":
            continue
        if row["false_alarm_interval"][0] > 0.01:
            yield f"{row['statement']}: false alarms {row['false_alarm']:.1%}"
        if row["abstention"] > 0.2:
            yield f"{row['statement']}: abstains on {row['abstention']:.0%} of healthy runs"
        for fault, (rate, _, high) in row["detection"].items():
            if high < 0.95:
                yield f"{row['statement']}: detects {fault} in {rate:.0%}"


def show(result):
    """Print the table and what misses its goal."""
    print(f"{'statement':<58}{'size':>8}{'false alarm':>13}{'abstains':>10}  detection")
    for row in result["statements"]:
        _, high = row["false_alarm_interval"]
        detection = ", ".join(f"{fault} {rate:.0%}" for fault, (rate, *_) in sorted(row["detection"].items()))
        rates = f"{row['false_alarm']:>6.1%} ≤{high:5.1%}{row['abstention']:>10.1%}"
        print(f"{row['statement']:<58}{row['size']:>8}{rates}  {detection}")
    for line in misses(result):
        print("misses its goal:", line)


def main(arguments=None):
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--healthy", type=int, default=200)
    parser.add_argument("--faulty", type=int, default=50)
    parser.add_argument("--family", action="append", default=[])
    parser.add_argument("--size", action="append", choices=SIZES, default=[])
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--out", type=Path, default=ROOT / "reports" / "out")
    parser.add_argument("--quiet", action="store_true")
    options = parser.parse_args(arguments)
    options.size = options.size or list(SIZES)
    result = table(measure(options))
    show(result)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "calibration.json").write_text(json.dumps(result, indent=1, sort_keys=True), "utf-8")
    return result


if __name__ == "__main__":
    main()
