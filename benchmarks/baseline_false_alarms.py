"""How often a baseline's statements reject a healthy run, and find one that moved, over replicates in memory.

Usage: python -m benchmarks.baseline_false_alarms [--replicates 200] [--family entropy_change] [--size 0]

A replicate is a pair of healthy controls of different seeds: one is the baseline, the other the candidate, and every
quantity of the family is compared. Two rates are told: as the suite ships it (smallest move, session's z), per session
and per quantity; and of the bare rule (no smallest move, one decision at 5 %), which is to lie at its nominal rate.
"""

import argparse
import sys
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "checks")]

import numpy as np  # noqa: E402

from benchmarks.replicates import Replicate, alone, subject_of  # noqa: E402
from fixtures.gate.ask import ask  # noqa: E402
from fixtures.gate.limits import LimitsBook  # noqa: E402
from fixtures.gate.parametrize import cases  # noqa: E402
from fixtures.gate.quantity import case_text  # noqa: E402
from fixtures.gate.statements import statements  # noqa: E402
from fixtures.gate.subject import missing  # noqa: E402
from fixtures.kinds import kind_named  # noqa: E402
from fixtures.kinds.baseline_pair import BaselinePair, moved  # noqa: E402
from gonogo import Estimate, regression  # noqa: E402

BOOK = LimitsBook()


def quantities(family, kind, record):
    """Every named part of every statement of a family about one record: key -> decision."""
    found = {}
    for statement in statements().values():
        reads = statement.reads
        if statement.family != family or reads.kind != kind or reads.group is not None or reads.answers:
            continue
        if missing(record, statement.reads.needs):
            continue
        left_out = BOOK.entries(statement.name, "").get("not_compared", ())
        for case in cases(statement.reads, record):
            if "peers" in statement.parameters:  # not a single record's statement
                continue
            for part, decision in ask(statement, subject_of([record], case), Replicate()).parts:
                if part not in left_out:
                    found[statement.name, case_text(case), part] = decision
    return found


def pair_of(key, then, now):
    """Two decisions about one quantity, as a session compares them."""
    own = BOOK.entries(key[0], "")
    return BaselinePair(
        " ".join(key), (then.estimate,), (now.estimate,), then.lower, then.upper, own.get("worse", ""),
        own.get("min_effect"), own.get("run_spread"),
    )  # fmt: skip


def words_of(pairs):
    """What the check says of the pairs of one run."""
    statement = statements()["regression.quantity_has_not_moved"]
    return [verdict.word for verdict in alone(statement, [subject_of([pair]) for pair in pairs], Replicate())]


def bare(pair):
    """Whether the difference alone is significant at 5 %, either way; None where no standard error is known."""
    then, now = pair.baseline[0], pair.candidate[0]
    if pair.spread is not None or not (then.se and now.se and np.isfinite(then.se) and np.isfinite(now.se)):
        return None
    return regression.p_value(regression.difference(then, now), 0.0, 0.0) < 0.05


def single_runs(family, kind, size, replicates):
    """Compare pairs of healthy runs; print the rates."""
    settings = kind_named(kind).SIZES[size]
    measured = [quantities(family, kind, kind_named(kind).healthy(seed, **settings)) for seed in range(2 * replicates)]
    words, alarms, bares, faults = Counter(), Counter(), defaultdict(list), Counter()
    for then, now in zip(measured[::2], measured[1::2], strict=True):
        pairs = {key: pair_of(key, then[key], now[key]) for key in then.keys() & now.keys()}
        said = words_of(pairs.values())
        words.update(said)
        words["session"] += "fail" in said
        faults.update(word for pair in pairs.values() for word in words_of([moved(pair)]))
        for (key, pair), word in zip(pairs.items(), said, strict=True):
            alarms[key] += word == "fail"
            bares[key].append(bare(pair))
    total = sum(words[word] for word in ("pass", "fail", "inconclusive", "skip"))
    print(f"{family} {kind} {settings}: {replicates} pairs of healthy runs, {total // replicates} quantities each")
    print(f"  sessions with a false alarm: {words['session']} of {replicates} ({words['session'] / replicates:.1%})")
    print("  " + ", ".join(f"{word} {words[word] / total:.2%}" for word in ("pass", "fail", "inconclusive", "skip")))
    print("  of moved copies: " + ", ".join(f"{word} {n / faults.total():.2%}" for word, n in faults.items()))
    known = [value for values in bares.values() for value in values if value is not None]
    if known:
        print(f"  bare rule at 5 %: {np.mean(known):.2%} of {len(known)} differences with a standard error")
    for key, n in alarms.most_common(12):
        if n:
            print(f"    {n:4d} alarms  {' '.join(key)}")
    for key, values in bares.items():
        rates = [value for value in values if value is not None]
        if rates and abs(np.mean(rates) - 0.05) > 0.04:
            print(f"    bare {np.mean(rates):.1%}  {' '.join(key)}")


class Exact(Replicate):
    """A replicate's context in which no move is too small to matter."""

    def limits(self, statement, subject):
        """Limits with a smallest move of zero."""
        limits = super().limits(statement, subject)
        return replace(limits, limits={**limits.limits, "move": replace(limits.limits["move"], value=0.0)})


def groups_of_seeds(replicates, *, quantities=40, runs=5):
    """Compare groups of seeds without any difference; print how often anything is discovered."""
    found, single = 0, []
    statement, exact = statements()["regression.seeds_have_not_moved"], Exact()
    for seed in range(replicates):
        values = np.random.default_rng(seed).normal(1.0, 0.1, (quantities, 2 * runs))
        sides = [[tuple(Estimate(float(v)) for v in side) for side in (row[:runs], row[runs:])] for row in values]
        pairs = [BaselinePair(str(n), *side, lower=0.0, upper=2.0) for n, side in enumerate(sides)]
        # The pair under judgement comes first, and all are judged together.
        ordered = [[pair, *(other for other in pairs if other is not pair)] for pair in pairs]
        words = [ask(statement, subject_of(records), exact).word for records in ordered]
        found += "fail" in words
        single += [regression.p_value(regression.welch(row[:runs], row[runs:]), 0.0, 0.0) < 0.05 for row in values]
    print(f"groups of {runs} and {runs} seeds, {quantities} quantities, no smallest move, {replicates} replicates:")
    print(f"  sessions with any discovery: {found / replicates:.1%} (nominal 5 %); single tests {np.mean(single):.2%}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replicates", type=int, default=200)
    parser.add_argument("--family", default="entropy_change")
    parser.add_argument("--kind", default="entropy_probe")
    parser.add_argument("--size", type=int, default=0)
    options = parser.parse_args()
    single_runs(options.family, options.kind, options.size, options.replicates)
    groups_of_seeds(options.replicates)


if __name__ == "__main__":
    main()
