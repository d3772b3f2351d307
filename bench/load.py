"""``python -m bench.load`` loads a server on this machine and prints what became of the requests, in about two minutes.

Capacity beside an empty handler; latency at half of it; twice as much as it can take; workers killed and frozen
meanwhile; memory. Rates are this machine's, and the clients take their part of it: ratios within a run count. Ends with
1 where what is promised does not hold.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bench.clients import UNSENT, Seen, as_fast_as_answered, at_a_rate
from bench.web import end, environment, free_port, until_ready
from oncocds import Engine

EVALUATIONS, EMPTY = "/v1/evaluations", "/bench/empty"
PATIENTS = Path(__file__).parent.parent / "examples" / "patients"
LIMIT = 5.0  # seconds for one request
START = 180.0
RECOVERY = 90.0
USEFUL = 0.8  # of the answers at capacity, at twice as much


@contextlib.contextmanager
def served(workers: int, settings: Mapping[str, str], seconds: float = LIMIT) -> Iterator[tuple[int, int]]:
    """Run a server; yield its port and its process id once it is ready. Raises ``RuntimeError`` if it never is."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "bench.load_server", str(port), str(workers), str(seconds)]
        server = subprocess.Popen(command, env=environment(settings), cwd=folder)
        try:
            until_ready(port, START, server)
            yield port, server.pid
        finally:
            end(server, 30)


def bodies() -> list[bytes]:
    """Return requests about the patients of ``examples/``."""
    read = [json.loads(file.read_text("utf-8")) for file in sorted(PATIENTS.glob("*.json"))]
    return [json.dumps(one if "patient" in one else {"patient": one}).encode() for one in read]


def workers_of(server: int) -> list[int]:
    """Return the worker processes of a server."""
    found: list[int] = []
    for task in Path(f"/proc/{server}/task").iterdir():
        with contextlib.suppress(OSError):  # a thread may end meanwhile
            found += map(int, (task / "children").read_text().split())
    return found


def resident_megabytes(server: int) -> float:
    """Return the memory of a server with its workers."""
    pages = 0
    for pid in (server, *workers_of(server)):
        with contextlib.suppress(OSError):
            pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def with_faults(port: int, server: int, sent: Sequence[bytes], rate: float, faults: Sequence[int]) -> Seen:
    """Load a server while workers of its are sent signals, one every two seconds."""
    load = asyncio.create_task(at_a_rate(port, EVALUATIONS, sent, rate, 2.0 * (len(faults) + 2)))
    for fault in faults:
        await asyncio.sleep(2.0)
        alive = workers_of(server)
        if alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(random.choice(alive), fault)
    return await load


def broken(most: float, over: Seen, faulty: Seen, faults: int) -> list[str]:
    """Return what is promised and does not hold: of answers and refusals at twice the capacity (``most`` useful ones a
    second), and of what was lost to so many faults.
    """
    found = []
    if over.rate < USEFUL * most:
        found.append(f"useful answers at twice the capacity: {over.rate / most:.0%} of those at it, not {USEFUL:.0%}")
    if others := {why: number for why, number in over.unforeseen().items() if why != UNSENT}:
        found.append(f"at twice the capacity: {_told(others)}")
    lost = faulty.unforeseen()
    if not set(lost) <= {"500", "504"} or sum(lost.values()) > faults:
        found.append(f"{faults} faults cost more than a request each: {_told(lost)}")
    return found


def main() -> int:
    """Measure, print and judge."""
    parser = argparse.ArgumentParser(prog="python -m bench.load", description="Loads a server on this machine.")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=6.0, help="of each measurement")
    asked = parser.parse_args()
    sent, faults = bodies(), (signal.SIGKILL, signal.SIGKILL, signal.SIGSTOP)
    Engine.load()  # prepares the knowledge, so that no worker's start has to
    with served(asked.workers, {"ONCOCDS_FEEDBACK_DATABASE": "sqlite://"}) as (port, server):
        found = _print(asked.workers, asked.seconds, port, server, sent, faults)
    print("\n" + ("\n".join(f"BROKEN: {one}" for one in found) or "all that is promised holds"))
    return int(bool(found))


def _print(
    workers: int, seconds: float, port: int, server: int, sent: Sequence[bytes], faults: Sequence[int]
) -> list[str]:
    clients = 4 * workers
    for path in (EVALUATIONS, EMPTY):
        asyncio.run(as_fast_as_answered(port, path, sent, clients, 1.0))  # warm
    before = resident_megabytes(server)
    print(f"{workers} workers, {len(sent)} patients of examples/, {seconds:g} s each\n")
    print(f"{'':34}{'useful/s':>10}{'p50 ms':>9}{'p99 ms':>9}   answers")
    full = asyncio.run(as_fast_as_answered(port, EVALUATIONS, sent, clients, seconds))
    _row(f"capacity ({clients} clients)", full)
    empty = asyncio.run(as_fast_as_answered(port, EMPTY, sent, clients, seconds))
    _row("  the same of an empty handler", empty)
    _row("half of the capacity", asyncio.run(at_a_rate(port, EVALUATIONS, sent, full.rate / 2, seconds)))
    _row("  the same of an empty handler", asyncio.run(at_a_rate(port, EMPTY, sent, full.rate / 2, seconds)))
    again = asyncio.run(as_fast_as_answered(port, EVALUATIONS, sent, clients, seconds))
    _row("the capacity again", again)
    most = max(full.rate, again.rate)
    longer = min(30.0, max(seconds, 300 / most))  # until the queue is full on a slow machine too
    over = asyncio.run(at_a_rate(port, EVALUATIONS, sent, 2 * most, longer))
    _row("twice the capacity", over)
    faulty = asyncio.run(with_faults(port, server, sent, full.rate / 2, faults))
    _row("half, 2 workers killed, 1 frozen", faulty)
    until_ready(port, RECOVERY)
    asyncio.run(as_fast_as_answered(port, EVALUATIONS, sent, clients, 1.0))
    marks = [resident_megabytes(server)]
    evaluations = 0
    for _ in range(3):
        evaluations += len(asyncio.run(as_fast_as_answered(port, EVALUATIONS, sent, clients, seconds)).times)
        marks.append(resident_megabytes(server))
    print(f"\nan evaluation beside the empty handler   {full.rate / empty.rate:.2f} of its rate")
    print(f"useful answers at twice the capacity     {over.rate / most:.0%} of those at it (at least {USEFUL:.0%})")
    told = ", ".join(f"{mark:.0f}" for mark in marks)
    after = f"after faults and {evaluations} more: {told}"
    print(f"memory of all processes (MB)             {before:.0f} at first; {after}")
    return broken(most, over, faulty, len(faults))


def _row(name: str, seen: Seen) -> None:
    told = _told(seen.statuses)
    print(f"{name:34}{seen.rate:10.0f}{seen.within(0.5):9.1f}{seen.within(0.99):9.1f}   {told}", flush=True)


def _told(statuses: Mapping[str, int]) -> str:
    return ", ".join(f"{number} × {status}" for status, number in sorted(statuses.items()))


if __name__ == "__main__":
    sys.exit(main())
