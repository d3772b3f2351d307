"""The items of a list as conditions ask for them: one that stands for any."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from oncocds.algebra.conditions import Tri
from oncocds.exploration.exploring import UnreadableError
from oncocds_cohort.columns import terms
from oncocds_cohort.columns.names import Names, path_of, union
from oncocds_cohort.columns.symbols import Symbol
from oncocds_cohort.columns.terms import Term, all_of, exists, negation_of

if TYPE_CHECKING:
    from oncocds_cohort.columns.facts import OpenItem


class StandIn:
    """An item that stands for any of its list."""

    def __init__(self, item: OpenItem) -> None:
        self.items = (item,)
        self._variable = item.variable

    def some(self, of: Sequence[Term]) -> Term:
        """Return that some recorded item fulfils what is said of it."""
        return exists(self._variable, of[0])

    def every(self, of: Sequence[Term]) -> Term:
        """Return that no recorded item fails what is said of it."""
        return negation_of(exists(self._variable, negation_of(of[0])))

    def at_least(self, number: int, of: Sequence[Term]) -> Term:
        """Return that so many recorded items fulfil what is said of them."""
        return terms.compared(">=", terms.count(self._variable, of[0]), number)

    def fewer(self, number: int, of: Sequence[Term]) -> Term:
        """Return that fewer recorded items fulfil what is said of them."""
        return terms.compared("<", terms.count(self._variable, of[0]), number)

    def names(self, of: Sequence[Names]) -> Names:
        """Return what is in some sets about recorded items; its paths name no item."""
        return of[0].of_any(self._variable)

    def distinct(
        self, field: str, number: int, parts: Sequence[Tri[Term]], again: Callable[[Any], Tri[Term]]
    ) -> tuple[Term, Term, list[Names]]:
        """Return that the items have so many different codes, or fewer, and what is asked of each."""
        item, part, variable = self.items[0], parts[0], self._variable
        value, name = item.finding(field), f"{item.list}.{field}"
        if not isinstance(value, Symbol) or value.kind != "code" or value.source is None:
            raise UnreadableError(f"distinct values of '{name}' are counted, which is no recorded code")
        possible, blank = negation_of(part.false), negation_of(value.known)
        nameless = terms.count(variable, all_of([possible, blank]))
        most = terms.arithmetic("+", terms.kinds(variable, possible, name), nameless)
        other = item.another()
        alike = terms.same("same", variable, name, other.variable, name)
        repeats = all_of([part.unknown, exists(other.variable, all_of([again(other).true, alike]))])
        adds = all_of([possible, negation_of(repeats)])
        own = Names({f"{path_of(variable)}.{field}": all_of([blank, negation_of(value.missing.some)])})
        lacking = union([value.missing, own]).under(all_of([adds, blank]))
        least = terms.kinds(variable, part.true, name)
        asked = union([part.missing.under(adds), lacking])
        return terms.compared(">=", least, number), terms.compared("<", most, number), [asked]
