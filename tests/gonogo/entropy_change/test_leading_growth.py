"""The power with which a remainder begins, where its orders cancel at the largest step."""

import numpy as np
import pytest

from gonogo import NotApplicable
from gonogo.entropy_change.order import growth, leading_growth

ETA = np.array([0.25, 0.5, 1.0, 2.0, 4.0])


def test_without_cancelling_it_is_the_growth_itself():
    size = ETA**2 + 0.1 * ETA**3

    assert leading_growth(ETA, size, 1e-3).estimate == growth(ETA, size, 1e-3).estimate


@pytest.mark.parametrize("order", [1, 2, 3])
def test_where_the_next_order_cancels_at_the_largest_step_that_step_is_left_out(order):
    size = ETA**order * (1 - 0.24 * ETA)
    found, whole = leading_growth(ETA, size, 1e-4), growth(ETA, size, 1e-4)

    assert found.used.sum() == whole.used.sum() - 1
    assert whole.estimate.value < found.estimate.value < order


def test_a_term_of_lower_order_that_others_hide_at_the_largest_step_stays_seen():
    wrong_slope = 0.2 * ETA + 0.02 * ETA**2 - 0.012 * ETA**3

    assert leading_growth(ETA, wrong_slope, 1e-4).estimate.value < 1.2


def test_a_remainder_that_changes_its_sign_has_no_order():
    with pytest.raises(NotApplicable, match="remainders change their sign: two orders cancel"):
        leading_growth(ETA, ETA**2 * (1 - 0.4 * ETA), 1e-4, name="remainders")
