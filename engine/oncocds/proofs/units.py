"""What may change in a given patient, one thing at a time.

A fact is recorded, changed or added, a plan dropped, a list found to be complete.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import z3

from oncocds.profile.finding import SETS
from oncocds.profile.models import ITEM_LISTS
from oncocds.proofs.given import Given, place_of
from oncocds.proofs.recorded import name_of
from oncocds.proofs.terms import all_of, either_of, negation_of

UnitKind = Literal["complete", "record", "change", "add", "withdraw"]
_KINDS: tuple[UnitKind, ...] = ("complete", "record", "change", "add", "withdraw")


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing that may change: a fact, a code of a fact that holds several, a list, or a planned item as a whole.

    ``changed`` is the condition under which it differs from what is recorded.
    """

    kind: UnitKind
    path: str
    changed: Any
    code: str | None = None


def units_of(given: Given) -> list[Unit]:
    """Return what may change among the facts that were asked for, in the order in which changes are preferred.

    What is learnt goes before what changes, what is found before what a clinician asserts, and all in the order of the
    vocabulary.
    """
    fields = {name: number for number, name in enumerate(given.vocabulary.fields)}
    found = [*_lists(given), *_facts(given), *_plans(given)]

    def place(unit: Unit) -> tuple[int, bool, int, int, str]:
        field = given.vocabulary.fields.get(name_of(unit.path))
        item = place_of(unit.path)
        asserted = field is not None and field.world == "override"
        number = -1 if field is None else fields[field.name]
        return _KINDS.index(unit.kind), asserted, -1 if item is None else item[1], number, unit.code or ""

    return sorted(found, key=place)


def keeps_to(given: Given, units: list[Unit]) -> Iterator[Any]:
    """Yield what every changed patient keeps to, beside the axioms of any patient."""
    for path in given.paths():
        if given.was(path) is not None and not given.stays(path):
            yield from given.onward(path)
    fields: dict[tuple[str, int], list[Any]] = {}
    for unit in units:
        item = place_of(unit.path)
        if item is not None and unit.kind != "withdraw":
            fields.setdefault(item, []).append(unit.changed)
    for name, slot in given.places:
        present, changed = given.present(name, slot), fields.get((name, slot), [])
        if slot >= given.own[name]:
            yield z3.Implies(present, either_of(changed))
        elif changed:  # of a plan that is dropped nothing else changes
            yield either_of([present, negation_of(either_of(changed))])


def alike(given: Given, units: Sequence[Unit]) -> Iterator[Any]:
    """Yield the conditions that some units all change: these, and those that differ in which new item is which."""
    changed = {(unit.path, unit.code): unit.changed for unit in units_of(given)}
    for swapped in product((False, True), repeat=len(ITEM_LISTS)):
        swap: dict[str, bool] = dict(zip(ITEM_LISTS, swapped, strict=True))
        paths = [(_swapped(given, unit.path, swap), unit.code) for unit in units]
        if all(path in changed for path in paths):
            yield all_of(changed[path] for path in paths)


def _swapped(given: Given, path: str, swap: Mapping[str, bool]) -> str:
    """Return a path with the first two new items of its list in each other's place."""
    item = place_of(path)
    if item is None or not swap[item[0]]:
        return path
    name, slot = item
    first = given.own[name]
    other = {first: first + 1, first + 1: first}.get(slot, slot)
    return f"{name}[{other}]{path.partition(']')[2]}"


def _facts(given: Given) -> Iterator[Unit]:
    for path in given.paths():
        value, known = given.was(path), given.known(path, "before")
        item = place_of(path)
        if value is None:
            if not z3.is_false(known):
                yield Unit("add" if item is not None and item[1] >= given.own[item[0]] else "record", path, known)
        elif given.field(path).type == "codes":
            for code, inside in given.codes(path).items():
                if code not in value and not z3.is_false(inside):
                    yield Unit("change", path, inside, code)
        elif not given.stays(path):
            yield Unit("change", path, differs(given, path))


def differs(given: Given, path: str) -> Any:
    """Return the condition under which a recorded fact is another."""
    value, kind = given.was(path), given.field(path).type
    if kind == "code":
        return negation_of(given.codes(path)[value])
    if kind == "codes":  # none is taken away
        return either_of(inside for code, inside in given.codes(path).items() if code not in value)
    term = given.value(path)
    if given.kind(path) == "boolean":
        return negation_of(term) if value else term
    return term != given.constant(path, value)


def _lists(given: Given) -> Iterator[Unit]:
    for name in ITEM_LISTS:
        if getattr(given.profile, name) is None and given.asked(name):
            yield Unit("record", name, given.known(name, "before"))
    for name in given.profile.incomplete or ():
        if name in (*ITEM_LISTS, *SETS) and given.asked(name):
            yield Unit("complete", name, negation_of(given.incomplete(name, "before")))


def _plans(given: Given) -> Iterator[Unit]:
    for name, slot in given.places:
        if slot < given.own[name] and given.planned(name, slot):
            yield Unit("withdraw", f"{name}[{slot}]", negation_of(given.present(name, slot)))
