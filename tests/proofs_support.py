"""Concrete patients against the SMT reading of the same patient."""

from __future__ import annotations

import datetime
import math
import operator
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import z3

from corpus import SCENARIOS
from oncocds.engine import load_bundled_or
from oncocds.profile.derived import DERIVED, EFFECTIVE
from oncocds.profile.facts import PatientFacts
from oncocds.profile.finding import SETS, Finding
from oncocds.profile.identity import identified
from oncocds.profile.made import models_of
from oncocds.profile.models import ITEM_LISTS, Profile
from oncocds.profile.policy import Policy
from oncocds.profile.reading import read_policy, read_profile
from oncocds.proofs.drugs import told_apart
from oncocds.proofs.patients import DAY_ZERO, raw_value
from oncocds.proofs.recorded import ELSEWHERE, Recorded
from oncocds.proofs.smt import Reading, Tri
from oncocds.proofs.symbols import Symbol

KNOWLEDGE = load_bundled_or(None)
VOCABULARY = KNOWLEDGE.vocabulary
sys.setrecursionlimit(20_000)
ITEMS = 3
RECORDED = {one["drug"] for case in SCENARIOS for one in case["patient"].get("medications") or () if "drug" in one}
RECORDED |= {
    one["drug"]
    for rule in KNOWLEDGE.rules.values()
    for example in rule.examples
    for one in example.given.get("medications") or ()
    if "drug" in one
}
TOLD_APART = told_apart(KNOWLEDGE, ITEMS, RECORDED)
DISPLAYED_ONLY = {"derived.prior_radiotherapy_sites"}  # no rule reads it


def everything_read(items: int = ITEMS) -> Reading:
    """The reading of all rules, derived facts and completed fields."""
    reading = Reading(Recorded(TOLD_APART, dict.fromkeys(ITEM_LISTS, items)), KNOWLEDGE)
    facts = reading.facts()
    for fact in DERIVED.keys() - DISPLAYED_ONLY:
        facts.finding(fact)
    for name, fields in EFFECTIVE.items():
        for item in facts.slots[name]:
            for field in fields:
                item.finding(field)
    for rule in KNOWLEDGE.conditions:
        reading.rule(rule)
    return reading


READING = everything_read()


def short_enough(patient: dict[str, Any]) -> bool:
    return all(len(patient.get(name) or ()) <= ITEMS for name in ITEM_LISTS)


def facts_of(patient: dict[str, Any], policy: dict[str, Any]) -> PatientFacts:
    profile = identified(read_profile(patient, VOCABULARY))
    return PatientFacts(profile, read_policy(policy, VOCABULARY), VOCABULARY, datetime.date(2026, 1, 1))


OPERATIONS: dict[int, Callable[..., Any]] = {
    z3.Z3_OP_NOT: operator.not_,
    z3.Z3_OP_EQ: operator.eq,
    z3.Z3_OP_IMPLIES: lambda one, two: not one or two,
    z3.Z3_OP_LE: operator.le,
    z3.Z3_OP_LT: operator.lt,
    z3.Z3_OP_GE: operator.ge,
    z3.Z3_OP_GT: operator.gt,
    z3.Z3_OP_ULEQ: operator.le,
    z3.Z3_OP_ADD: lambda *parts: sum(parts),
    z3.Z3_OP_SUB: lambda one, *others: one - sum(others),
    z3.Z3_OP_MUL: lambda *parts: math.prod(parts),
    z3.Z3_OP_DIV: lambda one, two: Fraction(one) / two if two else Fraction(0),
    z3.Z3_OP_UMINUS: operator.neg,
    z3.Z3_OP_TO_REAL: Fraction,
}


def variables(term: Any) -> set[str]:
    if term.num_args() == 0:
        return {term.decl().name()} if term.decl().kind() == z3.Z3_OP_UNINTERPRETED else set()
    return set().union(*map(variables, term.children()))


Evaluator = Callable[[Callable[["Node"], Any], dict[str, Any]], Any]


@dataclass(frozen=True)
class Node:
    """A term in plain Python: z3 would walk its shared parts again and again."""

    key: int
    term: Any  # kept, so that its key stays its own
    evaluate: Evaluator


_NODES: dict[int, Node] = {}


def node(term: Any) -> Node:
    key = term.get_id()
    if key not in _NODES:
        _NODES[key] = Node(key, term, _evaluator(term))
    return _NODES[key]


def _evaluator(term: Any) -> Evaluator:
    kind, children = term.decl().kind(), tuple(node(child) for child in term.children())
    if kind == z3.Z3_OP_UNINTERPRETED:
        name, default = term.decl().name(), False if z3.is_bool(term) else 0
        return lambda _, values: values.get(name, default)
    if not children:
        constant: Any = kind == z3.Z3_OP_TRUE
        if kind in (z3.Z3_OP_ANUM, z3.Z3_OP_BNUM):
            constant = Fraction(str(term)) if kind == z3.Z3_OP_ANUM else term.as_long()
        return lambda *_: constant
    if kind == z3.Z3_OP_AND:
        return lambda value, _: all(map(value, children))
    if kind == z3.Z3_OP_OR:
        return lambda value, _: any(map(value, children))
    if kind == z3.Z3_OP_ITE:
        return lambda value, _: value(children[1 if value(children[0]) else 2])
    if kind == z3.Z3_OP_PB_AT_LEAST:
        least = term.decl().params()[0]
        return lambda value, _: sum(map(value, children)) >= least
    operation = OPERATIONS[kind]
    return lambda value, _: operation(*map(value, children))


AXIOMS = [
    (axiom, {name for name in variables(axiom) if not name.endswith(("?", "]"))}) for axiom in READING.recorded.axioms
]


class Modelled:
    """The model of one concrete patient: what the SMT reading says of him."""

    def __init__(self, patient: dict[str, Any], policy: dict[str, Any]) -> None:
        profile = facts_of(patient, policy).sent  # with what its history says filled in, as every reading has it
        pins = pinned(profile, read_policy(policy, VOCABULARY), READING.recorded)
        self._values: dict[str, Any] = {variable.decl().name(): value for variable, value in pins}
        self._found: dict[int, Any] = {}
        for axiom, read in AXIOMS:
            # What is not recorded has no value here, so that what an axiom says of its range is empty.
            if read <= self._values.keys():
                assert self.holds(axiom), f"an accepted profile breaks {axiom}"

    def holds(self, term: Any) -> bool:
        found = self._eval(term)
        assert isinstance(found, bool)
        return found

    def _eval(self, term: Any) -> Any:
        return self._valued(node(term))

    def _valued(self, one: Node) -> Any:
        found = self._found.get(one.key)
        if found is None:
            found = self._found[one.key] = one.evaluate(self._valued, self._values)
        return found

    def truth(self, tri: Tri) -> bool | None:
        true, false = self.holds(tri.true), self.holds(tri.false)
        assert not (true and false)
        return True if true else False if false else None

    def missing(self, found: Symbol | Tri) -> set[str]:
        return {name for name, condition in found.missing.conditions.items() if self.holds(condition)}

    def value(self, symbol: Symbol) -> Any:
        if not self.holds(symbol.known):
            return None
        if symbol.kind == "many":
            return {code for code, inside in symbol.cases.items() if self.holds(inside)}
        if symbol.cases:
            (value,) = [value for value, when in symbol.cases.items() if self.holds(when)]
            return value
        return "some number"


def concrete(finding: Finding, kind: str) -> Any:
    if finding.value is None:
        return None
    if kind == "many":
        assert isinstance(finding.value, tuple)
        return set(finding.value)
    return "some number" if kind in ("number", "text") else finding.value


def renamed(path: str, facts: PatientFacts) -> str:
    """A path with the item's place for its id, as the open patient names it."""
    name, bracket, rest = path.partition("[")
    if not bracket:
        return path
    identity, _, field = rest.partition("]")
    places = [item.id for item in facts.items(name) or ()]
    return f"{name}[{places.index(identity)}]{field}"


def pinned(profile: Profile, policy: Policy, recorded: Recorded) -> Iterator[tuple[Any, bool | int | Fraction]]:
    """Yield every variable there is so far with what a profile says of it: the model that the profile stands for.

    The profile is identified (its items in order of their ids), and no list is longer than the open patient's. A value
    that is not recorded is left out.
    """
    texts: dict[str, int] = {}
    for name in ITEM_LISTS:
        items = getattr(profile, name)
        yield recorded.known(name, "before"), items is not None
        yield recorded.incomplete(name, "before"), name in (profile.incomplete or ())
        for slot in range(recorded.items[name]):
            yield recorded.present(name, slot), slot < len(items or ())
    for name in (*SETS, *models_of(recorded.vocabulary).closed):
        yield recorded.incomplete(name, "before"), name in (profile.incomplete or ())
    for path in recorded.paths():
        value = raw_value(profile, policy, path, recorded.vocabulary)
        yield recorded.known(path, "before"), value is not None
        if value is not None:
            yield from _pinned(recorded, path, value, texts)
            if path.endswith(".targets"):
                ids = [lesion.id for lesion in profile.lesions or ()]
                named = {str(ids.index(one)) if one in ids else ELSEWHERE for one in value}
                yield from ((aimed, place in named) for place, aimed in recorded.targets(path).items())


def _pinned(
    recorded: Recorded, path: str, value: Any, texts: dict[str, int]
) -> Iterator[tuple[Any, bool | int | Fraction]]:
    kind = recorded.kind(path)
    if kind == "code":
        yield recorded.raw(path), list(recorded.codes(path)).index(value)
    elif kind == "codes":
        yield from ((inside, code in value) for code, inside in recorded.codes(path).items())
    elif kind == "text":
        yield recorded.raw(path), texts.setdefault(value.casefold(), len(texts))
    elif kind == "date":
        yield recorded.raw(path), (datetime.date.fromisoformat(value) - DAY_ZERO).days
    elif kind in ("number", "integer"):
        yield recorded.raw(path), Fraction(repr(value))
    elif kind == "boolean":
        yield recorded.raw(path), bool(value)
