"""gonogo: the measures behind the go/no-go gauges. Arrays in, quantities out."""

from gonogo.estimate import Decision, Estimate, NotApplicable, NotEnoughData

__all__ = ["Decision", "Estimate", "NotApplicable", "NotEnoughData"]
