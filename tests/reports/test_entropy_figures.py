"""Test the figures of the entropy change by what they draw, not by pixels."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from gonogo import entropy_change
from gonogo.entropy_change import agreement as entropy_agreement
from gonogo.entropy_change import importance_weights, on_policy
from gonogo.entropy_change import noise as entropy_noise
from gonogo.entropy_change import order as entropy_order
from reports.figures import entropy_change as figures
from reports.figures import entropy_sequences as sequences
from reports.figures.style import LIMIT


@pytest.fixture(scope="module")
def expansion():
    """Five steps of a batch of 200 sequences; the linear prediction has the wrong sign at the first."""
    rng = np.random.default_rng(0)
    eta = np.array([0.01, 0.02, 0.04, 0.08, 0.16])
    tokens = rng.integers(5, 40, 200).astype(float)
    h = tokens * rng.uniform(0.8, 1.2, 200)
    score, slope = rng.normal(size=200), rng.normal(0.1, 1, 200)
    rows = [np.tile(a, (5, 1)) for a in (h, tokens)]
    gdotv, vhvv = rng.normal(0.01, 0.05, 200), rng.normal(0, 0.01, 200)
    return entropy_change.expansion(
        eta, np.outer(eta, score), h + np.outer(eta, slope), *rows, slope=gdotv.sum(), quadratic_slope=gdotv.sum(),
        curvature=vhvv.sum(), gdotv=gdotv, vhvv=vhvv,
    )  # fmt: skip


def axes_for(draw):
    rows, columns = draw.panels
    axes = Figure().subplots(rows, columns, squeeze=False).ravel()
    return axes if len(axes) > 1 else axes[0]


def drawn(draw, *arguments):
    axes = axes_for(draw)
    returned = draw(axes, *arguments)

    assert returned is axes
    return axes


def line(ax, label):
    return next(artist for artist in ax.lines if artist.get_label() == label)


def test_the_comparison_shows_every_step_and_the_tolerance(expansion):
    ax = drawn(figures.comparison, expansion, 0.04, 1, 0.2 * abs(expansion.true[2]), 1e-9)
    points = [artist for artist in ax.lines if str(artist.get_label()).startswith("linear")]

    assert sum(len(artist.get_xdata()) for artist in points) == 5
    x = np.sort(np.concatenate([artist.get_xdata() for artist in points]))
    np.testing.assert_allclose(x, np.sort(np.abs(expansion.true)))
    assert ax.get_xscale() == ax.get_yscale() == "log"
    assert line(ax, "judged here").get_xdata() == pytest.approx([abs(expansion.true[2])])
    assert {text.get_text() for text in ax.texts} == {"0.01", "0.02", "0.04", "0.08", "0.16"}


def test_opposite_signs_are_marked(expansion):
    true = expansion.true.copy()
    true[0] = -np.sign(expansion.linear[0]) * abs(true[0])
    changed = entropy_change.Expansion(**{**vars(expansion), "true": true})
    ax = drawn(figures.comparison, changed, 0.01, 1, 1e-3, np.nan)
    marked = line(ax, "linear, opposite sign")

    assert abs(true[0]) in marked.get_xdata()
    assert marked.get_markeredgecolor() == LIMIT
    assert marked.get_markerfacecolor() == "none"


def test_the_noise_floor_is_a_band_in_both_directions(expansion):
    floor = float(np.median(np.abs(expansion.true)))
    ax = drawn(figures.comparison, expansion, 0.04, 1, 1e-3, floor)

    assert len([patch for patch in ax.patches]) == 2


def test_histograms_hold_every_sequence_and_are_centred(expansion):
    axes = drawn(sequences.contributions, expansion, 0.08)

    for ax, parts in zip(axes, (expansion.true_parts, expansion.linear_parts, expansion.linquad_parts), strict=False):
        assert sum(patch.get_height() for patch in ax.patches) == 200
        low, high = ax.get_xlim()
        assert low == -high
        assert high == pytest.approx(1.05 * np.abs(parts[3]).max())
    assert len({ax.get_ylim() for ax in axes[:3]}) == 1


def test_what_does_not_vanish_with_the_step_is_drawn_apart(expansion):
    axes = drawn(sequences.contributions, expansion, 0.01)

    assert axes[3].get_xlim()[1] == pytest.approx(1.05 * np.abs(expansion.static_parts).max())
    assert sum(patch.get_height() for patch in axes[3].patches) == 200
    np.testing.assert_allclose(expansion.true_parts.sum(axis=1), expansion.true, atol=1e-12)
    largest = np.abs(expansion.true_parts).max(axis=1)
    assert largest[0] / largest[3] == pytest.approx(1 / 8, rel=0.2)


def test_only_series_that_are_drawn_are_in_the_legend(expansion):
    bare = entropy_change.Expansion(**{**vars(expansion), "linquad": np.full(5, np.nan)})
    ax = drawn(figures.comparison, bare, 0.04, 1, 1e-3, np.nan)
    flipped = entropy_change.Expansion(**{**vars(expansion), "linear": -expansion.true})
    other = drawn(figures.comparison, flipped, 0.04, 1, 1e-3, np.nan)

    assert not any("lin+quad" in text.get_text() for text in ax.get_legend().get_texts())
    assert "linear" not in {text.get_text() for text in other.get_legend().get_texts()}
    assert "linear, opposite sign" in {text.get_text() for text in other.get_legend().get_texts()}


def test_steps_are_printed_to_three_digits(expansion):
    finer = entropy_change.Expansion(**{**vars(expansion), "eta": np.array([8e-7, 1.6e-6, 3.2e-6, 6.4e-6, 1.28e-5])})
    ax = drawn(figures.comparison, finer, 1.28e-5, 1, 1e-3, np.nan)

    assert {text.get_text() for text in ax.texts} == {"8e-07", "1.6e-06", "3.2e-06", "6.4e-06", "1.28e-05"}


@pytest.mark.parametrize(("largest", "ticks"), [(3, [1]), (70, [1, 10]), (2e5, [1, 100, 1e5])])
def test_ticks_beyond_the_linear_part_are_few_powers_of_ten(expansion, largest, ticks):
    linear_parts = expansion.linear_parts
    linquad_parts = linear_parts.copy()
    linquad_parts[3, 0] = (1 + largest) * linear_parts[3, 0]
    wide = entropy_change.Expansion(**{**vars(expansion), "linquad_parts": linquad_parts})
    axis = drawn(sequences.quadratic_effects, wide, 0.08)[1].yaxis

    np.testing.assert_allclose(axis.get_majorticklocs(), [*(-x for x in ticks[::-1]), 0, *ticks])
    assert [text.get_text() for text in axis.get_ticklabels()][-1] == f"{ticks[-1]:g}"
    assert not len(axis.get_minorticklocs())


def test_errors_and_quadratic_effects_show_differences(expansion):
    axes = drawn(sequences.errors, expansion, 0.08)
    assert sum(patch.get_height() for patch in axes[1].patches) == 200

    axes = drawn(sequences.quadratic_effects, expansion, 0.08)
    quadratic = expansion.linquad_parts[3] - expansion.linear_parts[3]
    np.testing.assert_allclose(axes[1].lines[0].get_ydata(), quadratic / expansion.linear_parts[3])


def test_correlations_fill_five_panels(expansion):
    axes = drawn(sequences.correlations, expansion, 0.08)

    assert [ax.axison for ax in axes] == [True] * 5 + [False]
    np.testing.assert_allclose(axes[0].lines[0].get_xdata(), expansion.true_parts[3])


def test_without_a_curvature_its_panels_stay_empty(expansion):
    bare = entropy_change.Expansion(**{**vars(expansion), "linquad_parts": None})

    assert not drawn(sequences.contributions, bare, 0.08)[2].axison
    assert not drawn(sequences.correlations, bare, 0.08)[4].axison


def test_the_residual_shows_noise_tolerance_and_where_it_was_judged():
    floor = entropy_noise.NoiseFloor(0.01, 0.01, 1e-4)
    fit = entropy_noise.slope_residual([0.1, 0.2], [0.11, 0.24], 1.0, floor, [True, True])
    ax = drawn(figures.residual, fit, 0.02)

    np.testing.assert_allclose(line(ax, "true − s η").get_ydata(), [0.01, 0.04])
    assert line(ax, "judged here").get_xdata() == [0.2]


def test_orders_show_the_fitted_and_the_wanted_power():
    eta = np.array([0.1, 0.2, 0.4, 0.8])
    fit = entropy_order.growth(eta, 3 * eta**2, 1e-6)
    ax = drawn(figures.orders, fit, 2)

    np.testing.assert_allclose(line(ax, "power 2.00").get_ydata(), 3 * eta**2, rtol=1e-3)


def test_the_forest_has_a_row_a_run_and_one_for_all():
    pooled = entropy_agreement.pooled_difference([1.0, -1.0, 2.0], [1.0, 1.0, 1.0], [-9.0, -9.0, -9.0], ["a", "b", "c"])
    ax = drawn(figures.forest, pooled, 0.2)

    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels[:3] == ["a  z = 1.0", "b  z = -1.0", "c  z = 2.0"]
    assert labels[3].startswith("Stouffer")


def test_growth_quadratic_weights_scores_and_influence_are_drawn(expansion):
    drawn(figures.growth, expansion, 1e-5)
    fit = entropy_order.quadratic_fit(expansion.eta, expansion.true)
    ax = drawn(figures.quadratic, fit)
    np.testing.assert_allclose(line(ax, "true").get_ydata(), expansion.true)

    values = np.random.default_rng(1).normal(size=100)
    ax = drawn(sequences.weights, importance_weights.weight_health(values))
    np.testing.assert_allclose(ax.lines[0].get_xdata(), np.sort(values))

    ax = drawn(sequences.on_policy_scores, {"score": on_policy.score_mean(values)}, 0.25)
    assert ax.get_yticklabels()[0].get_text().startswith("score")

    ax = drawn(sequences.influence, values, 10.0, 0.5, "sum")
    assert np.all(np.diff(ax.lines[0].get_ydata()) <= 0)

    batch, reported = np.array([256, 512, 1024]), np.array([1.0, 0.6, 0.3])
    drawn(figures.error_fall, batch, reported, entropy_agreement.error_exponent(batch, reported, batch / 8))
