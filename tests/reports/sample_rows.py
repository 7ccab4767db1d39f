"""Sessions as the suite would hand them to the page, made up: real rules, invented runs."""

import hashlib
import math
import random
from pathlib import Path

from fixtures.gate.row import decode
from fixtures.gate.verdict import in_words
from gonogo.estimate import Estimate
from reports import page, step_summary

EVIL = "<script>alert(1)</script>/run_\"'&[1]"
WHY = "(limits.toml [{0}.{1}]): set where healthy synthetic runs end; 200 replicates stay inside"
# family, check, claim, lower, upper, unit, relative standard error, cases
STATEMENTS = [
    ("entropy_change", "record_is_consistent",
     "Every relation between the recorded numbers holds",
     None, 1.0, "1", None, ()),
    ("entropy_change", "linear_matches_true",
     "True ΔH equals its linear expansion within 10% of itself",
     -0.1, 0.1, "nats/token", 0.1, (8e-7, 1.6e-6, 3.2e-6)),
    ("entropy_change", "linquad_matches_true",
     "True ΔH equals its second-order expansion within 5% of itself",
     -0.05, 0.05, "nats/token", 0.1, ()),
    ("entropy_change", "samples_follow_policy",
     "The samples come from the policy that scores them: |z| of the Rao–Blackwell entropy stays under 4",
     -4.0, 4.0, "1", None, ()),
    ("gradient_floor", "record_is_consistent",
     "The log is complete and agrees with its summary",
     None, 1.0, "1", None, ()),
    ("gradient_floor", "gradient_above_floor",
     "The gradient at every block stays above 1e-7 for good",
     1e-7, None, "1", None, ()),
    ("gradient_floor", "stream_below_ceiling",
     "The residual stream stays under 200 times that of backpropagation",
     None, 200.0, "1", 0.05, ()),
    ("gradient_floor", "accuracy_over_baseline",
     "Test accuracy beats frozen blocks by at least 2 points",
     0.02, None, "1", 0.2, ()),
    ("jacobian_sparsity", "fraction_above_threshold",
     "At most 15% of the Jacobian's entries exceed 0.01",
     None, 0.15, "1", 0.02, ()),
    ("jacobian_sparsity", "sparser_not_smaller",
     "The Jacobian is sparser than its twin's, not merely smaller",
     0.15, None, "1", 0.1, ()),
    ("fisher_information", "exponent_in_range",
     "Fisher information follows the stimulus density with an exponent between 0.8 and 2",
     0.8, 2.0, "1", 0.04, ()),
    ("fisher_information", "information_positive",
     "Fisher information is positive at every angle",
     0.0, None, "1/rad²", None, ()),
    ("neural_collapse", "collapse_reached",
     "Within-class variability falls under 0.1 of the between-class one",
     None, 0.1, "1", 0.03, ()),
    ("neural_collapse", "weight_decay_orders_delay",
     "Stronger weight decay never generalises later",
     None, 0.05, "1", 0.3, ()),
]  # fmt: skip
MEANS = (
    "The reported direction does not change the quantity by as much as it claims. Either the estimator of the gradient "
    "is misscaled, or the samples were not drawn from the policy that scores them."
)
ADVICE = "Look at the smallest step first: if the gap is there too, check the score weights; else halve the step."
RUNS = {
    "entropy_change": ["E_256/run_01", "E_256/run_02", "E_256/run_03", "E_256/run_04", "E_512/run_01"],
    "gradient_floor": ["dfa/vanilla/s42", "dfa/vanilla/s43", "dfa/penalty_1e-2/s42", "dfa/penalty_1e-2/s43"],
    "jacobian_sparsity": ["minilm/J1", "minilm/J0.0"],
    "fisher_information": ["faces/linear-rep0", "faces/linear-rep1"],
    "neural_collapse": ["grokking/wd0.3_s42", "grokking/wd0.1_s42"],
}


def judged(statement, run, place, *, case=None, control=None, z=3.29, n=256):
    """Row of a statement whose value lies at a place of its tolerance, judged by the suite's own rule."""
    lower, upper, unit, relative, _ = statement[3:]
    if lower is not None and upper is not None:
        width = (upper - lower) / 2
        value = (upper + lower) / 2 + place * width
    else:
        width = abs(upper if upper is not None else lower) or 1.0
        value = place * upper if upper is not None else (2 - place) * lower if lower else 1 - place
    estimate = Estimate(value, None if relative is None else relative * width, unit, n)
    decision = estimate.decide(lower=lower, upper=upper, z=z)
    row = plain(statement, run, decision.verdict, in_words(decision), case=case, control=control)
    excess = decision.excess
    return row | {
        "value": value, "se": estimate.se, "lower": lower, "upper": upper, "unit": unit, "z": z, "n": n,
        "excess": excess if math.isfinite(excess) else None, "rule": "equivalence",
    }  # fmt: skip


def plain(statement, run, verdict, message, *, case=None, control=None):
    """Row without numbers: what could not be judged."""
    family, check, claim, *_ = statement
    place = "".join(f",{key}={value}" for key, value in (case or {}).items())
    nodeid = f"checks/check_{family}.py::check_{check}[{run}{place}]"
    path = f"{run}/results.json"
    return {
        "run": run, "family": family, "check": check, "case": case or {}, "verdict": verdict, "statement": claim,
        "value": None, "se": None, "lower": None, "upper": None, "unit": None, "z": None, "n": None, "excess": None,
        "rule": None, "message": message, "means": MEANS, "advice": ADVICE, "nodeid": nodeid, "figures": [],
        "limits": ["rtol = 0.1 " + WHY.format(family, check)],
        "evidence": {"path": path, "sha256": hashlib.sha256(path.encode()).hexdigest(), "run": run},
        "control": control, "known": None, "planted": None, "seconds": 0.004,
        "rerun": f"pytest 'checks/check_{family}.py::check_{check}[{run}]' --runs=runs",
    }  # fmt: skip


def typed(rows):
    """Made-up rows as a session has them."""
    return [decode(row) for row in rows]


def write_page(rows, session, out):
    """Page of made-up rows."""
    return page.write_page(typed(rows), session, out)


def summary(rows, session):
    """Step summary of made-up rows."""
    return step_summary.summary(typed(rows), session)


def append_summary(path, rows, session):
    """Append the step summary of made-up rows to a file."""
    return step_summary.append_summary(path, typed(rows), session)


def session_of(rows, **more):
    """What the ledger would say of some rows."""
    counts = {}
    for row in rows:
        counts[row["verdict"]] = counts.get(row["verdict"], 0) + 1
    runs = list(dict.fromkeys(row["run"] for row in rows if not row["control"]))
    judged_rows = sum(counts.get(word, 0) for word in ("pass", "fail", "warn"))
    session = {
        "version": "0.1.0", "started": "2026-03-02T08:12:41+00:00", "finished": "2026-03-02T08:13:29+00:00",
        "command": "pytest checks --runs=runs", "roots": ["runs"], "limits": ["checks/limits.toml", "runs/gonogo.toml"],
        "runs": runs, "duplicates": [], "unrecognised": {}, "counts": counts,
        "word": "no-go" if counts.get("fail") or counts.get("error") else "go",
        "reasons": [], "stale": [], "strict": False, "since": "", "changes": {}, "gone": 0,
        "denominator": [f"found {len(runs)} runs", f"{len(rows)} statements: {judged_rows} judged, "
                        f"{counts.get('inconclusive', 0)} inconclusive, {counts.get('skip', 0)} skip, "
                        f"{counts.get('error', 0)} error"],
        "planted": {"planted": 12, "caught": 12, "missed": 0},
    }  # fmt: skip
    return session | more


def draw(folder, name, row, *, points=40):
    """Draw a figure as the suite does, in its style."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    from reports.figures.style import BAND, BLUE, INK, LIMIT, MUTED, ORANGE, RC

    rng = random.Random(name)
    x = [k / points for k in range(points)]
    with rc_context(RC):
        figure = Figure(figsize=(7.4, 3.3), layout="constrained")
        FigureCanvasSVG(figure)
        left, right = figure.subplots(1, 2)
        left.plot(x, [v**2 + rng.gauss(0, 0.02) for v in x], "o-", color=BLUE, label="measured")
        left.plot(x, x, color=ORANGE, label="linear expansion")
        left.axhspan(-0.1, 0.1, color=LIMIT, alpha=BAND)
        left.axhline(0.1, color=LIMIT, linestyle="--")
        left.set(xlabel="step size η", ylabel="ΔH [nats/token]", title="true against expansion")
        left.legend()
        right.scatter(x, [rng.gauss(0, 1) for _ in x], s=9, color=BLUE)
        right.axhline(0, color=MUTED)
        right.set(xlabel="sequence", ylabel="influence [nats]", title="per sequence")
        figure.suptitle(row["run"].replace("$", ""), fontsize=9, color=INK)
        path = Path(folder) / "figures" / f"{name}.svg"
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, metadata={"Date": None})
    return f"figures/{name}.svg"
