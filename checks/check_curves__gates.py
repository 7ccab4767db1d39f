"""Any tracked curve: what only a gate declared in gonogo.toml asks."""

import pytest

from gonogo import NotEnoughData
from gonogo.curves import final_level, largest_reversal, largest_step, remaining_change, worse_by
from reports.figures import curves as figures

pytestmark = pytest.mark.curves


def _level(judge, limits, record, metric, **side):
    """Judge the final level of a curve against one side."""
    curve = record.curve(metric)
    level = final_level(curve.value, int(limits.rows) or None)
    lines = [(value, f"{'below' if name == 'upper' else 'above'} {value:g}") for name, value in side.items()]
    judge(limits.decide(level, **side), figures=[(figures.with_levels, curve.step, curve.value, metric, lines)])


@pytest.mark.reads(
    "tracked_run", each="metric", cases="final_level_is_below", control="val/loss", faults=("diverged", "stuck")
)
def check_final_level_is_below(record, metric, limits, judge):
    """The mean of the last points, {rows:g} of them or a twentieth if 0, lies below {below:g}.

    Means: the run has not reached the level that was asked for.

    Do: train longer, or look at what differs from the runs that reach it.
    """
    _level(judge, limits, record, metric, upper=limits.below)


@pytest.mark.reads("tracked_run", each="metric", cases="final_level_is_above", control="val/accuracy", faults=("sunk",))
def check_final_level_is_above(record, metric, limits, judge):
    """The mean of the last points, {rows:g} of them or a twentieth if 0, lies above {above:g}.

    Means: the run has not reached the level that was asked for.

    Do: train longer, or look at what differs from the runs that reach it.
    """
    _level(judge, limits, record, metric, lower=limits.above)


@pytest.mark.reads(
    "tracked_run", each="metric", cases="curve_has_settled", control="perf/samples_per_s", faults=("unsettled",)
)
def check_curve_has_settled(record, metric, limits, judge):
    """Over the last {over:.0%} of the steps the curve changes by at most {within:.1%} of its level.

    Means: the run ended while the metric still moved: its final value says little.

    Do: train longer, or let the learning rate fall to zero.
    """
    curve = record.curve(metric)
    change = remaining_change(curve.step, curve.value, over=limits.over)
    judge(
        limits.decide(change, lower=-limits.within, upper=limits.within),
        figures=[(figures.curve, curve.step, curve.value, metric, curve.step[-1] * (1 - limits.over))],
    )


@pytest.mark.reads("tracked_run", each="metric", cases="curve_is_monotone", control="val/loss", faults=("diverged",))
def check_curve_is_monotone(record, metric, limits, judge):
    """The curve goes one way: its levels turn back by at most {reversal:g} of their standard errors.

    Means: the metric got worse for a while, by more than its noise.

    Do: look at what happened there: a schedule, a restart, a change of data.
    """
    curve = record.curve(metric)
    rising = record.text("curve_is_monotone", metric, "direction") == "up"
    back = largest_reversal(curve.value, rising=rising)
    judge(limits.decide(back, upper=limits.reversal), figures=[(figures.curve, curve.step, curve.value, metric)])


@pytest.mark.reads("tracked_run", each="metric", cases="curve_is_logged_often", control="val/loss", faults=("gap",))
def check_curve_is_logged_often(record, metric, limits, judge):
    """The curve is logged at least every {every:g} steps.

    Means: points are missing, or logging is rarer than was asked for.

    Do: look at the logging interval, and whether the job was stopped and continued.
    """
    curve = record.curve(metric)
    judge(limits.decide(largest_step(curve.step), upper=limits.every))


@pytest.mark.reads(
    "tracked_run",
    each="metric",
    cases="curve_is_no_worse_than_baseline",
    control="train/loss",
    faults=("diverged", "stuck"),
)
def check_curve_is_no_worse_than_baseline(record, metric, peers, limits, judge):
    """The final level is at most {margin:.0%} worse than that of the baseline runs.

    Means: the change that this run tests costs more than was agreed.

    Do: compare the settings of both; several baseline runs make the comparison sharper.
    """
    pattern = record.text("curve_is_no_worse_than_baseline", metric, "baseline")
    found = peers.named(pattern)
    curves = [peer.series[metric] for peer in found.values() if metric in peer.series]
    if not curves:
        raise NotEnoughData(f"no run beside it is called {pattern!r} and logs {metric}")
    curve = record.curve(metric)
    worse = worse_by(curve.value, [c.value for c in curves], higher_is_better=record.higher_is_better(metric))
    judge(
        limits.decide(worse, upper=limits.margin),
        figures=[(figures.beside, curve.step, curve.value, [(c.step, c.value) for c in curves], metric)],
    )
