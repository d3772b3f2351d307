"""Reads ``rules/vocabulary``: one file a kind, every entry checked where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import cast, get_args

from oncocds.errors import Issue, KnowledgeError
from oncocds.reading.marks import Mapping
from oncocds.reading.record import Record
from oncocds.reading.yaml import read_yaml
from oncocds.text import Text
from oncocds.vocabulary.bundled import bundled_knowledge
from oncocds.vocabulary.models import Drug, Field, FieldType, Member, Quantity, ValueSet, Vocabulary, World

_ORIGINS = ("source", "convention", "local policy")


def load_vocabulary(directory: Path) -> Vocabulary:
    """Read the vocabulary. Raises ``KnowledgeError`` with every issue's file, line and column."""
    issues: list[Issue] = []
    drugs = {code: _drug(code, record) for code, record in _entries(directory, "drugs", issues)}
    value_sets = {name: _value_set(name, record) for name, record in _entries(directory, "values", issues)}
    value_sets["drug"] = ValueSet(
        "drug",
        {drug.code: Member(drug.code, drug.label, drug.synonyms, drug.named) for drug in drugs.values()},
        {},
    )
    quantities = {name: _quantity(name, record) for name, record in _entries(directory, "quantities", issues)}
    fields = {name: _field(name, record, value_sets) for name, record in _entries(directory, "fields", issues)}
    lists = {}
    for name, record in _entries(directory, "lists", issues):
        lists[name] = record.words()
        record.texts("synonyms")
        record.finish()
    if issues:
        raise KnowledgeError(sorted(issues, key=lambda issue: (issue.path, issue.line, issue.column)))
    return Vocabulary(fields, lists, value_sets, drugs, quantities)


@cache
def bundled_vocabulary() -> Vocabulary:
    """Return the bundled vocabulary; read once."""
    return load_vocabulary(bundled_knowledge() / "rules" / "vocabulary")


def _entries(directory: Path, name: str, issues: list[Issue]) -> Iterator[tuple[str, Record]]:
    try:
        root = read_yaml(directory / f"{name}.yaml", shown_as=f"rules/vocabulary/{name}.yaml")
    except KnowledgeError as error:
        issues.extend(error.issues)
        return
    except OSError:
        issues.append(Issue(f"rules/vocabulary/{name}.yaml", 1, 1, "the file cannot be read"))
        return
    if not isinstance(root, Mapping):
        issues.append(Issue(root.mark.path, 1, 1, "expected a mapping"))
        return
    for key, value in root.entries:
        yield key.text, Record(value, issues, key.text)


def _drug(code: str, record: Record) -> Drug:
    drug = Drug(
        code=code,
        label=record.words(),
        classes=record.texts("classes", required=True),
        synonyms=record.texts("synonyms"),
        named=record.boolean("named", default=True),
    )
    record.finish()
    return drug


def _value_set(name: str, record: Record) -> ValueSet:
    members: dict[str, Member] = {}
    inner = record.record("members", required=True)
    if inner is not None:
        for code in inner.names():
            member = inner.record(code, required=True)
            if member is None:
                continue
            members[code] = Member(
                code=code,
                label=member.words(),
                synonyms=member.texts("synonyms"),
                named=member.boolean("named", default=True),
                missing=member.boolean("missing", default=False),
            )
            member.finish()
    groups: dict[str, tuple[str, ...]] = {}
    outer = record.record("groups")
    if outer is not None:
        for group in outer.names():
            named = outer.scalars(group)
            for one in named:
                if one.text not in members:
                    outer.issue(one.mark, f"{name}: group '{group}' names '{one.text}', which is no member")
            groups[group] = tuple(one.text for one in named)
    record.finish()
    return ValueSet(name, members, groups)


def _quantity(name: str, record: Record) -> Quantity:
    factors: dict[str, float] = {}
    inner = record.record("factors", required=True)
    if inner is not None:
        factors = {unit: inner.number(unit) for unit in inner.names()}
    bounds = record.texts("plausible", required=True)
    unit = record.text("unit")
    if factors.get(unit) != 1:
        record.issue(record.mark, f"{name}: the preferred unit '{unit}' must have the factor 1")
    if len(bounds) != 2:
        record.issue(record.mark, f"{name}: 'plausible' must hold two numbers")
        bounds = ("0", "0")
    record.finish()
    return Quantity(name, unit, factors, (float(bounds[0]), float(bounds[1])))


def _field(name: str, record: Record, value_sets: dict[str, ValueSet]) -> Field:
    kind, _, detail = record.text("type").partition(" ")
    if kind not in get_args(FieldType):
        record.issue(record.mark, f"{name}: unknown type '{kind}'; known here: {', '.join(get_args(FieldType))}")
    coded = kind in ("code", "codes")
    if coded and detail not in value_sets:
        record.issue(record.mark, f"{name}: unknown value set '{detail}'")
    origin = record.choice("origin", ("", *_ORIGINS), default="")
    field = Field(
        name=name,
        type=cast(FieldType, kind),
        label=Text(record.text("zh"), record.text("en")),
        world=cast(World, record.choice("world", get_args(World))),
        value_set=detail if coded else None,
        unit=detail if kind == "number" else None,
        synonyms=record.texts("synonyms"),
        origin=cast("None", origin) if origin else None,
    )
    record.finish()
    return field
