"""When a curve crosses a level for good, and whether one event comes before another."""

import math
from dataclasses import dataclass

import numpy as np

from gonogo.estimate import Estimate, NotEnoughData


@dataclass(frozen=True)
class Crossing:
    """Where a curve crosses a level and stays beyond it for some rows.

    Attributes
    ----------
    step : float
        Interpolated step; NaN if it never does.
    end : float
        Last step with a finite value: a crossing that is not seen comes later than this.
    resolution : float
        A sixth of the distance of the two rows around it, which three standard errors then cover [decades].
    level : float
        The level.
    """

    step: float
    end: float
    resolution: float
    level: float

    @property
    def seen(self):
        """Whether the curve crosses within the log."""
        return math.isfinite(self.step)

    @property
    def bound(self):
        """Step where it crosses, or the last one it did not cross before."""
        return self.step if self.seen else self.end


def crossing(step, values, level, *, rising=True, sustain=3):
    """Find the first sustained crossing of a level.

    Parameters
    ----------
    step : array_like, shape (N,)
        Logged steps, increasing.
    values : array_like, shape (N,)
        The curve; rows that are not finite are left out.
    level : float
        Level to cross.
    rising : bool
        Whether it is crossed from below.
    sustain : int
        Rows in a row that must lie beyond the level, so that a transient touch is none.

    Returns
    -------
    Crossing
        Interpolated linearly in the value and in log(step + 1).

    Examples
    --------
    >>> c = crossing([0, 9, 99, 999, 9999], [0, 1, 0, 2, 2], 1, sustain=2)
    >>> round(c.step, 3)
    315.228
    """
    step, values = np.asarray(step, float), np.asarray(values, float)
    finite = np.isfinite(values)
    step, values = step[finite], values[finite]
    if len(step) < sustain:
        raise NotEnoughData(f"a sustained crossing needs {sustain} rows with finite values, got {len(step)}")
    beyond = values >= level if rising else values <= level
    held = np.lib.stride_tricks.sliding_window_view(beyond, sustain).all(axis=1)
    if not held.any():
        return Crossing(math.nan, float(step[-1]), math.nan, level)
    i = int(np.argmax(held))
    if i == 0:
        return Crossing(float(step[0]), float(step[-1]), 0.0, level)
    before, after = np.log10(step[i - 1 : i + 1] + 1)
    part = (level - values[i - 1]) / (values[i] - values[i - 1])
    at = 10 ** (before + part * (after - before)) - 1
    return Crossing(float(at), float(step[-1]), float((after - before) / 6), level)


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


def lead(first, second):
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
