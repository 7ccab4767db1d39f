"""Test the closed form of the Jacobian against automatic differentiation, differences, and a recorded reference."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from fixtures.gate.discover import discover
from fixtures.kinds import sae_pair
from gonogo import jacobian_sparsity as closed
from gonogo.jacobian_sparsity.active_jacobian import SLOPES

RUNS = Path(__file__).parents[3].parent / "shared" / "runs" / "jacobian"
torch = pytest.importorskip("torch")


def jacobian_of(pair, x, *, chunk=256, name="gelu"):
    products = closed.latent_products(pair.decoder, pair.mlp_in, pair.mlp_out, pair.encoder_out)
    slope = closed.activation_slope(x @ pair.mlp_in + pair.mlp_bias, name)
    return closed.active_jacobian(products, slope, pair.active_in, pair.active_out, chunk=chunk)


def by_autograd(pair, token, name):
    """Differentiate output latents' pre-activations by the input latents of one token, through the MLP's own input."""
    tensor = {key: torch.tensor(value) for key, value in vars(pair).items() if isinstance(value, np.ndarray)}
    active_in, active_out = tensor["active_in"][token], tensor["active_out"][token]
    act = {
        "gelu": torch.nn.functional.gelu, "relu": torch.relu, "silu": torch.nn.functional.silu,
        "gelu_tanh": lambda a: torch.nn.functional.gelu(a, approximate="tanh"), "linear": lambda a: a,
    }[name]  # fmt: skip

    def outputs(change):
        x = tensor["x"][token] + change @ tensor["decoder"][active_in]
        y = act(x @ tensor["mlp_in"] + tensor["mlp_bias"]) @ tensor["mlp_out"] + tensor["mlp_bias_out"]
        return (y @ tensor["encoder_out"] + tensor["encoder_bias_out"])[active_out]

    return torch.autograd.functional.jacobian(outputs, torch.zeros(len(active_in), dtype=torch.float64)).numpy()


@pytest.mark.parametrize("name", sorted(SLOPES))
def test_the_closed_form_is_the_derivative(name):
    pair = sae_pair.healthy(3)

    found = jacobian_of(pair, pair.x, name=name)

    for token in range(6):
        np.testing.assert_allclose(found[token], by_autograd(pair, token, name), atol=1e-12)


def test_the_closed_form_is_what_small_changes_of_an_input_latent_do():
    pair = sae_pair.healthy(1)
    step = 1e-5
    column = pair.decoder[pair.active_in[:, 2]]

    def latents(x):
        pre = x @ pair.mlp_in + pair.mlp_bias
        gelu = pre * special.ndtr(pre)
        y = gelu @ pair.mlp_out + pair.mlp_bias_out
        return np.take_along_axis(y @ pair.encoder_out + pair.encoder_bias_out, pair.active_out, axis=1)

    difference = (latents(pair.x + step * column) - latents(pair.x - step * column)) / (2 * step)

    np.testing.assert_allclose(jacobian_of(pair, pair.x)[:, :, 2], difference, atol=1e-8)


@pytest.mark.parametrize("chunk", [1, 5, 24, 1000])
def test_tokens_do_not_depend_on_their_batch(chunk):
    pair = sae_pair.healthy()

    np.testing.assert_allclose(jacobian_of(pair, pair.x, chunk=chunk), jacobian_of(pair, pair.x), atol=1e-15)


def test_tensors_give_what_arrays_give_and_stay_tensors():
    pair = sae_pair.healthy()
    weights = [torch.tensor(w) for w in (pair.decoder, pair.mlp_in, pair.mlp_out, pair.encoder_out)]
    products = closed.latent_products(*weights)
    pre = torch.tensor(pair.x @ pair.mlp_in + pair.mlp_bias)
    ids = [torch.tensor(i) for i in (pair.active_in, pair.active_out)]

    found = closed.active_jacobian(products, closed.activation_slope(pre), *ids)
    ordered, *_ = closed.by_latent(found, *ids)

    assert isinstance(ordered, torch.Tensor)
    np.testing.assert_allclose(found.numpy(), pair.jacobian, atol=1e-14)
    np.testing.assert_array_equal(ordered, closed.by_latent(found.numpy(), pair.active_in, pair.active_out)[0])
    latents = closed.active_latents(*(torch.tensor(a) for a in (pair.x, pair.encoder, pair.encoder_bias)), pair.k)
    np.testing.assert_array_equal(latents, pair.active_in)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no accelerator")
def test_tensors_stay_on_their_device():
    pair = sae_pair.healthy()
    weights = [torch.tensor(w, device="cuda") for w in (pair.decoder, pair.mlp_in, pair.mlp_out, pair.encoder_out)]
    slope = closed.activation_slope(torch.tensor(pair.x @ pair.mlp_in + pair.mlp_bias, device="cuda"))
    ids = [torch.tensor(i, device="cuda") for i in (pair.active_in, pair.active_out)]

    found = closed.active_jacobian(closed.latent_products(*weights), slope, *ids)

    assert found.is_cuda
    np.testing.assert_allclose(found.cpu().numpy(), pair.jacobian, atol=1e-12)


def test_no_matrix_of_all_pairs_of_latents_is_built():
    latents, width, hidden, k, tokens = 2000, 4, 8, 3, 64
    random = np.random.default_rng(0)
    products = closed.latent_products(
        random.normal(size=(latents, width)), random.normal(size=(width, hidden)),
        random.normal(size=(hidden, width)), random.normal(size=(width, latents)),
    )  # fmt: skip
    ids = random.integers(latents, size=(2, tokens, k))
    tracemalloc.start()

    closed.active_jacobian(products, np.ones((tokens, hidden)), *ids)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 0.01 * 8 * latents**2


@given(st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_the_order_by_latent_forgets_the_ranks(seed):
    pair = sae_pair.healthy()
    random = np.random.default_rng(seed)
    rows, columns = (np.argsort(random.random((len(pair.x), pair.k)), axis=1) for _ in range(2))
    token = np.arange(len(pair.x))[:, None]
    shuffled = pair.jacobian[token[..., None], rows[:, :, None], columns[:, None, :]]

    for one, other in zip(
        closed.by_latent(shuffled, pair.active_in[token, columns], pair.active_out[token, rows]),
        closed.by_latent(pair.jacobian, pair.active_in, pair.active_out),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)


def test_weights_that_do_not_chain_are_refused_with_their_shapes():
    with pytest.raises(ValueError, match=r"weights must chain as .* got \(3, 2\), \(4, 5\)"):
        closed.latent_products(np.ones((3, 2)), np.ones((4, 5)), np.ones((5, 2)), np.ones((2, 3)))


def test_an_unknown_activation_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"one of gelu, .* got 'mish'"):
        closed.activation_slope(np.zeros(1), "mish")


def test_no_tokens_give_no_jacobians():
    pair = sae_pair.healthy()
    products = closed.latent_products(pair.decoder, pair.mlp_in, pair.mlp_out, pair.encoder_out)
    none = np.zeros((0, pair.k), int)

    assert closed.active_jacobian(products, np.zeros((0, 48)), none, none).shape == (0, pair.k, pair.k)


@pytest.mark.skipif(not RUNS.exists(), reason="no recorded runs here")
def test_the_closed_form_equals_a_recorded_float64_reference_of_a_real_pair():
    pair = sae_pair.read(next(e for e in discover([RUNS / "artifacts"]).evidence if e.kind == "sae_pair").claim)
    own = closed.active_latents(pair.x, pair.encoder, pair.encoder_bias, pair.k)

    np.testing.assert_array_equal(np.sort(own), np.sort(pair.active_in))
    np.testing.assert_allclose(jacobian_of(pair, pair.x), pair.jacobian, atol=1e-14)
    assert np.abs(pair.jacobian).max() > 0.5
