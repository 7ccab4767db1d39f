"""Moves from a baseline: errors by replication, values by hand, and which variance counts where."""

import math

import numpy as np
import pytest
from scipy import stats

from gonogo import Estimate, NotEnoughData, regression
from gonogo.regression.move import against_replicates, difference, measured_move, p_value, scale_of, welch


def plain(*values, se=None):
    return [Estimate(float(value), se) for value in values]


def test_the_difference_to_replicates_has_the_error_of_a_new_run():
    rng, found = np.random.default_rng(0), []
    for _ in range(2000):
        values = rng.normal(size=5)
        found.append(against_replicates(plain(*values[:4]), Estimate(values[4])))

    assert np.sqrt(np.mean([e.se**2 for e in found])) == pytest.approx(np.std([e.value for e in found]), rel=0.05)
    assert {(e.n, e.dof) for e in found} == {(4, 3.0)}
    # Student's t: one in ten lies beyond its 5 % quantile on either side.
    beyond = [abs(e.value) > stats.t.isf(0.05, 3) * e.se for e in found]
    assert np.mean(beyond) == pytest.approx(0.1, abs=0.02)


def test_a_less_precise_run_adds_what_its_error_has_more_than_theirs():
    values = [1.0, 2.0, 4.0]
    between = np.var(values, ddof=1) * 4 / 3
    mixed = [Estimate(1.0, 0.3), Estimate(2.0), Estimate(4.0, math.nan)]

    assert against_replicates(plain(*values, se=0.3), Estimate(3.0, 0.5)).se == pytest.approx(math.sqrt(between + 0.16))
    assert against_replicates(plain(*values, se=0.6), Estimate(3.0, 0.5)).se == pytest.approx(math.sqrt(between))
    assert against_replicates(mixed, Estimate(3.0, 0.5)).se == pytest.approx(math.sqrt(between + 0.25 - 0.03))
    assert against_replicates(plain(*values), Estimate(3.0, math.nan)).se == pytest.approx(math.sqrt(between))
    assert against_replicates(plain(1, 2), Estimate(3.0)).dof == 1
    with pytest.raises(NotEnoughData, match="needs 2 of them, got 1"):
        against_replicates(plain(1), Estimate(3.0))


def test_the_difference_of_means_has_the_error_of_replicates():
    rng = np.random.default_rng(1)
    found = [welch(rng.normal(0, 1, 6), rng.normal(0, 2, 4), unit="nats") for _ in range(1000)]

    assert np.sqrt(np.mean([e.se**2 for e in found])) == pytest.approx(np.std([e.value for e in found]), rel=0.06)
    assert (found[0].n, found[0].unit) == (4, "nats")
    for one, other in (([1.0], [1.0, 2.0]), ([1.0, 2.0], [1.0])):
        with pytest.raises(NotEnoughData, match="2 runs on each side"):
            welch(one, other)


def test_errors_of_two_runs_are_added_with_what_is_assumed_or_known_beside_them():
    then, now = Estimate(1.0, 0.3, "u", 10, 4.0), Estimate(3.0, 0.4, "u", 20, 9.0)
    found = difference(then, now)
    assert (found.value, found.se, found.n, found.unit) == (2.0, pytest.approx(0.5), 10, "u")
    assert found.dof == pytest.approx(0.25**2 / (0.09**2 / 4 + 0.16**2 / 9))
    assert difference(then, now, spread=0.2).se == pytest.approx(math.sqrt(0.25 + 0.08))
    assert difference(then, now, assumed=0.2).se == pytest.approx(0.5)  # both have an error of their own
    bare = difference(Estimate(1.0), Estimate(3.0), assumed=0.2)
    assert (bare.se, bare.n, bare.dof) == (pytest.approx(0.2 * math.sqrt(2)), None, math.inf)
    assert difference(Estimate(1.0), now, assumed=0.3).se == pytest.approx(0.5)
    assert difference(Estimate(1.0), Estimate(3.0), assumed=0.2, spread=0.5).se == pytest.approx(0.5 * math.sqrt(2))
    same = difference(then, now, same=True)
    assert (same.se, same.n, same.unit) == (None, 20, "u")


@pytest.mark.parametrize(
    ("value", "lower", "upper", "scale"),
    [(5.0, -1.0, 3.0, 2.0), (5.0, 2.0, 2.0, 5.0), (0.5, None, 3.0, 0.5), (-0.5, 2.0, None, 0.5),
     (0.01, None, -3.0, 0.3), (0.01, 2.0, None, 0.2), (0.01, None, None, 0.01), (0.0, None, 0.0, 0.0)],
)  # fmt: skip
def test_a_scale_is_half_the_limits_width_or_the_value_s_own_size(value, lower, upper, scale):
    assert scale_of(value, lower, upper) == pytest.approx(scale)


@pytest.mark.parametrize(
    ("estimate", "lower", "upper", "p"),
    [
        (Estimate(3.0, 1.0), None, 1.0, stats.norm.sf(2)),
        (Estimate(-3.0, 1.0), -1.0, None, stats.norm.sf(2)),
        (Estimate(3.0, 1.0, dof=4), None, 1.0, stats.t.sf(2, 4)),
        (Estimate(3.0, 1.0), -1.0, 1.0, 2 * stats.norm.sf(2)),
        (Estimate(0.0, 1.0), -1.0, 1.0, 1.0),
        (Estimate(-2.0, 1.0), None, 1.0, stats.norm.sf(-3)),
        (Estimate(1.0), None, 1.0, 1.0),
        (Estimate(1.1), None, 1.0, 0.0),
        (Estimate(1.1, 0.0), None, 1.0, 0.0),
        (Estimate(math.nan, 1.0), None, 1.0, 0.0),
        (Estimate(math.inf, 1.0), 0.0, None, 0.0),
    ],
)
def test_a_p_value_is_the_tail_beyond_the_nearer_limit(estimate, lower, upper, p):
    assert p_value(estimate, lower, upper) == pytest.approx(p, rel=1e-6)


def test_a_move_is_compared_by_as_many_runs_as_there_are():
    several = measured_move(plain(1, 2, 3), plain(4, 6), limits=(None, 9.0))
    assert several.difference.se == pytest.approx(welch([1, 2, 3], [4, 6]).se)
    assert (several.baseline.value, several.baseline.n, several.baseline.dof) == (2.0, 3, 2.0)
    assert several.baseline.se == pytest.approx(stats.sem([1, 2, 3]))
    assert several.candidate.se == pytest.approx(stats.sem([4, 6]))
    assert (several.lower, several.upper) == (None, pytest.approx(0.2))
    one = measured_move(plain(1, 2, 3), plain(4), limits=(0.5, None))
    assert one.difference.se == pytest.approx(math.sqrt(4 / 3))
    assert (one.lower, one.upper, one.candidate) == (pytest.approx(-0.2), None, Estimate(4.0))
    assert one.limits == (0.5, None)
    with pytest.raises(NotEnoughData):
        measured_move(plain(1), plain(4, 6))


def test_an_assumed_variance_excuses_a_move_and_makes_none():
    near = measured_move(plain(1.0), plain(1.05), limits=(None, 9.0), move=0.1, assumed=0.5)
    far = measured_move(plain(1.0), plain(2.0), limits=(None, 9.0), move=0.1, assumed=0.5)
    assert near.difference.se is None
    assert far.difference.se == pytest.approx(0.5 * math.sqrt(2))
    table = measured_move(plain(1.0, se=0.1), plain(2.0, se=0.1), limits=(None, 9.0), spread=0.3)
    assert table.difference.se == pytest.approx(math.sqrt(0.02 + 0.18))
    assert measured_move(plain(1.0, se=0.1), plain(1.05, se=0.1), limits=(None, 9.0), spread=0.3).difference.se is None
    measured = measured_move(plain(1.0, se=0.1), plain(1.05, se=0.1), limits=(None, 9.0))
    assert measured.difference.se == pytest.approx(0.1 * math.sqrt(2))
    assert measured_move(plain(1.0, 1.1), plain(1.05), limits=(None, 9.0)).difference.se > 0
    scaled = measured_move(plain(10.0), plain(20.0), limits=(None, 90.0), assumed=0.5)
    assert scaled.difference.se == pytest.approx(5 * math.sqrt(2))
    spread = measured_move(plain(10.0, se=0.1), plain(20.0, se=0.1), limits=(None, 90.0), spread=0.3)
    assert spread.difference.se == pytest.approx(math.sqrt(0.02 + 18))


@pytest.mark.parametrize(
    ("worse", "bounds"), [("up", (None, 0.3)), ("down", (-0.3, None)), ("either", (-0.3, 0.3)), (None, (-0.3, 0.3))]
)
def test_a_move_counts_in_the_bad_direction_only(worse, bounds):
    found = measured_move(plain(1.0), plain(2.0), limits=(0.0, 2.0), worse=worse, move=0.3)

    assert (found.lower, found.upper) == bounds
    with pytest.raises(ValueError, match="up, down or either, got 'sideways'"):
        measured_move(plain(1.0), plain(2.0), worse="sideways")


def test_a_natural_band_holds_a_new_run_as_often_as_it_says():
    rng, inside = np.random.default_rng(2), []
    for _ in range(3000):
        values = rng.normal(size=5)
        low, high = regression.natural_band(values[:4], z=2.0)
        inside.append(low <= values[4] <= high)

    assert np.mean(inside) == pytest.approx(1 - 2 * stats.norm.sf(2), abs=0.012)
    assert regression.natural_band([1.0, 3.0])[0] < 1
