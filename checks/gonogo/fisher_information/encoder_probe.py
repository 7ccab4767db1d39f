"""The Fisher information of a torch encoder, measured while it is at hand, at all angles at once."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gonogo.arrays import Array, ArrayLike
from gonogo.fisher_information.information import information
from gonogo.fisher_information.response_moments import jackknife, jackknife_error, moments


@dataclass(frozen=True, eq=False)
class EncoderProbe:
    """What an encoder makes of N stimuli at M angles, as float64 arrays of NumPy.

    Attributes
    ----------
    angles : ndarray, shape (M,)
        Angles [rad].
    stimuli : int
        Number of stimuli N at every angle.
    mean, slope : ndarray, shape (M, p)
        Mean response and its derivative [1/rad].
    covariance, covariance_slope : ndarray, shape (M, p, p)
        Covariance of the response and its derivative [1/rad].
    mean_term, covariance_term : ndarray, shape (M,)
        Terms of the Fisher information [1/rad²].
    mean_term_se, covariance_term_se : ndarray, shape (M,)
        Their standard errors, leaving out groups of stimuli.
    replicates : ndarray, shape (groups, M)
        ``mean_term`` with each group left out, for the error of any function of the curve.
    condition : ndarray, shape (M,)
        Condition number of the covariance.
    mse, bias : ndarray, shape (M,)
        Mean squared error [rad²] and mean error [rad] of the decoded angle.
    """

    angles: np.ndarray
    stimuli: int
    mean: np.ndarray
    slope: np.ndarray
    covariance: np.ndarray
    covariance_slope: np.ndarray
    mean_term: np.ndarray
    covariance_term: np.ndarray
    mean_term_se: np.ndarray
    covariance_term_se: np.ndarray
    replicates: np.ndarray
    condition: np.ndarray
    mse: np.ndarray
    bias: np.ndarray

    def arrays(self, density: ArrayLike | None = None) -> dict[str, NDArray[Any]]:
        """Arrays under the names that the gate reads from ``fisher.npz``.

        Parameters
        ----------
        density : array_like, shape (M,), optional
            Density of the training angles [1/rad].
        """
        named = {
            "angles": self.angles, "fisher_mean": self.mean_term, "fisher_cov": self.covariance_term,
            "mean": self.mean, "dmean_float64": self.slope, "cov": self.covariance,
            "dcov_float64": self.covariance_slope, "cond": self.condition, "mse": self.mse, "bias": self.bias,
        }  # fmt: skip
        return named if density is None else named | {"probs": np.asarray(density, float)}


def probe_encoder(
    encoder: Any,
    stimulus: Callable[[Any], Any],
    angles: ArrayLike,
    *,
    encoding: str = "linear",
    step: float | None = None,
    decode: Callable[[Any], Any] | None = None,
    groups: int = 20,
    chunk: int = 10,
) -> EncoderProbe:
    """Measure means, covariances, their derivatives and the Fisher information of an encoder.

    Parameters
    ----------
    encoder : torch.nn.Module
        Batch of stimuli -> responses, shape (batch, p). A float64 copy in evaluation mode is measured, on its device.
    stimulus : callable
        Angles, a float64 tensor of shape (K,) -> stimuli, shape (K, N, ...): the same N things (faces) at every angle.
    angles : array_like, shape (M,)
        Angles [rad].
    encoding : {"linear", "circular"}
        How an angle is decoded: mean of the responses, or their direction.
    step : float, optional
        Width of the central difference of stimuli that torch cannot differentiate (e.g. images turned by another
        library) [rad]; None differentiates through ``stimulus``.
    decode : callable, optional
        Responses, shape (..., p) -> angles, shape (...), instead of ``encoding``'s.
    groups : int
        Groups of stimuli that the jackknife leaves out in turn.
    chunk : int
        Angles that pass through the encoder at once.

    Returns
    -------
    EncoderProbe

    Raises
    ------
    ValueError
        If stimuli or responses have no shape as above.

    Notes
    -----
    One pass of forward-mode differentiation carries the derivative by the angle of every single response, whatever
    their number; backward mode needs a pass for each response dimension. Every stimulus is generated once.
    """
    import torch

    module = copy.deepcopy(encoder).eval().requires_grad_(False)
    first = next(module.parameters(), torch.zeros(0))
    # Apple's GPUs know no float64.
    device = first.device if first.device.type != "mps" else torch.device("cpu")
    module = module.to(device=device, dtype=torch.float64)
    theta = torch.as_tensor(np.asarray(angles, float), device=device)
    parts = [_respond(torch, module, stimulus, part, step) for part in theta.split(chunk)]
    responses, slopes = (torch.cat(list(values)) for values in zip(*parts, strict=True))
    error = _decoder(torch, encoding, decode)(responses) - theta[:, None]
    if encoding == "circular":
        error = torch.atan2(error.sin(), error.cos())
    found = moments(responses, slopes)
    terms = information(found.slope, found.covariance, found.covariance_slope)
    left = jackknife(responses, slopes, groups=groups)
    tensors: tuple[Any, ...] = (
        *found, terms.mean_term, terms.covariance_term, jackknife_error(left.mean_term),
        jackknife_error(left.covariance_term), left.mean_term, terms.condition, (error**2).mean(1), error.mean(1),
    )  # fmt: skip
    return EncoderProbe(theta.cpu().numpy(), responses.shape[1], *(tensor.cpu().numpy() for tensor in tensors))


def _respond(torch: Any, module: Any, stimulus: Callable[[Any], Any], theta: Any, step: float | None) -> Array:
    """Responses to stimuli at some angles and their derivatives, shape (K, N, p)."""

    def encode(stimuli: Any) -> Any:
        if stimuli.ndim < 3 or stimuli.shape[0] != len(theta):
            raise ValueError(f"stimulus must return shape ({len(theta)}, N, ...), got {tuple(stimuli.shape)}")
        responses = module(stimuli.flatten(0, 1))
        if responses.ndim != 2:
            raise ValueError(f"encoder must return shape (batch, p), got {tuple(responses.shape)}")
        return responses.unflatten(0, stimuli.shape[:2])

    if step is None:
        return torch.func.jvp(lambda angle: encode(stimulus(angle).double()), (theta,), (torch.ones_like(theta),))
    three = torch.as_tensor(stimulus(torch.cat([theta, theta + step / 2, theta - step / 2])))
    here, after, before = three.to(theta).split(len(theta))
    return torch.func.jvp(encode, (here,), ((after - before) / step,))


def _decoder(torch: Any, encoding: str, decode: Callable[[Any], Any] | None) -> Callable[[Any], Any]:
    if decode is not None:
        return decode
    if encoding == "linear":
        return lambda responses: responses.mean(-1)
    if encoding == "circular":
        return lambda responses: torch.atan2(responses[..., 1], responses[..., 0])
    raise ValueError(f"encoding must be 'linear' or 'circular', got {encoding!r}")
