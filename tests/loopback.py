"""Servers of the tests on the loopback interface: nothing here leaves the machine."""

import http.server
import threading
from contextlib import contextmanager
from functools import partial


@contextmanager
def serving(handler):
    """Serve a handler's class on a free port; yields the server."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
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
