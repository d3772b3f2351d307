"""The texts that stand in some elements of a record, whatever shape these have: an odd note costs no record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from oncocds.vocabulary.meanings import fold
from oncocds_fhir.bundle import Resource

_LONGEST = 2000  # characters of a text: what is longer is a letter
_DEEPEST = 6  # FHIR nests them less deep

IsRead = Callable[[str, Any], bool]
"""Tells of what an object holds, by its key and its value, whether it is read."""


def texts_beside(resource: Resource, keys: Iterable[str], is_read: IsRead) -> Iterator[str]:
    """Yield the texts in the elements of some names, folded, in simplified characters."""
    raw = resource.element.raw()
    for key in keys:
        for text in _written(raw.get(key), is_read, _DEEPEST):
            yield fold(resource.element.simplified.simplify(text))[:_LONGEST]


def _written(value: Any, is_read: IsRead, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth and isinstance(value, list | dict):
        within = value if isinstance(value, list) else (one for key, one in value.items() if is_read(key, one))
        for one in within:
            yield from _written(one, is_read, depth - 1)
