"""Codes and sets of codes that are not fixed, in the shapes that plain Python expects.

What they are asked becomes a question of the run in progress.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol, Self

from oncocds.algebra.ring import Ring, Term
from oncocds.exploration.exploring import current


class Open(Protocol):
    """What is not fixed: see ``oncocds.algebra.symbols.Symbol``."""

    cases: Mapping[Any, Term]

    @property
    def ring(self) -> Ring:
        """The ring of its terms."""
        ...

    def same_code(self, other: Any) -> Term:
        """Return the condition under which another has the same code."""
        ...


class OpenCodes:
    """Codes of which it is not fixed whether they are open."""

    def __init__(self, cases: Mapping[str, Term], ring: Ring) -> None:
        self._cases = cases
        self._ring = ring

    def __contains__(self, code: str) -> bool:
        return code in self._cases and self._ring.decide(self._cases[code])


class CodeValue(str):
    """A code that is not fixed."""

    symbol: Open

    def __new__(cls, symbol: Open) -> Self:
        """Make the value of a symbol."""
        made = super().__new__(cls, "?")
        made.symbol = symbol
        return made

    def _left(self) -> list[str]:
        codes = [code for code in self.symbol.cases if isinstance(code, str)]
        return current().left.setdefault(self.symbol, codes)

    def among(self, codes: tuple[str, ...]) -> bool:
        """Return whether it is one of some codes: one question for all of them."""
        left = self._left()
        inside = [code for code in left if code in codes]
        if not inside or len(inside) == len(left):
            return bool(inside)
        ring = self.symbol.ring
        if ring.decide(ring.either_of(self.symbol.cases[code] for code in inside)):
            left[:] = inside
            return True
        left[:] = [code for code in left if code not in inside]
        return False

    def fixed(self) -> str:
        """Return the code itself, one run for each."""
        return next(code for code in list(self._left()) if self.among((code,)))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, CodeValue):
            return other.symbol is self.symbol or self.symbol.ring.decide(self.symbol.same_code(other.symbol))
        return isinstance(other, str) and self.among((other,))

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.fixed())

    def __str__(self) -> str:
        return self

    def __format__(self, spec: str) -> str:
        return format(self.fixed(), spec)

    def __lt__(self, other: str) -> bool:
        return self.fixed() < (other.fixed() if isinstance(other, CodeValue) else other)


class Among(tuple[str, ...]):
    """Constant codes: asking whether an open code is among them is one question."""

    __slots__ = ()

    def __contains__(self, code: object) -> bool:
        return code.among(self) if isinstance(code, CodeValue) else tuple.__contains__(self, code)


class SeveralValue(tuple[str, ...]):
    """A set of codes that is not fixed."""

    symbol: Open

    def __new__(cls, symbol: Open) -> Self:
        """Make the value of a symbol."""
        made = super().__new__(cls)
        made.symbol = symbol
        return made

    def __contains__(self, code: object) -> bool:
        return code in self.symbol.cases and self.symbol.ring.decide(self.symbol.cases[code])

    def __iter__(self) -> Iterator[str]:
        return (code for code, inside in self.symbol.cases.items() if self.symbol.ring.decide(inside))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __bool__(self) -> bool:
        return self.symbol.ring.decide(self.symbol.ring.either_of(self.symbol.cases.values()))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, tuple) or isinstance(other, SeveralValue):
            return other is self or (isinstance(other, SeveralValue) and tuple(self) == tuple(other))
        wanted, ring = dict.fromkeys(other), self.symbol.ring
        if not wanted.keys() <= self.symbol.cases.keys():
            return False
        parts = [one if code in wanted else ring.negation_of(one) for code, one in self.symbol.cases.items()]
        return ring.decide(ring.all_of(parts))

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(tuple(self))
