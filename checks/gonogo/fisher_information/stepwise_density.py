"""Fisher information against a stepwise density, bin by bin."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from gonogo.arrays import Floats
from gonogo.estimate import Estimate, NotApplicable, NotEnoughData
from gonogo.fisher_information.sensitivity_curve import normalised


@dataclass(frozen=True, eq=False)
class StepFit:
    """Normalised information against a stepwise density, bin by bin.

    Attributes
    ----------
    slope, intercept : Estimate
        Of the line through the bins; the intercept in units of the mean density.
    density, level : ndarray, shape (B,)
        Density of each bin and mean normalised information in it [1/rad].
    angles, curves : list of ndarray
        Angles and normalised information of each replicate, for drawing.
    densities : list of ndarray
        Density at these angles.
    """

    slope: Estimate
    intercept: Estimate
    density: np.ndarray
    level: np.ndarray
    angles: list
    curves: list
    densities: list


def step_fit(curves: Sequence[tuple[Floats, Floats, Floats, Floats]]) -> StepFit:
    """Fit a line through the bins of stepwise densities.

    Parameters
    ----------
    curves : sequence of (angles, information, density, edges)
        One a replicate: ndarrays of shape (M,), and the bins' edges, shape (B + 1,).

    Returns
    -------
    StepFit

    Raises
    ------
    NotEnoughData
        If fewer than four bins have an angle well inside.

    Notes
    -----
    The density of a bin is its probability divided by its width. A bin counts once, whatever the number of angles in
    it, since they err alike; angles within a grid step of an edge are left out.
    """
    densities, levels = [], []
    for angles, information, p, edges in curves:
        q, margin = normalised(angles, information), 1.01 * np.diff(angles).max()
        for low, high in pairwise(edges):
            inside = (angles > low + margin) & (angles < high - margin)
            if inside.any():
                densities.append(p[inside].mean())
                levels.append(q[inside].mean())
    density, level = np.array(densities), np.array(levels)
    if len(density) < 4:
        raise NotEnoughData(f"{len(density)} bins with an angle well inside; the line needs 4")
    mean, away = density.mean(), density - density.mean()
    if not away.any():
        raise NotApplicable("all bins have one density: the slope against it is undefined")
    freedom = len(density) - 2
    slope = (away * level).sum() / (away**2).sum()
    residual = level - level.mean() - slope * away
    noise = math.sqrt((residual**2).sum() / freedom)
    slope_se = noise / math.sqrt((away**2).sum())
    intercept_se = noise * math.sqrt(1 / len(density) + mean**2 / (away**2).sum())
    intercept, bins = (level.mean() - slope * mean) / mean, len(density)
    return StepFit(
        Estimate(float(slope), slope_se, n=bins, dof=freedom, counted="bins"),
        Estimate(float(intercept), float(intercept_se / mean), n=bins, dof=freedom, counted="bins"),
        density,
        level,
        [c[0] for c in curves],
        [normalised(c[0], c[1]) for c in curves],
        [c[2] for c in curves],
    )
