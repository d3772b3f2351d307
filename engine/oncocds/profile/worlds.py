"""How the value of a field is read: what a missing one means, which codes mean "unknown", whether it holds several."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from oncocds.profile.finding import Finding
from oncocds.profile.kleene import NO
from oncocds.vocabulary.kept import once
from oncocds.vocabulary.models import Field, Vocabulary


@dataclass(frozen=True, slots=True)
class FieldWorld:
    """How one field is read.

    ``unrecorded`` is the finding of a field that is not recorded (None: unknown, and asked for by its path);
    ``missing`` are the codes for unknown.
    """

    unrecorded: Finding | None
    missing: frozenset[str]
    many: bool

    def read(self, path: str, value: Any) -> Finding:
        """Read a recorded value: what is missing is unknown, or no where nothing recorded means no."""
        if value is None:
            return self.unrecorded or Finding(None, (), (path,))
        if self.many:
            value = (value,) if isinstance(value, str) else tuple(value)
        elif self.missing and value in self.missing:
            return Finding(None, (), (path,))
        return Finding(value, (path,))


Worlds = Mapping[str, FieldWorld]


@once
def worlds(vocabulary: Vocabulary) -> tuple[Worlds, Mapping[str, Worlds], dict[str, Finding]]:
    """Return the world of every field by its name, of the items' fields by list and field, and what is unrecorded.

    The last are the findings of all patient-level facts where nothing is recorded, to be copied for a patient. Made
    once per vocabulary.
    """
    table = {name: _world(field, vocabulary) for name, field in vocabulary.fields.items()}
    of_items: dict[str, dict[str, FieldWorld]] = {name: {} for name in vocabulary.lists}
    nothing_recorded: dict[str, Finding] = {}
    for name, world in table.items():
        of_list, _, field = name.partition(".")
        if of_list in of_items:
            of_items[of_list][field] = world
        elif vocabulary.fields[name].world != "derived":
            nothing_recorded[name] = world.read(name, None)
    return table, of_items, nothing_recorded


def _world(field: Field, vocabulary: Vocabulary) -> FieldWorld:
    missing: frozenset[str] = frozenset()
    if field.value_set is not None:
        members = vocabulary.value_sets[field.value_set].members.values()
        missing = frozenset(member.code for member in members if member.missing)
    unrecorded = None
    if field.is_switch:
        unrecorded = NO
    elif field.world in ("closed", "default") and field.type == "boolean":
        unrecorded = Finding(False)
    elif field.world == "closed" and field.value_set == "interpretation":
        unrecorded = Finding("normal")
    return FieldWorld(unrecorded, missing if field.type == "code" else frozenset(), field.type in ("codes", "texts"))
