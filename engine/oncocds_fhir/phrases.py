"""Diagnoses and radiotherapy as people write them, cut into known words: 左乳浸润性导管癌术后，腰椎骨转移.

A text is read where every part of it is known, and nothing is guessed: an unknown word makes the whole say nothing.
What is doubted (待排, ？) is read as doubted, what is denied (除外, 家族史) as denied. Organs and bones have the names
of ``sites``, so that a site's own words (the overlay's) are read as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from oncocds.vocabulary.code_tables import CodeTables
from oncocds.vocabulary.kept import once
from oncocds.vocabulary.meanings import fold, one_of
from oncocds.vocabulary.printed_words import is_ideograph
from oncocds_fhir.phrase_grammar import Said, place_of, said_by
from oncocds_fhir.phrase_words import Unread, Word

_LONGEST = 200
# Of several kinds that a word may be of, the one that counts.
_FIRST = (
    *(
        "denial",
        "denial_behind",
        "past",
        "past_behind",
        "doubt",
        "doubt_behind",
        "metastasis",
        "tumour",
        "cancers",
        "metastases",
        "finding",
    ),
    *("spread", "sides"),
)
# What MBC is read as: nearly always metastatic, and else another kind of breast cancer (male, medullary, metaplastic).
_BREAST = "breast cancer"
_NUMBER = "(?:[0-9]{1,2}|十?[一二三四五六七八九十])"
_VERTEBRAE = re.compile(
    r"(?:th|[ctls])[0-9]{1,2}(?:\s*[-~、,/及和]\s*(?:th|[ctls])?[0-9]{1,2})*\s*"
    r"(?:椎体|椎骨|椎|(?:vertebral bod(?:y|ies)|vertebrae?)(?![a-z])|(?=骨?转移(?!性)|压缩|病理))"
    rf"|第\s*{_NUMBER}\s*[颈胸腰骶]椎(?:体)?|[颈胸腰骶]{_NUMBER}椎体?"
    r"|[颈胸腰骶]椎?[0-9]{1,2}(?:[-~、,][0-9]{1,2})*(?:椎体|椎)?"
)
# Vertebrae by their short names alone, which may be something else as well: read where only sites of bone can stand.
_BARE = re.compile(
    r"(?:c[1-7]|th?(?:1[0-2]|[1-9])|l[1-6]|s[1-5])(?:\s*[-~]\s*(?:th|[ctls])?[0-9]{1,2}|\s*[、,/]\s*[0-9]{1,2}(?![0-9.年-]))*"
    r"(?![a-z0-9])"
)
_TIME = re.compile(
    r"(?:19|20)[0-9]{2}(?:[年./-](?:[0-9]{1,2}(?:[月./-](?:[0-9]{1,2}日?)?)?)?)?|[0-9]{1,2}(?:余|\+[0-6]?)?(?:年|个月|月|周|天)(?:余|多|半)?(?:前|后)?"
    r"|[一二][九〇零○][〇零○一二三四五六七八九]{2}年(?:[一二三四五六七八九十]{1,2}月(?:[一二三四五六七八九十]{1,3}日)?)?"
    r"|[一二两三四五六七八九十半]{1,3}(?:余)?(?:年|个月|月|周|天)(?:余|多|半)?(?:前|后)?"
)
_RIB = re.compile(rf"第?\s*{_NUMBER}(?:\s*[-~、,及和]\s*第?{_NUMBER})*\s*[前后侧]?肋(?:骨|弓)?")
_NUMBERED = re.compile(r"(?:(?:^|(?<=[\s,;，；。]))[(（]?[0-9]{1,2}[.、)）．]\s*(?=[^\s0-9]|[12]型)|[①-⑳])")
_STAGE = re.compile(
    r"(?:[yrcp]{1,2}t(?:[0-4x]|is)[a-d]?|t[0-4][a-d]|[yrcp]{1,2}n[0-3x][a-c]?)(?![a-z0-9])"
    r"|[yrcp]{0,2}t(?:[0-4x]|is)[a-d]?(?:\(?m\)?)?n[0-3x][a-c]?(?:mi)?(?:\(sn\))?(?:m[01x][a-c]?)?"
    r"|(?:bclc|cnlc)\s*(?:stage|分期)?\s*(?:0|[a-d]|iv|i{1,3}[ab]?)\s*期?(?![a-z])|child-pugh\s*[abc]\s*级?(?![a-z])"
    r"|(?:iv|i{1,3}|[1-4])\s*[abc]?[0-3]?\s*期|stage\s+(?:iv|i{1,3}|[1-4])[abc]?(?![a-z])"
)


class Phrases:
    """Reads texts with the words of one set of code tables."""

    def __init__(self, codes: CodeTables) -> None:
        self._words: dict[str, list[tuple[str, Mapping[str, tuple[str, ...]]]]] = {}
        written = dict(codes.phrases)
        self._statuses = {fold(w): status for status, words in written.pop("statuses", {}).items() for w in words}
        written.pop("unsure", None)
        beside = codes.phrases["against"]
        for no_part_of_a_diagnosis in ("results", "against", "abbreviations"):
            written.pop(no_part_of_a_diagnosis, None)
        doubts = (*beside["pending"], *codes.phrases["doubt_behind"]["any"])
        others = any_of((*beside["others_in_doubt"], *codes.phrases["diseases"]["any"])).pattern
        of_others = any_of(beside["of_others"]).pattern
        self._other_in_doubt = re.compile(rf"(?:{others})(?:{of_others})?\s?(?:{any_of(doubts).pattern})")
        self._shorthand = any_of(beside["mbc"])
        latin = {kind: next(filter(str.isascii, words)) for kind, words in codes.phrases["organs"].items()}
        short = codes.phrases["abbreviations"].items()
        self._short = {kind: (any_of(words), f"{latin[kind]} cancer") for kind, words in short}
        for kind, by_type in written.items():
            for of, words in by_type.items():
                for word in words:
                    self._add(
                        word, "beside" if kind == "diseases" else kind, {"of": (kind if kind == "diseases" else of,)}
                    )
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
        for name, entry in codes.findings.names.items():
            if "fact" in entry.means:
                self._add(name, "finding", entry.means)
        self._rib = codes.sites.by_name("肋骨")
        self._therapy = {fold(n): e.means for n, e in codes.procedures.names.items() if "radiotherapy" in e.means}
        self._surgery = {fold(n): e.means for n, e in codes.procedures.names.items() if "surgery" in e.means}
        cancers = [w for kind in ("cancers", "metastases") for of in codes.phrases.get(kind, {}).values() for w in of]
        metastases = [word for words in codes.phrases["metastases"].values() for word in words]
        self._metastasis = one_of(standing(fold(word)) for word in metastases)
        self._cancer = one_of(standing(fold(word)) for word in cancers)
        self._radiotherapy = any_of((*self._therapy, *beside["radiotherapy_short"]))
        self._longest = max(map(len, (*self._words, *self._therapy, *self._surgery)))

    def _add(self, word: str, kind: str, means: Mapping[str, tuple[str, ...]]) -> None:
        self._words.setdefault(fold(word), []).append((kind, means))

    def diagnosis(self, text: str) -> Said | None:
        """Return what a diagnosis says, None where it is not understood or says nothing of tumours."""
        text = fold(_NUMBERED.sub("，", text))
        told = self._metastasis.search(text) is not None
        text = self._shorthand.sub(_BREAST if told else f"{_BREAST}, suspected metastases", text)
        words = self._cut(text, therapy=False)
        try:
            said = None if words is None else said_by(words)
        except Unread:
            return None
        return said if said is not None and any(vars(said).values()) else None

    def spelled_out(self, text: str, kind: str | None) -> str:
        """Return a text with what a cancer of some type is called for short in full, as its code tells: BC."""
        short, full = self._short.get(kind or "", (None, ""))
        return text if short is None or short.search(fold(text)) is None else short.sub(full, fold(text))

    def place(self, text: str) -> Mapping[str, tuple[str, ...]] | None:
        """Return what a body site written in parts means (左股骨中段, L3椎体), None where it is not one place."""
        words = self._cut(fold(text), therapy=False)
        try:
            return None if words is None else place_of(words)
        except Unread:
            return None

    def status(self, text: str) -> str | None:
        """Return what the words of a diagnosis' status mean, in FHIR's; None where that is not understood."""
        doubted = any(kind in ("doubt", "doubt_behind") for kind, _ in self._words.get(fold(text), ()))
        return self._statuses.get(fold(text)) or ("unconfirmed" if doubted else None)

    def understands(self, text: str) -> bool:
        """Tell whether every word of a folded text is known."""
        return self._cut(text, therapy=True) is not None

    def names_cancer(self, text: str) -> bool:
        """Tell whether a text, understood or not, holds a word for a cancer or for metastases."""
        return self._cancer.search(fold(text)) is not None

    def names_radiotherapy(self, text: str) -> bool:
        """Tell whether a text, understood or not, holds a name of radiotherapy."""
        return self._radiotherapy.search(fold(text)) is not None

    def radiotherapy(self, text: str) -> Mapping[str, tuple[str, ...]] | None:
        """Return what a name of radiotherapy means, None where it is none for certain."""
        found: list[Mapping[str, tuple[str, ...]]] = []
        for word in self._cut(fold(text), therapy=True) or ():
            if word.kind.startswith(("doubt", "denial", "past")) or (found and word.text == "后"):
                return None  # 放疗后 is no radiotherapy
            if word.kind == "therapy":
                found.append(word.means)
        if not found:
            return None
        techniques = {technique for means in found for technique in means.get("technique", ())}
        return {"radiotherapy": ("course",), **({"technique": tuple(techniques)} if len(techniques) == 1 else {})}

    def surgery(self, text: str) -> Mapping[str, tuple[str, ...]] | None:
        """Return what the name of an operation means (左乳癌改良根治术), None where it is none for certain."""
        words = self._cut(fold(text), therapy=True) or ()
        found = {word.means["surgery"] for word in words if "surgery" in word.means}
        if len(found) != 1 or any(word.kind.startswith(("doubt", "denial", "past", "therapy")) for word in words):
            return None
        return {"surgery": found.pop()}

    def _cut(self, text: str, *, therapy: bool) -> list[Word] | None:
        """Return the words of a folded text, the longest first; None where no cut makes every word a known one."""
        if len(text) > _LONGEST:
            return None
        hopeless: set[int] = set()

        def cut(at: int) -> list[Word] | None:
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

    def _at(self, text: str, at: int, therapy: bool) -> Iterator[Word]:
        """Yield the words that may stand at a place, the longest first."""
        if text[at].isspace():
            between = is_ideograph(text[at - 1 : at]) and is_ideograph(text[at + 1 : at + 2])
            yield Word("marks" if between else "blank", {}, text[at])
            return
        for pattern, kind in (
            (_VERTEBRAE, "vertebrae"),
            (_BARE, "bare"),
            (_STAGE, "beside"),
            (_TIME, "beside"),
            (self._other_in_doubt, "beside"),
        ):
            match = pattern.match(text, at)
            if match is not None and match[0] and _ends(text, at, match.end()):
                yield Word(kind, {}, match[0])
        if self._rib is not None and (match := _RIB.match(text, at)) is not None:
            yield Word("place", self._rib.means, match[0])
        for end in range(min(len(text), at + self._longest), at, -1):
            part = text[at:end]
            if not _ends(text, at, end):
                continue
            if therapy and part in self._therapy:
                yield Word("therapy", self._therapy[part], part)
            elif therapy and part in self._surgery:
                yield Word("beside", self._surgery[part], part)
            elif part in self._words:
                yield _merged(self._words[part], part)


def _merged(meanings: list[tuple[str, Mapping[str, tuple[str, ...]]]], part: str) -> Word:
    """Return one word of all that it may mean: an organ of a tumour is a place as well."""
    kinds = {kind for kind, _ in meanings}
    means: dict[str, tuple[str, ...]] = {}
    for kind, said in meanings:
        means |= {"tumour": said["of"]} if kind == "organs" else said
    for kind in _FIRST:
        if kind in kinds:
            return Word(kind, means, part)
    return Word("place" if kinds & {"place", "organs"} else next(iter(kinds)), means, part)


def _ends(text: str, start: int, end: int) -> bool:
    """Return whether a word may stand at a place: Latin letters stand beside no other Latin letter."""
    before = text[start - 1 : start]
    after = text[end : end + 1]
    return not (_latin(text[start]) and _latin(before)) and not (_latin(text[end - 1]) and _latin(after))


def any_of(words: Iterable[str]) -> re.Pattern[str]:
    """Return what finds any of some words in a folded text, the longest of those that stand at a place."""
    return one_of(standing(word) for word in sorted({fold(word) for word in words}, key=len, reverse=True))


def standing(word: str) -> str:
    """Return the pattern of a folded word where it may stand (``_ends``)."""
    before, after = ("(?<![A-Za-z])" * _latin(word[:1]), "(?![A-Za-z])" * _latin(word[-1:]))
    return f"{before}{re.escape(word)}{after}"


def _latin(character: str) -> bool:
    return character.isascii() and character.isalpha()


@once
def phrases(codes: CodeTables) -> Phrases:
    """Return the reader of some code tables; made when it is first asked for, once."""
    return Phrases(codes)
