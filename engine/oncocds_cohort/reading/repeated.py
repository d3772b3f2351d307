"""Ids that stand more than once in a file: told, not refused.

One profile is of one primary tumour, so a patient with two has two rows of one id, and each is answered by itself. But
whoever counts rows counts such a patient twice, and an export that was joined twice looks the same: so it is told.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import IO, NamedTuple, Self

import numpy as np

from oncocds.errors import InputError, Problem

_PARTS = 64
_SHOWN = 5


class Repeats(NamedTuple):
    """How many ids stand more than once, in how many rows, and the first of those rows."""

    ids: int
    rows: int
    first: tuple[int, ...]


class Repeated:
    """Finds them in memory that does not grow with the file: numbers made of ids wait on disk, in parts."""

    def __init__(self) -> None:
        with _room():
            self._files = [_nameless() for _ in range(_PARTS)]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files:
            file.close()

    def add(self, ids: Sequence[str], rows: Sequence[int] | np.typing.NDArray[np.int64]) -> None:
        """Take the ids of some rows."""
        pairs = np.empty((len(ids), 2), np.int64)
        pairs[:, 0] = np.fromiter(map(hash, ids), np.int64, len(ids))
        pairs[:, 1] = rows
        part = pairs[:, 0] % _PARTS
        order = np.argsort(part, kind="stable")
        ends = np.searchsorted(part[order], np.arange(_PARTS + 1))
        for number, file in enumerate(self._files):
            if ends[number] < ends[number + 1]:
                with _room():
                    _write(file, pairs[order[ends[number] : ends[number + 1]]].tobytes())

    def found(self) -> Repeats:
        """Return what was found among all that were taken."""
        ids = rows = 0
        first: list[int] = []
        for file in self._files:
            file.seek(0)
            pairs = np.frombuffer(file.read(), np.int64).reshape(-1, 2)
            pairs = pairs[np.argsort(pairs[:, 0], kind="stable")]
            same = pairs[1:, 0] == pairs[:-1, 0]
            several = np.concatenate([same, [False]]) | np.concatenate([[False], same]) if len(pairs) else same
            again = pairs[several]
            rows += len(again)
            ids += len(np.unique(again[:, 0]))
            first = sorted([*first, *np.sort(again[:, 1])[:_SHOWN].tolist()])[:_SHOWN]
        return Repeats(ids, rows, tuple(first))


def _nameless() -> IO[bytes]:
    """Return a file without a name: however the process ends, nothing of it is left."""
    return tempfile.TemporaryFile(buffering=0)


def _write(file: IO[bytes], content: bytes) -> None:
    written = 0
    while written < len(content):
        written += file.write(content[written:])


@contextmanager
def _room() -> Iterator[None]:
    """Raise ``InputError`` where there is no room on the disk for temporary files."""
    try:
        yield
    except OSError as error:
        reason = f"temporary files cannot be written there: {error.strerror}"
        raise InputError([Problem(tempfile.gettempdir(), reason, "room, or another folder as TMPDIR")]) from None
