"""The parts of a diagnosis between its marks, each with what stands alone beside it: a doubt, a denial, a site."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from oncocds_fhir.phrase_words import HEDGES, Unread, Word, about_more, denies, tells_any, without_denied_recurrence

_SPINE = {"c": "cervical_spine", "颈": "cervical_spine", "t": "thoracic_spine", "胸": "thoracic_spine"}
_SPINE |= {"l": "lumbar_spine", "腰": "lumbar_spine", "s": "sacrum", "骶": "sacrum"}
_REGION = re.compile(r"th?(?=[0-9])|[cls](?=[0-9])|[颈胸腰骶]")
_RANGE = re.compile(r"[-~]")
_ONLY_STAGES = re.compile(r"t[1-4](?:\s*[-~、,/及和]\s*[1-4])*\s*")  # of the chest's vertebrae, or of TNM
_HEADS = ("tumour", "cancers", "metastasis", "metastases")
_HEADING = (":", "：")
_BEHIND = ("(", "（", "[", *_HEADING)
_BRACKETS = ("(", "（", "[")
_CLOSING = (")", "）", "]")
_COMMAS = (",", "，", ";", "；", "and")
_PLACES = {"place", "vertebrae", "bare"}
_WHERE = {*_PLACES, "sides", "lists", "beside"}  # kinds that only say where something is


@dataclass(slots=True)
class _Part:
    """What stands between two marks, and the marks."""

    before: str
    words: list[Word] = field(default_factory=list)
    after: str = ""

    @property
    def tells(self) -> bool:
        return tells_any(self.words)

    @property
    def hedges(self) -> list[Word]:
        """The words of doubt and denial."""
        return [word for word in self.words if word.kind.startswith(HEDGES)]

    @property
    def tells_no_site(self) -> bool:
        """Whether it is a doubted site (L2？), or where a fracture is that may be none of a metastasis."""
        kinds = {word.kind for word in self.words}
        if "fractures" in kinds:
            return kinds <= {*_WHERE, "fractures"}
        doubted = kinds & {"doubt", "doubt_behind"}
        if not doubted or not kinds & _PLACES or not kinds - doubted <= _WHERE:
            return False
        return self.before in _BRACKETS or (self.before in (*_HEADING, ",", "，") and all(map(_of_bone, self.words)))

    @property
    def only_where(self) -> bool:
        """Whether it names places or sides and nothing that is there."""
        kinds = {word.kind for word in self.words}
        return kinds <= _WHERE and bool(kinds & {*_PLACES, "sides"})


def parted(words: Iterable[Word]) -> list[list[Word]]:
    """Return the words between marks, with the doubts and sites that belong to them. Raises ``Unread``."""
    parts = [_Part("")]
    for word in without_denied_recurrence([*words]):
        if word.kind in ("marks", "where"):  # 骨转移，累及腰椎 is 骨转移：腰椎
            mark = word.text if word.kind == "marks" else _HEADING[0]
            if word.kind == "marks" or parts[-1].words:
                parts[-1].after = mark
                parts.append(_Part(mark))
            else:
                parts[-1].before = mark
        elif word.kind != "blank":
            parts[-1].words.append(word)
    return _with_hedges(parts)


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
        goes_on = part.before in _COMMAS or (part.before in _CLOSING and (not part.words or _joins(part)))
        within = part.before in _BEHIND or (within and goes_on)
        within = within and {word.kind for word in part.words} <= _WHERE
        if part.tells_no_site and (_fractured(part) or _is_of_metastasis(found)) and not heading:
            continue  # the metastasis is there in either case: 骨转移（L2？）
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
            if any(one.kind == "denial" and about_more(part.words[at_ + 1 :]) for at_, one in enumerate(part.words)):
                raise Unread  # 骨转移，未见明显改变
            if any(one.means.get("of") == ("diseases",) for one in part.words):
                raise Unread  # 乳腺癌，考虑骨质疏松
            is_behind = part.before in _BEHIND or not behind or part.hedges[0].kind.endswith("_behind")
            if behind and (part.after in _HEADING or not found):
                heading += [_as(one, one.kind.removesuffix("_behind")) for one in part.hedges]
            elif is_behind and not any(
                one.kind.startswith(("denial", "past")) and not denies(one) for one in part.hedges
            ):
                # 骨转移（L2，待排）: the sites, and what is said to lie there
                last = next(at for at in reversed(range(len(found))) if not _is_added(found[at]))
                for one in found[last:]:
                    one += [_as(word, f"{word.kind.removesuffix('_behind')}_behind") for word in part.hedges]
            else:
                raise Unread
    return found


def _of_bone(word: Word) -> bool:
    """Tell whether a word that is a place lies in the skeleton: 骨转移，L2？."""
    return word.kind != "place" or word.means.get("organ") == ("bone",)


def _joins(part: _Part) -> bool:
    return part.words[0].kind == "lists"


def _fractured(part: _Part) -> bool:
    return any(word.kind == "fractures" for word in part.words)


def _is_of_metastasis(found: list[list[Word]]) -> bool:
    """Tell whether what was named last is a metastasis."""
    heads = [word.kind for word in (found[-1] if found else ()) if word.kind in _HEADS]
    return bool(heads) and heads[-1] in ("metastasis", "metastases")


def _add_where(found: list[list[Word]], words: list[Word]) -> None:
    """Add what stands behind a mark to what lies there: 骨转移（腰椎、骨盆）, 乳腺癌（左）. Raises ``Unread``."""
    before = next(one for one in reversed(found) if not _is_added(one))
    said, words = words, _each_apart(words)
    heads = [at for at, word in enumerate(before) if word.kind in _HEADS]
    if not heads and any(word.kind == "finding" for word in before):
        return  # 病理性骨折（左股骨）
    if not heads or any(word.kind.startswith(HEDGES) for word in before):
        raise Unread
    places = [word for word in words if word.kind in ("place", "vertebrae")]
    if not places and not any(word.kind == "sides" for word in words):
        return  # (T2): a stage, or a vertebra; the metastasis is there in either case
    if not places and len(heads) == 1:
        before[:0] = words
        return
    last = before[heads[-2] + 1 if len(heads) > 1 else 0 :]  # 乳腺癌骨转移（腰椎）: the metastases, not the cancer
    organs = {word.means.get("organ", ()) for word in last if word.kind in ("place", "vertebrae", "metastasis")}
    theirs = {placed(word, None).get("organ", ()) for word in places}
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
        if word.kind == "bare" and (known or not may_be_stage(word)):
            found += [Word("lists", {}, ""), _as(word, "vertebrae"), Word("lists", {}, "")]
        elif word.kind != "bare":
            found.append(word)
    return found


def may_be_stage(word: Word) -> bool:
    """Tell whether a word that may be vertebrae of the chest may be a stage of the tumour as well: T1 to T4."""
    return _ONLY_STAGES.fullmatch(word.text) is not None


def _as(word: Word, kind: str) -> Word:
    return Word(kind, word.means, word.text)


def _hedged(parts: list[_Part]) -> bool:
    """Return whether the last part that tells something begins with a doubt or a denial."""
    last = next((part for part in reversed(parts) if part.tells), None)
    return last is not None and last.words[0].kind in ("doubt", "denial")


def _only_places(part: _Part) -> bool:
    """Return whether a part names metastases and no cancer."""
    kinds = {word.kind for word in part.words}
    return bool(kinds & {"metastasis", "metastases"}) and not kinds & {"tumour", "cancers"}


def regions(word: Word) -> list[Word]:
    """Return vertebrae of several regions (T12/L1) as one place for each; a range of them (T12-L2) stays one."""
    sites = _sites(word)
    if word.kind != "vertebrae" or len(sites) < 2 or _RANGE.search(word.text):
        return [word]
    return [Word("place", {"organ": ("bone",), "site": (site,)}, word.text) for site in sites]


def _sites(word: Word) -> list[str]:
    return list(dict.fromkeys(_SPINE[found[0][0]] for found in _REGION.finditer(word.text)))


def placed(word: Word, side: str | None) -> Mapping[str, tuple[str, ...]]:
    """Return what a word says of a place, on a side where it names none itself."""
    means = dict(word.means)
    if word.kind == "vertebrae":
        sites = _sites(word)
        means = {"organ": ("bone",), **({"site": tuple(sites)} if len(sites) == 1 else {})}
    if side is not None and "laterality" not in means:
        means["laterality"] = (side,)
    return means
