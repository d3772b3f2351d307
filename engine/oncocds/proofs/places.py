"""The possible items of a list as conditions ask for them: each may be there or not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import z3

from oncocds.algebra.conditions import Tri
from oncocds.proofs.terms import FALSE, TRUE, Names, all_of, either_of, negation_of, union

if TYPE_CHECKING:
    from oncocds.proofs.facts import OpenItem


class Places:
    """The places of a list, which is recorded where it is ``listed``."""

    def __init__(self, items: Sequence[OpenItem], listed: Any) -> None:
        self.items = items
        self._there = [all_of([listed, item.present]) for item in items]

    def _here(self, of: Sequence[Any]) -> list[Any]:
        return [all_of([there, one]) for there, one in zip(self._there, of, strict=True)]

    def some(self, of: Sequence[Any]) -> Any:
        """Return that some recorded item fulfils what is said of it."""
        return either_of(self._here(of))

    def every(self, of: Sequence[Any]) -> Any:
        """Return that no recorded item fails what is said of it."""
        return all_of(either_of([negation_of(there), one]) for there, one in zip(self._there, of, strict=True))

    def at_least(self, number: int, of: Sequence[Any]) -> Any:
        """Return that so many recorded items fulfil what is said of them."""
        return _at_least(number, self._here(of))

    def fewer(self, number: int, of: Sequence[Any]) -> Any:
        """Return that fewer recorded items fulfil what is said of them."""
        return negation_of(self.at_least(number, of))

    def names(self, of: Sequence[Names]) -> Names:
        """Return what is in some sets about recorded items."""
        return union(one.under(there) for there, one in zip(self._there, of, strict=True))

    def distinct(
        self,
        field: str,
        number: int,
        parts: Sequence[Tri[Any]],
        again: Callable[[Any], Tri[Any]],  # noqa: ARG002
    ) -> tuple[Any, Any, list[Names]]:
        """Return that the items have so many different codes, or fewer, and what is asked of each."""
        sure: dict[Any, list[Any]] = {}
        seen: dict[Any, list[Any]] = {}
        blank: list[Any] = []
        values = [item.finding(field) for item in self.items]
        true = self._here([part.true for part in parts])
        possible = self._here([negation_of(part.false) for part in parts])
        for value, certain, may_be in zip(values, true, possible, strict=True):
            if value.term is not None:
                raise TypeError(f"distinct values of '{field}' have no SMT reading; codes and booleans have")
            for one, when in value.cases.items():
                sure.setdefault(one, []).append(all_of([certain, when]))
                seen.setdefault(one, []).append(all_of([may_be, when]))
            blank.append(all_of([may_be, negation_of(value.known)]))
        missing: list[Names] = []
        for value, item, part, may_be in zip(values, self.items, parts, possible, strict=True):
            repeats = either_of(all_of([when, either_of(sure[one])]) for one, when in value.cases.items())
            adds = all_of([may_be, negation_of(all_of([negation_of(part.true), repeats]))])
            unknown = negation_of(value.known)
            own = value.missing if value.missing.conditions else Names({f"{item.path}.{field}": unknown})
            missing.append(union([part.missing.under(adds), own.under(all_of([adds, unknown]))]))
        enough = _at_least(number, [either_of(one) for one in sure.values()])
        most = [*(either_of(one) for one in seen.values()), *blank]
        return enough, negation_of(_at_least(number, most)), missing


def _at_least(number: int, terms: list[Any]) -> Any:
    if number <= 0:
        return TRUE
    if number > len(terms):
        return FALSE
    return either_of(terms) if number == 1 else z3.AtLeast(*terms, number)
