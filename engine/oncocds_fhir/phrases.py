"""Diagnoses and radiotherapy as people write them, read by their parts: 左乳浸润性导管癌术后，腰椎骨转移.

A text is cut into known words, the longest first. It is read where every part of it is known, and nothing is guessed: an unknown
word makes the whole say nothing. What is doubted (待排, ？) is read as doubted, what is denied (除外, 家族史) as denied. Organ and bone
names are those of ``sites``, so a site's own words (the overlay's) are read as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from oncocds.vocabulary.code_tables import CodeTables
from oncocds.vocabulary.meanings import fold

_LONGEST = 200
_CONTENT = ("place", "vertebrae", "tumour", "metastasis", "cancers", "metastases")
_SPINE = {"c": "cervical_spine", "颈": "cervical_spine", "t": "thoracic_spine", "胸": "thoracic_spine"}
_SPINE |= {"l": "lumbar_spine", "腰": "lumbar_spine", "s": "sacrum", "骶": "sacrum"}
_VERTEBRAE = re.compile(
    r"[ctls][0-9]{1,2}(?:\s*[-~、,/及和]\s*[ctls]?[0-9]{1,2})*\s*(?:椎体|椎骨|椎|vertebral bod(?:y|ies)|vertebrae?)(?![a-z])"
    r"|第\s*[0-9]{1,2}\s*[颈胸腰骶]椎(?:体)?|[颈胸腰骶]椎?[0-9]{1,2}(?:[-~、,][0-9]{1,2})*(?:椎体|椎)?"
)
_STAGE = re.compile(
    r"[yrcp]{0,2}t(?:[0-4x]|is)[a-d]?(?:\(?m\)?)?n[0-3x][a-c]?(?:mi)?(?:\(sn\))?(?:m[01x][a-c]?)?"
    r"|(?:iv|i{1,3}|[1-4])\s*[abc]?[0-3]?\s*期|stage\s+(?:iv|i{1,3}|[1-4])[abc]?(?![a-z])"
)


@dataclass(frozen=True)
class Place:
    """Where a metastasis lies; nothing is known of what is None."""

    organ: str | None
    site: str | None = None
    side: str | None = None


@dataclass
class Said:
    """What a diagnosis says: tumours by type with their sides, metastases by place; certain, doubted or denied."""

    tumours: list[tuple[str | None, str | None]] = field(default_factory=list)
    metastases: list[Place] = field(default_factory=list)
    doubted_tumours: list[str | None] = field(default_factory=list)
    doubted: list[Place] = field(default_factory=list)
    denied_tumours: list[str | None] = field(default_factory=list)
    denied: list[Place] = field(default_factory=list)


class _Unread(Exception):  # noqa: N818 - it is no error of ours
    """A text that is not understood."""


@dataclass(frozen=True, slots=True)
class _Word:
    kind: str
    means: Mapping[str, tuple[str, ...]]
    text: str


class Phrases:
    """Reads texts with the words of one set of code tables."""

    def __init__(self, codes: CodeTables) -> None:
        self._words: dict[str, list[tuple[str, Mapping[str, tuple[str, ...]]]]] = {}
        for kind, by_type in codes.phrases.items():
            for of, words in by_type.items():
                for word in words:
                    self._add(word, kind, {"of": (of,)})
        tumour_of = {
            entry.means["organ"]: (tumour,)
            for tumour, words in codes.phrases.get("organs", {}).items()
            for word in words
            if (entry := codes.sites.by_name(word)) is not None and "organ" in entry.means
        }
        for name, entry in codes.sites.names.items():
            if set(entry.means) != {"laterality"}:
                tumour = tumour_of.get(entry.means.get("organ", ()))
                self._add(name, "place", entry.means if tumour is None else {**entry.means, "tumour": tumour})
        for name, entry in codes.tumours.names.items():
            self._add(name, "tumour", entry.means)
        for name, entry in codes.metastases.names.items():
            self._add(name, "metastasis", entry.means)
        self._therapy = {fold(n): e.means for n, e in codes.procedures.names.items() if "radiotherapy" in e.means}
        self._surgery = {fold(n) for n, e in codes.procedures.names.items() if "surgery" in e.means}
        self._doubts = (*codes.phrases["doubt_behind"]["any"], *codes.phrases["doubt"].get("certain", ()))
        self._longest = max(map(len, (*self._words, *self._therapy, *self._surgery)))

    def _add(self, word: str, kind: str, means: Mapping[str, tuple[str, ...]]) -> None:
        self._words.setdefault(fold(word), []).append((kind, means))

    def diagnosis(self, text: str) -> Said | None:
        """Return what a diagnosis says, None where it is not understood or says nothing of tumours."""
        words = self._cut(fold(text), therapy=False)
        try:
            said = None if words is None else _Reading(words).said()
        except _Unread:
            return None
        return said if said is not None and any(vars(said).values()) else None

    def doubted(self, text: str) -> bool:
        """Tell whether a text, understood or not, holds a word of doubt that can mean nothing else."""
        return any(fold(word) in fold(text) for word in self._doubts)

    def radiotherapy(self, text: str) -> Mapping[str, tuple[str, ...]] | None:
        """Return what a name of radiotherapy means, None where it is none for certain."""
        found: list[Mapping[str, tuple[str, ...]]] = []
        for word in self._cut(fold(text), therapy=True) or ():
            if word.kind.startswith(("doubt", "denial")) or (found and word.text == "后"):
                return None  # 放疗后 is no radiotherapy
            if word.kind == "therapy":
                found.append(word.means)
        if not found:
            return None
        techniques = {technique for means in found for technique in means.get("technique", ())}
        return {"radiotherapy": ("course",), **({"technique": tuple(techniques)} if len(techniques) == 1 else {})}

    def _cut(self, text: str, *, therapy: bool) -> list[_Word] | None:
        """Return the words of a folded text, the longest first; None where no cut makes every word a known one."""
        if len(text) > _LONGEST:
            return None
        hopeless: set[int] = set()

        def cut(at: int) -> list[_Word] | None:
            if at == len(text):
                return []
            if at in hopeless:
                return None
            for word in self._at(text, at, therapy):
                rest = cut(at + len(word.text))
                if rest is not None:
                    return [word, *rest]
            hopeless.add(at)
            return None

        return cut(0)

    def _at(self, text: str, at: int, therapy: bool) -> Iterator[_Word]:
        """Yield the words that may stand at a place, the longest first."""
        if text[at].isspace():
            between = _ideograph(text[at - 1 : at]) and _ideograph(text[at + 1 : at + 2])
            yield _Word("marks" if between else "blank", {}, text[at])
            return
        for pattern, kind in ((_VERTEBRAE, "vertebrae"), (_STAGE, "beside")):
            match = pattern.match(text, at)
            if match is not None and match[0] and _ends(text, at, match.end()):
                yield _Word(kind, {}, match[0])
        for end in range(min(len(text), at + self._longest), at, -1):
            part = text[at:end]
            if not _ends(text, at, end):
                continue
            if therapy and part in self._therapy:
                yield _Word("therapy", self._therapy[part], part)
            elif therapy and part in self._surgery:
                yield _Word("beside", {}, part)
            elif part in self._words:
                yield _merged(self._words[part], part)


def _merged(meanings: list[tuple[str, Mapping[str, tuple[str, ...]]]], part: str) -> _Word:
    """Return one word of all that it may mean: an organ of a tumour is a place as well."""
    kinds = {kind for kind, _ in meanings}
    means: dict[str, tuple[str, ...]] = {}
    for kind, said in meanings:
        means |= {"tumour": said["of"]} if kind == "organs" else said
    for kind in ("denial", "denial_behind", "doubt", "doubt_behind", "metastasis", "tumour", "cancers", "metastases", "sides"):
        if kind in kinds:
            return _Word(kind, means, part)
    return _Word("place" if kinds & {"place", "organs"} else next(iter(kinds)), means, part)


class _Reading:
    """One text being read: parts between marks, and in each the places that wait for what they are places of."""

    def __init__(self, words: Iterable[_Word]) -> None:
        self._parts: list[list[_Word]] = [[]]
        for word in words:
            if word.kind == "marks":
                self._parts.append([])
            elif word.kind != "blank":
                self._parts[-1].append(word)

    def said(self) -> Said:
        said = Said()
        for part in self._parts:
            for piece, how in _pieces(part):
                tumours, places = self._part(piece)
                if how is None:
                    said.tumours += tumours
                    said.metastases += places
                elif how == "doubt":
                    said.doubted_tumours += [kind for kind, _ in tumours]
                    said.doubted += places
                else:
                    said.denied_tumours += [kind for kind, _ in tumours]
                    said.denied += places
        return said

    def _part(self, words: list[_Word]) -> tuple[list[tuple[str | None, str | None]], list[Place]]:
        tumours: list[tuple[str | None, str | None]] = []
        places: list[Place] = []
        waiting: list[_Word] = []
        side: str | None = None
        after: str | None = None  # what a place behind it belongs to: "cancers of", "metastases to"
        fresh = False
        for word in words:
            if word.kind == "sides":
                side = word.means["of"][0]
            elif word.kind in ("place", "vertebrae"):
                place = _Word(word.kind, _placed(word, side), word.text)
                waiting = _narrowed(waiting, place) if waiting and not fresh else [*waiting, place]
                fresh = False
            elif word.kind == "lists":
                fresh = bool(waiting)
            elif word.kind == "tumour":
                if waiting or after:
                    raise _Unread
                tumours.append((word.means["tumour_type"][0], word.means.get("laterality", (side,))[0]))
                side = None
            elif word.kind == "metastasis":
                if after:
                    raise _Unread
                place = _Word("place", _placed(word, side), word.text)
                waiting = _narrowed(waiting, place) if waiting and not fresh else [*waiting, place]
                places += [_place(one) for one in waiting]
                waiting, side, fresh = [], None, False
            elif word.kind in ("cancers", "metastases"):
                if after:
                    raise _Unread
                if not waiting:
                    after = word.kind if word.kind == "metastases" else f"cancers {word.means['of'][0]}"
                elif word.kind == "cancers":
                    tumours.append(_tumour(waiting, word.means["of"][0]))
                else:
                    places += [_place(one) for one in waiting]
                if waiting:
                    waiting, side = [], None
            elif word.kind == "of" and not after:
                raise _Unread
        if after == "metastases":
            places += [_place(one) for one in waiting] or [Place(None)]
        elif after:
            tumours.append(_tumour(waiting, after.split()[1]))
        elif waiting:
            raise _Unread
        if side is not None and not waiting:
            raise _Unread
        return tumours, places


def _pieces(part: list[_Word]) -> Iterator[tuple[list[_Word], str | None]]:
    """Yield what of a part is certain (None), in doubt or denied.

    A word of doubt or denial speaks of what follows it, or where nothing does of what stands before; those of
    ``_behind`` always of what stands before.
    """
    piece: list[_Word] = []
    how: str | None = None
    for at, word in enumerate(part):
        kind = word.kind.removesuffix("_behind")
        if kind not in ("doubt", "denial"):
            piece.append(word)
        elif kind == word.kind and any(later.kind in _CONTENT for later in part[at + 1 :]):
            yield piece, how
            piece, how = [], kind
        else:
            yield piece, "denial" if "denial" in (how, kind) else kind
            piece, how = [], None
    yield piece, how


def _placed(word: _Word, side: str | None) -> Mapping[str, tuple[str, ...]]:
    means = dict(word.means)
    if word.kind == "vertebrae":
        sites = {_SPINE[letter] for letter in word.text if letter in _SPINE and not (letter == "s" and "vertebra" in word.text)}
        means = {"organ": ("bone",), **({"site": tuple(sites)} if len(sites) == 1 else {})}
    if side is not None and "laterality" not in means:
        means["laterality"] = (side,)
    return means


def _narrowed(waiting: list[_Word], place: _Word) -> list[_Word]:
    """Return the places where two words name one: 腰椎骨, 纵隔淋巴结. Raises ``_Unread`` where they do not fit."""
    one, two = waiting[-1].means, place.means
    if one.get("organ", two.get("organ")) != two.get("organ", one.get("organ")):
        raise _Unread
    if "site" in one and "site" in two and one["site"] != two["site"]:
        raise _Unread
    return [*waiting[:-1], _Word("place", {**one, **two} if "tumour" not in one else {**two, **one}, place.text)]


def _place(word: _Word) -> Place:
    organ, site, side = (word.means.get(key, (None,))[0] for key in ("organ", "site", "laterality"))
    return Place(None if organ == "unspecified" else organ, site, side)


def _tumour(waiting: list[_Word], kind: str) -> tuple[str | None, str | None]:
    """Return type and side of a cancer of an organ. Raises ``_Unread`` where word and organ do not fit."""
    if len(waiting) != 1 or "tumour" not in waiting[0].means:
        raise _Unread
    organ = waiting[0].means["tumour"][0]
    side = waiting[0].means.get("laterality", (None,))[0]
    if kind == "any":
        return (None if organ == "hcc" else organ), side  # a cancer of the liver is of no certain type
    if kind in ("nsclc", "sclc"):
        if organ == "lung_nos":
            return kind, side
        if organ in ("hcc", "breast") or kind == "sclc":
            raise _Unread
        return organ, side
    if kind != organ:
        raise _Unread
    return kind, side


def _ends(text: str, start: int, end: int) -> bool:
    """Return whether a word may stand at a place: Latin letters stand beside no other Latin letter."""
    before = text[start - 1 : start]
    after = text[end : end + 1]
    return not (_latin(text[start]) and _latin(before)) and not (_latin(text[end - 1]) and _latin(after))


def _latin(character: str) -> bool:
    return character.isascii() and character.isalpha()


def _ideograph(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff"


_MADE: dict[int, tuple[CodeTables, Phrases]] = {}


def phrases(codes: CodeTables) -> Phrases:
    """Return the reader of some code tables; made when it is first asked for, once."""
    made = _MADE.get(id(codes))
    if made is None:  # the tables are kept so that their identity stays their own
        made = _MADE[id(codes)] = (codes, Phrases(codes))
    return made[1]
