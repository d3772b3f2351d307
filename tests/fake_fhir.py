"""A FHIR server on loopback for tests: answers by path, remembers what was asked and with which token."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote


class FakeFhir:
    """``answers`` are bodies by path with query, or ``(status, headers, bytes)``; ``asked`` what came: path, token."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: list[tuple[str, str | None]] = []
        self.hold = threading.Event()
        self.hold.set()
        self.base = ""

    def serve_patient(self, prefetch: Mapping[str, Any], queries: Mapping[str, str]) -> None:
        """Answer the queries of all templates with what a call had prefetched."""
        nothing = {"resourceType": "Bundle", "type": "searchset", "total": 0}
        for key, query in queries.items():
            self.answers[f"/fhir/{query}"] = prefetch.get(key) or nothing


@contextlib.contextmanager
def fake_fhir() -> Iterator[FakeFhir]:
    fake = FakeFhir()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            fake.asked.append((self.path, self.headers.get("Authorization")))
            fake.hold.wait(600)
            found = fake.answers.get(self.path, fake.answers.get(unquote(self.path), (404, {}, b"{}")))
            status, headers, content = found if isinstance(found, tuple) else (200, {}, json.dumps(found).encode())
            with contextlib.suppress(OSError):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    fake.base = f"http://127.0.0.1:{server.server_port}/fhir"
    try:
        yield fake
    finally:
        fake.hold.set()
        server.shutdown()
        server.server_close()
        thread.join()
