"""Sets of facts under conditions: what a finding rests on, or what would decide it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from oncocds.exploration.exploring import current
from oncocds_cohort.columns.terms import FALSE, TRUE, Term, all_of, either_of, exists, list_of, substituted


def decide(term: Term) -> bool:
    """Answer whether a condition holds, in the run in progress."""
    if term is TRUE or term is FALSE:
        return term is TRUE
    if term.op == "not":
        return not decide(term.args[0])
    return current().decide(term.id, term)


def answered(term: Term) -> bool | None:
    """Return the answer a condition has got already in the run in progress, None where it was not asked."""
    if term is TRUE or term is FALSE:
        return term is TRUE
    if term.op == "not":
        inner = answered(term.args[0])
        return None if inner is None else not inner
    return current().answered(term.id)


class Names:
    """A set of facts, each in it under a condition. A fact of an item has the item's variable in its path."""

    __slots__ = ("conditions",)

    def __init__(self, conditions: Mapping[str, Term] | None = None) -> None:
        self.conditions: Mapping[str, Term] = conditions or {}

    def __iter__(self) -> Iterator[str]:
        return (name for name, condition in self.conditions.items() if decide(condition))

    def __bool__(self) -> bool:
        return decide(self.some)

    @property
    def some(self) -> Term:
        """The condition under which there is a fact in it."""
        return either_of(self.conditions.values())

    def __add__(self, other: Names | tuple[str, ...]) -> Names:
        return union([self, other])

    def __radd__(self, other: Names | tuple[str, ...]) -> Names:
        return union([other, self])

    def under(self, condition: Term) -> Names:
        """Return the set as it is under a condition, and empty otherwise."""
        under = ((name, all_of([condition, one])) for name, one in self.conditions.items())
        return Names({name: one for name, one in under if one is not FALSE})

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


def names_of(value: Names | Iterable[str]) -> Names:
    """Return facts as a set under conditions."""
    return value if isinstance(value, Names) else Names(dict.fromkeys(value, TRUE))


def union(sets: Iterable[Names | Iterable[str]]) -> Names:
    """Return the union of some sets."""
    joined: dict[str, list[Term]] = {}
    for one in sets:
        for name, condition in names_of(one).conditions.items():
            if condition is not FALSE:
                joined.setdefault(name, []).append(condition)
    return Names({name: either_of(conditions) for name, conditions in joined.items()})


def path_of(variable: str) -> str:
    """Return how findings speak of the item that a variable stands for."""
    return f"{list_of(variable)}[{variable}]"


def _renamed(name: str, variables: Mapping[str, str]) -> str:
    _, bracket, after = name.partition("[")
    variable, _, field = after.partition("]")
    return f"{path_of(variables[variable])}{field}" if bracket and variable in variables else name
