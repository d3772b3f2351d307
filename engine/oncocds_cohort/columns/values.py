"""Values that are not fixed, in the shapes that plain Python expects: what they are asked becomes a decision."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any, Protocol, Self

from oncocds.exploration.exploring import UnreadableError, current
from oncocds_cohort.columns.names import decide
from oncocds_cohort.columns.terms import (
    FALSE,
    Term,
    all_of,
    arithmetic,
    compared,
    either_of,
    make,
    negation_of,
    number,
    rounded,
    same,
)


class Open(Protocol):
    """What is not fixed: see ``oncocds_cohort.columns.symbols.Symbol``."""

    cases: Mapping[Any, Term]
    source: tuple[str, str] | None


class OpenCodes:
    """Codes of which it is not fixed whether they are open."""

    def __init__(self, cases: Mapping[str, Term]) -> None:
        self._cases = cases

    def __contains__(self, code: str) -> bool:
        return code in self._cases and decide(self._cases[code])


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

    def _is(self, code: str) -> bool:
        return self.among((code,))

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
            return other.symbol is self.symbol or decide(_same_code(self.symbol, other.symbol))
        return isinstance(other, str) and self._is(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.fixed())

    def __str__(self) -> str:
        return self

    def __lt__(self, other: str) -> bool:
        return self.fixed() < (other.fixed() if isinstance(other, CodeValue) else other)


def _same_code(one: Open, two: Open) -> Term:
    if one.source is not None and two.source is not None and one.cases.keys() == two.cases.keys():
        return same("same", *one.source, *two.source)
    return either_of(all_of([when, two.cases.get(code, FALSE)]) for code, when in one.cases.items())


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
        return code in self.symbol.cases and decide(self.symbol.cases[code])

    def __iter__(self) -> Iterator[str]:
        return (code for code, inside in self.symbol.cases.items() if decide(inside))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __bool__(self) -> bool:
        return decide(either_of(self.symbol.cases.values()))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, tuple) or isinstance(other, SeveralValue):
            return self is other
        wanted = dict.fromkeys(other)
        if not wanted.keys() <= self.symbol.cases.keys():
            return False
        cases = self.symbol.cases.items()
        return decide(all_of(inside if code in wanted else negation_of(inside) for code, inside in cases))

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(tuple(self))


class TargetIds(tuple[str, ...]):
    """The lesions that a course names, which are not fixed."""

    course: str
    name: str

    def __new__(cls, course: str, name: str) -> Self:
        """Make those of the course that a variable stands for."""
        made = super().__new__(cls)
        made.course, made.name = course, name
        return made

    def __bool__(self) -> bool:
        return decide(make("some", self.course, self.name))

    def __contains__(self, identity: object) -> bool:
        if not isinstance(identity, OpenId):
            raise UnreadableError("the lesions that a course names are asked for what is no lesion of the list")
        return decide(make("aims", self.course, identity.variable))

    def __iter__(self) -> Iterator[str]:
        raise UnreadableError("the lesions that a course names are walked")


class OpenId(str):
    """The id of an item that stands for any of its list."""

    variable: str

    def __new__(cls, variable: str) -> Self:
        """Make the id of the item that a variable stands for."""
        made = super().__new__(cls, variable)
        made.variable = variable
        return made


class TextValue(str):
    """A text that is not fixed: told apart from others, in whatever case; nothing else is asked of it."""

    symbol: Open

    def __new__(cls, symbol: Open) -> Self:
        """Make the value of a symbol."""
        made = super().__new__(cls, "?")
        made.symbol = symbol
        return made

    def casefold(self) -> Self:
        """Return itself: texts that differ in case only are one text here."""
        return self

    def __eq__(self, other: object) -> bool:
        if str.__eq__("none", str(other)) is True:  # a text that is not there reads so, and is no other's
            return False
        if not isinstance(other, TextValue) or self.symbol.source is None or other.symbol.source is None:
            raise UnreadableError("free text is compared with what is no free text")
        return decide(same("same text", *self.symbol.source, *other.symbol.source))

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        raise UnreadableError("free text is looked up")

    def __str__(self) -> str:
        return self


class _Numeric:
    """What a number that is not fixed has in common with others, be it whole or not."""

    term: Term

    def __add__(self, other: float) -> NumberValue:
        return NumberValue(arithmetic("+", self.term, number_term(other)))

    def __radd__(self, other: float) -> NumberValue:
        return NumberValue(arithmetic("+", number_term(other), self.term))

    def __sub__(self, other: float) -> NumberValue:
        return NumberValue(arithmetic("-", self.term, number_term(other)))

    def __rsub__(self, other: float) -> NumberValue:
        return NumberValue(arithmetic("-", number_term(other), self.term))

    def __mul__(self, other: float) -> NumberValue:
        return NumberValue(arithmetic("*", self.term, number_term(other)))

    def __rmul__(self, other: float) -> NumberValue:
        return NumberValue(arithmetic("*", number_term(other), self.term))

    def __truediv__(self, other: float) -> NumberValue:
        return NumberValue(arithmetic("/", self.term, number_term(other)))

    def __rtruediv__(self, other: float) -> NumberValue:
        return NumberValue(arithmetic("/", number_term(other), self.term))

    def __neg__(self) -> NumberValue:
        return NumberValue(arithmetic("*", -1, self.term))

    def __abs__(self) -> Any:
        return self if self >= 0 else -self

    def __round__(self, digits: int | None = None) -> NumberValue:
        return NumberValue(rounded(self.term, digits or 0))

    def __lt__(self, other: float) -> bool:
        return decide(compared("<", self.term, number_term(other)))

    def __le__(self, other: float) -> bool:
        return decide(compared("<=", self.term, number_term(other)))

    def __gt__(self, other: float) -> bool:
        return decide(compared(">", self.term, number_term(other)))

    def __ge__(self, other: float) -> bool:
        return decide(compared(">=", self.term, number_term(other)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, int | float) and decide(compared("=", self.term, number_term(other)))

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        raise UnreadableError("a number is looked up")

    def __bool__(self) -> bool:
        return self != 0


def _refused(name: str) -> Callable[..., Any]:
    def refuse(*_: object) -> Any:
        raise UnreadableError(f"a number is asked for its {name}, which no column computes")

    return refuse


_UNREAD = "floordiv rfloordiv mod rmod pow rpow int float index trunc floor ceil divmod rdivmod str"
for _name in (f"__{one}__" for one in _UNREAD.split()):
    setattr(_Numeric, _name, _refused(_name.strip("_")))


class NumberValue(_Numeric, float):  # type: ignore[misc]
    """A number that is not fixed."""

    def __new__(cls, term: Term) -> Self:
        """Make the value of a term."""
        made = super().__new__(cls, 0.0)
        made.term = term
        return made


class WholeValue(_Numeric, int):  # type: ignore[misc]
    """A whole number that is not fixed."""

    def __new__(cls, term: Term) -> Self:
        """Make the value of a term."""
        made = super().__new__(cls, 0)
        made.term = term
        return made


def number_term(value: Any) -> Term:
    """Return the term of a number."""
    return value.term if isinstance(value, _Numeric) else number(value)


class DayValue(str):
    """A date that is not fixed: of its text nothing is asked but its place among others."""

    term: Term

    def __new__(cls, term: Term) -> Self:
        """Make the date whose day is a term."""
        made = super().__new__(cls, "?")
        made.term = term
        return made

    def _compared(self, op: str, other: object) -> bool:
        if not isinstance(other, DayValue):
            raise UnreadableError("a date is compared with a constant")
        return decide(compared(op, self.term, other.term))

    def __eq__(self, other: object) -> bool:
        return self._compared("=", other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __lt__(self, other: str) -> bool:
        return self._compared("<", other)

    def __le__(self, other: str) -> bool:
        return self._compared("<=", other)

    def __gt__(self, other: str) -> bool:
        return self._compared(">", other)

    def __ge__(self, other: str) -> bool:
        return self._compared(">=", other)

    def __hash__(self) -> int:
        raise UnreadableError("a date is looked up")

    def __str__(self) -> str:
        return self


class _OpenDate:
    def __init__(self, day: Term) -> None:
        self._day = day

    def __sub__(self, other: _OpenDate) -> SimpleNamespace:
        return SimpleNamespace(days=NumberValue(arithmetic("-", self._day, other._day)))


def _from_text(text: str) -> _OpenDate:
    if not isinstance(text, DayValue):
        raise UnreadableError("a date is read from a text that is no recorded date")
    return _OpenDate(text.term)


CALENDAR = SimpleNamespace(date=SimpleNamespace(fromisoformat=_from_text))
"""In the place of ``datetime``: recorded dates, and how many days lie between them."""
