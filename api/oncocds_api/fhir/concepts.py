"""What a CodeableConcept means by the code tables: its codes first, its names where no code is known."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from oncocds.vocabulary.code_tables import CodeEntry, CodeTable, CodeTables
from oncocds.vocabulary.meanings import fold
from oncocds.vocabulary.models import Vocabulary
from oncocds_api.fhir.elements import Coding, Concept

_STAGE = re.compile(
    r"(?:stage|clinical stage|pathologic stage|ajcc stage)?\s*(0|iv|i{1,3}|[1-4])\s*([abc]?[1-3]?)\s*期?"
)
_ROMAN = {"1": "I", "2": "II", "3": "III", "4": "IV"}


class Disagreement(Exception):  # noqa: N818 - it is no error of ours
    """The codes and names of one concept mean different things."""


def meaning(concept: Concept, table: CodeTable, codes: CodeTables) -> tuple[CodeEntry, Coding | None] | None:
    """Return what a concept means by a table, with the coding that says so.

    Codes go before names, but a name that is known too must mean the same. Raises ``Disagreement``.
    """
    found: list[tuple[CodeEntry, Coding | None]] = []
    for coding in concept.codings:
        system = codes.systems.get(coding.system or "")
        if system is not None and coding.code is not None:
            entry = table.by_code(system, coding.code)
            if entry is not None:
                found.append((entry, coding))
    named: list[tuple[CodeEntry, Coding | None]] = [
        (entry, None) for word in concept.words() if (entry := table.by_name(word)) is not None
    ]
    for entries in (found, named):
        if len({_key(entry) for entry, _ in entries}) > 1:
            raise Disagreement
    if found and named and not _compatible(found[0][0], named[0][0]):
        raise Disagreement
    return found[0] if found else named[0] if named else None


def _key(entry: CodeEntry) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(sorted(entry.means.items()))


def _compatible(one: CodeEntry, other: CodeEntry) -> bool:
    """Tell whether no part of two meanings differs; one may say more than the other (a side, a technique)."""
    common = set(one.means) & set(other.means)
    return bool(common) and all(one.means[key] == other.means[key] for key in common)


def answer(concept: Concept, value_set: str, vocabulary: Vocabulary, codes: CodeTables) -> str | None:
    """Return which member of a value set a concept names, or None. Raises ``Disagreement``."""
    members = vocabulary.value_sets[value_set].members
    by_word = {fold(w): m.code for m in members.values() for w in (m.code, m.label.zh, m.label.en, *m.synonyms)}

    def named(word: str) -> str | None:
        entry = codes.answers.by_name(f"{value_set}|{fold(word)}")
        return by_word.get(fold(word)) or (None if entry is None else entry.one("code"))

    return _answer(concept, value_set, codes, lambda entry: entry.one("code"), named, set(members))


def number_or_truth(concept: Concept, place: str, codes: CodeTables) -> str | None:
    """Return the number a coded answer of a fact stands for, or for ``truth`` its "true" or "false"."""
    key = "truth" if place == "truth" else "number"

    def named(word: str) -> str | None:
        entry = codes.answers.by_name(f"{place}|{fold(word)}")
        return None if entry is None else entry.one(key)

    return _answer(concept, place, codes, lambda entry: entry.one(key), named, {"true", "false"})


def _answer(
    concept: Concept,
    place: str,
    codes: CodeTables,
    value: Callable[[CodeEntry], str | None],
    named: Callable[[str], str | None],
    local: set[str],
) -> str | None:
    coded: set[str] = set()
    for coding in concept.codings:
        if coding.code is None:
            continue
        system = codes.systems.get(coding.system or "")
        if system == "local" and coding.code in local:
            coded.add(coding.code)
        elif system is not None and (entry := codes.answers.by_code(f"{place}|{system}", coding.code)) is not None:
            coded.add(value(entry) or "")
    words = {found for word in _answer_words(concept) if (found := named(word)) is not None}
    if len(coded | words) > 1:
        raise Disagreement
    return next(iter(coded | words), None)


def _answer_words(concept: Concept) -> Iterator[str]:
    yield from concept.words()
    # A staging system's codes are what people read: cT3, 2B.
    yield from (coding.code for coding in concept.codings if coding.code is not None and coding.display is None)


def stage_group(concept: Concept) -> str | None:
    """Return a stage group in Roman numerals (``IIB``), or None. Raises ``Disagreement``."""
    found: set[str] = set()
    for word in (*concept.words(), *(coding.code for coding in concept.codings if coding.code is not None)):
        match = _STAGE.fullmatch(fold(word))
        if match is not None:
            found.add(_ROMAN.get(match[1], match[1].upper()) + match[2].upper())
    if len(found) > 1:
        raise Disagreement
    return next(iter(found), None)
