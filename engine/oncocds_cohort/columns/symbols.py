"""Symbols over the terms of columns, and Kleene's logic over them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from oncocds.algebra import symbols
from oncocds.algebra.kleene import Kleene
from oncocds_cohort.columns.names import Names
from oncocds_cohort.columns.terms import TRUE, Term, same, substituted
from oncocds_cohort.columns.values import DayValue, NumberValue, TextValue, WholeValue, number_term


class Symbol(symbols.Symbol):
    """A finding whose value is open, of the patient or of whatever items its terms speak of."""

    names = Names
    shapes: ClassVar = {
        "text": TextValue,
        "day": DayValue,
        "number": lambda symbol: NumberValue(symbol.term),
        "whole": lambda symbol: WholeValue(symbol.term),
    }

    @classmethod
    def number(cls, value: Any, used: Any) -> Self:
        """Return a known number as a symbol."""
        return cls("whole" if isinstance(value, WholeValue) else "number", TRUE, None, number_term(value), used)

    def same_code(self, other: Any) -> Any:
        """Return the condition under which another has the same code: one question, where both are recorded."""
        if self.source is not None and other.source is not None and self.cases.keys() == other.cases.keys():
            return same("same", *self.source, *other.source)
        return super().same_code(other)

    def about(self, variables: Mapping[str, str]) -> Self:
        """Return the same of other items."""
        done: dict[int, Term] = {}
        cases = {value: substituted(one, variables, done) for value, one in self.cases.items()}
        open_ = {code: substituted(one, variables, done) for code, one in self.open_cases.items()}
        source = None if self.source is None else (variables.get(self.source[0], self.source[0]), self.source[1])
        return type(self)(
            self.kind,
            substituted(self.known, variables, done),
            cases,
            None if self.term is None else substituted(self.term, variables, done),
            self.used.about(variables, done),
            self.missing.about(variables, done),
            open_,
            source,
        )


KLEENE = Kleene(Symbol)
