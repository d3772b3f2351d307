"""Texts and numbers over the terms of the solver: what they are asked becomes a decision."""

from __future__ import annotations

import operator as operators
from collections.abc import Callable, Mapping
from typing import Any

import z3

from oncocds.algebra import values
from oncocds.exploration.exploring import UnreadableError
from oncocds.proofs.terms import decide, exact

_TELLING_DECIMALS = 6  # rounding to as many decimals or more only mends binary fractions; terms are exact
_products: dict[tuple[str, int, int], tuple[Any, Any, Any]] = {}
_COMPARED: Mapping[str, Callable[[Any, Any], Any]] = {
    "<": operators.lt,
    "<=": operators.le,
    ">": operators.gt,
    ">=": operators.ge,
    "=": operators.eq,
}
_COMPUTED: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operators.add,
    "-": operators.sub,
    "*": operators.mul,
    "/": operators.truediv,
}


def compared(operator: str, one: Any, two: Any) -> Any:
    """Return a comparison of two numbers: ``< <= > >= =``."""
    return _COMPARED[operator](one, two)


class TextValue(values.TextValue):
    """A text or a date that is not fixed: told apart and, for dates, ordered; nothing else is asked of it."""

    def compared(self, operator: str, other: Any) -> bool:
        """Answer a comparison, in the run in progress."""
        # A text that is not there reads "None"; no text that is there does.
        if operator == "=" and str.__eq__("none", str(other).casefold()) is True:
            return False
        if not isinstance(other, TextValue):
            raise UnreadableError("free text is compared with a constant")
        return decide(z3.simplify(compared(operator, self.symbol.term, other.symbol.term)))


class NumberValue(values.Numeric, float):
    """A number that is not fixed. Products and quotients of two such numbers are any number at all."""

    def __new__(cls, term: Any) -> NumberValue:
        """Make the value of a symbol."""
        made = super().__new__(cls, 0.0)
        made.term = z3.simplify(term)
        return made

    def compared(self, operator: str, other: Any) -> bool:
        """Answer a comparison, in the run in progress."""
        if operator == "=" and not isinstance(other, int | float):
            return False
        return decide(z3.simplify(compared(operator, self.term, number_term(other))))

    def computed(self, operator: str, one: Any, two: Any) -> NumberValue:
        """Return what ``+ - * /`` come to."""
        first, second = number_term(one), number_term(two)
        both = isinstance(one, NumberValue) and isinstance(two, NumberValue)
        if (operator == "*" and both) or (operator == "/" and isinstance(two, NumberValue)):
            return _any_number(operator, first, second)
        return NumberValue(_COMPUTED[operator](first, second))

    def __round__(self, digits: int | None = None) -> NumberValue:  # type: ignore[override]
        if digits is not None and digits >= _TELLING_DECIMALS:
            return self
        return _any_number("round", self.term, z3.IntVal(digits or 0))


def number_term(value: float) -> Any:
    """Return a number as an exact real."""
    return value.term if isinstance(value, NumberValue) else exact(value)


def _any_number(operator: str, one: Any, two: Any) -> NumberValue:
    """Return the result of an operation that stays uninterpreted: the same operands give the same number."""
    key = (operator, one.get_id(), two.get_id())
    if key not in _products:
        _products[key] = (z3.FreshReal(operator), one, two)  # the operands are kept, so that their numbers stay theirs
    return NumberValue(_products[key][0])
