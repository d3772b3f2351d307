"""How the value of a field is read: what a missing one means, which codes mean "unknown", whether it holds several."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from oncocds.profile.finding import Finding
from oncocds.vocabulary.models import Field, Vocabulary


@dataclass(frozen=True, slots=True)
class FieldWorld:
    """How one field is read.

    ``group`` and ``rest`` are the two halves of its name; ``absent`` is the finding of a patient-level fact that is not
    recorded, ``unrecorded`` that of an item's field (None: unknown, and asked for by the item's path); ``missing`` are
    the codes for unknown.
    """

    group: str
    rest: str
    absent: Finding
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
_MADE: dict[int, tuple[Vocabulary, Worlds, Mapping[str, Worlds]]] = {}


def worlds(vocabulary: Vocabulary) -> tuple[Worlds, Mapping[str, Worlds]]:
    """Return the world of every field by its name, and of the items' fields by list and field.

    Made once per vocabulary, which is kept so that its identity stays its own.
    """
    made = _MADE.get(id(vocabulary))
    if made is None:
        table = {name: _world(name, field, vocabulary) for name, field in vocabulary.fields.items()}
        of_items: dict[str, dict[str, FieldWorld]] = {name: {} for name in vocabulary.lists}
        for name, world in table.items():
            of_list, _, field = name.partition(".")
            if of_list in of_items:
                of_items[of_list][field] = world
        made = _MADE[id(vocabulary)] = (vocabulary, table, of_items)
    return made[1], made[2]


def _world(name: str, field: Field, vocabulary: Vocabulary) -> FieldWorld:
    missing: frozenset[str] = frozenset()
    if field.value_set is not None:
        members = vocabulary.value_sets[field.value_set].members.values()
        missing = frozenset(member.code for member in members if member.missing)
    unrecorded = None
    if field.world in ("closed", "default") and field.type == "boolean":
        unrecorded = Finding(False)
    elif field.world == "closed" and field.value_set == "interpretation":
        unrecorded = Finding("normal")
    group, _, rest = name.partition(".")
    return FieldWorld(
        group,
        rest,
        unrecorded or Finding(None, (), (name,)),
        unrecorded,
        missing if field.type == "code" else frozenset(),
        field.type in ("codes", "texts"),
    )
