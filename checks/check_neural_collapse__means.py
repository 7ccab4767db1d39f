"""Class means become equally long and orthogonal, as far as the weight decay and the depth of the network let them."""

import math

import pytest

from checks.check_neural_collapse import bands_of, curves_of
from gonogo import NotApplicable
from gonogo.curve_operations import drift, ending
from gonogo.neural_collapse import curves
from reports.figures import neural_collapse as figures

pytestmark = pytest.mark.neural_collapse


def collapsed(record, limits):
    """Curves of a run whose class means are not blurred by the variance within classes."""
    run = curves_of(record)
    rnc1 = 10 ** ending(run.rnc1, logarithmic=True).value
    if rnc1 > limits.rnc1:
        raise NotApplicable(f"RNC1 ends at {rnc1:.3g}: above {limits.rnc1:g} NC2 measures how noisy the means are")
    return run


@pytest.mark.reads("collapse_history", faults=("standing_means", "dead_class"))
def check_nc2_falls_towards_one(record, limits, judge):
    """The condition number of the class means falls after the fit, its logarithm to {remainder:.0%} of what it was.

    Means: within classes the features contracted, but the class means kept the geometry of the fit; infinite: a class
    is missing or its features are dead.

    Do: see that the weight decay reaches every layer: it balances L layers, which leaves a share of 1/L.
    """
    judge(figures=[(figures.dynamics, bands_of(record), limits.rnc1)])
    run = collapsed(record, limits)
    fitted = curves.fitting(run, limits.fit)
    start = math.log10(curves.at(run, run.nc2, fitted.step))
    if not limits.least <= 10**start < math.inf:
        raise NotApplicable(f"NC2 is {10**start:.3g} at the fit: there is nothing to fall from")
    share = ending(run.nc2, logarithmic=True).over(start)
    judge(
        limits.decide(share, upper=limits.remainder),
        note=f"NC2 at the fit {10**start:.3g}",
        figures=judge.figures,
    )


@pytest.mark.reads("collapse_history", faults=("unequal_means", "drifting_means"))
def check_nc2_near_one(record, limits, judge):
    """Class means end with a condition number of at most {nc2:g}, and do not part from 1 again by {drift:g} times.

    Means: class means are not equally long and orthogonal, as free features would be. A network of L layers that
    weight decay balances keeps the L-th root of what its input has, so that this warns where it is no fault.

    Do: look at the norms of the class means; unbalanced classes and an unregularised bias keep NC2 above 1, too.
    """
    judge(figures=[(figures.dynamics, bands_of(record), limits.rnc1, limits.nc2)])
    run = collapsed(record, limits)
    end = ending(run.nc2, logarithmic=True)
    parts = [("log10 NC2", limits.decide(end, upper=math.log10(limits.nc2)))]
    if math.isfinite(end.value):
        parted = drift(run.nc2, run.rnc1 <= limits.rnc1)
        parts.append(("log10 of NC2 over its best", limits.decide(parted, upper=math.log10(limits.drift))))
    judge(*parts, figures=judge.figures)
