"""Texts, dates, numbers and the lesions a course names, over the terms of columns.

What they are asked becomes a decision.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, Self

from oncocds.algebra import values
from oncocds.exploration.exploring import UnreadableError
from oncocds_cohort.columns.names import decide
from oncocds_cohort.columns.terms import Term, arithmetic, compared, make, number, rounded, same


class TextValue(values.TextValue):
    """A text that is not fixed: told apart from others, in whatever case; nothing else is asked of it."""

    def compared(self, operator: str, other: Any) -> bool:
        """Answer whether another text is the same, in the run in progress."""
        if operator == "=" and str.__eq__("none", str(other)) is True:  # one that is not there reads so
            return False
        one, two = self.symbol.source, other.symbol.source if isinstance(other, TextValue) else None
        if operator != "=" or one is None or two is None:
            raise UnreadableError("free text is ordered, or compared with what is no free text")
        return decide(same("same text", *one, *two))


class DayValue(values.TextValue):
    """A date that is not fixed: of its text nothing is asked but its place among others."""

    what = "a date"

    def compared(self, operator: str, other: Any) -> bool:
        """Answer a comparison with another date, in the run in progress."""
        if not isinstance(other, DayValue):
            raise UnreadableError("a date is compared with a constant")
        return decide(compared(operator, self.symbol.term, other.symbol.term))


class _Numeric(values.Numeric):
    """A number that is not fixed, computed as Python computes floats."""

    def compared(self, operator: str, other: Any) -> bool:
        """Answer a comparison, in the run in progress."""
        if operator == "=" and not isinstance(other, int | float):
            return False
        return decide(compared(operator, self.term, number_term(other)))

    def computed(self, operator: str, one: Any, two: Any) -> NumberValue:
        """Return what ``+ - * /`` come to."""
        return NumberValue(arithmetic(operator, number_term(one), number_term(two)))

    def __round__(self, digits: int | None = None) -> NumberValue:
        return NumberValue(rounded(self.term, digits or 0))


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


class OpenId(str):
    """The id of an item that stands for any of its list."""

    variable: str

    def __new__(cls, variable: str) -> Self:
        """Make the id of the item that a variable stands for."""
        made = super().__new__(cls, variable)
        made.variable = variable
        return made


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


class _OpenDate:
    def __init__(self, day: Term) -> None:
        self._day = day

    def __sub__(self, other: _OpenDate) -> SimpleNamespace:
        return SimpleNamespace(days=NumberValue(arithmetic("-", self._day, other._day)))


def _from_text(text: str) -> _OpenDate:
    if not isinstance(text, DayValue):
        raise UnreadableError("a date is read from a text that is no recorded date")
    return _OpenDate(text.symbol.term)


CALENDAR = SimpleNamespace(date=SimpleNamespace(fromisoformat=_from_text))
"""In the place of ``datetime``: recorded dates, and how many days lie between them."""
