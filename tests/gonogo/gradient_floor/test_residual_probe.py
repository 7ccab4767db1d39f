"""The live probe against a loop over samples, and where float32 ends."""

import numpy as np
import pytest

from gonogo.gradient_floor.residual_probe import residual_norms, residual_states, sample_norms

torch = pytest.importorskip("torch")


def network():
    """Embedding and two blocks with a read-out."""
    torch.manual_seed(0)
    modules = [torch.nn.Linear(5, 4), torch.nn.Tanh(), torch.nn.Linear(4, 4)]
    return modules, torch.nn.Sequential(*modules, torch.nn.Linear(4, 3))


def test_norms_are_those_of_a_loop_over_samples():
    modules, model = network()
    x, y = torch.randn(7, 5), torch.arange(7) % 3
    with residual_states(*modules) as states:
        losses = torch.nn.functional.cross_entropy(model(x), y, reduction="none")
    norms = residual_norms(losses, states)
    loop = []
    for one, label in zip(x, y, strict=True):
        with residual_states(*modules) as alone:
            loss = torch.nn.functional.cross_entropy(model(one[None]), label[None])
        gradients = torch.autograd.grad(loss, alone)
        loop.append([[s.norm().item() for s in alone], [g.norm().item() for g in gradients]])
    stream, gradient = np.array(loop).transpose(1, 0, 2)

    assert norms.stream == pytest.approx(stream.mean(axis=0), rel=1e-5)
    assert norms.gradient == pytest.approx(np.median(gradient, axis=0), rel=1e-5)
    assert norms.gradient_low == pytest.approx(np.quantile(gradient, 0.05, axis=0), rel=1e-5)


def test_hooks_are_gone_after_the_block():
    modules, model = network()
    with residual_states(*modules) as states:
        model(torch.randn(2, 5))
    model(torch.randn(2, 5))

    assert [tuple(state.shape) for state in states] == [(2, 4)] * 3


def test_the_graph_and_the_parameters_gradients_stay_as_they_were():
    modules, model = network()
    with residual_states(*modules) as states:
        losses = model(torch.randn(3, 5)).pow(2).sum(1)
    residual_norms(losses, states)
    assert all(p.grad is None for p in model.parameters())

    losses.mean().backward()
    assert all(p.grad is not None for p in model.parameters())


@pytest.mark.parametrize("exponent", [-30, -25, 0, 25, 37])
def test_norms_neither_overflow_nor_vanish(exponent):
    values = np.array([[3.0, 4.0], [1.0, 0.0]]) * 10.0**exponent
    norms = sample_norms(torch.tensor(values, dtype=torch.float32))

    np.testing.assert_allclose(norms, np.array([5.0, 1.0]) * 10.0**exponent, rtol=1e-6)


def test_zero_infinite_and_no_number_stay_what_they_are():
    values = torch.tensor([[0.0, 0.0], [np.inf, 1.0], [np.nan, 1.0]])

    np.testing.assert_array_equal(sample_norms(values), [0.0, np.inf, np.nan])


@pytest.mark.parametrize(("losses", "states"), [((), (3, 4)), ((2,), (3, 4))])
def test_a_reduced_loss_is_refused(losses, states):
    state = torch.ones(states, requires_grad=True)

    with pytest.raises(ValueError, match=r"one loss a sample expected for states \(3, 4\)"):
        residual_norms(state.sum() * torch.ones(losses), [state])


def test_a_row_has_the_keys_of_the_log():
    modules, model = network()
    with residual_states(*modules) as states:
        losses = model(torch.randn(3, 5)).pow(2).sum(1)
    row = residual_norms(losses, states).row(4, acc_eval=0.5)

    assert list(row) == [
        "epoch", "hidden_norms", "bp_grad_norms_per_sample_med", "bp_grad_norms_per_sample_q05", "acc_eval",
    ]  # fmt: skip
    assert (row["epoch"], row["acc_eval"], len(row["hidden_norms"])) == (4, 0.5, 3)
