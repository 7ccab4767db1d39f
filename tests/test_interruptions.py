"""Sessions that are killed, interrupted, out of disk or beside others: what fell is kept, and none is green."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fixtures.gate.row import load
from fixtures.kinds import feedback_log
from reports.__main__ import main
from reports.ledger import lock
from tests.sessions import ROOT, gate

SLOW = "checks/check_gradient_floor.py"
OPTIONS = ("--figures=none", "--plant=none", "-p", "no:cacheprovider")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Sixty runs, enough for a session that can be interrupted."""
    root = tmp_path_factory.mktemp("many")
    for n in range(60):
        (root / f"run_{n}").mkdir()
        feedback_log.write(feedback_log.healthy(n), root / f"run_{n}")
    return root


def start(runs, out, *options, **environment):
    command = [sys.executable, "-m", "pytest", SLOW, f"--runs={runs}", f"--report={out}", *OPTIONS, *options]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            env={**os.environ, **environment})  # fmt: skip


def wait_for_rows(path, number, process):
    end = time.monotonic() + 60
    while not path.exists() or path.read_bytes().count(b"\n") < number:
        assert process.poll() is None, process.communicate()[0][-1500:]
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda how: how.name)
def test_a_session_that_is_stopped_keeps_what_fell_and_is_never_green(runs, tmp_path, how):
    (tmp_path / "index.html").write_text("go: the session before")
    process = start(runs, tmp_path)
    wait_for_rows(tmp_path / "results.jsonl", 20, process)
    process.send_signal(how)
    text, _ = process.communicate(timeout=60)
    header, rows = load(tmp_path / "results.jsonl")

    assert process.returncode != 0
    assert len(rows) >= 19
    if how is signal.SIGINT:
        assert "no-go: " in text
        assert "NO-GO" in (tmp_path / "index.html").read_text("utf-8")
    else:
        assert not header.finished
        assert not (tmp_path / "index.html").exists()
        assert main([str(tmp_path / "results.jsonl")]) == 0
        assert "broken off" in (tmp_path / "index.html").read_text("utf-8")


def test_two_sessions_do_not_write_into_one_folder(runs, tmp_path):
    held = lock(tmp_path / ".lock")
    code, text, rows = gate(tmp_path, *OPTIONS, runs=runs / "run_1", path=SLOW)
    held.close()

    assert (code, rows) == (4, []), text[-1000:]
    assert "another session is writing to" in text


def test_a_report_that_cannot_be_written_is_a_usage_error(runs, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    code, text, _ = gate(tmp_path / "file", *OPTIONS, runs=runs / "run_1", path=SLOW)

    assert code == 4, text[-1000:]
    assert "cannot be written" in text
    assert "INTERNALERROR" not in text


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("mount"), reason="needs to mount a small disk")
def test_a_full_disk_is_no_go_and_keeps_whole_rows(runs, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96k", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount")
    try:
        process = start(runs, disk)
        text, _ = process.communicate(timeout=300)
        lines = (disk / "results.jsonl").read_text("utf-8").splitlines()
    finally:
        subprocess.run(["umount", disk], check=True)

    assert process.returncode != 0, text[-1500:]
    for line in lines[1:-1]:
        assert json.loads(line)["verdict"]


def test_a_worker_that_dies_is_an_error_of_what_it_judged(tmp_path):
    pytest.importorskip("xdist")
    record = feedback_log.healthy()
    for n in range(4):
        (tmp_path / "runs" / f"run_{n}").mkdir(parents=True)
        feedback_log.write(record if n else feedback_log.healthy(9), tmp_path / "runs" / f"run_{n}")
    plugin = tmp_path / "killer.py"
    plugin.write_text(
        "import os\n\n\ndef pytest_gonogo_verdict(item, row, figures):\n"
        "    if row.check == 'gradient_above_floor' and hasattr(item.config, 'workerinput'):\n        os._exit(9)\n"
    )
    environment = {"PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])}
    options = (*OPTIONS, "-n", "2", "-p", "killer", "--max-worker-restart=4")
    code, text, rows = gate(tmp_path / "out", *options, runs=tmp_path / "runs", path=SLOW, environment=environment)

    assert code == 1, text[-1500:]
    assert any(row["verdict"] == "error" for row in rows[1:])
    assert "no-go: " in text


@pytest.mark.parametrize("option", ["--setup-only", "--setup-plan", "--collect-only"])
def test_a_listing_says_nothing_of_go_and_leaves_the_report_alone(runs, tmp_path, option):
    (tmp_path / "index.html").write_text("before")
    code, text, rows = gate(tmp_path, *OPTIONS, option, runs=runs / "run_1", path=SLOW)

    assert (code, rows) == (0, []), text[-1000:]
    assert "go: " not in text
    assert (tmp_path / "index.html").read_text() == "before"


def test_part_of_a_session_says_how_much_was_asked(runs, tmp_path):
    code, text, _ = gate(tmp_path, *OPTIONS, "-k", "gradient_above_floor", runs=runs / "run_1", path=SLOW)

    assert code == 0, text[-1500:]
    assert any(line.startswith("go: ") and "statements asked" in line for line in text.splitlines())


def test_the_rerun_command_works_from_where_the_session_was_called(runs, tmp_path):
    path = str(ROOT / SLOW)
    gate(tmp_path / "out", *OPTIONS, cwd=tmp_path, runs=Path(os.path.relpath(runs / "run_1", tmp_path)), path=path)
    row = next(row for row in load(tmp_path / "out" / "results.jsonl")[1] if row.check == "gradient_above_floor")
    command = [sys.executable, "-m", *shlex.split(row.rerun), f"--report={tmp_path / 'again'}", "-q"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout[-1500:]
    assert [again.verdict for again in load(tmp_path / "again" / "results.jsonl")[1]] == [row.verdict]
