"""Curves of small real trainings, as `benchmarks.real_curves` trains them, with the faults of tracked runs planted."""

from benchmarks.independent import HEALTHY
from benchmarks.independent.rates import Counts
from benchmarks.real_curves import measured as asked
from benchmarks.real_curves import training


def measured(runs, seed=0):
    """Ask every statement that needs no gate about each training and about its faulty copies."""
    counts = Counts()
    for statement, by_fault in asked([training(10**6 * seed + n) for n in range(runs)]).items():
        for fault, words in by_fault.items():
            counts[statement, HEALTHY if fault == "healthy" else f"planted {fault}"] = words
    return counts
