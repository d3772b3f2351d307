"""Reads ``rules/vocabulary``: one file a kind, every entry checked where it stands."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import cast, get_args

from oncocds.errors import Issue, KnowledgeError
from oncocds.reading.marks import Mapping as Mapped
from oncocds.reading.nearest import suggestion
from oncocds.reading.record import Record
from oncocds.reading.yaml import read_yaml
from oncocds.text import Text
from oncocds.vocabulary.bundled import bundled_knowledge
from oncocds.vocabulary.derived_examples import read_examples
from oncocds.vocabulary.left_out import check_left_out, read_left_out
from oncocds.vocabulary.meanings import Meanings, table_of
from oncocds.vocabulary.models import (
    Bounds,
    Change,
    Drug,
    Field,
    FieldType,
    LeftOutRecord,
    LimitRange,
    Member,
    Number,
    Origin,
    PrintedWords,
    Quantity,
    TopicOf,
    ValueSet,
    Vocabulary,
    World,
)
from oncocds.vocabulary.note_loader import read_notes
from oncocds.vocabulary.notes import Notes
from oncocds.vocabulary.prepared import prepared
from oncocds.vocabulary.suspicions import read_suspicions

_DRUG_CLASS = "drug_class"
_UNLISTED = "other"
_NUMBERS = ("number", "integer")
_CODED = ("atc", "rxnorm")
PRINTED = ("ends", "around", "order", "denying", "joining", "local", "fluids")


def load_vocabulary(directory: Path) -> Vocabulary:
    """Read the vocabulary. Raises ``KnowledgeError`` with every issue's file, line and column."""
    issues: list[Issue] = []
    value_sets = {name: _value_set(name, record) for name, record in _entries(directory, "values", issues)}
    seen = _labels("seen", directory, issues)
    drugs = _drugs(_entries(directory, "drugs", issues), value_sets, seen)
    value_sets["drug"] = ValueSet(
        "drug",
        {drug.code: Member(drug.code, drug.label, named=drug.named) for drug in drugs.values()},
        {},
    )
    quantities = {name: _quantity(name, record) for name, record in _entries(directory, "quantities", issues)}
    units = _labels("units", directory, issues)
    numbers = {name: _number(name, record) for name, record in _entries(directory, "numbers", issues)}
    printed = _printed(directory, drugs, issues)
    derivations = {name: _Derivation(name, record) for name, record in _entries(directory, "derivations", issues)}
    meanings = Meanings()
    lists = {}
    whole = {}
    left_out: dict[str, tuple[Record, LeftOutRecord]] = {}
    for name, record in _entries(directory, "lists", issues):
        lists[name] = record.words()
        asks = record.record("whole", required=True)
        if asks is not None:
            whole[name] = asks.words()
            asks.finish()
        inner = record.record("left_out")
        if inner is not None:
            left_out[name] = inner, read_left_out(inner)
            inner.finish()
        meanings.take(record, "list", name, (name, lists[name].zh, lists[name].en, *record.texts("synonyms")))
        record.finish()
    fields = {}
    for name, record in _entries(directory, "fields", issues):
        field = fields[name] = _field(name, record, value_sets, derivations)
        if (table := table_of(name, lists)) is not None:
            meanings.take(record, table, name, (name, field.label.zh, field.label.en, *field.synonyms))
    for name, (record, unread) in left_out.items():
        check_left_out(name, unread, record, fields, value_sets)
    groups = [f"{name}.{group}" for name, one in value_sets.items() for group in one.groups]
    for name, derivation in derivations.items():
        facts = (*fields, *lists)
        for kind, named, known in (
            ("table", derivation.tables, groups),
            ("number", derivation.numbers, numbers),
            ("fact", (*derivation.reads, *derivation.recorded), facts),
        ):
            for one in named:
                if one.text not in known:
                    message = f"{name}: no {kind} '{one.text}'{suggestion(one.text, known)}"
                    derivation.record.issue(one.mark, message)
        if name not in fields:
            hint = suggestion(name, fields)
            derivation.record.issue(derivation.record.mark, f"{name}: a derivation of a field that is not there{hint}")
        for shown in derivation.shows:
            if shown not in fields:
                message = f"{name}: shows '{shown}', which is no field{suggestion(shown, fields)}"
                derivation.record.issue(derivation.record.mark, message)
    topics = _topics(_entries(directory, "topics", issues), fields)
    examples = read_examples(_entries(directory, "derived_examples", issues), derivations)
    notes = _notes(directory, fields, value_sets, issues)
    suspicions = read_suspicions(_entries(directory, "suspicions", issues), fields, value_sets, lists)
    if issues:
        raise KnowledgeError(sorted(issues, key=lambda issue: (issue.path, issue.line, issue.column)))
    return Vocabulary(
        fields,
        lists,
        value_sets,
        drugs,
        quantities,
        units,
        whole,
        printed,
        seen,
        numbers,
        examples,
        topics,
        notes,
        suspicions,
        {name: unread for name, (_, unread) in left_out.items()},
    )


@cache
def bundled_vocabulary() -> Vocabulary:
    """Return the bundled vocabulary, prepared."""
    return prepared("vocabulary", lambda: load_vocabulary(bundled_knowledge() / "rules" / "vocabulary"))


def _entries(directory: Path, name: str, issues: list[Issue]) -> Iterator[tuple[str, Record]]:
    try:
        root = read_yaml(directory / f"{name}.yaml", shown_as=f"rules/vocabulary/{name}.yaml")
    except KnowledgeError as error:
        issues.extend(error.issues)
        return
    except OSError:
        issues.append(Issue(f"rules/vocabulary/{name}.yaml", 1, 1, "the file cannot be read"))
        return
    if not isinstance(root, Mapped):
        issues.append(Issue(root.mark.path, 1, 1, "expected a mapping"))
        return
    for key, value in root.entries:
        yield key.text, Record(value, issues, key.text)


def _labels(name: str, directory: Path, issues: list[Issue]) -> dict[str, Text]:
    found = {}
    for code, record in _entries(directory, name, issues):
        found[code] = record.words()
        record.finish()
    return found


def _whole(directory: Path, name: str, issues: list[Issue]) -> Record | None:
    """Return a file that is one record; None, with an issue, where it cannot be read."""
    try:
        return Record(read_yaml(directory / f"{name}.yaml", shown_as=f"rules/vocabulary/{name}.yaml"), issues, name)
    except KnowledgeError as error:
        issues.extend(error.issues)
    except OSError:
        issues.append(Issue(f"rules/vocabulary/{name}.yaml", 1, 1, "the file cannot be read"))
    return None


def _notes(
    directory: Path, fields: Mapping[str, Field], value_sets: Mapping[str, ValueSet], issues: list[Issue]
) -> Notes:
    """Read the words of notes."""
    record = _whole(directory, "notes", issues)
    if record is None:
        return Notes()
    coded = {
        name: value_sets[one.value_set].members
        for name, one in fields.items()
        if one.value_set is not None and one.value_set in value_sets
    }
    return read_notes(record, {name: (one.type, coded.get(name, ())) for name, one in fields.items()})


def _printed(directory: Path, drugs: Mapping[str, Drug], issues: list[Issue]) -> PrintedWords:
    """Read the words around the names of drugs."""
    record = _whole(directory, "printed", issues)
    if record is None:
        return PrintedWords()
    words = {kind: record.texts(kind, required=True) for kind in PRINTED}
    carriers = record.scalars("carriers", required=True)
    for one in carriers:
        if one.text not in drugs:
            record.issue(one.mark, f"printed: 'carriers' names no drug '{one.text}'{suggestion(one.text, drugs)}")
    pairs = record.scalars("traditional", required=True)
    for one in pairs:
        if len(one.text) != 2:
            record.issue(one.mark, "printed: 'traditional' holds pairs of characters, the traditional one first")
    doses, units = (record.texts(key, required=True) for key in ("doses", "units"))
    record.finish()
    traditional = {one.text[0]: one.text[1] for one in pairs if len(one.text) == 2}
    return PrintedWords(words, doses, units, tuple(one.text for one in carriers), traditional)


def _drugs(
    entries: Iterator[tuple[str, Record]], value_sets: Mapping[str, ValueSet], seen: Collection[str]
) -> dict[str, Drug]:
    known = value_sets[_DRUG_CLASS].members if _DRUG_CLASS in value_sets else {}
    meanings = Meanings()
    drugs: dict[str, Drug] = {}
    combinations = []
    for code, record in entries:
        classes = record.scalars("classes", required=True)
        for one in classes:
            if one.text not in known:
                record.issue(one.mark, f"{code}: unknown drug class '{one.text}'{suggestion(one.text, known)}")
        drug = drugs[code] = Drug(
            code=code,
            label=record.words(),
            classes=tuple(one.text for one in classes),
            synonyms=record.texts("synonyms"),
            named=record.boolean("named", default=False),
            codes={system: codes for system in _CODED if (codes := record.texts(system))},
            of=record.texts("of"),
            seen=tuple(record.text("seen", required=code != _UNLISTED).split()),
            mark=record.mark,
        )
        record.finish()
        for word in drug.seen:
            if word not in seen:
                record.issue(record.mark, f"{code}: 'seen' cannot be '{word}'{suggestion(word, seen)}")
        if drug.codes and "memory" in drug.seen:
            record.issue(record.mark, f"{code}: a code from memory is none; say where it was seen, or leave it out")
        if drug.of:
            combinations.append((drug, record))
        meanings.take(record, "drug", code, drug.names)
    for drug, record in combinations:
        for part in drug.of:
            if part not in drugs:
                record.issue(record.mark, f"{drug.code}: 'of' names no drug '{part}'{suggestion(part, drugs)}")
    return drugs


def _value_set(name: str, record: Record) -> ValueSet:
    meanings = Meanings()
    members: dict[str, Member] = {}
    inner = record.record("members", required=True)
    if inner is not None:
        for code in inner.names():
            one = inner.record(code, required=True)
            if one is None:
                continue
            member = members[code] = Member(
                code=code,
                label=one.words(),
                synonyms=one.texts("synonyms"),
                named=one.boolean("named", default=True),
                missing=one.boolean("missing", default=False),
                open=one.boolean("open", default=False),
                implies=one.text("implies", required=False) or None,
            )
            one.finish()
            meanings.take(one, name, code, (code, member.label.zh, member.label.en, *member.synonyms))
    for member in members.values():
        if member.implies is not None and (member.implies not in members or member.implies == member.code):
            hint = suggestion(member.implies, members)
            record.issue(record.mark, f"{name}: '{member.code}' implies '{member.implies}', no other member{hint}")
    groups: dict[str, tuple[str, ...]] = {}
    outer = record.record("groups")
    if outer is not None:
        for group in outer.names():
            named = outer.scalars(group)
            if group in members:
                outer.issue(outer.mark, f"{name}: '{group}' is a member; a group needs a name of its own")
            for scalar in named:
                if scalar.text not in members:
                    outer.issue(scalar.mark, f"{name}: group '{group}' names '{scalar.text}', which is no member")
            groups[group] = tuple(scalar.text for scalar in named)
    record.finish()
    return ValueSet(name, members, groups)


def _quantity(name: str, record: Record) -> Quantity:
    factors: dict[str, float] = {}
    inner = record.record("factors", required=True)
    if inner is not None:
        factors = {unit: inner.number(unit) for unit in inner.names()}
        for unit, factor in factors.items():
            if factor <= 0:
                inner.issue(inner.mark, f"{name}: the factor of '{unit}' must be above zero")
    unit = record.text("unit")
    if factors.get(unit) != 1:
        record.issue(record.mark, f"{name}: the preferred unit '{unit}' must have the factor 1")
    plausible = _range(name, record, "plausible")
    limits = _range(name, record, "limits") if "limits" in record.names() else None
    in_unit = record.record("plausible_in")
    named = () if in_unit is None else in_unit.names()
    plausible_in = {one: _range(name, in_unit, one) for one in named if in_unit is not None}
    for one in plausible_in.keys() - factors.keys():
        record.issue(
            record.mark, f"{name}: '{one}' in plausible_in is no accepted unit; accepted: {', '.join(factors)}"
        )
    limit_range = _limit_range(name, record)
    record.finish()
    return Quantity(name, unit, factors, plausible, limits, plausible_in, limit_range)


def _limit_range(name: str, record: Record) -> LimitRange | None:
    inner = record.record("limit_range")
    if inner is None:
        return None
    lower, upper = (_range(name, inner, end) if end in inner.names() else None for end in ("lower", "upper"))
    if lower is None and upper is None:
        inner.issue(inner.mark, f"{name}: limit_range needs 'lower' or 'upper'")
    found = LimitRange(lower, upper, inner.bilingual("source", required=True) or Text("", ""))
    inner.finish()
    return found


def _topics(entries: Iterator[tuple[str, Record]], fields: Collection[str]) -> dict[str, TopicOf]:
    """Read the topics of questions: each fact belongs to one at most, by its name or its group's (``labs.calcium``)."""
    topics: dict[str, TopicOf] = {}
    placed: dict[str, str] = {}
    for name, record in entries:
        topic = topics[name] = TopicOf(name, record.words(), record.texts("facts", required=True))
        record.finish()
        for fact in topic.facts:
            if not any(one == fact or one.startswith(f"{fact}.") for one in fields):
                record.issue(record.mark, f"{name}: no fact '{fact}'{suggestion(fact, fields)}")
            if placed.setdefault(fact, name) != name:
                record.issue(record.mark, f"{name}: '{fact}' is asked about under '{placed[fact]}' already")
    return topics


def _number(name: str, record: Record) -> Number:
    number = Number(name, record.number("value"), record.text("unit"), record.words())
    record.finish()
    return number


def _range(name: str, record: Record, key: str) -> tuple[float, float]:
    try:
        low, high = (float(bound) for bound in record.texts(key, required=True))
        if low < high:
            return low, high
    except ValueError:
        pass
    record.issue(record.mark, f"{name}: '{key}' must hold two numbers, the lower one first")
    return 0.0, 1.0


class _Derivation:
    def __init__(self, name: str, record: Record) -> None:
        self.record = record
        self.name = name
        self.origin = record.choice("origin", get_args(Origin))
        self.text = record.words()
        self.formula = record.bilingual("formula")
        self.shows = record.texts("shows")
        self.tables = record.scalars("tables")
        self.numbers = record.scalars("numbers")
        self.reads = record.scalars("reads")
        self.recorded = record.scalars("recorded")
        record.finish()


def _field(
    name: str, record: Record, value_sets: Mapping[str, ValueSet], derivations: Mapping[str, _Derivation]
) -> Field:
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
        plausible=_range(name, record, "plausible") if "plausible" in record.names() else None,
        range=_bounds(name, record, required=world == "policy" and kind in _NUMBERS),
        whole=record.boolean("whole", default=False),
        formula=derivation.formula if derivation is not None else None,
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


def _bounds(name: str, record: Record, *, required: bool) -> Bounds | None:
    inner = record.record("range", required=required)
    if inner is None:
        return None
    above = "above" in inner.names()
    found = Bounds(inner.number("above" if above else "at_least"), inner.number("at_most"), above)
    if not found.low < found.high:
        inner.issue(inner.mark, f"{name}: 'range' must hold two numbers, the lower one first")
    inner.finish()
    return found


def _members(value_set: str, value_sets: Mapping[str, ValueSet]) -> Iterator[Member]:
    if value_set in value_sets:
        yield from value_sets[value_set].members.values()
