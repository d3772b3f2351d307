"""Rows of Parquet become record batches: the columns must be those of the schema, then each patient is checked."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet

from oncocds.errors import InputError, Problem
from oncocds.reading.nearest import suggestion
from oncocds.vocabulary.models import Vocabulary
from oncocds_cohort.ahead import in_order
from oncocds_cohort.conforming import conformed
from oncocds_cohort.reading.checked import ROWS, Checked, Refused, read_patient, together
from oncocds_cohort.reading.checks import Checks, Mask
from oncocds_cohort.reading.footer import Footer, UnreadableFooterError, metadata_of
from oncocds_cohort.reading.leaves import paths_to_read, texts_of, trusted
from oncocds_cohort.rows import plain_rows
from oncocds_cohort.schema import ID, coded_schema, profile_schema

WHOLE = "a whole Parquet file (docs/cohort-files.md shows how NDJSON becomes one)"
"""What is expected where a file cannot be read."""


@dataclass(frozen=True, slots=True)
class RowGroups:
    """Row groups that follow each other, by their place: their numbers, that of their first row, and how many rows.

    They are read by a ``footer`` of them alone, which a mere place has not.
    """

    numbers: tuple[int, ...]
    first_row: int
    rows: int
    footer: bytes = field(default=b"", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A piece of a row group that is too large for one: its rows, not yet checked, and the number of the first."""

    batch: pa.RecordBatch
    first_row: int

    def __reduce__(self) -> tuple[Any, ...]:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, self.batch.schema) as writer:  # a part is pickled with all that it is a part of
            writer.write_batch(self.batch)
        return _decoded, (sink.getvalue().to_pybytes(), self.first_row)


def _decoded(content: bytes, first_row: int) -> Decoded:
    with pa.ipc.open_stream(content) as stream:
        return Decoded(stream.read_next_batch(), first_row)


RowPiece: TypeAlias = RowGroups | Decoded


def row_pieces(path: Path, rows: int = ROWS) -> Iterator[RowPiece]:
    """Yield a file in pieces of so many rows at most: row groups by their places, parts of larger ones as rows.

    Raises ``InputError`` where it is no whole Parquet file.
    """
    footer = footer_of(path)
    for place in row_groups(footer.sizes, rows):
        yield from pieces_at(footer, place, rows)


def row_groups(sizes: Sequence[int], rows: int = ROWS) -> Iterator[RowGroups]:
    """Yield the row groups of a file, small ones together while they have so many rows at most; larger ones alone."""
    begin, size = 1, 0
    waiting: tuple[int, ...] = ()
    for number, more in enumerate(sizes):
        if waiting and size + more > rows:
            yield RowGroups(waiting, begin, size)
            begin, waiting, size = begin + size, (), 0
        waiting, size = (*waiting, number), size + more
    if waiting:
        yield RowGroups(waiting, begin, size)


def there(footer: Footer, place: RowGroups) -> bool:
    """Tell whether a file has row groups at their place."""
    first, last = place.numbers[0], place.numbers[-1]
    found = RowGroups(place.numbers, sum(footer.sizes[:first]) + 1, sum(footer.sizes[first : last + 1]))
    return found == place


def pieces_at(footer: Footer, place: RowGroups, rows: int = ROWS) -> Iterator[RowPiece]:
    """Yield the pieces of some row groups: what has more than so many rows is divided. Raises ``InputError``."""
    alone = footer.part(place.numbers)
    if place.rows <= rows:
        yield replace(place, footer=alone)
        return
    with _opened(footer.path, _told(footer.path, alone)) as file:
        found = file.iter_batches(rows, row_groups=[*range(len(place.numbers))], use_threads=False)
        for batch, at in _numbered(found, place.first_row):
            yield Decoded(batch, at)


class Parquet:
    """Reads rows of a vocabulary's profiles."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._schema, self._coded = profile_schema(vocabulary), coded_schema(vocabulary)
        self._checks = Checks(vocabulary)

    def batches(self, path: Path, rows: int = ROWS, ahead: int = 0) -> Iterator[Checked]:
        """Yield the patients of a file, so many rows at a time; so many batches are read ahead of who takes them.

        Raises ``InputError`` where its columns are others.
        """
        self.check_columns(schema_of(path))
        yield from in_order((partial(self.read, path, piece) for piece in row_pieces(path, rows)), ahead)

    def read(self, path: Path, piece: RowPiece) -> Checked:
        """Read a piece of a file. Raises ``InputError``."""
        if isinstance(piece, Decoded):
            return self.checked(piece.batch, piece.first_row)
        metadata, size = _told(path, piece.footer), len(piece.numbers)
        # Texts stay encoded as in the file, but where several dictionaries would have to become one.
        texts = texts_of(metadata, but=ID) if size == 1 and trusted(metadata) else []
        with _opened(path, metadata, texts) as file:  # by itself: pieces are read in several threads
            paths = paths_to_read(metadata, range(size))
            found = file.iter_batches(ROWS, row_groups=[*range(size)], columns=paths, use_threads=False)
            batches = [*_numbered(found, piece.first_row)]
        parts = [self.checked(*one, coded=bool(texts) and len(batches) == 1) for one in batches]
        return together(parts or [self.checked(pa.RecordBatch.from_pylist([], self._schema), piece.first_row)])

    def check_columns(self, found: pa.Schema) -> None:
        """Raise ``InputError`` where the columns are not those of a file of patients."""
        problems = [*_fields(pa.struct(list(found)), pa.struct(list(self._schema)), "")]
        if ID not in found.names:
            problems.append(Problem(f"/{ID}", "no such column", "the patients' ids, text"))
        if problems:
            raise InputError(problems)

    def checked(self, batch: pa.RecordBatch, first_row: int, *, coded: bool = False) -> Checked:
        """Check rows whose columns are those of a file of patients; ``first_row`` is the number of the first one.

        ``coded`` tells whether their texts are encoded; then those of the answer are, unless one of them is odd: of
        dictionaries who answers may take every text for one that is accepted, also if it is nobody's.
        """
        if coded and not _valid(batch):
            batch, coded = conformed(batch.columns, batch.schema.names, self._schema), False
        size = batch.num_rows
        fine = np.ones(size, bool) if coded else _well_formed(batch)
        refused = [
            Refused(first_row + int(at), None, (Problem("", "the text is not valid UTF-8", "well-formed UTF-8"),))
            for at in np.flatnonzero(~fine)
        ]
        rows = np.arange(first_row, first_row + size, dtype=np.int64)[fine]
        kept = conformed(
            (batch if fine.all() else batch.filter(pa.array(fine))).columns,
            batch.schema.names,
            self._coded if coded else self._schema,
        )
        sure = np.ones(len(rows), bool)
        marked = self._checks.marked(kept)
        for at in np.flatnonzero(marked.doubtful):
            ((identity, patient),) = plain_rows(kept.slice(at, 1), self._vocabulary)
            read = read_patient(identity, patient, int(rows[at]), self._vocabulary)
            if isinstance(read, Refused):
                refused.append(read)
                sure[at] = False
        if not sure.all():
            kept, rows = kept.filter(pa.array(sure)), rows[sure]
        if coded and marked.odd_texts:
            kept = conformed(kept.columns, kept.schema.names, self._schema)
        return Checked(kept, first_row, rows, tuple(sorted(refused, key=lambda one: one.row)))


def schema_of(path: Path) -> pa.Schema:
    """Return the columns of a file. Raises ``InputError`` where it is no whole Parquet file."""
    with _opened(path, _told(path, footer_of(path).part(()))) as file:
        return file.schema_arrow


def footer_of(path: Path) -> Footer:
    """Return where the parts of a file's footer are. Raises ``InputError`` where it is no whole Parquet file."""
    with _whole(path):
        return Footer.of(path)


@contextlib.contextmanager
def _opened(path: Path, told: pa.parquet.FileMetaData, encoded: Sequence[str] = ()) -> Iterator[pa.parquet.ParquetFile]:
    """Open a file by what is told of a part of it; the texts of ``encoded`` leaves stay encoded.

    Raises ``InputError`` where it, or what is read of it, is no whole Parquet file.
    """
    kept = list(encoded) or None
    # Reading ahead within a file costs threads of Arrow's own; pieces are read ahead as a whole.
    with _whole(path), pa.parquet.ParquetFile(path, metadata=told, pre_buffer=False, read_dictionary=kept) as file:
        yield file


def _told(path: Path, footer: bytes) -> pa.parquet.FileMetaData:
    with _whole(path):
        return metadata_of(footer)


@contextlib.contextmanager
def _whole(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, pa.ArrowException, UnicodeDecodeError, UnreadableFooterError) as error:  # of a column's name
        if isinstance(error, OSError) and error.strerror:
            raise
        raise InputError([Problem(str(path), "it cannot be read as Parquet", WHOLE)]) from error


def _numbered(batches: Iterator[pa.RecordBatch], first_row: int) -> Iterator[tuple[pa.RecordBatch, int]]:
    """Yield batches with the number of their first row."""
    for batch in batches:
        yield batch, first_row
        first_row += batch.num_rows


def _well_formed(batch: pa.RecordBatch) -> Mask:
    """Return for each row whether all its text is well-formed; Arrow's reader takes any bytes for text."""
    size = batch.num_rows
    if _valid(batch):
        return np.ones(size, bool)
    if size == 1:
        return np.zeros(1, bool)
    half = size // 2
    return np.concatenate([_well_formed(_copied(batch.slice(0, half))), _well_formed(_copied(batch.slice(half)))])


def _valid(batch: pa.RecordBatch) -> bool:
    try:
        batch.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _copied(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a part without the rest of its whole, which would be validated with it."""
    return batch.take(pa.array(np.arange(batch.num_rows)))


def _fields(found: pa.DataType, wanted: pa.DataType, pointer: str) -> Iterator[Problem]:
    """Find columns that are not those of the schema; any of those may be missing, which is null."""
    known = {field.name: field.type for field in wanted}
    for name, number in _counted(found).items():
        place = f"{pointer}/{name}"
        if name not in known:
            yield Problem(place, f"unknown column{suggestion(name, known)}", "the columns of 'oncocds cohort schema'")
        elif number > 1:
            yield Problem(place, "this column stands twice", "each column once")
        else:
            yield from _type(found.field(name).type, known[name], place)


def _counted(found: pa.DataType) -> dict[str, int]:
    names = [field.name for field in found]
    return {name: names.count(name) for name in names}


def _type(found: pa.DataType, wanted: pa.DataType, place: str) -> Iterator[Problem]:
    if pa.types.is_null(found) or found == wanted:
        return
    if pa.types.is_dictionary(found):
        found = found.value_type
    if pa.types.is_struct(wanted) and pa.types.is_struct(found):
        yield from _fields(found, wanted, place)
    elif pa.types.is_list(wanted) and (pa.types.is_list(found) or pa.types.is_large_list(found)):
        yield from _type(found.value_type, wanted.value_type, place)
    elif not (
        (pa.types.is_string(wanted) and (pa.types.is_large_string(found) or pa.types.is_string(found)))
        or (pa.types.is_floating(wanted) and (pa.types.is_integer(found) or pa.types.is_float32(found)))
    ):
        yield Problem(
            place,
            f"a column of the type {found}",
            str(wanted) if not wanted.num_fields else "its type of 'oncocds cohort schema'",
        )
