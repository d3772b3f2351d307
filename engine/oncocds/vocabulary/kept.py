"""What is made of one object once, and kept beside it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

_Of = TypeVar("_Of")
_Made = TypeVar("_Made")
_NOT_MADE = object()


def once(make: Callable[[_Of], _Made]) -> Callable[[_Of], _Made]:
    """Return ``make`` such that it runs once for an object, told by its identity.

    What it makes is kept in the object, beside its attributes, and goes with it: a server that reads its knowledge
    again keeps nothing of what was before. It is no field: nobody compares, copies or prepares it.
    """
    name = f"{make.__module__}.{make.__qualname__}"

    @wraps(make)
    def made(of: _Of) -> _Made:
        beside = vars(of)
        found = beside.get(name, _NOT_MADE)
        if found is _NOT_MADE:
            found = beside[name] = make(of)
        known: _Made = found
        return known

    return made
