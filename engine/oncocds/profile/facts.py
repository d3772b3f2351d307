"""All facts of one patient: input as recorded, policy, and derived facts concluded on demand.

The findings of patient-level facts start as a copy of what holds where nothing is recorded, the recorded ones are laid
over it, and what is derived is added when it is first asked for.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

from oncocds.profile.derived import DERIVED, EFFECTIVE
from oncocds.profile.finding import SETS, Facts, Finding, RecordedItem, Value, in_item
from oncocds.profile.freshness import without_old_results
from oncocds.profile.history import completed, series_of
from oncocds.profile.identity import in_order
from oncocds.profile.limits import compared_with_limits
from oncocds.profile.made import models_of
from oncocds.profile.models import ITEM_LISTS, LabResult, Labs, Profile, Weight
from oncocds.profile.policy import Policy
from oncocds.profile.quantities import canonical
from oncocds.profile.refusals import model_in
from oncocds.profile.worlds import FieldWorld, worlds
from oncocds.vocabulary.models import Vocabulary

_LIMITS = ("value", "reference_low", "reference_high")
_NONE: Mapping[str, Callable[[Facts, RecordedItem], Finding]] = {}


class PatientItem:
    """An item of a list with its recorded and its effective fields."""

    __slots__ = ("_derivations", "_facts", "_findings", "_values", "_worlds", "id", "path")

    def __init__(self, facts: PatientFacts, name: str, item: BaseModel, worlds: Mapping[str, FieldWorld]) -> None:
        self._values = vars(item)
        self.id: str = self._values["id"]
        self.path = f"{name}[{self.id}]"
        self._facts = facts
        self._worlds = worlds
        self._derivations = EFFECTIVE.get(name, _NONE)
        self._findings: dict[str, Finding] = {}

    def finding(self, field: str) -> Finding:
        """Return what is known of a field; a derivation of the same name goes before what was recorded."""
        found = self._findings.get(field)
        if found is None:
            derive = self._derivations.get(field)
            found = self._findings[field] = self.recorded(field) if derive is None else derive(self._facts, self)
        return found

    def recorded(self, field: str) -> Finding:
        """Return what was recorded, read by the field's world. Raises ``KeyError`` for a field nobody knows."""
        world = self._worlds[field]
        value = self._values.get(_attribute(field))
        if value is None:
            return world.unrecorded or Finding(None, (), (f"{self.path}.{field}",))
        return world.read(f"{self.path}.{field}", value)


class PatientFacts:
    """The facts of one identified profile under one policy.

    ``given`` is the profile as it came; ``sent`` the same with what its history (``series``) says and nobody said;
    ``counted`` that without the results that the policy counts as too old.
    """

    def __init__(self, profile: Profile, policy: Policy, vocabulary: Vocabulary, as_of: datetime.date) -> None:
        self.vocabulary = vocabulary
        self.as_of = as_of
        self.given = profile
        self.series = series_of(profile, vocabulary, as_of) if profile.history is not None else ()
        self.sent = completed(profile, vocabulary, as_of)
        self.counted = without_old_results(self.sent, vars(policy).get("result_age_months"), as_of)
        self._worlds, self._item_worlds, nothing_recorded = worlds(vocabulary)
        self._findings: dict[str, Finding] = nothing_recorded.copy()
        self._findings.update(_recorded_policy(policy))
        self._incomplete = frozenset(profile.incomplete or ())
        for name in self._incomplete:
            if "." in name:  # nothing recorded would mean no, and means nothing
                self._findings[name] = Finding(None, (), (name,))
        self._findings.update(self._recorded())
        for name in self._incomplete.intersection(SETS):
            self._findings[name] = self._with_more(name)
        self._items: dict[str, tuple[PatientItem, ...] | None] = {}
        self._by_id: dict[str, dict[str, PatientItem]] = {}
        self.tallies: dict[tuple[str, object], Any] = {}

    def finding(self, fact: str) -> Finding:
        """Return what is known of a patient-level fact. Raises ``KeyError`` for a fact nobody knows."""
        found = self._findings.get(fact)
        if found is None:
            found = self._findings[fact] = DERIVED[fact](self)
        return found

    def items(self, name: str) -> tuple[PatientItem, ...] | None:
        """Return the items of a list in order of their ids, None for an absent list."""
        if name not in self._items:
            recorded = getattr(self.counted, name)
            of_list = self._item_worlds[name]
            self._items[name] = (
                None if recorded is None else tuple([PatientItem(self, name, item, of_list) for item in recorded])
            )
        return self._items[name]

    def item(self, name: str, identity: str) -> PatientItem | None:
        """Return the item of a list with an id, None where there is none."""
        if name not in self._by_id:
            self._by_id[name] = {item.id: item for item in self.items(name) or ()}
        return self._by_id[name].get(identity)

    def incomplete(self, name: str) -> bool:
        """Tell whether a recorded list may hold further items of which nothing is known, or a recorded set codes."""
        return name in self._incomplete

    def recorded(self, path: str) -> Value | None:
        """Return the recorded value of an input fact by its public path; of a list, the ids of its items."""
        if path in ITEM_LISTS:
            listed = self.items(path)
            return None if listed is None else tuple(item.id for item in listed)
        if path.endswith("]"):
            return None
        if "]." in path:
            item_path, _, field = path.partition("].")
            name, _, identity = item_path.partition("[")
            item = self.item(name, identity)
            return None if item is None else item.recorded(field).value
        return self.finding(path).value

    def supposing(self, path: str, value: Value, derived: frozenset[str]) -> PatientFacts:
        """Return what would be known if one input fact (by its public path) were recorded as ``value``.

        ``derived`` are the facts that are derived from it, at any remove; the others stay as they are.
        """
        match = in_item(path)
        if match is None:
            return _SupposedFacts(self, {path: self.read(path, value)}, derived)
        name, identity, field = match.groups()
        recorded: Any = list(value) if isinstance(value, tuple) else value
        return _SupposedFacts(self, {}, derived, (name, identity, field, recorded))

    def read(self, fact: str, value: Value) -> Finding:
        """Return what would be found of a patient-level input fact if it were recorded as ``value``."""
        return self._worlds[fact].read(fact, value)

    def supposing_item(self, name: str, item: Mapping[str, Any], derived: frozenset[str]) -> PatientFacts:
        """Return what would be known if a list held one more item, and maybe others; ``derived`` as above."""
        model = model_in(models_of(self.vocabulary).profile.model_fields[name].annotation)
        assert model is not None
        more = model.model_validate(item, context={"vocabulary": self.vocabulary}, by_alias=True, by_name=False)
        return _SupposedFacts(self, {}, derived, more=(name, more))

    def results(self) -> Iterator[tuple[str, LabResult]]:
        """Yield the recorded laboratory results as they were sent, by analyte."""
        labs = self.counted.labs
        for analyte, result in () if labs is None else vars(labs).items():
            if result is not None:
                yield analyte, result

    def _with_more(self, name: str) -> Finding:
        """Return a recorded set of codes of which every code that is not written may be in it."""
        found, value_set = (
            self._findings[name],
            self.vocabulary.value_sets[self.vocabulary.fields[name].value_set or ""],
        )
        assert isinstance(found.value, tuple)
        return found._replace(open=frozenset(value_set.members) - {*found.value})

    def _recorded(self) -> Iterator[tuple[str, Finding]]:
        for group, part in vars(self.counted).items():
            if part is None or group in ITEM_LISTS or group == "incomplete":
                continue
            if isinstance(part, Labs):
                for analyte, result in self.results():
                    yield from self._result(analyte, result)
            elif isinstance(part, Weight):
                yield group, Finding(canonical(part.value, part.unit, self.vocabulary.quantities["mass"]), (group,))
            elif isinstance(part, BaseModel):
                for name, value in vars(part).items():
                    if value is not None:
                        fact = f"{group}.{name}"
                        yield fact, self._worlds[fact].read(fact, value)
            else:
                yield group, self._worlds[group].read(group, part)

    def _result(self, analyte: str, result: LabResult) -> Iterator[tuple[str, Finding]]:
        quantity = self.vocabulary.quantities[analyte]
        for name, value in vars(result).items():
            fact = f"labs.{analyte}.{name}"
            if name == "interpretation" and value is None:
                if result.value is not None:
                    closed = self._worlds[fact].unrecorded is not None
                    compared = compared_with_limits(result, quantity, closed=closed)
                    rests_on = [part for part in _LIMITS if getattr(result, part) is not None]
                    used = tuple(f"labs.{analyte}.{part}" for part in rests_on)
                    yield fact, Finding(None, (), (fact,)) if compared is None else Finding(compared, used)
            elif value is not None and name != "unit":
                if name in _LIMITS:
                    value = canonical(value, result.unit, quantity)
                yield fact, self._worlds[fact].read(fact, value)


class _SupposedFacts(PatientFacts):
    """The facts of a patient with one more recorded: what does not follow from it is found where it was.

    ``told`` is the one more, where it is a fact of an item: list, id, field and value. ``more`` is one item more of a
    list, which may hold others still.
    """

    def __init__(
        self,
        base: PatientFacts,
        findings: dict[str, Finding],
        derived: frozenset[str],
        told: tuple[str, str, str, Any] | None = None,
        more: tuple[str, BaseModel] | None = None,
    ) -> None:
        self.vocabulary, self.as_of = base.vocabulary, base.as_of
        self.given, self.series = base.given, base.series
        self._worlds, self._item_worlds, self._incomplete = base._worlds, base._item_worlds, base._incomplete
        self._base, self._derived, self._told, self._more = base, derived, told, more
        if more is not None:
            self._incomplete |= {more[0]}
        self._findings = findings
        self._items, self._by_id, self.tallies = {}, {}, {}

    def finding(self, fact: str) -> Finding:
        """Return what would be known of a patient-level fact. Raises ``KeyError`` for a fact nobody knows."""
        found = self._findings.get(fact)
        if found is None:
            found = DERIVED[fact](self) if fact in self._derived else self._base.finding(fact)
            self._findings[fact] = found
        return found

    def items(self, name: str) -> tuple[PatientItem, ...] | None:
        """Return the items of a list as they would be."""
        if name not in self._items:
            changed = _of_items(self._derived)[name]
            if self._told is not None and self._told[0] == name:
                changed |= {self._told[2]}  # of the other items as well: it may be derived from theirs
            found = self._base.items(name)
            if found is not None and changed:
                found = tuple([self._supposed(item, name, changed) for item in found])
            if self._more is not None and self._more[0] == name:
                added = PatientItem(self, name, self._more[1], self._item_worlds[name])
                found = tuple(sorted([*(found or ()), added], key=lambda item: in_order(item.id)))
            self._items[name] = found
        return self._items[name]

    def _supposed(self, item: PatientItem, name: str, changed: frozenset[str]) -> PatientItem:
        if self._told is None or self._told[:2] != (name, item.id):
            return _SupposedItem(self, item, changed, {})
        field, value = self._told[2:]
        return _SupposedItem(self, item, changed, {_attribute(field): value})


class _SupposedItem(PatientItem):
    """An item of supposed facts: fields that are not ``changed`` are found as they were."""

    __slots__ = ("_base", "_changed")

    def __init__(
        self, facts: PatientFacts, base: PatientItem, changed: frozenset[str], recorded: Mapping[str, Any]
    ) -> None:
        self.id, self.path = base.id, base.path
        self._values = {**base._values, **recorded} if recorded else base._values
        self._facts, self._worlds, self._derivations = facts, base._worlds, base._derivations
        self._findings = {}
        self._base, self._changed = base, changed

    def finding(self, field: str) -> Finding:
        """Return what would be known of a field."""
        if field not in self._changed:
            return self._base.finding(field)
        found = self._findings.get(field)
        if found is None:
            derive = self._derivations.get(field)
            found = self._findings[field] = self.recorded(field) if derive is None else derive(self._facts, self)
        return found


@lru_cache(maxsize=1024)
def _of_items(derived: frozenset[str]) -> Mapping[str, frozenset[str]]:
    """Return the fields of items among derived facts, by list; asked for the same few sets again and again."""
    named = [fact.split(".", 1) for fact in derived]
    return {name: frozenset(field for of_list, field in named if of_list == name) for name in ITEM_LISTS}


def _attribute(field: str) -> str:
    return "class_" if field == "class" else field


def _recorded_policy(policy: Policy) -> Iterator[tuple[str, Finding]]:
    for name, setting in vars(policy).items():
        if setting is not None:
            yield f"policy.{name}", Finding(setting, (f"policy.{name}",))
