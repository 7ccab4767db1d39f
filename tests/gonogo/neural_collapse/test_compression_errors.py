"""Compression between checkpoints and along a run: values by hand, standard errors by replication, limits."""

import math

import numpy as np
import pytest
from scipy import stats

from gonogo import NotApplicable, NotEnoughData
from gonogo.curve_operations import Crossing, ending
from gonogo.neural_collapse import collapse
from gonogo.neural_collapse.collapse import BLOCK, _by_blocks
from gonogo.neural_collapse.compression import _reference, compression, thinned
from gonogo.neural_collapse.curves import CollapseCurves
from gonogo.neural_collapse.information_plane import information_plane, nhsic, one_hot
from gonogo.neural_collapse.matched_compression import matched_compression


def checkpoints(seed, sizes=(30, 30)):
    """NHSIC of the batches of two checkpoints, with inputs and with labels."""
    rng = np.random.default_rng(seed)
    means = ((12.0, 2.0), (8.0, 1.5))
    return [
        (x + 0.8 * rng.normal(size=n), y + 0.3 * rng.normal(size=n)) for (x, y), n in zip(means, sizes, strict=True)
    ]


def test_ratios_of_checkpoints_have_the_errors_of_their_replicates():
    found = [matched_compression([0, 1], (pair := checkpoints(seed)), pair) for seed in range(500)]

    for name, wanted in (("fall", 6.5 / 10), ("kept", 0.75)):
        estimates = [getattr(one, name) for one in found]
        assert np.mean([e.value for e in estimates]) == pytest.approx(wanted, rel=0.01)
        assert np.mean([e.se for e in estimates]) == pytest.approx(np.std([e.value for e in estimates]), rel=0.1)
        assert (estimates[0].n, estimates[0].dof) == (30, 29)


def test_ratios_of_checkpoints_are_those_of_means_with_first_order_errors():
    matched, raw = checkpoints(0, (5, 8)), checkpoints(1, (5, 8))
    found = matched_compression([3, 9], matched, raw)
    (d0, e0), (d1, e1) = ((np.mean(x - y), stats.sem(x - y)) for x, y in matched)
    (y0, f0), (y1, f1) = ((np.mean(y), stats.sem(y)) for _, y in matched)

    assert found.fall.value == pytest.approx(d1 / d0)
    assert found.fall.se == pytest.approx(d1 / d0 * math.hypot(e1 / d1, e0 / d0))
    assert found.kept.value == pytest.approx(y1 / y0)
    assert found.kept.se == pytest.approx(y1 / y0 * math.hypot(f1 / y1, f0 / y0))
    assert found.fall.dof == found.kept.dof == 4
    np.testing.assert_allclose(found.difference, [d0, d1])
    np.testing.assert_allclose(found.error, [e0, e1])
    np.testing.assert_allclose(found.raw, [np.mean(x - y) for x, y in raw])
    np.testing.assert_array_equal(found.step, [3, 9])


def test_the_last_checkpoint_is_compared_with_the_largest():
    batches = [(np.array([a, a + w]), np.array([w, 3 * w])) for a, w in ((5.0, 1.0), (9.0, 0.5), (7.0, 2.0))]
    found = matched_compression([0, 1, 2], batches, batches)
    last, top = (7 + 1.0 - 4, 1.0, 4.0, 2.0), (9 + 0.25 - 1, 0.25, 1.0, 0.5)  # difference, its error, labels, theirs

    assert found.fall.value == pytest.approx(last[0] / top[0])
    assert found.fall.se == pytest.approx(last[0] / top[0] * math.hypot(last[1] / last[0], top[1] / top[0]))
    assert found.kept.value == pytest.approx(last[2] / top[2])
    assert found.kept.se == pytest.approx(last[2] / top[2] * math.hypot(last[3] / last[2], top[3] / top[2]))
    with pytest.raises(NotEnoughData):
        matched_compression([0, 1], [(np.ones(2), np.ones(2)), (np.ones(1), np.ones(1))], batches[:2])


def run_of(rnc1, scale):
    ones = np.ones(len(scale))
    return CollapseCurves(np.arange(len(scale)) * 10, ones, ones, np.asarray(rnc1), ones, ones, np.asarray(scale))


def test_a_run_is_compared_with_its_largest_difference_after_the_fit():
    n = 40
    rng = np.random.default_rng(2)
    zx, zy = 20 + rng.normal(size=n), 5 + 0.1 * rng.normal(size=n)
    zx[3], zx[20], zx[30] = 90.0, math.nan, math.inf
    scale = np.linspace(4, 2, n)
    found = compression(run_of(np.geomspace(1, 0.1, n), scale), zx, zy, Crossing(100.0, 390.0, 0.0, 0.9))
    kept = [i for i in range(10, n) if i not in (20, 30)]
    difference = (zx - zy)[kept]
    end = ending(difference, rows=5)

    np.testing.assert_array_equal(found.step, np.array(kept) * 10)
    np.testing.assert_allclose(found.difference, difference)
    assert found.fall.value == pytest.approx(end.value / difference.max())
    assert found.fall.se == pytest.approx(end.se / difference.max())
    labels = ending(zy[kept], rows=5)
    assert found.kept.value == pytest.approx(labels.value / zy[kept][found.reference])
    assert found.kept.se == pytest.approx(labels.se / zy[kept][found.reference])
    assert found.shrinkage == pytest.approx(scale[kept][found.reference] / scale[-5:].mean())


def test_ten_rows_are_a_run_and_nine_are_not():
    def run(n):
        return run_of(np.geomspace(1, 0.1, n), np.linspace(2, 1, n))

    fit = Crossing(0.0, 90.0, 0.0, 0.9)
    assert compression(run(10), np.linspace(9, 5, 10), np.ones(10), fit).fall.value == pytest.approx(
        40 / 9 / 8 + 1 / 18
    )
    with pytest.raises(NotApplicable, match="never positive"):
        compression(run(10), np.ones(10), np.ones(10), fit)
    assert compression(run(10), np.full(10, 1.5), np.ones(10), fit).fall.value == pytest.approx(1)
    with pytest.raises(NotEnoughData, match="got 9"):
        compression(run(9), np.linspace(9, 5, 9), np.ones(9), fit)


@pytest.mark.parametrize(
    ("scale", "row"),
    [
        ([5, 4, 1.04, 1, 1, 1, 1, 1], 2),
        ([5, 4, 3, 2, 1, 1, 1, 1], 0),  # the second half is the end itself
        ([1.11, 1.0, 3, 3, 1, 1, 1, 1], 1),
        ([0.91, 1.0, 3, 3, 1, 1, 1, 1], 0),
        ([0.89, 1.0, 3, 3, 1, 1, 1, 1], 1),
        ([1.0], 0),
    ],
)
def test_the_reference_is_the_first_row_of_the_first_half_with_the_final_scale(scale, row):
    found, shrinkage = _reference(np.array(scale, float), 3, 0.1)

    assert found == row
    assert shrinkage == pytest.approx(scale[row])


def test_rows_are_averaged_over_equal_spans_of_log_step():
    step = np.array([0, 1, 2, 5, 9, 20, 50, 99])
    values = np.arange(8.0)
    log = np.log(step + 1)
    for spans in (2, 3, 4, 7):
        edges = np.linspace(log[0], log[-1], spans + 1)
        place = [next(k for k in range(spans) if x <= edges[k + 1] + 1e-12) for x in log]
        wanted = [values[np.array(place) == k].mean() for k in sorted(set(place))]
        np.testing.assert_allclose(thinned(step, values, spans=spans)[0], wanted)
    assert len(thinned(np.expm1(np.linspace(0, 9, 400)), np.ones(400))[0]) == 30


def test_the_association_is_that_of_the_residuals_of_parabolas_in_the_scale():
    rng, n = np.random.default_rng(3), 60
    scale = np.exp(rng.normal(size=n))
    rnc1 = np.exp(-0.5 + 0.3 * np.log(scale) + 0.2 * rng.normal(size=n))
    difference = 20 + 5 * rnc1 + np.log(scale) ** 2 + 0.5 * rng.normal(size=n)
    run = run_of(rnc1, scale)
    found = compression(run, difference + 1, np.ones(n), Crossing(0.0, 590.0, 0.0, 0.9)).association
    x, y, given = thinned(run.step, difference, rnc1, np.log(scale))
    residual = [v - np.polyval(np.polyfit(given, v, 2), given) for v in (x, y)]

    assert found.value == pytest.approx(np.corrcoef(*residual)[0, 1])
    assert 0.3 < found.value < 0.98


@pytest.mark.parametrize("sizes", [(1, 2, 700), (BLOCK, BLOCK + 1, 2 * BLOCK - 1)])
def test_unbalanced_classes_weigh_as_many_samples_as_they_have(sizes):
    rng = np.random.default_rng(4)
    labels = rng.permutation(np.repeat(np.arange(3), sizes))
    h = rng.normal(size=(sum(sizes), 4)) + 3 * np.eye(3, 4)[labels] + 5
    found = collapse(h, labels)
    means = np.array([h[labels == c].mean(axis=0) for c in range(3)])
    values = np.linalg.svd(means, compute_uv=False)

    assert found.within_class_variance == pytest.approx(np.mean(np.sum((h - means[labels]) ** 2, axis=1)))
    assert found.between_class_variance == pytest.approx(np.mean(np.sum((means[labels] - h.mean(axis=0)) ** 2, axis=1)))
    assert found.scale_means == pytest.approx(np.mean(np.linalg.norm(h, axis=1)))
    assert found.nc2_score == pytest.approx(values[0] / values[-1])
    assert found.rnc1 == pytest.approx(found.within_class_variance / found.scale_means**2)
    assert found.separation == pytest.approx(found.between_class_variance / found.scale_means**2)
    np.testing.assert_allclose(_by_blocks(h, labels)[0], means)


def test_as_many_classes_as_dimensions_may_be_independent():
    assert collapse(np.eye(3), np.arange(3)).nc2_score == pytest.approx(1)
    assert collapse(np.array([[1.0, 0], [0, 1], [1, 1]]), np.arange(3)).nc2_score == math.inf
    assert collapse(np.array([[1.0, 0], [1, 0]]), np.arange(2)).nc2_score == math.inf


@pytest.mark.parametrize(("n", "batches"), [(99, 0), (100, 1), (199, 1), (200, 2)])
def test_a_batch_that_is_not_full_is_left_out(n, batches):
    rng = np.random.default_rng(5)
    z, x, y = rng.normal(size=(n, 2)), rng.normal(size=(n, 3)), rng.integers(4, size=n)
    zx, zy = information_plane(z, x, y, classes=4)

    assert len(zx) == len(zy) == batches
    if batches == 2:
        assert zx[1] == pytest.approx(nhsic(z[100:], x[100:]))
        assert zy[0] == pytest.approx(nhsic(z[:100], one_hot(y[:100], 4), kernel="linear"))
