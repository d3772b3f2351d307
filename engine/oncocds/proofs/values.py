"""Values that are not fixed, in the shapes that plain Python expects: what they are asked becomes a decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, Protocol

import z3

from oncocds.exploration.exploring import UnreadableError, current
from oncocds.proofs.terms import FALSE, all_of, decide, either_of, exact

SymbolKind = Literal["boolean", "code", "many", "number", "text"]
_TELLING_DECIMALS = 6  # rounding to as many decimals or more only mends binary fractions; terms are exact
_products: dict[tuple[str, int, int], tuple[Any, Any, Any]] = {}


class Open(Protocol):
    """What is not fixed: see ``oncocds.proofs.symbols.Symbol``."""

    kind: SymbolKind
    cases: Mapping[Any, Any]
    term: Any


def shown(symbol: Open) -> Any:
    """Return a symbol's value, known but not fixed."""
    if symbol.kind == "number":
        return NumberValue(symbol.term)
    if symbol.kind == "many":
        return SeveralValue(symbol)
    return CodeValue(symbol) if symbol.kind == "code" else TextValue(symbol)


class CodeValue(str):
    """A code that is not fixed."""

    symbol: Open

    def __new__(cls, symbol: Open) -> CodeValue:
        """Make the value of a symbol."""
        made = super().__new__(cls, "?")
        made.symbol = symbol
        return made

    def _left(self) -> list[str]:
        codes = [code for code in self.symbol.cases if isinstance(code, str)]
        return current().left.setdefault(self.symbol, codes)

    def _is(self, code: str) -> bool:
        left = self._left()
        if code not in left:
            return False
        if len(left) == 1 or decide(self.symbol.cases[code]):
            left[:] = [code]
            return True
        left.remove(code)
        return False

    def among(self, codes: tuple[str, ...]) -> bool:
        """Return whether it is one of some codes: one question for all of them."""
        left = self._left()
        inside = [code for code in left if code in codes]
        if not inside or len(inside) == len(left):
            return bool(inside)
        if decide(either_of(self.symbol.cases[code] for code in inside)):
            left[:] = inside
            return True
        left[:] = [code for code in left if code not in inside]
        return False

    def fixed(self) -> str:
        """Return the code itself, one run for each."""
        return next(code for code in list(self._left()) if self._is(code))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, CodeValue):
            both = [all_of([one, other.symbol.cases.get(code, FALSE)]) for code, one in self.symbol.cases.items()]
            return other.symbol is self.symbol or decide(either_of(both))
        return isinstance(other, str) and self._is(other)

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

    def __new__(cls, symbol: Open) -> SeveralValue:
        """Make the value of a symbol."""
        made = super().__new__(cls)
        made.symbol = symbol
        return made

    def fixed(self) -> tuple[str, ...]:
        """Return the codes in it, one run for each set."""
        return tuple(self)

    def __contains__(self, code: object) -> bool:
        return code in self.symbol.cases and decide(self.symbol.cases[code])

    def __iter__(self) -> Iterator[str]:
        return (code for code, inside in self.symbol.cases.items() if decide(inside))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __bool__(self) -> bool:
        return any(True for _ in self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, tuple) and self.fixed() == tuple(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.fixed())


class TextValue(str):
    """A text or a date that is not fixed: told apart and, for dates, ordered; nothing else is asked of it."""

    symbol: Open

    def __new__(cls, symbol: Open) -> TextValue:
        """Make the value of a symbol."""
        made = super().__new__(cls, "?")
        made.symbol = symbol
        return made

    def _other(self, other: object) -> Any:
        if not isinstance(other, TextValue):
            raise UnreadableError("free text is compared with a constant")
        return other.symbol.term

    def _is(self, other: object) -> bool:
        # A text that is not there reads "None"; no text that is there does.
        nothing = str.__eq__("none", str(other).casefold()) is True
        return not nothing and decide(z3.simplify(self.symbol.term == self._other(other)))

    def casefold(self) -> TextValue:
        """Return itself: texts that differ in case only are one text here."""
        return self

    def __eq__(self, other: object) -> bool:
        return self._is(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __lt__(self, other: str) -> bool:
        return decide(z3.simplify(self.symbol.term < self._other(other)))

    def __le__(self, other: str) -> bool:
        return decide(z3.simplify(self.symbol.term <= self._other(other)))

    def __gt__(self, other: str) -> bool:
        return decide(z3.simplify(self.symbol.term > self._other(other)))

    def __ge__(self, other: str) -> bool:
        return decide(z3.simplify(self.symbol.term >= self._other(other)))

    def __hash__(self) -> int:
        raise UnreadableError("free text is looked up")

    def __str__(self) -> str:
        return self


class NumberValue(float):
    """A number that is not fixed. Products and quotients of two such numbers are any number at all."""

    term: Any

    def __new__(cls, term: Any) -> NumberValue:
        """Make the value of a symbol."""
        made = super().__new__(cls, 0.0)
        made.term = z3.simplify(term)
        return made

    def __add__(self, other: float) -> NumberValue:
        return NumberValue(self.term + number_term(other))

    __radd__ = __add__

    def __sub__(self, other: float) -> NumberValue:
        return NumberValue(self.term - number_term(other))

    def __rsub__(self, other: float) -> NumberValue:
        return NumberValue(number_term(other) - self.term)

    def __neg__(self) -> NumberValue:
        return NumberValue(-self.term)

    def __abs__(self) -> NumberValue:
        return self if self >= 0 else -self

    def __mul__(self, other: float) -> NumberValue:
        if isinstance(other, NumberValue):
            return _any_number("*", self.term, other.term)
        return NumberValue(self.term * exact(other))

    __rmul__ = __mul__

    def __truediv__(self, other: float) -> NumberValue:
        if isinstance(other, NumberValue):
            return _any_number("/", self.term, other.term)
        return NumberValue(self.term / exact(other))

    def __rtruediv__(self, other: float) -> NumberValue:
        return _any_number("/", exact(other), self.term)

    def __round__(self, digits: int | None = None) -> NumberValue:  # type: ignore[override]
        if digits is not None and digits >= _TELLING_DECIMALS:
            return self
        return _any_number("round", self.term, z3.IntVal(digits or 0))

    def __lt__(self, other: float) -> bool:
        return decide(z3.simplify(self.term < number_term(other)))

    def __le__(self, other: float) -> bool:
        return decide(z3.simplify(self.term <= number_term(other)))

    def __gt__(self, other: float) -> bool:
        return decide(z3.simplify(self.term > number_term(other)))

    def __ge__(self, other: float) -> bool:
        return decide(z3.simplify(self.term >= number_term(other)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, int | float) and decide(z3.simplify(self.term == number_term(other)))

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        raise UnreadableError("a number is looked up")

    def __bool__(self) -> bool:
        return self != 0


def number_term(value: float) -> Any:
    """Return a number as an exact real."""
    return value.term if isinstance(value, NumberValue) else exact(value)


def _any_number(operator: str, one: Any, two: Any) -> NumberValue:
    """Return the result of an operation that stays uninterpreted: the same operands give the same number."""
    key = (operator, one.get_id(), two.get_id())
    if key not in _products:
        _products[key] = (z3.FreshReal(operator), one, two)  # the operands are kept, so that their numbers stay theirs
    return NumberValue(_products[key][0])
