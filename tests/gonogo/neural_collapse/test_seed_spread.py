"""Seeds of one setting: their common grid, their band, and how far their ends lie apart."""

import math

import numpy as np
import pytest

from gonogo import NotEnoughData
from gonogo.neural_collapse.seed_spread import band, common_grid, seed_spread


def test_seeds_meet_on_the_steps_they_share():
    grid, rows, kept = common_grid([[0, 10, 20, 30], [10, 20, 40]])
    assert grid.tolist() == [10, 20]
    assert [row.tolist() for row in rows] == [[1, 2], [0, 1]]
    assert kept == 0.5


def test_one_bad_value_costs_one_row_of_one_curve():
    steps = [np.arange(5)] * 3
    curves = np.arange(15.0).reshape(3, 5)
    curves[0, 2] = np.inf
    found = band(steps, list(curves))
    np.testing.assert_allclose(found.mean, [5, 6, 9.5, 8, 9])
    assert np.isfinite(found.low).tolist() == [True, True, False, True, True]


def test_spread_over_seeds_names_the_odd_one():
    curves = [np.full(20, 0.01), np.full(20, 0.011), np.full(20, 1.0)]
    found = seed_spread([np.arange(20)] * 3, curves)
    assert found.odd == 2
    assert found.spread.value == pytest.approx(np.std([-2, math.log10(0.011), 0], ddof=1))
    with pytest.raises(NotEnoughData, match="needs 3 complete runs of one setting, got 2"):
        seed_spread([np.arange(20)] * 2, curves[:2])


def test_the_error_of_the_spread_over_seeds_is_that_of_their_ends():
    rng, found = np.random.default_rng(9), []
    for _ in range(400):
        noise = 10 ** (0.05 * rng.standard_normal((3, 40)))
        found.append(seed_spread([np.arange(40)] * 3, list(np.array([[0.01], [0.02], [0.05]]) * noise)).spread)

    spread = np.std([each.value for each in found])
    assert np.sqrt(np.mean([each.se**2 for each in found])) == pytest.approx(spread, rel=0.15)
