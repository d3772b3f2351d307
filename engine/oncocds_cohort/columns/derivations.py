"""Derived facts as terms: taken from the Python functions themselves, by exploration.

Each function that returns a finding is run along every way its questions can be answered, for items that stand for any;
its ways are kept as questions that follow each other, and are one symbol from then on.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping
from types import FunctionType
from typing import Any

from oncocds.algebra import derivations
from oncocds.algebra.codes import Among
from oncocds.exploration.exploring import Answers, UnreadableError
from oncocds.profile import lists
from oncocds.profile.derived import medications
from oncocds.profile.finding import Finding
from oncocds_cohort.columns import walks
from oncocds_cohort.columns.facts import OpenFacts, OpenItem
from oncocds_cohort.columns.names import names_of
from oncocds_cohort.columns.symbols import KLEENE, Symbol
from oncocds_cohort.columns.terms import Term, choice, selected
from oncocds_cohort.columns.values import CALENDAR

_OF_LISTS = "absent whole any_item any_pair any_of_these resting_on tally number values"
_NATIVE: Mapping[Any, Any] = {
    **KLEENE.native,
    **{getattr(lists, name): getattr(walks, name) for name in _OF_LISTS.split()},
    lists.tally_once: walks.tally,
    datetime: CALENDAR,
}
Found = Finding | Symbol


class Derivations(derivations.Derivations):
    """Concludes symbols of columns."""

    def __init__(self) -> None:
        written = {medications.classes: derivations.classes, medications.drug: derivations.drug}
        super().__init__(Symbol, {**_NATIVE, **{of: self.concluding(one) for of, one in written.items()}})
        self._templates: dict[tuple[int, str], OpenItem] = {}

    def fact(self, facts: OpenFacts, name: str) -> Any:
        """Return a derived fact of the patient; None for a fact that is recorded. Raises ``UnreadableError``."""
        return _named(name, lambda: super(Derivations, self).fact(facts, name))

    def field(self, facts: OpenFacts, item: OpenItem, field: str) -> Any:
        """Return a field of an item that a derivation completes; None for one that is recorded."""
        return _named(f"{item.list}.{field}", lambda: super(Derivations, self).field(facts, item, field))

    def concluding(self, reading: Callable[..., Any]) -> Callable[..., Any]:
        """Return the reading of a function that returns a finding: of any items it says the same."""

        def read(*given: Any, **named: Any) -> Found:
            arguments = tuple(tuple(one) if isinstance(one, Iterator) else one for one in given)
            if not all(map(_plain, (*arguments, *named.values()))):
                return self.once(reading, *arguments, **named)  # type: ignore[no-any-return]
            stand_ins = tuple(self._stand_in(at, one) for at, one in enumerate(arguments))
            found: Found = self.once(reading, *stand_ins, **named)
            variables = {
                one.variable: other.variable
                for one, other in zip(stand_ins, arguments, strict=True)
                if isinstance(one, OpenItem) and isinstance(other, OpenItem) and one is not other
            }
            return _about(found, variables) if variables else found

        return read

    def joined(self, ways: list[tuple[Answers, Any]]) -> Found:
        """Return the outcomes of an exploration as one finding. Raises ``TypeError`` for values of several kinds."""
        root = _questions(ways, 0)
        if not isinstance(root, _Question):
            return root  # type: ignore[no-any-return]
        outcomes = list(_outcomes(root))
        return Symbol.one_of(outcomes, lambda of: _folded(root, of, choice), lambda of: _folded(root, of, _number))

    def _stand_in(self, place: int, argument: Any) -> Any:
        if not isinstance(argument, OpenItem):
            return argument
        key = (place, argument.list)
        if key not in self._templates:
            self._templates[key] = argument.standing_for(f"{argument.list}*{place}")
        return self._templates[key]


def _named(name: str, concluded: Callable[[], Any]) -> Any:
    """Return a derived fact. Raises ``UnreadableError`` with its name."""
    try:
        return concluded()
    except (UnreadableError, TypeError, KeyError, AttributeError) as error:
        raise UnreadableError(f"{name}: this derived fact cannot be read as columns: {error}") from error


def _plain(value: Any) -> bool:
    """Return whether a value says nothing of an item but what an item does that is given itself."""
    if isinstance(value, FunctionType):
        return all(
            _plain(cell.cell_contents) and type(cell.cell_contents) is not OpenItem for cell in value.__closure__ or ()
        )
    if type(value) is tuple:
        return all(type(one) is not OpenItem and _plain(one) for one in value)
    return type(value) in (str, int, float, bool, type(None), OpenFacts, OpenItem, Among)


def _about(found: Found, variables: Mapping[str, str]) -> Found:
    """Return the same of other items."""
    truth = isinstance(found, Finding) and isinstance(found.value, bool)
    symbol = None if truth else Symbol.of(found)
    if symbol is not None:
        return symbol.about(variables)
    done: dict[int, Term] = {}
    used, missing = (names_of(one).about(variables, done) for one in (found.used, found.missing))
    return Finding(found.value, used, missing)  # type: ignore[arg-type]


class _Question:
    """A question with what follows from either answer: another question, or an outcome."""

    def __init__(self, asked: Term, yes: Any, no: Any) -> None:
        self.asked, self.yes, self.no = asked, yes, no


def _questions(ways: list[tuple[Answers, Any]], depth: int) -> Any:
    if len(ways) == 1 and len(ways[0][0]) == depth:
        return ways[0][1]
    asked = ways[0][0][depth][0]
    yes, no = ([way for way in ways if way[0][depth][1] is answer] for answer in (True, False))
    return _Question(asked, _questions(yes, depth + 1), _questions(no, depth + 1))


def _outcomes(node: Any) -> Iterator[Any]:
    if isinstance(node, _Question):
        yield from _outcomes(node.yes)
        yield from _outcomes(node.no)
    else:
        yield node


def _folded(node: Any, of: Callable[[Any], Any], join: Callable[[Term, Any, Any], Any]) -> Any:
    """Return what is said of outcomes, joined at each question."""
    if isinstance(node, _Question):
        return join(node.asked, _folded(node.yes, of, join), _folded(node.no, of, join))
    return of(node)


def _number(asked: Term, yes: Term | None, no: Term | None) -> Term | None:
    if yes is None or no is None:
        return no if yes is None else yes
    return selected(asked, yes, no)
