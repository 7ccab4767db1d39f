"""One small training of digits, logged through a tracker's or trainer's own library, and killed midway where asked.

Usage: python tests/examples/tracked_training.py LIBRARY FOLDER [--die-at=STEP]
"""

import argparse
import json
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np

STEPS, EVERY = 400, 20
CONFIG = {"lr": 0.5, "batch_size": 64, "max_steps": STEPS, "seed": 0}


def training():
    """Softmax regression on scikit-learn's digits by plain gradient descent.

    Yields
    ------
    step : int
    metrics : dict of str to float
        Numbers that float32 holds exactly, so that every store returns what was logged.
    """
    from sklearn.datasets import load_digits

    rng = np.random.default_rng(CONFIG["seed"])
    x, y = load_digits(return_X_y=True)
    x, labels = x / 16, np.eye(10)[y]
    order = rng.permutation(len(x))
    train, held = order[:1400], order[1400:]
    weights = np.zeros((64, 10))
    for step in range(STEPS):
        batch = rng.choice(train, CONFIG["batch_size"])
        loss, gradient = _loss(weights, x[batch], labels[batch])
        metrics = {"train/loss": loss, "train/grad_norm": float(np.linalg.norm(gradient))}
        if step % EVERY == 0:
            metrics["val/loss"] = _loss(weights, x[held], labels[held])[0]
        weights -= CONFIG["lr"] * gradient
        yield step, {name: float(np.float32(value)) for name, value in metrics.items()}


def _loss(weights, x, labels):
    logits = x @ weights
    logits -= logits.max(axis=1, keepdims=True)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return float(-np.log((p * labels).sum(axis=1)).mean()), x.T @ (p - labels) / len(x)


def curve(name):
    """Steps and values of one metric, as they are logged."""
    points = [(step, metrics[name]) for step, metrics in training() if name in metrics]
    return np.array(points, float).T


def wandb(folder, rows):
    import wandb

    with wandb.init(project="digits", dir=folder, mode="offline", config=CONFIG) as run:
        for step, metrics in rows:
            run.log(metrics, step=step)


def tensorboard(folder, rows):
    from torch.utils.tensorboard import SummaryWriter

    (folder / "config.json").write_text(json.dumps(CONFIG))
    with SummaryWriter(folder) as writer:
        for step, metrics in rows:
            for name, value in metrics.items():
                writer.add_scalar(name, value, step)


def mlflow_database(folder, rows, uri=None):
    import mlflow

    mlflow.set_tracking_uri(uri or f"sqlite:///{folder}/mlflow.db")
    mlflow.set_experiment("digits")
    with mlflow.start_run(run_name="one"):
        mlflow.log_params(CONFIG)
        for step, metrics in rows:
            mlflow.log_metrics(metrics, step=step)


def mlflow_files(folder, rows):
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    mlflow_database(folder, rows, f"file://{folder}/mlruns")


def trackio(folder, rows):
    os.environ["TRACKIO_DIR"] = str(folder)
    import trackio

    trackio.init(project="digits", name="one", config=CONFIG)
    for step, metrics in rows:
        trackio.log(metrics, step=step)
    trackio.finish()


def clearml(folder, rows):
    # A report process forked from a job with threads may wait for a lock that none of its own threads holds.
    settings = folder.with_name(f"{folder.name}.conf")
    settings.write_text("sdk { development { report_use_subprocess: false } }")
    os.environ |= {"CLEARML_CACHE_DIR": str(folder), "CLEARML_CONFIG_FILE": str(settings)}
    from clearml import Task

    Task.set_offline(offline_mode=True)
    task = Task.init("digits", "one", auto_connect_frameworks=False, auto_resource_monitoring=False)
    task.connect(CONFIG)
    for step, metrics in rows:
        for name, value in metrics.items():
            title, series = name.split("/")
            task.get_logger().report_scalar(title, series, value, step)
    task.close()


def lightning(folder, rows):
    from lightning.pytorch.loggers import CSVLogger

    logger = CSVLogger(folder, flush_logs_every_n_steps=10)
    logger.log_hyperparams(CONFIG)
    for step, metrics in rows:
        logger.log_metrics(metrics, step)
        logger.save()
    logger.finalize("success")


def huggingface(folder, rows):
    """The Trainer itself, over a model whose loss is that of the training."""
    import torch
    from transformers import Trainer, TrainingArguments

    losses = (metrics["train/loss"] for _, metrics in rows)

    class Replayed(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.zeros(1))

        def forward(self, x, labels=None):
            return {"loss": next(losses) + 0 * self.weight.sum()}

    data = [{"x": torch.zeros(1), "labels": torch.zeros(1)}] * STEPS
    options = {"max_steps": STEPS, "logging_steps": 1, "save_steps": 40, "per_device_train_batch_size": 1}
    options |= {"report_to": [], "use_cpu": True, "disable_tqdm": True, "learning_rate": CONFIG["lr"]}
    trainer = Trainer(Replayed(), TrainingArguments(str(folder), **options), train_dataset=data)
    trainer.train()
    trainer.save_state()


LIBRARIES = {
    "wandb": wandb,
    "tensorboard": tensorboard,
    "mlflow_database": mlflow_database,
    "mlflow_files": mlflow_files,
    "trackio": trackio,
    "clearml": clearml,
    "lightning": lightning,
    "huggingface": huggingface,
}


def main():
    """Train, logging through a library; the process kills itself where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("library", choices=LIBRARIES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--die-at", type=int, default=None)
    options = parser.parse_args()

    def rows():
        for step, metrics in training():
            if step == options.die_at:
                time.sleep(2)  # what a library writes behind the job's back has its time
                os.kill(os.getpid(), signal.SIGKILL)
            yield step, metrics

    LIBRARIES[options.library](options.folder.resolve(), rows())


if __name__ == "__main__":
    sys.exit(main())
