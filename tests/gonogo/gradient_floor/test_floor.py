"""Levels, ratios, mechanisms and proportions against closed forms and brute force."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo import NotApplicable, NotEnoughData, curve_operations
from gonogo.gradient_floor import gradient_floor, proportions
from gonogo.gradient_floor.credit_mechanism import credit_mechanism
from gonogo.gradient_floor.norm_level import level
from gonogo.gradient_floor.residual_stream import block_growth, stream_ratio
from gonogo.log_completeness import logged_share, longest_gap

EPOCH = np.arange(41)
FLOOR = 1e-7


@given(st.lists(st.booleans(), max_size=20), st.integers(1, 4))
def test_sustained_crossing_is_the_first_window_that_holds(beyond, window):
    brute = next((i for i in range(len(beyond) - window + 1) if all(beyond[i : i + window])), None)

    assert curve_operations.sustained_crossing(beyond, window=window) == brute


@given(st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=20))
def test_running_median_is_the_median_of_every_window(values):
    brute = [float(np.median(values[i : i + 3])) for i in range(len(values) - 2)]

    assert curve_operations.running_median(values).tolist() == brute


def test_noise_is_recovered_on_a_curve_that_only_falls():
    random = np.random.default_rng(0)
    estimates = [curve_operations.curve_noise(-0.3 * np.arange(40) + 0.05 * random.normal(size=40)) for _ in range(200)]

    assert np.median(estimates) == pytest.approx(0.05, rel=0.05)


@given(st.floats(-5, 5), st.floats(-5, 5))
def test_noise_does_not_see_a_linear_trend(slope, offset):
    wiggle = np.array([0.1, -0.2, 0.3, 0.0, -0.1, 0.2])
    moved = wiggle + offset + slope * np.arange(6)

    assert curve_operations.curve_noise(moved) == pytest.approx(curve_operations.curve_noise(wiggle), abs=1e-9)


def test_power_and_its_error_are_those_of_least_squares():
    random = np.random.default_rng(1)
    x = np.logspace(0, 3, 30)
    y = 2 * x**-0.8 * np.exp(0.1 * random.normal(size=30))
    (slope, _), covariance = np.polyfit(np.log(x), np.log(y), 1, cov=True)
    power = curve_operations.log_log_slope(x, y)

    assert power.value == pytest.approx(slope)
    assert power.se == pytest.approx(math.sqrt(covariance[0, 0]))


def test_mcnemar_error_is_that_of_the_mean_of_paired_differences():
    random = np.random.default_rng(2)
    one, other = random.random((2, 500)) < 0.7
    gain = proportions.paired_proportion_difference(one, other)
    difference = one.astype(float) - other

    assert gain.value == pytest.approx(difference.mean())
    assert gain.se == pytest.approx(difference.std() / math.sqrt(500), rel=0.01)


@given(st.integers(2, 5000), st.data())
@settings(max_examples=50)
def test_smallest_sample_divides_the_true_one(n, data):
    counts = data.draw(st.lists(st.integers(0, n), min_size=3, max_size=10))
    found = proportions.smallest_sample([count / n for count in counts])

    assert found is None or n % found == 0


@pytest.mark.parametrize(("accuracy", "verdict"), [(0.372, "inconclusive"), (0.363, "inconclusive"),
                                                   (0.308, "fail"), (0.609, "pass")])  # fmt: skip
def test_accuracies_of_one_seed_decide_what_their_error_allows(accuracy, verdict):
    gain = proportions.proportion_difference(accuracy, 10_000, 0.349, 10_000)

    assert gain.se == pytest.approx(0.0068, rel=0.03)
    assert gain.decide(lower=0.02, z=3.3).verdict == verdict


def test_a_gain_below_the_margin_is_refuted_by_many_samples_only():
    assert proportions.proportion_difference(0.354, 100_000, 0.349, 100_000).decide(lower=0.02, z=3.3).verdict == "fail"
    assert proportions.proportion_difference(0.354, 1_000, 0.349, 1_000).decide(lower=0.02, z=3.3).verdict != "fail"


def falling(start, end):
    return np.logspace(start, end, len(EPOCH))


def test_first_epoch_is_that_of_three_below_in_a_row():
    gradient = np.ones(41)
    gradient[[5, 6, 20]] = 1e-9
    gradient[30:] = 1e-9
    found = level(EPOCH, gradient, FLOOR, lowest=True)

    assert found.first == 30
    assert found.dips == (5, 6, 20)


def test_one_dip_in_a_log_fails_nothing():
    gradient = falling(0, -4)
    gradient[20] = 1e-12
    found = level(EPOCH, gradient, FLOOR, lowest=True)

    assert found.first is None
    assert found.worst.decide(lower=-7, z=3.3).verdict == "pass"


@pytest.mark.parametrize("bad", [np.nan, 0.0, np.inf])
def test_what_is_no_positive_number_is_beyond_every_limit(bad):
    gradient = falling(0, -4)
    gradient[20:] = bad
    for lowest in (True, False):
        found = level(EPOCH, gradient, FLOOR if lowest else 1e3, lowest=lowest)
        assert found.first == 20
        assert found.worst.decide(**{"lower" if lowest else "upper": -7 if lowest else 3}, z=3.3).verdict == "fail"


def test_few_rows_leave_the_noise_unknown():
    found = level([0, 1, 2], [1, 0.5, 0.2], FLOOR, lowest=True)

    assert math.isnan(found.worst.se)
    assert found.worst.decide(lower=-7).verdict == "inconclusive"


@given(st.floats(1e-6, 1e6))
@settings(max_examples=30)
def test_scaling_all_norms_moves_the_level_by_its_logarithm(scale):
    gradient = falling(0, -4)
    one = level(EPOCH, gradient, FLOOR, lowest=True)
    other = level(EPOCH, scale * gradient, scale * FLOOR, lowest=True)

    assert other.worst.value == pytest.approx(one.worst.value + math.log10(scale))
    assert (other.first, other.dips) == (one.first, one.dips)


def noisy_level(random, centre, sigma):
    """Level of 100 epochs of lognormal gradients about a constant."""
    return level(np.arange(100), centre * np.exp(sigma * random.normal(size=100)), FLOOR, lowest=True)


def test_scatter_about_four_times_the_floor_never_fails_where_single_epochs_would():
    random = np.random.default_rng(3)
    found = [noisy_level(random, 4e-7, 0.6) for _ in range(200)]

    assert np.mean([lv.values.min() < FLOOR for lv in found]) > 0.5
    assert all(lv.worst.decide(lower=-7, z=3.3).verdict != "fail" for lv in found)
    assert all(lv.last.decide(lower=-7, z=3.3).verdict != "fail" for lv in found)


def test_scatter_about_a_hundredth_of_the_floor_always_fails():
    random = np.random.default_rng(4)

    assert all(noisy_level(random, 1e-9, 0.6).worst.decide(lower=-7, z=3.3).verdict == "fail" for _ in range(50))


def test_every_block_has_its_own_first_epoch():
    gradient = np.stack([falling(0, end) for end in (-1, -7.5, -20)], axis=1)
    found = gradient_floor(EPOCH, gradient, FLOOR, block=1)
    brute = [int(EPOCH[column < FLOOR][0]) if (column < FLOOR).sum() >= 3 else "never" for column in gradient.T]

    assert found.first_epochs == ", ".join(f"{block}: {first}" for block, first in enumerate(brute))


def test_a_block_that_was_not_logged_is_named():
    with pytest.raises(NotApplicable, match="block 7 is to be judged, but the log has 0, 1"):
        gradient_floor(EPOCH, np.ones((41, 2)), FLOOR, block=7)


def test_ratio_to_itself_is_one_at_every_epoch():
    stream = falling(1, 5)
    found = stream_ratio(EPOCH, stream, EPOCH[::5], stream[::5], 1e3)

    assert found.reference == pytest.approx(stream)
    assert found.ratio.worst.value == pytest.approx(0, abs=1e-9)


def test_growth_names_the_steepest_block():
    stream = np.tile([1.0, 2, 4, 400, 800], (41, 1))
    growth, steepest = block_growth(EPOCH, stream, 50)

    assert steepest == 3
    assert growth.values == pytest.approx(np.full(41, 100.0))
    assert growth.first == 0


def blocks_of(error, credit, growth):
    """Norms at two blocks made of the three parts [decades over the run]."""
    t = EPOCH / 40
    h = 10 ** np.stack([1 + growth * t, 1 + 2 * growth * t], axis=1)
    g_last = 10 ** (1 + error * t) / h[:, 1]
    g_first = g_last * h[:, 1] / h[:, 0] * 10 ** (credit * t)
    return h, np.stack([g_first, g_last], axis=1)


@given(st.floats(-6, 6), st.floats(-6, 6), st.floats(0, 6))
@settings(max_examples=50)
def test_parts_of_the_fall_are_recovered_and_add_up(error, credit, growth):
    h, g = blocks_of(error, credit, growth)
    found = credit_mechanism(EPOCH, h, g, column=0)

    assert [found.error, found.credit, found.growth] == pytest.approx([error, credit, -growth], abs=1e-9)
    assert found.error + found.credit + found.growth == pytest.approx(found.fall, abs=1e-9)


@pytest.mark.parametrize(("parts", "accuracy", "label"), [
    ((-4, 0, 0.2), 0.95, "fitted"),
    ((-4, 0, 0.2), 0.3, "lost at the output"),
    ((0, 0, 6), 0.3, "cancelled by the stream"),
    ((0, -5, 0.2), 0.95, "vanishing credit"),
    ((3, 0, 3), 0.9, "no terminal norm"),
    ((-0.1, 0, 0.1), 0.9, "steady"),
])  # fmt: skip
def test_the_largest_part_names_the_mechanism(parts, accuracy, label):
    h, g = blocks_of(*parts)

    assert credit_mechanism(EPOCH, h, g, accuracy=np.full(41, accuracy)).label == label


def test_rows_after_an_overflow_are_left_out_of_the_mechanism():
    h, g = blocks_of(0, 0, 6)
    h[30:] = np.inf
    found = credit_mechanism(EPOCH, h, g)

    assert found.epoch[-1] == 29
    assert found.power.value == pytest.approx(-1)


def test_a_log_without_any_number_has_no_mechanism():
    found = credit_mechanism(EPOCH, np.full((41, 2), np.nan), np.full((41, 2), np.nan))

    assert found.label == "unknown"
    assert "too few rows" in found.text


@pytest.mark.parametrize(("first", "last"), [(0, 39), (0, 40), (1, 39), (1, 40)])
def test_epochs_count_from_zero_or_one(first, last):
    complete = last == 40 or first == 0

    assert (logged_share(range(first, last + 1), 40).value == 1.0) == complete


def test_an_unknown_plan_is_not_a_number_of_epochs_covered():
    assert math.isnan(logged_share([0, 1], None).value)


def test_a_gap_is_measured_in_typical_steps():
    assert longest_gap([0, 2, 4, 10, 12]).value == 3.0
    with pytest.raises(NotEnoughData, match="a cadence needs 3 rows, got 2"):
        longest_gap([0, 1])


def over_seeds(gains, errors=(0.0,), **known):
    settings = {"spread": 0.01, "spread_dof": 8} | known
    return proportions.mean_over_seeds(gains, np.resize(errors, len(gains)), **settings)


def test_two_seeds_say_how_many_would_decide():
    gain = over_seeds([0.0440, 0.0280], [0.012])
    decision = gain.decide(lower=0.02, z=3.7)
    needed = decision.n_to_decide

    assert (decision.verdict, gain.counted) == ("inconclusive", "seeds")
    words = {
        n: type(gain)(gain.value, gain.se * math.sqrt(2 / n), dof=8 + n - 1).decide(lower=0.02, z=3.7).verdict
        for n in (needed - 1, needed)
    }
    assert list(words.values()) == ["inconclusive", "pass"]


def test_without_prior_knowledge_seeds_have_students_error():
    gains = [0.04, 0.028, 0.05]
    gain = over_seeds(gains, spread_dof=0)

    assert (gain.value, gain.se, gain.dof) == pytest.approx((np.mean(gains), np.std(gains, ddof=1) / math.sqrt(3), 2))
    with pytest.raises(NotEnoughData, match="needs 2 of them, got 1"):
        over_seeds([0.04])


@pytest.mark.parametrize("gains", [[-0.773, -0.443], [-0.77, -0.44, -0.6], [-0.44, -0.77, -0.77, -0.44]])
def test_seeds_that_all_lie_tens_of_points_below_are_decided(gains):
    assert over_seeds(gains, [0.018]).decide(lower=0.02, z=4.0).verdict == "fail"


@pytest.mark.parametrize("errors", [[0.007], [math.nan]])
def test_the_error_over_seeds_is_that_of_replication(errors):
    rng, own = np.random.default_rng(0), 0.0 if math.isnan(errors[0]) else errors[0]
    sets = rng.normal(0.05, math.hypot(0.01, own), (4000, 3))
    found = [over_seeds(gains, errors) for gains in sets]

    # Where seeds spread as is known beforehand, the squared errors average to the variance of the means.
    assert np.mean([gain.se**2 for gain in found]) == pytest.approx(sets.mean(axis=1).var(), rel=0.07)


def test_the_margin_itself_is_hardly_ever_decided_even_where_seeds_spread_twice_as_far_as_thought():
    rng = np.random.default_rng(1)
    verdicts = [over_seeds(g).decide(lower=0.02, z=3.29).verdict for g in rng.normal(0.02, 0.02, (2000, 3))]

    assert 1 - verdicts.count("inconclusive") / 2000 < 0.015


def accuracies(share, *, n=400, replicates=3000):
    """Replicates of two models that both know the same share of the samples and guess the rest."""
    rng = np.random.default_rng(2)
    known = rng.random((replicates, n)) < share
    return [(rng.random((replicates, n)) < 0.6) | known for _ in range(2)]


@pytest.mark.parametrize("share", [0.0, 0.3])
def test_the_paired_error_is_that_of_replication(share):
    one, other = accuracies(share)
    found = [proportions.paired_proportion_difference(a, b).se for a, b in zip(one, other, strict=True)]

    assert np.mean(found) == pytest.approx(np.std(one.mean(axis=1) - other.mean(axis=1)), rel=0.05)


@pytest.mark.parametrize(("share", "times"), [(0.0, 1.0), (0.3, 1.1)])
def test_the_unpaired_error_is_that_of_replication_and_too_large_where_models_agree(share, times):
    one, other = accuracies(share)
    shares = zip(one.mean(axis=1), other.mean(axis=1), strict=True)
    found = [proportions.proportion_difference(a, 400, b, 400).se for a, b in shares]

    ratio = np.mean(found) / np.std(one.mean(axis=1) - other.mean(axis=1))
    assert ratio == pytest.approx(1.0, rel=0.05) if times == 1.0 else ratio > times


def test_models_that_never_differ_and_shares_of_one_have_an_error():
    same = np.arange(10) < 9

    assert proportions.paired_proportion_difference(same, same).decide(lower=0.02).verdict == "inconclusive"
    assert proportions.proportion_difference(1.0, 10, 0.0, 10).se > 0.1
