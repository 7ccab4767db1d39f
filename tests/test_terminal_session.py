"""What a session says on a terminal, as a user sees it: short by default, whole with -v, go or no-go at the end."""

import os
import sys
import time
from pathlib import Path

import pytest

from fixtures.kinds import entropy_probe
from tests.sessions import FAMILY, ROOT, gate, put

QUICK = ("--figures=none", "--plant=none")


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """Three runs that all exploded their step, and a healthy one."""
    root = tmp_path_factory.mktemp("runs")
    for seed in range(3):
        put(entropy_probe.FAULTS["exploded_step"](entropy_probe.healthy(seed=seed)), root / f"bad_{seed}")
    put(entropy_probe.healthy(seed=7), root / "good")
    return root


@pytest.fixture(scope="module")
def session(tree, tmp_path_factory):
    return gate(tmp_path_factory.mktemp("out"), *QUICK, runs=tree, path="checks")


def test_equal_failures_are_a_line_and_the_last_line_says_no_go(session):
    code, text, rows = session
    lines = text.splitlines()
    fails = {row["check"] for row in rows[1:] if row["verdict"] == "fail"}

    assert code == 1
    assert lines[-1].startswith("no-go: ")
    assert any(line.startswith("F  3 runs") and "weights_are_healthy" in line for line in lines)
    for check in fails:
        assert sum(line.startswith("F ") and f"  {check}  " in line for line in lines) <= 3
    assert len(lines) < 45, text
    assert "rerun" not in text
    assert "FAILED" not in text


def test_what_is_collected_and_not_asked_is_explained(session):
    _, text, rows = session
    asked = len(rows) - 1
    collected = next(line for line in text.splitlines() if line.startswith("collected"))
    numbers = [int(word) for word in collected.split() if word.isdigit()]

    assert numbers[0] == sum(numbers[1:]), "collected = deselected + selected"
    assert numbers[-1] == asked
    assert f"{asked} statements are asked; {numbers[1]} checks meet no evidence here" in text


def test_blocks_come_with_v_and_the_last_line_stays(tree, tmp_path):
    _, text, rows = gate(tmp_path, *QUICK, "-v", "-k", "weights_are_healthy", runs=tree)
    fail = next(row for row in rows[1:] if row["verdict"] == "fail")

    assert fail["rerun"] in text
    assert "short test summary info" in text
    assert text.splitlines()[-1].startswith("no-go: ")


def test_every_verdict_is_listed_with_ra_and_also_what_passes_with_rA(tree, tmp_path):
    _, text, rows = gate(tmp_path / "a", *QUICK, "-ra", "-k", "linear_matches_true or weights", runs=tree)
    words = [row["verdict"] for row in rows[1:]]
    for word in ("fail", "skip", "inconclusive", "warn", "error"):
        assert sum(line.startswith(f"{word.upper()} ") for line in text.splitlines()) == words.count(word)
    assert words.count("skip") or words.count("inconclusive")

    _, text, rows = gate(tmp_path / "b", *QUICK, "-rA", "-k", "weights", runs=tree)
    passed = sum(row["verdict"] == "pass" for row in rows[1:])
    assert sum(line.startswith("PASS ") for line in text.splitlines()) == passed > 1


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of its own needs a Unix")
def test_a_bar_is_on_a_terminal_and_no_letters(tree, tmp_path):
    import fcntl
    import pty
    import struct
    import subprocess
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 90, 0, 0))
    slow = tmp_path / "slow.py"
    slow.write_text("import time\n\n\ndef pytest_runtest_setup(item):\n    time.sleep(0.1)\n")
    command = [sys.executable, "-m", "pytest", "-p", "slow", FAMILY, f"--runs={tree}", f"--report={tmp_path / 'out'}"]
    path = os.pathsep.join([os.environ.get("PYTHONPATH", ""), str(tmp_path)])
    environment = {**os.environ, "PYTHONPATH": path, "TERM": "xterm", "NO_COLOR": "1"}
    done = subprocess.Popen([*command, *QUICK, "-p", "no:cacheprovider", "-k", "weights or consistent"], cwd=ROOT,
                            stdout=theirs, stderr=theirs, env=environment)  # fmt: skip
    os.close(theirs)
    said = b""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        try:
            said += os.read(ours, 65536)
        except OSError:  # the other side has closed
            break
    done.wait()
    os.close(ours)
    text = said.decode("utf-8", "replace")

    assert "\rjudging: " in text
    assert " of 24, " in text
    clusters = [line for line in text.replace("\r\n", "\n").splitlines() if line.startswith(("F  ", "W  ", "?  "))]
    assert clusters
    assert all(len(line) <= 90 for line in clusters)
    assert "FFF" not in text
    assert text.rstrip().splitlines()[-1].startswith("no-go: ")
    assert Path(tmp_path / "out" / "index.html").exists()
