"""A file of patients, whatever its format, in pieces; and pieces as checked record batches."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import cached_property, partial
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa
import pyarrow.parquet

from oncocds.errors import InputError, Problem
from oncocds.vocabulary.models import Vocabulary
from oncocds_cohort.ahead import in_order
from oncocds_cohort.reading.checked import FILE, ROWS, Checked, check_at_rest
from oncocds_cohort.reading.ndjson import BLOCK, Lines, Ndjson, line_pieces
from oncocds_cohort.reading.parquet import Parquet, RowPiece, row_pieces, schema_of

_COMPRESSED = {".gz": "gzip", ".zst": "zstd"}
_PARQUET = b"PAR1"
_OTHERS = {
    b"PARE": "encrypted Parquet",
    b"ARROW1": "Arrow's own format",
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
"""What a file begins with that would else be read as lines of which each is refused."""
_LONGEST = max(map(len, _OTHERS))
Piece: TypeAlias = Lines | RowPiece
"""Some rows of a file, their text or their place in it; can be pickled, and whoever has the same file can read it."""


def pieces_of(path: Path, *, block: int = BLOCK, rows: int = ROWS) -> Iterator[Piece]:
    """Yield the pieces of a file in their order: NDJSON (also ``.gz``, ``.zst``) or Parquet.

    They are the same whoever reads them. ``block`` is how many bytes of NDJSON are read at a time, ``rows`` how many
    rows a piece has at most, but that a block is not divided. Raises ``InputError`` where the file cannot be read.
    """
    with _readable(path):
        if _is_parquet(path):
            yield from row_pieces(path, rows)
            return
        with pa.input_stream(path, compression=_COMPRESSED.get(path.suffix)) as stream:
            yield from line_pieces(stream, block, rows)


class Reader:
    """Reads pieces of a file as patients of a vocabulary; may be shared by threads."""

    def __init__(self, path: Path, vocabulary: Vocabulary) -> None:
        self._path, self._vocabulary = path, vocabulary

    def check_columns(self) -> None:
        """Raise ``InputError`` where the file is Parquet and its columns are not those of a file of patients."""
        with _readable(self._path):
            if _is_parquet(self._path):
                self._rows.check_columns(schema_of(self._path))

    def checked(self, piece: Piece) -> Checked:
        """Read a piece: whoever the engine accepts is in its batch, everybody else is refused.

        Raises ``InputError`` where the file itself cannot be read.
        """
        if isinstance(piece, Lines):
            return self._lines.checked(piece)
        with _readable(self._path):
            return self._rows.read(self._path, piece)

    @cached_property
    def _lines(self) -> Ndjson:
        return Ndjson(self._vocabulary)

    @cached_property
    def _rows(self) -> Parquet:
        return Parquet(self._vocabulary)


def read_batches(
    path: Path, vocabulary: Vocabulary, *, block: int = BLOCK, rows: int = ROWS, ahead: int = 2
) -> Iterator[Checked]:
    """Yield the patients of a file in their order, a piece at a time (``pieces_of``).

    Whoever the engine accepts is in a batch, everybody else among its ``refused``. ``ahead`` is how many pieces are
    read in threads while the caller is busy with those before. Raises ``InputError`` where the file itself cannot be
    read: what came before was read, and what it holds is not whole.
    """
    reader = Reader(path, vocabulary)
    reader.check_columns()
    yield from in_order((partial(reader.checked, piece) for piece in pieces_of(path, block=block, rows=rows)), ahead)


def _is_parquet(path: Path) -> bool:
    """Tell whether a file is Parquet. Raises ``InputError`` for what is neither that nor text packed as named."""
    check_at_rest(path)
    with path.open("rb") as file:
        begin = file.read(_LONGEST)
    found = [name for sign, name in _OTHERS.items() if begin.startswith(sign) and _COMPRESSED.get(path.suffix) != name]
    if not begin and path.suffix in _COMPRESSED:
        found = ["nothing at all"]
    if found:
        raise InputError([Problem(str(path), f"the file holds {found[0]}, other than its name says", FILE)])
    return begin.startswith(_PARQUET) or path.suffix == ".parquet"


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Raise ``InputError`` where the file cannot be read."""
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        raise InputError([_unreadable(path, error)]) from error


def _unreadable(path: Path, error: Exception) -> Problem:
    if isinstance(error, OSError) and error.strerror:
        return Problem(str(path), f"the file cannot be read: {error.strerror}", FILE)
    return Problem(str(path), "the file cannot be unpacked to its end", "a whole file, packed as its name says")
