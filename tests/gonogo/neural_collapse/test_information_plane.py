"""nHSIC against its definition and recorded values; compression told apart from shrinking."""

import json
import math
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file

from gonogo import NotApplicable, NotEnoughData
from gonogo.neural_collapse.compression import compression, partial_correlation, thinned
from gonogo.neural_collapse.curves import CollapseCurves, fitting
from gonogo.neural_collapse.information_plane import information_plane, nhsic, one_hot, unit_scale
from gonogo.neural_collapse.matched_compression import matched_compression

CHECKPOINTS = Path(__file__).parents[3].parent / "shared" / "runs" / "collapse" / "checkpoints"


def brute(z, x, *, linear=False, symmetric=False, ridge=1e-5):
    """tr(R_z R_x) with the n x n x d tensor of differences and matrix inverses."""
    n = len(z)
    centre = np.eye(n) - 1 / n

    def kernel(a):
        return np.exp(-np.sum((a[:, None] - a[None]) ** 2, axis=2) / (2 * 25 * a.shape[1]))

    def operator(k):
        return k @ np.linalg.inv(k + ridge * n * np.eye(n))

    left = centre if symmetric else np.eye(n)
    other = x @ x.T if linear else left @ kernel(x) @ centre
    return np.trace(operator(left @ kernel(z) @ centre) @ operator(other))


def batch(seed, n=30, dim=5):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, dim))
    return np.tanh(x @ rng.standard_normal((dim, 4))), x, rng.permutation(np.arange(n) % 3)


@given(st.integers(0, 1000), st.floats(0.1, 30))
@settings(max_examples=25, deadline=None)
def test_nhsic_is_its_definition(seed, scale):
    z, x, y = batch(seed)
    assert nhsic(scale * z, x) == pytest.approx(brute(scale * z, x), rel=1e-7)
    assert nhsic(scale * z, x) == pytest.approx(brute(scale * z, x, symmetric=True), rel=1e-7)
    labels = np.eye(3)[y]
    assert nhsic(scale * z, labels, kernel="linear") == pytest.approx(brute(scale * z, labels, linear=True), rel=1e-7)


@given(st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_nhsic_knows_neither_order_nor_place_nor_rotation(seed):
    z, x, _ = batch(seed)
    rng = np.random.default_rng(seed)
    order, rotation = rng.permutation(len(z)), np.linalg.qr(rng.standard_normal((4, 4)))[0]
    assert nhsic(z[order] @ rotation + 7, x[order]) == pytest.approx(nhsic(z, x), rel=1e-7)


def test_nhsic_counts_the_points_that_it_tells_apart():
    z, x, y = batch(0)
    assert nhsic(1e3 * z, 1e3 * x) == pytest.approx(len(z) - 1, rel=1e-3)
    assert nhsic(1e3 * np.eye(3)[y], 1e3 * x) == pytest.approx(2, rel=1e-3)
    assert nhsic(np.zeros_like(z), x) == pytest.approx(0, abs=1e-12)


def test_shrinking_takes_it_down_and_one_scale_brings_it_back():
    z, x, _ = batch(1)
    assert nhsic(0.01 * z, x) < 0.5 * nhsic(z, x)
    assert nhsic(unit_scale(0.01 * z), x) == pytest.approx(nhsic(unit_scale(z), x), rel=1e-9)


def test_torch_gives_the_same_and_accepts_single_precision():
    torch = pytest.importorskip("torch")
    z, x, y = batch(2)
    tz, tx, ty = (torch.from_numpy(a) for a in (z, x, y))
    for one, other in zip(
        information_plane(tz, tx, ty, classes=3, batch=10), information_plane(z, x, y, classes=3, batch=10), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-8)
    assert nhsic(tz.float(), tx.float()) == pytest.approx(nhsic(z, x), rel=1e-3)
    np.testing.assert_allclose(unit_scale(tz).numpy(), unit_scale(z))
    assert one_hot(ty, 3).sum() == len(y)


def test_what_does_not_fit_is_named():
    z, x, _ = batch(3)
    with pytest.raises(ValueError, match="one batch, got 30 and 29 rows"):
        nhsic(z, x[1:])
    with pytest.raises(ValueError, match="gaussian or linear, got 'cubic'"):
        nhsic(z, x, kernel="cubic")


@pytest.mark.skipif(not CHECKPOINTS.is_dir(), reason="no recorded checkpoints")
@pytest.mark.parametrize("split", ["train", "unseen"])
def test_recorded_features_give_the_recorded_values(split):
    inputs = load_file(CHECKPOINTS / f"inputs_{split}.safetensors")["inputs"]
    for folder in sorted((CHECKPOINTS / "wd0.3_s42").iterdir()):
        arrays = load_file(folder / f"{split}.safetensors")
        recorded = json.loads((folder / "reference.json").read_text())["splits"][split]["nhsic"]["float64_batch100"]
        zx, zy = information_plane(arrays["features"], inputs, arrays["labels"], classes=10)
        np.testing.assert_allclose(zx, recorded["zx_per_batch"], rtol=1e-9)
        np.testing.assert_allclose(zy, recorded["zy_per_batch"], rtol=1e-9)


def test_memory_is_that_of_the_gram_matrix():
    n, dim = 600, 3000
    z = np.random.default_rng(0).standard_normal((n, 2))
    x = np.random.default_rng(1).standard_normal((n, dim))
    tracemalloc.start()
    nhsic(z, x)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # The tensor of differences alone would be 8 n n d = 8.6 GB.
    assert peak < 40 * 8 * n * n + 8 * 8 * n * dim


def curve(rnc1, scale, n=80):
    ones = np.ones(n)
    return CollapseCurves(np.arange(n) * 100, ones, ones, rnc1, ones, ones, scale)


def test_contraction_is_compression_and_shrinking_is_not():
    n = 80
    rng = np.random.default_rng(5)
    fall = 1 / (1 + np.exp((np.arange(n) - 30) / 4))
    steady = 10 * np.exp(0.01 * rng.standard_normal(n))
    noise = np.exp(0.03 * rng.standard_normal(n))
    true = curve((0.01 + 0.5 * fall) * noise, steady)
    found = compression(true, 9 + 40 * fall, np.full(n, 9.0), fitting(true, 0.95))
    assert found.association.value > 0.9
    assert found.fall.value < 0.01
    assert found.kept.value == pytest.approx(1)
    shrinking = 10 ** (1 - np.arange(n) / n)
    false = curve(0.5 * noise, shrinking)
    found = compression(false, 9 + 40 * (shrinking - 1) / 9, np.full(n, 9.0), fitting(false, 0.95))
    assert found.fall.value < 0.1
    assert abs(found.association.value) < 0.5
    assert found.shrinkage > 3


def test_labels_are_compared_where_the_scale_was_the_same():
    n = 80
    scale = np.concatenate([np.geomspace(10, 1, n // 2), np.geomspace(1, 5, n // 2)])
    labels = np.linspace(8, 6, n)
    run = curve(np.geomspace(1, 0.01, n), scale)
    found = compression(run, labels + np.geomspace(40, 1, n), labels, fitting(run, 0.95))
    assert found.scale[found.reference] == pytest.approx(scale[-5:].mean(), rel=0.1)
    assert found.shrinkage == pytest.approx(1, abs=0.1)


def test_compression_that_cannot_be_asked_says_why():
    run = curve(np.ones(80), np.ones(80))
    with pytest.raises(NotApplicable, match="never positive"):
        compression(run, np.zeros(80), np.ones(80), fitting(run, 0.95))
    with pytest.raises(NotEnoughData, match="10 rows after the fit, got 0"):
        compression(run, np.full(80, np.nan), np.ones(80), fitting(run, 0.95))


def test_partial_correlation_removes_what_the_third_explains():
    rng = np.random.default_rng(6)
    given_, a, b = rng.standard_normal((3, 4000))
    assert partial_correlation(3 * given_ + a, 3 * given_ + b, given_).value == pytest.approx(
        0, abs=4 / math.sqrt(4000)
    )
    assert partial_correlation(given_ + a, a, given_).value == pytest.approx(1, abs=1e-9)
    assert math.isnan(partial_correlation(np.ones(10), a[:10], given_[:10]).value)


def test_thinning_weighs_decades_equally():
    step = np.concatenate([np.arange(10), np.arange(10, 1000)])
    assert len(thinned(step, step, spans=3)[0]) == 3


def test_checkpoints_compare_with_their_errors():
    rng = np.random.default_rng(7)
    zx = [10 + rng.standard_normal(50), 5 + rng.standard_normal(50)]
    zy = [np.zeros(50) + 2, np.zeros(50) + 2]
    found = matched_compression([0, 100], list(zip(zx, zy, strict=True)), list(zip(zx, zy, strict=True)))
    expected = (zx[1] - 2).mean() / (zx[0] - 2).mean()
    assert found.fall.value == pytest.approx(expected)
    # First-order error of a ratio of means, each with variance 1/50.
    assert found.fall.se == pytest.approx(math.hypot(1, expected) / 8 / math.sqrt(50), rel=0.25)
    with pytest.raises(NotEnoughData, match="2 checkpoints"):
        matched_compression([0], [(zx[0], zy[0])], [(zx[0], zy[0])])


def test_the_error_of_a_partial_correlation_is_what_noise_of_the_series_makes_of_it():
    rng, at = np.random.default_rng(4), np.linspace(0, 1, 30)
    noise = np.stack([0.02 + 0.05 * at, np.full(30, 0.03)])
    x, y, given_ = 1 / (1 + np.exp(20 * (at - 0.4))), 1 / (1 + np.exp(15 * (at - 0.5))), 2 - at
    found = [
        partial_correlation(*(np.stack([x, y]) + noise * rng.standard_normal((2, 30))), given_, variance=noise**2)
        for _ in range(400)
    ]

    spread = np.std([each.value for each in found])
    assert np.sqrt(np.mean([each.se**2 for each in found])) == pytest.approx(spread, rel=0.15)


def test_the_error_of_the_association_is_that_of_noisier_logs():
    rng, n = np.random.default_rng(6), 200
    fall, found = 1 / (1 + np.exp((np.arange(n) - 70) / 8)), []
    for _ in range(150):
        run = curve((0.01 + 0.5 * fall) * np.exp(0.03 * rng.standard_normal(n)), np.linspace(10, 9, n), n)
        measured = 9 + 4 * np.roll(fall, 8) * np.linspace(1, 0.7, n) + 0.2 * rng.standard_normal(n)
        found.append(compression(run, measured, np.full(n, 9.0), fitting(run, 0.95)).association)

    spread = np.std([each.value for each in found])
    assert np.sqrt(np.mean([each.se**2 for each in found])) == pytest.approx(spread, rel=0.35)
