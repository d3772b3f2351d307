"""A document as marked text: every scalar still text, every node knowing its file, line and column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from oncocds.errors import Issue


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file; line and column count from 1."""

    path: str
    line: int
    column: int

    def issue(self, message: str) -> Issue:
        """Return something wrong at this place."""
        return Issue(self.path, self.line, self.column, message)


def issue_in(path: str, mark: Mark | None, message: str) -> Issue:
    """Return something wrong in a file: at a place of it or, where none is known, at its beginning."""
    return Issue(path, mark.line, mark.column, message) if mark else Issue(path, 1, 1, message)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A scalar as written; ``quoted`` tells ``"3"`` from ``3``."""

    text: str
    quoted: bool
    mark: Mark


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple[Node, ...]
    mark: Mark

    def __iter__(self) -> Iterator[Node]:
        return iter(self.items)


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping whose keys are unique; order as written."""

    entries: tuple[tuple[Scalar, Node], ...]
    mark: Mark

    def get(self, key: str) -> Node | None:
        """Return the value under ``key``, or None where the mapping has no such key."""
        for name, value in self.entries:
            if name.text == key:
                return value
        return None


Node = Scalar | Sequence | Mapping
