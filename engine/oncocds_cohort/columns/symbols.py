"""Symbols: what stands for a finding whose value is not fixed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from oncocds.profile.finding import Finding
from oncocds_cohort.columns.names import Names, decide, names_of
from oncocds_cohort.columns.terms import FALSE, TRUE, Term, number, substituted
from oncocds_cohort.columns.values import (
    CodeValue,
    DayValue,
    NumberValue,
    OpenCodes,
    SeveralValue,
    TextValue,
    WholeValue,
    number_term,
)

SymbolKind = Literal["boolean", "code", "many", "number", "whole", "day", "text"]
_SHOWN: Mapping[str, Callable[[Any], Any]] = {
    "code": CodeValue,
    "many": SeveralValue,
    "text": TextValue,
    "number": lambda symbol: NumberValue(symbol.term),
    "whole": lambda symbol: WholeValue(symbol.term),
    "day": lambda symbol: DayValue(symbol.term),
}


class Symbol:
    """A finding whose value is open: known under a condition, and then each value under one of its own.

    ``cases`` are the values of a boolean or a code (or of what may be either), which exclude each other, or the members
    that a set may hold; ``term`` is a number, or a day as its number. ``open_cases`` are the members of which it is
    unknown whether the set, known otherwise, holds them. ``source`` is the recorded
    fact that it is: variable and name.
    """

    def __init__(
        self,
        kind: SymbolKind,
        known: Term,
        cases: Mapping[Any, Term] | None = None,
        term: Term | None = None,
        used: Names | None = None,
        missing: Names | None = None,
        open_: Mapping[str, Term] | None = None,
        source: tuple[str, str] | None = None,
    ) -> None:
        self.kind: SymbolKind = kind
        self.known = known
        self.cases: Mapping[Any, Term] = cases or {}
        self.term = term
        self.used = Names() if used is None else used
        self.missing = Names() if missing is None else missing
        self.open_cases: Mapping[str, Term] = open_ or {}
        self.source = source
        self._shown: Any = None

    @property
    def true(self) -> Term:
        """The condition under which a boolean is known to be true."""
        return self.cases.get(True, FALSE)

    @property
    def false(self) -> Term:
        """The condition under which a boolean is known to be false."""
        return self.cases.get(False, FALSE)

    @property
    def open(self) -> OpenCodes:
        """The codes that may be among the known ones, in the run in progress."""
        return OpenCodes(self.open_cases)

    @property
    def value(self) -> Any:
        """The value as plain Python sees it, in the run in progress."""
        if not decide(self.known):
            return None
        if self.kind == "boolean":
            return decide(self.true)
        for plain in (True, False):  # a code that may be no code at all, as the site of a lesion outside bone
            if plain in self.cases and decide(self.cases[plain]):
                return plain
        if self._shown is None:
            self._shown = _SHOWN[self.kind](self)
        return self._shown

    def about(self, variables: Mapping[str, str]) -> Symbol:
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


def symbol_of(found: Finding | Symbol) -> Symbol | None:
    """Return a finding as a symbol; None where it is unknown and so of any kind."""
    if isinstance(found, Symbol):
        return found
    value = found.value
    if value is None:
        return None
    used = names_of(found.used)
    if isinstance(value, CodeValue | SeveralValue | TextValue):
        of: Symbol = value.symbol  # type: ignore[assignment]
        return Symbol(of.kind, TRUE, of.cases, of.term, used, source=of.source)
    if isinstance(value, bool):
        return as_boolean(found)
    if isinstance(value, DayValue):
        return Symbol("day", TRUE, None, value.term, used)
    if isinstance(value, int | float):
        whole = isinstance(value, WholeValue)
        return Symbol("whole" if whole else "number", TRUE, None, number_term(value), used)
    if isinstance(value, tuple):
        return Symbol("many", TRUE, dict.fromkeys((str(one) for one in value), TRUE), None, used)
    return Symbol("code", TRUE, {str(value): TRUE}, None, used)


def as_boolean(found: Finding | Symbol) -> Symbol:
    """Return a finding that is true, false or unknown (or whose other values matter to nobody) as a symbol."""
    if isinstance(found, Symbol):
        return found
    value = found.value
    cases = {True: TRUE if value is True else FALSE, False: TRUE if value is False else FALSE}
    used, missing = names_of(found.used), names_of(found.missing)
    return Symbol("boolean", FALSE if value is None else TRUE, cases, None, used, missing)


def constant(value: float) -> Term:
    """Return a number that is fixed."""
    return number(value)
