"""Symbols over the terms of the solver, and Kleene's logic over them."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from oncocds.algebra import symbols
from oncocds.algebra.kleene import Kleene
from oncocds.proofs.terms import TRUE, Names
from oncocds.proofs.values import NumberValue, TextValue, number_term


class Symbol(symbols.Symbol):
    """A finding whose value is open; a text or a date is a whole number."""

    names = Names
    shapes: ClassVar = {"number": lambda symbol: NumberValue(symbol.term), "text": TextValue}

    @classmethod
    def number(cls, value: Any, used: Any) -> Self:
        """Return a known number as a symbol."""
        return cls("number", TRUE, None, number_term(value), used)


KLEENE = Kleene(Symbol)
as_symbol, either = Symbol.boolean, KLEENE.either
