"""Clients of a server on loopback: as fast as it answers, or at a rate of their own whether it answers or not."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.web import posted

PATIENCE = 60.0  # seconds that a client waits for one answer
MOST_CONNECTIONS = 300
LOST, LATE, UNSENT = "connection lost", "no answer in time", "not sent: no connection left"
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(slots=True)
class Seen:
    """What clients saw: how many answers of each status, and how long the useful ones took (seconds)."""

    statuses: Counter[str] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)
    without_retry: int = 0  # refusals that do not say when to come again
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Useful answers a second."""
        return len(self.times) / self.seconds if self.seconds else 0.0

    def within(self, share: float) -> float:
        """In how many milliseconds a share of the useful answers came; nan without any."""
        ordered = sorted(self.times)
        return 1e3 * ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")

    def unforeseen(self) -> dict[str, int]:
        """Whatever is neither a useful answer nor a refusal that says when to come again."""
        found = {status: number for status, number in self.statuses.items() if status not in ("200", "503")}
        return found | ({"503 without Retry-After": self.without_retry} if self.without_retry else {})


async def as_fast_as_answered(port: int, path: str, bodies: Sequence[bytes], clients: int, seconds: float) -> Seen:
    """Send over so many connections, each request as soon as the one before is answered."""
    seen, turn, start = Seen(), itertools.cycle(bodies), time.perf_counter()

    async def client() -> None:
        connection = None
        while True:  # each sends one at least
            connection = await _asked(port, posted(port, path, next(turn)), connection, seen)
            if time.perf_counter() - start >= seconds:
                break
        _close(connection)

    await asyncio.gather(*(client() for _ in range(clients)))
    seen.seconds = time.perf_counter() - start
    return seen


async def at_a_rate(port: int, path: str, bodies: Sequence[bytes], rate: float, seconds: float) -> Seen:
    """Send so many requests a second, however long the answers take."""
    seen, turn, start = Seen(), itertools.cycle(bodies), time.perf_counter()
    idle: list[Connection | None] = [None] * MOST_CONNECTIONS
    tasks: set[asyncio.Task[None]] = set()

    async def one(connection: Connection | None) -> None:
        idle.append(await _asked(port, posted(port, path, next(turn)), connection, seen))

    for number in range(max(1, int(rate * seconds))):
        await asyncio.sleep(max(0.0, start + number / rate - time.perf_counter()))
        if not idle:
            seen.statuses[UNSENT] += 1
            continue
        task = asyncio.create_task(one(idle.pop()))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
    seen.seconds = time.perf_counter() - start  # with what was still waiting
    for connection in idle:
        _close(connection)
    return seen


async def each_once(port: int, requests: Sequence[bytes], clients: int, seconds: float) -> dict[int, str]:
    """Send each request once, as long as there is time; return by its place what became of it: a status, or why not."""
    found: dict[int, str] = {}
    left, start = iter(enumerate(requests)), time.perf_counter()

    async def client() -> None:
        connection = None
        for place, request in left:
            seen = Seen()
            connection = await _asked(port, request, connection, seen)
            (found[place],) = seen.statuses
            if time.perf_counter() - start >= seconds:
                break
        _close(connection)

    await asyncio.gather(*(client() for _ in range(clients)))
    return found


async def _asked(port: int, request: bytes, connection: Connection | None, seen: Seen) -> Connection | None:
    """Send a request as it goes over the wire and note its answer; return the connection if it can be used again."""
    sent = time.perf_counter()
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = connection = connection or await asyncio.open_connection("127.0.0.1", port)
            writer.write(request)
            status, headers = await _answer(reader)
    except TimeoutError:
        seen.statuses[LATE] += 1
    except (OSError, EOFError):
        seen.statuses[LOST] += 1
    else:
        seen.statuses[status] += 1
        if status == "200":
            seen.times.append(time.perf_counter() - sent)
        seen.without_retry += status == "503" and "retry-after" not in headers
        if headers.get("connection") != "close":
            return connection
    _close(connection)
    return None


async def _answer(reader: asyncio.StreamReader) -> tuple[str, dict[str, str]]:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    await reader.readexactly(int(headers.get("content-length", 0)))
    return first.split()[1], headers


def _close(connection: Connection | None) -> None:
    if connection is not None:
        connection[1].close()
