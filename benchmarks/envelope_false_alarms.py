"""How often the envelope of training curves rejects a healthy seed, and what it finds, over noise that lasts.

Usage: python -m benchmarks.envelope_false_alarms [--replicates 1000]

Seen, the worst of 60 and 600 rows and of three ways in which the spread falls, with 3, 4, 6 and 10 good seeds:

- Healthy curves that fail, of 1000: white noise none; autocorrelation 0.9: 0, 0.1, 0, 0 %; 0.99: 0.1, 0.5, 0.3, 0 %;
  0.999: 0.4, 1.4, 0.8, 0.1 %; random walk 0, 0.4, 0.4, 0.1 %. Inconclusive: up to 4.2 and 1.2 % with 3 and 4 seeds.
- Shifted by 25 standard deviations in the second half: 54 to 100 % fail with 3 seeds, 98 to 100 % with 4, all with 6
  or 10; by 10: 0 to 36 % with 3, 0 to 100 % with 4, 57 to 100 % with 6, 70 to 100 % with 10.

With a yardstick of 11 rows only, one healthy curve in a hundred of 600 rows and 3 seeds lies beyond 7.5, 15 and 29
yardsticks for 0.9, 0.99 and a random walk; with this one beyond 4, 5 and 7.
"""

import argparse
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "checks")]

import numpy as np  # noqa: E402
from scipy.signal import lfilter  # noqa: E402

from benchmarks.rates import interval  # noqa: E402
from benchmarks.replicates import Replicate, subject_of  # noqa: E402
from fixtures.gate.ask import ask  # noqa: E402
from fixtures.gate.statements import statements  # noqa: E402
from fixtures.kinds.baseline_curves import BaselineCurves  # noqa: E402

STATEMENT = statements()["regression.curve_stays_in_envelope"]
NOISES = {"white": 0.0, "AR 0.9": 0.9, "AR 0.99": 0.99, "AR 0.999": 0.999, "random walk": 1.0}
SPREADS = {
    "even": lambda place: np.ones_like(place),
    "100-fold down": lambda place: np.exp(-np.log(100) * place),
    "50-fold at once": lambda place: np.exp(-place / 0.1) + 0.02,
}
SEEDS, ROWS = (3, 4, 6, 10), (60, 600)


def noise(rng, curves, rows, correlation):
    """Stationary autoregressive noise of unit variance, or a random walk."""
    steps = rng.normal(size=(curves, rows))
    if correlation == 1.0:
        return np.cumsum(steps, axis=1) / np.sqrt(rows)
    steps[:, 1:] *= np.sqrt(1 - correlation**2)
    return lfilter([1.0], [1.0, -correlation], steps, axis=1)


def curves(rng, seeds, rows, correlation, spread):
    """Good seeds and one more of the same, and how far they stray: no name, so that both sides count."""
    place = np.arange(rows) / rows
    size = 0.05 * SPREADS[spread](place)
    values = np.exp(-5 * place) + 0.1 + size * noise(rng, seeds + 1, rows, correlation)
    strays = size * (np.sqrt(place) if correlation == 1.0 else 1.0)
    return BaselineCurves("curve", np.arange(rows), values[:-1], values[-1]), strays


def shifted(record, strays, times):
    """Lie so many of the seeds' standard deviations too high in the second half."""
    late = np.arange(len(record.step)) >= len(record.step) // 2
    return replace(record, candidate=record.candidate + times * strays * late)


def words(records):
    """What the check says of each."""
    return Counter(ask(STATEMENT, subject_of([record]), Replicate()).word for record in records)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replicates", type=int, default=1000)
    count = parser.parse_args().replicates
    print(f"{count} replicates: healthy curves failed (end of the 95 % interval) and inconclusive; shifted by 10 and "
          "by 25 standard deviations: failed")  # fmt: skip
    for rows in ROWS:
        for spread in SPREADS:
            for name, correlation in NOISES.items():
                cells = []
                for seeds in SEEDS:
                    rng = np.random.default_rng([rows, seeds])
                    drawn = [curves(rng, seeds, rows, correlation, spread) for _ in range(count)]
                    said = words(record for record, _ in drawn)
                    few = drawn[: count // 5]
                    found = [words(shifted(*pair, times) for pair in few)["fail"] / len(few) for times in (10, 25)]
                    high = interval(said["fail"], count)[1]
                    cells.append(f"{said['fail'] / count:5.1%} ({high:4.1%}) {said['inconclusive'] / count:4.1%} "
                                 f"{found[0]:4.0%} {found[1]:4.0%}")  # fmt: skip
                print(f"  {rows:4d} rows, {spread:16s}{name:12s}" + " | ".join(cells), flush=True)


if __name__ == "__main__":
    main()
