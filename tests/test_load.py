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
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import hostile
from bench.clients import LATE, LOST, UNSENT, Seen, as_fast_as_answered, each_once
from bench.endurance import grew, in_process, over_http
from bench.figures import bad
from bench.load import EMPTY, EVALUATIONS, RECOVERY, bodies, broken, served, with_faults
from bench.web import posted, until_ready

from oncocds import Engine
from patience import PATIENCE, SECONDS

SETTINGS = {
    "ONCOCDS_FEEDBACK_DATABASE": "sqlite://",
    "ONCOCDS_LIMITS": json.dumps({"queue": 4, "head_seconds": 300}),
    "ONCOCDS_METRICS": "open",
}


def counted(port: int, what: str) -> float:
    """How much of something the server counted, over all its further labels."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=SECONDS) as told:
        lines = [line.rpartition(" ") for line in told.read().decode().splitlines()]
    return sum(float(number) for name, _, number in lines if name.startswith(what))


def ended(port: int, status: str) -> float:
    """How many evaluations ended with a status."""
    return counted(port, f'oncocds_requests_total{{route="/v1/evaluations",status="{status}"}}')


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[int, int]]:
    with served(2, SETTINGS, seconds=PATIENCE) as port_and_process:
        yield port_and_process


def answered_at_last(port: int) -> None:
    """See that requests one after the other are all answered, sooner or later."""
    deadline = time.monotonic() + SECONDS
    while set(asyncio.run(as_fast_as_answered(port, EVALUATIONS, bodies(), 1, 0.1)).statuses) != {"200"}:
        assert time.monotonic() < deadline


def test_with_more_than_it_can_do_it_does_what_it_can_and_refuses_the_rest_at_once(server: tuple[int, int]) -> None:
    deadline, found = time.monotonic() + SECONDS, set[str]()
    while found != {"200", "503"}:
        assert time.monotonic() < deadline, found
        seen = asyncio.run(as_fast_as_answered(server[0], EVALUATIONS, bodies(), 24, 1.0))
        assert not seen.unforeseen()
        found |= set(seen.statuses)
    answered_at_last(server[0])


def test_who_hangs_up_is_not_answered_and_hinders_nobody(server: tuple[int, int]) -> None:
    port = server[0]
    deadline, faults = time.monotonic() + SECONDS, ended(port, "500")
    while not ended(port, "499"):
        assert time.monotonic() < deadline, "nobody who hung up was seen to"
        with contextlib.ExitStack() as connections:
            for body in bodies():
                client = connections.enter_context(socket.create_connection(("127.0.0.1", port)))
                client.sendall(posted(port, EVALUATIONS, body))
            time.sleep(0.01)
    answered_at_last(port)
    assert ended(port, "500") == faults


def test_a_worker_that_is_killed_or_frozen_costs_its_own_request_and_no_other() -> None:
    """Of its own server, which takes a worker for frozen soon; a busy machine may well make it take more for so."""
    with served(2, SETTINGS, seconds=3.0) as (port, process):
        seen = asyncio.run(with_faults(port, process, bodies(), 5.0, (signal.SIGKILL, signal.SIGSTOP)))
        lost = seen.unforeseen()
        assert set(lost) <= {"500", "504"}
        assert sum(lost.values()) <= counted(port, "oncocds_workers_lost_total")
        assert seen.statuses["200"]
        until_ready(port, RECOVERY)
        answered_at_last(port)


def test_hostile_requests_are_refused_and_none_is_a_fault(server: tuple[int, int]) -> None:
    sent = hostile.requests(server[0])[:150]
    outcomes = asyncio.run(each_once(server[0], [request for _, request in sent], 1, float("inf")))
    assert {sent[place][0]: status for place, status in bad(outcomes).items()} == {}
    assert len(outcomes) == 150


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


def seen(useful: int, seconds: float = 1.0, without_retry: int = 0, **others: int) -> Seen:
    """What clients saw: so many useful answers, and others by status."""
    statuses = Counter({"200": useful, **{name.lstrip("_"): number for name, number in others.items()}})
    return Seen(statuses, [0.01] * useful, without_retry, seconds)


@pytest.mark.parametrize(
    ("over", "said"),
    [
        (seen(100, _503=100), None),
        (seen(80, _503=120), None),
        (seen(100, **{UNSENT: 1}), None),
        (seen(79, _503=121), "79% of those at it"),
        (seen(100, seconds=2.0, _503=100), "50% of those at it"),
        (seen(0, _503=200), "0% of those at it"),
        (seen(100, _503=100, without_retry=1), "1 × 503 without Retry-After"),
        (seen(100, _504=3), "3 × 504"),
        (seen(100, **{LOST: 1}), LOST),
        (seen(100, **{LATE: 2}), LATE),
    ],
)
def test_less_than_is_promised_at_twice_the_capacity_is_said(over: Seen, said: str | None) -> None:
    found = broken(100.0, over, seen(10), 3)
    assert [said in one for one in found if said] == [True] * (said is not None)
    assert bool(found) is (said is not None)


def test_more_than_a_request_for_each_fault_is_said() -> None:
    assert broken(10.0, seen(10), seen(10, _500=2, _504=1), 3) == []
    assert "4 × 500" in broken(10.0, seen(10), seen(10, _500=4), 3)[0]
    assert LOST in broken(10.0, seen(10), seen(10, **{LOST: 1}), 3)[0]
