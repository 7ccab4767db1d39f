"""How many faults a session misses and how many false alarms it raises, by how its decisions are judged together.

Usage: python -m benchmarks.many_decisions [--sessions 400] [--years 100]

Bad runs (1 %) lie 5 standard errors beyond the limit. Seen, in sessions of 10, 100, 1,000 and 10,000 runs:

- Healthy runs evenly within 12 standard errors of the limit. Faults missed: Bonferroni at 0.1 % 12, 28, 46, 63 %;
  Benjamini-Hochberg at 1 % 2, 8, 11, 11 %; every decision on its own 4, 4, 5, 5 %; as shipped 4, 5, 5, 5 %. Healthy
  runs undecided: 32, 37, 41, 44 % with Bonferroni's interval, 27 % with the others'. Sessions with a false alarm:
  Bonferroni none; Benjamini-Hochberg 0.06, 0.03, 0.25, 2.5 %; as shipped 0.03, 0.05, 0.75, 10 % (of 40 sessions, beside
  95 failures each).
- No bad run, healthy ones exactly on the limit; sessions with a false alarm: Benjamini-Hochberg 0.9, 0.9, 1.3, 2.5 %;
  every decision on its own 0.4, 4.8, 37, 100 %; as shipped 0.3, 0.9, 1.3, 2.5 % (1 of 40). With 8 cases a run of
  correlation 0.9: as shipped 0.2, 0.3, 0.3, 0 %.
- 365 nights of 10 new runs, the whole archive judged every night (false alarms a year, faults missed on their night,
  found ones lost by the year's end): Bonferroni 0, 47 %, 16 %; Benjamini-Hochberg 0.01, 10 %, 0.6 %; as shipped 0.04,
  5 %, 0.1 %; with healthy runs exactly on the limit 0.4, 12 %, 0.6 %. Only the night's runs judged: 0.04 and 4.5 %; on
  the limit 1.5 and 5 %, Benjamini-Hochberg 4.1 and 3 %.
- A job on its limit that is judged every night of a year while it grows fails on some with 1.2 %, once with 0.05 %.
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "checks")]

import numpy as np  # noqa: E402
from scipy.special import ndtr  # noqa: E402

from gonogo.estimate import critical_value  # noqa: E402
from gonogo.false_discoveries import benjamini_hochberg, discoveries  # noqa: E402

RATE, Z = 0.01, critical_value()
LEVEL = float(ndtr(-Z))
FAULT, INSIDE, BAD = 5.0, 12.0, 0.01


def by_bonferroni(z):
    """Runs that fail, and the multiple of the standard error that a pass needs: one interval for both."""
    corrected = critical_value(z.size)
    return (z > corrected).any(axis=1), corrected


def by_benjamini_hochberg(z):
    """Plain false-discovery control over all decisions for failing, a fixed interval for passing."""
    p = ndtr(-z)
    return (p <= benjamini_hochberg(p.ravel(), rate=RATE)).any(axis=1), Z


def one_by_one(z):
    """Every decision on its own."""
    return (z > Z).any(axis=1), Z


def as_shipped(z):
    """The suite's rule: false-discovery control over suspects by run for failing, a fixed interval for passing."""
    p = ndtr(-z) / LEVEL
    near = np.flatnonzero((p <= 1 / RATE).any(axis=1))  # the others are left out anyway
    largest = discoveries({int(run): p[run].tolist() for run in near}, rate=RATE)
    failed = np.zeros(len(z), bool)
    for run, most in largest.items():
        failed[run] = p[run].min() <= most
    return failed, Z


RULES = {
    "Bonferroni": by_bonferroni,
    "Benjamini-Hochberg": by_benjamini_hochberg,
    "one by one": one_by_one,
    "as shipped": as_shipped,
}


def session(rng, runs, *, cases=1, correlation=0.0, on_limits=False, bad=BAD):
    """Which runs are bad, and how many standard errors beyond its limit each case was measured.

    Healthy truths lie within 12 standard errors of the limit, evenly, or all on it; a bad run's lie 5 beyond it.
    """
    faulty = rng.random(runs) < bad
    truth = np.zeros(runs) if on_limits else rng.uniform(-INSIDE, 0, runs)
    truth = np.where(faulty, FAULT, truth)[:, None]
    shared, own = rng.normal(size=(runs, 1)), rng.normal(size=(runs, cases))
    return faulty, truth + np.sqrt(correlation) * shared + np.sqrt(1 - correlation) * own


def rates(rule, runs, sessions, seed=0, **settings):
    """Share of faults missed, of healthy runs undecided, sessions with a false alarm, false alarms a session."""
    rng = np.random.default_rng(seed)
    faults = missed = healthy = undecided = alarmed = alarms = 0
    for _ in range(sessions):
        faulty, z = session(rng, runs, **settings)
        failed, needed = rule(z)
        faults, missed = faults + faulty.sum(), missed + (faulty & ~failed).sum()
        healthy += (~faulty).sum()
        undecided += (~faulty & ~failed & (z > -needed).any(axis=1)).sum()
        false = (~faulty & failed).sum()
        alarmed, alarms = alarmed + bool(false), alarms + false
    return missed / max(faults, 1), undecided / healthy, alarmed / sessions, alarms / sessions


def year(rule, rng, *, nights=365, new=10, archive=True, **settings):
    """A gate every night over what has been recorded so far, or over the night's runs only.

    Returns
    -------
    false : int
        Healthy runs that failed on any night.
    nights : int
        Nights on which a healthy run failed that had not failed before.
    missed, lost : float
        Share of bad runs that did not fail on their own night; of those that did, share not failing at the year's end.
    """
    faulty, z = session(rng, nights * new, **settings)
    seen, at_first, alarms = np.zeros(len(z), bool), np.zeros(len(z), bool), 0
    for night in range(nights):
        tonight = slice(night * new, (night + 1) * new)
        judged = slice(0, tonight.stop) if archive else tonight
        failed = np.zeros(len(z), bool)
        failed[judged] = rule(z[judged])[0]
        at_first[tonight] = failed[tonight]
        alarms += bool((failed & ~seen & ~faulty).any())
        seen |= failed
    bad = max(faulty.sum(), 1)
    found = faulty & at_first
    lost = (found & ~failed).sum() / max(found.sum(), 1) if archive else 0.0
    return (seen & ~faulty).sum(), alarms, (faulty & ~at_first).sum() / bad, lost


def peeked(rng, *, nights=365, jobs=2000):
    """Share of jobs with their truth on the limit that fail on some night, each night adding as much data again."""
    z = np.cumsum(rng.normal(size=(jobs, nights)), axis=1) / np.sqrt(np.arange(1, nights + 1))
    return (z > Z).any(axis=1).mean()


def print_sessions(sessions):
    """Rates by rule and number of runs, for each kind of healthy runs."""
    for title, settings in (
        ("healthy runs evenly within 12 standard errors", {}),
        ("healthy runs exactly on the limit", {"on_limits": True}),
        ("no bad run, healthy ones exactly on the limit", {"on_limits": True, "bad": 0.0}),
        ("8 cases a run, correlation 0.9, no bad run, on the limit",
         {"on_limits": True, "bad": 0.0, "cases": 8, "correlation": 0.9}),
    ):  # fmt: skip
        print(f"\n{title} ({sessions} sessions): faults missed, healthy undecided, sessions with a false alarm")
        for name, rule in RULES.items():
            cells = []
            for runs in (10, 100, 1000, 10000):
                repeats = max(20, sessions * (20 if runs <= 100 else 1) // (10 if runs == 10000 else 1))
                missed, undecided, alarmed, _ = rates(rule, runs, repeats, **settings)
                cells.append(f"{missed:4.0%} {undecided:4.0%} {alarmed:6.2%}")
            print(f"  {name:20s}" + " | ".join(cells), flush=True)


def print_years(years):
    """A year of nights by rule, over the whole archive and over the night's runs only."""
    for title, settings in (("evenly within 12 standard errors", {}), ("exactly on the limit", {"on_limits": True})):
        print(f"\n365 nights, 10 new runs each, healthy ones {title} ({years} years): false alarms a year, "
              "faults missed on their night, found ones lost by the year's end")  # fmt: skip
        for archive in (True, False):
            for name, rule in RULES.items():
                rng = np.random.default_rng(1)
                found = np.array([year(rule, rng, archive=archive, **settings) for _ in range(years)])
                false, _, missed, lost = found.mean(axis=0)
                scope = "whole archive" if archive else "night's runs"
                print(f"  {scope:14s}{name:20s}{false:6.2f} {missed:5.1%} {lost:5.1%}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=400)
    parser.add_argument("--years", type=int, default=100)
    options = parser.parse_args()
    print_sessions(options.sessions)
    print_years(options.years)
    print(f"\na job on its limit that grows for 365 nights and is judged every night fails on some: "
          f"{peeked(np.random.default_rng(2)):.1%} (once: {LEVEL:.2%})")  # fmt: skip


if __name__ == "__main__":
    main()
