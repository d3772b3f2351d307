"""Terms as plain data, to be sent to another process: reading the rules again there would take a second."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from oncocds_cohort.columns.terms import Term, make, walk

_Key = TypeVar("_Key", bound=Hashable)
_Step: TypeAlias = tuple[str, tuple[Any, ...], tuple[int, ...]]

Packed: TypeAlias = tuple[Sequence[_Step], Mapping[_Key, int]]
"""Operations, each after its parts, and the places of those that are wanted.

Of each operation its arguments, with ``...`` for one that is a term, and the places of these terms in their order.
Tuples and numbers alone: an object of our own for each place takes six times as long to send.
"""


def packed(wanted: Mapping[_Key, Term]) -> Packed[_Key]:
    """Return terms, by what they are wanted for, as plain data."""
    order = walk(wanted.values())
    at = {term.id: place for place, term in enumerate(order)}
    steps = [
        (
            term.op,
            tuple(... if isinstance(one, Term) else one for one in term.args),
            tuple(at[one.id] for one in term.parts),
        )
        for term in order
    ]
    return steps, {key: at[term.id] for key, term in wanted.items()}


def unpacked(content: Packed[_Key]) -> dict[_Key, Term]:
    """Return the terms that were packed, as terms of this process."""
    steps, wanted = content
    made: list[Term] = []
    for op, args, places in steps:
        parts = iter(places)
        made.append(make(op, *(made[next(parts)] if one is ... else one for one in args)))
    return {key: made[place] for key, place in wanted.items()}
