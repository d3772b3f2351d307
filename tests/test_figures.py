"""The figures of the service: what hostile requests must not come to, what a table says, and that a turn ends."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import hooks, hostile, web
from bench.clients import LATE, LOST, Seen, each_once
from bench.figures import EMPTY, EVALUATIONS, ONE, REQUIRED, TWO, Turns, bad, table

from patience import SECONDS


@contextlib.asynccontextmanager
async def saying(answer: bytes) -> AsyncIterator[int]:
    """A server that says the same to every request of one line and a head; nothing where there is nothing to say."""

    async def heard(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, EOFError):
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(answer)
        writer.close()

    server = await asyncio.start_server(heard, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def seen(useful: int, milliseconds: float, others: int = 0) -> Seen:
    statuses = Counter({"200": useful}) + Counter({"503": others})
    return Seen(statuses, [milliseconds / 1e3] * useful, seconds=1.0)


def test_a_5xx_and_no_answer_are_what_hostile_requests_must_not_come_to() -> None:
    told = {0: "200", 1: "422", 2: "404", 3: "500", 4: "503", 5: LOST, 6: LATE, 7: "101"}
    assert set(bad(told)) == {3, 4, 5, 6, 7}


def test_hostile_requests_are_many_of_many_kinds_and_the_same_each_time() -> None:
    found = hostile.requests(8000)
    assert found == hostile.requests(8000)
    assert len(found) > 1000
    paths = {request.split(b" ")[1] for _, request in found if request.startswith(b"POST")}
    assert {b"/v1/evaluations", b"/v1/fhir/evaluations", b"/cds-services/oncocds-patient", b"/evaluate"} <= paths
    kinds = {kind.partition(": ")[2] for kind, _ in found if kind.startswith("/v1/evaluations: ")}
    assert {"body: NaN", "body: 100,000 keys", "an integer of 400 digits", "chunks"} <= kinds


def test_changed_documents_differ_in_one_place_each() -> None:
    document = {"a": {"b": [1, 2]}, "c": "x"}
    changed = [json.loads(body) for _, body in hostile._changed(document)]
    assert len(changed) == 5
    assert all(one != document for one in changed)
    assert document == {"a": {"b": [1, 2]}, "c": "x"}


def test_each_request_is_sent_once_and_what_became_of_it_is_kept() -> None:
    async def run() -> None:
        async with saying(b"HTTP/1.1 422 No\r\nContent-Length: 0\r\n\r\n") as port:
            request = f"GET / HTTP/1.1\r\nHost: x:{port}\r\n\r\n".encode()
            assert await each_once(port, [request] * 7, 3, SECONDS) == dict.fromkeys(range(7), "422")
            assert len(await each_once(port, [request] * 7, 2, 0.0)) == 2  # no time: each client's first
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))  # it is taken, and nobody listens
            port = nobody.getsockname()[1]
            assert set((await each_once(port, [request] * 2, 1, SECONDS)).values()) == {LOST}

    asyncio.run(run())


def test_the_table_has_a_rate_beside_the_empty_handler_and_what_a_record_costs() -> None:
    found = {
        (ONE, EVALUATIONS): Turns([seen(100, 10), seen(50, 20)]),
        (TWO, EVALUATIONS): Turns([seen(200, 10), seen(100, 10, others=2)]),
        (REQUIRED, EVALUATIONS): Turns([seen(50, 10), seen(25, 20)]),
        (ONE, EMPTY): Turns([seen(1000, 1), seen(500, 1)]),
        (TWO, EMPTY): Turns([seen(1000, 1), seen(1000, 1)]),
    }
    one, two, required, *_ = table(found)[1:]
    assert one.split()[2:5] == ["75", "10.0", "20.0"]
    assert "0.10 (0.10-0.10) of an empty handler's rate" in one
    assert "0.15 (0.10-0.20) of an empty handler's rate" in two
    assert "2 × 503" in two
    assert "0.50 (0.50-0.50) of the rate without audit: +13.33 ms each" in required


def test_a_turn_ends_though_the_server_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        async with saying(b"") as port:
            load = await web._load(port, "/", [b"{}"], 0.05)
            assert (load.rate, load.failed) == (0.0, web.CONNECTIONS)
            waits = await hooks._steady(port, [web.posted(port, "/", b"{}")] * 4)
            assert (waits.milliseconds, waits.failed) == ([], 4)

    monkeypatch.setattr(web, "PATIENCE", 0.1)
    monkeypatch.setattr(hooks, "PATIENCE", 0.1)
    asyncio.run(run())


def test_what_was_never_answered_has_no_figure_and_ends_nothing() -> None:
    from bench.__main__ import _points

    assert _points([3.0, 1.0, 2.0]) == (2.0, 3.0, 3.0)
    assert [one != one for one in _points([])] == [True] * 3
