"""Sessions over the runs of W&B and MLflow servers, as a user starts them: the verdicts of the same runs on disk."""

import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest

from fixtures.kinds import collapse_history, feedback_log
from tests.loopback import mlflow_server
from tests.sessions import gate
from tests.wandb_server import KEY, a_run, wandb_server

QUICK = ("--figures=none", "--plant=none")
COLLAPSE, FLOOR = "checks/check_neural_collapse.py", "checks/check_gradient_floor.py"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Collapse histories and feedback logs on disk, a healthy one and a faulty one of each."""
    root = tmp_path_factory.mktemp("runs")
    # No row holds which samples were right, so no tracker does.
    feedback = [replace(feedback_log.healthy(seed), correct=None) for seed in (0, 1)]
    records = {
        "collapse": (collapse_history, collapse_history.healthy()),
        "killed": (collapse_history, collapse_history.FAULTS["killed"](collapse_history.healthy(1))),
        "feedback": (feedback_log, feedback[0]),
        "vanishing": (feedback_log, feedback_log.FAULTS["vanishing_gradient"](feedback[1])),
    }
    for name, (kind, record) in records.items():
        (root / name).mkdir()
        kind.write(record, root / name)
    return root


def logged(folder):
    """What the job of a run on disk logged: rows by step, and its configuration."""
    main = next(path for path in folder.iterdir() if path.name not in ("config.json", "run.json"))
    text = main.read_text()
    if main.suffix == ".jsonl":
        rows = [json.loads(line) for line in text.splitlines()]
        config = json.loads((folder / "config.json").read_text()) if (folder / "config.json").exists() else {}
        return [(row.get("time_step", n), row) for n, row in enumerate(rows)], config
    document = json.loads(text)
    rows = next(value for key, value in document.items() if key.endswith("log"))
    own = {key: document[key] for key in ("seed", "lam") if key in document}
    return [(row["epoch"], row) for row in rows], {**document.get("config", {}), **own}


def judged(rows):
    """Verdicts and values by run and statement; a run of a tracker has its id behind its name."""
    found = {}
    for row in rows[1:]:
        if not row["run"].startswith("group:"):
            name = re.sub("^nice_|-.*", "", row["run"])
            found[name, row["check"], json.dumps(row["case"])] = row["verdict"], row["value"]
    return found


def session(tmp_path, *options, **more):
    return gate(tmp_path / "out", *QUICK, f"--mirror={tmp_path / 'mirror'}", *options, **more)


def test_runs_of_a_wandb_server_are_judged_as_on_disk(runs, tmp_path):
    states = {"killed": "running"}
    online = []
    for folder in sorted(runs.iterdir()):
        rows, config = logged(folder)
        online.append(a_run(folder.name, rows, config=config, state=states.get(folder.name, "finished")))
    with wandb_server(online) as (environment, handler):
        for path in (COLLAPSE, FLOOR):
            local, _, here = session(tmp_path / "local", runs=runs, path=path)
            code, text, rows = session(
                tmp_path / "remote", runs="wandb://team/digits", path=path, environment=environment
            )

            assert judged(rows) == judged(here), text[-3000:]
            assert len(judged(rows)) > 3
            assert code == local == 1
            assert rows[0]["runs"] == ["wandb://team/digits"]
            assert "1 runs have not finished: nice_killed-killed (running)" in text
            assert KEY not in text
    assert sum(name == "Runs" for name, _ in handler.asked) == 4  # two pages a session
    assert not any(KEY in path.read_text("utf-8", "replace") for path in tmp_path.rglob("*") if path.is_file())


def test_ordinary_curves_of_a_wandb_server_are_judged_and_their_troubles_caught(tmp_path):
    noise = np.random.default_rng(0).normal(scale=0.02, size=600)

    def curve(steps, broken=600):
        return [
            (n, {"train/loss": 2 * math.exp(-n / 100) + 0.3 + noise[n] if n < broken else math.nan})
            for n in range(steps)
        ]

    config = {"max_steps": 600}
    online = [
        a_run("good", curve(600), config=config),
        a_run("nan", curve(600, broken=300), config=config),
        a_run("lost", curve(360), config=config, state="crashed"),
    ]
    with wandb_server(online) as (environment, _):
        code, text, rows = session(
            tmp_path, runs="wandb://team/digits", path="checks/check_curves.py", environment=environment
        )
    failed = {(name, check) for (name, check, _), (verdict, _) in judged(rows).items() if verdict == "fail"}

    assert code == 1, text[-3000:]
    assert ("nan", "curve_is_finite") in failed
    assert {check for name, check in failed if name == "lost"} == {"log_is_complete"}
    assert not any(name == "good" for name, _ in failed)
    assert "1 runs have not finished: nice_lost-lost (killed)" in text


def test_runs_of_an_mlflow_server_are_judged_as_on_disk(runs, tmp_path):
    mlflow = pytest.importorskip("mlflow")
    pytest.importorskip("flask")
    from mlflow.entities import Metric, Param

    (tmp_path / "server").mkdir()
    with mlflow_server(tmp_path / "server") as address:
        client = mlflow.MlflowClient(f"http://{address}")
        experiment = client.create_experiment("digits")
        for name in ("collapse", "killed"):
            rows, config = logged(runs / name)
            run = client.create_run(experiment, run_name=name).info.run_id
            metrics = [Metric(key, value, 1000, int(step)) for step, row in rows for key, value in row.items()]
            for start in range(0, len(metrics), 1000):
                client.log_batch(run, metrics[start : start + 1000])
            client.log_batch(run, params=[Param(key, str(value)) for key, value in leaves(config)])
            if name != "killed":
                client.set_terminated(run)
        _, _, here = session(tmp_path / "local", runs=[runs / "collapse", runs / "killed"], path=COLLAPSE)
        url = f"mlflow://me:s3cr3tV4lue@{address}/digits"
        code, text, rows = session(tmp_path / "remote", runs=url, path=COLLAPSE)
        nowhere = session(tmp_path / "remote", runs=url + "nowhere", path=COLLAPSE)

    assert judged(rows) == judged(here), text[-3000:]
    assert code == 1
    assert "1 runs have not finished: killed-" in text
    assert nowhere[0] == 4
    assert f"--runs=mlflow://…@{address}/digitsnowhere: no such place" in nowhere[1]
    files = [path for folder in ("remote",) for path in (tmp_path / folder).rglob("*") if path.is_file()]
    assert not any("s3cr3tV4lue" in text for text in (text, nowhere[1], *(path.read_text() for path in files)))


def leaves(config, prefix=""):
    """Settings under dotted names."""
    for key, value in config.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value
