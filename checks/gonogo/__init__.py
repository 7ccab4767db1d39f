"""gonogo: the measures behind the go/no-go gauges. Arrays in, quantities out.

PYTEST_DONT_REWRITE: the distribution has an entry point for pytest, and the command ``gonogo`` has loaded this before.
"""

from gonogo.estimate import Decision, Estimate, NotApplicable, NotEnoughData

__version__ = "0.1.0"

__all__ = ["Decision", "Estimate", "NotApplicable", "NotEnoughData"]
