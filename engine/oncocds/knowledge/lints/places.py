"""Where in a file a complaint belongs: found by keys in the file as it was read, only when there is a complaint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from oncocds.errors import Issue
from oncocds.reading.marks import Mapping as Mapped
from oncocds.reading.marks import Mark, Node, Scalar, Sequence, issue_in

Key = str | int


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong, and where: a file, the way into it by keys (of lists: a place, or what stands there), a mark.

    A mark counts only where it is of this file: equal conditions of several files share one object, which knows one of
    the places only. Without one, ``word`` is looked for in what the keys lead to.
    """

    path: str
    message: str
    keys: tuple[Key, ...] = ()
    mark: Mark | None = None
    word: str = ""


def issue(complaint: Complaint, nodes: Mapping[str, Node]) -> Issue:
    """Return a complaint with line and column, those of the innermost place its keys lead to."""
    mark = complaint.mark
    if mark is None or mark.path != complaint.path:
        mark = _located(nodes.get(complaint.path), complaint.keys, complaint.word)
    return issue_in(complaint.path, mark, complaint.message)


def _located(node: Node | None, keys: tuple[Key, ...], word: str) -> Mark | None:
    if node is None:
        return None
    mark = node.mark
    for key in keys:
        found = _step(node, key)
        if found is None:
            break
        mark, node = found
    said = next((one.mark for one in _scalars(node) if word in one.text), None) if word else None
    return said or mark


def _step(node: Node, key: Key) -> tuple[Mark, Node] | None:
    if isinstance(node, Mapped):
        return next(((name.mark, value) for name, value in node.entries if name.text == key), None)
    if isinstance(node, Sequence) and isinstance(key, int):
        return (node.items[key].mark, node.items[key]) if key < len(node.items) else None
    if isinstance(node, Sequence):
        found = ((scalar.mark, item) for item in node for scalar in _scalars(item) if scalar.text == key)
        return next(found, None)
    return None


def _scalars(node: Node) -> Iterator[Scalar]:
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, Sequence):
        for item in node:
            yield from _scalars(item)
    else:
        for name, value in node.entries:
            yield name
            yield from _scalars(value)
