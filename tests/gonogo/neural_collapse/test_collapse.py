"""Collapse measures against brute force, closed forms and recorded values; crossings, ends, trends, margins."""

import json
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file

from gonogo import Estimate, NotApplicable, NotEnoughData
from gonogo.curve_operations import Crossing, crossing, drift, ending
from gonogo.neural_collapse import collapse
from gonogo.neural_collapse.collapse import BLOCK, _by_blocks, _on_device
from gonogo.neural_collapse.crossing_lead import lead
from gonogo.neural_collapse.crossing_trend import trend
from gonogo.neural_collapse.curves import CollapseCurves, accuracy_gain, collapse_curves, milestones, sample_size
from gonogo.neural_collapse.margin_comparison import logit_residual, margin_ratio, weakest_margin
from gonogo.neural_collapse.margins import margins, margins_from_logits, smallest_margins

CHECKPOINTS = Path(__file__).parents[3].parent / "shared" / "runs" / "collapse" / "checkpoints" / "wd0.3_s42"


def blobs(seed=0, *, classes=4, dim=6, n=60, spread=0.3, scale=2.0):
    """Features around orthogonal class means, every class present."""
    rng = np.random.default_rng(seed)
    means = np.linalg.qr(rng.standard_normal((dim, dim)))[0][:classes]
    labels = rng.permutation(np.arange(n) % classes)
    return scale * (means[labels] + spread * rng.standard_normal((n, dim)) / math.sqrt(dim)), labels


def by_hand(features, labels):
    """WCV, BCV, mean norm and NC2, one sample at a time."""
    means = np.array([features[labels == c].mean(axis=0) for c in range(labels.max() + 1)])
    within = np.mean([np.sum((h - means[c]) ** 2) for h, c in zip(features, labels, strict=True)])
    between = np.mean([np.sum((means[c] - features.mean(axis=0)) ** 2) for c in labels])
    eigenvalues = np.linalg.eigvalsh((means @ means.T).astype(float))
    scale = np.mean([np.sqrt(np.sum(h**2)) for h in features])
    return within, between, scale, math.sqrt(eigenvalues[-1] / eigenvalues[0])


@given(st.integers(0, 1000), st.floats(0.01, 2.0))
@settings(max_examples=25, deadline=None)
def test_collapse_is_what_the_definition_says(seed, spread):
    features, labels = blobs(seed, spread=spread)
    found = collapse(features, labels)
    within, between, scale, nc2 = by_hand(features, labels)

    assert found[:3] == pytest.approx((within, between, scale), rel=1e-10)
    assert found.nc1_score == pytest.approx(within / (between + 1e-8), rel=1e-10)
    assert found.nc2_score == pytest.approx(nc2, rel=1e-6)
    assert within + between + np.sum(features.mean(axis=0) ** 2) == pytest.approx(np.mean(np.sum(features**2, axis=1)))


@given(st.integers(0, 1000), st.floats(1e-3, 1e3))
@settings(max_examples=25, deadline=None)
def test_collapse_knows_neither_order_nor_rotation_and_its_ratios_no_scale(seed, factor):
    features, labels = blobs(seed)
    rng = np.random.default_rng(seed)
    order, rotation = rng.permutation(len(labels)), np.linalg.qr(rng.standard_normal((6, 6)))[0]
    one, other = collapse(features, labels), collapse(factor * features[order] @ rotation, labels[order])

    assert (other.rnc1, other.separation, other.nc2_score) == pytest.approx(
        (one.rnc1, one.separation, one.nc2_score), rel=1e-4
    )
    assert other.scale_means == pytest.approx(factor * one.scale_means)


def test_variance_far_below_single_precision_stays_positive():
    features, labels = blobs(spread=1e-6, scale=100.0)
    assert 0 < collapse(features, labels).rnc1 == pytest.approx(by_hand(features, labels)[0] / 1e4, rel=1e-3)


def test_ill_conditioned_means_do_not_saturate():
    features = np.diag([1.0, 1e-7])
    assert collapse(features, np.array([0, 1])).nc2_score == pytest.approx(1e7, rel=1e-9)


def test_more_classes_than_dimensions_are_dependent():
    features, labels = blobs(classes=3, dim=3)
    assert collapse(features[:, :2], labels).nc2_score == math.inf


@pytest.mark.parametrize("spread", [0.0, 1e-5, 1.0])
@pytest.mark.parametrize("kind", ["f2", "f4", "f8"])
def test_blocks_of_a_class_join_to_the_whole_in_whatever_order_they_come(kind, spread):
    # Classes longer than a block, drifting from row to row, far from the origin where they do not spread.
    features, labels = blobs(classes=3, dim=8, n=5 * BLOCK, spread=spread, scale=100.0)
    features = (features + spread * np.arange(len(labels))[:, None]).astype(kind)
    exact = features.astype(np.longdouble)

    assert collapse(features, labels)[:3] == pytest.approx([float(v) for v in by_hand(exact, labels)[:3]], rel=1e-10)


def test_samples_that_do_not_spread_have_no_variance_within():
    features, labels = np.full((1000, 40), np.float32(0.1)), np.arange(1000) % 2

    assert collapse(features, labels)[:2] == (0.0, 0.0)


def test_a_device_and_the_host_measure_the_same():
    features, labels = blobs(n=3 * BLOCK, scale=100.0, spread=1e-3)
    one, other = _by_blocks(features, labels), _on_device(features, labels)

    for left, right in zip(one, other, strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", ["float16", "bfloat16", "float32"])
def test_tensors_of_any_width_are_read_as_they_are(name):
    torch = pytest.importorskip("torch")
    features, labels = blobs()
    tensor = torch.from_numpy(features).to(getattr(torch, name)).requires_grad_()

    assert collapse(tensor, torch.from_numpy(labels)) == pytest.approx(
        collapse(tensor.detach().double().numpy(), labels), rel=1e-10
    )


def test_torch_gives_the_same_on_its_own_device():
    torch = pytest.importorskip("torch")
    features, labels = blobs()
    one, other = collapse(features, labels), collapse(torch.from_numpy(features), torch.from_numpy(labels))
    single = collapse(torch.from_numpy(features).float(), torch.from_numpy(labels))

    assert other == pytest.approx(one, rel=1e-12)
    assert single == pytest.approx(one, rel=1e-5)


def test_what_cannot_be_measured_is_named():
    features, labels = blobs()
    with pytest.raises(NotEnoughData, match="none of class 2"):
        collapse(features[labels != 2], labels[labels != 2])
    with pytest.raises(ValueError, match=r"got \(60, 6\) and \(59,\)"):
        collapse(features, labels[:-1])


@pytest.mark.skipif(not CHECKPOINTS.is_dir(), reason="no recorded checkpoints")
@pytest.mark.parametrize("split", ["train", "unseen"])
def test_recorded_features_give_the_recorded_values(split):
    for folder in sorted(CHECKPOINTS.iterdir()):
        arrays = load_file(folder / f"{split}.safetensors")
        reference = json.loads((folder / "reference.json").read_text())
        recorded = reference["splits"][split]["neural_collapse"]["float64_one_batch"]
        found = collapse(arrays["features"], arrays["labels"])._asdict()
        assert found == pytest.approx(recorded, rel=1e-9)
        if split == "train":
            logged = {name: reference["logged_row"][name] for name in recorded}
            assert found == pytest.approx(logged, rel=1e-4)


@pytest.mark.skipif(not CHECKPOINTS.is_dir(), reason="no recorded checkpoints")
def test_recorded_signed_distances_have_the_right_sign_of_the_biases():
    for folder in sorted(CHECKPOINTS.iterdir()):
        a = load_file(folder / "train.safetensors")
        recorded = json.loads((folder / "reference.json").read_text())["splits"]["train"]["signed_distance_0_vs_1"]
        one, other = margins(a["features"], a["labels"], a["weight"], a["bias"]).between(0, 1)
        assert [one.mean(), other.mean()] == pytest.approx(recorded["bias_b1_minus_b2_mean_by_class"], rel=1e-4)


def test_margins_are_distances_to_the_boundary():
    features, labels = blobs(classes=3)
    rng = np.random.default_rng(1)
    weight, bias = rng.standard_normal((3, 6)), rng.standard_normal(3)
    found = margins(features, labels, weight, bias)
    for i, (h, own) in enumerate(zip(features, labels, strict=True)):
        for b in {0, 1, 2} - {own}:
            normal = weight[own] - weight[b]
            distance = (h @ normal + bias[own] - bias[b]) / np.linalg.norm(normal)
            # The foot of the perpendicular lies on the boundary.
            foot = h - distance * normal / np.linalg.norm(normal)
            assert foot @ weight[own] + bias[own] == pytest.approx(foot @ weight[b] + bias[b])
            assert found.values[i, b] == pytest.approx(distance)
    right = np.argmax(features @ weight.T + bias, axis=1) == labels
    np.testing.assert_array_equal(smallest_margins(found) > 0, right)


@given(st.integers(0, 500))
@settings(max_examples=25, deadline=None)
def test_cantelli_bounds_every_sample(seed):
    features, labels = blobs(seed, spread=1.5)
    rng = np.random.default_rng(seed)
    found = margins(features, labels, rng.standard_normal((4, 6)), rng.standard_normal(4))
    assert np.nanmax(found.error - found.bound) <= 1e-12


def test_logits_of_another_bias_are_noticed():
    features, labels = blobs()
    weight, bias = np.random.default_rng(2).standard_normal((4, 6)), np.array([1.0, 0.0, 0.0, -1.0])
    found = margins(features, labels, weight, bias)
    logits = features @ weight.T
    assert logit_residual(found, (logits + bias).astype(np.float32), weight)[0].value < 1e-4
    assert logit_residual(found, logits - bias, weight)[0].value > 0.1
    np.testing.assert_allclose(margins_from_logits(logits + bias, labels, weight).values, found.values)


def test_unseen_margins_compare_with_training_margins():
    features, labels = blobs(spread=0.1, n=400)
    weight = np.array([features[labels == c].mean(axis=0) for c in range(4)])
    train = margins(features, labels, weight, np.zeros(4))
    centre = features.mean(axis=0)
    half = margins(centre + 0.5 * (features - centre), labels, weight, np.zeros(4))
    ratio, _ = margin_ratio(train, half)
    direct = np.nanmean(half.mean) / np.nanmean(train.mean)
    assert ratio.value == pytest.approx(direct, rel=1e-9)
    pair, worst = weakest_margin(half)
    assert worst.value == half.mean[pair]


def test_a_transient_touch_is_no_crossing():
    step, values = np.arange(8), [0, 0, 1, 0, 0, 1, 1, 1]
    assert crossing(step, values, 0.5, sustain=1).step < 2
    assert 4 < crossing(step, values, 0.5, sustain=3).step < 5
    assert not crossing(step, values, 0.5, sustain=4).seen
    assert crossing(step, -np.array(values), -0.5, rising=False).step == crossing(step, values, 0.5).step


def test_rows_that_are_not_finite_leave_a_crossing_where_it_is():
    step, values = np.arange(9.0), np.array([0, 0, 0, np.nan, 1, np.inf, 1, 1, 1])
    known = np.isfinite(values)
    assert crossing(step, values, 0.5) == crossing(step[known], values[known], 0.5)


def test_leads_of_unseen_events_are_bounds():
    early, never = Crossing(99, 9999, 0.1, 0), Crossing(math.nan, 9999, math.nan, 0)
    assert lead(early, never).side == "at least"
    assert lead(early, never).estimate.value == pytest.approx(2)
    assert lead(never, early).side == "at most"
    with pytest.raises(NotEnoughData, match="neither event is seen within 9999 steps"):
        lead(never, never)


def at(*steps, end=1e5):
    return [Crossing(float(step), end, 0.0, 0.0) for step in steps]


def test_trend_is_exact_for_a_full_sweep():
    decay, seed = [0.3, 0.1, 0.03] * 2, ["a"] * 3 + ["b"] * 3
    found = trend(decay, seed, at(10, 100, 1000, 20, 200, 2000))
    assert (found.score, found.pairs) == (6, 6)
    assert found.sooner == pytest.approx(1 / 36)
    assert found.later == pytest.approx(1.0)
    assert found.slope.value == pytest.approx(-2, abs=0.1)


def test_runs_stopped_early_are_compared_with_nothing_later():
    seen, stopped = at(100)[0], Crossing(math.nan, 50.0, math.nan, 0)
    with pytest.raises(NotEnoughData, match="whose order is known"):
        trend([0.3, 0.1], ["a", "a"], [seen, stopped])
    assert trend([0.3, 0.1], ["a", "a"], [at(10)[0], stopped]).pairs == 1


def test_trend_of_nothing_is_rarely_found():
    rng, decay, seed = np.random.default_rng(0), [0.3, 0.1, 0.03] * 3, [s for s in "abc" for _ in range(3)]
    found = [trend(decay, seed, at(*10 ** rng.uniform(1, 4, 9))).sooner for _ in range(300)]
    # Exact p-values: P(p <= 0.05) is at most 0.05; 300 draws give at most 30 with probability 1 - 1e-4.
    assert np.sum(np.array(found) <= 0.05) <= 30


def test_an_end_has_the_scatter_about_its_trend():
    rng = np.random.default_rng(3)
    values = 1 - 0.01 * np.arange(100) + 0.001 * rng.standard_normal(100)
    end = ending(values)
    assert end.value == pytest.approx(1 - 0.97, abs=0.002)
    assert end.se == pytest.approx(0.001 / math.sqrt(5), rel=0.5)
    assert ending(10**values, logarithmic=True).value == pytest.approx(end.value)
    assert math.isinf(ending([*values, math.inf]).value)
    with pytest.raises(NotEnoughData, match="7 rows with finite values, got 5"):
        ending([1.0] * 5)


def test_drift_is_relative_to_the_best_that_lasted():
    values = np.array([9.0] * 10 + [1.0] + [2.0] * 10 + [4.0] * 40)
    assert drift(values, values > 0).value == pytest.approx(math.log10(2))


def test_sample_size_is_read_off_accuracies():
    rng = np.random.default_rng(4)
    assert sample_size(rng.binomial(1000, 0.3, 200) / 1000) == 1000
    assert sample_size((rng.binomial(640, 0.3, 200) / 640).astype(np.float32)) == 640
    assert sample_size(rng.random(50)) is None


def run_of(train, test, rnc1, step=None):
    n = len(train)
    step, ones = np.arange(n) * 100 if step is None else step, np.ones(n)
    return CollapseCurves(step, np.asarray(train), np.asarray(test), np.asarray(rnc1), ones, ones, ones)


def test_milestones_of_a_run_are_where_it_was_built():
    n = np.arange(200)
    run = run_of(np.where(n >= 20, 1.0, 0.1), np.where(n >= 80, 0.9, 0.1), np.where(n >= 50, 0.01, 0.5))
    found = milestones(run, fit=0.95, collapsed=0.1)
    for event, row in ((found.fit, 20), (found.collapse, 50), (found.generalisation, 80)):
        assert run.step[row - 1] < event.step <= run.step[row]
    assert accuracy_gain(run, found.fit, samples=1000).value == pytest.approx(0.8)


def test_a_curve_that_still_rises_has_not_generalised():
    n = np.arange(100)
    run = run_of(np.ones(100), n / 100, np.ones(100))
    assert not milestones(run, fit=0.95, collapsed=0.1).generalisation.seen
    with pytest.raises(NotApplicable, match=r"never stays above 0.95 \(best 0.9\)"):
        milestones(run_of(0.9 * n / 99, n / 100, np.ones(100)), fit=0.95, collapsed=0.1)


def test_curves_that_are_missing_are_named():
    with pytest.raises(NotApplicable, match="the log has no test_accuracy, within_class_variance"):
        collapse_curves([0], {"train_accuracy": [1.0]})


def test_an_estimate_of_a_trend_judges_nothing_by_itself():
    found = trend([1, 10, 100], ["a"] * 3, at(1000, 100, 10))
    assert isinstance(found.slope, Estimate)
    assert all(a.step > b.step for a, b in pairwise(found.crossings))


@pytest.mark.parametrize("layers", [2, 3])
def test_layers_that_weight_decay_balances_keep_a_root_of_the_inputs_condition_number(layers):
    # One direction of the inputs a class: layers of equal strength w, fitted up to the decay's pull.
    strength, decay = np.array([8.0, 4.0, 1.0]), 1e-6
    w = strength ** (-1 / layers)
    for _ in range(50):  # stationary: loss (d w^L - 1)² / 2 + L decay w² / 2
        pull = decay * w / (strength * w ** (layers - 1))
        w = ((1 - pull) / strength) ** (1 / layers)
    features = np.diag(strength * w ** (layers - 1))

    gradient = (strength * w**layers - 1) * strength * w ** (layers - 1) + decay * w
    assert gradient == pytest.approx(0, abs=1e-12)
    assert collapse(features, np.arange(3)).nc2_score == pytest.approx(8 ** (1 / layers), rel=1e-4)
