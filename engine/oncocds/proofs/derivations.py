"""The SMT reading of derived facts: taken from the Python functions themselves, by exploration.

Each function that returns a finding is explored on its own, and its outcomes are one symbol from then on. A few are
written out here instead, because what they do with sets would need a run per subset; ``tests/test_proofs_derivations``
holds every one of them, explored or written, against the Python function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import FunctionType
from typing import Any, cast

import z3

from oncocds.exploration.exploring import explore
from oncocds.exploration.reading import Readings
from oncocds.profile import lists
from oncocds.profile.derived import DERIVED, EFFECTIVE, bone_agents, calcium, medications, metastases, renal
from oncocds.profile.finding import Finding
from oncocds.proofs import bone_agents as written_agents
from oncocds.proofs import lists as written_lists
from oncocds.proofs import oligometastases
from oncocds.proofs.combining import NATIVE, merged
from oncocds.proofs.facts import OpenFacts, OpenItem
from oncocds.proofs.recorded import severe_clearance_decided
from oncocds.proofs.symbols import Symbol
from oncocds.proofs.terms import TRUE, Names, all_of, answered, condition_of, either_of, negation_of, union
from oncocds.proofs.values import Among, CodeValue, SeveralValue

_OF_CLEARANCE = ("age", "sex", "weight", "labs.creatinine.value")
_ROOMS = ("oncocds.profile.derived", "oncocds.profile.lists")


class Derivations:
    """Concludes symbols from symbols; what was concluded once is kept.

    ``written`` are readings of functions that stand in the place of the usual ones.
    """

    def __init__(self, written: Mapping[Callable[..., Any], Callable[..., Symbol]] | None = None) -> None:
        self._written = {**_WRITTEN, **(written or {})}
        self._readings = Readings(self._in_place_of, _concluding)

    def fact(self, facts: OpenFacts, name: str) -> Symbol | None:
        """Return a derived fact of the patient; None for a fact that is recorded."""
        derive = DERIVED.get(name)
        return None if derive is None else _whole(self.read(derive)(facts))

    def field(self, facts: OpenFacts, item: OpenItem, field: str) -> Symbol | None:
        """Return a field of an item that a derivation completes; None for one that is recorded."""
        derive = EFFECTIVE.get(item.list, {}).get(field)
        return None if derive is None else _whole(self.read(derive)(facts, item))

    def read(self, function: Any) -> Callable[..., Any]:
        """Return the reading of a function of the derivations: as it is written out, else explored."""
        return self._written[function] if function in self._written else self._readings.read(function)

    def _in_place_of(self, value: Any) -> Any:
        """Return what a derivation sees where its module names something: readings for the functions it calls."""
        if _are_codes(value):
            return Among(value)
        if not isinstance(value, FunctionType):
            return value
        if value in NATIVE:
            return NATIVE[value]
        return self.read(value) if value.__module__.startswith(_ROOMS) else value


def _concluding(function: FunctionType, reading: Callable[..., Any]) -> Callable[..., Any]:
    return _kept(reading) if function.__annotations__.get("return") == "Finding" else reading


def _are_codes(value: Any) -> bool:
    return type(value) is tuple and bool(value) and all(isinstance(one, str) for one in value)


def _kept(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that is explored once for the same arguments."""
    results: dict[tuple[Any, ...], tuple[tuple[Any, ...], Any]] = {}

    def read(*given: Any, **named: Any) -> Any:
        arguments = tuple(tuple(one) if isinstance(one, Iterator) else one for one in given)
        key = (*map(_key, arguments), *((name, _key(value)) for name, value in named.items()))
        if key not in results:
            ways = explore(lambda: _settled(function(*arguments, **named)))
            found = merged([(condition_of(answers), outcome) for answers, outcome in ways])
            results[key] = (arguments, found)  # the arguments are kept, so that their identities stay theirs
        return results[key][1]

    return read


def _settled(found: Any) -> Any:
    """Return an outcome as this run settled it: a symbol found unknown has no kind, codes in a set are fixed."""
    if isinstance(found, Symbol) and answered(found.known) is False:
        used, missing = cast(Any, found.used), cast(Any, found.missing)
        return Finding(None, used, missing)
    codes = cast(Any, found).value if isinstance(found, Finding) else None
    if isinstance(codes, tuple) and not isinstance(codes, SeveralValue):
        fixed = tuple(one.fixed() if isinstance(one, CodeValue) else one for one in codes)
        return Finding(fixed, cast(Any, found).used)
    return found


def _key(value: Any) -> Any:
    kind = type(value)  # not isinstance: an open value is a str or a tuple, too
    if kind in (str, int, float, bool, type(None)):
        return value
    if kind is FunctionType:  # made anew in every run, of the same code
        return id(value.__code__), *(_key(cell.cell_contents) for cell in value.__closure__ or ())
    return tuple(map(_key, value)) if kind in (tuple, list) else id(value)


def _whole(found: Any) -> Symbol:
    if isinstance(found, Symbol):
        return found
    symbol = merged([(z3.BoolVal(True), found), (z3.BoolVal(False), found)])
    assert isinstance(symbol, Symbol)
    return symbol


def _classes(facts: OpenFacts, item: OpenItem) -> Symbol:
    """``medications.class``: the classes of a drug, or those recorded for an unlisted one with what they imply."""
    drug, recorded = item.finding("drug"), item.recorded("class")
    other, implies = drug.cases["other"], facts.vocabulary.implied_classes
    listed = all_of([drug.known, negation_of(other)])
    cases = {}
    for name in recorded.cases:
        of_vocabulary = [drug.cases[code] for code, one in facts.vocabulary.drugs.items() if name in one.classes]
        implying = [recorded.cases[one] for one, implied in implies.items() if implied == name]
        said = either_of([recorded.cases[name], *implying])
        cases[name] = either_of([*of_vocabulary, all_of([other, said])])
    some, none = item.recorded("has_class"), item.recorded("not_class")
    partly = all_of([other, negation_of(recorded.known), either_of([some.known, none.known])])
    open_ = {}
    for name in cases:
        implying = [some.cases[one] for one, implied in implies.items() if implied == name]
        has = either_of([some.cases[name], *implying])
        has_not = either_of([none.cases[name], *([none.cases[implies[name]]] if name in implies else [])])
        cases[name] = either_of([cases[name], all_of([partly, has])])
        open_[name] = all_of([partly, negation_of(has), negation_of(has_not)])
    known = either_of([listed, all_of([other, recorded.known]), partly])
    whole = all_of([other, negation_of(partly)])
    missing = union([drug.missing, recorded.missing.under(whole)])
    used = [drug.used.under(listed), recorded.used.under(other), *(one.used.under(partly) for one in (some, none))]
    return Symbol("many", known, cases, None, union(used), missing, open_)


def _low_clearance(facts: OpenFacts) -> Symbol:
    """Whether creatinine clearance is below the site's limit."""
    limit = facts.finding("policy.crcl_low")
    early = z3.Bool(f"clearance decided {facts.state}")
    if facts.state == "after":  # what was decided stays so, and what was not waits for more to be known
        before = z3.And(facts.source.known("policy.crcl_low", "before"), z3.Bool("clearance decided before"))
        early = _decided_later(facts, before, early, ("policy.crcl_low",))
    return _clearance(facts, z3.Bool("clearance is low"), early, limit.known, limit.missing)


def _severely_low_clearance(facts: OpenFacts) -> Symbol:
    """Whether creatinine clearance is below the figure of the drugs' labels."""
    early = z3.Bool(severe_clearance_decided(facts.state))
    if facts.state == "after":
        early = _decided_later(facts, z3.Bool(severe_clearance_decided("before")), early)
    return _clearance(facts, z3.Bool("clearance is severely low"), early, TRUE, Names())


def _decided_later(facts: OpenFacts, before: Any, after: Any, more: tuple[str, ...] = ()) -> Any:
    source = facts.source
    learnt = [
        all_of([source.known(name, "after"), negation_of(source.known(name, "before"))])
        for name in (*_OF_CLEARANCE, *more)
    ]
    return either_of([before, all_of([after, either_of(learnt)])])


def _clearance(facts: OpenFacts, low: Any, early: Any, limited: Any, limit_missing: Names) -> Symbol:
    """Return whether the clearance is low: its formula is a product, which stays uninterpreted.

    There is one clearance per patient. With all of it known it is compared with the limit; with some of it known best
    and worst case may decide (``early``), and never otherwise than the whole will.
    """
    age, sex, weight, creatinine = (facts.finding(name) for name in _OF_CLEARANCE)
    sexes = either_of([sex.cases["male"], sex.cases["female"]])
    whole = all_of([age.known, sexes, weight.known, creatinine.known])
    decided = all_of([limited, either_of([whole, early])])
    names = [
        union([*(part.missing for part in (age, weight, creatinine)), limit_missing]),
        Names({"sex": negation_of(sexes)}),
    ]
    missing = union(name.under(negation_of(decided)) for name in names)
    cases = {True: all_of([decided, low]), False: all_of([decided, z3.Not(low)])}
    return Symbol("boolean", decided, cases, None, Names(), missing)


def _taken_together(facts: OpenFacts) -> Symbol:
    """Whether calcium and albumin may be put together: days apart at most, or a date missing."""
    one, two = facts.finding("labs.calcium.date"), facts.finding("labs.albumin.date")
    most = int(facts.vocabulary.numbers["albumin_days_apart"].value)
    far = z3.Or(one.term - two.term > most, two.term - one.term > most)
    apart = all_of([one.known, two.known, far])
    return Symbol("boolean", TRUE, {True: negation_of(apart), False: apart})


_WRITTEN: Mapping[Callable[..., Any], Callable[..., Symbol]] = {
    bone_agents.stop_reason: written_agents.stop_reason,
    medications.classes: _classes,
    metastases.brain_oligometastases_new: oligometastases.brain_oligometastases_new,
    lists.any_item: _kept(written_lists.any_item),
    lists.any_pair: _kept(written_lists.any_pair),
    metastases.few_metastases: oligometastases.few_metastases,
    calcium.taken_together: _taken_together,
    renal.low_clearance: _low_clearance,
    renal.severely_low_clearance: _severely_low_clearance,
}
