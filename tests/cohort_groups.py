"""A file of patients in row groups, and what one machine writes of it, for the tests of many machines."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from cohort_answered import asked
from oncocds.engine import Engine
from oncocds_cohort.columns import Plan
from oncocds_cohort.engines import Output
from oncocds_cohort.outputs.verdicts import verdicts
from oncocds_cohort.schema import profile_schema
from oncocds_cohort.synthetic import made_up

REFUSED = ("R-1", "R-2")
COUNT = 21
_GROUP = 8


def in_groups(engine: Engine) -> pa.Table:
    """Patients, with one in the first and one in the second row group whom the engine refuses; one id stands twice."""
    rows = [{"id": identity, **patient} for identity, patient in made_up(engine.knowledge, COUNT)]
    rows[3:3] = [{"id": REFUSED[0], "age": -4.0}]
    rows[12:12] = [{"id": REFUSED[1], "lesions": [{"id": "x y", "site": "nowhere"}]}]
    rows[-1]["id"] = rows[0]["id"]
    return pa.Table.from_pylist(rows, profile_schema(engine.knowledge.vocabulary))


def answered_alone(engine: Engine, folder: Path) -> Path:
    """Write the file, and what one machine makes of it, into a folder."""
    pq.write_table(in_groups(engine), folder / "patients.parquet", row_group_size=_GROUP)
    verdicts(asked(folder / "patients.parquet", engine), folder / "alone.parquet")
    return folder


def written_alone(engine: Engine, folder: Path, output: Output, name: str, *plans: Plan) -> Path:
    """Write another output as one machine does; return where. ``plans`` are those of several versions, the engines'."""
    (folder / "one").mkdir(exist_ok=True)
    of = replace(asked(folder / "patients.parquet", engine, by="columns"), decide=output.decide)
    if plans:
        of = replace(of, engines=tuple(Engine(one.knowledge, one.policy) for one in plans), made=plans)
    output.write(of, folder / "one" / name)
    return folder / "one" / name


def same(folder: Path, name: str) -> bool:
    """Tell whether an output is that of one machine: the rows, the five digests, and whom the engine refuses."""
    found, alone = (pq.read_table(folder / one) for one in (name, "alone.parquet"))
    metadata = [pq.read_metadata(folder / one).metadata for one in (name, "alone.parquet")]
    told = [{key: one[key] for key in one if key.startswith(b"oncocds.")} for one in metadata]
    refused = [(folder / f"{one}.refused.ndjson").read_text("utf-8") for one in (name, "alone.parquet")]
    return found.equals(alone) and told[0] == told[1] and len(told[0]) == 6 and refused[0] == refused[1] != ""
