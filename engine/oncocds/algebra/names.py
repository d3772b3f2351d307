"""Sets of facts under conditions: what a finding rests on, or what would decide it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar, Self

from oncocds.algebra.ring import Ring, Term


class Names:
    """A set of facts, each in it under a condition. Each reading has a class of its own, with its ring."""

    __slots__ = ("conditions",)

    ring: ClassVar[Ring]

    def __init__(self, conditions: Mapping[str, Term] | None = None) -> None:
        self.conditions: Mapping[str, Term] = conditions or {}

    @classmethod
    def of(cls, value: Names | Iterable[str]) -> Self:
        """Return facts as a set under conditions."""
        return value if isinstance(value, cls) else cls(dict.fromkeys(value, cls.ring.true))

    @classmethod
    def union(cls, sets: Iterable[Names | Iterable[str]]) -> Self:
        """Return the union of some sets."""
        joined: dict[str, list[Term]] = {}
        for one in sets:
            for name, condition in cls.of(one).conditions.items():
                if condition is not cls.ring.false:
                    joined.setdefault(name, []).append(condition)
        return cls({name: cls.ring.either_of(conditions) for name, conditions in joined.items()})

    @property
    def some(self) -> Term:
        """The condition under which there is a fact in it."""
        return self.ring.either_of(self.conditions.values())

    def __iter__(self) -> Iterator[str]:
        return (name for name, condition in self.conditions.items() if self.ring.decide(condition))

    def __bool__(self) -> bool:
        return self.ring.decide(self.some)

    def __add__(self, other: Names | tuple[str, ...]) -> Self:
        return self.union([self, other])

    def __radd__(self, other: Names | tuple[str, ...]) -> Self:
        return self.union([other, self])

    def under(self, condition: Term) -> Self:
        """Return the set as it is under a condition, and empty otherwise."""
        under = ((name, self.ring.all_of([condition, one])) for name, one in self.conditions.items())
        return type(self)({name: one for name, one in under if one is not self.ring.false})
