"""Sparsity of the Jacobian between paired sparse autoencoders."""

from gonogo.jacobian_sparsity.active_jacobian import (
    LatentProducts,
    activation_slope,
    active_jacobian,
    active_latents,
    by_latent,
    latent_products,
)
from gonogo.jacobian_sparsity.causal_agreement import CausalAgreement, causal_agreement
from gonogo.jacobian_sparsity.histogram import (
    Histogram,
    ScaleProfile,
    fraction_above,
    fraction_ratio,
    histogram,
    scale_profile,
)
from gonogo.jacobian_sparsity.sparsity import Sparsity, gauge_invariant, parents, sparsity, tally, token_mean
from gonogo.jacobian_sparsity.tradeoff import ScaleFreeGain, TradeOff, scale_free_gain, trade_off

__all__ = [
    "CausalAgreement",
    "Histogram",
    "LatentProducts",
    "ScaleFreeGain",
    "ScaleProfile",
    "Sparsity",
    "TradeOff",
    "activation_slope",
    "active_jacobian",
    "active_latents",
    "by_latent",
    "causal_agreement",
    "fraction_above",
    "fraction_ratio",
    "gauge_invariant",
    "histogram",
    "latent_products",
    "parents",
    "scale_free_gain",
    "scale_profile",
    "sparsity",
    "tally",
    "token_mean",
    "trade_off",
]
