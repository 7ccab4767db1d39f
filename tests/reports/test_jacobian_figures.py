"""Test the figures of the Jacobian family by what they draw, not by pixels."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from fixtures.kinds import jacobian_ablation, jacobian_histogram, jacobian_sweep, sae_pair
from gonogo import jacobian_sparsity as histograms
from gonogo.jacobian_sparsity import tradeoff as sparsity_tradeoff
from gonogo.jacobian_sparsity.causal_agreement import causal_agreement
from reports.figures import jacobian_causes as causes
from reports.figures import jacobian_sparsity as figures
from reports.figures.style import LIMIT


def histogram_of(record):
    return histograms.histogram(record.counts, record.edges, tokens=record.tokens, k=record.k)


HERE, TWIN = histogram_of(jacobian_histogram.healthy()), histogram_of(jacobian_histogram.healthy_peers()[0])
PAIR = sae_pair.healthy()
RUNS = [record for record in jacobian_sweep.healthy_group() if record.finished]


def drawn(draw, *arguments):
    rows, columns = draw.panels
    axes = Figure().subplots(rows, columns, squeeze=False).ravel()
    axes = axes if len(axes) > 1 else axes[0]
    returned = draw(axes, *arguments)

    assert returned is axes
    for ax in np.atleast_1d(axes):
        assert not ax.axison or (ax.get_xlabel() or len(np.atleast_1d(axes)) > 3)
    return axes


def line(ax, label):
    return next(line for line in ax.lines if line.get_label() == label).get_xydata()


def test_bars_hold_the_shares_of_both_pairs_and_the_curve_is_cumulative():
    bars, curve = drawn(figures.distribution, HERE, TWIN, 0.01, 0.15)

    patch = bars.patches[0].get_data()
    inside = HERE.edges < patch.edges[-1] - 1e-6
    assert patch.values.sum() == pytest.approx(100 * HERE.counts[inside[:-1]].sum() / HERE.total, abs=0.1)
    xy = line(curve, "this pair")
    assert xy[np.argmin(np.abs(xy[:, 0] - 0.01)), 1] == pytest.approx(
        100 * (1 - histograms.fraction_above(HERE, 0.01).value)
    )
    assert line(curve, "must reach")[0].tolist() == [0.01, 85.0]


def test_what_left_the_range_keeps_the_curve_below_everything_and_is_named():
    cut = histograms.histogram(HERE.counts[:20], HERE.edges[:21], tokens=HERE.tokens, k=8)

    curve = drawn(figures.distribution, cut, None, None, None)[1]

    assert curve.lines[0].get_ydata()[-1] == pytest.approx(100 * (1 - cut.overflow))
    assert "beyond the range" in curve.lines[0].get_label()


def test_threshold_bars_count_elements_of_a_token():
    ax = drawn(figures.thresholds, HERE, TWIN, 8)

    heights = [bar.get_height() for bar in ax.patches]
    assert heights[1] == pytest.approx(64 * histograms.fraction_above(HERE, 0.01).value)
    assert heights[6] == pytest.approx(64 * histograms.fraction_above(TWIN, 0.01).value)


def test_the_profile_marks_the_two_places_and_what_the_tail_must_reach():
    profile = histograms.scale_profile(HERE, TWIN)
    ax = drawn(figures.scale_profile, profile, 1.25)

    marks = next(line for line in ax.lines if line.get_marker() == "o").get_xydata()
    assert marks[:, 0].tolist() == pytest.approx([0.2, 0.02])
    assert marks[1, 1] / marks[0, 1] == pytest.approx(profile.gain.value)
    wanted = next(line for line in ax.lines if line.get_color() == LIMIT).get_xydata()
    assert wanted[0].tolist() == pytest.approx([0.02, 1.25 * marks[0, 1]])
    assert ax.get_xlim()[0] > ax.get_xlim()[1]


@pytest.mark.parametrize("other", [None, 3.0])
def test_examples_permute_rows_and_columns_not_elements(other):
    axes = drawn(figures.examples, PAIR.jacobian, None if other is None else other * PAIR.jacobian)

    for k in range(4):
        image = np.asarray(axes[k].images[0].get_array())
        token = np.abs(PAIR.jacobian[k])
        # Permuted rows keep their multiset of column-sorted rows: shuffled elements would not.
        np.testing.assert_allclose(np.sort(np.sort(image, axis=1), axis=0), np.sort(np.sort(token, axis=1), axis=0))
        np.testing.assert_allclose(np.sort(image.sum(axis=0)), np.sort(token.sum(axis=0)))
        assert axes[k + 4].images[0].get_array().sum() == pytest.approx(1)
        assert (axes[k + 8].images[0].get_array() ** 2).sum() == pytest.approx(1)
    assert axes[0].images[0].get_clim() == axes[3].images[0].get_clim()
    assert axes[0].images[0].get_clim()[1] == pytest.approx((other or 1.0) * np.abs(PAIR.jacobian[:4]).max())


def test_examples_of_few_tokens_leave_panels_empty():
    axes = drawn(figures.twin_examples, PAIR.jacobian[:2], np.zeros((1, 6, 6)))

    assert [ax.axison for ax in axes[:4]] == [True, True, False, False]


def test_the_closed_form_is_drawn_with_its_limit():
    axes = drawn(figures.closed_form, PAIR.jacobian + 1e-9, PAIR.jacobian, 1e-12)

    np.testing.assert_allclose(axes[1].lines[0].get_ydata(), 1e-9, rtol=1e-4)
    assert axes[1].lines[1].get_ydata()[0] == 1e-12


def test_decoder_norms_are_sorted():
    ax = drawn(figures.decoder_norms, {"input": np.array([2.0, 1.0]), "output": np.array([1.0, 1.0])}, 0.01)

    assert line(ax, "input")[:, 1].tolist() == [1.0, 2.0]


def test_the_ablation_tells_apart_what_left_the_active_set():
    record = jacobian_ablation.healthy()
    scatter, bars = drawn(causes.ablation, causal_agreement(record.element, record.change))

    below = next(line for line in scatter.lines if line.get_label().startswith("below"))
    assert (below.get_ydata() + below.get_xdata() <= -0.1).all()
    assert sum(len(line.get_xdata()) for line in scatter.lines[:3]) == causes.SAMPLES
    assert bars.patches[0].get_height() == pytest.approx(0.98, abs=0.002)


def test_shares_of_linearity_fill_the_bar():
    ax = drawn(causes.linearity, {"linear": 3, "gated": 5, "neither": 2}, {"linear": 1, "gated": 1, "neither": 2}, 0.9)

    assert [bar.get_width() for bar in ax.patches] == pytest.approx([0.3, 0.5, 0.2, 0.25, 0.25, 0.5])


def test_the_trade_off_labels_each_coefficient_on_a_reversed_axis():
    curve = sparsity_tradeoff.trade_off(
        [r.coefficient for r in RUNS], [r.fraction(0.01) for r in RUNS], [r.score for r in RUNS]
    )
    ax = drawn(causes.trade_off, curve, 0.01, 0.25, 0.02)

    assert [text.get_text() for text in ax.texts] == [f"{c:g}" for c in curve.coefficient]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), np.stack([curve.score, curve.fraction], axis=1))


def test_scale_free_statistics_are_drawn_with_what_must_be_reached():
    gain = sparsity_tradeoff.scale_free_gain(
        *([getattr(r, name) for r in RUNS] for name in ("coefficient", "hoyer", "spread", "kurtosis"))
    )
    hoyer, kurtosis = drawn(causes.scale_free, gain, 0.15)

    assert hoyer.lines[2].get_ydata()[0] == pytest.approx(hoyer.lines[1].get_ydata()[0] + 0.15)
    np.testing.assert_array_equal(kurtosis.lines[0].get_ydata(), gain.kurtosis)


def test_lost_scores_are_drawn_with_their_mean_and_limit():
    ax = drawn(causes.reconstruction, np.array([0.8, 0.9]), np.array([0.9, 0.96]), 0.02)

    assert line(ax, "mean")[0, 0] == pytest.approx(0.08)
    assert line(ax, "limit")[0, 0] == 0.02


def test_the_ablation_s_legend_says_the_shares_that_are_judged():
    agreement = causal_agreement(*(getattr(jacobian_ablation.healthy(), name) for name in ("element", "change")))
    scatter, _ = drawn(causes.ablation, agreement)

    labels = [line.get_label() for line in scatter.lines[:3]]
    shares = (agreement.on_line.value, agreement.below, agreement.above)
    assert [label.rpartition("(")[2] for label in labels] == [f"{share:.1%} of all)" for share in shares]
