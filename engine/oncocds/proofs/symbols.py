"""Symbols: what stands for a finding whose value is not fixed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from oncocds.proofs.terms import FALSE, Names, decide
from oncocds.proofs.values import SymbolKind, shown


class OpenCodes:
    """Codes of which it is not fixed whether they are open."""

    def __init__(self, cases: Mapping[str, Any]) -> None:
        self._cases = cases

    def __contains__(self, code: str) -> bool:
        return code in self._cases and decide(self._cases[code])


class Symbol:
    """A finding whose value is open: known under a condition, and then each value under one of its own.

    ``cases`` are the values of a boolean or a code (or of what may be either), which exclude each other, or the members
    that a set may hold; ``term`` is a number, or a text or date as a whole number. ``open_cases`` are the members of
    which it is unknown whether the set, known otherwise, holds them.
    """

    def __init__(
        self,
        kind: SymbolKind,
        known: Any,
        cases: Mapping[Any, Any] | None = None,
        term: Any = None,
        used: Names | None = None,
        missing: Names | None = None,
        open_: Mapping[str, Any] | None = None,
    ) -> None:
        self.kind: SymbolKind = kind
        self.known = known
        self.cases: Mapping[Any, Any] = cases or {}
        self.term = term
        self.used = Names() if used is None else used
        self.missing = Names() if missing is None else missing
        self.open_cases: Mapping[str, Any] = open_ or {}
        self._shown: Any = None

    @property
    def true(self) -> Any:
        """The condition under which a boolean is known to be true."""
        return self.cases.get(True, FALSE)

    @property
    def false(self) -> Any:
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
            self._shown = shown(self)
        return self._shown
