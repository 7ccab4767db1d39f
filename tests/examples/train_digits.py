"""Train a small residual network on scikit-learn's digits, by backprop and by feedback alignment, and write the logs.

Run ``python train_digits.py OUT``, then gate what it wrote: ``pytest checks/ --runs=OUT``. Four runs: backpropagation,
direct feedback alignment (whose stream explodes), the same with a penalty on the residual branches, and frozen blocks.
"""

import argparse
import json
from pathlib import Path

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn.functional import cross_entropy, one_hot

from gonogo.gradient_floor.residual_probe import residual_norms, residual_states

WIDTH, DEPTH, TRAIN, BATCH = 64, 4, 1297, 50
RUNS = {"bp": ("bp", 0.0), "dfa": ("dfa", 0.0), "dfa_penalty": ("dfa", 1e-2), "frozen": ("frozen", 0.0)}


class Block(nn.Module):
    """A residual branch; only the network's output is normalised."""

    def __init__(self):
        super().__init__()
        self.branch = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH))

    def forward(self, h):
        """Add the branch to the stream."""
        return h + self.branch(h)


class Network(nn.Module):
    """Embedding, residual blocks, normalisation, read-out."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(64, WIDTH)
        self.blocks = nn.ModuleList(Block() for _ in range(DEPTH))
        self.head = nn.Sequential(nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 10))

    def forward(self, x):
        """Return the logits."""
        h = self.embed(x)
        for block in self.blocks:
            h = block(h)
        return self.head(h)


def feedback_loss(model, x, y, feedback, penalty):
    """Return a loss with direct feedback alignment's gradient: each part sees the output's error at random."""
    h = model.embed(x)
    parts = [h]
    for block in model.blocks:
        before = h.detach()
        branch = block.branch(before)
        parts.append(branch)
        h = before + branch
    logits = model.head(h.detach())
    error = (logits.softmax(1) - one_hot(y, 10)).detach() / len(x)
    loss = cross_entropy(logits, y)
    for part, matrix in zip(parts, feedback, strict=True):
        loss = loss + (part * (error @ matrix)).sum()
    return loss + penalty * sum(part.pow(2).sum(1).mean() for part in parts[1:])


def loss_of(method, model, x, y, feedback, penalty):
    """Loss of one step by one of the methods."""
    return cross_entropy(model(x), y) if method == "bp" else feedback_loss(model, x, y, feedback, penalty)


def log_row(model, epoch, x, y):
    """Norms and accuracies of one epoch, as the gate reads them."""
    model.eval()
    with residual_states(model.embed, *model.blocks) as states:
        logits = model(x[TRAIN:])
    losses = cross_entropy(logits, y[TRAIN:], reduction="none")
    correct = logits.argmax(1) == y[TRAIN:]
    norms = residual_norms(losses, states)
    with torch.no_grad():
        seen = model(x[:TRAIN])
    row = norms.row(
        epoch,
        acc_eval=correct.double().mean().item(),
        loss_eval=losses.mean().item(),
        acc_train=(seen.argmax(1) == y[:TRAIN]).double().mean().item(),
        loss_train=cross_entropy(seen, y[:TRAIN]).item(),
    )
    model.train()
    return row, correct.int().tolist()


def train(name, folder, x, y, *, epochs, seed):
    """Train one run and write its log."""
    method, penalty = RUNS[name]
    torch.manual_seed(seed)
    model = Network()
    feedback = [torch.randn(10, WIDTH) / WIDTH**0.5 for _ in range(DEPTH + 1)]
    trained = model.head if method == "frozen" else model
    optimiser = torch.optim.Adam(trained.parameters(), lr=3e-3)
    config = {"mode": method, "data": "digits", "n_test": len(x) - TRAIN, "width": WIDTH, "depth": DEPTH,
              "norm": "final", "epochs": epochs}  # fmt: skip
    rows = [log_row(model, 0, x, y)]
    for epoch in range(1, epochs + 1):
        for batch in torch.randperm(TRAIN).split(BATCH):
            optimiser.zero_grad()
            loss_of(method, model, x[batch], y[batch], feedback, penalty).backward()
            optimiser.step()
        rows.append(log_row(model, epoch, x, y))
    document = {
        "seed": seed,
        "lam": penalty,
        "config": config,
        "correct_eval": rows[-1][1],
        "log": [r for r, _ in rows],
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}_s{seed}.json").write_text(json.dumps(document), encoding="utf-8")


def main():
    """Train every run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    digits = load_digits()
    order = torch.randperm(len(digits.data), generator=torch.Generator().manual_seed(0))
    x, y = torch.tensor(digits.data, dtype=torch.float32)[order] / 16, torch.tensor(digits.target)[order]
    for name in RUNS:
        train(name, arguments.out / name, x, y, epochs=arguments.epochs, seed=arguments.seed)


if __name__ == "__main__":
    main()
