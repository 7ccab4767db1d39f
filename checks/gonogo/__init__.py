"""gonogo: the measures behind the go/no-go gauges. Arrays in, quantities out."""

from gonogo.estimate import Decision, Estimate, NotApplicable, NotEnoughData

__version__ = "0.1.0"

__all__ = ["Decision", "Estimate", "NotApplicable", "NotEnoughData"]
