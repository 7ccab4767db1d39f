"""Whether one event of a run comes before another."""

import math
from dataclasses import dataclass

from gonogo.curve_operations import Crossing
from gonogo.estimate import Estimate, NotEnoughData


@dataclass(frozen=True)
class Lead:
    """How long one event comes before another.

    Attributes
    ----------
    estimate : Estimate
        log10 of the ratio of the steps [decades]; a bound where one of the events was not seen.
    side : {"", "at least", "at most"}
        What kind of bound it is; empty if both were seen.
    """

    estimate: Estimate
    side: str = ""


def lead(first: Crossing, second: Crossing) -> Lead:
    """Lead of the first crossing over the second one.

    Parameters
    ----------
    first, second : Crossing
        Of one run.

    Returns
    -------
    Lead

    Raises
    ------
    NotEnoughData
        If neither was seen.

    Examples
    --------
    >>> lead(Crossing(99, 1e4, 0.0, 1.0), Crossing(999, 1e4, 0.0, 1.0)).estimate.value
    1.0
    """
    if not first.seen and not second.seen:
        raise NotEnoughData(f"neither event is seen within {first.end:.0f} steps; their order needs a longer run")
    value = math.log10((second.bound + 1) / (first.bound + 1))
    if first.seen and second.seen:
        return Lead(Estimate(value, se=math.hypot(first.resolution, second.resolution), unit="decades"))
    return Lead(Estimate(value, unit="decades"), "at least" if first.seen else "at most")
