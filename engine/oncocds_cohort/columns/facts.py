"""The facts of any patient, as derivations and conditions ask for them: each a symbol, read by its world."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from oncocds.algebra.derivations import asked_once
from oncocds.exploration.exploring import UnreadableError
from oncocds.profile.coverage import public_fields
from oncocds.profile.finding import SETS, Finding
from oncocds.profile.policy import Policy
from oncocds.profile.worlds import worlds
from oncocds.vocabulary.models import Field, Vocabulary
from oncocds_cohort.columns.names import Names, decide, path_of
from oncocds_cohort.columns.stand_ins import StandIn
from oncocds_cohort.columns.symbols import Symbol
from oncocds_cohort.columns.terms import FALSE, Term, all_of, either_of, fresh, is_among, make, negation_of
from oncocds_cohort.columns.values import OpenId, TargetIds

_POLICY = "policy."
_TARGETS = "radiotherapy.targets"


class OpenFacts:
    """The facts of a patient under a policy, as derivations and conditions ask for them.

    ``derive`` gives what is concluded; it is set by whoever reads the derivations.
    """

    def __init__(self, vocabulary: Vocabulary, policy: Policy) -> None:
        self.vocabulary = asked_once(vocabulary)
        self._policy = policy
        self._kinds = public_fields(vocabulary)
        self._worlds, self._item_worlds, _ = worlds(vocabulary)
        self._findings: dict[str, Any] = {}
        self.derive: Any = None

    def finding(self, fact: str) -> Symbol | Finding:
        """Return a fact of the patient; a setting of the policy is fixed."""
        found = self._findings.get(fact)
        if found is None:
            if fact.startswith(_POLICY):
                found = self._setting(fact)
            else:
                derived = self.derive.fact(self, fact)
                found = self.recorded("", fact) if derived is None else derived
            self._findings[fact] = found
        return found

    def fresh(self, name: str) -> OpenItem:
        """Return an item that stands for any of a list, another one each time."""
        return OpenItem(self, name, fresh(name))

    def walk(self, name: str) -> StandIn:
        """Return an item that stands for any of a list, as conditions ask for it."""
        return StandIn(self.fresh(name))

    def listed(self, name: str) -> Term:
        """Return the condition under which a list is recorded."""
        return make("known", "", name)

    def whole(self, name: str) -> Term:
        """Return the condition under which all the items of a list are recorded."""
        return all_of([self.listed(name), negation_of(make("further", name))])

    def incomplete(self, name: str) -> bool:
        """Tell whether a recorded list may hold further items, in the run in progress."""
        return decide(make("further", name))

    def items(self, name: str) -> Any:
        """Refuse to walk a list by hand: what a plan reads is asked through ``oncocds.profile.lists``."""
        raise UnreadableError(f"the items of '{name}' are walked by hand; oncocds.profile.lists walks lists")

    @property
    def as_of(self) -> datetime.date:
        """Refuse to tell the day: a plan is kept, and good for any. Columns are opened as of one (``Recorded``)."""
        raise UnreadableError("the day is asked for, and what a plan reads is the same on every day")

    @property
    def tallies(self) -> dict[tuple[str, object], Any]:
        """Nothing is kept: every walk has an item of its own."""
        return {}

    def _setting(self, fact: str) -> Finding:
        value = getattr(self._policy, fact.removeprefix(_POLICY))
        if value is None:
            return self._worlds[fact].unrecorded or Finding(None, (), (fact,))
        return Finding(value, (fact,))

    def recorded(self, variable: str, name: str) -> Symbol:
        """Return what was recorded of a fact of the patient or of an item, read by its world."""
        field = self.vocabulary.fields[name]
        of_list, _, rest = name.partition(".")
        path = f"{path_of(variable)}.{rest}" if variable else name
        world = self._item_worlds[of_list][rest] if variable else self._worlds[name]
        known = make("known", variable, name)
        used, missing = Names({path: known}), Names({path: negation_of(known)})
        if name == _TARGETS:
            return _Targets("many", known, None, None, used, missing, None, (variable, name))
        kind = self._kinds[name][0]
        if kind == "boolean":
            true = make("bool", variable, name)
            if world.unrecorded is not None:
                open_ = FALSE if variable else _open(name, known)
                said = {True: true, False: negation_of(either_of([true, open_]))}
                return Symbol("boolean", negation_of(open_), said, None, used, Names({path: open_}))
            return Symbol(
                "boolean", known, {True: true, False: all_of([known, negation_of(true)])}, None, used, missing
            )
        if kind in ("code", "codes"):
            members = self._members(field)
            if kind == "codes":
                cases = {code: make("has", variable, name, code) for code in members}
                more = make("further", name) if name in SETS else FALSE
                others = {code: all_of([known, more, negation_of(inside)]) for code, inside in cases.items()}
                return Symbol("many", known, cases, None, used, missing, others if name in SETS else None)
            cases = {code: is_among(variable, name, (code,)) for code in members}
            if name.startswith("labs.") and field.value_set == "interpretation":
                return _reading(name, known, cases, closed=world.unrecorded is not None)
            return Symbol("code", known, cases, None, used, missing, None, (variable, name))
        if kind == "texts":  # of which it can be told whether they are recorded, and nothing else
            return Symbol("text", known, None, None, used, missing)
        if kind == "text":
            return Symbol("text", known, None, None, used, missing, None, (variable, name))
        shown: Any = {"number": "number", "integer": "whole", "date": "day"}[kind]
        return Symbol(shown, known, None, make("num", variable, name), used, missing)

    def _members(self, field: Field) -> list[str]:
        members = self.vocabulary.value_sets[field.value_set or ""].members.values()
        return [member.code for member in members if not member.missing]


def _open(name: str, known: Term) -> Term:
    """Return whether a fact is unknown of which nothing recorded would mean no."""
    return all_of([negation_of(known), make("further", name)])


def _reading(name: str, known: Term, recorded: Mapping[str, Term], *, closed: bool) -> Symbol:
    """Return a laboratory reading: what values and limits say where none is recorded is worked out with the columns.

    Where nothing recorded means normal, that is so for a result of which neither value nor reading is recorded; one
    with a value that its limits leave open is asked about.
    """
    value = make("known", "", f"{name.rpartition('.')[0]}.value")
    nothing = all_of([negation_of(known), negation_of(value)])
    unrecorded = all_of([nothing, negation_of(_open(name, known))]) if closed else FALSE
    cases = {**recorded, "normal": either_of([recorded["normal"], unrecorded])}
    whole = either_of([known, unrecorded])
    return Symbol("code", whole, cases, None, Names({name: known}), Names({name: negation_of(whole)}))


class _Targets(Symbol):
    """The lesions that a course names."""

    @property
    def value(self) -> Any:
        """Those lesions, None where they are not recorded, in the run in progress."""
        assert self.source is not None
        return TargetIds(*self.source) if decide(self.known) else None


class OpenItem:
    """An item that stands for any of its list."""

    def __init__(self, facts: OpenFacts, name: str, variable: str) -> None:
        self._facts = facts
        self.list = name
        self.variable = variable
        self.id = OpenId(variable)
        self.path = path_of(variable)
        self._findings: dict[str, Any] = {}

    def finding(self, field: str) -> Symbol | Finding:
        """Return a field, a derivation of the same name before what was recorded."""
        found = self._findings.get(field)
        if found is None:
            derived = self._facts.derive.field(self._facts, self, field)
            found = self._findings[field] = self.recorded(field) if derived is None else derived
        return found

    def another(self) -> OpenItem:
        """Return another item of the same list, one that stands for any."""
        return self._facts.fresh(self.list)

    def standing_for(self, variable: str) -> OpenItem:
        """Return the item of the same list that another variable stands for."""
        return OpenItem(self._facts, self.list, variable)

    def recorded(self, field: str) -> Symbol:
        """Return what was recorded of a field."""
        return self._facts.recorded(self.variable, f"{self.list}.{field}")
