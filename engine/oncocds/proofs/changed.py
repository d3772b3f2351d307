"""The values of changes, the changed patient as a profile, and the changes as they are told."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import z3

from oncocds.profile.models import ITEM_LISTS
from oncocds.proofs.figures import Figures, Limits
from oncocds.proofs.given import Given, place_of
from oncocds.proofs.patients import Plain
from oncocds.proofs.recorded import ELSEWHERE
from oncocds.proofs.search import Search
from oncocds.proofs.terms import all_of
from oncocds.proofs.units import Unit, UnitKind

ANY_TEXT = "…"


@dataclass(frozen=True, slots=True)
class Change:
    """One change as it is told: of a fact by its public path, of a list, or of an item as a whole.

    ``to`` is the new value, and the fields of an item that is added; numbers are in ``unit``, between ``limits``,
    and any other will do as well where ``free``.
    """

    kind: UnitKind
    path: str
    was: Any
    to: Any
    unit: str | None = None
    limits: Limits = (None, None)
    free: bool = False


@dataclass(frozen=True, slots=True)
class Valued:
    """A unit that changes, with its value as a caller would send it, and the condition that it has this value."""

    unit: Unit
    term: Any
    was: Any = None
    to: Any = None
    measure: str | None = None
    limits: Limits = (None, None)
    free: bool = False


def valued(given: Given, search: Search, units: Sequence[Unit], today: datetime.date) -> list[Valued]:
    """Fix the values of changes one after the other, the first that will do in the order of the vocabulary.

    Raises ``NoPlainNumberError`` where a number has none that can be told.
    """
    figures = Figures(given, search, today)
    plain: dict[Unit, tuple[Any, Any]] = {}
    numbers = [unit for unit in units if _is_figure(given, unit)]
    for unit in [unit for unit in units if unit not in numbers]:
        plain[unit] = _first(given, search, unit)
    for unit in numbers:
        plain[unit] = figures.choose(unit.path)
    found = []
    for unit in units:
        term, to = plain[unit]
        was = None if _is_whole(unit) else given.was(unit.path)
        if unit not in numbers or given.kind(unit.path) == "date":
            found.append(Valued(unit, term, was, to))
        else:
            measured = (figures.unit(unit.path), figures.limits(unit.path))
            free = unit.path in figures.free
            found.append(Valued(unit, term, figures.recorded(unit.path), to, *measured, free))
    return found


def _is_whole(unit: Unit) -> bool:
    """Return whether a unit is a list or a set as such, or an item as a whole: it has no value of its own."""
    return unit.kind in ("withdraw", "complete") or unit.path in ITEM_LISTS


def _is_figure(given: Given, unit: Unit) -> bool:
    of_fact = not _is_whole(unit) and unit.code is None
    return of_fact and given.kind(unit.path) in ("number", "integer", "date")


def _first(given: Given, search: Search, unit: Unit) -> tuple[Any, Any]:
    """Fix the first value that will do; return the condition of it and the value."""
    if _is_whole(unit):
        return unit.changed, [] if unit.kind == "record" else None
    if unit.code is not None:
        return unit.changed, unit.code
    path, kind = unit.path, given.kind(unit.path)
    if kind == "text":
        return unit.changed, ANY_TEXT
    if kind == "boolean":
        true = _fixed(search, given.value(path), z3.Not(given.value(path)))
        return given.value(path) == true, true
    if kind == "code":
        for code, here in given.codes(path).items():
            if search.possible(here):
                search.fix(here)
                return here, code
        raise AssertionError(f"a changed fact without a value: {path}")
    members = given.targets(path) if kind == "texts" else given.codes(path)
    # The last are given up first, so that the first of those that will do is left.
    needed = {code for code, inside in reversed(list(members.items())) if not _fixed(search, z3.Not(inside), inside)}
    found = [code for code in members if code in needed]
    return all_of(members[code] for code in found), found


def _fixed(search: Search, preferred: Any, other: Any) -> bool:
    """Fix the preferred of two conditions where that is possible, else the other; return whether it was."""
    possible = search.possible(preferred)
    search.fix(preferred if possible else other)
    return possible


def changed_profile(given: Given, values: Sequence[Valued]) -> tuple[Plain, list[Change]]:
    """Return the changed patient as a profile, and the changes; those of one new item, or one set, are one change."""
    profile: Plain = given.profile.model_dump(mode="json", by_alias=True, exclude_none=True)
    ids = Ids(given)
    told: dict[str, Change] = {}
    filled = {place[0] for value in values if value.unit.kind == "add" and (place := place_of(value.unit.path))}
    for value in values:
        if value.unit.kind == "record" and value.unit.path in filled:  # a list that is recorded with its first item
            continue
        change = _change(value, ids)
        before = told.get(change.path)
        if before is not None:
            both = {**before.to, **change.to} if isinstance(before.to, dict) else [*before.to, *change.to[-1:]]
            change = Change(before.kind, before.path, before.was, both, before.unit, before.limits)
        told[change.path] = change
    gone: list[tuple[str, int]] = []
    for value in values:
        _apply(profile, value, ids, gone)
    for name, slot in sorted(gone, reverse=True):
        del profile[name][slot]
    return profile, list(told.values())


class Ids:
    """The ids of items by place; new ones are called so."""

    def __init__(self, given: Given) -> None:
        self._of: dict[tuple[str, int], str] = {}
        for name in ITEM_LISTS:
            own = [item.id for item in getattr(given.profile, name) or ()]
            free = (f"new-{number}" for number in range(1, len(own) + given.items[name] + 1))
            fresh = [one for one in free if one not in own]
            self._of |= {(name, slot): identity for slot, identity in enumerate([*own, *fresh])}

    def of(self, name: str, slot: int) -> str:
        """Return the id of an item."""
        return self._of[name, slot]

    def around(self, path: str) -> tuple[str, ...]:
        """Return what a fact is also a part of: its item, and the list of it."""
        item = place_of(path)
        return () if item is None else (f"{item[0]}[{self.of(*item)}]", item[0])

    def place(self, public: str) -> str | None:
        """Return the path of a public one with the item's place for its id; None for what is no single fact."""
        name, bracket, rest = public.partition("[")
        if not bracket:
            return None if public in ITEM_LISTS else public
        identity, inside, field = rest.rpartition("].")
        places = (slot for (of_list, slot), one in self._of.items() if (of_list, one) == (name, identity))
        slot = next(places, None)
        return f"{name}[{slot}].{field}" if inside and slot is not None else None

    def public(self, path: str) -> str:
        """Return the public path of a fact: with the item's id for its place."""
        item = place_of(path)
        return path if item is None else f"{item[0]}[{self.of(*item)}]{path.partition(']')[2]}"


def _change(value: Valued, ids: Ids) -> Change:
    unit, to = value.unit, value.to
    if unit.code is not None:
        to = [*value.was, unit.code]
    elif _is_aim(unit):
        to = _aims(ids, to)
    path = ids.public(unit.path)
    if unit.kind == "add":
        item, _, name = path.partition("].")
        return Change("add", f"{item}]", None, {name: to})
    return Change(unit.kind, path, value.was, to, value.measure, value.limits, value.free)


def _is_aim(unit: Unit) -> bool:
    """Return whether a unit is what a course is aimed at."""
    return unit.path.endswith("].targets")


def _aims(ids: Ids, places: Sequence[str]) -> list[str]:
    return [place if place == ELSEWHERE else ids.of("lesions", int(place)) for place in places]


def _apply(profile: Plain, value: Valued, ids: Ids, gone: list[tuple[str, int]]) -> None:
    unit, to = value.unit, value.to
    if unit.kind == "complete":
        profile["incomplete"].remove(unit.path)
        return
    if unit.path in ITEM_LISTS:
        profile.setdefault(unit.path, [])
        return
    item = place_of(unit.path)
    if item is None:
        _set(profile, unit.path.split("."), value)
        return
    name, slot = item
    if unit.kind == "withdraw":
        gone.append(item)
        return
    listed = profile.setdefault(name, [])
    while len(listed) <= slot:
        listed.append({"id": ids.of(name, len(listed))})
    key = unit.path.rpartition(".")[2]
    if unit.code is not None:
        listed[slot][key] = [*listed[slot].get(key, ()), unit.code]
    else:
        listed[slot][key] = _aims(ids, to) if _is_aim(unit) else to


def _set(profile: Plain, steps: list[str], value: Valued) -> None:
    if steps == ["weight"]:
        profile["weight"] = {"value": value.to, "unit": value.measure}
        return
    part = profile
    for step in steps[:-1]:
        part = part.setdefault(step, {})
    key = steps[-1]
    part[key] = [*part.get(key, ()), value.unit.code] if value.unit.code is not None else value.to
    if steps[0] == "labs" and key in ("value", "reference_low", "reference_high"):
        part["unit"] = value.measure
