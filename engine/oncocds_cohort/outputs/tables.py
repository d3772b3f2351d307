"""Tables as files: Parquet, or CSV with what the table is of in comment lines before its head."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from oncocds.errors import EngineFault, InputError, Problem
from oncocds_cohort.outputs.digests import PENDING, metadata

FORMATS = (".parquet", ".csv")
GROUP = 131_072
HELD = 64_000_000
"""So many rows, of so many bytes, wait at most to be a row group of Parquet together; more where one part has."""


def check_format(out: Path, formats: Iterable[str] = FORMATS) -> None:
    """Raise ``InputError`` where a file's name ends in none of the formats."""
    if out.suffix not in formats:
        raise InputError(
            [Problem(str(out), "not a format that can be written", f"a name ending in {' or '.join(formats)}")]
        )


class Digesting(Protocol):
    """The digest of a table's rows, part by part; the same wherever the parts begin and whatever the format."""

    def update(self, part: pa.Table) -> None:
        """Take some rows."""
        ...

    def hexdigest(self) -> str:
        """Return the digest of all rows so far."""
        ...


class TextDigest:
    """The digest of the rows as CSV has them."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def update(self, part: pa.Table) -> None:
        """Take some rows."""
        self._digest.update(csv_text(part))

    def hexdigest(self) -> str:
        """Return the digest of all rows so far."""
        return self._digest.hexdigest()


def write_table(
    path: Path,
    like: Path,
    schema: pa.Schema,
    parts: Iterable[pa.Table],
    told: Mapping[str, Any],
    digest: Digesting | None = None,
    shown: Callable[[pa.Table], pa.Table] = lambda part: part,
) -> None:
    """Write a table in parts, in the format that the name ``like`` has, with what is told of it and its digest.

    Digested is each part as it is, written what is ``shown`` of it.
    """
    digest = TextDigest() if digest is None else digest
    kept = _Parquet(path, schema, told) if like.suffix == ".parquet" else _Csv(path, schema, told)
    with closing(kept):
        for part in parts:
            digest.update(part)
            kept.write(shown(part))
        kept.end(f"sha256:{digest.hexdigest()}")


class _Parquet:
    def __init__(self, path: Path, schema: pa.Schema, told: Mapping[str, Any]) -> None:
        # Of columns of codes the least and the most would be told of each row group, and tell nothing; ids beside them
        # hardly repeat, and in a dictionary would stand twice.
        coded = [field.name for field in schema if pa.types.is_dictionary(field.type)]
        told_of = [field.name for field in schema if field.name not in coded]
        self._writer = pq.ParquetWriter(
            path,
            schema,
            compression="zstd",
            write_statistics=told_of if coded else True,
            use_dictionary=coded if len(told_of) == 1 else True,
        )
        self._told = told
        self._waiting: list[pa.Table] = []

    def write(self, part: pa.Table) -> None:
        waiting = [*self._waiting, part]
        if sum(one.num_rows for one in waiting) > GROUP or sum(one.nbytes for one in waiting) > HELD:
            self._write_waiting()
        self._waiting.append(part)

    def _write_waiting(self) -> None:
        """Write a row group. What is told of its columns is kept until the end: of few rows as much as of many."""
        if any(one.num_rows for one in self._waiting):
            self._writer.write_table(pa.concat_tables(self._waiting))
        self._waiting.clear()

    def end(self, digest: str) -> None:
        self._write_waiting()
        told = {name: said(value) for name, value in self._told.items()}
        self._writer.add_key_value_metadata(metadata({**told, "output": digest}))

    def close(self) -> None:
        self._writer.close()


class _Csv:
    def __init__(self, path: Path, schema: pa.Schema, told: Mapping[str, Any]) -> None:
        self._file = path.open("w+b")
        head = comments({**told, "output": PENDING}).encode()
        self._at = head.rindex(PENDING.encode())
        self._file.write(b"\xef\xbb\xbf" + head + ",".join(schema.names).encode() + b"\n")
        self._at += 3

    def write(self, part: pa.Table) -> None:
        self._file.write(csv_text(part))

    def end(self, digest: str) -> None:
        self._file.seek(self._at)
        self._file.write(digest.encode())

    def close(self) -> None:
        self._file.close()


def said(value: Any) -> str:
    """Return what an output says of itself as text; a number that is kept back is none."""
    return "not published" if value is None else str(value)


def comments(told: Mapping[str, Any]) -> str:
    """Return what an output says of itself as comment lines."""
    return "".join(f"# {name}: {' '.join(said(value).split())}\n" for name, value in told.items())


def csv_text(table: pa.Table) -> bytes:
    """Return the rows of a table as CSV, without a head; lists are joined by a semicolon.

    In one chunk: of a table whose first chunk is empty, pyarrow 26 writes memory that is none of its rows'. So what it
    writes is looked at as well. Raises ``EngineFault``.
    """
    flat = pa.table({name: _flat(column) for name, column in zip(table.column_names, table.columns, strict=True)})
    if not table.num_rows:
        return b""
    stream = pa.BufferOutputStream()
    pyarrow.csv.write_csv(flat.combine_chunks(), stream, pyarrow.csv.WriteOptions(include_header=False))
    text = bytes(stream.getvalue())
    if text.count(b"\n") != table.num_rows or b"\0" in text:  # no text of a patient's file holds either
        raise EngineFault("the rows could not be written as CSV; nothing was written")
    return text


def _flat(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_list(column.type):
        return pc.binary_join(column, "; ")
    return column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column


def json_text(told: Mapping[str, Any], content: Any, digest: str) -> str:
    """Return an output as JSON: what it says of itself, then its content."""
    return json.dumps({**told, "output": digest, **content}, ensure_ascii=False, indent=1) + "\n"
