"""``python -m bench.cohort_growth [patients …]``: whole commands on cohorts of growing size, each a file made for it.

Of each size: the clock's seconds, processor seconds of all processes, and the most memory that all of them had at one
time: the sum of their proportional set sizes, in which a page that several share counts once (Linux alone tells it).
The file is written row group by row group, of so many different patients again and again under ids of their own, and
deleted after its turn; ten million take about a gigabyte, and what is made of them three more while it is made.
"""

from __future__ import annotations

import argparse
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from oncocds import Engine
from oncocds.knowledge.knowledge import Knowledge
from oncocds_cohort.reading.checked import ROWS
from oncocds_cohort.schema import ID, profile_schema
from oncocds_cohort.synthetic import made_up

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
_DIFFERENT = 6 * ROWS
_PAUSE = 0.2  # seconds between two looks at the memory


@dataclass(frozen=True, slots=True)
class Taken:
    """What a command took: seconds of the clock and of processors, megabytes of all processes at one time."""

    seconds: float
    processor: float
    megabytes: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.cohort_growth")
    parser.add_argument("patients", nargs="*", type=int, default=SIZES)
    parser.add_argument("--commands", nargs="+", choices=("verdicts", "counts"), default=("verdicts", "counts"))
    parser.add_argument("--jobs", type=int, default=2, help="processes that answer (default: 2)")
    parser.add_argument("--folder", type=Path, help="where the files stand while they are needed (default: temporary)")
    asked = parser.parse_args()
    knowledge = Engine.load().knowledge
    print(f"cohorts of growing size, {asked.jobs} process(es) answering; Parquet")
    print(f"  {'':10}{'patients':>12}{'seconds':>10}{'CPU s':>10}{'MB in sum':>11}{'CPU µs a patient':>18}", flush=True)
    with tempfile.TemporaryDirectory(dir=asked.folder) as name:
        people = different(knowledge, min(max(asked.patients), _DIFFERENT))
        for size in asked.patients:
            path = Path(name) / f"{size}.parquet"
            write(path, people, size)
            for command in asked.commands:
                taken = run(path, command, asked.jobs)
                each = taken.processor / size * 1e6
                print(
                    f"  {command:10}{size:12,}{taken.seconds:10.1f}{taken.processor:10.1f}{taken.megabytes:11.0f}"
                    f"{each:18.1f}",
                    flush=True,
                )
            path.unlink()


def different(knowledge: Knowledge, count: int) -> list[pa.RecordBatch]:
    """Return so many made-up patients, in batches of the size of a row group."""
    schema, patients = profile_schema(knowledge.vocabulary), made_up(knowledge, count)
    found = []
    while some := [{**patient, ID: identity} for identity, patient in itertools.islice(patients, ROWS)]:
        found.append(pa.RecordBatch.from_pylist(some, schema))
    return found


def write(path: Path, people: list[pa.RecordBatch], count: int) -> None:
    """Write so many patients, a row group at a time: the same ones again under other ids."""
    with pq.ParquetWriter(path, people[0].schema, compression="zstd") as writer:
        for batch, first in _taken(people, count):
            ids = pa.array([f"S-{at:09}" for at in range(first, first + batch.num_rows)])
            writer.write_batch(batch.set_column(batch.schema.get_field_index(ID), batch.schema.field(ID), ids))


def _taken(people: list[pa.RecordBatch], count: int) -> Iterator[tuple[pa.RecordBatch, int]]:
    first = 0
    for batch in itertools.cycle(people):
        if first >= count:
            return
        yield batch.slice(0, count - first), first
        first += batch.num_rows


def run(path: Path, command: str, jobs: int) -> Taken:
    """Run a command on a file. Raises ``RuntimeError`` where it fails."""
    out = path.with_name("out.parquet" if command == "verdicts" else "out.csv")
    whole = [sys.executable, "-m", "oncocds", "cohort", command, str(path), "--jobs", str(jobs), "--out", str(out)]
    begin, most = time.perf_counter(), 0.0
    process = subprocess.Popen([*whole, "--as-of", "2026-01-01"], stderr=subprocess.DEVNULL)
    while True:
        ended, status, usage = os.wait4(process.pid, os.WNOHANG)
        if ended:
            break
        most = max(most, sum(map(_megabytes, _family(process.pid))))
        time.sleep(_PAUSE)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"it ended with {process.returncode}: {' '.join(whole)}")
    out.unlink()
    return Taken(time.perf_counter() - begin, usage.ru_utime + usage.ru_stime, most)


def _family(number: int) -> Iterator[int]:
    """Yield a process and those that it began, as far as they are there."""
    yield number
    for task in _task_folders(number):
        try:
            children = (task / "children").read_text().split()
        except OSError:
            continue
        for child in children:
            yield from _family(int(child))


def _task_folders(number: int) -> list[Path]:
    try:
        return [*Path(f"/proc/{number}/task").iterdir()]
    except OSError:
        return []


def _megabytes(number: int) -> float:
    try:
        text = Path(f"/proc/{number}/smaps_rollup").read_text()
    except OSError:  # it ended, or the system does not tell
        return 0.0
    return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) / 1e3


if __name__ == "__main__":
    main()
