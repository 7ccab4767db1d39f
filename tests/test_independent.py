"""Test `benchmarks.independent`: each source is what it says, and a tiny run of each tells right from wrong."""

import json
import tomllib
from collections import Counter

import numpy as np
import pytest

from benchmarks.independent import HEALTHY, SOURCES, digits, encoders, files, matrices, policy, seeds
from benchmarks.independent.__main__ import main
from benchmarks.independent.rates import Counts, alarming, in_words, lines, write
from fixtures.kinds import kind_named


def asked(counts, statement):
    """What a statement said: what is wrong, or ``HEALTHY`` -> Counter of verdicts."""
    return {what: words for (name, what), words in counts.items() if name.partition(" (")[0] == statement}


def test_a_table_counts_what_was_asked_and_names_what_alarms():
    counts = Counts()
    for word in ["pass"] * 6 + ["fail", "inconclusive", "skip"]:
        counts.add(HEALTHY, {"curves.x": word})
    counts.add("broken", {"curves.x": "fail"})
    counts.add("broken", {"curves.x": "pass"})
    counts.add("broken", {"curves.x": "not planted"})
    other = Counts()
    other.merge(counts, "again")
    _, line = lines("source", counts)

    assert "1/8 12.5%" in line  # false alarms
    assert "7/8 87.5%" in line  # decided
    assert "broken 1/2 50.0%" in line
    assert line.endswith("passed 1")
    assert other["curves.x (again)", "broken"] == Counter({"fail": 1, "pass": 1, "not planted": 1})
    ((statement, words),) = alarming(counts)
    assert statement == "curves.x"
    assert words.endswith("not demonstrated")
    assert list(alarming(counts, goal=0.2)) == []
    counts["curves.x", HEALTHY] = Counter({"fail": 9, "pass": 1})
    assert next(iter(alarming(counts)))[1].endswith("%], demonstrated")


def test_rates_stand_beside_the_limits_in_words(tmp_path):
    counts = Counts()
    for label, word in (("one", "pass"), ("other", "fail"), ("other", "inconclusive"), ("other", "skip")):
        counts.add(HEALTHY, {f"gradient_floor.block_growth_bounded ({label})": word})
    counts.add("broken", {"gradient_floor.block_growth_bounded (one)": "error"})
    counts.add("open: healthy", {"gradient_floor.block_growth_bounded (one)": "fail"})
    counts.add("broken", {"gradient_floor.never_asked": "skip"})
    path = tmp_path / "gradient_floor.toml"
    path.write_text("# ours\n[gradient_floor.block_growth_bounded.growth]\nvalue = 1  # why\n", "utf-8")
    write([in_words("here", counts), in_words("there", counts)], tmp_path)

    text = "here: 3 healthy: 1 false alarm (<= 90.6%), 1 undecided, broken 1 of 1 (>= 2%)"
    found = tomllib.loads(path.read_text("utf-8"))["gradient_floor"]["block_growth_bounded"]
    assert found == {"independent": f"{text}; {text.replace('here', 'there')}", "growth": {"value": 1}}
    assert path.read_text("utf-8").startswith("# ours\n")


def test_the_policy_s_exact_change_is_that_of_its_sequences():
    law, rng = policy.policy(), np.random.default_rng(0)
    records = [policy.probe(law, rng) for _ in range(4)]
    total, tokens = policy.expectations(law, 0.0)
    batch = [(r.h_base[0].sum() / r.tokens[0].sum(), r.tokens[0].mean()) for r in records]
    step = 1e-4
    slope = (policy.change(law, step) - policy.change(law, -step)) / (2 * step)

    assert np.mean(batch, axis=0) == pytest.approx([total / tokens, tokens], rel=0.05)
    found, error = np.mean([r.slope for r in records]), np.mean([r.slope_se for r in records]) / 2
    assert abs(found - slope) < 4 * error < abs(slope)
    for record in records[:1]:
        assert all(relation.holds for relation in kind_named("entropy_probe").relations(record))
        assert record.delta_h[-1] == pytest.approx(policy.change(law, record.eta[-1]), rel=0.6)


def test_the_policy_s_lengths_have_a_tail_and_its_tokens_repeat():
    _, length, at = policy.draw(policy.policy(), 4000, np.random.default_rng(1))
    alive = np.arange(1, at.shape[1]) < length[:, None]

    assert length.max() > 15 * length.mean()
    assert np.mean((at[:, 1:] == at[:, :-1])[alive]) > 1.5 / policy.SYMBOLS


def test_the_policy_s_differences_are_the_derivatives_of_a_soft_max():
    law = policy.policy()
    symbols = np.array([policy.tables(law, eta)[3] for eta in policy.STENCIL])
    p, d = np.exp(symbols[2]), law.d_symbol
    mean = (p * d).sum(axis=-1, keepdims=True)

    np.testing.assert_allclose(np.tensordot(policy.FIRST, symbols, 1), d - mean, atol=1e-8)
    variance = (p * (d - mean) ** 2).sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(np.tensordot(policy.SECOND, symbols, 1), -variance + 0 * d, atol=1e-6)


@pytest.mark.parametrize("words", encoders.NOISE)
def test_an_encoder_has_the_information_that_it_was_built_with(words, monkeypatch):
    monkeypatch.setattr(encoders, "STIMULI", 20_000)
    record = encoders.encoder(np.random.default_rng(2), encoders.NOISE[words])
    shape = record.density / record.density.max()
    ratio = record.information / (shape + encoders.FLOOR)

    assert ratio / ratio.mean() == pytest.approx(np.ones(encoders.ANGLES), abs=0.15)
    assert all(relation.holds for relation in kind_named("encoding").relations(record))


def test_noise_is_skewed_or_heavy_and_of_unit_variance():
    rng = np.random.default_rng(3)
    one, other = encoders.skewed(rng, 10**5), encoders.heavy(rng, 10**5)

    assert [one.var(), other.var()] == pytest.approx([1, 1], abs=0.05)
    assert np.mean(one**3) == pytest.approx(2, abs=0.3)
    assert np.mean(other**4) > 5


@pytest.mark.parametrize("words", seeds.LASTING)
def test_noise_of_rows_lasts_as_long_as_it_says(words):
    rho = seeds.LASTING[words]
    noise = seeds.noise(np.random.default_rng(4), 200, rho)

    if rho < 1:
        assert noise.var() == pytest.approx(1, abs=0.15)
        assert np.mean(noise[:, 1:] * noise[:, :-1]) == pytest.approx(rho * noise.var(), abs=0.02)
    else:
        assert noise[:, -1].var() == pytest.approx(1, abs=0.3)
        assert np.diff(noise).var() == pytest.approx(1 / seeds.ROWS, rel=0.05)


def test_half_of_a_sparse_matrix_is_left_out_and_a_shrunk_one_is_the_dense_one():
    rng = np.random.default_rng(5)
    dense, active = matrices.jacobians(rng, 500)
    sparse, _ = matrices.jacobians(rng, 500, kept=0.1)

    assert dense.shape == (500, matrices.K, matrices.K)
    assert all(len(set(row)) == matrices.K for row in active.tolist())
    assert np.mean(np.abs(sparse) < 0.1 * np.median(np.abs(dense))) > 0.8
    one, other = (np.abs(matrices.jacobians(np.random.default_rng(6), 50, scale=scale)[0]) for scale in (1, 0.3))
    np.testing.assert_allclose(other, 0.3 * one)


def test_shrinkage_and_equal_twins_are_never_passed():
    counts = matrices.measured(2)
    merely, than = (asked(counts, name) for name in reversed(matrices.SPARSER))

    assert merely["pure shrinkage"]["pass"] == merely["null twin"]["pass"] == than["null twin"]["pass"] == 0
    assert merely[HEALTHY]["fail"] == than[HEALTHY]["fail"] == 0
    assert than[HEALTHY]["pass"] == 2


def test_files_of_other_writers_are_whole_until_they_are_cut():
    counts = asked(files.measured(4), files.STATEMENT)

    assert counts.pop(HEALTHY) == Counter({"pass": 24})
    assert {what: words["pass"] for what, words in counts.items()} == dict.fromkeys(counts, 0)
    assert sum(words.total() for words in counts.values()) == 24


def test_trainings_are_read_back_and_broken_ones_are_seen():
    pytest.importorskip("torch")
    counts = digits.measured(len(digits.BROKEN))

    for names in digits.KNOWN.values():
        for name in names:
            assert asked(counts, name)[HEALTHY] == Counter({"pass": len(digits.BROKEN)}), name
    for broken, names in digits.BROKEN.items():
        for name in names:
            assert counts[name, broken]["fail"] == 1, (broken, name)


def test_the_command_prints_a_table_a_source_and_keeps_the_counts(tmp_path, capsys):
    main(["--source", "seeds", "--source", "encoders", "--runs", "2", "--out", str(tmp_path / "rates.jsonl")])
    printed = capsys.readouterr().out
    rows = [json.loads(line) for line in (tmp_path / "rates.jsonl").read_text("utf-8").splitlines()]

    assert {row["source"] for row in rows} == {"seeds", "encoders"} < set(SOURCES)
    assert "regression.curve_stays_in_envelope (random walks, 3 against 10)" in printed
    assert "fisher_information.exponent_in_range (skewed noise)" in printed
    assert printed.count("2 runs in") == 2
    worse = [row for row in rows if row["what"] == "worse by half" and "seeds_have_not_moved" in row["statement"]]
    assert worse
    assert all("pass" not in row for row in worse)
