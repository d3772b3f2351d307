"""Derived facts as terms: taken from the Python functions themselves, by exploration.

Each function that returns a finding is run along every way its questions can be answered, for items that stand for any;
its ways are kept as questions that follow each other, and are one symbol from then on. One function is written out
here, because what it does with sets would need a run per subset.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping
from types import FunctionType
from typing import Any, cast

from oncocds.exploration.exploring import Answers, UnreadableError, explore
from oncocds.exploration.reading import Readings
from oncocds.profile import lists
from oncocds.profile.derived import DERIVED, EFFECTIVE, medications
from oncocds.profile.finding import Finding
from oncocds_cohort.columns import kleene, walks
from oncocds_cohort.columns.facts import OpenFacts, OpenItem
from oncocds_cohort.columns.names import Names, answered, names_of, union
from oncocds_cohort.columns.symbols import Symbol, SymbolKind, symbol_of
from oncocds_cohort.columns.terms import FALSE, Term, all_of, choice, either_of, is_among, negation_of, selected
from oncocds_cohort.columns.values import CALENDAR, Among, CodeValue, SeveralValue, TargetIds

_ROOMS = ("oncocds.profile.derived", "oncocds.profile.lists")
_NATIVE: Mapping[Any, Any] = {
    **kleene.NATIVE,
    **{getattr(lists, name): getattr(walks, name) for name in ("absent", "whole", "any_item", "any_pair", "tally")},
    **{getattr(lists, name): getattr(walks, name) for name in ("any_of_these", "resting_on", "number", "values")},
    lists.tally_once: walks.tally,
}
Found = Finding | Symbol


class Derivations:
    """Concludes symbols from symbols; what was concluded once is kept."""

    def __init__(self) -> None:
        self._readings = Readings(self._in_place_of, self._concluding)
        self._kept: dict[tuple[Any, ...], tuple[tuple[Any, ...], Found]] = {}
        self._templates: dict[tuple[int, str], OpenItem] = {}

    def fact(self, facts: OpenFacts, name: str) -> Symbol | None:
        """Return a derived fact of the patient; None for a fact that is recorded. Raises ``UnreadableError``."""
        derive = DERIVED.get(name)
        return None if derive is None else _named(name, lambda: self._read(derive)(facts))

    def field(self, facts: OpenFacts, item: OpenItem, field: str) -> Symbol | None:
        """Return a field of an item that a derivation completes; None for one that is recorded."""
        derive = EFFECTIVE.get(item.list, {}).get(field)
        return None if derive is None else _named(f"{item.list}.{field}", lambda: self._read(derive)(facts, item))

    def explored(self, function: Callable[..., Found], *items: OpenItem) -> Found:
        """Return what a function says of items, explored on its own."""
        return self._once(function, items, {})

    def _read(self, function: Any) -> Callable[..., Any]:
        return (
            self._concluding(_classes, _classes) if function is medications.classes else self._readings.read(function)
        )

    def _in_place_of(self, value: Any) -> Any:
        """Return what a derivation sees where its module names something: readings for what it calls."""
        if value is datetime:
            return CALENDAR
        if type(value) is tuple and value and all(isinstance(one, str) for one in value):
            return Among(value)
        if not isinstance(value, FunctionType):
            return value
        if value in _NATIVE:
            return _NATIVE[value]
        return self._read(value) if value.__module__.startswith(_ROOMS) else value

    def _concluding(
        self, function: FunctionType | Callable[..., Any], reading: Callable[..., Any]
    ) -> Callable[..., Any]:
        if function.__annotations__.get("return") != "Finding":
            return reading

        def read(*given: Any, **named: Any) -> Found:
            arguments = tuple(tuple(one) if isinstance(one, Iterator) else one for one in given)
            if not all(map(_plain, (*arguments, *named.values()))):
                return self._once(reading, arguments, named)
            # Of any items it says the same: it is explored for some that stand for them.
            stand_ins = tuple(self._stand_in(at, one) for at, one in enumerate(arguments))
            found = self._once(reading, stand_ins, named)
            variables = {
                one.variable: other.variable
                for one, other in zip(stand_ins, arguments, strict=True)
                if isinstance(one, OpenItem) and isinstance(other, OpenItem) and one is not other
            }
            if not variables:
                return found
            return found.about(variables) if isinstance(found, Symbol) else _about(found, variables)

        return read

    def _stand_in(self, place: int, argument: Any) -> Any:
        if not isinstance(argument, OpenItem):
            return argument
        key = (place, argument.list)
        if key not in self._templates:
            self._templates[key] = argument.standing_for(f"{argument.list}*{place}")
        return self._templates[key]

    def _once(self, function: Callable[..., Any], arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Found:
        key = (_key(function), *map(_key, arguments), *((name, _key(value)) for name, value in named.items()))
        if key not in self._kept:
            ways = explore(lambda: _settled(function(*arguments, **named)))
            found = _folded(_questions(ways, 0))
            self._kept[key] = ((function, *arguments, *named.values()), found)  # kept, so that identities stay theirs
        return self._kept[key][1]


def _named(name: str, concluded: Callable[[], Found]) -> Symbol:
    """Return a derived fact. Raises ``UnreadableError`` with its name."""
    try:
        found = symbol_of(concluded()) or Symbol("boolean", FALSE)
    except (UnreadableError, TypeError, KeyError, AttributeError) as error:
        raise UnreadableError(f"{name}: this derived fact cannot be read as columns: {error}") from error
    return found


def _plain(value: Any) -> bool:
    """Return whether a value says nothing of an item but what an item does that is given itself."""
    if isinstance(value, FunctionType):
        return all(
            _plain(cell.cell_contents) and type(cell.cell_contents) is not OpenItem for cell in value.__closure__ or ()
        )
    if type(value) is tuple:
        return all(type(one) is not OpenItem and _plain(one) for one in value)
    return type(value) in (str, int, float, bool, type(None), OpenFacts, OpenItem, Among)


def _key(value: Any) -> Any:
    kind = type(value)  # not isinstance: an open value is a str or a tuple, too
    if kind in (str, int, float, bool, type(None)):
        return kind, value
    if kind is FunctionType:  # made anew in every run, of the same code
        return (
            id(value.__code__),
            id(value.__globals__),
            *(_key(cell.cell_contents) for cell in value.__closure__ or ()),
        )
    return tuple(map(_key, value)) if kind in (tuple, list, Among) else id(value)


def _about(found: Finding, variables: Mapping[str, str]) -> Finding:
    done: dict[int, Term] = {}
    used, missing = (names_of(one).about(variables, done) for one in (found.used, found.missing))
    value: Any = found.value
    if value is not None and not isinstance(value, bool):
        symbol = symbol_of(found)
        assert symbol is not None
        return symbol.about(variables)  # type: ignore[return-value]
    return Finding(value, used, missing)  # type: ignore[arg-type]


def _settled(found: Any) -> Any:
    """Return an outcome as this run settled it: a symbol found unknown has no kind, codes in a set are fixed."""
    if isinstance(found, Symbol) and answered(found.known) is False:
        return Finding(None, found.used, found.missing)  # type: ignore[arg-type]
    codes = found.value if isinstance(found, Finding) else None
    if isinstance(codes, tuple) and not isinstance(codes, SeveralValue | TargetIds):
        fixed = tuple(one.fixed() if isinstance(one, CodeValue) else one for one in codes)
        return Finding(fixed, cast(Any, found).used)
    return found


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


def _folded(root: Any) -> Found:
    """Return the outcomes of questions as one symbol: which one holds is told by the questions, one after another.

    Raises ``TypeError`` for values of several kinds at once.
    """
    if not isinstance(root, _Question):
        return root  # type: ignore[no-any-return]
    outcomes = list(_outcomes(root))
    symbols = {id(one): symbol_of(one) for one in outcomes}
    known = [one for one in symbols.values() if one is not None]
    kinds: set[SymbolKind] = {one.kind for one in known}
    if kinds in ({"boolean", "code"}, {"number", "whole"}):
        kinds = {"code"} if "code" in kinds else {"number"}
    if len(kinds) > 1:
        raise TypeError(f"values of several kinds: {', '.join(sorted(kinds))}")
    kind: SymbolKind = kinds.pop() if kinds else "boolean"

    def fold(node: Any, of: Callable[[Any], Term], join: Callable[[Term, Term, Term], Term] = choice) -> Term:
        if isinstance(node, _Question):
            return join(node.asked, fold(node.yes, of, join), fold(node.no, of, join))
        return of(node)

    def case(value: Any, *, open_: bool = False) -> Term:
        def of(outcome: Any) -> Term:
            symbol = symbols[id(outcome)]
            if symbol is None:
                return FALSE
            return (symbol.open_cases if open_ else symbol.cases).get(value, FALSE)

        return fold(root, of)

    def names(of: str) -> Names:
        every = dict.fromkeys(name for one in outcomes for name in names_of(getattr(one, of)).conditions)
        return union(
            Names({name: fold(root, lambda one: names_of(getattr(one, of)).conditions.get(name, FALSE))})  # noqa: B023
            for name in every
        )

    def known_of(outcome: Any) -> Term:
        symbol = symbols[id(outcome)]
        return FALSE if symbol is None else symbol.known

    values = (True, False) if kind == "boolean" else dict.fromkeys(value for one in known for value in one.cases)
    open_codes = dict.fromkeys(code for one in known for code in one.open_cases)
    return Symbol(
        kind,
        fold(root, known_of),
        {value: case(value) for value in values},
        _number(root, symbols),
        names("used"),
        names("missing"),
        {code: case(code, open_=True) for code in open_codes},
    )


def _number(node: Any, symbols: Mapping[int, Symbol | None]) -> Term | None:
    if not isinstance(node, _Question):
        symbol = symbols[id(node)]
        return None if symbol is None else symbol.term
    yes, no = _number(node.yes, symbols), _number(node.no, symbols)
    if yes is None or no is None:
        return no if yes is None else yes
    return selected(node.asked, yes, no)


def _classes(facts: OpenFacts, item: OpenItem) -> Finding:
    """``medications.class``: the classes of a drug, or those recorded for an unlisted one with what they imply."""
    drug, recorded = item.recorded("drug"), item.recorded("class")
    some, none = item.recorded("has_class"), item.recorded("not_class")
    other, implies = drug.cases["other"], facts.vocabulary.implied_classes
    listed = all_of([drug.known, negation_of(other)])
    partly = all_of([other, negation_of(recorded.known), either_of([some.known, none.known])])
    cases: dict[str, Term] = {}
    open_: dict[str, Term] = {}
    for name in recorded.cases:
        codes = [code for code, one in facts.vocabulary.drugs.items() if name in one.classes]
        implying = [one for one, implied in implies.items() if implied == name]
        said, has = (either_of([one.cases[name], *(one.cases[code] for code in implying)]) for one in (recorded, some))
        has_not = either_of([none.cases[name], *([none.cases[implies[name]]] if name in implies else [])])
        of_drug = is_among(item.variable, "medications.drug", codes)
        cases[name] = either_of([of_drug, all_of([other, recorded.known, said]), all_of([partly, has])])
        open_[name] = all_of([partly, negation_of(has), negation_of(has_not)])
    known = either_of([listed, all_of([other, recorded.known]), partly])
    whole = all_of([other, negation_of(partly)])
    missing = union([drug.missing, recorded.missing.under(whole)])
    used = [drug.used.under(listed), recorded.used.under(other), *(one.used.under(partly) for one in (some, none))]
    return Symbol("many", known, cases, None, union(used), missing, open_)  # type: ignore[return-value]
