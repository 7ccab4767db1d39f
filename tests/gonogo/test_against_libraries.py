"""Hold our own statistics against those of libraries that are too slow to import in a gate."""

import numpy as np
import pytest
from scipy import stats

from gonogo import regression
from gonogo.entropy_change import pareto_k
from gonogo.jacobian_sparsity.tradeoff import rank_correlation


@pytest.mark.parametrize("seed", range(5))
def test_discoveries_are_those_of_scipy(seed):
    p = np.random.default_rng(seed).beta(0.4, 3, 40)
    threshold = regression.benjamini_hochberg(p, rate=0.05)

    np.testing.assert_array_equal(p <= threshold, stats.false_discovery_control(p) <= 0.05)


@pytest.mark.parametrize("seed", range(5))
def test_welch_is_that_of_scipy(seed):
    rng = np.random.default_rng(seed)
    one, other = rng.normal(0, 1, 5), rng.normal(0.8, 3, 7)
    found = regression.welch(one, other)
    wanted = stats.ttest_ind(other, one, equal_var=False)

    assert found.value / found.se == pytest.approx(wanted.statistic, rel=1e-9)
    assert found.dof == pytest.approx(wanted.df, rel=1e-9)


@pytest.mark.parametrize("ties", [False, True])
def test_rank_correlation_is_that_of_scipy(ties):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=30), rng.normal(size=30)
    y = np.round(y) if ties else y

    assert rank_correlation(x, y) == pytest.approx(stats.spearmanr(x, y).statistic, rel=1e-9)


def test_the_tail_of_weights_is_that_of_arviz():
    arviz = pytest.importorskip("arviz_stats.base", reason="the oracle is not installed")
    for seed in range(5):
        log_weights = np.random.default_rng(seed).standard_t(4, 4000)
        _, k = arviz.array_stats.psislw(-log_weights)  # which takes likelihoods, the reciprocals of these weights
        assert pareto_k(log_weights) == pytest.approx(float(k), rel=1e-9)
