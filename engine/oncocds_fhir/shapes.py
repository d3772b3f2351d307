"""What records have in common that differ in their ids, references, dates and values alone: read once for all of them.

Of such records one *shape* is kept, in which every place that differs holds an ``unknown``. What can be told of the
shape without a look at any of these places holds of all its records. Whatever looks at one, tells its type, compares it
or writes it down meets ``Varies``: then it is told of each record by itself. So nobody needs to say what depends on
what.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, NoReturn

_OF_CLASSES = (
    "__class__",
    "__new__",
    "__init__",
    "__init_subclass__",
    "__subclasshook__",
    "__class_getitem__",
    "__doc__",
)


class Varies(BaseException):
    """Something was to be read that differs from record to record; no fault, and never seen by who maps them."""


def _varies(*_: Any, **__: Any) -> NoReturn:
    raise Varies


class _Unknown:
    """A text or number of which nothing may be asked but whether it is there."""

    __slots__ = ()


for _kind in (str, int, float, list, dict):  # whatever Python asks a value of any kind past its attributes
    for _name in dir(_kind):
        if _name.startswith("__") and _name not in _OF_CLASSES:
            setattr(_Unknown, _name, _varies)


def unknown() -> Any:
    """Return what stands in one place of a shape for what differs: a text or a number, never an object or a list.

    Each place has its own: lists that hold one and the same object are equal to Python without its being asked.
    """
    return _Unknown()


def is_known(value: Any) -> bool:
    """Tell whether something is not an ``unknown``, without asking it."""
    return type(value) is not _Unknown


class Shape:
    """What some records have in common: ``record`` is one of them without what differs."""

    __slots__ = ("kept", "record")

    def __init__(self, record: Any) -> None:
        self.record = record
        self.kept: dict[Hashable, Any] = {}
        """What was told of it, by what told it."""
