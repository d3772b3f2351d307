"""What a CodeableConcept means by the code tables: its codes first, its names where no code is known."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass

from oncocds.vocabulary.code_tables import CodeEntry, CodeTable, CodeTables
from oncocds.vocabulary.kept import once
from oncocds.vocabulary.meanings import fold
from oncocds.vocabulary.models import Vocabulary
from oncocds_fhir.elements import Coding, Concept
from oncocds_fhir.phrases import phrases

_STAGE = re.compile(
    r"(?:ajcc |american joint committee on cancer )?"
    r"(?:stage|clinical stage|pathologic stage|临床|病理|c|p|yp)?(?: group)?\s*"
    r"(0|iv|i{1,3}|[1-4])\s*([abc]?[1-3]?)\s*期?"
)
_AJCC = re.compile(r"(?:american joint committee on cancer|ajcc) +| category$")
_WITH_REMARK = re.compile(r"([^()]+?)\s*\(([^()]+)\)")
# Meanings that say less than others do, and which (None: than all others).
_LESS_PRECISE: Mapping[tuple[str, ...], tuple[tuple[str, ...], ...] | None] = {
    ("lung_nos",): (("nsclc",), ("sclc",)),
    ("unspecified",): None,
}
_HER2 = ("biomarkers.her2_status", "biomarkers.her2_ihc", "biomarkers.her2_ish")
_STAGE_GROUP = "diagnosis.stage_group"
_ROMAN = {"1": "I", "2": "II", "3": "III", "4": "IV"}


class Disagreement(Exception):  # noqa: N818 - it is no error of ours
    """The codes and names of one concept mean different things."""


@dataclass(frozen=True)
class Meant:
    """What a concept means, all its codes and names together; ``codings`` are the codes that say so."""

    means: Mapping[str, tuple[str, ...]]
    codings: tuple[tuple[CodeEntry, Coding], ...] = ()

    def one(self, key: str) -> str | None:
        """Return the single word under a key, or None."""
        words = self.means.get(key)
        return words[0] if words else None


def meaning(concept: Concept, table: CodeTable, codes: CodeTables) -> Meant | None:
    """Return what a concept means by a table, None where no code and no name of it is known.

    One code or name may say more than another (a side, a subtype); where they say different things ``Disagreement``
    is raised.
    """
    coded: list[tuple[CodeEntry, Coding]] = []
    for coding in concept.codings:
        system = codes.systems.get(coding.system or "")
        if system is not None and coding.code is not None:
            entry = table.by_code(system, coding.code)
            if entry is not None:
                coded.append((entry, coding))
    named = [entry for word in concept.words() if (entry := table.by_name(word)) is not None]
    if coded:  # a specimen or a method beside a code says nothing else than the code
        named = [entry for entry in named if entry.one("special") != "beside"]
    if not coded and not named:
        return _by_parts(concept, codes) if table is codes.procedures else None
    merged: dict[str, tuple[str, ...]] = {}
    for entry in (*(entry for entry, _ in coded), *named):
        for key, words in entry.means.items():
            merged[key] = _merged(key, merged.get(key, words), words)
    return Meant(merged, tuple(coded))


def _merged(key: str, one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """Return the more precise of two meanings. Raises ``Disagreement``.

    Two codes of one test of HER2 (its result, the method) are that test: the facts of both come into question.
    """
    if sorted(one) == sorted(other):
        return one
    if key == "facts" and {*one, *other} <= set(_HER2):
        return tuple(fact for fact in _HER2 if fact in one or fact in other)
    for less, more in ((one, other), (other, one)):
        if less in _LESS_PRECISE and (_LESS_PRECISE[less] is None or more in (_LESS_PRECISE[less] or ())):
            return more
    raise Disagreement


def _by_parts(concept: Concept, codes: CodeTables) -> Meant | None:
    """Return what radiotherapy, or else operation, the words of a procedure name by their parts, where they agree."""
    found = [means for word in concept.words() if (means := phrases(codes).radiotherapy(word)) is not None]
    techniques = {means["technique"] for means in found if "technique" in means}
    if len(techniques) > 1:
        raise Disagreement
    technique = {"technique": techniques.pop()} if techniques else {}
    if found:
        return Meant({**found[0], **technique})
    surgeries = [means for word in concept.words() if (means := phrases(codes).surgery(word)) is not None]
    return Meant(surgeries[0]) if surgeries and all(one == surgeries[0] for one in surgeries) else None


def compatible(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the more precise of two meanings of one key, None where they exclude each other."""
    try:
        return _merged("", one, other)
    except Disagreement:
        return None


def answer(concept: Concept, value_set: str, vocabulary: Vocabulary, codes: CodeTables) -> str | None:
    """Return which member of a value set a concept names, or None. Raises ``Disagreement``."""
    members, by_word = vocabulary.value_sets[value_set].members, _members_by_word(vocabulary)[value_set]

    def named(word: str) -> str | None:
        plain = _AJCC.sub("", fold(word))
        entry = codes.answers.by_name(f"{value_set}|{plain}")
        return by_word.get(plain) or (None if entry is None else entry.one("code"))

    return _answer(concept, value_set, codes, lambda entry: entry.one("code"), named, members)


@once
def _members_by_word(vocabulary: Vocabulary) -> Mapping[str, Mapping[str, str]]:
    """Return by value set which member each of its words names."""
    return {
        name: {fold(w): m.code for m in found.members.values() for w in (m.code, m.label.zh, m.label.en, *m.synonyms)}
        for name, found in vocabulary.value_sets.items()
    }


@once
def _answering(codes: CodeTables) -> frozenset[str]:
    """Return every word that answers something."""
    return frozenset(name.partition("|")[2] for name in codes.answers.names)


def coded_word(concept: Concept, place: str, key: str, codes: CodeTables) -> str | None:
    """Return what a coded answer of a place stands for: a ``number`` of a fact, a ``truth`` ("true" or "false")."""

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
    local: Container[str],
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
    words = {found for word in _answer_words(concept) for found in _answered(word, named, codes)}
    if len(coded | words) > 1:
        raise Disagreement
    return next(iter(coded | words), None)


def _answered(word: str, named: Callable[[str], str | None], codes: CodeTables) -> set[str]:
    """Return what a word answers; of ``3+ (positive)`` the part that answers, where the other is an answer as well."""
    whole = named(word)
    if whole is not None:
        return {whole}
    match = _WITH_REMARK.fullmatch(fold(word))
    parts = [] if match is None else [part.strip() for part in match.groups()]
    if not all(part in _answering(codes) or named(part) for part in parts):
        return set()
    return {found for part in parts if (found := named(part)) is not None}


def _answer_words(concept: Concept) -> Iterator[str]:
    yield from concept.words()
    # A staging system's codes are what people read: cT3, 2B.
    yield from (coding.code for coding in concept.codings if coding.code is not None and coding.display is None)


def stage_group(concept: Concept, codes: CodeTables) -> str | None:
    """Return a stage group in Roman numerals (``IIB``), or None. Raises ``Disagreement``."""
    found: set[str] = set()
    for coding in concept.codings:
        system = codes.systems.get(coding.system or "")
        if system is not None and coding.code is not None:
            entry = codes.answers.by_code(f"{_STAGE_GROUP}|{system}", coding.code)
            found |= set() if entry is None else {entry.one("stage") or ""}
    for word in (*concept.words(), *(coding.code for coding in concept.codings if coding.code is not None)):
        match = _STAGE.fullmatch(fold(word))
        if match is not None:
            found.add(_ROMAN.get(match[1], match[1].upper()) + match[2].upper())
    if len(found) > 1:
        raise Disagreement
    return next(iter(found), None)
