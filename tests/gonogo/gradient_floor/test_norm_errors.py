"""Norms of gradients and streams: errors by replication, values by hand, and where each limit lies."""

import math

import numpy as np
import pytest

from gonogo import NotApplicable
from gonogo.curve_operations import curve_noise
from gonogo.gradient_floor import proportions
from gonogo.gradient_floor.credit_mechanism import Mechanism, credit_mechanism
from gonogo.gradient_floor.floor import gradient_floor
from gonogo.gradient_floor.norm_level import level
from gonogo.gradient_floor.residual_stream import block_growth, stream_ratio


def test_the_noise_of_a_level_is_that_of_a_median_of_three():
    rng = np.random.default_rng(0)
    curves = 10 ** (0.2 * rng.normal(size=(2000, 6)))
    medians = np.median(np.log10(curves)[:, :3], axis=1)
    found = level(range(60), 10 ** (0.2 * rng.normal(size=60)), 1e-9, lowest=True)

    assert found.worst.se / found.last.se == pytest.approx(np.std(medians) / 0.2, rel=0.03)
    noises = [level(range(60), 10 ** (0.2 * rng.normal(size=60)), 1e-9, lowest=True).last.se for _ in range(200)]
    assert np.mean(noises) == pytest.approx(0.2, rel=0.03)


@pytest.mark.parametrize("lowest", [True, False])
def test_a_level_is_the_extreme_median_with_the_noise_of_the_curve(lowest):
    logs = np.random.default_rng(1).normal(size=20)
    found = level(range(20), 10**logs, 1.0, lowest=lowest)
    medians = [np.median(logs[i : i + 3]) for i in range(18)]

    assert found.worst.value == pytest.approx(min(medians) if lowest else max(medians))
    assert found.worst.se == pytest.approx(0.6698 * curve_noise(logs))
    assert (found.last.value, found.last.se) == (pytest.approx(logs[-1]), pytest.approx(curve_noise(logs)))
    beyond = logs < 0 if lowest else logs > 0
    first = next((i for i in range(18) if beyond[i : i + 3].all()), None)
    assert found.first == first
    assert found.dips == tuple(i for i in range(first if first is not None else 20) if beyond[i])


def test_six_rows_are_judged_by_three_and_five_by_one():
    six, five = (level(range(n), [1.0, 1e-9, *[1.0] * (n - 2)], 1e-7, lowest=True) for n in (6, 5))

    assert (six.worst.value, six.first, six.dips) == (0.0, None, (1,))
    assert (five.worst.value, five.first, five.dips) == (-9.0, 1, ())
    assert five.worst.se == five.last.se
    assert level(range(7), [1.0] * 6 + [1e-3], 1e-7, lowest=True).last.value == -3


def test_what_is_no_norm_is_beyond_and_what_touches_is_not():
    found = level(range(7), [1.0, 0.0, math.nan, math.inf, 1.0, 1.0, 1.0], 1.0, lowest=True)

    assert (found.first, found.worst.value) == (1, -math.inf)
    assert level(range(7), [1.0, 0.0, math.nan, math.inf, 1.0, 1.0, 1.0], 1.0, lowest=False).worst.value == math.inf
    assert level(range(6), [1.0] * 6, 1.0, lowest=True).first is None
    assert level(range(6), [1.0] * 6, 1.0, lowest=False).first is None


def test_a_reference_is_interpolated_in_the_logarithm_and_held_at_its_ends():
    found = stream_ratio([0, 1, 2, 3, 4, 9], np.full(6, 10.0), [1, 2, 3, 4], [1.0, math.nan, 100.0, 0.0], 1e3)

    np.testing.assert_allclose(found.reference, [1, 1, 10, 100, 100, 100])
    np.testing.assert_allclose(found.ratio.values, [10, 10, 1, 0.1, 0.1, 0.1])
    with pytest.raises(NotApplicable, match="no finite norm"):
        stream_ratio([0], [1.0], [0, 1], [math.nan, 0.0], 1e3)


def test_growth_is_the_largest_factor_of_an_epoch_and_a_lost_one_is_infinite():
    stream = [[1, 2, 6], [1, 4, 8], [2, 2, 2], [1, 1, 1], [1, 1, 1], [1, 1, 1]]
    growth, steepest = block_growth(range(6), stream, 3.5)

    np.testing.assert_allclose(growth.values, [3, 4, 1, 1, 1, 1])
    assert (steepest, growth.dips) == (1, (1,))
    assert block_growth(range(2), [[1, 2, 6], [0, 0, 1]], 5)[0].values[1] == math.inf
    assert block_growth(range(2), [[1, 2], [1, 3]], 5)[1] == 1
    with pytest.raises(NotApplicable, match="two residual states"):
        block_growth(range(2), [[1], [2]], 5)


def test_a_floor_is_asked_of_the_named_block():
    gradient = np.column_stack([np.full(6, 1e-9), np.full(6, 1.0)])
    found = gradient_floor(range(6), gradient, 1e-7, block=4, blocks=[2, 4])

    assert (found.judged, found.level.first, found.levels[0].first) == (1, None, 0)
    assert found.first_epochs == "2: 0, 4: never"
    with pytest.raises(NotApplicable, match="block 3 is to be judged, but the log has 2, 4"):
        gradient_floor(range(6), gradient, 1e-7, block=3, blocks=[2, 4])


def test_the_parts_of_a_fall_are_differences_of_logarithms_between_the_ends():
    h = 10.0 ** np.array([[0, 1], [0.5, 2], [1, 3], [9, 9]])
    g = 10.0 ** np.array([[0, 0], [-2, -1], [-4, -2.5], [-9, -9]])
    found = credit_mechanism(range(4), h, g, until=2, accuracy=[0.1, 0.2, 0.3, 0.9])

    assert found.fall == pytest.approx(-4)
    assert found.error == pytest.approx(-2.5 + 2)
    assert found.growth == pytest.approx(-1)
    assert found.credit == pytest.approx(-4 + 1 + 0.5)
    assert found.label == "vanishing credit"
    assert found.epoch.tolist() == [0, 1, 2]
    np.testing.assert_allclose(found.gradient, g[:3, 0])
    np.testing.assert_allclose(found.stream, h[:3, 0])
    assert found.text.startswith(
        "vanishing credit: up to epoch 2 g moved -4.0 decades (-1.0 from the stream's norm, -0.5"
    )
    assert "-2.5 between the blocks" in found.text


@pytest.mark.parametrize(
    ("fall", "growth", "accuracy", "label"),
    [
        (-0.49, 0.0, None, "steady"),
        (-0.51, 0.0, None, "vanishing credit"),
        (-0.51, 0.0, 0.6, "fitted or vanishing credit"),
        (-0.49, 1.1, None, "no terminal norm"),
        (-0.49, 0.9, None, "steady"),
        (-2.0, 1.5, None, "cancelled by the stream"),
        (-2.0, 0.2, 0.51, "fitted or vanishing credit"),
        (-2.0, 0.2, 0.49, "vanishing credit"),
    ],
)
def test_a_mechanism_of_one_block_is_named_by_the_larger_part(fall, growth, accuracy, label):
    h, g = 10.0 ** np.array([[0.0], [growth]]), 10.0 ** np.array([[0.0], [fall]])
    known = None if accuracy is None else [0.0, accuracy]
    found = credit_mechanism([0, 1], h, g, accuracy=known)

    assert found.label == label
    assert math.isnan(found.credit)
    assert found.error == pytest.approx(fall + growth)


def test_the_last_known_accuracy_counts():
    h, g = np.ones((4, 2)), 10.0 ** np.array([[0, 0], [-1, -1], [-2, -2], [-3, -3]])

    assert credit_mechanism(range(4), h, g, accuracy=[0.9, 0.9, 0.2, math.nan]).label == "lost at the output"
    assert credit_mechanism(range(4), h, g, accuracy=[0.2, 0.2, 0.51, math.nan]).label == "fitted"
    assert credit_mechanism(range(4), h, g, accuracy=[math.nan] * 4).label == "lost at the output"


def test_a_power_is_told_over_the_last_two_thirds_of_a_stream_of_a_decade():
    n = np.arange(9.0)
    h = 10 ** np.where(n < 3, 0, 0.21 * (n - 3))[:, None]
    g = 10 ** np.where(n < 3, 5, 0)[:, None] / h**2
    found = credit_mechanism(range(9), h, g)

    assert found.power.value == pytest.approx(-2)
    assert found.power.n == 6
    assert found.text.endswith("; g goes like h to the power -2.00")
    assert credit_mechanism(range(9), h**0.9, g).power is None
    assert "power" not in credit_mechanism(range(9), h**0.9, g).text
    unknown = credit_mechanism(range(3), np.zeros((3, 1)), np.ones((3, 1)))
    assert isinstance(unknown, Mechanism)
    assert unknown.text == "too few rows with positive, finite norms to say why"


def test_the_difference_of_proportions_has_the_error_of_replicates():
    rng, found = np.random.default_rng(2), []
    for _ in range(500):
        p, q = rng.binomial(800, 0.9) / 800, rng.binomial(500, 0.8) / 500
        found.append(proportions.proportion_difference(p, 800, q, 500))

    assert np.mean([e.se for e in found]) == pytest.approx(np.std([e.value for e in found]), rel=0.08)
    assert (found[0].n, found[-1].value) == (500, p - q)


def test_the_difference_on_the_same_samples_has_the_error_of_replicates():
    rng, found = np.random.default_rng(3), []
    for _ in range(500):
        easy = rng.random(600) < 0.7
        one, other = easy | (rng.random(600) < 0.6), easy | (rng.random(600) < 0.3)
        found.append(proportions.paired_proportion_difference(one, other))

    assert np.mean([e.value for e in found]) == pytest.approx(0.3 * 0.3, abs=0.005)
    assert np.mean([e.se for e in found]) == pytest.approx(np.std([e.value for e in found]), rel=0.08)
    assert found[0].n == 600
    with pytest.raises(ValueError, match="share one shape"):
        proportions.paired_proportion_difference([1], [1, 0])


@pytest.mark.parametrize(
    ("shares", "n"),
    [([0.5], 2), ([1.0], None), ([1.0, 0.0], None), ([1 / 3, math.nan, 0.25], 12), ([1 / 100_000], 100_000),
     ([1 / 99_991, 0.5], None), ([], None)],
)  # fmt: skip
def test_the_smallest_sample_is_the_common_denominator(shares, n):
    assert proportions.smallest_sample(shares) == n


def test_residual_norms_are_of_each_sample_of_each_state():
    torch = pytest.importorskip("torch")
    from gonogo.gradient_floor.residual_probe import residual_norms, residual_states, sample_norms

    class Pair(torch.nn.Module):
        def forward(self, x):
            return 3 * x, -x

    x = torch.tensor([[3.0, 4.0], [0.0, 1.0], [6.0, 8.0]], requires_grad=True)
    module = Pair()
    with residual_states(module) as states:
        out, _ = module(x)
    norms = residual_norms((out**2).sum(1), states)

    assert norms.stream == pytest.approx([3 * (5 + 1 + 10) / 3])
    assert norms.gradient == pytest.approx([2 * 3 * 5])
    assert norms.gradient_low == pytest.approx([6 * (1 + 0.1 * 4)])
    assert norms.row(4, acc_eval=0.5)["bp_grad_norms_per_sample_q05"] == norms.gradient_low
    np.testing.assert_allclose(sample_norms(torch.tensor([[3e30, 4e30], [3e-30, 4e-30], [0, 0]])), [5e30, 5e-30, 0],
                               rtol=1e-6)  # fmt: skip
    with pytest.raises(ValueError, match="one loss a sample"):
        residual_norms((out**2).sum(), states)
    with pytest.raises(ValueError, match=r"got losses \(2,\)"):
        residual_norms((out**2).sum(1)[:2], states)
