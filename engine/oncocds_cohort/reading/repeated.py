"""Ids that stand more than once in a file: told, not refused.

One profile is of one primary tumour, so a patient with two has two rows of one id, and each is answered by itself. But
whoever counts rows counts such a patient twice, and an export that was joined twice looks the same: so it is told.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np

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
        self._folder = tempfile.TemporaryDirectory(prefix="oncocds-cohort-")
        self._files = [(Path(self._folder.name) / str(part)).open("w+b") for part in range(_PARTS)]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files:
            file.close()
        self._folder.cleanup()

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
                file.write(pairs[order[ends[number] : ends[number + 1]]].tobytes())

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
