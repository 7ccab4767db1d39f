"""Small residual networks trained on scikit-learn's digits, logged through the live forms and read back from disk.

Every run draws its width, depth, optimiser, rate, decay and initialisation. Broken ones are broken before they train:
a stream that is far too large, a block that explodes, blocks that do not learn, a job that is killed.
"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.independent.rates import Counts
from benchmarks.replicates import of_kind
from fixtures.gate.discover import discover
from fixtures.kinds import kind_named

EPOCHS, TRAIN, BATCH, CLASSES = 12, 1297, 100, 10
LARGE, BLOCK_GAIN, KILLED_AT = 1e9, 1e6, 5
FLOOR, STREAM, GROWTH, COMPLETE = (
    f"gradient_floor.{check}"
    for check in ("gradient_above_floor", "stream_below_ceiling", "block_growth_bounded", "log_is_complete")
)
REACHED = "neural_collapse.run_reaches_its_end"
# What is wrong -> the statements that must see it.
BROKEN = {
    "stream a billion times too large": (FLOOR, STREAM),
    "one block multiplies by a million": (GROWTH,),
    "killed": (COMPLETE, REACHED),
}
# What a training must show whatever it learns; the others depend on how long and on what it was trained.
KNOWN = {"feedback_log": (FLOOR, STREAM, GROWTH, COMPLETE, "gradient_floor.record_is_consistent"),
         "collapse_history": (REACHED, "neural_collapse.record_is_consistent")}  # fmt: skip


def network(width, depth):
    """An embedding, residual blocks, and a normalised read-out."""
    from torch import nn

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.branch = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, width))

        def forward(self, h):
            return h + self.branch(h)

    head = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, CLASSES))
    return nn.Linear(64, width), nn.Sequential(*(Block() for _ in range(depth))), head


def data(seed):
    """Digits in an order of their own: training images and labels, then held-out ones."""
    import torch
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(x))
    x, y = torch.tensor(x[order] / 16, dtype=torch.float32), torch.tensor(y[order])
    return x[:TRAIN], y[:TRAIN], x[TRAIN:], y[TRAIN:]


def train(folder, seed, method="bp", broken=""):
    """Train one network and write both logs as a training script would.

    Parameters
    ----------
    folder : Path
        Where the run's files go.
    seed : int
        Of everything that the run draws.
    method : {"bp", "frozen"}
        Whether the blocks are trained.
    broken : str
        One of ``BROKEN``, or empty.
    """
    import torch
    from torch.nn.functional import cross_entropy

    from gonogo.gradient_floor import residual_norms, residual_states
    from gonogo.neural_collapse import collapse, information_plane

    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    width, depth = int(rng.choice([24, 48])), int(rng.choice([2, 4]))
    embed, blocks, head = network(width, depth)
    with torch.no_grad():
        if broken == "stream a billion times too large":
            embed.weight.mul_(LARGE)
        if broken == "one block multiplies by a million":
            blocks[0].branch[2].weight.mul_(BLOCK_GAIN)
    trained = [*embed.parameters(), *head.parameters(), *(blocks.parameters() if method == "bp" else ())]
    kind, rate = (torch.optim.AdamW, 10 ** rng.uniform(-3, -2)) if rng.random() < 0.5 else (torch.optim.SGD, 0.1)
    optimiser = kind(trained, lr=float(rate), weight_decay=float(rng.choice([0.0, 1e-2])))
    x, y, unseen, truth = data(seed)

    def features(inputs):
        return blocks(embed(inputs))

    rows, history = [], []
    for epoch in range(EPOCHS + 1):
        if broken == "killed" and epoch == KILLED_AT:
            break
        for part in torch.randperm(TRAIN).split(BATCH) if epoch else ():
            optimiser.zero_grad()
            cross_entropy(head(features(x[part])), y[part]).backward()
            optimiser.step()
        with residual_states(embed, *blocks) as states:
            logits = head(features(unseen))
        losses = cross_entropy(logits, truth, reduction="none")
        correct = logits.argmax(1) == truth
        rows.append(residual_norms(losses, states).row(epoch, acc_eval=correct.double().mean().item()))
        with torch.no_grad():
            seen = features(x)
            accuracy = (head(seen).argmax(1) == y).double().mean().item()
            zx, zy = information_plane(features(unseen), unseen, truth, classes=CLASSES)
            history.append({
                "time_step": epoch, **collapse(seen, y)._asdict(), "nhsic_zx": zx.mean(), "nhsic_zy": zy.mean(),
                "train_accuracy": accuracy, "test_accuracy": rows[-1]["acc_eval"],
                "train_loss": cross_entropy(head(seen), y).item(),
            })  # fmt: skip
    config = {"mode": method, "data": "digits", "n_test": len(truth), "width": width, "depth": depth, "norm": "final"}
    document = {"seed": seed, "lam": 0.0, "config": config | {"epochs": EPOCHS}, "log": rows}
    if broken != "killed":
        document["correct_eval"] = correct.int().tolist()
    own = folder / "collapse"
    own.mkdir(parents=True)
    (folder / f"{method}_s{seed}.json").write_text(json.dumps(document), "utf-8")
    settings = {"optimizer": {"name": "adamw", "weight_decay": 0.0}, "seed": seed, "num_steps": EPOCHS + 1}
    (own / "config.json").write_text(json.dumps(settings), "utf-8")
    (own / "history.jsonl").write_text("".join(json.dumps(row) + "\n" for row in history), "utf-8")


def read(folder):
    """Records of a run's folder by kind, as a session finds them."""
    return {e.kind: kind_named(e.kind).read(e.claim) for e in discover([folder]).evidence if e.kind in KNOWN}


def measured(runs, seed=0):
    """Ask about each training beside itself and a frozen one of the same network, and about broken ones."""
    counts = Counts()
    for run in range(runs):
        with TemporaryDirectory() as folder:
            root, own = Path(folder), 1000 * seed + run
            beside = []
            for name, method in (("healthy", "bp"), ("frozen", "frozen")):
                train(root / name, own, method)
                beside.append(read(root / name)["feedback_log"])
            for kind, record in read(root / "healthy").items():
                peers = beside if kind == "feedback_log" else ()
                others = [s.name for s in of_kind(kind, False) if s.name not in KNOWN[kind]]
                counts.ask(kind, record, peers=peers, open_to=others)
                counts.plant(kind, record, peers=peers)
            broken = list(BROKEN)[run % len(BROKEN)]
            train(root / "broken", own, broken=broken)
            for kind, record in read(root / "broken").items():
                peers = beside if kind == "feedback_log" else ()
                wanted = [name for name in BROKEN[broken] if name in KNOWN[kind]]
                if wanted:
                    counts.ask(kind, record, peers=peers, what=broken, names=wanted)
    return counts
