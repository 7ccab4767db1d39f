"""Sources of evidence that none of the suite's own generators made: real trainings, other laws, other noise.

Each module has ``measured(runs, seed=0)``, which returns (statement, what) -> Counter of verdicts. ``HEALTHY`` stands
for sound evidence, where a failure is a false alarm; any other word for what is wrong with it, where a failure is a
detection; one that begins with ``OPEN`` for sound evidence of which nobody knows what the statement should say.
"""

HEALTHY, OPEN = "healthy", "open: "
# Source -> how many runs are asked by default: a few minutes of one core each.
SOURCES = {
    "curves": 40, "digits": 40, "encoders": 100, "files": 300, "matrices": 200, "policy": 60, "seeds": 400,
}  # fmt: skip
