"""Judge mutants of every kind's files beside an untouched run, and count what becomes of them.

Usage: python -m benchmarks.fuzz [--mutants 1000000] [--kind NAME] [--seed 0] [--jobs 2]

A mutant may be an error, a skip, a failure, undecided, or judged as before; it may never raise, hang, vanish, or
change a verdict of the run beside it. Counts are printed by kind, and the first offenders with what was done to them.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [path for path in (str(ROOT), str(ROOT / "checks")) if path not in sys.path]

from benchmarks.mutants import mutant  # noqa: E402
from benchmarks.replicates import drawn  # noqa: E402
from fixtures.gate.discover import discover  # noqa: E402
from fixtures.gate.limits import LimitsBook  # noqa: E402
from fixtures.gate.session import Session  # noqa: E402
from fixtures.gate.statements import statements  # noqa: E402
from fixtures.kinds import NAMES, kind_named  # noqa: E402

SLOW = 20.0  # seconds for one mutant: more is a hang


def small(kind):
    """Small healthy record of a kind."""
    module = kind_named(kind)
    return drawn(module.healthy, 1, module.SIZES[0] if hasattr(module, "SIZES") else {})


def outcome(root):
    """Verdicts of every statement about the runs of a folder: run -> statement -> word; and what could not be read."""
    found = discover([root])
    session = Session(LimitsBook(), found)
    try:
        words = {}
        for statement in statements().values():
            if statement.reads.group is not None or statement.family == "regression":
                continue
            for subject in session.subjects(statement):
                row, _ = session.judge(statement, subject)
                words.setdefault(subject.run.partition("/")[0], {})[statement.name, str(subject.case)] = row.verdict
        left = found.unrecognised.total() + len(found.unjudged) + len(found.problems)
        return words, left
    finally:
        session.close()


def fuzzed(kind, seeds):
    """Outcomes of the mutants of a kind: Counter of words, and offenders."""
    module, counts, offenders = kind_named(kind), Counter(), []
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for run in ("beside", "mutant"):
            (root / run).mkdir()
            module.write(small(kind), root / run)
        shutil.rmtree(root / "beside")
        (root / "beside").mkdir()
        other = "feedback_log" if kind != "feedback_log" else "collapse_history"
        kind_named(other).write(small(other), root / "beside")
        wanted = outcome(root)[0]["beside"]
        files = sorted(path for path in (root / "mutant").rglob("*") if path.is_file())
        whole = {path: path.read_bytes() for path in files}
        for seed in seeds:
            rng = random.Random(f"{kind}{seed}")
            path = rng.choice(files)
            way, data = mutant(path.name, whole[path], rng)
            path.write_bytes(data)
            begun = time.monotonic()
            try:
                words, left = outcome(root)
            except Exception as error:
                counts["raised"] += 1
                offenders.append(f"{kind} seed {seed} {way} {path.name}: {type(error).__name__}: {error}")
            else:
                own = set(words.get("mutant", {}).values())
                gravest = next((word for word in ("error", "fail", "warn", "inconclusive") if word in own), "")
                if words.get("beside") != wanted:
                    counts["changed its neighbour"] += 1
                    offenders.append(f"{kind} seed {seed} {way} {path.name}: the run beside it was judged otherwise")
                elif not own and not left and data != whole[path]:
                    counts["vanished"] += 1
                    offenders.append(f"{kind} seed {seed} {way} {path.name}: neither judged nor named")
                else:
                    counts[gravest or ("judged as before" if own else "named as unread")] += 1
            if time.monotonic() - begun > SLOW:
                counts["hung"] += 1
                offenders.append(f"{kind} seed {seed} {way} {path.name}: {time.monotonic() - begun:.0f} s")
            path.write_bytes(whole[path])
    return counts, offenders


def main(arguments=None):
    """Fuzz, print counts, and fail where a mutant did what none may."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mutants", type=int, default=10**6, help="how many, over all kinds")
    parser.add_argument("--kind", action="append", choices=NAMES, default=[], help="only this kind; may be repeated")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args(arguments)
    kinds = options.kind or [name for name in NAMES if not name.startswith("baseline")]
    each, chunk = max(options.mutants // len(kinds), 1), 200
    todo = [
        (kind, range(options.seed + n, options.seed + min(n + chunk, each)))
        for n in range(0, each, chunk)
        for kind in kinds
    ]
    totals, offenders = {kind: Counter() for kind in kinds}, []
    with ProcessPoolExecutor(options.jobs) as pool:
        for (kind, _), (counts, bad) in zip(todo, pool.map(fuzzed, *zip(*todo, strict=True)), strict=True):
            totals[kind].update(counts)
            offenders += bad
    for kind, counts in totals.items():
        print(f"{kind:<22}{counts.total():>8}  " + ", ".join(f"{n} {word}" for word, n in counts.most_common()))
    print(*offenders[:40], sep="\n")
    return 1 if offenders else 0


if __name__ == "__main__":
    sys.exit(main())
