"""All facts of one patient: input as recorded, policy, and derived facts concluded on demand."""

from __future__ import annotations

import datetime
from typing import Any, cast

from pydantic import BaseModel

from oncocds.profile.derived import DERIVED, EFFECTIVE
from oncocds.profile.finding import Finding, Value
from oncocds.profile.models import LabResult, Profile
from oncocds.profile.policy import SWITCHES, Policy
from oncocds.profile.quantities import canonical
from oncocds.profile.worlds import worlds
from oncocds.vocabulary.models import Vocabulary

_LIMITS = ("value", "reference_low", "reference_high")


class PatientItem:
    """An item of a list with its recorded and its effective fields."""

    __slots__ = ("_facts", "_findings", "_item", "_list", "id", "path")

    def __init__(self, facts: PatientFacts, name: str, item: BaseModel) -> None:
        self.id: str = item.id  # type: ignore[attr-defined]
        self.path = f"{name}[{self.id}]"
        self._facts = facts
        self._list = name
        self._item = item
        self._findings: dict[str, Finding] = {}

    def finding(self, field: str) -> Finding:
        """Return what is known of a field; a derivation of the same name goes before what was recorded."""
        found = self._findings.get(field)
        if found is None:
            derive = EFFECTIVE.get(f"{self._list}.{field}")
            found = self.recorded(field) if derive is None else derive(self._facts, self)
            self._findings[field] = found
        return found

    def recorded(self, field: str) -> Finding:
        """Return what was recorded, read by the field's world."""
        value = getattr(self._item, "class_" if field == "class" else field, None)
        return self._facts.as_recorded(f"{self._list}.{field}", f"{self.path}.{field}", value)


class PatientFacts:
    """The facts of one identified profile under one policy."""

    def __init__(self, profile: Profile, policy: Policy, vocabulary: Vocabulary, as_of: datetime.date) -> None:
        self.vocabulary = vocabulary
        self.as_of = as_of
        self._profile = profile
        self._policy = policy
        self._worlds = worlds(vocabulary)
        self._findings: dict[str, Finding] = {}
        self._items: dict[str, tuple[PatientItem, ...] | None] = {}

    def finding(self, fact: str) -> Finding:
        """Return what is known of a patient-level fact. Raises ``KeyError`` for a fact nobody knows."""
        found = self._findings.get(fact)
        if found is None:
            found = self._findings[fact] = self._find(fact)
        return found

    def items(self, name: str) -> tuple[PatientItem, ...] | None:
        """Return the items of a list in order of their ids, None for an absent list."""
        if name not in self._items:
            recorded = getattr(self._profile, name)
            self._items[name] = None if recorded is None else tuple(PatientItem(self, name, item) for item in recorded)
        return self._items[name]

    def recorded(self, path: str) -> Value | None:
        """Return the recorded value of an input fact by its public path."""
        if path.endswith("]") or path in ("lesions", "medications", "radiotherapy", "toxicities"):
            return None
        if "]." in path:
            item_path, _, field = path.partition("].")
            name, _, identity = item_path.partition("[")
            items = self.items(name) or ()
            item = next((item for item in items if item.id == identity), None)
            return None if item is None else item.recorded(field).value
        return self.finding(path).value

    def as_recorded(self, name: str, path: str, value: Any) -> Finding:
        """Read a recorded value by the world of its field: what is missing is unknown, or no where nothing means no."""
        world = self._worlds[name]
        if value is None:
            return world.unrecorded or Finding(None, (), (path,))
        if world.missing and value in world.missing:
            return Finding(None, (), (path,))
        if world.many:
            value = (value,) if isinstance(value, str) else tuple(value)
        return Finding(value, (path,))

    def _find(self, fact: str) -> Finding:
        derive = DERIVED.get(fact)
        if derive is not None:
            return derive(self)
        group, _, rest = fact.partition(".")
        if group == "policy":
            value = getattr(self._policy, rest)
            if value is None:
                return Finding(False) if rest in SWITCHES else Finding(None, (), (fact,))
            return Finding(value, (fact,))
        part: Any = getattr(self._profile, group)
        if group == "labs":
            return self._lab(fact, part, *rest.split("."))
        if group == "weight":
            kilograms = None if part is None else canonical(part.value, part.unit, self.vocabulary.quantities["mass"])
            return self.as_recorded(fact, fact, kilograms)
        return self.as_recorded(fact, fact, getattr(part, rest, None) if rest else part)

    def _lab(self, fact: str, labs: Any, analyte: str, field: str) -> Finding:
        result = cast("LabResult | None", getattr(labs, analyte, None))
        value = getattr(result, field, None)
        if value is not None and field in _LIMITS and result is not None:
            value = canonical(value, result.unit, self.vocabulary.quantities[analyte])
        return self.as_recorded(fact, fact, value)
