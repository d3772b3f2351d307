"""The facts of one open patient, as derivations and conditions ask for them: each a symbol, read by its world."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import z3

from oncocds.profile.finding import SETS
from oncocds.profile.worlds import worlds
from oncocds.proofs.places import Places
from oncocds.proofs.recorded import Recorded, State, name_of
from oncocds.proofs.symbols import Symbol
from oncocds.proofs.terms import FALSE, TRUE, Names, all_of, decide, either_of, exact, negation_of

_TARGETS = "radiotherapy.targets"


class OpenFacts:
    """The facts of the open patient in one state of knowledge, as derivations and conditions ask for them.

    ``derive`` gives what is concluded; it is set by whoever reads the derivations.
    """

    def __init__(self, recorded: Recorded, state: State) -> None:
        self.source = recorded
        self.state: State = state
        self.vocabulary = recorded.asked_once
        self.as_of = datetime.date(2026, 1, 1)
        self._worlds, self._item_worlds, _ = worlds(recorded.vocabulary)
        self._findings: dict[str, Symbol] = {}
        self.slots: dict[str, tuple[OpenItem, ...]] = {
            name: tuple(OpenItem(self, name, slot) for slot in range(count)) for name, count in recorded.items.items()
        }
        self.derive: Any = None

    def finding(self, fact: str) -> Symbol:
        """Return a fact of the patient."""
        found = self._findings.get(fact)
        if found is None:
            derived = self.derive.fact(self, fact)
            found = self._findings[fact] = self.of(fact) if derived is None else derived
        return found

    def items(self, name: str) -> tuple[OpenItem, ...] | None:
        """Return the items of a list, in the run in progress."""
        if not decide(self.listed(name)):
            return None
        there = []
        for item in self.slots[name]:
            if decide(item.present):
                there.append(item)
            elif not self.source.may_lack(name, item.slot):
                break
        return tuple(there)

    @property
    def tallies(self) -> dict[tuple[str, object], Any]:
        """Nothing is kept: what was found is of the run in progress."""
        return {}

    def incomplete(self, name: str) -> bool:
        """Tell whether a recorded list may hold further items, in the run in progress."""
        return decide(self.listed(name)) and decide(self.source.incomplete(name, self.state))

    def listed(self, name: str) -> Any:
        """Return the condition under which a list is recorded."""
        return self.source.known(name, self.state)

    def walk(self, name: str) -> Places:
        """Return the possible items of a list."""
        return Places(self.slots[name], self.listed(name))

    def whole(self, name: str) -> Any:
        """Return the condition under which all the items of a list are recorded."""
        return all_of([self.listed(name), negation_of(self.source.incomplete(name, self.state))])

    def of(self, path: str) -> Symbol:
        """Return what was recorded of a fact, read by its world."""
        field = self.source.field(path)
        of_list, _, rest = name_of(path).partition(".")
        world = self._item_worlds[of_list][rest] if of_list in self._item_worlds else self._worlds[field.name]
        known = self.source.known(path, self.state)
        used, missing = Names({path: known}), Names({path: negation_of(known)})
        if field.type == "boolean":
            value = self.source.value(path)
            closed = world.unrecorded is not None
            true = all_of([known, value])
            if closed:
                open_ = FALSE if "[" in path or path.startswith("policy.") else self._open(path, known)
                said = {True: true, False: negation_of(either_of([true, open_]))}
                return Symbol("boolean", negation_of(open_), said, None, used, Names({path: open_}))
            return Symbol("boolean", known, {True: true, False: z3.And(known, z3.Not(value))}, None, used, missing)
        if field.type == "code":
            cases = {code: all_of([known, is_it]) for code, is_it in self.source.codes(path).items()}
            if field.value_set == "interpretation" and path.startswith("labs."):
                return self._reading(path, known, cases, closed=world.unrecorded is not None)
            return Symbol("code", known, cases, None, used, missing)
        if field.type == "codes":
            cases = {code: all_of([known, inside]) for code, inside in self.source.codes(path).items()}
            more = self.source.incomplete(path, self.state) if path in SETS else FALSE
            open_ = {code: all_of([known, more, negation_of(inside)]) for code, inside in cases.items()}
            return Symbol("many", known, cases, None, used, missing, {} if z3.is_false(more) else open_)
        if field.type == "texts":
            aimed = self.source.targets(path) if field.name == _TARGETS else {}
            cases = {place: all_of([known, one]) for place, one in aimed.items()}
            return Symbol("many", known, cases, None, used, missing)
        kind: Any = "number" if field.type in ("number", "integer") else "text"
        return Symbol(kind, known, None, self.source.value(path), used, missing)

    def _open(self, path: str, known: Any) -> Any:
        """Return whether a fact is unknown of which nothing recorded would mean no."""
        return all_of([negation_of(known), self.source.incomplete(path, self.state)])

    def _reading(self, path: str, known: Any, recorded: Mapping[str, Any], *, closed: bool) -> Symbol:
        """Return a laboratory reading: as recorded, else as the result's own value and limits have it.

        A limit that is not recorded lies in the range of the vocabulary: best and worst case.
        """
        analyte = path.rpartition(".")[0]
        parts = {part: f"{analyte}.{part}" for part in ("value", "reference_low", "reference_high")}
        there = {part: self.source.known(name, self.state) for part, name in parts.items()}
        value, low, high = (self.source.value(name) for name in parts.values())
        range_ = self.vocabulary.quantities[analyte.removeprefix("labs.")].limit_range
        lower, upper = (None, None) if range_ is None else (range_.lower, range_.upper)
        above, not_above = _beyond(there["reference_high"], value > high, value <= high, _ends(value, upper, up=True))
        below, not_below = _beyond(there["reference_low"], value < low, value >= low, _ends(value, lower, up=False))
        open_ = z3.And(z3.Not(known), there["value"])
        is_high = z3.And(open_, above)
        is_low = z3.And(open_, z3.Not(above), below)
        normal = z3.And(open_, not_above, z3.Not(below), TRUE if closed else not_below)
        told = either_of([is_high, is_low, normal])
        nothing = all_of([negation_of(known), negation_of(there["value"])])
        unrecorded = all_of([nothing, negation_of(self._open(path, known))]) if closed else FALSE
        cases = {
            "low": either_of([recorded["low"], is_low]),
            "normal": either_of([recorded["normal"], normal, unrecorded]),
            "high": either_of([recorded["high"], is_high]),
        }
        whole = either_of([known, told, unrecorded])
        used = {path: known} | {name: all_of([told, there[part]]) for part, name in parts.items()}
        return Symbol("code", whole, cases, None, Names(used), Names({path: negation_of(whole)}))


def _beyond(recorded: Any, beyond: Any, within: Any, assumed: tuple[Any, Any]) -> tuple[Any, Any]:
    """Return when a result is beyond a limit, and when it is not: the recorded one, else what is assumed of it."""
    return z3.If(recorded, beyond, assumed[0]), z3.If(recorded, within, assumed[1])


def _ends(value: Any, range_: tuple[float, float] | None, *, up: bool) -> tuple[Any, Any]:
    """Return when a value is beyond, and when within, whatever limit of a range; never without a range."""
    if range_ is None:
        return FALSE, FALSE
    near, far = (exact(end) for end in (range_ if up else range_[::-1]))
    return (value > far, value <= near) if up else (value < far, value >= near)


class OpenItem:
    """A possible item of a list."""

    def __init__(self, facts: OpenFacts, name: str, slot: int) -> None:
        self._facts = facts
        self.list = name
        self.slot = slot
        self.id = str(slot)
        self.path = f"{name}[{slot}]"
        self._findings: dict[str, Symbol] = {}

    @property
    def present(self) -> Any:
        """Whether it is there, given that the list is recorded."""
        return self._facts.source.present(self.list, self.slot)

    def finding(self, field: str) -> Symbol:
        """Return a field, a derivation of the same name before what was recorded."""
        found = self._findings.get(field)
        if found is None:
            derived = self._facts.derive.field(self._facts, self, field)
            found = self._findings[field] = self.recorded(field) if derived is None else derived
        return found

    def recorded(self, field: str) -> Symbol:
        """Return what was recorded of a field."""
        return self._facts.of(f"{self.path}.{field}")
