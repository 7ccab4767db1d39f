"""Sparsity of Jacobians: standard errors by replication and jackknife, values by hand, limits on both sides."""

import itertools
import math

import numpy as np
import pytest
from scipy import special, stats

from gonogo import Estimate, NotEnoughData
from gonogo.jacobian_sparsity.active_jacobian import activation_slope
from gonogo.jacobian_sparsity.causal_agreement import block_jackknife, causal_agreement
from gonogo.jacobian_sparsity.histogram import (
    Histogram,
    _magnitude,
    fraction_above,
    fraction_ratio,
    histogram,
    scale_profile,
)
from gonogo.jacobian_sparsity.sparsity import gauge_invariant, parents, sparsity, tally, token_mean
from gonogo.jacobian_sparsity.tradeoff import rank_correlation, scale_free_gain, trade_off

EDGES = np.linspace(0, 10, 401)


def of_law(rng, tokens, k=1, scale=1.0):
    """Histogram of exponential magnitudes, one independent entry a token where k is 1."""
    return histogram(np.histogram(rng.exponential(scale, tokens * k * k), EDGES)[0], EDGES, tokens=tokens, k=k)


def test_the_gain_of_a_profile_has_no_less_than_the_error_of_its_replicates():
    rng = np.random.default_rng(0)
    found = [scale_profile(of_law(rng, 4000), of_law(rng, 4000, scale=0.5)).gain for _ in range(200)]
    scatter = np.std([gain.value for gain in found])

    assert np.mean([gain.value for gain in found]) == pytest.approx(1, abs=0.01)
    # Neighbouring quantiles move together, which the error leaves out: variances of -log(share) at 0.02 and 0.2.
    apart, together = 0.98 / 0.02 / math.log(50) ** 2, 0.8 / 0.2 / math.log(5) ** 2
    shared = 2 * 0.8 / 0.2 / (math.log(50) * math.log(5))
    expected = math.sqrt((apart + together) / (apart + together - shared))
    assert np.mean([gain.se for gain in found]) / scatter == pytest.approx(expected, rel=0.12)


def test_the_magnitude_of_a_share_has_the_error_of_a_quantile():
    rng = np.random.default_rng(1)
    found = [_magnitude(of_law(rng, 2000), 0.1) for _ in range(400)]

    assert np.mean([size for size, _ in found]) == pytest.approx(math.log(10), rel=0.01)
    assert np.mean([se for _, se in found]) == pytest.approx(np.std([size for size, _ in found]), rel=0.1)


def test_a_magnitude_lies_within_its_bin_on_a_line_of_the_logarithm():
    h = Histogram(np.array([0.0, 1.0, 3.0, 4.0]), np.array([60.0, 30.0, 10.0]), 25, 100.0)
    size, se = _magnitude(h, 0.2)

    assert size == pytest.approx(1 + 2 * math.log(0.4 / 0.2) / math.log(0.4 / 0.1))
    assert se == pytest.approx(math.sqrt(0.2 * 0.8 / 25) / (0.3 / 2))
    assert _magnitude(h, 0.04)[0] == pytest.approx(3 + 0.6)  # the last bin ends at nothing
    assert np.isnan(_magnitude(h._replace(total=125.0), 0.199)[0])
    assert _magnitude(h._replace(total=125.0), 0.21)[0] > 3
    assert h._replace(total=125.0).overflow == pytest.approx(0.2)


def test_a_profile_is_the_ratio_of_quantiles_at_every_share():
    rng = np.random.default_rng(2)
    one, other = of_law(rng, 3000, 2), of_law(rng, 2000, 2, scale=0.7)
    found = scale_profile(one, other)

    assert len(found.share) == 62
    assert (found.share[0], found.share[-1]) == (pytest.approx(0.9), pytest.approx(0.002))
    assert (found.share[found.bulk], found.share[found.tail]) == (0.2, 0.02)
    for n in range(0, 62, 7):
        (a, _), (b, _) = _magnitude(one, found.share[n]), _magnitude(other, found.share[n])
        assert (found.size[n], found.twin[n], found.factor[n]) == pytest.approx((a, b, a / b))
    parts = [_magnitude(h, share) for h, share in itertools.product((one, other), (0.02, 0.2))]
    assert found.gain.value == pytest.approx(parts[0][0] / parts[2][0] * parts[3][0] / parts[1][0])
    assert found.gain.se == pytest.approx(found.gain.value * math.sqrt(sum((se / size) ** 2 for size, se in parts)))
    assert found.gain.n == 2000
    assert len(scale_profile(one, other, points=10).share) == 12


def test_a_profile_needs_three_bins_below_its_bulk():
    def below(entries):  # so many of a thousand lie in the first three bins
        return Histogram(
            np.arange(44.0), np.array([300, 300, entries - 600, *np.full(40, (1000 - entries) / 40)]), 9, 1e3
        )

    assert scale_profile(below(799), below(790)).gain.value > 0
    with pytest.raises(NotEnoughData, match=r"80% of the histogram lie in 3.0 bins; needs 3"):
        scale_profile(below(805), below(799))
    with pytest.raises(NotEnoughData, match=r"twin's histogram"):
        scale_profile(below(799), below(805))


def test_a_fraction_has_the_error_of_a_binomial_of_tokens():
    rng = np.random.default_rng(3)
    found = [fraction_above(of_law(rng, 500), 1.0) for _ in range(600)]

    assert np.mean([e.value for e in found]) == pytest.approx(math.exp(-1), rel=0.01)
    assert np.mean([e.se for e in found]) == pytest.approx(np.std([e.value for e in found]), rel=0.08)
    assert found[0].n == 500


def test_a_threshold_may_miss_its_edge_by_a_thousandth_of_a_bin():
    h = Histogram(np.array([0.0, 2.0, 4.0]), np.array([1.0, 3.0]), 4, 4.0)

    assert fraction_above(h, 2.0019).value == 0.75
    with pytest.raises(ValueError):
        fraction_above(h._replace(edges=h.edges + 9), 11.0021)
    with pytest.raises(ValueError):
        fraction_above(h, 2.0021)
    with pytest.raises(ValueError):
        fraction_above(h, 1.9979)
    assert fraction_above(Histogram(h.edges, h.counts, 4, 2.0), 4.0).se == 0  # more counted than there should be


def test_a_ratio_of_fractions_has_the_error_of_its_replicates():
    rng = np.random.default_rng(4)
    found = [fraction_ratio(*(Estimate(p := rng.binomial(n, q) / n, math.sqrt(p * (1 - p) / n), n=n)
                              for n, q in ((800, 0.2), (500, 0.5)))) for _ in range(600)]  # fmt: skip

    assert np.mean([e.value for e in found]) == pytest.approx(0.4, rel=0.01)
    assert np.mean([e.se for e in found]) == pytest.approx(np.std([e.value for e in found]), rel=0.08)
    assert found[0].n == 500
    assert fraction_ratio(Estimate(0.1, 0.01), Estimate(0.5, 0.02)).n == 0
    assert fraction_ratio(Estimate(0.3, None, n=2), Estimate(1.0, 0.1, n=2)).se == pytest.approx(0.03)


def test_entries_of_all_pairs_of_all_tokens_are_counted():
    h = histogram([1, 2, 3], [0, 1, 2, 3], tokens=4, k=3)

    assert (h.total, h.tokens, h.overflow) == (36.0, 4, pytest.approx(1 - 6 / 36))
    np.testing.assert_allclose(h.survival, [1, 35 / 36, 33 / 36, 30 / 36])


def test_a_mean_over_tokens_has_the_error_of_a_mean():
    values = np.array([1.0, 4.0, np.nan, 2.0, 9.0])
    found = token_mean(values, unit="nats")

    assert found.se == pytest.approx(stats.sem(values, nan_policy="omit"))
    assert (found.n, found.dof, found.unit, found.value) == (4, 3, "nats", 4.0)
    assert (token_mean(np.array([7.0])).value, token_mean(np.array([7.0])).dof) == (7.0, 1)
    assert math.isnan(token_mean(np.array([np.nan])).value)


def test_statistics_of_a_token_are_what_their_definitions_say():
    jacobian = np.array([[[3.0, -4.0], [0.0, 1.0]], [[-2.0, 2.0], [2.0, 2.0]]])
    found = sparsity(jacobian)

    np.testing.assert_allclose(found.l1, [8, 8])
    np.testing.assert_allclose(found.l2, [math.sqrt(26), 4])
    np.testing.assert_allclose(found.spread, [8 / (2 * math.sqrt(26)), 1])
    np.testing.assert_allclose(found.hoyer, [2 - 8 / math.sqrt(26), 0], atol=1e-12)
    np.testing.assert_allclose(found.kurtosis, [4 * (81 + 256 + 1) / 26**2, 1])
    np.testing.assert_allclose(parents(jacobian), [[np.exp(stats.entropy([9, 16])), 1], [2, 2]])
    np.testing.assert_allclose(gauge_invariant(jacobian[:1], np.array([[2.0, 5.0]]), np.array([[3.0, 7.0]])),
                               [[[4.5, -2.4], [0, 1.4]]])  # fmt: skip


def test_a_tally_has_its_last_edge_and_nothing_beyond():
    assert tally(np.array([0.0, 1.0, 2.0, 2.0, 3.0]), np.array([0.0, 1.0, 2.0])).tolist() == [1, 3]
    assert tally(np.array([[0.5, -1.5]]), np.array([1.0, 2.0])).tolist() == [1]


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("gelu", lambda a: a * special.ndtr(a)),
        ("gelu_tanh", lambda a: a / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (a + 0.044715 * a**3)))),
        ("relu", lambda a: np.maximum(a, 0)),
        ("silu", lambda a: a * special.expit(a)),
        ("linear", lambda a: a),
    ],
)
def test_the_slope_of_an_activation_is_its_central_difference(name, function):
    a = np.linspace(-4, 4, 80)  # not 0, where relu has none
    h = 1e-5

    np.testing.assert_allclose(activation_slope(a, name), (function(a + h) - function(a - h)) / (2 * h), atol=1e-8)
    assert name != "relu" or activation_slope(np.zeros(1), name) == 0


def test_a_block_jackknife_leaves_out_neighbours_together():
    x = np.random.default_rng(5).normal(size=23)
    cuts = [int(n * 23 / 4) for n in range(5)]
    rest = [np.mean([*x[:a], *x[b:]]) for a, b in itertools.pairwise(cuts)]
    found = block_jackknife(np.mean, x, blocks=4)

    assert found.se == pytest.approx(math.sqrt(3 / 4 * sum((r - np.mean(rest)) ** 2 for r in rest)))
    assert (found.value, found.n, found.dof) == (x.mean(), 23, 3)
    assert block_jackknife(np.mean, x).dof == 19
    lost = block_jackknife(lambda y: math.inf if len(y) < 23 else 1.0, x)
    assert (math.isnan(lost.se), lost.n, lost.dof) == (True, 23, 19)


def pairs(seed=6, n=6000):
    rng = np.random.default_rng(seed)
    element = rng.laplace(size=n) * 0.2
    change = -element + 0.05 * rng.normal(size=n)
    change[:60] -= 1.0
    change[60:80] += 1.0
    return element, change


def test_agreement_counts_what_lies_on_and_off_the_line():
    element, change = pairs()
    found = causal_agreement(element, change, tolerance=0.1, informative=1000)
    off = element + change
    large = np.abs(element) > 0.1
    top = np.abs(element) >= np.quantile(np.abs(element), 0.9)

    assert found.on_line.value == np.mean(np.abs(off) < 0.1)
    assert found.unchanged.value == np.mean(np.abs(change) < 0.1)
    assert found.gain.value == pytest.approx(found.on_line.value - found.unchanged.value)
    assert (found.below, found.above) == (np.mean(off <= -0.1), np.mean(off >= 0.1))
    assert found.below + found.above + found.on_line.value == pytest.approx(1)
    assert found.informative == large.sum()
    assert found.informative_on_line.value == np.mean(np.abs(off[large]) < 0.1)
    assert found.slope.value == np.median(-change[large] / element[large])
    skill = 1 - np.median(np.abs(off[top])) / np.median(np.abs(change[top]))
    assert found.skill.value == pytest.approx(skill)
    assert found.permuted.value < found.on_line.value
    for one, wanted in ((found.on_line, off), (found.informative_on_line, off[large])):
        assert one.se == block_jackknife(np.mean, (np.abs(wanted) < 0.1).astype(float)).se


def test_errors_of_agreement_are_those_of_replicates():
    found = [causal_agreement(*pairs(seed)) for seed in range(150)]

    for name in ("on_line", "unchanged", "gain", "informative_on_line", "slope", "skill"):
        estimates = [getattr(one, name) for one in found]
        scatter = np.std([e.value for e in estimates])
        # 60 of the pairs leave the active set in every replicate, in one block: that block's jackknife sees them.
        assert 0.8 < np.mean([e.se for e in estimates]) / scatter < (1.3 if name in ("slope", "skill") else 6), name


def test_as_many_informative_pairs_as_are_asked_for_are_enough():
    element = np.concatenate([np.full(1000, 0.5), np.full(500, 0.1)])

    assert causal_agreement(element, -element).informative == 1000  # 0.1 is not above the tolerance of 0.1
    with pytest.raises(NotEnoughData, match="needs 1001"):
        causal_agreement(element, -element, informative=1001)


@pytest.mark.parametrize("seeds", [1, 2, 3])
def test_the_cost_of_sparsity_has_the_error_of_a_difference_of_means(seeds):
    rng = np.random.default_rng(7)
    coefficient = np.repeat([0.0, 1.0, 2.0], [3, seeds, 3])
    found = []
    for _ in range(500):
        score = 0.9 - 0.1 * coefficient + 0.02 * rng.normal(size=len(coefficient))
        found.append(trade_off(coefficient, np.exp(-coefficient), score).cost(0.4))
    errors = np.array([cost.se for cost in found])

    assert {cost.n for cost in found} == {3 + seeds}
    assert np.sqrt(np.mean(errors**2)) == pytest.approx(np.std([cost.value for cost in found]), rel=0.1)


def test_points_of_a_sweep_are_dominated_by_a_better_and_sparser_one():
    found = trade_off([0, 0.5, 1, 4], [0.8, 0.8, 0.4, 0.4], [0.9, 0.8, 0.85, 0.85])

    assert found.dominated.tolist() == [False, True, False, False]
    assert found.decades == pytest.approx(math.log10(8))
    assert trade_off([0, 1], [0.5, 0.2], [1, 1]).decades == 0
    assert trade_off([0, 1, 10], [0.5, 0.2, 0.1], [1, 1, 1]).decades == pytest.approx(1)
    assert np.isnan(trade_off([0, 1], [0.0, 0.2], [1, 1]).ratio).all()
    assert found.cost(0.5).value == pytest.approx(0.05)
    assert rank_correlation([0, 1, 2], [3, 3, 1]) == pytest.approx(stats.spearmanr([0, 1, 2], [3, 3, 1]).statistic)


def test_the_best_of_a_sweep_is_not_its_coefficient_zero():
    gain = scale_free_gain([1, 2, 0], [0.1, 0.15, 0.6], [0.5, 0.4, 0.8], [3, 4, 5])

    assert (gain.best, gain.hoyer_gain, gain.spread_ratio) == (2, pytest.approx(-0.45), 0.5)
    assert gain.kurtosis.tolist() == [5, 3, 4]
