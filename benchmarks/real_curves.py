"""How often the statements about curves are right on trainings that no generator of ours made.

Usage: python -m benchmarks.real_curves [--runs 40]

Trains small networks on scikit-learn's digits, each with another seed, optimiser, learning rate, width, dropout and
batch, and asks every statement that is asked without a gate about the run and about copies with each of its faults.
"""

import argparse
import sys
from collections import Counter, defaultdict

import numpy as np

from benchmarks.rates import interval
from benchmarks.replicates import of_kind, verdicts
from fixtures.kinds.tracked_run.gates import USUAL
from fixtures.kinds.tracked_run.reader import GatedRun
from fixtures.sources.tracked_run import Series

STEPS, EVERY = 400, 20
BEFORE_FAULTY = 3  # runs beside each one
OPTIMISERS = {"sgd": ("SGD", {}), "momentum": ("SGD", {"momentum": 0.9}), "adam": ("Adam", {}), "adamw": ("AdamW", {})}


def training(seed):
    """One training, its settings drawn from the seed, as a tracker would keep it."""
    import torch
    from sklearn.datasets import load_digits

    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    name = rng.choice(list(OPTIMISERS))
    rate = float(10 ** rng.uniform(-1.3, -0.3) if name == "sgd" else 10 ** rng.uniform(-2.7, -1.7))
    width, batch, dropout = int(rng.choice([16, 64, 256])), int(rng.choice([16, 64, 256])), float(rng.choice([0, 0.3]))
    x, y = load_digits(return_X_y=True)
    order = rng.permutation(len(x))
    x, y = torch.tensor(x[order] / 16, dtype=torch.float32), torch.tensor(y[order])
    model = torch.nn.Sequential(
        torch.nn.Linear(64, width), torch.nn.ReLU(), torch.nn.Dropout(dropout), torch.nn.Linear(width, 10)
    )
    kind, more = OPTIMISERS[name]
    optimiser = getattr(torch.optim, kind)(model.parameters(), lr=rate, **more)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS) if rng.random() < 0.5 else None
    logged = defaultdict(list)
    for step in range(STEPS):
        model.train()
        at = torch.tensor(rng.integers(0, 1400, batch))
        loss = torch.nn.functional.cross_entropy(model(x[at]), y[at])
        optimiser.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1e9)
        logged["train/loss"].append((step, loss.item()))
        logged["train/grad_norm"].append((step, norm.item()))
        logged["train/lr"].append((step, optimiser.param_groups[0]["lr"]))
        optimiser.step()
        if schedule:
            schedule.step()
        if step % EVERY == 0:
            model.eval()
            with torch.no_grad():
                logits = model(x[1400:])
            logged["val/loss"].append((step, torch.nn.functional.cross_entropy(logits, y[1400:]).item()))
            logged["val/accuracy"].append((step, (logits.argmax(1) == y[1400:]).float().mean().item()))
    series = {key: Series(*np.array(points, float).T) for key, points in logged.items()}
    config = {"max_steps": STEPS, "seed": seed, "optimizer": str(name), "lr": rate, "width": width, "batch": batch}
    return GatedRun("table", series, config | {"dropout": dropout}, {}, "", float(STEPS), "max_steps")


def measured(runs):
    """Statement -> what was asked (healthy, or a fault) -> words of the verdicts."""
    asked = [s for s in of_kind("tracked_run", False) if s.reads.cases is None or s.reads.cases in USUAL]
    found = defaultdict(lambda: defaultdict(Counter))
    for n, run in enumerate(runs):
        beside = [runs[(n + k + 1) % len(runs)] for k in range(BEFORE_FAULTY)]
        for name, word in verdicts("tracked_run", False, [run], beside, names=[s.name for s in asked]).items():
            found[name]["healthy"][word] += 1
        for statement in asked:
            for fault in statement.reads.faults:
                words = verdicts("tracked_run", False, [run], beside, fault, names=[statement.name])
                found[statement.name][fault][words[statement.name]] += 1
    return found


def main():
    """Print false alarms, what is undecided, and detection, each with its 95 % interval."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=40)
    count = parser.parse_args().runs
    for name, rows in measured([training(seed) for seed in range(count)]).items():
        healthy = rows.pop("healthy")
        alarms, n = healthy["fail"] + healthy["error"], healthy.total()
        _, high = interval(alarms, n)
        line = f"{name}: {n} healthy: {alarms} false alarms (<= {high:.1%}), {healthy['inconclusive']} undecided"
        for fault, words in rows.items():
            caught, planted = words["fail"] + words["error"], words.total() - words["not planted"]
            low, _ = interval(caught, planted)
            line += f"; {fault} {caught} of {planted} (>= {low:.0%})"
        print(line)


if __name__ == "__main__":
    sys.exit(main())
