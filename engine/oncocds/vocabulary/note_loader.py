"""Reads the words of notes (``vocabulary/notes.yaml``): what they set is a field, and a value that it can have."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from oncocds.reading.marks import Mark, Scalar
from oncocds.reading.nearest import suggestion
from oncocds.reading.record import Record
from oncocds.vocabulary.notes import Beside, Instead, Level, Notes, Sign, Unread

_WORDS = ("yes", "no", "unknown", "untested", "joining")


def read_notes(record: Record, types: Mapping[str, tuple[str, Collection[str]]]) -> Notes:
    """Read the notes' words. ``types`` says of each field its type and, of a coded one, its codes."""
    known = _Known(types)
    words = {kind: record.texts(kind, required=True) for kind in _WORDS}
    units = {name: part.texts(name) for part in _part(record, "units") for name in part.names()}
    choices = {}
    for part in _part(record, "choices"):
        for word in part.names():
            fields = part.scalars(word)
            for one in fields:
                known.field(part, one.mark, one.text)
            choices[word] = tuple(one.text for one in fields)
    implies = {name: known.sets(inner) for name, inner in _parts(record, "implies")}
    beside: dict[str, tuple[Beside, ...]] = {}
    levels: dict[str, dict[str, Level]] = {}
    for part in _part(record, "beside"):
        for name in part.names():
            known.field(part, part.mark, name)
            beside[name] = tuple(_beside(inner, known) for inner in part.records(name))
    for name, part in _parts(record, "levels"):
        levels[name] = {}
        for code, inner in ((code, part.record(code)) for code in part.names()):
            if inner is not None:
                known.value(inner, inner.mark, name, code)
                levels[name][code] = Level(inner.texts("letters", required=True), inner.integer("last"))
                inner.finish()
    signs = {}
    for code, inner in _parts(record, "signs"):
        signs[code] = Sign(inner.words(), inner.texts("synonyms"), inner.text("means"))
        known.value(inner, inner.mark, signs[code].means, "true")
        inner.finish()
    unread = {}
    for code, inner in _parts(record, "unread"):
        unread[code] = Unread(inner.words(), inner.texts("synonyms"))
        inner.finish()
    instead = {}
    for code, inner in _parts(record, "instead"):
        instead[code] = Instead(inner.texts("words", required=True), inner.words())
        inner.finish()
    record.finish()
    return Notes(words, units, choices, implies, beside, levels, signs, unread, instead)


def _part(record: Record, key: str) -> Iterator[Record]:
    part = record.record(key, required=True)
    if part is not None:
        yield part
        part.finish()


def _parts(record: Record, key: str) -> Iterator[tuple[str, Record]]:
    for part in _part(record, key):
        for name in part.names():
            inner = part.record(name)
            if inner is not None:
                yield name, inner


def _beside(record: Record, known: _Known) -> Beside:
    words = record.texts("words", required=True)
    sets = record.record("sets", required=True)
    found = Beside(words, {} if sets is None else known.sets(sets))
    record.finish()
    return found


class _Known:
    """Holds what the notes' words set against the fields that there are."""

    def __init__(self, types: Mapping[str, tuple[str, Collection[str]]]) -> None:
        self._types = types

    def field(self, record: Record, mark: Mark, name: str) -> None:
        if name not in self._types:
            record.issue(mark, f"{record.what}: no field '{name}'{suggestion(name, self._types)}")

    def sets(self, record: Record) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, node in record.entries():
            text = node.text if isinstance(node, Scalar) else ""
            found[key.text] = self.value(record, key.mark, key.text, text)
        return found

    def value(self, record: Record, mark: Mark, name: str, text: str) -> Any:
        self.field(record, mark, name)
        kind, codes = self._types.get(name, ("", ()))
        if kind == "boolean" and text in ("true", "false"):
            return text == "true"
        if kind in ("code", "codes") and text in codes:
            return text
        if kind:
            record.issue(mark, f"{record.what}: '{name}' cannot be '{text}'{suggestion(text, codes)}")
        return None
