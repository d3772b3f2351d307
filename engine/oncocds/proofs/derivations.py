"""The SMT reading of derived facts: taken from the Python functions themselves, by exploration.

Each function that returns a finding is explored on its own, and its outcomes are one symbol from then on. A few are
written out here instead, because what they do with sets would need a run per subset; ``tests/test_proofs_derivations``
holds every one of them, explored or written, against the Python function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import CodeType, FunctionType
from typing import Any, cast

import z3

from oncocds.profile import lists
from oncocds.profile.derived import DERIVED, EFFECTIVE, bone_agents, calcium, medications, metastases, renal
from oncocds.profile.finding import Finding
from oncocds.proofs import bone_agents as written_agents
from oncocds.proofs import lists as written_lists
from oncocds.proofs import oligometastases
from oncocds.proofs.combining import NATIVE, merged
from oncocds.proofs.exploration import current, explore
from oncocds.proofs.facts import OpenFacts, OpenItem, severe_clearance_decided
from oncocds.proofs.symbols import Symbol
from oncocds.proofs.terms import TRUE, Names, all_of, either_of, negation_of, union
from oncocds.proofs.values import Among, CodeValue, SeveralValue

_ROOMS = ("oncocds.profile.derived", "oncocds.profile.lists")


class Derivations:
    """Concludes symbols from symbols; what was concluded once is kept.

    ``written`` are readings of functions that stand in the place of the usual ones.
    """

    def __init__(self, written: Mapping[Callable[..., Any], Callable[..., Symbol]] | None = None) -> None:
        self._written = {**_WRITTEN, **(written or {})}
        self._globals: dict[str, dict[str, Any]] = {}
        self._made: dict[FunctionType, Callable[..., Any]] = {}

    def fact(self, facts: OpenFacts, name: str) -> Symbol | None:
        """Return a derived fact of the patient; None for a fact that is recorded."""
        derive = DERIVED.get(name)
        return None if derive is None else _whole(self._read(derive)(facts))

    def field(self, facts: OpenFacts, item: OpenItem, field: str) -> Symbol | None:
        """Return a field of an item that a derivation completes; None for one that is recorded."""
        derive = EFFECTIVE.get(item.list, {}).get(field)
        return None if derive is None else _whole(self._read(derive)(facts, item))

    def _read(self, function: Any) -> Callable[..., Any]:
        if function in self._written:
            return self._written[function]
        made = self._made.get(function)
        if made is None:
            copy = FunctionType(
                _asking_once(function.__code__),
                self._globals_of(function),
                function.__name__,
                function.__defaults__,
                function.__closure__,
            )
            copy.__kwdefaults__ = function.__kwdefaults__
            concludes = function.__annotations__.get("return") == "Finding"
            made = self._made[function] = _kept(copy) if concludes else copy
        return made

    def _globals_of(self, function: Any) -> dict[str, Any]:
        """Return the names a derivation sees, with readings in the place of the functions it calls."""
        name = function.__module__
        found = self._globals.get(name)
        if found is None:
            found = self._globals[name] = dict(function.__globals__)
            for other, value in list(found.items()):
                if _are_codes(value):
                    found[other] = Among(value)
                elif not isinstance(value, FunctionType):
                    continue
                elif value in NATIVE:
                    found[other] = NATIVE[value]
                elif value.__module__.startswith(_ROOMS):
                    found[other] = self._read(value)
        return found


def _are_codes(value: Any) -> bool:
    return type(value) is tuple and bool(value) and all(isinstance(one, str) for one in value)


def _asking_once(code: CodeType) -> CodeType:
    """Return a function's code with its constant sets of codes as sets that ask once."""
    constants = tuple(
        _asking_once(one) if isinstance(one, CodeType) else Among(one) if _are_codes(one) else one
        for one in code.co_consts
    )
    return code.replace(co_consts=constants)


def _kept(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that is explored once for the same arguments."""
    results: dict[tuple[Any, ...], tuple[tuple[Any, ...], Any]] = {}

    def read(*given: Any, **named: Any) -> Any:
        arguments = tuple(tuple(one) if isinstance(one, Iterator) else one for one in given)
        key = (*map(_key, arguments), *((name, _key(value)) for name, value in named.items()))
        if key not in results:
            found = merged(explore(lambda: _settled(function(*arguments, **named))))
            results[key] = (arguments, found)  # the arguments are kept, so that their identities stay theirs
        return results[key][1]

    return read


def _settled(found: Any) -> Any:
    """Return an outcome as this run settled it: a symbol found unknown has no kind, codes in a set are fixed."""
    if isinstance(found, Symbol) and current().answered(found.known) is False:
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
    decided: list[Any] = [z3.Bool(f"clearance decided {facts.state}")]
    if facts.state == "after":  # what was decided stays so
        decided.append(z3.And(facts.source.known("policy.crcl_low", "before"), z3.Bool("clearance decided before")))
    return _clearance(facts, z3.Bool("clearance is low"), either_of(decided), limit.known, limit.missing)


def _severely_low_clearance(facts: OpenFacts) -> Symbol:
    """Whether creatinine clearance is below the figure of the drugs' labels."""
    decided: list[Any] = [z3.Bool(severe_clearance_decided(facts.state))]
    if facts.state == "after":
        decided.append(z3.Bool(severe_clearance_decided("before")))
    return _clearance(facts, z3.Bool("clearance is severely low"), either_of(decided), TRUE, Names())


def _clearance(facts: OpenFacts, low: Any, early: Any, limited: Any, limit_missing: Names) -> Symbol:
    """Return whether the clearance is low: its formula is a product, which stays uninterpreted.

    There is one clearance per patient. With all of it known it is compared with the limit; with some of it known best
    and worst case may decide (``early``), and never otherwise than the whole will.
    """
    age, sex, weight, creatinine = (facts.finding(name) for name in ("age", "sex", "weight", "labs.creatinine.value"))
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
