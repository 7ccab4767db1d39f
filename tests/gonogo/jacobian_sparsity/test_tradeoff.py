"""Test the trade-off over a sweep: order, seeds, cost, domination."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo import NotApplicable
from gonogo.jacobian_sparsity.tradeoff import rank_correlation, scale_free_gain, trade_off

COEFFICIENTS, FRACTION, SCORE = [0, 0.1, 1, 10], [0.8, 0.6, 0.3, 0.1], [0.9, 0.92, 0.89, 0.5]


def test_points_are_ordered_and_compared_with_coefficient_zero():
    order = [2, 0, 3, 1]
    curve = trade_off(*([values[n] for n in order] for values in (COEFFICIENTS, FRACTION, SCORE)))

    np.testing.assert_allclose(curve.ratio, [1, 0.75, 0.375, 0.125])
    np.testing.assert_allclose(curve.loss, [0, -0.02, 0.01, 0.4])
    assert curve.dominated.tolist() == [True, False, False, False]
    assert curve.rank_correlation == -1
    assert curve.decades == pytest.approx(2)


def test_the_cheapest_coefficient_that_is_sparse_enough_sets_the_cost():
    curve = trade_off(COEFFICIENTS, FRACTION, SCORE)

    assert curve.cost(0.4).value == pytest.approx(0.01)
    assert curve.cost(0.2).value == pytest.approx(0.4)
    assert curve.cost(0.05) is None
    assert np.isnan(curve.cost(0.4).se)


def test_seeds_are_averaged_and_give_the_error():
    curve = trade_off([0, 0, 1, 1], [0.8, 0.6, 0.3, 0.1], [0.90, 0.92, 0.80, 0.84])

    assert curve.seeds.tolist() == [2, 2]
    np.testing.assert_allclose(curve.score, [0.91, 0.82])
    # Pooled variance of the two pairs: (2·0.01² + 2·0.02²)/2; the difference of two means of two has the same.
    assert curve.score_se == pytest.approx(np.sqrt(0.0005))
    assert curve.cost(0.5).se == pytest.approx(np.sqrt(0.0005))


@given(st.permutations(range(6)))
def test_rank_correlation_is_one_minus_squared_rank_differences(order):
    # Spearman's own formula, without ties.
    expected = 1 - 6 * sum((n - m) ** 2 for n, m in enumerate(order)) / (6 * 35)

    assert rank_correlation(range(6), order) == pytest.approx(expected)


def test_a_constant_has_no_rank_correlation():
    assert rank_correlation([0, 1, 2], [5.0, 5.0, 5.0]) == 0


def test_without_coefficient_zero_there_is_nothing_to_compare_with():
    with pytest.raises(NotApplicable, match="no finished run has coefficient 0; finished: 1, 2"):
        trade_off([1, 2], [0.1, 0.2], [0.9, 0.8])
    with pytest.raises(NotApplicable, match="finished: none"):
        trade_off([], [], [])
    with pytest.raises(NotApplicable, match="coefficient 0 and one without"):
        scale_free_gain([0, 0], [0.2, 0.2], [0.8, 0.8], [3, 3])


def test_the_gain_is_that_of_the_sparsest_run_over_the_mean_of_the_twins():
    gain = scale_free_gain([1, 0, 0.1, 0], [0.6, 0.2, 0.3, 0.22], [0.4, 0.8, 0.7, 0.78], [60, 3, 5, 3])

    assert gain.best == 1
    assert gain.hoyer_gain == pytest.approx(0.39)
    assert gain.spread_ratio == pytest.approx(0.4 / 0.79)
    assert gain.coefficient.tolist() == [0, 0, 0.1, 1]
