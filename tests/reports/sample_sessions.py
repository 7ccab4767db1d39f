"""Whole sessions, made up: mixed, green, controls only, and many runs."""

import random
import shutil

from tests.reports.sample_rows import EVIL, RUNS, STATEMENTS, draw, judged, session_of

# Where a made-up value lies: at 0 the middle of the tolerance, at 1 its end.
FAILING = {
    ("linear_matches_true", "E_256/run_01"): 3.1, ("linear_matches_true", "E_256/run_04"): 1.9,
    ("linear_matches_true", "E_512/run_01"): 28.0, ("samples_follow_policy", "E_256/run_01"): 1.55,
    ("samples_follow_policy", "E_256/run_04"): 1.48, ("gradient_above_floor", "dfa/vanilla/s42"): 1.99,
    ("gradient_above_floor", "dfa/vanilla/s43"): 1.7, ("stream_below_ceiling", "dfa/vanilla/s42"): 4.0e3,
    ("linquad_matches_true", "E_256/run_02"): 0.9, ("linquad_matches_true", "E_256/run_03"): 1.05,
    ("exponent_in_range", "faces/linear-rep1"): 1.6, ("collapse_reached", "grokking/wd0.1_s42"): 1.3,
    ("accuracy_over_baseline", "dfa/penalty_1e-2/s43"): 0.93,
}  # fmt: skip


def mixed(folder, *, figures=True):
    """Return rows and session of about 15 runs with every verdict, a known exception, plants and an evil name."""
    rows = []
    for statement in STATEMENTS:
        family, check, *_, cases = statement
        for k, run in enumerate([*RUNS[family], *([EVIL] if family == "entropy_change" else [])]):
            for case in cases or (None,):
                rng = random.Random(f"{run}{check}{case}")
                place = FAILING.get((check, run), rng.uniform(0.05, 0.6)) * (1 if case in (None, 3.2e-6) else 0.6)
                row = judged(statement, run, place, case={"eta": case} if case else None)
                row["config"] = {"lam": 0.0 if "vanilla" in run else 0.01, "seed": 42 + k % 2, "depth": 4}
                rows.append(row)
    by_name = {(row["check"], row["run"], *row["case"].values()): row for row in rows}
    _unusual(by_name)
    for n, row in enumerate(rows):
        if figures and row["verdict"] not in ("pass", "skip"):
            row["figures"] = [draw(folder, f"figure-{n}", row)]
    session = session_of(
        rows,
        reasons=["nothing could be judged in minilm/J0.0 (inconclusive, skip)"],
        duplicates=[{"run": "old/run_01", "path": "old/run_01/results.json", "of": "E_256/run_01"}],
        unrecognised={"wandb-summary.json": 4, "notes.csv": 1},
        stale=["[[known]] run = 'old/*', check = 'collapse_reached' (vision): matches no statement of this session"],
        planted={"planted": 23, "caught": 22, "missed": 1},
        overviews={"entropy_change": [{"figure": draw(folder, "overview", rows[1]), "title": "True ΔH, all runs"}]}
        if figures else {},
    )  # fmt: skip
    return rows, session


def _unusual(by_name):
    """Put what is rare into a session: errors, skips, a known failure, a missed plant, several parts, no number."""
    for run in ("E_256/run_03",):
        by_name["record_is_consistent", run].update(
            verdict="error", value=None, excess=None, lower=None, upper=None,
            message=f"/data/runs/{run}/results.json: true.entries[2].delta_h_true: relation violated: "
            "ΔH = h_new − h_base; off by 0.0213, at most 1e-09 expected",
        )  # fmt: skip
    for run in ("minilm/J1", "minilm/J0.0"):
        by_name["sparser_not_smaller", run].update(
            verdict="skip", value=None, excess=None, lower=None, upper=None,
            message=f"no run with config.l1 = 0 beside {run}: the twin it is compared with",
        )  # fmt: skip
    by_name["fraction_above_threshold", "minilm/J0.0"].update(
        verdict="inconclusive", value=None, se=None, excess=None, message="12 tokens recorded; the fraction needs 200"
    )
    by_name["weight_decay_orders_delay", "grokking/wd0.1_s42"].update(verdict="skip", value=None, lower=None,
        upper=None, excess=None, message="a single run of this setting; an order needs two")  # fmt: skip
    known = by_name["exponent_in_range", "faces/linear-rep1"]
    text = "known until 2026-06-30: the exponent still drifts (vision)"
    known.update(verdict="warn", message=f"{known['message']}\n{text}",
                 known={"reason": "the exponent still drifts", "owner": "vision", "until": "2026-06-30"})  # fmt: skip
    floor = by_name["collapse_reached", "grokking/wd0.1_s42"]
    blocks = "\n".join(
        f"layer {k}: measured {0.02 * k:.2g}, must be at most 0.1 (z = 3.29; n = 256)" for k in (4, 3, 1)
    )
    floor["message"] = f"layer 2: {floor['message']}\n{blocks}\nlogged as float32: differences under 6e-05 mean nothing"
    by_name["linear_matches_true", "E_256/run_02", 3.2e-6]["planted"] = {
        "caught": ["no_denominator", "misscaled"], "missed": [], "impossible": ["permuted"]}  # fmt: skip
    missed = by_name["stream_below_ceiling", "dfa/penalty_1e-2/s42"]
    missed.update(verdict="inconclusive", planted={"caught": [], "missed": ["exploded"], "impossible": []},
        message="passes, but would pass with a planted fault as well (exploded): it cannot vouch for this run\n"
        + missed["message"])  # fmt: skip
    stream = by_name["stream_below_ceiling", "dfa/vanilla/s42"]
    stream.update(value=None, excess=None, message="measured nan, must be at most 200 (the value is not a number)")


def green():
    """Return rows and session in which everything holds."""
    rows = [
        judged(statement, run, random.Random(f"{statement[1]}{run}").uniform(0.03, 0.3))
        for statement in STATEMENTS
        for run in RUNS[statement[0]]
    ]
    return rows, session_of(rows)


def controls(*, blind=None):
    """Return rows and session of a run without ``--runs``; the check named ``blind`` overlooks its fault."""
    rows = []
    for statement in STATEMENTS:
        for fault in ("healthy", "misscaled", "truncated"):
            row = judged(statement, f"control/{fault}", 0.2 if fault == "healthy" else 9.0, control=fault)
            seen = fault == "healthy" or statement[1] != blind
            said = "passes the healthy control" if fault == "healthy" else f"rejects the fault '{fault}'"
            if not seen:
                said = f"must reject the fault '{fault}' but says pass"
            rows.append(row | {"verdict": "pass" if seen else "fail", "message": f"{said}; {row['message']}"})
    word = "no-go" if blind else "controls hold"
    return rows, session_of(rows, roots=[], runs=[], word=word, planted={"planted": 0, "caught": 0, "missed": 0},
                            command="pytest checks", limits=["checks/limits.toml"])  # fmt: skip


def many(folder, *, runs=1000, folders=12, figures=0, failing=0.03):
    """Return rows and session of many runs, each with ten statements; the first failures get figures."""
    rng, rows = random.Random(1), []
    statements = STATEMENTS[:10]
    for k in range(runs):
        run = f"sweep_{k % folders:02d}/lam_{k % 7}/s{k:04d}"
        for statement in statements:
            place = rng.uniform(1.5, 8) if rng.random() < failing else rng.uniform(0, 0.65)
            row = judged(statement, run, place)
            row["config"] = {"lam": k % 7, "seed": k}
            rows.append(row)
    grave = sorted((row for row in rows if row["verdict"] != "pass"), key=lambda row: -(row["excess"] or 0))
    drawn = folder / draw(folder, "drawn", rows[0]) if figures else None
    for n, row in enumerate((grave + rows)[:figures]):
        row["figures"] = [f"figures/many-{n}.svg"]
        shutil.copyfile(drawn, folder / row["figures"][0])
    return rows, session_of(rows)
