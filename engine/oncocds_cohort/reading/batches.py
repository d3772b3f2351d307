"""A file of patients, whatever its format, as checked record batches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from oncocds.errors import InputError, Problem
from oncocds.vocabulary.models import Vocabulary
from oncocds_cohort.reading.checked import Checked
from oncocds_cohort.reading.ndjson import BLOCK, Ndjson
from oncocds_cohort.reading.parquet import ROWS, Parquet

_COMPRESSED = {".gz": "gzip", ".zst": "zstd"}
_PARQUET = b"PAR1"


def read_batches(
    path: Path, vocabulary: Vocabulary, *, block: int = BLOCK, rows: int = ROWS, ahead: int = 2
) -> Iterator[Checked]:
    """Yield the patients of a file in their order: NDJSON (also ``.gz``, ``.zst``) or Parquet.

    Whoever the engine accepts is in a batch, everybody else among its ``refused``. ``block`` is how many bytes of
    NDJSON, ``rows`` how many rows of Parquet are read at a time, ``ahead`` how many batches are read in threads while
    the caller is busy with those before. Raises ``InputError`` where the file itself cannot be read: what came before
    was read, and what it holds is not whole.
    """
    try:
        with path.open("rb") as file:
            beginning = file.read(len(_PARQUET))
        if beginning == _PARQUET:
            yield from Parquet(vocabulary).batches(path, rows, ahead)
            return
        with pa.input_stream(path, compression=_COMPRESSED.get(path.suffix)) as stream:
            yield from Ndjson(vocabulary).batches(stream, block, ahead)
    except (OSError, pa.ArrowException) as error:
        raise InputError([_unreadable(error)]) from error


def _unreadable(error: Exception) -> Problem:
    if isinstance(error, OSError) and error.strerror:
        return Problem("", f"the file cannot be read: {error.strerror}", "NDJSON (also .gz, .zst) or Parquet")
    return Problem("", "the file cannot be unpacked to its end", "a whole file, packed as its name says")
