"""A small file of made-up patients, and what the engine says of them, for the tests of cohorts."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from oncocds.engine import Engine
from oncocds_cohort.outputs.asked import Asked
from oncocds_cohort.schema import profile_schema
from oncocds_cohort.synthetic import line, made_up

AS_OF = datetime.date(2026, 6, 1)
COUNT = 48
UNREADABLE = b'{"id": "R-1", "patient": {"ager": 61}}\n'


def batch_of(engine: Engine, patients: Mapping[str, Any]) -> pa.RecordBatch:
    """Return patients by id as a batch."""
    schema = profile_schema(engine.knowledge.vocabulary)
    rows = [{"id": identity, **patient} for identity, patient in patients.items()]
    return pa.RecordBatch.from_pylist(rows, schema)


@cache
def lines(count: int = COUNT) -> tuple[bytes, ...]:
    """Return some patients as lines of NDJSON."""
    from oncocds.engine import load_bundled_or

    return tuple(line(identity, patient) for identity, patient in made_up(load_bundled_or(None), count))


def written(path: Path, content: Sequence[bytes]) -> Path:
    """Write lines to a file."""
    path.write_bytes(b"".join(content))
    return path


def asked(path: Path, *engines: Engine, by: Any = "engine", jobs: int = 1) -> Asked:
    """Ask a file of patients on the day of the tests."""
    return Asked.of(path, engines, AS_OF, by, jobs)
