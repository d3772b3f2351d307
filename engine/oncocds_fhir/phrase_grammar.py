"""What the words of a diagnosis say together: which organ has the cancer, where metastases lie, what is doubted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

_SPINE = {"c": "cervical_spine", "颈": "cervical_spine", "t": "thoracic_spine", "胸": "thoracic_spine"}
_SPINE |= {"l": "lumbar_spine", "腰": "lumbar_spine", "s": "sacrum", "骶": "sacrum"}
_CONTENT = ("place", "vertebrae", "tumour", "metastasis", "cancers", "metastases")


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


class Unread(Exception):  # noqa: N818 - it is no error of ours
    """A text that is not understood."""


@dataclass(frozen=True, slots=True)
class Word:
    """A known word: its kind, what it may mean, and its text."""

    kind: str
    means: Mapping[str, tuple[str, ...]]
    text: str


def said_by(words: Iterable[Word]) -> Said:
    """Return what words say. Raises ``Unread`` where they do not fit together."""
    return _Reading(words).said()


class _Reading:
    """One text being read: parts between marks, and in each the places that wait for what they are places of."""

    def __init__(self, words: Iterable[Word]) -> None:
        self._parts: list[list[Word]] = [[]]
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

    def _part(self, words: list[Word]) -> tuple[list[tuple[str | None, str | None]], list[Place]]:
        tumours: list[tuple[str | None, str | None]] = []
        places: list[Place] = []
        waiting: list[Word] = []
        side: str | None = None
        after: str | None = None  # what a place behind it belongs to: "cancers of", "metastases to"
        fresh = False
        for word in words:
            if word.kind == "sides":
                side = word.means["of"][0]
            elif word.kind in ("place", "vertebrae"):
                place = Word(word.kind, _placed(word, side), word.text)
                waiting = _narrowed(waiting, place) if waiting and not fresh else [*waiting, place]
                fresh = False
            elif word.kind == "lists":
                fresh = bool(waiting)
            elif word.kind == "tumour":
                if waiting or after:
                    raise Unread
                tumours.append((word.means["tumour_type"][0], word.means.get("laterality", (side,))[0]))
                side = None
            elif word.kind == "metastasis":
                if after:
                    raise Unread
                place = Word("place", _placed(word, side), word.text)
                waiting = _narrowed(waiting, place) if waiting and not fresh else [*waiting, place]
                places += [_place(one) for one in waiting]
                waiting, side, fresh = [], None, False
            elif word.kind in ("cancers", "metastases"):
                if after:
                    raise Unread
                if not waiting:
                    after = word.kind if word.kind == "metastases" else f"cancers {word.means['of'][0]}"
                elif word.kind == "cancers":
                    tumours.append(_tumour(waiting, word.means["of"][0]))
                else:
                    places += [_place(one) for one in waiting]
                if waiting:
                    waiting, side = [], None
            elif word.kind == "of" and not after:
                raise Unread
        if after == "metastases":
            places += [_place(one) for one in waiting] or [Place(None)]
        elif after:
            tumours.append(_tumour(waiting, after.split()[1]))
        elif waiting:
            raise Unread
        if side is not None and not waiting:
            raise Unread
        return tumours, places


def _pieces(part: list[Word]) -> Iterator[tuple[list[Word], str | None]]:
    """Yield what of a part is certain (None), in doubt or denied.

    A word of doubt or denial speaks of what follows it, or where nothing does of what stands before; those of
    ``_behind`` always of what stands before.
    """
    piece: list[Word] = []
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


def _placed(word: Word, side: str | None) -> Mapping[str, tuple[str, ...]]:
    means = dict(word.means)
    if word.kind == "vertebrae":
        sites = {
            _SPINE[letter]
            for letter in word.text
            if letter in _SPINE and not (letter == "s" and "vertebra" in word.text)
        }
        means = {"organ": ("bone",), **({"site": tuple(sites)} if len(sites) == 1 else {})}
    if side is not None and "laterality" not in means:
        means["laterality"] = (side,)
    return means


def _narrowed(waiting: list[Word], place: Word) -> list[Word]:
    """Return the places where two words name one: 腰椎骨, 纵隔淋巴结. Raises ``Unread`` where they do not fit."""
    one, two = waiting[-1].means, place.means
    if one.get("organ", two.get("organ")) != two.get("organ", one.get("organ")):
        raise Unread
    if "site" in one and "site" in two and one["site"] != two["site"]:
        raise Unread
    return [*waiting[:-1], Word("place", {**one, **two} if "tumour" not in one else {**two, **one}, place.text)]


def _place(word: Word) -> Place:
    organ, site, side = (word.means.get(key, (None,))[0] for key in ("organ", "site", "laterality"))
    return Place(None if organ == "unspecified" else organ, site, side)


def _tumour(waiting: list[Word], kind: str) -> tuple[str | None, str | None]:
    """Return type and side of a cancer of an organ. Raises ``Unread`` where word and organ do not fit."""
    if len(waiting) != 1 or "tumour" not in waiting[0].means:
        raise Unread
    organ = waiting[0].means["tumour"][0]
    side = waiting[0].means.get("laterality", (None,))[0]
    if kind == "any":
        return (None if organ == "hcc" else organ), side  # a cancer of the liver is of no certain type
    if kind in ("nsclc", "sclc"):
        if organ == "lung_nos":
            return kind, side
        if organ in ("hcc", "breast") or kind == "sclc":
            raise Unread
        return organ, side
    if kind != organ:
        raise Unread
    return kind, side
