"""How long the parts of a worker's answer took: marks, which the server makes spans of where it traces."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

Mark = tuple[str, int, int]
"""A part's name, its begin and its end, in nanoseconds since 1970."""
MARKS = "marks"
"""The key of an answer's header that holds them."""
_MARKS: list[Mark] = []  # a worker answers one request at a time


@contextlib.contextmanager
def timed(name: str) -> Iterator[None]:
    """Mark what is done within as a part of the answer."""
    begun = time.time_ns()
    try:
        yield
    finally:
        _MARKS.append((name, begun, time.time_ns()))


def taken() -> list[Mark]:
    """Return the marks since the last call."""
    marks = _MARKS.copy()
    _MARKS.clear()
    return marks
