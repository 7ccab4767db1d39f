"""Independent replicates of one measurement, taken together."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from gonogo.estimate import Estimate


def independent(continued: Mapping[str, str]) -> list[str]:
    """Of models that continue one another or one common model the last: they share a training, replicates do not.

    Parameters
    ----------
    continued : mapping of str to str
        Model -> the one whose training it went on with; the empty string for one trained from scratch.

    Returns
    -------
    list of str
        One model a training, in the given order: the one with most continuations behind it, the latter of equals.

    Examples
    --------
    >>> independent({"a": "", "a longer": "a", "b": "", "c longer": "c", "c otherwise": "c"})
    ['a longer', 'b', 'c otherwise']
    """

    def line(model: str) -> list[str]:
        behind = [model]
        while before := continued.get(behind[-1], ""):
            if before in behind:  # round in a circle: whatever that means, these are one
                return [*behind, min(behind[behind.index(before) :])]
            behind.append(before)
        return behind

    # The sort is stable: of lines that begin alike the longest, and the latter of equals, stays.
    longest = {behind[-1]: behind[0] for behind in sorted(map(line, continued), key=len)}
    return [model for model in continued if model in longest.values()]


def pooled(estimates: Sequence[Estimate], *, floor: float) -> Estimate:
    """Mean of independent replicates.

    Parameters
    ----------
    estimates : sequence of Estimate
        One a replicate.
    floor : float
        Least standard error of one replicate, added in quadrature: what a new training would change.

    Returns
    -------
    Estimate
        Unweighted mean; its standard error is scaled up where the replicates scatter more than their errors say (the
        scale factor of the Particle Data Group), its degrees of freedom are Welch's.

    Examples
    --------
    >>> both = pooled([Estimate(1.0, 0.1), Estimate(1.2, 0.1)], floor=0.0)
    >>> round(both.value, 3), round(both.se, 3)
    (1.1, 0.1)
    """
    values = np.array([e.value for e in estimates])
    own = np.array([e.error**2 for e in estimates])
    variances = own + floor**2
    n = len(values)
    mean, se = float(values.mean()), math.sqrt(variances.sum()) / n
    if n > 1:
        se *= max(1.0, math.sqrt(np.sum((values - mean) ** 2 / variances) / (n - 1)))
    # The floor is a constant of the rule, so only what was measured has few degrees of freedom.
    below = np.sum(own**2 / np.array([e.dof for e in estimates]))
    dof = float(variances.sum() ** 2 / below) if below > 0 else math.inf
    return Estimate(mean, se, n=n, dof=dof, counted="models")
