"""What a task came to, as a file beside the output: of each piece what was counted, the rows to be written, the ids."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.ipc

from oncocds_cohort.files import whole_file
from oncocds_cohort.outputs.digests import metadata
from oncocds_cohort.outputs.parts import Done, Part

_SCHEMA = pa.schema(
    [
        ("ids", pa.list_(pa.string())),
        ("rows", pa.list_(pa.int64())),
        ("refused", pa.string()),
        ("count", pa.int64()),
        ("last", pa.int64()),
        ("checked", pa.int64()),
        ("counted", pa.string()),  # JSON
        ("table", pa.large_binary()),  # an Arrow stream; null where there are no rows to be written
    ]
)
_PACKED = pa.ipc.IpcWriteOptions(compression="zstd")


def write_part(path: Path, told: Mapping[str, str], pieces: Iterable[Done]) -> None:
    """Write what pieces came to, with what they are of: whole or not at all. Raises ``InputError``."""
    schema = _SCHEMA.with_metadata(metadata(told))
    with whole_file(path) as beside, pa.ipc.new_file(beside, schema, options=_PACKED) as writer:
        for one in pieces:
            writer.write_batch(_row(one, schema))


def told_by(path: Path) -> dict[str, str]:
    """Return what a part says it is of; nothing where it is not there, or is none."""
    try:
        with path.open("rb") as file, pa.ipc.open_file(file) as reader:
            found = reader.schema.metadata or {}
    except (OSError, pa.ArrowException):
        return {}
    return {name.decode(): value.decode() for name, value in found.items()}


def read_part(path: Path) -> Iterator[Done]:
    """Yield the pieces that a part is of."""
    with path.open("rb") as file, pa.ipc.open_file(file) as reader:
        for number in range(reader.num_record_batches):
            yield _done(reader.get_batch(number))


def _row(done: Done, schema: pa.Schema) -> pa.RecordBatch:
    assert done.part is not None
    plain = {"refused": done.refused, "count": done.count, "last": done.last, "checked": done.checked}
    found = {
        "ids": done.ids,
        "rows": done.rows,
        **plain,
        "counted": json.dumps(done.part.counted),
        "table": None if done.part.rows is None else _stream(done.part.rows),
    }
    return pa.RecordBatch.from_arrays([pa.array([found[field.name]], field.type) for field in schema], schema=schema)


def _done(batch: pa.RecordBatch) -> Done:
    (plain,) = batch.drop_columns(["ids", "rows", "table"]).to_pylist()
    table = batch.column("table")[0]
    rows = None if not table.is_valid else pa.ipc.open_stream(table.as_buffer()).read_all()
    part = Part(json.loads(plain.pop("counted")), rows)
    ids, places = (batch.column(name).flatten() for name in ("ids", "rows"))
    return Done(ids=ids.to_pylist(), rows=places.to_numpy(), part=part, **plain)


def _stream(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())
