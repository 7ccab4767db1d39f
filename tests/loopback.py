"""Servers of the tests on the loopback interface: nothing here leaves the machine."""

import http.server
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from functools import partial


class Server(http.server.ThreadingHTTPServer):
    """A server that says nothing of clients that were killed."""

    def handle_error(self, request, client_address):
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def serving(handler):
    """Serve a handler's class on a free port; yields the server."""
    server = Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Folder(http.server.SimpleHTTPRequestHandler):
    """A folder with listings; counts requests, refuses some paths, and changes files when asked to.

    Class attributes, set by ``folder``: ``requests`` (method and path of each), ``refused`` (path -> status),
    ``before`` (called with the path of each GET).
    """

    requests, refused, authorization = None, None, None
    before = staticmethod(lambda path: None)

    def do_GET(self):
        if self.is_allowed():
            type(self).before(self.path)
            super().do_GET()

    def do_HEAD(self):
        if self.is_allowed():
            super().do_HEAD()

    def is_allowed(self):
        self.requests.append((self.command, self.path, self.headers.get("Authorization")))
        status = self.refused.get(self.path.partition("?")[0])
        if self.authorization and self.headers.get("Authorization") != self.authorization:
            status = 401
        if status:
            self.send_error(status)
        return not status

    def log_message(self, *args):
        pass


@contextmanager
def folder(path):
    """Serve a folder; yields its address and the handler's class."""
    handler = type("Handler", (Folder,), {"requests": [], "refused": {}})
    with serving(partial(handler, directory=str(path))) as server:
        yield f"http://127.0.0.1:{server.server_port}", handler


@contextmanager
def mlflow_server(home):
    """A real MLflow server that keeps its database in a folder; yields host and port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [sys.executable, "-m", "mlflow", "server", "--host=127.0.0.1", f"--port={address.partition(':')[2]}"]
    command += [f"--backend-store-uri=sqlite:///{home / 'mlflow.db'}", f"--default-artifact-root={home}", "--workers=1"]
    environment = {**os.environ, "PYTHONPATH": "", "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    with (home / "log.txt").open("w") as log:
        process = subprocess.Popen(command, cwd=home, stdout=log, stderr=log, env=environment)
        try:
            _wait_for(address, process, home / "log.txt")
            yield address
        finally:
            process.terminate()
            process.wait(30)


def _wait_for(address, process, log):
    """Return once a server answers, at most two minutes from now."""
    for _ in range(240):
        assert process.poll() is None, log.read_text()[-2000:]
        try:
            urllib.request.urlopen(f"http://{address}/health", timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise AssertionError(log.read_text()[-2000:])
