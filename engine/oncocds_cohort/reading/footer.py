"""The footer of a Parquet file, row group by row group: Arrow's own reading of all of it takes the memory of the file.

A footer tells of each leaf of each row group where it lies. Arrow keeps that, some 28 MB for each million patients, in
each process that reads. Here a row group is gone past once, to know where it begins in the footer; then whoever reads
some row groups is given a footer of these alone, made of the file's own bytes. It is a struct in Thrift's compact
protocol, https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md, with the fields of
https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

import pyarrow as pa
import pyarrow.parquet

_MAGIC = b"PAR1"
_END = 8  # bytes at the end of a file: how long the footer is, and the magic
_NUMBER_OF_ROWS, _ROW_GROUPS, _ROWS_OF_GROUP = 3, 4, 3
_TRUE, _FALSE, _BYTE, _DOUBLE, _TEXT, _LIST, _SET, _MAP, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 11, 12
_NUMBERS = (4, 5, 6)
_LONG = 15  # a list whose head tells this length tells its own after it
_SHORT = 33  # bytes of a text, and more
_LONGEST = 63  # bits of a number, and no more than a byte of them further
_MOST = 16  # structs within each other: a footer has six


def _heads(*kinds: int) -> bytes:
    return b"[" + b"".join(re.escape(bytes([step << 4 | kind])) for kind in kinds for step in range(1, 16)) + b"]"


def _lists(kind: int, item: bytes, most: int) -> bytes:
    counted = (re.escape(bytes([count << 4 | kind])) + b"(?:%b){%d}" % (item, count) for count in range(most + 1))
    return _heads(_LIST) + b"(?>%b)" % b"|".join(counted)


@cache
def _usual() -> Callable[[bytes, int], re.Match[bytes] | None]:
    """Return what goes past fields that are usual in a footer, one after the other; nothing of them is left out.

    Where something else comes it stops, and that is gone past step by step, which takes ten times as long.
    """
    number = b"[\x80-\xff]*+[\x00-\x7f]"
    text = b"(?>%b)" % b"|".join(re.escape(bytes([length])) + b".{%d}" % length for length in range(_SHORT))
    plain = b"%b%b|%b%b|%b" % (_heads(*_NUMBERS), number, _heads(_TEXT), text, _heads(_TRUE, _FALSE))
    plain += b"|" + _lists(5, number, 4) + b"|" + _lists(6, number, 9)
    struct = b"(?>%b)*+\x00" % plain
    more = [_lists(_TEXT, text, 5), _heads(_STRUCT) + struct, _lists(_STRUCT, struct, 3)]
    return re.compile(b"(?>%b)*+" % b"|".join([plain, *more]), re.DOTALL).match


class UnreadableFooterError(Exception):
    """The file is no whole Parquet file."""


@dataclass(frozen=True, slots=True)
class Footer:
    """Where in a file the parts of its footer are; ``sizes`` tells how many rows each row group has."""

    path: Path
    sizes: tuple[int, ...]
    _ends: tuple[int, ...]  # of row groups in the file; the first is where the first one begins
    _others: tuple[tuple[int, int, bytes], ...]  # what is told of the whole file: number, kind, content

    @classmethod
    def of(cls, path: Path) -> Footer:
        """Go through a footer.

        Raises ``OSError``, or ``UnreadableFooterError`` where the file is no whole Parquet file.
        """
        begin, data = _read(path)
        known = (path, begin, hashlib.sha256(data).digest())
        if known not in _LAST:
            try:
                found = cls._of(path, begin, data)
            except IndexError:
                raise UnreadableFooterError("the footer ends before it is whole") from None
            _LAST.clear()
            _LAST[known] = found
        return _LAST[known]

    @classmethod
    def _of(cls, path: Path, begin: int, data: bytes) -> Self:
        sizes: list[int] = []
        ends, others = [begin], []
        number = at = 0
        while data[at]:
            number, kind, at = _head(data, at, number)
            if (number, kind) == (_ROW_GROUPS, _LIST):
                count, kind, at = _list(data, at)
                if count and kind != _STRUCT:
                    raise UnreadableFooterError("the row groups of a footer are none")
                sizes, ends = [], [begin + at]
                for _ in range(count):
                    size, at = _group(data, at)
                    sizes.append(size)
                    ends.append(begin + at)
            else:
                end = _after(data, at, kind, _MOST)
                others.append((number, kind, data[at:end]))
                at = end
        return cls(path, tuple(sizes), tuple(ends), tuple(others))

    def part(self, numbers: Sequence[int]) -> bytes:
        """Return a footer that tells of some row groups alone, which follow each other; of none: of the columns."""
        groups = b""
        if numbers:
            begin, end = self._ends[numbers[0]], self._ends[numbers[-1] + 1]
            with self.path.open("rb") as file:
                file.seek(begin)
                groups = file.read(end - begin)
        rows = sum(self.sizes[number] for number in numbers)
        size = len(numbers)
        told = [one for one in self._others if one[0] != _NUMBER_OF_ROWS]
        told.append((_NUMBER_OF_ROWS, 6, _varint(rows << 1)))
        head = bytes([size << 4 | _STRUCT]) if size < _LONG else bytes([_LONG << 4 | _STRUCT]) + _varint(size)
        told.append((_ROW_GROUPS, _LIST, head + groups))
        fields = (bytes([kind]) + _varint(number << 1) + content for number, kind, content in sorted(told))
        return b"".join([*fields, b"\0"])


_LAST: dict[tuple[Path, int, bytes], Footer] = {}
"""The footer that was gone through last, by the file and what its footer holds: a file is asked for several times."""


def metadata_of(footer: bytes) -> pa.parquet.FileMetaData:
    """Return a footer as Arrow reads it. Raises ``pa.ArrowException``, ``OSError``."""
    whole = b"".join([_MAGIC, footer, len(footer).to_bytes(4, "little"), _MAGIC])
    return pa.parquet.read_metadata(pa.BufferReader(whole))


def _read(path: Path) -> tuple[int, bytes]:
    """Return where the footer begins, and the footer."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(size - _END, 0))
        end = file.read(_END)
        length = int.from_bytes(end[:4], "little")
        begin = size - _END - length
        if end[4:] != _MAGIC or begin < len(_MAGIC):
            raise UnreadableFooterError("the file ends otherwise than Parquet does")
        file.seek(begin)
        return begin, file.read(length)


def _group(data: bytes, at: int) -> tuple[int, int]:
    """Return how many rows a row group has, and where its struct ends."""
    number = size = 0
    while data[at]:
        number, kind, at = _head(data, at, number)
        if number == _ROWS_OF_GROUP:
            size = _signed(data, at)
        at = _after(data, at, kind, _MOST)
    if size < 0:
        raise UnreadableFooterError("a row group has fewer rows than none")
    return size, at + 1


def _head(data: bytes, at: int, number: int) -> tuple[int, int, int]:
    """Return a field's number, its kind, and where its value begins; ``number`` is that of the field before."""
    kind, step = data[at] & 15, data[at] >> 4
    at += 1
    if step:
        number += step
    else:
        number = _signed(data, at)
        at = _after_number(data, at)
    if number <= 0:
        raise UnreadableFooterError("a footer holds a field of no number")
    return number, kind, at


def _after(data: bytes, at: int, kind: int, most: int) -> int:
    """Return where a value ends. Raises ``IndexError`` or ``UnreadableFooterError`` where it is none."""
    if kind == _TEXT:
        length, at = _unsigned(data, at)
        return at + length
    if not most:
        raise UnreadableFooterError("a footer holds structs within structs without end")
    if kind == _STRUCT:
        return _after_struct(data, at, most)
    if kind in (_LIST, _SET):
        count, kind, at = _list(data, at)
        for _ in range(count):
            # A truth takes a byte in a list, and none as a field.
            at = at + 1 if kind in (_TRUE, _FALSE) else _after(data, at, kind, most - 1)
        return at
    if kind in _NUMBERS:
        return _after_number(data, at)
    if kind in (_TRUE, _FALSE):
        return at
    if kind in (_BYTE, _DOUBLE):
        return at + (1 if kind == _BYTE else 8)
    raise UnreadableFooterError("a footer holds what Parquet's has not")


def _after_struct(data: bytes, at: int, most: int) -> int:
    usual = _usual()
    while True:
        at = usual(data, at).end()  # type: ignore[union-attr]  # nothing at all is such fields as well
        head = data[at]
        if not head:
            return at + 1
        at += 1
        if head < 16:
            at = _after_number(data, at)
        at = _after(data, at, head & 15, most - 1)


def _list(data: bytes, at: int) -> tuple[int, int, int]:
    """Return how many, of which kind, and where the first one begins; each takes a byte at least."""
    head = data[at]
    count, at = (head >> 4, at + 1) if head >> 4 < _LONG else _unsigned(data, at + 1)
    if count > len(data) - at:
        raise UnreadableFooterError("a list is longer than the footer that holds it")
    return count, head & 15, at


def _unsigned(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
        if shift > _LONGEST:
            raise UnreadableFooterError("a footer holds a number that is too long")


def _signed(data: bytes, at: int) -> int:
    value, _ = _unsigned(data, at)
    return value >> 1 ^ -(value & 1)


def _after_number(data: bytes, at: int) -> int:
    while data[at] > 127:
        at += 1
    return at + 1


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    found.append(value)
    return bytes(found)
