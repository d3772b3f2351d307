"""Symbols: what stands for a finding whose value is not fixed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Literal, Self

from oncocds.algebra.codes import CodeValue, OpenCodes, SeveralValue
from oncocds.algebra.names import Names
from oncocds.algebra.ring import Ring, Term
from oncocds.algebra.values import Numeric, TextValue
from oncocds.profile.finding import Finding

SymbolKind = Literal["boolean", "code", "many", "number", "whole", "day", "text"]


Fold = Callable[[Callable[[Any], Any]], Any]


class Symbol:
    """A finding whose value is open: known under a condition, and then each value under one of its own.

    ``cases`` are the values of a boolean or a code (or of what may be either), which exclude each other, or the members
    that a set may hold; ``term`` is a number, or a day (or a text) as its number. ``open_cases`` are the members of
    which it is unknown whether the set, known otherwise, holds them. ``source`` is the recorded fact that it is, where
    a reading needs it: variable and name. Each reading has a class of its own, with its ``names`` and with what
    ``shapes`` its numbers, days and texts have in Python.
    """

    names: ClassVar[type[Names]]
    shapes: ClassVar[Mapping[str, Callable[[Any], Any]]]

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
        self.term: Any = term
        self.used: Any = self.names() if used is None else used
        self.missing: Any = self.names() if missing is None else missing
        self.open_cases: Mapping[str, Term] = open_ or {}
        self.source = source
        self._shown: Any = None

    @property
    def ring(self) -> Ring:
        """The ring of its terms."""
        return self.names.ring

    @property
    def true(self) -> Term:
        """The condition under which a boolean is known to be true."""
        return self.cases.get(True, self.ring.false)

    @property
    def false(self) -> Term:
        """The condition under which a boolean is known to be false."""
        return self.cases.get(False, self.ring.false)

    @property
    def open(self) -> OpenCodes:
        """The codes that may be among the known ones, in the run in progress."""
        return OpenCodes(self.open_cases, self.ring)

    @property
    def value(self) -> Any:
        """The value as plain Python sees it, in the run in progress."""
        decide = self.ring.decide
        if not decide(self.known):
            return None
        if self.kind == "boolean":
            return decide(self.true)
        for plain in (True, False):  # a code that may be no code at all, as the site of a lesion outside bone
            if plain in self.cases and decide(self.cases[plain]):
                return plain
        if self._shown is None:
            shapes = {"code": CodeValue, "many": SeveralValue, **self.shapes}
            self._shown = shapes[self.kind](self)
        return self._shown

    def same_code(self, other: Any) -> Term:
        """Return the condition under which another has the same code."""
        all_of, never = self.ring.all_of, self.ring.false
        return self.ring.either_of(all_of([one, other.cases.get(code, never)]) for code, one in self.cases.items())

    @classmethod
    def of(cls, found: Any) -> Self | None:
        """Return a finding as a symbol; None where it is unknown and so of any kind."""
        if isinstance(found, cls):
            return found
        value, true = found.value, cls.names.ring.true
        if value is None:
            return None
        if isinstance(value, bool):
            return cls.boolean(found)
        used = cls.names.of(found.used)
        if isinstance(value, CodeValue | SeveralValue | TextValue):
            of: Any = value.symbol
            return cls(of.kind, true, of.cases, of.term, used, source=of.source)
        if isinstance(value, Numeric | int | float):
            return cls.number(value, used)
        if isinstance(value, tuple):
            return cls("many", true, dict.fromkeys((str(one) for one in value), true), None, used)
        return cls("code", true, {str(value): true}, None, used)

    @classmethod
    def number(cls, value: Any, used: Names) -> Self:
        """Return a known number as a symbol."""
        raise NotImplementedError

    @classmethod
    def boolean(cls, found: Any) -> Self:
        """Return a finding that is true, false or unknown (or whose other values matter to nobody) as a symbol."""
        if isinstance(found, cls):
            return found
        value, boolean = found.value, cls.names.ring.boolean
        cases = {one: boolean(value is one) for one in (True, False)}
        used, missing = cls.names.of(found.used), cls.names.of(found.missing)
        return cls("boolean", boolean(value is not None), cases, None, used, missing)

    @classmethod
    def whole(cls, found: Any) -> Self:
        """Return a finding as a symbol; one that is never known is a boolean."""
        return cls.of(found) or cls.boolean(found)

    @classmethod
    def one_of(cls, outcomes: Sequence[Any], fold: Fold, number: Fold) -> Self:
        """Return findings of which one holds as one symbol. Raises ``TypeError`` for values of several kinds at once.

        ``fold`` joins a condition that is told of each, ``number`` a number, None where it has none.
        """
        symbols = {id(one): cls.of(one) for one in outcomes}
        known = [one for one in symbols.values() if one is not None]
        kind, never, names = _kind_of(known), cls.names.ring.false, cls.names

        def said(of: Callable[[Symbol], Term]) -> Term:
            return fold(lambda outcome: never if (one := symbols[id(outcome)]) is None else of(one))

        def named(part: str) -> Names:
            sets = {id(one): names.of(getattr(one, part)).conditions for one in outcomes}

            def when(name: str) -> Term:
                return fold(lambda outcome: sets[id(outcome)].get(name, never))

            every = dict.fromkeys(name for one in sets.values() for name in one)
            return names.union(names({name: when(name)}) for name in every)

        def case(value: Any) -> Term:
            return said(lambda one: one.cases.get(value, never))

        def open_case(code: str) -> Term:
            return said(lambda one: one.open_cases.get(code, never))

        values = (True, False) if kind == "boolean" else dict.fromkeys(value for one in known for value in one.cases)
        codes = dict.fromkeys(code for one in known for code in one.open_cases)
        return cls(
            kind,
            said(lambda one: one.known),
            {value: case(value) for value in values},
            number(lambda outcome: None if (one := symbols[id(outcome)]) is None else one.term),
            named("used"),
            named("missing"),
            {code: open_case(code) for code in codes},
        )


def _kind_of(symbols: Iterable[Symbol]) -> SymbolKind:
    """Return the kind of what is one of some symbols. Raises ``TypeError`` for values of several kinds at once."""
    kinds: set[SymbolKind] = {one.kind for one in symbols}
    if kinds == {"boolean", "code"}:
        return "code"
    if kinds == {"number", "whole"}:
        return "number"
    if len(kinds) > 1:
        raise TypeError(f"values of several kinds: {', '.join(sorted(kinds))}")
    return kinds.pop() if kinds else "boolean"


def settled(found: Any, symbol: type[Symbol]) -> Any:
    """Return an outcome as this run settled it: a symbol found unknown has no kind, codes in a set are fixed."""
    if isinstance(found, symbol) and symbol.names.ring.answered(found.known) is False:
        return Finding(None, found.used, found.missing)
    codes = found.value if isinstance(found, Finding) else None
    if type(codes) is tuple:
        fixed = tuple(one.fixed() if isinstance(one, CodeValue) else one for one in codes)
        return Finding(fixed, found.used)
    return found
