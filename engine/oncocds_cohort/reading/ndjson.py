"""Lines of JSON become record batches: whole blocks by Arrow's reader where nothing in them is doubtful.

Arrow's reader refuses unknown keys, keys that stand twice, wrong types and what is no JSON; it does not refuse, and so
is kept from it or asked of its answer: several values on a line, one value over several lines, a value ``null`` (by
which it can crash), a byte order mark, NaN, NUL characters. In a block that it does not take each line is written anew,
plainly; those of which that cannot be done are read by the engine's own reader.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.json

from oncocds.errors import InputError
from oncocds.reading.strict_json import MAX_BYTES, MAX_DEPTH, parse_json
from oncocds.vocabulary.models import Vocabulary
from oncocds_cohort.ahead import in_order
from oncocds_cohort.conforming import conformed
from oncocds_cohort.reading.checked import ROWS, Checked, Refused, Rows, read_line, together, too_long
from oncocds_cohort.reading.checks import Checks, Mask
from oncocds_cohort.reading.narrowing import narrowed, used
from oncocds_cohort.schema import ID, PATIENT, line_schema, profile_schema
from oncocds_cohort.shape import fits, shape_of

BLOCK = 1 << 22
"""So many bytes are read at a time."""
_MOST_BLOCKS = 4  # of a piece
_UNEXPECTED = "unexpected field"  # of a field that is not among those used so far
_CLOSED, _NEWLINE = ord("}"), ord("\n")


@dataclass(frozen=True, slots=True)
class Lines:
    """A piece of a file: blocks of whole lines, each with the number of its first line and those that were too long."""

    blocks: tuple[tuple[bytes, int, list[int]], ...]

    @property
    def first_row(self) -> int:
        """The number of its first line."""
        return self.blocks[0][1]


def line_pieces(stream: IO[bytes], size: int = BLOCK, rows: int = ROWS) -> Iterator[Lines]:
    """Yield a stream in pieces; blocks of few lines go together as long as they are not more than so many rows."""
    waiting: list[tuple[bytes, int, list[int]]] = []
    count = 0
    for block in _blocks(stream, size):
        more = block[0].count(b"\n")
        if waiting and (count + more > rows or len(waiting) == _MOST_BLOCKS):
            yield Lines(tuple(waiting))
            waiting, count = [], 0
        waiting.append(block)
        count += more
    if waiting:
        yield Lines(tuple(waiting))


@dataclass(frozen=True, slots=True)
class _Block:
    """Whole lines, each with its newline; ``rows`` are their numbers, ``ends`` where they end."""

    text: bytes
    rows: Rows
    ends: Rows

    def line(self, at: int) -> bytes:
        return self.text[self.ends[at - 1] if at else 0 : self.ends[at] - 1]

    def lines(self, chosen: Mask) -> _Block:
        found = [self.line(at) for at in np.flatnonzero(chosen).tolist()]
        return _Block(b"".join([one + b"\n" for one in found]), self.rows[chosen], _ends(found))


class Ndjson:
    """Reads lines of a vocabulary's profiles."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._schema = profile_schema(vocabulary)
        self._shape = shape_of(vocabulary)
        self._checks = Checks(vocabulary)
        self._line = pa.struct(list(line_schema(vocabulary)))
        self._used: frozenset[str] = frozenset({f"/{ID}", f"/{PATIENT}"})

    def batches(self, stream: IO[bytes], block: int = BLOCK, ahead: int = 0) -> Iterator[Checked]:
        """Yield the patients of a stream, so many bytes at a time; so many blocks are read ahead of who takes them."""
        blocks = (partial(self._checked, *one) for one in _blocks(stream, block))
        yield from in_order(blocks, ahead)

    def checked(self, piece: Lines) -> Checked:
        """Read a piece; each of its blocks by itself, so that an odd line is one of few."""
        return together([self._checked(*block) for block in piece.blocks])

    def _checked(self, text: bytes, first_row: int, long: list[int]) -> Checked:
        refused = [too_long(row) for row in long]
        found: list[tuple[Rows, pa.RecordBatch]] = []
        single: list[tuple[int, dict[str, Any]]] = []
        for block, batch in self._read(_block(text, first_row)):
            sure = np.zeros(len(block.rows), bool)
            if batch is not None:
                sure = ~self._checks.doubtful(batch)
                found.append((block.rows[sure], batch if sure.all() else batch.filter(pa.array(sure))))
            for at in np.flatnonzero(~sure).tolist():
                read = read_line(block.line(at), int(block.rows[at]), self._vocabulary)
                if isinstance(read, Refused):
                    refused.append(read)
                else:
                    identity, profile = read
                    plain = {ID: identity, **profile.model_dump(by_alias=True, exclude_none=True)}
                    single.append((int(block.rows[at]), plain))
        if single:
            batch = pa.RecordBatch.from_pylist([plain for _, plain in single], self._schema)
            found.append((np.array([row for row, _ in single], np.int64), batch))
        rows, batch = _in_order(found, self._schema)
        return Checked(batch, first_row, rows, tuple(sorted(refused, key=lambda one: one.row)))

    def _read(self, block: _Block) -> Iterator[tuple[_Block, pa.RecordBatch | None]]:
        """Yield the lines of a block, each with what Arrow's reader makes of them, or None where that is not to say."""
        if not len(block.rows):
            return
        batch = self._columns(block) if _plain(block) else None
        if batch is not None:
            yield block, batch
            return
        written = [self._again(block.line(at)) for at in range(len(block.rows))]
        fine = np.array([one is not None for one in written])
        again = [one for one in written if one is not None]
        if again:
            anew = _Block(b"".join([one + b"\n" for one in again]), block.rows[fine], _ends(again))
            yield block.lines(fine), self._columns(anew) if _plain(anew) else None
        yield block.lines(~fine), None

    def _again(self, line: bytes) -> bytes | None:
        """Return a line as it is written plainly; None where Arrow's reader would refuse it in any case."""
        try:
            plain = parse_json(line, max_depth=MAX_DEPTH + 1)
        except InputError:
            return None
        if not isinstance(plain, dict) or plain.keys() != {ID, PATIENT} or not isinstance(plain[ID], str):
            return None
        if plain[PATIENT] is None or not fits(plain[PATIENT], self._shape):
            return None
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()

    def _columns(self, block: _Block) -> pa.RecordBatch | None:
        try:
            table = _parsed(block.text, narrowed(self._line, self._used))
        except pa.ArrowInvalid as error:
            if _UNEXPECTED not in str(error):
                return None
            try:
                table = _parsed(block.text, self._line)
            except pa.ArrowInvalid:
                return None
            self._used |= {
                path for name in (ID, PATIENT) for path in used(table.column(name).combine_chunks(), f"/{name}")
            }
        if table.num_rows != len(block.rows):
            return None
        ids, patients = (table.column(name).combine_chunks() for name in (ID, PATIENT))
        if patients.null_count:
            return None
        return conformed([ids, *patients.flatten()], [ID, *(field.name for field in patients.type)], self._schema)


def _parsed(text: bytes, line: pa.DataType) -> pa.Table:
    """Return lines as Arrow's reader reads them, in one thread and one piece. Raises ``ArrowInvalid``."""
    parsing = pa.json.ParseOptions(explicit_schema=pa.schema(list(line)), unexpected_field_behavior="error")
    return pa.json.read_json(pa.BufferReader(text), pa.json.ReadOptions(False, len(text) + 1), parsing)


def _plain(block: _Block) -> bool:
    """Tell whether each line holds whole values, if it is JSON at all: one value where there are as many as lines.

    Each line begins with ``{`` and ends with ``}``: within a value ``{`` never follows ``}``, so none goes on in the
    next line.
    """
    text = block.text
    starts, letters = np.concatenate([[0], block.ends[:-1]]), np.frombuffer(text, np.uint8)
    if not (letters[starts] == ord("{")).all() or not (letters[block.ends - 2] == _CLOSED).all():
        return False
    if (block.ends - starts > MAX_BYTES).any():
        return False
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _blocks(stream: IO[bytes], size: int) -> Iterator[tuple[bytes, int, list[int]]]:
    """Yield whole lines, the number of the first, and the numbers of lines that were too long and left out."""
    rest, row, skipping = b"", 1, False
    while chunk := stream.read(size):
        long: list[int] = []
        if skipping:
            _, newline, chunk = chunk.partition(b"\n")
            if not newline:
                continue
            row, skipping = row + 1, False
        text = rest + chunk
        cut = text.rfind(b"\n") + 1
        whole, rest = text[:cut], text[cut:]
        first, row = row, row + whole.count(b"\n")
        if len(rest) > MAX_BYTES:
            long.append(row)
            rest, skipping = b"", True
        if whole or long:
            yield whole, first, long
    if rest:
        yield rest + b"\n", row, []


def _ends(lines: list[bytes]) -> Rows:
    return np.cumsum([len(line) + 1 for line in lines], dtype=np.int64)


def _block(text: bytes, first_row: int) -> _Block:
    """Return lines without the empty ones, in which there is nothing to read, and without carriage returns."""
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n")
    ends = np.flatnonzero(np.frombuffer(text, np.uint8) == _NEWLINE) + 1
    rows = np.arange(first_row, first_row + len(ends), dtype=np.int64)
    lengths = np.diff(ends, prepend=0)
    if (lengths == 1).any():
        text = b"".join([text[end - length : end] for end, length in zip(ends, lengths, strict=True) if length > 1])
        rows, ends = rows[lengths > 1], np.cumsum(lengths[lengths > 1])
    return _Block(text, rows, ends)


def _in_order(found: list[tuple[Rows, pa.RecordBatch]], schema: pa.Schema) -> tuple[Rows, pa.RecordBatch]:
    if not found:
        return np.zeros(0, np.int64), pa.RecordBatch.from_pylist([], schema)
    if len(found) == 1:
        return found[0]
    rows = np.concatenate([rows for rows, _ in found])
    table = pa.Table.from_batches([batch for _, batch in found], schema).combine_chunks()
    batch = table.to_batches()[0] if table.num_rows else pa.RecordBatch.from_pylist([], schema)
    order = np.argsort(rows)
    return rows[order], batch if (order[1:] > order[:-1]).all() else batch.take(pa.array(order))
