"""Sessions over runs that lie elsewhere, as a user starts them: verdicts of local ones, no credential anywhere."""

import io
import json
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from itertools import count

import pytest

from tests.loopback import folder
from tests.sessions import ROOT, gate
from tests.write_runs import write_runs

pytest.importorskip("upath")
SECRET = "s3cr3tV4lue"
KINDS = ("feedback_log", "collapse_history")
PATH = "checks/check_gradient_floor.py"
QUICK = ("--figures=none", "--plant=none")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Healthy runs of two kinds beside a failing one, and what no statement asks for."""
    root = tmp_path_factory.mktemp("site") / "runs"
    write_runs(root, root / "faulty", only=KINDS)
    for path in (root / "faulty").rglob("*"):
        if path.is_dir() and path.parent.name in KINDS and path.name != "vanishing_gradient":
            shutil.rmtree(path)
    for name in ("checkpoint.pt", "figure.png"):
        (root / "feedback_log" / "healthy_0" / name).write_bytes(b"0" * 1000)
    return root


@pytest.fixture(scope="module")
def web(runs):
    pytest.importorskip("aiohttp")
    with folder(runs.parent) as (address, handler):
        yield f"{address}/runs", handler


@contextmanager
def bucket(runs):
    """An S3 server on the loopback interface, with the runs in a bucket; yields the environment that reaches it."""
    boto3 = pytest.importorskip("boto3")
    moto = pytest.importorskip("moto.server")
    pytest.importorskip("s3fs")
    server = moto.ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        credentials = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": SECRET}
        environment = {**credentials, "AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_DEFAULT_REGION": "us-east-1"}
        client = boto3.client(
            "s3", endpoint_url=environment["AWS_ENDPOINT_URL"], region_name="us-east-1",
            aws_access_key_id="testing", aws_secret_access_key=SECRET,
        )  # fmt: skip
        client.create_bucket(Bucket="team")
        for path in runs.rglob("*"):
            if path.is_file():
                client.upload_file(str(path), "team", f"all/runs/{path.relative_to(runs).as_posix()}")
        for n in range(1100):  # more than one page of a listing
            client.put_object(Bucket="team", Key=f"all/runs/images/{n}.png", Body=b"")
        yield environment
    finally:
        server.stop()


def session(tmp_path, *options, runs, path=PATH, **more):
    options = (*QUICK, f"--mirror={tmp_path / 'mirror'}", *options)
    return gate(tmp_path / "out", *options, runs=runs, path=path, **more)


def judged(rows):
    """What the rows say, without where and when it was said."""
    changing = ("seconds", "rerun", "nodeid")
    return sorted(json.dumps({k: v for k, v in row.items() if k not in changing}, sort_keys=True) for row in rows[1:])


def is_clean(*texts):
    return not any(SECRET in text for text in texts)


def written(*folders):
    """Everything below some folders: names, and content as text."""
    for place in folders:
        for path in place.rglob("*"):
            yield path.name
            if path.is_file():
                yield path.read_bytes().decode("utf-8", "replace")


@pytest.mark.parametrize("options", [(), ("-n2",)], ids=["alone", "xdist"])
def test_runs_behind_a_web_server_are_judged_as_local_ones(runs, web, tmp_path, options):
    url, _ = web
    local, _, here = session(tmp_path / "local", *options, runs=runs)
    code, text, rows = session(tmp_path / "remote", *options, runs=url)

    assert code == local == 1, text[-2000:]
    assert judged(rows) == judged(here)
    assert len(rows) > 10
    assert rows[0]["runs"] == [url]
    assert "files copied, 0 had not changed" in text
    assert "1 weights left there" in text


def test_runs_in_a_bucket_are_judged_as_local_ones(runs, tmp_path):
    local, _, here = session(tmp_path / "local", runs=runs)
    with bucket(runs) as environment:
        code, text, rows = session(tmp_path / "remote", runs="s3://team/all/runs", environment=environment)
        again, second, _ = session(tmp_path / "remote", runs="s3://team/all/runs", environment=environment)
        nowhere = session(tmp_path / "remote", runs="s3://nobody/runs", environment=environment)

    assert code == again == local == 1, text[-2000:]
    assert judged(rows) == judged(here)
    assert "1101 files that are no evidence left there" in text
    assert " 0 files copied" in second
    assert nowhere[0] == 4
    assert "--runs=s3://nobody/runs: no such place" in nowhere[1]
    assert is_clean(text, second, nowhere[1], *written(tmp_path))


def test_a_password_reaches_nothing_that_a_session_writes_or_prints(web, tmp_path):
    url, handler = web
    secret = url.replace("http://", f"http://me:{SECRET}@")
    reports = [f"--junitxml={tmp_path / 'junit.xml'}", f"--html={tmp_path / 'report.html'}"]
    logs = [f"--log-file={tmp_path / 'log.txt'}", "--log-file-level=DEBUG", "--log-cli-level=DEBUG", "-v", "-rA"]
    summary = {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")}
    code, text, rows = session(
        tmp_path, *reports, *logs, "--force", f"--save-baseline={tmp_path / 'baseline.json'}", "--figures=failed",
        runs=secret, environment=summary,
    )  # fmt: skip

    assert code == 1, text[-2000:]
    assert any(user and user.startswith("Basic ") for _, _, user in handler.requests)
    shown = url.replace("http://", "http://…@")
    assert rows[0]["runs"] == [shown]
    assert f"--runs={shown}" in rows[0]["command"]
    assert f"--runs={shown}" in rows[1]["rerun"]
    names = {path.name for path in tmp_path.iterdir()}
    assert {"junit.xml", "report.html", "log.txt", "summary.md", "baseline.json", "out", "mirror"} <= names
    assert is_clean(text, *written(tmp_path))


@pytest.mark.parametrize("arguments", [("--runs", "{}"), ("--runs={}", "--runs={}"), ("--runs={}/nowhere",),
                                       ("--runs={}?token=" + SECRET, "--min-runs=99")])  # fmt: skip
def test_a_usage_error_shows_no_password(web, tmp_path, arguments):
    url, _ = web
    secret = url.replace("http://", f"http://me:{SECRET}@")
    code, text, _ = session(tmp_path, *(argument.format(secret) for argument in arguments), runs=None)

    assert code == 4, text[-2000:]
    assert is_clean(text, *written(tmp_path))


def test_a_baseline_is_not_updated_in_a_copy(web, tmp_path):
    url, _ = web
    code, text, _ = session(tmp_path, "--baseline-update=all", runs=url)

    assert code == 4
    assert f"--baseline-update needs --baseline=FILE: {url} is only copied here" in text


def test_limits_at_the_root_of_a_place_are_read_as_those_of_a_folder(runs, web, tmp_path):
    url, _ = web
    (runs / "gonogo.toml").write_text('[gradient_floor.gradient_above_floor]\nseverity = "warn"\n')
    try:
        code, text, rows = session(tmp_path, "-k", "gradient_above_floor", runs=url)
    finally:
        (runs / "gonogo.toml").unlink()

    assert code == 0, text[-2000:]
    assert [row["verdict"] for row in rows[1:] if "faulty" in row["run"]] == ["warn"]
    assert "limits loosened or changed by the judged tree: 1 statement" in text


def test_a_denied_place_is_a_usage_error_that_says_so(web, tmp_path):
    url, handler = web
    handler.refused |= {"/runs": 403, "/runs/": 403}
    try:
        code, text, _ = session(tmp_path, runs=url)
    finally:
        handler.refused.clear()

    assert code == 4
    assert f"--runs={url}: access denied, are the credentials set?" in text


def test_a_file_that_cannot_be_had_makes_the_session_no_go(web, tmp_path):
    url, handler = web
    handler.refused["/runs/feedback_log/healthy_0/log.json"] = 500
    refused = [path for _, path, _ in handler.requests if "/feedback_log/healthy_0/" in path and "log" in path]
    handler.refused |= dict.fromkeys([path for path in refused if path.endswith(("json", "jsonl"))], 500)
    try:
        code, text, _ = session(tmp_path, "-k", "collapse", runs=url, path="checks/check_neural_collapse.py")
    finally:
        handler.refused.clear()

    assert code == 1, text[-2000:]
    assert "500" in text[text.index("go / no-go") :]


def test_a_session_that_is_killed_while_it_copies_leaves_nothing_half(runs, web, tmp_path):
    url, handler = web
    reached, go_on = threading.Event(), threading.Event()
    fetched = count()

    def stalled(self, source, output):
        """Send half of the twentieth file and no more."""
        data = source.read()
        if isinstance(source, io.BufferedReader) and next(fetched) == 20:  # no listing
            output.write(data[: len(data) // 2])
            output.flush()
            reached.set()
            go_on.wait(60)
        output.write(data)

    handler.copyfile = stalled
    command = [sys.executable, "-m", "pytest", PATH, f"--runs={url}", f"--report={tmp_path / 'out'}"]
    process = subprocess.Popen([*command, f"--mirror={tmp_path / 'mirror'}"], cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        assert reached.wait(60)
        process.kill()
        process.wait(60)
    finally:
        go_on.set()
        del handler.copyfile
    copied = [path for path in (tmp_path / "mirror").rglob("*/runs/**/*") if path.is_file()]
    (root,) = (tmp_path / "mirror").glob("*/runs")

    assert all(path.read_bytes() == (runs / path.relative_to(root)).read_bytes() for path in copied)
    _, _, here = session(tmp_path / "local", runs=runs)
    _, text, rows = session(tmp_path, runs=url)
    assert judged(rows) == judged(here), text[-2000:]


def test_a_checkpoint_without_a_log_is_named_as_a_folder_of_which_nothing_is_read(runs, web, tmp_path):
    url, _ = web
    (runs / "lost").mkdir()
    try:
        (runs / "lost" / "checkpoint.pt").write_bytes(b"0")
        code, text, _ = session(tmp_path, "--strict", runs=url)
    finally:
        shutil.rmtree(runs / "lost")

    assert code == 1
    assert "nothing is read of lost (PyTorch checkpoint: checkpoint.pt)" in text


def test_evidence_that_lies_elsewhere_is_listed(web, tmp_path):
    url, _ = web
    code, text, _ = session(tmp_path, "--list-evidence=json", runs=url.replace("http://", f"http://me:{SECRET}@"))
    listed = json.loads(text[text.index("{") : text.rindex("}") + 1])

    assert code == 0
    assert "feedback_log/healthy_0" in [entry["run"] for entry in listed["runs"]]
    assert is_clean(text)


@pytest.mark.parametrize("place", ["runs", "mirror"])
def test_checks_are_taken_neither_from_runs_nor_from_copies(tmp_path, place):
    folder = tmp_path / place / "own"
    folder.mkdir(parents=True)
    (folder / "check_own.py").write_text("raise SystemExit('executed')\n")
    code, text, _ = session(tmp_path, f"--checks={folder}", runs=f"file://{tmp_path / 'runs'}")

    assert code == 4
    assert "nothing from there is executed" in text


def test_a_file_url_is_a_local_folder(runs, tmp_path):
    _, text, rows = session(tmp_path, runs=f"file://{runs}")

    assert rows[0]["runs"] == [str(runs)]
    assert not (tmp_path / "mirror").exists(), text[-500:]
