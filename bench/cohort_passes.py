"""``python -m bench.cohort_passes [few] [many]``: whole commands on cohorts, start to end, checks and sample included.

Processor seconds of all their processes, and the memory of the largest. The two files differ in size alone, so that
what a command takes to begin and what a further patient takes are told apart.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from oncocds import Engine
from oncocds.knowledge.knowledge import Knowledge
from oncocds_cohort.files import write_patients
from oncocds_cohort.synthetic import line, made_up

FEW, MANY = 20_000, 100_000
_DIFFERENT = 10_000  # patients; they come again under other ids
_COUNTS, _COMPARE = "counts, Parquet", "compare, two policies"


def measure(knowledge: Knowledge, few: int = FEW, many: int = MANY, jobs: int = 1) -> None:
    """Measure and print."""
    people = [patient for _, patient in made_up(knowledge, min(_DIFFERENT, few))]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "new.json").write_text('{"elderly_age": 70}')
        for number in (few, many):
            write_patients(folder / f"{number}.parquet", _numbered(people, number), knowledge.vocabulary)
            with (folder / f"{number}.ndjson").open("wb") as file:
                file.writelines(itertools.starmap(line, _numbered(people, number)))
        print(f"\ncohorts, whole commands, {jobs} process(es) answering: processor seconds of all, MB of the largest")
        print(f"  {'':26}{few:>10,}{many:>10,}   each further million   MB")
        further = {}
        for what, command, kind in (
            ("verdicts, Parquet", ["verdicts"], "parquet"),
            ("verdicts, NDJSON", ["verdicts"], "ndjson"),
            (_COUNTS, ["counts"], "parquet"),
            (_COMPARE, ["compare", "current", str(folder / "new.json")], "parquet"),
        ):
            first, *more = command
            ran = [_run(folder, [first, str(folder / f"{n}.{kind}"), *more, "--jobs", str(jobs)]) for n in (few, many)]
            (begin, _), (end, megabytes) = ran
            further[what] = (end - begin) / (many - few) * 1e6
            print(f"  {what:26}{begin:10.1f}{end:10.1f}{further[what]:17.1f}   {megabytes:10.0f}")
        print(f"  a further patient by two versions: {further[_COMPARE] / further[_COUNTS]:.2f} times one's counts")


def _numbered(people: list[Any], number: int) -> Iterator[tuple[str, Any]]:
    for at, patient in zip(range(number), itertools.cycle(people), strict=False):
        yield f"S-{at:09}", patient


def _run(folder: Path, command: list[str]) -> tuple[float, float]:
    """Return the processor seconds and the megabytes of a command."""
    whole = [sys.executable, "-m", "oncocds", "cohort", *command, "--as-of", "2026-01-01"]
    out = folder / ("out.parquet" if command[0] == "verdicts" else "out.csv")
    process = subprocess.Popen([*whole, "--out", str(out)], stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"it ended with {process.returncode}: {json.dumps(whole)}")
    scale = 1e6 if sys.platform == "darwin" else 1e3
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / scale


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.cohort_passes")
    parser.add_argument("few", nargs="?", type=int, default=FEW)
    parser.add_argument("many", nargs="?", type=int, default=MANY)
    parser.add_argument("--jobs", type=int, default=1)
    asked = parser.parse_args()
    measure(Engine.load().knowledge, asked.few, asked.many, asked.jobs)


if __name__ == "__main__":
    main()
