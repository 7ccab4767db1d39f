"""Test Fisher information against closed forms, exact discriminability, replicates, and the recorded runs."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.kinds.encoding.synthetic import synthetic
from gonogo import NotApplicable
from gonogo.fisher_information import condition_number, debiased_information, information
from gonogo.fisher_information.covariance_share import covariance_share
from gonogo.fisher_information.response_moments import jackknife, jackknife_error, log_variance, moments

RUNS = Path(__file__).parents[3].parent / "shared" / "runs" / "fisher"
recorded = pytest.mark.skipif(not RUNS.exists(), reason="the recorded runs are not beside this checkout")


def covariances(seed, angles=5, width=3):
    mixing = np.random.default_rng(seed).standard_normal((angles, width, width))
    return mixing @ np.swapaxes(mixing, 1, 2) + 0.1 * np.eye(width)


def test_both_terms_are_the_curvature_of_the_divergence_between_neighbours():
    rng, h = np.random.default_rng(0), 1e-4
    sigma, slope, spread = covariances(1)[0], rng.standard_normal(3), covariances(2)[0]

    def divergence(d):
        other = sigma + d * spread
        gap = d * slope
        trace = np.trace(np.linalg.solve(other, sigma)) - 3 + gap @ np.linalg.solve(other, gap)
        return (trace + np.linalg.slogdet(other)[1] - np.linalg.slogdet(sigma)[1]) / 2

    terms = information(slope[None], sigma[None], spread[None])

    # KL(θ, θ + h) = I h²/2 + O(h³); the mean over ±h removes the cubic term.
    expected = (divergence(h) + divergence(-h)) / h**2
    assert terms.mean_term[0] + terms.covariance_term[0] == pytest.approx(expected, rel=1e-4)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000))
def test_invariant_under_a_change_of_response_coordinates(seed):
    rng = np.random.default_rng(seed)
    sigma, slope, spread = covariances(seed), rng.standard_normal((5, 3)), covariances(seed + 1)
    mixing = rng.standard_normal((3, 3)) + 2 * np.eye(3)
    turned = information(slope @ mixing.T, mixing @ sigma @ mixing.T, mixing @ spread @ mixing.T)
    plain = information(slope, sigma, spread)

    np.testing.assert_allclose(turned.mean_term, plain.mean_term, rtol=1e-6)
    np.testing.assert_allclose(turned.covariance_term, plain.covariance_term, rtol=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.floats(-3, 3))
def test_scales_with_the_square_of_the_derivative(seed, factor):
    sigma, slope = covariances(seed), np.random.default_rng(seed).standard_normal((5, 3))

    scaled = information(factor * slope, sigma).mean_term

    np.testing.assert_allclose(scaled, factor**2 * information(slope, sigma).mean_term, rtol=1e-9, atol=1e-300)


def test_a_singular_covariance_gives_nan_and_an_infinite_condition_number_not_a_negative_value():
    flat = np.array([[[1.0, 1.0], [1.0, 1.0]], [[4.0, 0.0], [0.0, 1.0]]])
    terms = information(np.ones((2, 2)), flat)

    assert np.isnan(terms.mean_term[0])
    assert terms.mean_term[1] == pytest.approx(1.25)
    assert condition_number(flat)[0] == np.inf or condition_number(flat)[0] > 1e15
    assert condition_number(flat)[1] == pytest.approx(4)


def test_a_float32_inverse_of_a_line_goes_negative_where_the_cholesky_solve_does_not():
    rng = np.random.default_rng(0)
    negative = 0
    for _ in range(100):
        line = rng.standard_normal((300, 1)) * rng.standard_normal(2) + 1e-7 * rng.standard_normal((300, 2))
        cov = np.cov(line.astype(np.float32).T).astype(np.float32)
        slope = rng.standard_normal(2).astype(np.float32)
        with np.errstate(all="ignore"):
            try:
                negative += slope @ np.linalg.inv(cov) @ slope < 0
            except np.linalg.LinAlgError:
                continue
        ours = information(slope[None].astype(float), cov[None].astype(float)).mean_term[0]
        assert not ours < 0

    assert negative > 10


def test_moments_are_those_of_numpy():
    rng = np.random.default_rng(3)
    responses, slopes = rng.standard_normal((2, 4, 30, 2))
    found = moments(responses, slopes)

    np.testing.assert_allclose(found.mean, responses.mean(1))
    np.testing.assert_allclose(found.covariance, [np.cov(cloud.T) for cloud in responses])
    both = [np.cov(d.T, r.T)[:2, 2:] for d, r in zip(slopes, responses, strict=True)]
    np.testing.assert_allclose(found.covariance_slope, [c + c.T for c in both])


def test_works_on_torch_tensors_and_gives_the_same_numbers():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(4)
    responses, slopes = rng.standard_normal((2, 4, 40, 2))
    plain = jackknife(responses, slopes, groups=4)
    tensors = jackknife(torch.from_numpy(responses), torch.from_numpy(slopes), groups=4)

    assert isinstance(tensors.mean_term, torch.Tensor)
    for ours, theirs in zip(plain, tensors, strict=True):
        np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-10)


def gaussian(seed, stimuli, information_true=100.0):
    """Responses with a known information: mean (θ, θ), noise along it, noise across, noisy derivatives."""
    rng = np.random.default_rng(seed)
    along, across = rng.standard_normal((2, 6, stimuli))
    u, v = np.array([1.0, 1.0]) / np.sqrt(2), np.array([1.0, -1.0]) / np.sqrt(2)
    noise = np.sqrt(2 / information_true) * along[..., None] * u + 0.5 * across[..., None] * v
    return noise, 1 + 0.3 * rng.standard_normal((6, stimuli, 2))


def test_the_jackknife_error_is_the_spread_over_replicates_and_the_bias_is_removed():
    values, errors, corrected = [], [], []
    for seed in range(60):
        responses, slopes = gaussian(seed, 300)
        found = moments(responses, slopes)
        terms = information(found.slope, found.covariance)
        values.append(terms.mean_term)
        errors.append(jackknife_error(jackknife(responses, slopes).mean_term))
        single = np.array([np.cov(d.T) for d in slopes])
        corrected.append(debiased_information(terms.mean_term, single, found.covariance, stimuli=300))
    spread = np.std(values)

    # 360 values: the spread is known to 4 %, means to 0.5 %.
    assert spread / 100 == pytest.approx(np.sqrt(2 / 300), rel=0.15)
    assert np.mean(errors) == pytest.approx(spread, rel=0.15)
    assert np.mean(values) > 100
    assert np.mean(corrected) == pytest.approx(100, abs=4 * spread / np.sqrt(360))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: moments(np.zeros((2, 9, 2)), np.zeros((2, 8, 2))), ValueError, "one shape"),
        (lambda: moments(np.zeros((2, 3, 2)), np.zeros((2, 3, 2))), ValueError, "at least 4 stimuli"),
        (lambda: jackknife(np.zeros((2, 9, 2)), np.zeros((2, 9, 2)), groups=9), ValueError, "half of the 9"),
    ],
    ids=["shapes", "few stimuli", "groups"],
)
def test_says_what_it_wants(call, error, message):
    with pytest.raises(error, match=message):
        call()


@recorded
def test_recomputes_the_recorded_information_of_every_model():
    for folder in sorted((RUNS / "models").iterdir()):
        with np.load(folder / "fisher.npz") as z:
            terms = information(z["dmean_float64"], z["cov"], z["dcov_float64"])
            np.testing.assert_allclose(terms.mean_term, z["fisher_float64"], rtol=1e-12)
            np.testing.assert_allclose(terms.covariance_term, z["fisher_cov_float64"], rtol=1e-12)
            np.testing.assert_allclose(terms.condition, z["cond"], rtol=1e-9)


@recorded
def test_squeezing_a_code_changes_its_condition_number_and_not_its_information():
    with np.load(RUNS / "stress" / "squeeze_0.001" / "fisher.npz") as z:
        terms = information(z["dmean_float64"], z["cov"])
        stated = z["fisher_mean"]
    with np.load(RUNS / "models" / "linear_enc-concentrated-log_loss-rep0" / "fisher.npz") as z:
        np.testing.assert_allclose(terms.mean_term, z["fisher_float64"], rtol=1e-3)

    assert (stated < 0).sum() == 6
    assert terms.condition.min() > 1e6


def test_no_slope_against_a_constant_density():
    from gonogo.fisher_information.density_exponent import fit_exponent

    with pytest.raises(NotApplicable, match="constant"):
        fit_exponent(np.full(20, 0.3), np.linspace(1, 2, 20))


@pytest.mark.parametrize(("kind", "stimuli"), [("linear", 150), ("linear", 600), ("circular", 150)])
def test_the_share_of_the_covariance_term_is_at_most_as_uncertain_as_stated(kind, stimuli):
    found = []
    for seed in range(40):
        record = synthetic(seed, encoding=kind, stimuli=stimuli)
        terms = record.information_float64, record.covariance_information_float64
        spread = log_variance(stimuli) / 2  # Gaussian responses
        found.append(covariance_share(*terms, record.density, log_variance=spread, stimuli=stimuli))

    replicated = np.std([share.value for share in found])
    assert 1 < np.mean([share.se for share in found]) / replicated < 4
    assert np.isnan(covariance_share(*terms, record.density, log_variance=0.0).se)
