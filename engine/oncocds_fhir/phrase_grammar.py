"""What the words of a diagnosis say together: which organ has the cancer, where metastases lie, what is doubted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from oncocds_fhir.phrase_parts import may_be_stage, parted, placed, regions
from oncocds_fhir.phrase_words import HEDGES, Unread, Word, about_more, denies, tells_any

_APART = {"bone", "liver", "lung", "brain"}  # organs whose words beside each other are a list: 肝骨转移
_REFUTED = "refuted"  # denied of the patient: 排除骨转移, unlike 骨转移筛查


@dataclass(frozen=True)
class Place:
    """Where a metastasis lies; nothing is known of what is None."""

    organ: str | None
    site: str | None = None
    side: str | None = None


@dataclass
class Said:
    """What a diagnosis says: tumours by type with their sides, metastases by place, findings by fact.

    Each is certain, doubted or denied; what was once is denied, but that metastases were is known. ``refuted`` is what
    is denied of the patient now, unlike what is a relative's or was looked for.
    """

    tumours: list[tuple[str | None, str | None]] = field(default_factory=list)
    metastases: list[Place] = field(default_factory=list)
    doubted_tumours: list[str | None] = field(default_factory=list)
    doubted: list[Place] = field(default_factory=list)
    denied_tumours: list[str | None] = field(default_factory=list)
    denied: list[Place] = field(default_factory=list)
    past: list[Place] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    doubted_findings: list[str] = field(default_factory=list)
    denied_findings: list[str] = field(default_factory=list)
    refuted_tumours: list[str] = field(default_factory=list)
    refuted: list[Place] = field(default_factory=list)
    refuted_findings: list[str] = field(default_factory=list)


def said_by(words: Iterable[Word]) -> Said:
    """Return what words say. Raises ``Unread`` where they do not fit together."""
    return _Reading(words).said()


def place_of(words: Iterable[Word]) -> Mapping[str, tuple[str, ...]] | None:
    """Return what words of one place and its side mean, None where they name none. Raises ``Unread``."""
    places: list[Word] = []
    sides: set[str] = set()
    for word in words:
        if word.kind in ("place", "vertebrae"):
            place = Word("place", placed(word, None), word.text)
            places = _narrowed(places, place) if places else [place]
        elif word.kind == "sides":
            sides.add(word.means["of"][0])
        elif word.kind not in ("beside", "blank", "of"):
            raise Unread
    if len(places) != 1 or len(sides) > 1:
        return None
    means = {key: named for key, named in places[0].means.items() if key != "tumour"}
    if means.get("organ") == ("bone",):
        means["radiotherapy_site"] = ("bone",)
    if sides and means.get("laterality", tuple(sides)) != tuple(sides):
        raise Unread
    return {**means, **({"laterality": tuple(sides)} if sides else {})}


class _Reading:
    """One text being read: parts between marks, and in each the places that wait for what they are places of."""

    def __init__(self, words: Iterable[Word]) -> None:
        self._parts = parted(words)

    def said(self) -> Said:
        said = Said()
        for part in self._parts:
            for piece, how in _pieces(part):
                tumours, places, findings = self._part(piece)
                if how is None:
                    said.tumours += tumours
                    said.metastases += places
                    said.findings += findings
                elif how == "doubt":
                    said.doubted_tumours += [kind for kind, _ in tumours]
                    said.doubted += places
                    said.doubted_findings += findings
                else:
                    said.denied_tumours += [kind for kind, _ in tumours]
                    said.denied_findings += findings
                    (said.past if how == "past" else said.denied).extend(places)
                if how == _REFUTED:
                    said.refuted_tumours += [kind for kind, _ in tumours if kind is not None]
                    said.refuted += places
                    said.refuted_findings += findings
        return said

    def _part(self, words: list[Word]) -> tuple[list[tuple[str | None, str | None]], list[Place], list[str]]:
        tumours: list[tuple[str | None, str | None]] = []
        places: list[Place] = []
        findings: list[str] = []
        spread = False  # "metastatic" before the name of the cancer
        waiting: list[Word] = []
        side: str | None = None
        after: str | None = None  # what a place behind it belongs to: "cancers of", "metastases to"
        fresh = False
        for word in words:
            if word.kind == "sides":
                side = word.means["of"][0]
            elif word.kind == "vertebrae" and tumours and may_be_stage(word):
                continue  # 乳腺癌 T2 骨转移: a stage, or where the metastasis is
            elif word.kind == "bare":
                raise Unread
            elif word.kind in ("place", "vertebrae"):
                for one in regions(word):
                    place = Word(one.kind, placed(one, None if word.kind == "vertebrae" else side), one.text)
                    waiting = _narrowed(waiting, place) if waiting and not fresh else [*waiting, place]
                    fresh = one is not word  # T12/L1 are two
                fresh = False
            elif word.kind == "finding":
                if after or spread:
                    raise Unread
                findings.append(word.means["fact"][0])
                waiting, side, fresh = [], None, False  # where it is: L3椎体病理性骨折
            elif word.kind == "spread":
                spread = True
            elif word.kind == "lists":
                fresh = bool(waiting)
            elif word.kind == "tumour":
                if after:
                    raise Unread
                kind = word.means["tumour_type"][0]
                theirs = _side_of_own(waiting, kind) if waiting else side  # 右乳TNBC
                tumours.append((kind, word.means.get("laterality", (theirs,))[0]))
                waiting, side, fresh = [], None, False
            elif word.kind == "metastasis":
                if after:
                    raise Unread
                place = Word("place", placed(word, side), word.text)
                if not waiting or word.means.get("organ") != ("unspecified",):  # 骨盆多发转移 are those of the pelvis
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
        if spread:
            # 转移性肝癌 is a metastasis of the liver, "metastatic lung cancer" a cancer of the lung: not to be told.
            if len(tumours) != 1 or places or tumours[0][0] in (None, "lung_nos", "nsclc", "sclc", "hcc"):
                raise Unread
            places.append(Place(None))
        return tumours, places, findings


def _pieces(part: list[Word]) -> Iterator[tuple[list[Word], str | None]]:
    """Yield what of a part is certain (None), in doubt, denied or refuted.

    A word of doubt or denial speaks of what follows it, or where nothing does of what stands before; those of
    ``_behind`` of what stands before, where anything does (已排除骨转移).
    """
    piece: list[Word] = []
    how: str | None = None
    for at, word in enumerate(part):
        kind = word.kind.removesuffix("_behind")
        hedge = _REFUTED if kind == "denial" and denies(word) else kind
        if kind not in HEDGES:
            piece.append(word)
        elif (kind == word.kind or not tells_any(piece)) and tells_any(part[at + 1 :]):
            yield piece, how
            piece, how = [], hedge
        else:
            if word.kind == "denial" and about_more(part[at + 1 :]):
                raise Unread  # 骨转移无明显改变
            yield piece, next(one for one in ("denial", _REFUTED, "past", "doubt") if one in (how, hedge))
            piece, how = [], None
    yield piece, how


def _narrowed(waiting: list[Word], place: Word) -> list[Word]:
    """Return the places where two words name one: 腰椎骨, 纵隔淋巴结. Raises ``Unread`` where they do not fit."""
    one, two = waiting[-1].means, place.means
    organs = {*one.get("organ", ()), *two.get("organ", ())}
    if len(organs) > 1 and organs <= _APART and "site" not in one and "site" not in two:
        return [*waiting, place]
    if one.get("organ", two.get("organ")) != two.get("organ", one.get("organ")):
        raise Unread
    if "site" in one and "site" in two and one["site"] != two["site"]:
        raise Unread
    return [*waiting[:-1], Word("place", {**one, **two} if "tumour" not in one else {**two, **one}, place.text)]


def _place(word: Word) -> Place:
    organ, site, side = (word.means.get(key, (None,))[0] for key in ("organ", "site", "laterality"))
    return Place(None if organ == "unspecified" else organ, site, side)


def _side_of_own(waiting: list[Word], kind: str) -> str | None:
    """Return the side of the organ before the name of a cancer of its own. Raises ``Unread`` where it is of another."""
    organs = [word.means.get("tumour", (None,))[0] for word in waiting]
    if organs != [kind] and not (organs == ["lung_nos"] and kind in ("nsclc", "sclc")):
        raise Unread
    return waiting[0].means.get("laterality", (None,))[0]


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
