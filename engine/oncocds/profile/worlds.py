"""How the value of a field is read: what a missing one means, which codes mean "unknown", whether it holds several."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from oncocds.profile.finding import Finding
from oncocds.vocabulary.models import Field, Vocabulary


@dataclass(frozen=True, slots=True)
class FieldWorld:
    """``unrecorded`` is the finding where nothing is recorded (None: unknown), ``missing`` the codes for unknown."""

    unrecorded: Finding | None
    missing: frozenset[str]
    many: bool


_MADE: dict[int, tuple[Vocabulary, Mapping[str, FieldWorld]]] = {}


def worlds(vocabulary: Vocabulary) -> Mapping[str, FieldWorld]:
    """Return the world of every field; made once per vocabulary, which is kept so that its identity stays its own."""
    made = _MADE.get(id(vocabulary))
    if made is None or made[0] is not vocabulary:
        table = {name: _world(field, vocabulary) for name, field in vocabulary.fields.items()}
        made = _MADE[id(vocabulary)] = (vocabulary, table)
    return made[1]


def _world(field: Field, vocabulary: Vocabulary) -> FieldWorld:
    missing: frozenset[str] = frozenset()
    if field.value_set is not None:
        members = vocabulary.value_sets[field.value_set].members.values()
        missing = frozenset(member.code for member in members if member.missing)
    unrecorded = None
    if field.world in ("closed", "default") and field.type == "boolean":
        unrecorded = Finding(False)
    elif field.world == "closed" and field.value_set == "interpretation":
        unrecorded = Finding("normal")
    return FieldWorld(unrecorded, missing if field.type == "code" else frozenset(), field.type in ("codes", "texts"))
