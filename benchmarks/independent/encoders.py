"""Encoders whose Fisher information is known in closed form and whose noise is skewed or heavy-tailed.

A response is ``f(θ) + σ(θ) ε`` with independent components of ε of unit variance, so that the Fisher information of the
mean is ``|f'|² / σ²`` whatever the law of ε. Derivatives are central differences of the responses.
"""

from math import pi

import numpy as np
from scipy import stats

from benchmarks.independent.rates import Counts
from fixtures.kinds.encoding.record import Encoding

HALF, ANGLES, STIMULI, STEP = pi / 2, 60, 500, 1e-4
# Power of the error in the loss -> exponent of information in density: 2 / (power + 1).
LOSSES = {"sqrt": 0.5, "linear": 1.0, "square": 2.0}
FLOOR = 0.01
FAMILY = "fisher_information"
EXPONENT, FLAT = f"{FAMILY}.exponent_in_range", f"{FAMILY}.flat_under_uniform_density"


def skewed(rng, shape):
    """Exponential noise of unit variance, skewness 2."""
    return rng.exponential(size=shape) - 1


def heavy(rng, shape):
    """Student's t with 5 degrees of freedom, scaled to unit variance."""
    return rng.standard_t(5, shape) * np.sqrt(3 / 5)


NOISE = {"skewed noise": skewed, "heavy tails": heavy}


def encoder(rng, law, *, loss="linear", exponent=None, uniform=False, rep=0):
    """Record of one encoder; ``exponent`` replaces the one that the loss asks for."""
    theta = np.linspace(-HALF, HALF, ANGLES)
    if uniform:
        params, density = {"low": -HALF, "high": HALF}, np.full(ANGLES, 1 / pi)
    else:
        params = {"family": "normal", "mean": float(rng.uniform(-0.3, 0.3)), "sd": float(rng.uniform(0.25, 0.4))}
        density = stats.norm.pdf(theta, params["mean"], params["sd"])
    power = 2 / (LOSSES[loss] + 1) if exponent is None else exponent
    peak = rng.uniform(100, 400)

    def information(angle):
        if uniform:
            return peak * np.exp(power * np.sin(angle)) if exponent else np.full_like(angle, peak)
        shape = np.exp(-((angle - params["mean"]) ** 2) / (2 * params["sd"] ** 2))
        return peak * (shape**power + FLOOR)

    noise = law(rng, (3, 2, STIMULI))

    def responses(angle):
        turn = 3 * angle[:, None, None]
        # Errors that turn along the angle: cos² + sin² leaves their variance 1 at every angle.
        along = noise[0] * np.cos(turn) + noise[1] * np.sin(turn)
        sigma = np.sqrt(2 / information(angle))[:, None]
        points = angle[:, None] + sigma * along[:, 0], angle[:, None] + sigma * along[:, 1]
        return np.stack(points, axis=-1)

    shown = responses(theta)
    slopes = (responses(theta + STEP) - responses(theta - STEP)) / (2 * STEP)
    noise = law(rng, (3, 2, STIMULI))
    unseen = responses(theta)
    unseen_slopes = (responses(theta + STEP) - responses(theta - STEP)) / (2 * STEP)
    facts = moments(shown, slopes)
    other = moments(unseen, unseen_slopes)
    solved = np.linalg.solve(facts["covariance"], facts["slope"][..., None])[..., 0]
    ratio = np.linalg.solve(facts["covariance"], facts["covariance_slope"])
    error = shown.mean(axis=-1) - theta[:, None]
    name = "uniform" if uniform else "concentrated"
    return Encoding(
        theta, information=(solved * facts["slope"]).sum(axis=1),
        covariance_information=np.einsum("mij,mji->m", ratio, ratio) / 2, density=density, mse=(error**2).mean(axis=1),
        bias=error.mean(axis=1), heldout_slope=other["slope"], heldout_covariance=other["covariance"], stimuli=STIMULI,
        heldout_stimuli=STIMULI, name=f"independent-{name}-{loss}-rep{rep}", loss=loss, encoding="linear",
        distribution=name, distribution_params=params, rep=rep, **facts,
    )  # fmt: skip


def moments(points, slopes):
    """Mean and covariance of responses, shape (M, N, 2), and the derivatives of both."""
    count = points.shape[1]
    away, turn = points - points.mean(axis=1, keepdims=True), slopes - slopes.mean(axis=1, keepdims=True)
    covariance, cross = (np.swapaxes(a, 1, 2) @ away / (count - 1) for a in (away, turn))
    return {"mean": points.mean(axis=1), "slope": slopes.mean(axis=1), "covariance": covariance,
            "covariance_slope": cross + np.swapaxes(cross, 1, 2)}  # fmt: skip


def measured(runs, seed=0):
    """Ask about single encoders, about replicates of one loss, and about encoders of another exponent than theirs."""
    counts = Counts()
    for number, (words, law) in enumerate(NOISE.items()):
        for run in range(max(runs // len(NOISE), 1)):
            rng = np.random.default_rng([seed, number, run])
            one = encoder(rng, law)
            own = Counts()
            own.ask("encoding", one)
            own.plant("encoding", one)
            group = [encoder(rng, law, loss=loss, rep=rep) for loss in LOSSES for rep in (0, 1)]
            flat = [encoder(rng, law, uniform=True, exponent=0.0, rep=rep) for rep in (0, 1)]
            own.ask_group("encoding", [*group, *flat])
            steep = [encoder(rng, law, exponent=2.2, rep=rep) for rep in (0, 1)]
            own.ask_group("encoding", steep, what="exponent 2.2 for 1", names=[EXPONENT])
            blind = [encoder(rng, law, exponent=0.1, rep=rep) for rep in (0, 1)]
            own.ask_group("encoding", blind, what="exponent 0.1 for 1", names=[EXPONENT])
            tilted = [encoder(rng, law, uniform=True, exponent=1.0, rep=rep) for rep in (0, 1)]
            own.ask_group("encoding", tilted, what="tilted under uniform", names=[FLAT])
            counts.merge(own, words)
    return counts
