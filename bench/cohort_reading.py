"""``python -m bench.cohort_reading [patients]``: files of patients read and checked, beside the engine's own reader.

Seconds of the processor, not of the clock; the contenders take turns. The engine's reader gets some of the same lines.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa

from bench.resources import resident_megabytes
from bench.rounds import Spread
from oncocds.engine import load_bundled_or
from oncocds.profile.reading import read_profile
from oncocds.reading.strict_json import parse_json
from oncocds.vocabulary.models import Vocabulary
from oncocds_cohort.files import write_patients
from oncocds_cohort.reading.batches import read_batches
from oncocds_cohort.synthetic import line, made_up

_ENGINES = 2_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.cohort_reading")
    parser.add_argument("patients", nargs="?", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    knowledge = load_bundled_or(None)
    vocabulary = knowledge.vocabulary
    with tempfile.TemporaryDirectory() as folder:
        text, columns = Path(folder) / "patients.ndjson", Path(folder) / "patients.parquet"
        with text.open("wb") as file:
            file.writelines(line(*one) for one in made_up(knowledge, asked.patients))
        write_patients(columns, _patients(text), vocabulary)
        some = text.read_bytes().splitlines()[:_ENGINES]
        contenders: dict[str, Callable[[], int]] = {
            "engine's own reader": lambda: _by_engine(some, vocabulary),
            "NDJSON, checked": lambda: _by_columns(text, vocabulary),
            "Parquet, checked": lambda: _by_columns(columns, vocabulary),
        }
        found: dict[str, list[float]] = {name: [] for name in contenders}
        for _ in range(asked.rounds):
            for name, contender in contenders.items():
                start = time.process_time()
                count = contender()
                found[name].append((time.process_time() - start) / count * 1e6)
    own = Spread.of(found["engine's own reader"])
    for name, micros in found.items():
        spread = Spread.of(micros)
        rate, ratio = 1e6 / spread.least, own.least / spread.least
        print(f"{name:20} {spread.least:7.1f} µs a patient, {rate:9,.0f}/s and core, {ratio:5.1f} ×")
    print(
        f"resident: {resident_megabytes():.0f} MB; Arrow at most {pa.default_memory_pool().max_memory() / 1e6:.0f} MB"
    )


def _patients(path: Path) -> Iterator[tuple[str, dict[str, object]]]:
    with path.open("rb") as file:
        for one in file:
            plain = json.loads(one)
            yield plain["id"], plain["patient"]


def _by_engine(lines: list[bytes], vocabulary: Vocabulary) -> int:
    for one in lines:
        plain = parse_json(one)
        assert isinstance(plain, dict)
        read_profile(plain["patient"], vocabulary)
    return len(lines)


def _by_columns(path: Path, vocabulary: Vocabulary) -> int:
    return sum(len(checked.rows) for checked in read_batches(path, vocabulary, ahead=0))


if __name__ == "__main__":
    main()
