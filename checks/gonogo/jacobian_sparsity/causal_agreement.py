"""Whether a Jacobian predicts what happens when an input latent is ablated by one unit: change = -J on a linear map."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gonogo.arrays import ArrayLike, Floats
from gonogo.estimate import Estimate, NotEnoughData

# Share of the pairs, those with the largest elements, over which skill is measured.
LARGEST = 0.1


class CausalAgreement(NamedTuple):
    """Predicted and seen changes of n pairs of latents, and how well they agree.

    Attributes
    ----------
    element, change : ndarray, shape (n,)
        Jacobian element; change of the output latent.
    tolerance : float
        Pairs within it are on the line ``change = -element``.
    on_line, unchanged, permuted : Estimate
        Share of pairs on the line; share that "no change" predicts as well; share on it once the changes are permuted.
    gain : Estimate
        ``on_line - unchanged``.
    below, above : float
        Shares off the line: below it lie output latents that left the active set, above it none of these can lie.
    informative : int
        Pairs with ``|element|`` above the tolerance.
    informative_on_line : Estimate
        Share of the informative pairs that are on the line.
    slope : Estimate
        Median of ``-change/element`` over the informative pairs.
    skill : Estimate
        ``1 - median|change + element| / median|change|`` over the tenth with the largest elements: 1 for a perfect
        prediction, 0 for none. In a sparse Jacobian the other elements are too small to tell.
    """

    element: np.ndarray
    change: np.ndarray
    tolerance: float
    on_line: Estimate
    unchanged: Estimate
    permuted: Estimate
    gain: Estimate
    below: float
    above: float
    informative: int
    informative_on_line: Estimate
    slope: Estimate
    skill: Estimate


def block_jackknife(statistic: Callable[..., float], *arrays: NDArray[Any], blocks: int = 20) -> Estimate:
    """Estimate with the standard error of a jackknife that leaves out one contiguous block at a time.

    Parameters
    ----------
    statistic : callable
        Arrays -> float.
    *arrays : ndarray, shape (n, ...)
        Samples, in the order in which they were taken: neighbours may depend on each other.
    blocks : int
        Number of blocks.

    Returns
    -------
    Estimate
        Its standard error is NaN where the statistic is not finite without every block.

    Notes
    -----
    Künsch, Ann. Statist. 17 (1989) 1217. Leaving out many samples at once makes it hold for medians as well.

    Examples
    --------
    >>> block_jackknife(np.mean, np.array([1.0, 3.0]), blocks=2)
    Estimate(value=2.0, se=1.0, unit='1', n=2, dof=1, counted='samples')
    """
    n = len(arrays[0])
    value = float(statistic(*arrays))
    cuts = np.linspace(0, n, blocks + 1).astype(int)
    rest = [statistic(*(np.concatenate([a[:low], a[high:]]) for a in arrays)) for low, high in pairwise(cuts)]
    if not np.isfinite([value, *rest]).all():
        return Estimate(value, np.nan, n=n, dof=blocks - 1)
    se = float(np.sqrt((blocks - 1) / blocks * np.sum((np.array(rest) - np.mean(rest)) ** 2)))
    return Estimate(value, se, n=n, dof=blocks - 1)


def causal_agreement(
    element: ArrayLike, change: ArrayLike, *, tolerance: float = 0.1, informative: int = 1000, seed: int = 0
) -> CausalAgreement:
    """Compare Jacobian elements with the changes of an ablation.

    Parameters
    ----------
    element : array_like, shape (n,)
        Jacobian element of each pair, with its sign.
    change : array_like, shape (n,)
        Change of the output latent when one unit of the input latent's direction is taken away.
    tolerance : float
        Half-width of the line.
    informative : int
        Pairs above the tolerance that are needed.
    seed : int
        Of the permutation.

    Returns
    -------
    CausalAgreement

    Raises
    ------
    NotEnoughData
        If too few elements exceed the tolerance.

    Notes
    -----
    The share on the line alone says little of a sparse Jacobian: predicting no change at all scores as well. Medians
    make slope and skill indifferent to the few output latents that leave the active set, which no derivative foresees.
    Errors are those of a jackknife over blocks of neighbouring pairs: the pairs of one token are not independent.

    Examples
    --------
    >>> element = np.linspace(-1, 1, 4000)
    >>> agreement = causal_agreement(element, -element)
    >>> agreement.slope.value, agreement.skill.value, agreement.on_line.value
    (1.0, 1.0, 1.0)
    """
    element, change = np.asarray(element, float), np.asarray(change, float)
    if element.shape != change.shape or element.ndim != 1:
        raise ValueError(f"element and change must share one shape (n,), got {element.shape} and {change.shape}")
    large = np.abs(element) > tolerance
    if large.sum() < informative:
        raise NotEnoughData(
            f"{large.sum()} of {len(element)} Jacobian elements exceed {tolerance:g}, needs {informative}; ablate more"
        )
    residual, top = element + change, np.abs(element) >= np.quantile(np.abs(element), 1 - LARGEST)
    hit = np.abs(residual) < tolerance
    still = np.abs(change) < tolerance
    shuffled = np.abs(element + np.random.default_rng(seed).permutation(change)) < tolerance
    share = [block_jackknife(np.mean, flag.astype(float)) for flag in (hit, still, shuffled, hit[large])]
    return CausalAgreement(
        element,
        change,
        tolerance,
        share[0],
        share[1],
        share[2],
        block_jackknife(np.mean, hit.astype(float) - still),
        float(np.mean(residual <= -tolerance)),
        float(np.mean(residual >= tolerance)),
        int(large.sum()),
        share[3],
        block_jackknife(np.median, -change[large] / element[large]),
        block_jackknife(_skill, residual[top], change[top]),
    )


def _skill(residual: Floats, change: Floats) -> float:
    """One less the median miss in units of the median change; minus infinity where nothing changed."""
    typical = np.median(np.abs(change))
    return 1 - np.median(np.abs(residual)) / typical if typical > 0 else -np.inf
