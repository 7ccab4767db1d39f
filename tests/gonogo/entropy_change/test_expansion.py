"""Test `gonogo.entropy_change.expansion` against brute force, exact derivatives and the recorded runs."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo import NotApplicable, NotEnoughData, entropy_change
from gonogo.entropy_change import noise as entropy_noise

RUNS = Path(__file__).parents[3].parent / "shared" / "runs" / "entropy"
recorded = pytest.mark.skipif(not RUNS.exists(), reason="the recorded runs are not beside this checkout")


def batch(seed=0, n=40, size=0.3):
    """Log-weights, entropies after and before, and tokens of n sequences."""
    rng = np.random.default_rng(seed)
    tokens = rng.integers(5, 40, n).astype(float)
    h_base = tokens * rng.uniform(0.5, 1.5, n)
    return rng.normal(0, size, n), h_base * rng.uniform(0.9, 1.1, n), h_base, tokens


seeds = st.integers(0, 1000)


def test_the_true_change_is_the_ratio_of_weighted_sums():
    logw, h_new, h_base, tokens = batch()
    w = np.exp(logw)

    change = entropy_change.true_change(logw, h_new, h_base, tokens)

    assert change.estimate.value == pytest.approx((w @ h_new) / (w @ tokens) - h_base.sum() / tokens.sum(), rel=1e-12)
    assert change.contributions.sum() == pytest.approx(change.estimate.value, rel=1e-10)
    assert change.influence.sum() == pytest.approx(0, abs=1e-12)


def test_influence_is_the_derivative_by_a_samples_multiplicity():
    arrays = batch()
    logw, h_new, h_base, tokens = arrays
    influence = entropy_change.true_change(*arrays).influence

    def with_multiplicity(i, m):
        c = np.ones_like(tokens)
        c[i] = m
        w = np.exp(logw) * c
        return (w @ h_new) / (w @ tokens) - (c @ h_base) / (c @ tokens)

    for i in (0, 7, 39):
        numeric = (with_multiplicity(i, 1 + 1e-5) - with_multiplicity(i, 1 - 1e-5)) / 2e-5
        assert influence[i] == pytest.approx(numeric, rel=1e-6)


def test_paired_standard_errors_agree_with_the_bootstrap():
    rng = np.random.default_rng(1)
    logw, h_new, h_base, tokens = batch(n=300)
    score, gdotv = rng.normal(size=300), rng.normal(0.0, 1e-3, 300)
    parts = gdotv * tokens.sum() + h_base.sum() / tokens.sum() * tokens * score  # before the correction -H T J
    got = entropy_change.expansion(
        [1.0], logw[None], h_new[None], h_base[None], tokens[None], slope=gdotv.sum(), gdotv=gdotv, score=score
    )
    draws = []
    for _ in range(2000):
        c = np.bincount(rng.integers(0, 300, 300), minlength=300)
        w = np.exp(logw) * c
        total, entropy = c @ tokens, (c @ h_base) / (c @ tokens)
        true = (w @ h_new) / (w @ tokens) - entropy
        draws.append(true - (c @ parts - entropy * (c @ (tokens * score))) / total)

    assert got.linear_gap_se[0] == pytest.approx(np.std(draws), rel=0.08)  # 2000 draws: 1.6 % each, five of them


def test_the_plugin_slope_is_the_derivative_of_the_true_change():
    rng = np.random.default_rng(2)
    _, _, h_base, tokens = batch()
    score, h_prime = rng.normal(size=40), rng.normal(size=40)

    def change(eta):
        return entropy_change.true_change(eta * score, h_base + eta * h_prime, h_base, tokens).estimate.value

    slope = entropy_change.plugin_slope(h_prime, score, h_base, tokens)
    assert slope == pytest.approx((change(1e-5) - change(-1e-5)) / 2e-5, rel=1e-7)


@given(seeds)
def test_the_order_of_sequences_does_not_matter(seed):
    arrays = batch(seed)
    order = np.random.default_rng(seed).permutation(40)
    one, other = (entropy_change.true_change(*a).estimate for a in (arrays, [x[order] for x in arrays]))

    assert other.value == pytest.approx(one.value, rel=1e-9, abs=1e-13)
    assert other.se == pytest.approx(one.se, rel=1e-9)


@given(seeds, st.integers(1, 5))
def test_sequences_without_tokens_change_nothing(seed, padding):
    logw, h_new, h_base, tokens = batch(seed)
    padded = (np.append(a, np.zeros(padding)) for a in (logw, h_new, h_base, tokens))

    assert entropy_change.true_change(*padded).estimate.value == pytest.approx(
        entropy_change.true_change(logw, h_new, h_base, tokens).estimate.value, rel=1e-9, abs=1e-13
    )


@given(seeds, st.floats(-3, 3))
def test_a_constant_in_the_log_weights_cancels(seed, constant):
    logw, *rest = batch(seed)

    assert entropy_change.true_change(logw + constant, *rest).estimate.value == pytest.approx(
        entropy_change.true_change(logw, *rest).estimate.value, rel=1e-9, abs=1e-13
    )


@given(seeds)
def test_single_precision_input_is_accepted(seed):
    arrays = batch(seed)
    single = entropy_change.true_change(*(a.astype(np.float32) for a in arrays)).estimate

    assert single.value == pytest.approx(entropy_change.true_change(*arrays).estimate.value, abs=1e-5)


@settings(max_examples=25)
@given(seeds, st.floats(1e-3, 1e3))
def test_step_and_direction_scale_against_each_other(seed, factor):
    logw, h_new, h_base, tokens = (a[None] for a in batch(seed))
    rng = np.random.default_rng(seed)
    gdotv, vhvv = rng.normal(size=(2, 40))

    def gaps(c):
        x = entropy_change.expansion(
            [0.1 / c], logw, h_new, h_base, tokens, slope=gdotv.sum() * c, curvature=vhvv.sum() * c**2,
            gdotv=gdotv * c, vhvv=vhvv * c**2,
        )  # fmt: skip
        return x.linear, x.linquad, x.linear_gap_se, x.linquad_gap_se

    for one, other in zip(gaps(1.0), gaps(factor), strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-9)


def test_the_noise_floor_is_recovered_from_noisy_passes():
    rng = np.random.default_rng(3)
    n, sigma, sigma_h = 4000, 0.01, 0.008
    _, _, h_base, tokens = batch(n=n)
    score, h_prime = rng.normal(size=n), rng.normal(size=n)
    eta = np.array([1e-4, 2e-4, 4e-4])
    passes = rng.normal(0, sigma, (4, n))
    entropies = rng.normal(0, sigma_h, (4, n))
    logw = eta[:, None] * score + passes[1:] - passes[0]
    h = h_base + entropies[0]
    h_new = h_base + eta[:, None] * h_prime + entropies[1:]
    floor = entropy_noise.noise_floor(eta, logw, h_new, np.tile(h, (3, 1)), np.tile(tokens, (3, 1)))

    assert floor.log_prob == pytest.approx(sigma, rel=0.05)
    assert floor.entropy == pytest.approx(sigma_h, rel=0.05)
    slope = entropy_change.plugin_slope(h_prime, score, h_base, tokens)
    spread = [
        entropy_change.true_change(
            rng.normal(0, sigma, n) - rng.normal(0, sigma, n), h_base + rng.normal(0, sigma_h, n),
            h_base + rng.normal(0, sigma_h, n), tokens,
        ).estimate.value for _ in range(400)
    ]  # fmt: skip
    assert floor.change == pytest.approx(np.std(spread), rel=0.15)
    assert np.isfinite(slope)


def test_no_doubled_step_no_noise_floor():
    arrays = [np.tile(a, (2, 1)) for a in batch()]
    with pytest.raises(NotApplicable, match="one is twice the other"):
        entropy_noise.noise_floor([0.1, 0.3], *arrays)


def test_a_change_below_the_noise_asks_for_larger_steps():
    floor = entropy_noise.NoiseFloor(0.01, 0.01, 1.0)
    with pytest.raises(NotEnoughData, match="steps of at least 5 would"):
        entropy_noise.slope_residual([0.1, 0.2], [0.2, 0.4], 2.0, floor, [True, True])


def test_a_step_that_was_not_taken_is_named():
    with pytest.raises(ValueError, match=r"eta must be one of \[0.1, 0.2\], got 0.3"):
        entropy_change.step([0.1, 0.2], 0.3)


def arrays_of(name):
    """Arrays of a recorded run, read with the standard library only."""
    document = json.loads((RUNS / name / "results.json").read_text("utf-8"))
    entries, approx = document["true"]["entries"], document["approx"]
    keys = ("log_weights", "h_new", "h_base", "token_counts")
    logw, h_new, h_base, tokens = (np.array([e["diagnostics"][key] for e in entries], float) for key in keys)
    extras = [s["extras"] for s in approx["per_sequence"]]
    mean = approx["per_sequence_meta"]["H_base_mean"]
    score = -np.array([e["denom_corr_unscaled"] for e in extras]) / mean / tokens[0]
    return {
        "eta": np.array([e["eta"] for e in entries]), "log_weights": logw, "h_new": h_new, "h_base": h_base,
        "tokens": tokens, "slope": approx["delta_h_per_lr"], "quadratic_slope": approx["quadratic"]["gdotv"],
        "curvature": approx["quadratic"]["vHvv"], "gdotv": np.array([s["gdotv"] for s in approx["per_sequence"]]),
        "vhvv": np.array([s["vhvv"] for s in approx["per_sequence"]]), "score": score,
    }, np.array([e["jH_sum"] for e in extras])  # fmt: skip


# linear over true and lin+quad over true in order of the step, then per unit step at 3.2e-6: true and its standard
# error, standard error of the difference, z, and the plug-in slope: from an independent analysis of the same files.
TABLE = {
    "E_256/run_01": ([0.51, 0.58, 0.76, 0.72, 0.76], [0.52, 0.59, 0.79, 0.78, 0.89], -413, 165, 353, -0.28, -403),
    "E_256/run_02": ([3.14, 2.15, 2.66, 1.89, 1.84], [3.13, 2.14, 2.64, 1.86, 1.78], -279, 178, 447, 1.04, -382),
    "E_256/run_03": ([0.78, 0.78, 0.76, 0.77, 0.77], [0.77, 0.76, 0.74, 0.72, 0.65], -785, 242, 458, -0.41, -697),
    "E_256/run_04": ([789, 4.25, 6.01, 4.60, 5.32], [787, 4.22, 5.93, 4.47, 5.01], -115, 224, 482, 1.20, -178),
    "E_512/run_01": ([0.63, 1.12, 1.06, 1.09, 1.02], [0.64, 1.12, 1.07, 1.12, 1.07], -571, 108, 201, 0.16, -564),
}


@recorded
@pytest.mark.parametrize("name", TABLE)
def test_ratios_and_paired_errors_of_the_recorded_runs(name):
    arrays, h_prime = arrays_of(name)
    linear, linquad, true, true_se, gap_se, z, slope = TABLE[name]
    got = entropy_change.expansion(**arrays)
    eta = got.eta[2]

    np.testing.assert_allclose(got.linear / got.true, linear, atol=0.006, rtol=1e-3)
    np.testing.assert_allclose(got.linquad / got.true, linquad, atol=0.006, rtol=1e-3)
    assert got.true[2] / eta == pytest.approx(true, abs=1)
    assert got.true_se[2] / eta == pytest.approx(true_se, rel=0.01)
    assert got.linear_gap_se[2] / eta == pytest.approx(gap_se, rel=0.01)
    assert (got.true[2] - got.linear[2]) / got.linear_gap_se[2] == pytest.approx(z, abs=0.01)
    s = entropy_change.plugin_slope(h_prime, arrays["score"], arrays["h_base"][0], arrays["tokens"][0])
    assert s == pytest.approx(slope, abs=1)


@recorded
def test_the_recorded_change_follows_from_the_arrays():
    for name in TABLE:
        arrays, _ = arrays_of(name)
        document = json.loads((RUNS / name / "results.json").read_text("utf-8"))
        reported = [entry["delta_h_true"] for entry in document["true"]["entries"]]
        np.testing.assert_allclose(entropy_change.expansion(**arrays).true, reported, atol=1e-15)


@recorded
def test_every_expansion_attribute_is_finite_on_recorded_runs():
    expansion = entropy_change.expansion(**arrays_of("E_512/run_01")[0])

    for field in dataclasses.fields(expansion):
        assert np.all(np.isfinite(getattr(expansion, field.name))), field.name
