"""``python -m bench.endurance`` evaluates without end in sight, and prints whether memory stays flat.

In one process, then over HTTP; by default a bounded part (some minutes), with ``--full`` a million and a hundred
thousand (hours). Ends with 1 where memory grew or an answer was no advice.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence

from bench.clients import as_fast_as_answered
from bench.load import EVALUATIONS, bodies, resident_megabytes, served
from bench.resources import resident_megabytes as own_megabytes
from oncocds import Engine

BOUNDED, FULL = (5_000, 2_000), (1_000_000, 100_000)
_AS_OF = "2025-01-31"
_SETTINGS = {"ONCOCDS_FEEDBACK_DATABASE": "sqlite://"}
_PARTS = 10
_SLICE = 5.0  # seconds between two looks at how many were answered


def grew(marks: Sequence[float]) -> bool:
    """Tell whether memory grew after the first part of a run: by more than 5 % and more than 8 MB."""
    first, last = marks[0], max(marks[1:], default=0.0)
    return last - first > max(8.0, 0.05 * first)


def in_process(engine: Engine, sent: Sequence[bytes], number: int) -> Iterator[tuple[int, float]]:
    """Evaluate; yield after each part how many were, and the memory of this process (MB)."""
    profiles = itertools.cycle([json.loads(body)["patient"] for body in sent])
    done = 0
    for part in range(1, _PARTS + 1):
        while done < number * part // _PARTS:
            engine.evaluate(next(profiles), as_of=_AS_OF).model_dump_json()
            done += 1
        yield done, own_megabytes() or 0.0


def over_http(
    port: int, server: int, sent: Sequence[bytes], number: int, clients: int, seconds: float = _SLICE
) -> Iterator[tuple[int, float, Counter[str]]]:
    """Have a server evaluate; yield from time to time how many were, its memory with its workers, and all answers."""
    done, statuses, part = 0, Counter[str](), 1
    while done < number:
        seen = asyncio.run(as_fast_as_answered(port, EVALUATIONS, sent, clients, seconds))
        statuses += seen.statuses
        done += len(seen.times)
        if done >= number * part / _PARTS or not seen.times:
            part = int(done / number * _PARTS) + 1
            yield done, resident_megabytes(server), statuses
        if not seen.times:
            return


def main() -> int:
    """Measure, print and judge."""
    parser = argparse.ArgumentParser(prog="python -m bench.endurance", description="Evaluates for a long time.")
    parser.add_argument("--full", action="store_true", help=f"{FULL[0]:,} in process, {FULL[1]:,} over HTTP")
    parser.add_argument("--in-process", type=int, help=f"how many in process (default {BOUNDED[0]:,})")
    parser.add_argument("--http", type=int, help=f"how many over HTTP (default {BOUNDED[1]:,})")
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    usual = FULL if asked.full else BOUNDED
    here = usual[0] if asked.in_process is None else asked.in_process
    there = usual[1] if asked.http is None else asked.http
    sent, bad = bodies(), False
    print(f"{len(sent)} patients of examples/; MB resident\n\n{'in one process':20}{'a second':>10}{'MB':>8}")
    engine, start, marks = Engine.load(), time.perf_counter(), list[float]()
    for done, memory in in_process(engine, sent, here) if here else ():
        marks.append(memory)
        print(f"{done:20,}{done / (time.perf_counter() - start):10.0f}{memory:8.0f}", flush=True)
    bad |= bool(marks) and grew(marks)
    print(f"\n{f'over HTTP, {asked.workers} workers':20}{'a second':>10}{'MB':>8}   answers")
    marks, statuses = [], Counter[str]()
    if there:
        with served(asked.workers, _SETTINGS) as (port, server):
            start = time.perf_counter()
            for done, memory, statuses in over_http(port, server, sent, there, 4 * asked.workers):
                marks.append(memory)
                told = ", ".join(f"{number} × {status}" for status, number in sorted(statuses.items()))
                print(f"{done:20,}{done / (time.perf_counter() - start):10.0f}{memory:8.0f}   {told}", flush=True)
    bad |= (bool(marks) and grew(marks)) or set(statuses) > {"200"}
    print("\nmemory grew, or an answer was none" if bad else "\nflat, and every answer was one")
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
