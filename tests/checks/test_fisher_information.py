"""What the statements about groups of encoders decide, however many groups a session has."""

import pytest

from benchmarks.replicates import book
from checks.check_fisher_information import decide
from gonogo import Estimate
from gonogo.estimate import critical_value


@pytest.mark.parametrize("check", ["exponent_in_range", "exponents_fall_with_loss_power", "follows_stepwise_density"])
@pytest.mark.parametrize("dof", [6, 10, 14, 1000])
def test_what_lies_four_standard_errors_beyond_a_limit_fails(check, dof):
    limits = book().of("fisher_information", check, "run", critical_value(1000), {})
    far, near = (Estimate(1.2 + times * 0.08, 0.08, n=12, dof=dof, counted="bins") for times in (4.0, 2.0))

    assert decide(limits, far, lower=0.8, upper=1.2).verdict == "fail"
    assert decide(limits, near, lower=0.8, upper=1.2).verdict == "inconclusive"
