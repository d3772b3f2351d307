"""`make load` in a few seconds: a server with more to do than it can, and with workers that are killed and frozen."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.clients import as_fast_as_answered
from bench.endurance import grew, in_process, over_http
from bench.load import EMPTY, EVALUATIONS, bodies, served, until_ready, with_faults
from bench.web import posted

from oncocds import Engine

SECONDS = 180.0
SETTINGS = {
    "ONCOCDS_FEEDBACK_DATABASE": "sqlite://",
    "ONCOCDS_LIMITS": json.dumps({"queue": 4}),
    "ONCOCDS_METRICS": "open",
}


def counted(port: int, status: str) -> bool:
    """Whether the server counted an evaluation that ended with a status."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=SECONDS) as told:
        return f'oncocds_requests_total{{route="/v1/evaluations",status="{status}"}}' in told.read().decode()


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[int, int]]:
    with served(2, SETTINGS, seconds=8.0) as port_and_process:
        yield port_and_process


def test_with_more_than_it_can_do_it_does_what_it_can_and_refuses_the_rest_at_once(server: tuple[int, int]) -> None:
    seen = asyncio.run(as_fast_as_answered(server[0], EVALUATIONS, bodies(), 24, 1.0))
    assert not seen.unforeseen()
    assert seen.statuses["200"]
    assert seen.statuses["503"]
    after = asyncio.run(as_fast_as_answered(server[0], EVALUATIONS, bodies(), 1, 0.1))
    assert set(after.statuses) == {"200"}


def test_who_hangs_up_is_not_answered_and_hinders_nobody(server: tuple[int, int]) -> None:
    port = server[0]
    deadline = time.monotonic() + SECONDS
    while not counted(port, "499"):
        assert time.monotonic() < deadline, "nobody who hung up was seen to"
        with contextlib.ExitStack() as connections:
            for body in bodies():
                client = connections.enter_context(socket.create_connection(("127.0.0.1", port)))
                client.sendall(posted(port, EVALUATIONS, body))
            time.sleep(0.01)
    after = asyncio.run(as_fast_as_answered(port, EVALUATIONS, bodies(), 1, 0.1))
    assert not after.unforeseen()
    assert after.statuses["200"]
    assert not counted(port, "500")


def test_a_worker_that_is_killed_or_frozen_costs_its_own_request_and_no_other(server: tuple[int, int]) -> None:
    port, process = server
    faults = (signal.SIGKILL, signal.SIGSTOP)
    seen = asyncio.run(with_faults(port, process, bodies(), 5.0, faults))
    lost = seen.unforeseen()
    assert set(lost) <= {"500", "504"}
    assert sum(lost.values()) <= len(faults)
    assert seen.statuses["200"]
    until_ready(port)
    after = asyncio.run(as_fast_as_answered(port, EVALUATIONS, bodies(), 1, 0.1))
    assert set(after.statuses) == {"200"}


def test_what_it_is_measured_beside_does_nothing(server: tuple[int, int]) -> None:
    assert set(asyncio.run(as_fast_as_answered(server[0], EMPTY, bodies(), 2, 0.1)).statuses) == {"200"}


def test_a_long_run_tells_how_many_were_answered_and_what_memory_they_took(
    server: tuple[int, int], engine: Engine
) -> None:
    port, process = server
    told = list(over_http(port, process, bodies(), 12, 2, 0.2))
    assert told[-1][0] >= 12
    assert told[-1][1] > 50
    assert set(told[-1][2]) == {"200"}
    here = list(in_process(engine, bodies(), 20))
    assert [done for done, _ in here] == [*range(2, 21, 2)]
    assert all(memory > 20 for _, memory in here)


@pytest.mark.parametrize(
    ("marks", "said"), [([100.0, 101, 107], False), ([100.0, 101, 109], True), ([1000.0, 1049], False), ([9.0], False)]
)
def test_memory_that_grew_is_told_from_what_wavers(marks: list[float], said: bool) -> None:
    assert grew(marks) is said
