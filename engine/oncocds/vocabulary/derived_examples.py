"""Examples of derived facts: a patient, a policy, and what the fact comes to or what it asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from oncocds.reading.marks import Mark

if TYPE_CHECKING:
    from oncocds.reading.record import Record

Plain = bool | int | float | str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DerivedExample:
    """A patient (``given``, ``policy``) and the ``value`` of a derived fact; without one it is unknown and ``asks``.

    Of a field of an item the item is ``of``, or the only one of its list.
    """

    given: Mapping[str, Any]
    policy: Mapping[str, Any]
    value: Plain | None
    asks: tuple[str, ...]
    of: str | None = None
    mark: Mark | None = field(default=None, compare=False, repr=False)  # where it is written


def read_examples(
    entries: Iterator[tuple[str, Record]], derived: Mapping[str, Any]
) -> dict[str, tuple[DerivedExample, ...]]:
    """Return the examples of every derived fact; ``derived`` are the facts that may have some, and each must."""
    from oncocds.reading.nearest import suggestion  # what is needed to read is imported where something is read

    found: dict[str, tuple[DerivedExample, ...]] = {}
    for name, record in entries:
        if name not in derived:
            record.issue(record.mark, f"{name}: examples of no derived fact{suggestion(name, derived)}")
        listed = record.records("examples", required=True)
        record.finish()
        found[name] = tuple(_example(one) for one in listed)
    return found


def _example(record: Record) -> DerivedExample:
    given, policy, value = record.plain("given", required=True), record.plain("policy"), record.node("value")
    asks = record.texts("asks")
    of = record.optional_text("of")
    record.finish()
    if (value is None) == (not asks):
        record.issue(record.mark, f"{record.what}: needs either 'value' or 'asks' (it is unknown, and asks for these)")
    from oncocds.reading.record import as_json

    plain: Any = None if value is None else as_json(value)
    return DerivedExample(given, policy, tuple(plain) if isinstance(plain, list) else plain, asks, of, record.mark)
