"""What a cell says of the patient where it is written as in a note: several facts, or that one is not known."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from oncocds.profile.made import models_of
from oncocds.scenarios.cells import CellReader, Wrong, unit_shown
from oncocds.vocabulary.models import Field

_LONGEST = 60  # characters of a cell that is taken apart
_MARKS = " ,，、;；()（）·/"
_FREE = ("date", "text", "texts")  # of which a word for "unknown" would otherwise be the value
_TREATMENTS = ("medications", "radiotherapy", "surgeries")
"""That one was not done is an answer, as it is to a yes or no: it is not that nothing is known."""


@dataclass(frozen=True, slots=True)
class Said:
    """The fields that a cell sets, by name, and how it was read where that is not what it says letter by letter.

    A fact is set to None that is not known where nothing recorded would mean no.
    """

    sets: Mapping[str, Any] = field(default_factory=dict)
    remark: str = ""


def said(cells: CellReader, candidates: Sequence[Field], text: str) -> Said:
    """Return what a cell says of the first of several fields that can have it. Raises ``Wrong``."""
    refused: Wrong | None = None
    for fact in candidates:
        try:
            return _said(cells, fact, text.strip())
        except Wrong as wrong:
            refused = refused or wrong
    assert refused is not None, "a column or row has at least one field"
    raise refused


def _said(cells: CellReader, fact: Field, text: str) -> Said:
    if not text and fact.type != "codes":
        return Said()
    quantity = cells.vocabulary.quantities.get("mass") if fact.name == "weight" else None
    analyte = fact.name.split(".")
    if analyte[0] == "labs" and analyte[-1] == "value":
        quantity = cells.vocabulary.quantities[analyte[1]]
    if fact.type in _FREE and cells.is_word("unknown", text):
        return _not_known(cells, fact, text)
    try:
        if quantity is None:
            return Said({fact.name: cells.value(fact, text)})
        value, concluded = cells.measurement(fact, quantity, text)
        unit = unit_shown(value["unit"])
        zh = f"“{fact.label.zh}：{text}”没有写单位，读作 {text} {unit}"
        en = f"'{fact.label.en}: {text}' has no unit and is read as {text} {unit}"
        return Said({fact.name: value}, cells.say(zh, en) if concluded else "")
    except Wrong:
        answers = fact.type == "boolean" or analyte[0] in _TREATMENTS
        if cells.is_word("unknown", text) or (not answers and cells.is_word("untested", text)):
            return _not_known(cells, fact, text)
        found = _beside(cells, fact, text)
        if found is None:
            raise
        return found


def _not_known(cells: CellReader, fact: Field, text: str) -> Said:
    """Return that nothing is recorded, or that a fact is open; refused of an item where nothing recorded means no."""
    if fact.name in models_of(cells.vocabulary).closed:
        return Said({fact.name: None})
    if fact.world in ("closed", "default") and fact.type != "boolean":
        zh = f"“{fact.label.zh}”不写时按惯例理解，不能写“{text}”；请写明，或者删去"
        en = f"'{fact.label.en}' has a meaning where it is not written; write it, not '{text}', or leave it out"
        raise Wrong(cells.say(zh, en))
    if fact.world in ("closed", "default"):
        zh = f"“{fact.label.zh}”不写即视为“否”，不能写“{text}”；请写有或无，或者删去"
        en = f"'{fact.label.en}' counts as no where it is not written; write yes or no, not '{text}', or leave it out"
        raise Wrong(cells.say(zh, en))
    return Said()


def _beside(cells: CellReader, fact: Field, text: str) -> Said | None:
    """Return what a cell of several known words says; None where a word is not known or two contradict each other."""
    notes = cells.vocabulary.notes
    if fact.name not in notes.beside or len(text) > _LONGEST:
        return None
    words: dict[str, Mapping[str, Any]] = {}
    if fact.value_set is not None:
        for code, names in cells.values(fact).items():
            words.update({_plain(name): {fact.name: code} for name in (code, *names)})
    silent: set[str] = set()
    for one in notes.beside[fact.name]:
        words.update(dict.fromkeys(map(_plain, one.words), one.sets))
        silent.update(map(_plain, one.words if not one.sets else ()))
    joining = set(map(_plain, notes.words.get("joining", ())))
    readings: list[tuple[dict[str, Any], list[str]]] = []
    for parts in _cut(_plain(text), {*words, *joining}):
        sets: dict[str, Any] = {}
        agrees = True
        for part in parts:
            for name, value in words.get(part, {}).items():
                agrees = agrees and sets.setdefault(name, value) == value
        reading = (sets, [part for part in parts if part in silent])
        if agrees and sets and reading not in readings:
            readings.append(reading)
    if len(readings) != 1:
        return None
    (sets, left_out), label = readings[0], fact.label.in_(cells.language)
    read_as = cells.listed(shown(cells, name, value) for name, value in sets.items())
    more = cells.listed(left_out)
    zh = f"“{label}：{text}”读作：{read_as}" + (f"；“{more}”没有用到" if more else "")
    en = f"'{label}: {text}' is read as: {read_as}" + (f"; '{more}' is not used" if more else "")
    return Said(sets, cells.say(zh, en))


def shown(cells: CellReader, name: str, value: Any) -> str:
    """Return a fact as people read it: its label and its value."""
    fact = cells.vocabulary.fields[name]
    text = str(value)
    if value is None:
        text = cells.say("未设定", "unset")
    elif isinstance(value, bool):
        text = cells.say("是" if value else "否", "yes" if value else "no")
    elif fact.value_set is not None:
        text = cells.values(fact)[value][0 if cells.language == "zh" else 1]
    return f"{fact.label.in_(cells.language)} = {text}"


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _cut(text: str, words: set[str], at: int = 0) -> Iterator[list[str]]:
    """Yield every way to cut a text into known words and marks; a Latin word is cut at its ends only."""
    if at == len(text):
        yield []
        return
    if text[at] in _MARKS:
        yield from _cut(text, words, at + 1)
        return
    for word in sorted(words, key=len, reverse=True):
        end = at + len(word)
        if word and text.startswith(word, at) and not _inside(text, at) and not _inside(text, end):
            for rest in _cut(text, words, end):
                yield [word, *rest]


def _inside(text: str, at: int) -> bool:
    """Tell whether a place is within a Latin word or a number."""
    if not 0 < at < len(text):
        return False
    return all(sign.isascii() and sign.isalnum() for sign in (text[at - 1], text[at]))
