"""Derived facts over open symbols: taken from the Python functions themselves, by exploration."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import FunctionType, ModuleType
from typing import Any

from oncocds.algebra.codes import Among
from oncocds.algebra.symbols import Symbol, settled
from oncocds.exploration.exploring import Answers, explore
from oncocds.exploration.reading import Readings
from oncocds.profile.derived import DERIVED, EFFECTIVE
from oncocds.vocabulary.drug_classes import OTHER, drugs_by_classes
from oncocds.vocabulary.models import Vocabulary

_ROOMS = ("oncocds.profile.derived", "oncocds.profile.lists")


class Derivations:
    """Concludes symbols from symbols; what was concluded once is kept.

    ``written`` stands in the place of the functions (and modules) that derivations name, and of derivations themselves.
    """

    def __init__(self, symbol: type[Symbol], written: Mapping[Any, Any]) -> None:
        self._symbol = symbol
        self._written = dict(written)
        self._readings = Readings(self._in_place_of, self._finish)
        self._kept: dict[Any, tuple[Any, Any]] = {}

    def fact(self, facts: Any, name: str) -> Any:
        """Return a derived fact of the patient as a symbol; None for a fact that is recorded."""
        derive = DERIVED.get(name)
        return None if derive is None else self._symbol.whole(self.read(derive)(facts))

    def field(self, facts: Any, item: Any, field: str) -> Any:
        """Return a field of an item that a derivation completes; None for one that is recorded."""
        derive = EFFECTIVE.get(item.list, {}).get(field)
        return None if derive is None else self._symbol.whole(self.read(derive)(facts, item))

    def read(self, function: Any) -> Callable[..., Any]:
        """Return the reading of a function of the derivations: as it is written out, else explored."""
        return self._written[function] if function in self._written else self._readings.read(function)

    def once(self, function: Callable[..., Any], *given: Any, **named: Any) -> Any:
        """Return what a function says, explored on its own; once for the same arguments."""
        arguments = tuple(tuple(one) if isinstance(one, Iterator) else one for one in given)
        key = (_key(function), *map(_key, arguments), *((name, _key(value)) for name, value in named.items()))
        if key not in self._kept:
            ways = explore(lambda: settled(function(*arguments, **named), self._symbol))
            # What was given is kept, so that its identity stays its own.
            self._kept[key] = ((function, arguments, named), self.joined(ways))
        return self._kept[key][1]

    def joined(self, ways: list[tuple[Answers, Any]]) -> Any:
        """Return the outcomes of an exploration as one finding."""
        raise NotImplementedError

    def concluding(self, reading: Callable[..., Any]) -> Callable[..., Any]:
        """Return the reading of a function that returns a finding."""
        return lambda *given, **named: self.once(reading, *given, **named)

    def _finish(self, function: FunctionType, reading: Callable[..., Any]) -> Callable[..., Any]:
        return self.concluding(reading) if function.__annotations__.get("return") == "Finding" else reading

    def _in_place_of(self, value: Any) -> Any:
        """Return what a derivation sees where its module names something: readings for what it calls."""
        if type(value) is tuple and value and all(isinstance(one, str) for one in value):
            return Among(value)
        if isinstance(value, FunctionType | ModuleType) and value in self._written:
            return self._written[value]
        if not isinstance(value, FunctionType) or not value.__module__.startswith(_ROOMS):
            return value
        return self._readings.read(value)


def _key(value: Any) -> Any:
    kind = type(value)  # not isinstance: an open value is a str or a tuple, too
    if kind in (str, int, float, bool, type(None)):
        return kind, value
    if kind is FunctionType:  # made anew in every run, of the same code
        names, cells = id(value.__globals__), value.__closure__ or ()
        return id(value.__code__), names, *(_key(cell.cell_contents) for cell in cells)
    return tuple(map(_key, value)) if kind in (tuple, list, Among) else id(value)


def classes(facts: Any, item: Any) -> Any:
    """``medications.class``: the classes of a drug, or those recorded for an unlisted one with what they imply.

    It is written out, because what it does with sets would need a run per subset.
    """
    drug, recorded, some, none = map(item.recorded, ("drug", "class", "has_class", "not_class"))
    all_of, either_of, negation_of = drug.ring.all_of, drug.ring.either_of, drug.ring.negation_of
    other, implies = drug.cases["other"], facts.vocabulary.implied_classes
    listed = all_of([drug.known, negation_of(other)])
    partly = all_of([other, negation_of(recorded.known), either_of([some.known, none.known])])
    cases, open_ = {}, {}
    for name in recorded.cases:
        of_drug = either_of(drug.cases[code] for code, one in facts.vocabulary.drugs.items() if name in one.classes)
        implying = [one for one, implied in implies.items() if implied == name]
        said, has = (either_of([one.cases[name], *(one.cases[code] for code in implying)]) for one in (recorded, some))
        has_not = either_of([none.cases[name], *([none.cases[implies[name]]] if name in implies else [])])
        cases[name] = either_of([of_drug, all_of([other, recorded.known, said]), all_of([partly, has])])
        open_[name] = all_of([partly, negation_of(has), negation_of(has_not)])
    known = either_of([listed, all_of([other, recorded.known]), partly])
    whole = all_of([other, negation_of(partly)])
    missing = drug.names.union([drug.missing, recorded.missing.under(whole)])
    used = [drug.used.under(listed), recorded.used.under(other), *(one.used.under(partly) for one in (some, none))]
    return type(drug)("many", known, cases, None, drug.names.union(used), missing, open_)


def drug(facts: Any, item: Any) -> Any:
    """``medications.drug``: as recorded; what one that nobody knew may be, as far as its classes are told.

    It is written out for the same reason as ``classes``: there are hundreds of drugs.
    """
    named, *told = map(item.recorded, ("drug", "class", "has_class", "not_class"))
    all_of, either_of, negation_of = named.ring.all_of, named.ring.either_of, named.ring.negation_of
    other, (whole, some, none) = named.cases[OTHER], told
    open_: dict[str, Any] = {}
    for classes_, codes in drugs_by_classes(facts.vocabulary).items():
        lacking = [recorded for name, recorded in some.cases.items() if name not in classes_]
        excluded = either_of([*lacking, *(recorded for name, recorded in none.cases.items() if name in classes_)])
        may_be = all_of([other, negation_of(whole.known), negation_of(excluded)])
        open_ |= dict.fromkeys(sorted(codes), may_be)
    used = [named.used, *(one.used.under(other) for one in told)]
    joined = named.names.union(used)
    return type(named)("code", named.known, named.cases, None, joined, named.missing, open_, named.source)


def asked_once(vocabulary: Vocabulary) -> Vocabulary:
    """Return the vocabulary with groups of codes of which it is asked once whether an open code is among them."""
    value_sets = {
        name: replace(one, groups={group: Among(codes) for group, codes in one.groups.items()})
        for name, one in vocabulary.value_sets.items()
    }
    return replace(vocabulary, value_sets=value_sets)
