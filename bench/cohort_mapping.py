"""``python -m bench.cohort_mapping [patients]``: what ``oncocds cohort from-fhir`` maps, beside reading the JSON alone.

Charts are the four of ``examples/fhir`` with other ids, days and values. Seconds of the processor, not of the clock;
the contenders take turns, after one that warms up. Reading and grouping an export are not in the figure, nor is
writing the file of patients.
"""

from __future__ import annotations

import argparse
import datetime
import json
import random
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.rounds import Spread
from oncocds.reading.strict_json import parse_json
from oncocds_cohort.fhir.grouping import Group
from oncocds_cohort.fhir.patients import PatientMapping, moment_of

_CHARTS = Path(__file__).resolve().parent.parent / "examples" / "fhir"
_TAKEN = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)
_DAY, _VALUE = re.compile(r"\b20\d\d-\d\d-\d\d"), re.compile(r'("value": )(\d+(?:\.\d+)?)')
_REFERENCE = re.compile(r'("reference": "\w+/)([^"]+)')
_AT_A_TIME = 200  # patients, as the command gives to a process


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.cohort_mapping")
    parser.add_argument("patients", nargs="?", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=7)
    asked = parser.parse_args()
    charts = made_up(asked.patients)
    mapping = PatientMapping(None, None, moment_of(_TAKEN, None), _TAKEN.isoformat())
    contenders: dict[str, Callable[[], int]] = {
        "their JSON, strictly read": lambda: _read(charts),
        "mapped to rows": lambda: mapped(mapping, charts),
    }
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(1 + asked.rounds):
        for name, contender in contenders.items():
            start = time.process_time()
            count = contender()
            assert count == len(charts)
            if turn:
                found[name].append((time.process_time() - start) / count * 1e6)
    records = sum(len(some) for _, some in charts) / len(charts)
    print(f"{len(charts)} charts of {records:.1f} records, {asked.rounds} turns")
    read = Spread.of(found["their JSON, strictly read"])
    for name, micros in found.items():
        spread = Spread.of(micros)
        print(
            f"{name:26} {spread.least:6.0f} µs a patient at the least, {spread.median:6.0f} in the middle: "
            f"{1e6 / spread.median:7,.0f}/s and core, {spread.median / read.median:5.2f} × the reading"
        )


def made_up(count: int, seed: int = 18) -> list[Group]:
    """Return the charts of that many patients: the examples in turn, their days moved, their values changed."""
    chance = random.Random(seed)
    examples = [json.loads(path.read_text("utf-8")) for path in sorted(_CHARTS.glob("*.json"))]
    return [_chart(examples[at % len(examples)], f"p{at}", chance) for at in range(count)]


def mapped(mapping: PatientMapping, charts: Sequence[Group]) -> int:
    """Map charts as the command does; return how many became rows."""
    parts = (charts[at : at + _AT_A_TIME] for at in range(0, len(charts), _AT_A_TIME))
    return sum(mapping.some(part).batch.num_rows for part in parts)


def _chart(example: dict[str, Any], name: str, chance: random.Random) -> Group:
    days = datetime.timedelta(days=chance.randrange(-200, 30))

    def moved(match: re.Match[str]) -> str:
        return (datetime.date.fromisoformat(match[0]) + days).isoformat()

    def changed(match: re.Match[str]) -> str:
        value = float(match[2]) * chance.uniform(0.95, 1.05)
        return f"{match[1]}{value:.1f}" if "." in match[2] else f"{match[1]}{round(value)}"

    records = []
    for entry in example["entry"]:
        record = {**entry["resource"], "id": f"{name}-{entry['resource']['id']}"}
        text = _REFERENCE.sub(rf"\g<1>{name}-\2", json.dumps(record, ensure_ascii=False))
        records.append((record["resourceType"], record["id"], _VALUE.sub(changed, _DAY.sub(moved, text))))
    return name, records


def _read(charts: Sequence[Group]) -> int:
    for _, records in charts:
        for _, _, text in records:
            parse_json(text)
    return len(charts)


if __name__ == "__main__":
    main()
