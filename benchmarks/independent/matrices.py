"""Histograms of random matrices: sparse ones, dense ones that only shrank, and twins that do not differ at all."""

from dataclasses import replace

import numpy as np

from benchmarks.independent.rates import Counts
from fixtures.kinds.jacobian_histogram.record import JacobianHistogram

K, LATENTS, HIDDEN, TOKENS = 8, 128, 32, 3000
EDGES = np.linspace(0, 2.2, 2201)
FAMILY = "jacobian_sparsity"
SPARSER = [f"{FAMILY}.{check}" for check in ("sparser_than_twin", "sparser_not_merely_smaller")]


def jacobians(rng, tokens, *, kept=1.0, scale=1.0):
    """Jacobians between active latents as products of weights with random gates; entries of a token move together.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    tokens : int
        How many.
    kept : float
        Share of the latent pairs that depend on each other; the others keep a fiftieth of their element.
    scale : float
        Factor on every element.

    Returns
    -------
    jacobian, shape (tokens, K, K), and the active output latents, shape (tokens, K)
    """
    read, write = rng.standard_t(5, (2, LATENTS, HIDDEN)) / np.sqrt(5 / 3)
    link = np.where(rng.random((LATENTS, LATENTS)) < kept, 1.0, 0.02)
    active = np.argsort(rng.random((2, tokens, LATENTS)) * np.linspace(1, 2, LATENTS), axis=2)[..., :K]
    gates = rng.random((tokens, HIDDEN)) < 0.5
    gain = np.exp(0.4 * rng.standard_normal((tokens, 1, 1)))
    products = np.einsum("tih,th,tjh->tij", write[active[1]], gates.astype(float), read[active[0]], optimize=True)
    return 0.1 * scale * gain * products / np.sqrt(HIDDEN) * link[active[1][:, :, None], active[0][:, None]], active[1]


def histogram(rng, coefficient, **law):
    """Record of the magnitudes of one pair's Jacobians."""
    jacobian, active = jacobians(rng, TOKENS, **law)
    counts = np.histogram(np.abs(jacobian), EDGES)[0].astype(float)
    name = f"sae_pair_random_layer1_{LATENTS}_J{coefficient}_k{K}:v0"
    return JacobianHistogram(name, counts, EDGES, "", np.bincount(active.ravel(), minlength=LATENTS), None, TOKENS)


def measured(runs, seed=0):
    """Ask about sparse matrices beside a dense twin; shrunk ones, and twins of one law, must not pass."""
    counts = Counts()
    for run in range(runs):
        rng = np.random.default_rng([seed, run])
        twin = histogram(rng, "0.0")
        peers = [twin, replace(twin, norm="l2t")]
        sparse = histogram(rng, "1", kept=0.06, scale=1.5)
        counts.ask("jacobian_histogram", sparse, peers=peers)
        counts.plant("jacobian_histogram", sparse, peers=peers)
        shrunk = histogram(rng, "1", scale=float(rng.uniform(0.1, 0.5)))
        counts.ask("jacobian_histogram", shrunk, peers=peers, what="pure shrinkage", names=SPARSER[1:])
        counts.ask("jacobian_histogram", histogram(rng, "1"), peers=peers, what="null twin", names=SPARSER)
    return counts
