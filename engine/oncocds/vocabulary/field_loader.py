"""Reads fields and how derived ones come about."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import cast, get_args

from oncocds.reading.nearest import suggestion
from oncocds.reading.record import Record
from oncocds.text import Text
from oncocds.vocabulary.models import Change, Field, FieldType, Member, Origin, ValueSet, World
from oncocds.vocabulary.quantity_loader import read_bounds, read_range

_NUMBERS = ("number", "integer")


class Derivation:
    """How a field is derived, as ``derivations.yaml`` says it."""

    def __init__(self, name: str, record: Record) -> None:
        self.record = record
        self.name = name
        self.origin = record.choice("origin", get_args(Origin))
        self.text = record.words()
        self.formula = record.bilingual("formula")
        self.formula_where = _formula_where(record)
        self.shows = record.texts("shows")
        self.tables = record.scalars("tables")
        self.numbers = record.scalars("numbers")
        self.reads = record.scalars("reads")
        self.recorded = record.scalars("recorded")
        record.finish()


def _formula_where(record: Record) -> tuple[str, str, Text] | None:
    found = record.record("formula_where")
    if found is None:
        return None
    told = found.text("fact"), found.text("is"), found.words()
    found.finish()
    return told


def read_field(
    name: str, record: Record, value_sets: Mapping[str, ValueSet], derivations: Mapping[str, Derivation]
) -> Field:
    """Read a field of the profile, a derived fact or a setting."""
    kind, _, detail = record.text("type").partition(" ")
    if kind not in get_args(FieldType):
        record.issue(record.mark, f"{name}: unknown type '{kind}'; known here: {', '.join(get_args(FieldType))}")
    coded = kind in ("code", "codes")
    if coded and detail not in value_sets:
        record.issue(record.mark, f"{name}: unknown value set '{detail}'{suggestion(detail, value_sets)}")
    if kind == "codes" and any(member.missing for member in _members(detail, value_sets)):
        record.issue(record.mark, f"{name}: a field of several codes cannot use '{detail}', which has an \"unknown\"")
    world = cast(World, record.choice("world", get_args(World)))
    derivation = derivations.get(name)
    if world == "derived" and derivation is None:
        record.issue(record.mark, f"{name}: how it is derived is not said in derivations.yaml")
    description = record.bilingual("description", required=world == "policy")
    safety = record.boolean("safety", default=False)
    if safety and (world != "policy" or kind != "boolean"):
        record.issue(record.mark, f"{name}: 'safety' is for switches of the policy (world: policy, type: boolean)")
    field = Field(
        name=name,
        type=cast(FieldType, kind),
        label=record.words(),
        world=world,
        value_set=detail if coded else None,
        unit=detail if kind == "number" else None,
        synonyms=record.texts("synonyms"),
        derivation=derivation.text if derivation is not None else None,
        origin=derivation.origin if derivation is not None else None,
        description=description,
        effect=record.bilingual("effect", required=world == "policy"),
        change=cast(Change, record.choice("change", get_args(Change), default="any")),
        safety=safety,
        plausible=read_range(name, record, "plausible") if "plausible" in record.names() else None,
        range=read_bounds(name, record, required=world == "policy" and kind in _NUMBERS),
        whole=record.boolean("whole", default=False),
        asked_whole=record.bilingual("asked_whole", required=False),
        formula=derivation.formula if derivation is not None else None,
        formula_where=derivation.formula_where if derivation is not None else None,
        shows=derivation.shows if derivation is not None else (),
        tables=tuple(one.text for one in derivation.tables) if derivation is not None else (),
        numbers=tuple(one.text for one in derivation.numbers) if derivation is not None else (),
        reads=tuple(one.text for one in derivation.reads) if derivation is not None else (),
        recorded=tuple(one.text for one in derivation.recorded) if derivation is not None else (),
        mark=record.mark,
    )
    if (field.range is not None or field.whole) and kind not in _NUMBERS:
        record.issue(record.mark, f"{name}: 'range' and 'whole' are for numbers")
    percentage = field.type == "number" and field.unit == "%" and field.world == "input"
    if percentage != (field.plausible is not None):
        record.issue(record.mark, f"{name}: 'plausible' is for percentages of the profile, and each of them needs it")
    record.finish()
    return field


def check_derivations(
    derivations: Mapping[str, Derivation], fields: Collection[str], known: Mapping[str, Collection[str]]
) -> None:
    """Check that what derivations name is there; ``known`` holds the tables, numbers and facts by these words."""
    for name, derivation in derivations.items():
        of_kind = {
            "table": derivation.tables,
            "number": derivation.numbers,
            "fact": (*derivation.reads, *derivation.recorded),
        }
        for kind, named in of_kind.items():
            for one in named:
                if one.text not in known[kind]:
                    message = f"{name}: no {kind} '{one.text}'{suggestion(one.text, known[kind])}"
                    derivation.record.issue(one.mark, message)
        if name not in fields:
            hint = suggestion(name, fields)
            derivation.record.issue(derivation.record.mark, f"{name}: a derivation of a field that is not there{hint}")
        for shown in derivation.shows:
            if shown not in fields:
                message = f"{name}: shows '{shown}', which is no field{suggestion(shown, fields)}"
                derivation.record.issue(derivation.record.mark, message)


def _members(value_set: str, value_sets: Mapping[str, ValueSet]) -> Iterator[Member]:
    if value_set in value_sets:
        yield from value_sets[value_set].members.values()
