"""Which troubles of a real training each linter of training logs sees: this suite and those that are installed.

Usage: python -m benchmarks.rivals [--bin DIR] [--seeds 3]

``--bin`` is the folder of the other tools' commands, e.g. of an environment with trainproof, losslint, runmedic and
trainspotter; those that are not there are left out. An alarm is an exit code other than 0 of the command without
options, which is what a pipeline sees; some tools only print what they find.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.real_curves import training
from fixtures.kinds import tracked_run

ROOT = Path(__file__).parents[1]
TROUBLES = ("healthy", "not_a_number", "diverged", "spiked", "stuck", "truncated", "missing_loss")
RIVALS = {
    "trainproof": ("doctor",), "losslint": ("check",), "runmedic": ("diagnose",), "trainspotter": ("analyze",)
}  # fmt: skip
SHORT = {"train/loss": "loss", "train/grad_norm": "grad_norm", "train/lr": "learning_rate", "val/loss": "eval_loss"}


def as_csv(run, folder):
    """A table of metrics with its configuration."""
    rows = rows_of(run)
    names = list(run.series)
    lines = [",".join(["step", *names])]
    lines += [",".join([str(step), *(repr(row[n]) if n in row else "" for n in names)]) for step, row in rows]
    (folder / "metrics.csv").write_text("\n".join(lines) + "\n")
    (folder / "config.json").write_text(json.dumps(run.config))
    return folder / "metrics.csv"


def as_jsonl(run, folder):
    """JSON lines with their configuration."""
    return tracked_run.write(run, folder)


def as_trainer_state(run, folder):
    """The state of the Hugging Face Trainer."""
    rows = [{"step": step + 1, **{SHORT.get(n, n): value for n, value in row.items()}} for step, row in rows_of(run)]
    state = {"log_history": rows, "global_step": rows[-1]["step"], "max_steps": run.config["max_steps"]}
    (folder / "trainer_state.json").write_text(json.dumps(state))
    return folder / "trainer_state.json"


def rows_of(run):
    """Step and metrics of each row."""
    rows = {}
    for name, curve in run.series.items():
        for step, value in zip(curve.step, curve.value, strict=True):
            rows.setdefault(int(step), {})[name] = float(value)
    return sorted(rows.items())


FORMS = {"csv": as_csv, "jsonl": as_jsonl, "trainer_state": as_trainer_state}


def alarms(command):
    """Whether a command ends with an alarm; None where it could not read the file."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "checks")])}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment, check=False)
    return None if done.returncode in (2, 3, 4, 64) else done.returncode != 0


def main():
    """Print one line a tool and form: of how many seeds each trouble raised an alarm."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default=None, metavar="DIR")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    tools = {name: shutil.which(name, path=options.bin) for name in RIVALS}
    runs = [training(seed) for seed in range(options.seeds)]
    print("tool".ljust(13), "form".ljust(14), *(trouble.rjust(13) for trouble in TROUBLES))
    with tempfile.TemporaryDirectory() as place:
        for form, write in FORMS.items():
            found = {name: [] for name in ("gonogo", *(name for name, path in tools.items() if path))}
            for trouble in TROUBLES:
                count = dict.fromkeys(found, 0)
                for seed, run in enumerate(runs):
                    folder = Path(place, form, trouble, str(seed))
                    folder.mkdir(parents=True)
                    file = write(tracked_run.FAULTS[trouble](run) if trouble in tracked_run.FAULTS else run, folder)
                    own = [sys.executable, "-m", "pytest", "checks", f"--runs={folder}", "-q", "--figures=none"]
                    count["gonogo"] += bool(alarms([*own, f"--report={place}/out", "-p", "no:cacheprovider"]))
                    for name in found:
                        if name != "gonogo":
                            count[name] += bool(alarms([tools[name], *RIVALS[name], str(file)]))
                for name in found:
                    found[name].append(count[name])
            for name, counts in found.items():
                print(name.ljust(13), form.ljust(14), *(f"{n}/{len(runs)}".rjust(13) for n in counts))


if __name__ == "__main__":
    sys.exit(main())
