"""Norms of residual states and their true gradients while a torch module trains: a context manager, a row an epoch."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from gonogo.arrays import Array


@contextmanager
def residual_states(*modules: Any) -> Iterator[list[Any]]:
    """Collect the outputs of modules during a forward pass.

    Parameters
    ----------
    *modules : torch.nn.Module
        Those whose outputs are the residual stream, in order: the embedding, then every block. Of an output that is a
        tuple, the first element counts.

    Yields
    ------
    list of torch.Tensor
        Filled as the modules run; the hooks are gone after the block.
    """
    states = []

    def keep(module: Any, arguments: Any, output: Any) -> None:
        states.append(output[0] if isinstance(output, tuple) else output)

    hooks = [module.register_forward_hook(keep) for module in modules]
    try:
        yield states
    finally:
        for hook in hooks:
            hook.remove()


@dataclass(frozen=True)
class ResidualNorms:
    """Norms of one batch, block by block.

    Attributes
    ----------
    stream : list of float
        Mean over samples of the L2 norm of each residual state.
    gradient : list of float
        Median over samples of the L2 norm of the loss's gradient there.
    gradient_low : list of float
        Its 5 % quantile over samples: medians hide samples that died.
    """

    stream: list
    gradient: list
    gradient_low: list

    def row(self, epoch: int, **columns: Any) -> dict[str, Any]:
        """Row of a log that the gate reads, with columns such as ``acc_eval``, ``acc_train`` and ``loss_train``."""
        return {
            "epoch": epoch,
            "hidden_norms": self.stream,
            "bp_grad_norms_per_sample_med": self.gradient,
            "bp_grad_norms_per_sample_q05": self.gradient_low,
            **columns,
        }


def residual_norms(losses: Array, states: Sequence[Array]) -> ResidualNorms:
    """Norms of residual states and of the true gradient at them, for every sample from a single backward pass.

    Parameters
    ----------
    losses : torch.Tensor, shape (n,)
        Loss of every sample, not reduced. A sample's loss must not depend on the other samples: no batch normalisation
        in training mode.
    states : sequence of torch.Tensor, shape (n, ...)
        From ``residual_states``, still attached to the graph.

    Returns
    -------
    ResidualNorms

    Raises
    ------
    ValueError
        If the losses are reduced, or a state has another number of samples.

    Notes
    -----
    The gradient of the summed losses at a residual state holds one row a sample, so no loop and no vmap is needed.
    Norms are scaled by the largest element first: float32 squares overflow from 1e19 on and vanish below 1e-23. The
    gradient is that of one sample's loss, not divided by the number of samples.
    """
    import torch

    n = losses.shape[0] if losses.ndim == 1 else None
    if n is None or any(state.shape[0] != n for state in states):
        shapes = ", ".join(str(tuple(state.shape)) for state in states)
        raise ValueError(f"one loss a sample expected for states {shapes}, got losses {tuple(losses.shape)}")
    gradients = torch.autograd.grad(losses.sum(), states, retain_graph=True)
    with torch.no_grad():
        stream = [sample_norms(state).mean().item() for state in states]
        norms = [sample_norms(gradient) for gradient in gradients]
        median = [values.median().item() for values in norms]
        low = [torch.quantile(values, 0.05).item() for values in norms]
    return ResidualNorms(stream, median, low)


def sample_norms(x: Array) -> Array:
    """L2 norm of every sample, safe from overflow and underflow, shape (n,)."""
    import torch

    flat = x.detach().flatten(1).float()
    largest = flat.abs().amax(dim=1, keepdim=True)
    scale = torch.where((largest > 0) & torch.isfinite(largest), largest, torch.ones_like(largest))
    return (scale * torch.linalg.vector_norm(flat / scale, dim=1, keepdim=True)).squeeze(1)
