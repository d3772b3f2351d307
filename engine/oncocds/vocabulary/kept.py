"""What is made of one object once, and kept beside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

_Of = TypeVar("_Of")
_Made = TypeVar("_Made")


def once(make: Callable[[_Of], _Made]) -> Callable[[_Of], _Made]:
    """Return ``make`` such that it runs once for an object, told by its identity.

    The object is kept, so that its identity stays its own.
    """
    kept: dict[int, tuple[_Of, _Made]] = {}

    @wraps(make)
    def made(of: _Of) -> _Made:
        found = kept.get(id(of))
        if found is None:
            found = kept[id(of)] = (of, make(of))
        return found[1]

    return made
