"""Reads ``rules/vocabulary``: one file a kind, every entry checked where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from oncocds.errors import Issue, KnowledgeError
from oncocds.reading.marks import Mapping as Mapped
from oncocds.reading.nearest import suggestion
from oncocds.reading.record import Record
from oncocds.reading.yaml import read_yaml
from oncocds.text import Text
from oncocds.vocabulary.bundled import bundled_knowledge
from oncocds.vocabulary.derived_examples import read_examples
from oncocds.vocabulary.field_loader import Derivation, check_derivations, read_field
from oncocds.vocabulary.left_out import check_left_out, read_left_out
from oncocds.vocabulary.meanings import Meanings, table_of
from oncocds.vocabulary.models import (
    Drug,
    Field,
    LeftOutRecord,
    Member,
    PrintedWords,
    ValueSet,
    Vocabulary,
)
from oncocds.vocabulary.monitoring import read_monitoring
from oncocds.vocabulary.note_loader import read_notes
from oncocds.vocabulary.notes import Notes
from oncocds.vocabulary.prepared import prepared
from oncocds.vocabulary.quantity_loader import read_number, read_quantity
from oncocds.vocabulary.set_loader import read_drugs, read_value_set
from oncocds.vocabulary.suspicions import read_suspicions
from oncocds.vocabulary.topics import read_topics

PRINTED = ("ends", "around", "order", "in_turn", "denying", "joining", "local", "fluids")


def load_vocabulary(directory: Path) -> Vocabulary:
    """Read the vocabulary. Raises ``KnowledgeError`` with every issue's file, line and column."""
    issues: list[Issue] = []
    value_sets = {name: read_value_set(name, record) for name, record in _entries(directory, "values", issues)}
    seen = _labels("seen", directory, issues)
    drugs = read_drugs(_entries(directory, "drugs", issues), value_sets, seen)
    value_sets["drug"] = ValueSet(
        "drug",
        {drug.code: Member(drug.code, drug.label, named=drug.named) for drug in drugs.values()},
        {},
    )
    quantities = {name: read_quantity(name, record) for name, record in _entries(directory, "quantities", issues)}
    units = _labels("units", directory, issues)
    numbers = {name: read_number(name, record) for name, record in _entries(directory, "numbers", issues)}
    printed = _printed(directory, drugs, issues)
    derivations = {name: Derivation(name, record) for name, record in _entries(directory, "derivations", issues)}
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
        field = fields[name] = read_field(name, record, value_sets, derivations)
        if (table := table_of(name, lists)) is not None:
            meanings.take(record, table, name, (name, field.label.zh, field.label.en, *field.synonyms))
    for name, (record, unread) in left_out.items():
        check_left_out(name, unread, record, fields, value_sets)
    groups = [f"{name}.{group}" for name, one in value_sets.items() for group in one.groups]
    check_derivations(derivations, fields, {"table": groups, "number": numbers, "fact": (*fields, *lists)})
    topics = read_topics(_entries(directory, "topics", issues), fields)
    examples = read_examples(_entries(directory, "derived_examples", issues), derivations)
    notes = _notes(directory, fields, value_sets, issues)
    suspicions = read_suspicions(_entries(directory, "suspicions", issues), fields, value_sets, lists)
    monitoring = read_monitoring(_entries(directory, "monitoring", issues), fields)
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
        monitoring,
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
