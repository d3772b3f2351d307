"""Sets of facts under conditions: what a finding rests on, or what would decide it."""

from __future__ import annotations

from collections.abc import Mapping

from oncocds.algebra import names
from oncocds.algebra.ring import Ring
from oncocds_cohort.columns.terms import FALSE, TRUE, Term, all_of, either_of, exists, list_of, negation_of, substituted

RING = Ring(
    TRUE,
    FALSE,
    all_of,
    either_of,
    negation_of,
    plain=lambda term: term is TRUE if term is TRUE or term is FALSE else None,
    negated=lambda term: term.args[0] if term.op == "not" else None,
    number=lambda term: term.id,
)
decide = RING.decide


class Names(names.Names):
    """A set of facts, each in it under a condition. A fact of an item has the item's variable in its path."""

    __slots__ = ()

    ring = RING

    def about(self, variables: Mapping[str, str], done: dict[int, Term]) -> Names:
        """Return the same of other items."""
        return union(
            Names({_renamed(name, variables): substituted(one, variables, done)})
            for name, one in self.conditions.items()
        )

    def of_any(self, variable: str) -> Names:
        """Return what is in it of any item that a variable stands for; its path names no item."""
        return union(
            Names({name.replace(f"[{variable}]", "[]"): exists(variable, one)}) for name, one in self.conditions.items()
        )


names_of, union = Names.of, Names.union


def path_of(variable: str) -> str:
    """Return how findings speak of the item that a variable stands for."""
    return f"{list_of(variable)}[{variable}]"


def _renamed(name: str, variables: Mapping[str, str]) -> str:
    _, bracket, after = name.partition("[")
    variable, _, field = after.partition("]")
    return f"{path_of(variables[variable])}{field}" if bracket and variable in variables else name
