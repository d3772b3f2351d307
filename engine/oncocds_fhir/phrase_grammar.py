"""What the words of a diagnosis say together: which organ has the cancer, where metastases lie, what is doubted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

_SPINE = {"c": "cervical_spine", "颈": "cervical_spine", "t": "thoracic_spine", "胸": "thoracic_spine"}
_SPINE |= {"l": "lumbar_spine", "腰": "lumbar_spine", "s": "sacrum", "骶": "sacrum"}
_ONLY_STAGES = re.compile(r"t[1-4](?:\s*[-~、,/及和]\s*[1-4])*\s*")  # of the chest's vertebrae, or of TNM
_CONTENT = ("place", "vertebrae", "tumour", "metastasis", "cancers", "metastases", "finding")
_APART = {"bone", "liver", "lung", "brain"}  # organs whose words beside each other are a list: 肝骨转移
_HEADING = (":", "：")
_BEHIND = ("(", "（", "[", *_HEADING)
_HEDGES = ("doubt", "denial", "past")
_REFUTED = "refuted"  # denied of the patient: 排除骨转移, unlike 骨转移筛查
_COMMAS = (",", "，", ";", "；", "and")
_PLACES = {"place", "vertebrae", "bare"}
_WHERE = {*_PLACES, "sides", "lists", "beside"}  # kinds that only say where something is


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


def place_of(words: Iterable[Word]) -> Mapping[str, tuple[str, ...]] | None:
    """Return what words of one place and its side mean, None where they name none. Raises ``Unread``."""
    places: list[Word] = []
    sides: set[str] = set()
    for word in words:
        if word.kind in ("place", "vertebrae"):
            place = Word("place", _placed(word, None), word.text)
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


@dataclass(slots=True)
class _Part:
    """What stands between two marks, and the marks."""

    before: str
    words: list[Word] = field(default_factory=list)
    after: str = ""

    @property
    def tells(self) -> bool:
        return _tells(self.words)

    @property
    def hedges(self) -> list[Word]:
        """The words of doubt and denial."""
        return [word for word in self.words if word.kind.startswith(_HEDGES)]

    @property
    def only_where(self) -> bool:
        """Whether it names places or sides and nothing that is there."""
        kinds = {word.kind for word in self.words}
        return kinds <= _WHERE and bool(kinds & {*_PLACES, "sides"})


class _Reading:
    """One text being read: parts between marks, and in each the places that wait for what they are places of."""

    def __init__(self, words: Iterable[Word]) -> None:
        parts = [_Part("")]
        for word in words:
            if word.kind in ("marks", "where"):  # 骨转移，累及腰椎 is 骨转移：腰椎
                mark = word.text if word.kind == "marks" else _HEADING[0]
                if word.kind == "marks" or parts[-1].words:
                    parts[-1].after = mark
                    parts.append(_Part(mark))
                else:
                    parts[-1].before = mark
            elif word.kind != "blank":
                parts[-1].words.append(word)
        self._parts = _with_hedges(parts)

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
            elif word.kind == "vertebrae" and tumours and _may_be_stage(word):
                continue  # 乳腺癌 T2 骨转移: a stage, or where the metastasis is
            elif word.kind == "bare":
                raise Unread
            elif word.kind in ("place", "vertebrae"):
                place = Word(word.kind, _placed(word, None if word.kind == "vertebrae" else side), word.text)
                waiting = _narrowed(waiting, place) if waiting and not fresh else [*waiting, place]
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
                if waiting or after:
                    raise Unread
                tumours.append((word.means["tumour_type"][0], word.means.get("laterality", (side,))[0]))
                side = None
            elif word.kind == "metastasis":
                if after:
                    raise Unread
                place = Word("place", _placed(word, side), word.text)
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


def _with_hedges(parts: list[_Part]) -> list[list[Word]]:
    """Return the parts, with what stands alone between marks beside what it speaks of. Raises ``Unread``.

    ``骨转移：无``, ``骨转移（待排）``, ``骨转移，待排``: what stands before. ``家族史：乳腺癌``: what stands
    behind, where that is one part. Where a doubt or denial would end at a comma (``未见骨转移，肝转移``) nobody can
    tell whether it does.
    """
    found: list[list[Word]] = []
    heading: list[Word] = []
    within = False  # what is listed behind a mark: (L2，T12，骨盆)
    for at, part in enumerate(parts):
        behind = [one for one in parts[at + 1 :] if one.tells]
        within = part.before in _BEHIND or (within and part.before in _COMMAS)
        within = within and {word.kind for word in part.words} <= _WHERE
        if part.only_where and within and found and not heading:
            _add_where(found, part.words)
        elif any(word.kind == "bare" for word in part.words):
            raise Unread
        elif part.tells:
            if heading and behind:
                raise Unread
            if at and part.before in (",", "，") and not part.hedges and _hedged(parts[:at]) and _only_places(part):
                raise Unread
            found.append([*heading, *part.words])
            heading = []
        elif part.hedges and (found or behind):
            is_behind = part.before in _BEHIND or not behind or part.hedges[0].kind.endswith("_behind")
            if behind and (part.after in _HEADING or not found):
                heading += [_as(one, one.kind.removesuffix("_behind")) for one in part.hedges]
            elif is_behind and not any(
                one.kind.startswith(("denial", "past")) and not _denies(one) for one in part.hedges
            ):
                # 骨转移（L2，待排）: the sites, and what is said to lie there
                last = next(at for at in reversed(range(len(found))) if not _is_added(found[at]))
                for one in found[last:]:
                    one += [_as(word, f"{word.kind.removesuffix('_behind')}_behind") for word in part.hedges]
            else:
                raise Unread
    return found


def _add_where(found: list[list[Word]], words: list[Word]) -> None:
    """Add what stands behind a mark to what lies there: 骨转移（腰椎、骨盆）, 乳腺癌（左）. Raises ``Unread``."""
    before = next(one for one in reversed(found) if not _is_added(one))
    said, words = words, _each_apart(words)
    heads = [at for at, word in enumerate(before) if word.kind in ("tumour", "cancers", "metastasis", "metastases")]
    if not heads and any(word.kind == "finding" for word in before):
        return  # 病理性骨折（左股骨）
    if not heads or any(word.kind.startswith(_HEDGES) for word in before):
        raise Unread
    places = [word for word in words if word.kind in ("place", "vertebrae")]
    if not places and not any(word.kind == "sides" for word in words):
        return  # (T2): a stage, or a vertebra; the metastasis is there in either case
    if not places and len(heads) == 1:
        before[:0] = words
        return
    last = before[heads[-2] + 1 if len(heads) > 1 else 0 :]  # 乳腺癌骨转移（腰椎）: the metastases, not the cancer
    organs = {word.means.get("organ", ()) for word in last if word.kind in ("place", "vertebrae", "metastasis")}
    theirs = {_placed(word, None).get("organ", ()) for word in places}
    if before[heads[-1]].kind not in ("metastasis", "metastases") or not places:
        raise Unread
    if organs - {("unspecified",)} and organs != theirs:
        raise Unread
    if not organs and any(word.kind == "bare" and word.text.startswith("s") for word in said):
        raise Unread  # segments of the liver are named alike
    if not organs:  # 转移（骨、肝）
        del before[heads[-1]]
    found.append([*words, Word("metastases", {"of": ("any",)}, "")])


def _is_added(words: list[Word]) -> bool:
    """Return whether words are the sites of what was named before them."""
    return any(word.kind == "metastases" and not word.text for word in words)


def _each_apart(words: list[Word]) -> list[Word]:
    """Return what says where something is, each vertebra a place of its own; none that may be a stage of TNM."""
    known = sum(word.kind in _PLACES for word in words) > 1
    found: list[Word] = []
    for word in words:
        if word.kind == "bare" and (known or not _may_be_stage(word)):
            found += [Word("lists", {}, ""), _as(word, "vertebrae"), Word("lists", {}, "")]
        elif word.kind != "bare":
            found.append(word)
    return found


def _may_be_stage(word: Word) -> bool:
    """Tell whether a word that may be vertebrae of the chest may be a stage of the tumour as well: T1 to T4."""
    return _ONLY_STAGES.fullmatch(word.text) is not None


def _tells(words: Iterable[Word]) -> bool:
    """Return whether words name anything that may be there."""
    return any(word.kind in _CONTENT for word in words)


def _as(word: Word, kind: str) -> Word:
    return Word(kind, word.means, word.text)


def _denies(word: Word) -> bool:
    """Return whether a denial denies what stands before it also where it stands alone, as 家族史 does not."""
    return word.means.get("of") == ("certain",)


def _hedged(parts: list[_Part]) -> bool:
    """Return whether the last part that tells something begins with a doubt or a denial."""
    last = next((part for part in reversed(parts) if part.tells), None)
    return last is not None and last.words[0].kind in ("doubt", "denial")


def _only_places(part: _Part) -> bool:
    """Return whether a part names metastases and no cancer."""
    kinds = {word.kind for word in part.words}
    return bool(kinds & {"metastasis", "metastases"}) and not kinds & {"tumour", "cancers"}


def _pieces(part: list[Word]) -> Iterator[tuple[list[Word], str | None]]:
    """Yield what of a part is certain (None), in doubt, denied or refuted.

    A word of doubt or denial speaks of what follows it, or where nothing does of what stands before; those of
    ``_behind`` of what stands before, where anything does (已排除骨转移).
    """
    piece: list[Word] = []
    how: str | None = None
    for at, word in enumerate(part):
        kind = word.kind.removesuffix("_behind")
        hedge = _REFUTED if kind == "denial" and _denies(word) else kind
        if kind not in _HEDGES:
            piece.append(word)
        elif (kind == word.kind or not _tells(piece)) and _tells(part[at + 1 :]):
            yield piece, how
            piece, how = [], hedge
        else:
            yield piece, next(one for one in ("denial", _REFUTED, "past", "doubt") if one in (how, hedge))
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
