"""HTTP: one server process on loopback, the evaluation beside an empty handler of the same app."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.patients import Patient
from oncocds import Engine

CONNECTIONS = 8
START_SECONDS = 90.0
PATIENCE = 5.0  # seconds after a turn, for what is not answered yet


@dataclass(frozen=True, slots=True)
class Load:
    """What the clients saw: requests a second, and the milliseconds of the middle and the slowest hundredth."""

    rate: float
    median: float
    p99: float
    failed: int


def create_app() -> Any:
    """Build the product's app with an empty handler (run by uvicorn)."""
    from oncocds_api.app import create_app as product
    from oncocds_api.settings.settings import read_settings

    return with_empty_handler(product(settings=read_settings()))


def with_empty_handler(app: Any) -> Any:
    """Give an app one more handler, which reads the body and does nothing, before the one that takes what is left."""
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    async def empty(request: Request) -> Response:
        await request.body()
        return Response(b"{}", media_type="application/json")

    app.router.routes.insert(0, Route("/bench/empty", empty, methods=["POST"]))
    return app


def measure(engine: Engine, patients: Sequence[Patient], rounds: int, seconds: float) -> dict[str, list[Load]]:
    """Return the loads by path, round by round. Raises ``RuntimeError`` if the server does not start."""
    free = ",".join(settings_used(engine, patients))
    with served(lambda _port: {"ONCOCDS_FREE_POLICY": free}) as port:
        bodies = [json.dumps({"patient": profile, "policy": policy}).encode() for profile, policy in patients]
        found: dict[str, list[Load]] = {"/v1/evaluations": [], "/bench/empty": []}
        for path in found:
            asyncio.run(_load(port, path, bodies, min(1.0, seconds)))  # warm
        for _ in range(rounds):
            for path, loads in found.items():
                loads.append(asyncio.run(_load(port, path, bodies, seconds)))
        return found


def settings_used(engine: Engine, patients: Sequence[Patient]) -> list[str]:
    """Return the safety settings that come with some patients: a server refuses them unless it is set up otherwise."""
    switches = engine.knowledge.vocabulary.switches
    return sorted({name for _, policy in patients for name in policy if name in switches})


@contextlib.contextmanager
def served(settings: Callable[[int], Mapping[str, str]] = lambda _port: {}) -> Iterator[int]:
    """Run a server and yield its port; ``settings`` are its environment variables, made for the port.

    Raises ``RuntimeError`` if the server does not start.
    """
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "--factory", "bench.web:create_app", "--port", str(port)]
    command += ["--host", "127.0.0.1", "--log-level", "warning", "--no-access-log"]
    with tempfile.TemporaryDirectory() as folder:  # where it keeps its feedback and its records
        server = subprocess.Popen(command, env=environment(settings(port)), cwd=folder)
        try:
            until_ready(port, START_SECONDS, server)
            yield port
        finally:
            end(server)


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a server: settings, and the modules that are found here."""
    ours = str(Path(__file__).resolve().parent.parent)
    return {**os.environ, "PYTHONPATH": os.pathsep.join([*filter(None, sys.path), ours]), **settings}


def end(server: subprocess.Popen[bytes], seconds: float = 10) -> None:
    """Have a server end; after a while it is killed."""
    server.terminate()
    try:
        server.wait(seconds)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait(10)


def free_port() -> int:
    """Return a port that nobody listens on, below those that the system gives to connections that go out.

    Each process begins elsewhere: between the look at a port and its use nobody else should take it.
    """
    for number in range(os.getpid(), os.getpid() + 20_000):
        port = 10_000 + number * 7_919 % 20_000
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("no port is free")


def until_ready(port: int, seconds: float, server: subprocess.Popen[bytes] | None = None) -> None:
    """Wait until a server says that it is ready. Raises ``RuntimeError``, at once where the process given has ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if server is not None and server.poll() is not None:
            raise RuntimeError(f"the server ended with status {server.returncode}")
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=10),
        ):
            return
        time.sleep(0.05)
    raise RuntimeError(f"the server was not ready within {seconds:.0f} s")


async def _load(port: int, path: str, bodies: Sequence[bytes], seconds: float) -> Load:
    """Send requests over several connections that stay open, each as soon as the one before is answered."""
    turn = itertools.cycle(bodies)
    times: list[float] = []
    failed = 0
    start = time.perf_counter()

    async def client() -> None:
        nonlocal failed
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            while True:  # each sends one at least
                body = next(turn)
                sent = time.perf_counter()
                writer.write(posted(port, path, body))
                status = await answered(reader)
                times.append(time.perf_counter() - sent)
                failed += status != 200
                if time.perf_counter() - start >= seconds:
                    break
        finally:
            writer.close()

    clients = [asyncio.create_task(client()) for _ in range(CONNECTIONS)]
    _, late = await asyncio.wait(clients, timeout=seconds + PATIENCE)
    elapsed = time.perf_counter() - start
    for one in late:
        one.cancel()
    for told in await asyncio.gather(*clients, return_exceptions=True):
        if isinstance(told, Exception):
            raise told
    failed += len(late)
    ordered = sorted(times) or [float("nan")]
    p99 = ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
    return Load(len(times) / elapsed, statistics.median(ordered) * 1e3, p99 * 1e3, failed)


def posted(port: int, path: str, body: bytes, fields: str = "") -> bytes:
    """Return a request as it goes over the wire; ``fields`` are further header lines, each with its end."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n{fields}"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def answered(reader: asyncio.StreamReader) -> int:
    """Read a whole answer and return its status."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *fields = head.split("\r\n")
    lengths = [field.split(":", 1)[1] for field in fields if field.lower().startswith("content-length:")]
    await reader.readexactly(int(lengths[0]) if lengths else 0)
    return int(first.split()[1])
