"""Start the suite as a user does: in a process of its own, on runs written to disk."""

import json
import os
import subprocess
import sys
from pathlib import Path

from fixtures.kinds import entropy_probe

ROOT = Path(__file__).parents[1]
FAMILY = "checks/check_entropy_change.py"


def gate(out, *options, runs=None, cwd=ROOT, path=FAMILY, environment=None):
    """Run the suite; return exit code, output and rows."""
    # A family's check file stands for all its parts.
    parts = sorted(Path(ROOT, path).parent.glob(f"{Path(path).stem}__*.py")) if path.endswith(".py") else []
    paths = [path, *(str(part.relative_to(ROOT) if cwd == ROOT else part) for part in parts)]
    arguments = [sys.executable, "-m", "pytest", *paths, f"--report={out}", "-p", "no:cacheprovider", *options]
    arguments += [f"--runs={folder}" for folder in ([runs] if isinstance(runs, Path | str) else runs or [])]
    environment = {**os.environ, "GITHUB_STEP_SUMMARY": "", "COLUMNS": "200", **(environment or {})}
    done = subprocess.run(arguments, cwd=cwd, capture_output=True, text=True, env=environment)
    file = Path(cwd, out) / "results.jsonl"
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []
    return done.returncode, done.stdout + done.stderr, rows


def put(record, folder):
    """Write an entropy probe into a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    return entropy_probe.write(record, folder)
