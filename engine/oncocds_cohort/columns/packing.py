"""Terms as plain data, to be sent to another process: reading the rules again there would take a second."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias, TypeVar

from oncocds_cohort.columns.terms import Term, make, walk

_Key = TypeVar("_Key", bound=Hashable)


class _Place(NamedTuple):
    """Stands for the term at a place."""

    number: int


Packed: TypeAlias = tuple[Sequence[tuple[str, tuple[Any, ...]]], Mapping[_Key, int]]
"""Operations with their arguments, each after its parts, and the places of those that are wanted."""


def packed(wanted: Mapping[_Key, Term]) -> Packed[_Key]:
    """Return terms, by what they are wanted for, as plain data."""
    order = walk(wanted.values())
    at = {term.id: place for place, term in enumerate(order)}
    steps = [
        (term.op, tuple(_Place(at[one.id]) if isinstance(one, Term) else one for one in term.args)) for term in order
    ]
    return steps, {key: at[term.id] for key, term in wanted.items()}


def unpacked(content: Packed[_Key]) -> dict[_Key, Term]:
    """Return the terms that were packed, as terms of this process."""
    steps, wanted = content
    made: list[Term] = []
    for op, args in steps:
        made.append(make(op, *(made[one.number] if isinstance(one, _Place) else one for one in args)))
    return {key: made[place] for key, place in wanted.items()}
