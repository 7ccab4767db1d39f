"""Test scale-free sparsity by closed forms, invariances, and what a shrunk Jacobian must not achieve."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.gate.discover import discover
from fixtures.kinds import kind_named, sae_pair
from fixtures.kinds.jacobian_histogram.control import dense, rescaled, sample, sparse
from gonogo import Estimate, NotEnoughData
from gonogo import jacobian_sparsity as histograms
from gonogo import jacobian_sparsity as measures

RUNS = Path(__file__).parents[3].parent / "shared" / "runs" / "jacobian"
TWIN, SPARSE = (
    sample(f"sae_pair_toy_layer1_256_J{c}_k8", law, n) for n, (c, law) in enumerate([("0", dense), ("1", sparse)])
)


def histogram_of(record):
    return histograms.histogram(record.counts, record.edges, tokens=record.tokens, k=record.k)


@pytest.mark.parametrize(
    ("draw", "spread", "kurtosis"),
    [("normal", math.sqrt(2 / math.pi), 3.0), ("laplace", math.sqrt(0.5), 6.0)],
)
def test_known_laws_have_their_textbook_values(draw, spread, kurtosis):
    jacobian = getattr(np.random.default_rng(0), draw)(size=(40, 200, 200))

    found = measures.sparsity(jacobian)

    assert found.spread.mean() == pytest.approx(spread, rel=2e-3)
    assert found.kurtosis.mean() == pytest.approx(kurtosis, rel=2e-2)
    # Hoyer = √n (1 - spread)/(√n - 1)
    np.testing.assert_allclose(found.hoyer, 200 / 199 * (1 - found.spread), rtol=1e-9)


@given(st.integers(0, 10_000), st.sampled_from([1e-200, 1e-3, -7.0, 1e150]))
@settings(max_examples=25, deadline=None)
def test_no_factor_changes_what_is_free_of_scale(seed, factor):
    jacobian = np.random.default_rng(seed).laplace(size=(3, 4, 4))

    one, other = measures.sparsity(jacobian), measures.sparsity(factor * jacobian)

    for name in ("spread", "hoyer", "kurtosis"):
        np.testing.assert_allclose(getattr(other, name), getattr(one, name), rtol=1e-9)
    np.testing.assert_allclose(other.l1, abs(factor) * one.l1)
    np.testing.assert_allclose(other.l2, abs(factor) * one.l2)


def test_statistics_do_not_depend_on_the_order_of_rows_and_columns():
    random = np.random.default_rng(1)
    jacobian = random.laplace(size=(2, 6, 6))
    permuted = jacobian[:, random.permutation(6)][:, :, random.permutation(6)]

    np.testing.assert_allclose(measures.sparsity(permuted), measures.sparsity(jacobian))
    np.testing.assert_allclose(np.sort(measures.parents(permuted)), np.sort(measures.parents(jacobian)))


def test_a_token_of_zeros_has_no_shape_and_is_left_out_of_the_mean():
    found = measures.sparsity(np.array([np.zeros((2, 2)), np.eye(2)]))

    assert np.isnan(found.hoyer[0])
    assert measures.token_mean(found.kurtosis).value == 2.0
    assert math.isnan(measures.token_mean(found.kurtosis).se)
    assert np.isnan(measures.parents(np.zeros((1, 2, 2)))).all()


def test_rescaling_latents_against_their_decoders_changes_no_gauge_invariant_element():
    pair = sae_pair.healthy()
    random = np.random.default_rng(2)
    a_in, a_out = random.uniform(0.1, 10, (2, len(pair.decoder)))
    norms = [np.linalg.norm(rows, axis=1) for rows in (pair.decoder, pair.decoder_out)]
    # s -> a s with decoder -> decoder / a: outputs' latents grow with a_out, one unit of input is worth 1/a_in.
    regauged = pair.jacobian * a_out[pair.active_out][:, :, None] / a_in[pair.active_in][:, None, :]

    invariant = [
        measures.gauge_invariant(jacobian, n_in[pair.active_in], n_out[pair.active_out])
        for jacobian, n_in, n_out in ((pair.jacobian, *norms), (regauged, norms[0] / a_in, norms[1] / a_out))
    ]

    assert np.abs(regauged / pair.jacobian - 1).max() > 1
    np.testing.assert_allclose(invariant[1], invariant[0], rtol=1e-12)
    np.testing.assert_allclose(invariant[0], pair.jacobian, rtol=1e-6)


def test_a_tally_counts_as_numpy_does():
    jacobian, edges = np.random.default_rng(3).normal(size=(5, 4, 4)), np.linspace(0, 1.5, 16)

    np.testing.assert_array_equal(measures.tally(jacobian, edges), np.histogram(np.abs(jacobian), edges)[0])


def test_tensors_give_what_arrays_give():
    torch = pytest.importorskip("torch")
    jacobian, edges = np.random.default_rng(4).normal(size=(5, 4, 4)), np.linspace(0, 1.5, 16)
    tensor = torch.tensor(jacobian)

    for one, other in zip(measures.sparsity(tensor), measures.sparsity(jacobian), strict=True):
        np.testing.assert_allclose(one.numpy(), other)
    np.testing.assert_array_equal(measures.tally(tensor, torch.tensor(edges)), measures.tally(jacobian, edges))
    np.testing.assert_allclose(measures.parents(tensor), measures.parents(jacobian))
    means = [measures.token_mean(measures.sparsity(array).hoyer) for array in (tensor, jacobian)]
    assert means[0].value == pytest.approx(means[1].value)
    assert means[0].se == pytest.approx(means[1].se)


def test_fractions_are_those_of_the_law_and_count_what_left_the_range():
    record = rescaled(TWIN, 20.0)
    found = histogram_of(record)

    assert histograms.fraction_above(histogram_of(TWIN), 0.01).value == pytest.approx(1 - dense(0.01), abs=2e-3)
    assert found.overflow == pytest.approx(1 - dense(1.1, 0.8), abs=2e-3)
    assert histograms.fraction_above(found, 0.2).value == pytest.approx(1 - dense(0.2, 0.8), abs=2e-3)


def test_the_error_of_a_fraction_counts_tokens_not_elements():
    fraction = histograms.fraction_above(histogram_of(TWIN), 0.01)

    assert fraction.n == 20_000
    assert fraction.se == pytest.approx(math.sqrt(fraction.value * (1 - fraction.value) / 20_000))


def test_a_threshold_between_edges_is_refused():
    with pytest.raises(ValueError, match=r"must be a bin edge, got 0\.0105"):
        histograms.fraction_above(histogram_of(TWIN), 0.0105)


def test_edges_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="one more than counts"):
        histograms.histogram(np.ones(3), np.arange(3), tokens=1, k=1)


@pytest.mark.parametrize("factor", [0.3, 0.134])
def test_a_shrunk_jacobian_meets_the_threshold_but_has_a_level_profile(factor):
    profile = histograms.scale_profile(histogram_of(rescaled(TWIN, factor)), histogram_of(TWIN))
    inner = profile.share > 0.01

    assert profile.gain.value == pytest.approx(1.0, abs=0.02)
    np.testing.assert_allclose(profile.factor[inner & (profile.share < 0.5)], factor, rtol=0.03)
    assert profile.gain.decide(lower=1.25).verdict == "fail"


def test_a_sparser_jacobian_has_a_rising_profile_whatever_its_size():
    profiles = [
        histograms.scale_profile(histogram_of(record), histogram_of(TWIN)) for record in (SPARSE, rescaled(SPARSE, 3.0))
    ]

    # Quantiles of the two laws by bisection of their distribution functions.
    def quantile(law, share):
        x = np.linspace(0, 0.5, 500_001)
        return x[np.searchsorted(law(x), 1 - share)]

    expected = (quantile(sparse, 0.02) / quantile(dense, 0.02)) / (quantile(sparse, 0.2) / quantile(dense, 0.2))
    assert profiles[0].gain.value == pytest.approx(expected, rel=0.02)
    assert profiles[1].gain.value == pytest.approx(expected, rel=0.02)
    assert profiles[0].gain.decide(lower=1.25, z=5).verdict == "pass"


def test_a_profile_needs_a_resolved_bulk_and_a_tail_in_range():
    with pytest.raises(NotEnoughData, match=r"lie in 0.* bins; needs 3"):
        histograms.scale_profile(histogram_of(rescaled(TWIN, 0.01)), histogram_of(TWIN))
    with pytest.raises(NotEnoughData, match=r"lost .* beyond 1.1; the largest 2%"):
        histograms.scale_profile(histogram_of(rescaled(TWIN, 20.0)), histogram_of(TWIN))


def test_a_ratio_needs_something_to_divide_by():
    here = histograms.fraction_above(histogram_of(TWIN), 0.01)
    with pytest.raises(NotEnoughData, match="no entry above"):
        histograms.fraction_ratio(here, Estimate(0.0, 0.0, n=5))
    assert histograms.fraction_ratio(here, here).value == 1.0


@pytest.mark.skipif(not RUNS.exists(), reason="no recorded runs here")
def test_a_real_penalty_made_the_jacobian_smaller_but_its_profile_falls():
    found = {e.run: kind_named(e.kind).read(e.claim) for e in discover([RUNS / "results" / "histograms"]).evidence}
    plain = {record.coefficient: histogram_of(record) for record in found.values() if not record.norm}

    profile = histograms.scale_profile(plain[1.0], plain[0.0])

    assert histograms.fraction_above(plain[1.0], 0.01).value < 0.5 * histograms.fraction_above(plain[0.0], 0.01).value
    assert profile.gain.value < 1
    for record in found.values():
        assert (histogram_of(record).overflow > 0.08) == bool(record.norm)


@pytest.mark.skipif(not RUNS.exists(), reason="no recorded runs here")
def test_statistics_of_a_real_reference_are_the_recorded_ones():
    pair = sae_pair.read(next(e for e in discover([RUNS / "artifacts"]).evidence if e.kind == "sae_pair").claim)
    found = measures.sparsity(pair.jacobian)

    for name in ("l1", "l2", "hoyer", "kurtosis"):
        np.testing.assert_allclose(getattr(found, name), getattr(pair, name), rtol=1e-10)
