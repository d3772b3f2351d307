"""A proxy before the server, of the kind that stands before a hospital's: it may answer late, wrongly or not at all."""

from __future__ import annotations

import contextlib
import http.client
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

LOGIN = b"<!doctype html><html><body><form id='login'><h1>Sign in to the ward</h1></form></body></html>"
_KEPT = ("content-type", "x-api-key", "oncocds-request")


class Faults(dict[str, str]):
    """The fault of each path: ``500``, ``503``, ``login``, ``redirect``, ``drop``, ``held``, ``kept``, ``stored``.

    ``login`` is a page of the proxy's own with status 200, ``redirect`` leads to it, ``drop`` ends the connection,
    ``held`` answers nothing until ``release``, ``kept`` holds back the server's right answer until then, ``stored``
    answers again what that path answered last. ``posted`` are the bodies that came, by their path.
    """

    def __init__(self) -> None:
        super().__init__()
        self.posted: list[tuple[str, bytes]] = []
        self.answers: dict[str, tuple[int, list[tuple[str, str]], bytes]] = {}
        self.opened = threading.Event()

    def release(self) -> None:
        """Let go what is held; no path has a fault any more."""
        self.clear()
        self.opened.set()
        self.opened = threading.Event()


class _Handler(BaseHTTPRequestHandler):
    upstream = ""
    faults = Faults()

    def do_GET(self) -> None:
        self._pass(b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.faults.posted.append((self.path, body))
        self._pass(body)

    def log_message(self, *_: object) -> None:
        pass

    def _pass(self, body: bytes) -> None:
        opened = self.faults.opened  # whoever comes now is let go by the next release, however late it waits for it
        fault = self.faults.get(urlsplit(self.path).path, "")
        if self.path == "/login" or fault == "login":
            self._answer(200, [("Content-Type", "text/html")], LOGIN)
        elif fault == "redirect":
            self._answer(302, [("Location", "/login")], b"")
        elif fault in ("500", "503"):
            self._answer(int(fault), [("Content-Type", "text/html")], b"<h1>proxy error</h1>")
        elif fault == "drop":
            self.close_connection = True
        elif fault == "held":
            opened.wait(600)
        elif fault == "stored" and self.path in self.faults.answers:
            self._answer(*self.faults.answers[self.path])
        else:
            found = self._asked(body)
            if fault == "kept":
                opened.wait(600)
            self._answer(*found)

    def _asked(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(self.upstream, timeout=600)
        headers = {name: value for name, value in self.headers.items() if name.lower() in _KEPT}
        connection.request(self.command, self.path, body or None, headers)
        response = connection.getresponse()
        found = response.status, response.getheaders(), response.read()
        connection.close()
        self.faults.answers[self.path] = found
        return found

    def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        with contextlib.suppress(ConnectionError):  # the page may have given up
            self.send_response(status)
            for name, value in headers:
                if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)


@contextlib.contextmanager
def proxied(address: str) -> Iterator[tuple[str, Faults]]:
    """Stand before the server at an address; the proxy's own address, and its faults."""
    faults = Faults()
    handler = type("Handler", (_Handler,), {"upstream": urlsplit(address).netloc, "faults": faults})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", faults
    faults.release()
    server.shutdown()
    server.server_close()
