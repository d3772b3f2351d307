"""Reads value sets and drugs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from oncocds.reading.nearest import suggestion
from oncocds.reading.record import Record
from oncocds.vocabulary.meanings import Meanings
from oncocds.vocabulary.models import Drug, Member, ValueSet

_DRUG_CLASS = "drug_class"
_UNLISTED = "other"
_CODED = ("atc", "rxnorm")


def read_value_set(name: str, record: Record) -> ValueSet:
    """Read a value set: its members, and the groups of them that derived facts and rules name."""
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


def read_drugs(
    entries: Iterator[tuple[str, Record]], value_sets: Mapping[str, ValueSet], seen: Collection[str]
) -> dict[str, Drug]:
    """Read the drugs; ``seen`` are the words for where a code was seen."""
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
