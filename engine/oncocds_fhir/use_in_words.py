"""What words beside a drug say of its use, where its status calls it active: 已停用, 改用地舒单抗, 拟下周期开始.

Notes, reasons and instructions are free text: what is found in them makes nothing certain, but leaves open whether the
drug is in use. A word counts for the drug that is named behind it, else for the one that was named last before it in
the sentence, else for the record's own; one that is denied, or said of a case that has not come, counts for none, nor
one behind which it was begun again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

from oncocds.vocabulary.code_tables import CodeTables
from oncocds.vocabulary.kept import once
from oncocds.vocabulary.meanings import fold
from oncocds.vocabulary.models import Vocabulary
from oncocds.vocabulary.printed_names import printed_names
from oncocds_fhir.alike import alike
from oncocds_fhir.bare_words import bare_words
from oncocds_fhir.bundle import Resource
from oncocds_fhir.drugs import DrugName
from oncocds_fhir.elements import objects_in
from oncocds_fhir.gathering import Gathering
from oncocds_fhir.last_uses import Cycle, days_over, last_uses, single_cycle
from oncocds_fhir.shapes import is_known
from oncocds_fhir.stops_spoken_of import either, stops_spoken_of
from oncocds_fhir.texts_beside import texts_beside

_DOSAGE = ("dosageInstruction", "dosage")
_TEXTS = ("note", "statusReason", *_DOSAGE)
_NAMES = ("medicationCodeableConcept", "medicationReference", "medication")  # the last of FHIR 5.0
_WRITTEN = ("text", "display", "patientInstruction")
_SENTENCE = re.compile(r"[。;!\n\r]|(?<!jan|feb|mar|apr|jun|jul|aug|sep|oct|nov|dec)(?<!sept)\.(?=\s|$)")
_BETWEEN = re.compile(
    r"\s(?:on|taking|using|receiving)\s|\s?(?:口服|静滴|静脉|注射用|国产|进口)|[\s了过:\"'“”「（(]{0,2}"
)
_COUNTED = re.compile(
    r"(?!\s*([0-9]{1,2})\s*(?:/|of)\s*\1(?![0-9]))\s*(?:第|了)?\s*[0-9一二三四五六七八九十]{1,2}\s*"
    r"(?:个?(?:周期|疗程)|次|程|针|剂|(?:of\s*[0-9]|/\s*[0-9]{1,2}(?![0-9]))|(?:cycles?|doses?|courses?)(?![a-z]))"
    r"|\s*(?:cycle|dose|course)\s*#?[0-9]"
)
_NO_DOSE = r"[0-9]+(?:\.[0-9]+)?(?!\s*(?:mg|g|iu|ug|片|粒|支|[0-9.]))"
_RESULT = re.compile(rf"\s*(?:levels?|is|was|of|:)?\s*(?:[<>≤≥=]|low|high|normal|偏?[低高]|{_NO_DOSE})")
_JOINED = re.compile(r"[\s已均现都也全部]{0,3}|\s*(?:is|was|are|were|has been|have been)\s*")
_ENDS = re.compile(r"\s*(?:$|[,、()])")
_LATIN = re.compile(r"[a-z0-9]+")
_SHORTEST = 4  # letters of a Latin name
_FIRST = 2
_PAUSED = r"停\s?(?:[0-9]{1,2}|[一二两三四五六七八九十半]{1,2})\s?个?(?:天|日|周|月|年)(?!经)"  # 停2月余
_T = TypeVar("_T")


class _Words(NamedTuple):
    """Words of tables by kind: what is said of a use, and what takes it back."""

    any: _Finder
    instead: frozenset[str]
    of_name: frozenset[str]
    again: frozenset[str]
    counted: frozenset[str]
    missed: frozenset[str]
    none: tuple[str, ...]
    meant: tuple[str, ...]
    denying: tuple[str, ...]
    as_needed: _Finder


def against_use(resource: Resource, drugs: tuple[DrugName, ...], gathering: Gathering) -> str | None:
    """Return the word by which a record says that its drug is not in use, or not yet; None where it says nothing.

    The days of a single cycle say so when they are long over.
    """
    word, cycle = alike(_said, resource, gathering, drugs)
    return word or days_over(cycle, resource.element, gathering.moment, _longest(drugs, gathering))


def _said(resource: Resource, gathering: Gathering, drugs: tuple[DrugName, ...]) -> tuple[str | None, Cycle | None]:
    """Return the word against the use of a drug; else the days of a single cycle, where its texts tell some."""
    words, mentions = _words(gathering.codes), None
    stops, told, longest = stops_spoken_of(gathering.codes), last_uses(gathering.codes), _longest(drugs, gathering)
    bare = bare_words(gathering.codes)
    # A name that is not understood names a drug of which nothing is known: its words are not read again.
    named = any(drug.drug not in (None, "other") or drug.told for drug in drugs)
    for text in _texts(resource, (*_TEXTS, *_NAMES) if named else _TEXTS):
        found: str | None = None
        may_be, may_be_bare = words.any.may_be_in(text), bare.may_be_in(text)
        for sentence in _SENTENCE.split(text):
            over, alone = list(told.over(sentence, gathering.moment, longest)), list[re.Match[str]]()
            if may_be_bare:
                mentions = mentions or _Mentions(drugs, gathering)
                alone = list(bare.said(sentence, mentions.own))
            those = words.any.pattern.finditer(sentence) if may_be else ()
            for match in sorted([*those, *over, *alone], key=lambda one: one.start()):
                as_word = match not in over and match not in alone
                if as_word and (_taken_back(sentence, match, words) or stops.is_conditional(text, sentence, match)):
                    continue
                mentions = mentions or _Mentions(drugs, gathering)
                if stops.is_one(text, sentence, match.start(), match.end()) and not mentions.others(text):
                    continue
                objects = mentions.behind(sentence, match)
                if match[0] in words.instead:
                    is_own = mentions.subject(sentence, match) and any(not own for own in objects)
                elif match[0] in words.of_name and not _ENDS.match(sentence, match.end()):
                    is_own = any(objects)
                else:
                    is_own = any(objects) if objects else match in alone or mentions.subject(sentence, match)
                if is_own:
                    found = None if match[0] in words.again else match[0]
        if found is not None:
            return found, None
    return None, single_cycle(_texts(resource, _TEXTS))


def _longest(drugs: Iterable[DrugName], gathering: Gathering) -> int:
    """Return the longest time between two doses of one therapy, in days."""
    return max((gathering.codes.gap(drug.drug).longest for drug in drugs), default=0)


def as_needed(resource: Resource, codes: CodeTables) -> bool:
    """Tell whether a drug is ordered to be used as needed."""
    raw = resource.element.raw()
    dosages = [one for key in _DOSAGE for one in objects_in(raw.get(key))]
    marked = any(one.get("asNeededBoolean") is True or one.get("asNeeded") is True for one in dosages)
    coded = any(one.get("asNeededCodeableConcept") or one.get("asNeededFor") for one in dosages)
    return marked or coded or any(_words(codes).as_needed.in_(text) for text in _texts(resource, _DOSAGE))


def _texts(resource: Resource, keys: Iterable[str]) -> Iterator[str]:
    return texts_beside(
        resource, keys, lambda key, value: key in _WRITTEN or (is_known(value) and isinstance(value, dict | list))
    )


def _taken_back(sentence: str, match: re.Match[str], words: _Words) -> bool:
    """Tell whether a word is denied, said of a time to come, or counts cycles (已完成2周期)."""
    before = sentence[: match.start()].rstrip()
    if before.endswith(words.denying) or (match[0] in words.counted and _COUNTED.match(sentence, match.end())):
        return True
    if match[0] in words.again and before.endswith("后") and not match[0].startswith("已"):
        return True  # 恢复后重新开始: it may be still to come
    if match[0] in words.missed and before.endswith(words.none):
        return True
    return match[0] in words.meant and sentence.startswith(("至", "到", "药至", "药到"), match.end())  # 拟用至2026-01


class _Mention(NamedTuple):
    """Where a text names something: the record's own drug or not, a drug or something else."""

    start: int
    end: int
    own: bool
    drug: bool


class _Mentions:
    """Finds what a text names beside the drug itself: other drugs, groups of them, other therapy."""

    def __init__(self, own: tuple[DrugName, ...], gathering: Gathering) -> None:
        vocabulary = gathering.vocabulary
        codes = {drug.drug for drug in own if drug.drug is not None and drug.drug != "other"}
        self._codes = codes | {part for code in codes for part in vocabulary.drugs[code].of}
        self._classes = {name for code in codes for name in vocabulary.drugs[code].classes}
        self._classes |= {name for drug in own for name in drug.certain}
        self._names = [fold(drug.name) for drug in own if drug.name is not None]
        self._known, self._beside = _names(vocabulary), _beside(gathering.codes)
        self._read: str | None = None
        self._found: tuple[_Mention, ...] = ()
        said = gathering.codes.in_words
        self._reasons, self._measured, self._level = said["reason"], said["measured"], said["level"]

    def behind(self, sentence: str, match: re.Match[str]) -> list[bool]:
        """Return of what is named directly behind a word whether it is the record's own drug."""
        between = _BETWEEN.match(sentence, match.end())
        last = match.end() if between is None else between.end()
        return [one.own for one in self._in(sentence) if match.end() <= one.start <= last]

    def own(self, sentence: str) -> list[tuple[int, int]]:
        """Return where a sentence names the record's own drug."""
        return [(one.start, one.end) for one in self._in(sentence) if one.own]

    def others(self, text: str) -> bool:
        """Tell whether a text names another drug, which may have taken the place of the record's own."""
        return any(one.drug and not one.own for one in self._named(text))

    def subject(self, sentence: str, match: re.Match[str]) -> bool:
        """Tell whether a word that stands behind what it is said of is said of the record's own drug."""
        found = list(self._in(sentence))
        within = [one for one in found if match.start() < one.start and one.end <= match.end()]  # last injection
        others = [one for one in found if not one.own and one not in within]
        if any(one.start < match.end() and match.start() < one.end for one in others):
            return False  # 停经
        before = [one for one in found if one.end <= match.start() and self._may_be_meant(one, sentence, match)]
        return max(before, key=lambda one: (one.end, one.own)).own if before else True

    def _may_be_meant(self, one: _Mention, sentence: str, match: re.Match[str]) -> bool:
        """Tell whether what was named before a word is what the word is said of; what is no drug, only beside it."""
        joined = _JOINED.fullmatch(sentence, one.end, match.start()) is not None
        return (one.drug or joined) and (one.own or not sentence[: one.start].rstrip().endswith(self._reasons))

    def _in(self, sentence: str) -> tuple[_Mention, ...]:
        if sentence != self._read:
            self._read, self._found = sentence, tuple(self._named(sentence))
        return self._found

    def _is_result(self, sentence: str, start: int, end: int) -> bool:
        """Tell whether what is a drug as well is named as what was measured: calcium <2.0, low potassium."""
        return sentence[:start].rstrip().endswith(self._level) or _RESULT.match(sentence, end) is not None

    def _named(self, sentence: str) -> Iterator[_Mention]:
        for at, name, code in _standing(sentence, self._known):
            if name in self._measured and self._is_result(sentence, at, at + len(name)):
                continue
            yield _Mention(at, at + len(name), code in self._codes, drug=True)
        for at, name, classes in _standing(sentence, self._beside):
            yield _Mention(at, at + len(name), bool(classes) and self._classes >= classes, drug=False)
        for name in self._names:
            yield from (_Mention(at, at + len(name), own=True, drug=True) for at in _places(name, sentence))


def _standing(text: str, names: Mapping[str, Sequence[tuple[str, _T]]]) -> Iterator[tuple[int, str, _T]]:
    """Yield where names stand in a text; they are sorted by their first letters."""
    for at in range(len(text) - 1):
        for name, meant in names.get(text[at : at + _FIRST], ()):
            if text.startswith(name, at) and _whole(name, text, at):
                yield at, name, meant


def _places(name: str, text: str) -> Iterator[int]:
    return (at for at in range(len(text)) if text.startswith(name, at) and _whole(name, text, at))


def _whole(name: str, text: str, at: int) -> bool:
    """Tell whether a name is no part of a Latin word."""
    return not name.isascii() or not (_letter(text[at - 1 : at]) or _letter(text[at + len(name) : at + len(name) + 1]))


def _letter(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _by_first_letters(names: Mapping[str, _T]) -> dict[str, list[tuple[str, _T]]]:
    found: dict[str, list[tuple[str, _T]]] = {}
    for name, meant in names.items():
        found.setdefault(name[:_FIRST], []).append((name, meant))
    return found


@once
def _names(vocabulary: Vocabulary) -> dict[str, list[tuple[str, str]]]:
    """Return the names of drugs that are long enough to be found within a text."""
    names = printed_names(vocabulary).names
    return _by_first_letters({name: code for name, code in names.items() if len(name) >= _shortest(name)})


@once
def _beside(codes: CodeTables) -> dict[str, list[tuple[str, frozenset[str]]]]:
    """Return the names of groups of drugs with their classes, and of other therapy."""
    named = dict.fromkeys(codes.in_words["other"], frozenset[str]())
    named |= {name: frozenset(entry.means["group"]) for name, entry in codes.drugs.names.items()}
    return _by_first_letters(named)


def _shortest(name: str) -> int:
    return _SHORTEST if name.isascii() else _FIRST


@once
def _words(codes: CodeTables) -> _Words:
    said = codes.in_words
    return _Words(
        _Finder(
            [word for kind in ("ended", "missed", "instead", "of_name", "not_yet", "again") for word in said[kind]],
            said["at_end"],
        ),
        frozenset(said["instead"]),
        frozenset(said["of_name"]),
        frozenset(said["again"]),
        frozenset(said["counted"]),
        frozenset(said["missed"]),
        said["none"],
        tuple(word for word in said["not_yet"] if word.endswith("用")),
        said["not"],
        _Finder(said["as_needed"]),
    )


class _Finder:
    """Finds words in texts; most texts hold none, which their letters and words tell quickly."""

    def __init__(self, words: Iterable[str], at_end: Iterable[str] = ()) -> None:
        words, ending = list(words), sorted(at_end)
        ends = rf"(?:{either(ending)})(?={_ENDS.pattern})|" if ending else ""
        self.pattern = re.compile(f"{ends}{_PAUSED}|{either(words)}" if ending else either(words))
        words += ending
        self._first = frozenset(word[0] for word in words if not (word.isascii() and _LATIN.search(word)))
        self._latin = frozenset(_LATIN.findall(word)[0] for word in words if word[0] not in self._first)

    def may_be_in(self, text: str) -> bool:
        """Tell whether a text may hold one of the words."""
        return not self._first.isdisjoint(text) or not self._latin.isdisjoint(_LATIN.findall(text))

    def in_(self, text: str) -> bool:
        """Tell whether a text holds one of the words."""
        return self.may_be_in(text) and self.pattern.search(text) is not None
