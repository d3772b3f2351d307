"""What words beside a diagnosis say against it: in a text that is not understood as a whole, and in its notes.

A doubt about something else than the diagnosis is none of it (可能需要化疗, 疼痛可能与骨转移有关), nor is what is said
of a relative who has no cancer (其母健康在世). A note that denies or doubts the diagnosis leaves it open, one that
speaks of something else (已排除感染) does not.
"""

from __future__ import annotations

import re

from oncocds.vocabulary.code_tables import CodeTables
from oncocds.vocabulary.kept import once
from oncocds.vocabulary.meanings import fold
from oncocds_fhir.boxes import filled_in, unfilled
from oncocds_fhir.cancers_spoken_of import cancers_spoken_of
from oncocds_fhir.elements import Concept
from oncocds_fhir.phrase_grammar import Said
from oncocds_fhir.phrases import any_of, phrases

_PARTS = re.compile(r"[,，;；。!()（）\[\]\n\r]|\.(?=\s|$)")
_JOINED = re.compile(r"[,，;；。()（）\[\]、]|合并|伴有?|并(?!非)|及|和|\bwith\b|\band\b")
_JOINED_PARTS = re.compile(rf"{_JOINED.pattern}|(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])")
_SIDES = re.compile(r"左侧?|右侧?|双侧?|\b(?:left|right)\b")
_TO = re.compile(r"^\s*[:,]?\s*(?:为|是|成|to|is)?\s*[:,]?\s*")
_APART = re.compile(r"(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])")
_BENIGN = ("良性", "benign")
_NO_WORDS = re.compile(r"[\s0-9年月日:：、/.\-+'\"“”]*")
_ORGANS = {"breast": "breast", "lung_nos": "lung", "nsclc": "lung", "sclc": "lung", "hcc": "liver"}
_LONGEST = 2000  # characters of a note: what is longer is a letter
_MOST = 40  # words in one part of a text: of more, nobody can tell what they are said of


class Doubts:
    """Reads doubts with the words of one set of code tables."""

    def __init__(self, codes: CodeTables) -> None:
        said, self._read = codes.phrases, phrases(codes)
        self._doubt = any_of((*said["doubt_behind"]["any"], *said["doubt"]["certain"]))
        self._hints = tuple(map(fold, said["doubt"]["any"]))
        self._elsewhere, self._kin, self._well = (
            any_of(said["against"][kind]) for kind in ("elsewhere", "kin", "well")
        )
        self._benign, self._against = any_of(said["against"]["benign"]), any_of(said["against"]["any"])
        self._certain, self._beside = any_of(said["against"]["certain"]), any_of(said["against"]["beside"])
        self._others, self._corrected = any_of(said["against"]["others"]), any_of(said["against"]["corrected"])
        self._about_it, self._mass = any_of(said["against"]["about_it"]), any_of(said["against"]["mass"])
        self._primary = any_of(said["against"]["primary"])
        self._of_type = {kind: any_of(words) for kind, words in said["organs"].items()}
        self._behind, self._spoken = any_of(said["doubt_behind"]["any"]), cancers_spoken_of(codes)
        self._ends_in_doubt = re.compile(rf"(?:{self._behind.pattern})\s*$")
        self._organs = {
            fold(name): entry.means["organ"][0] for name, entry in codes.sites.names.items() if "organ" in entry.means
        }
        self._metastasis = any_of(word for words in said["metastases"].values() for word in words)
        self._findings = {
            fact: any_of(name for name, entry in codes.findings.names.items() if entry.one("fact") == fact)
            for fact in {entry.one("fact") for entry in codes.findings.names.values()}
            if fact is not None
        }

    def doubted(self, text: str, named: Said | None = None) -> bool:
        """Tell whether a text, understood or not, holds a word of doubt about the diagnosis that it names.

        ``named`` is what the diagnosis names, where that is known. Some are doubts where they stand before the name of
        a cancer: 考虑骨转移, unlike 考虑化疗.
        """
        text = fold(text)
        if unfilled(text):
            return True
        for found in self._doubt.finditer(text):
            if not self._is_elsewhere(text, found) and not self._is_of_other(text, found, named):
                return True
        return any(self._read.names_cancer(text[text.index(word) :]) for word in self._hints if word in text)

    def of_the_tumour(self, text: str, named: Said) -> str:
        """Return a text without the parts that only speak of metastases in other organs: 乳腺癌，骨转移不除外，复查.

        Where nothing else in it names the cancer, all of it may be said of that.
        """
        parts = re.split(rf"({_PARTS.pattern}|{_APART.pattern})", fold(text))
        own = [found for kind, found in self._of_type.items() if kind in {kind for kind, _ in named.tumours}]
        is_beside = [self._metastasis.search(part) and not any(one.search(part) for one in own) for part in parts]
        rest = "".join(part for part, beside in zip(parts, is_beside, strict=True) if not beside)
        return rest if named.tumours and any(is_beside) and self._read.names_cancer(rest) else text

    def beside_others(self, text: str) -> Said | None:
        """Return what a text says that is not understood as a whole for what is doubted in it, and is something else.

        ``乳腺癌，甲减待查``. None where it is not understood without that, or where the doubt may be about it.
        """
        kept: list[str] = []
        doubted: list[str] = []
        for part in re.split(rf"[,;。、]|{_APART.pattern}|合并|伴有?", fold(text)):
            ends = self._ends_in_doubt.search(part) is not None and self._read.diagnosis(part) is None
            (doubted if ends else kept).append(part)
        said = self._read.diagnosis(",".join(kept)) if doubted and kept else None
        if said is None or not (said.tumours or said.metastases):
            return None
        for part in doubted:
            whole = f"{','.join(kept)},{part}"
            found = max(self._behind.finditer(whole), key=lambda one: one.end())
            if self._read.place(self._ends_in_doubt.sub("", part)) is not None:
                return None  # 骨转移，肺？
            if self._kin.search(part) or not self._is_of_other(whole, found, said):
                return None
        return said

    def _is_elsewhere(self, text: str, doubt: re.Match[str]) -> bool:
        """Tell whether a doubt is about something else than a diagnosis, or said of a relative who is well."""
        start = max((one.end() for one in _PARTS.finditer(text, 0, doubt.start())), default=0)
        end = next((one.start() for one in _PARTS.finditer(text, doubt.end())), len(text))
        before, behind = text[start : doubt.start()], text[doubt.end() : end]
        if self._kin.match(doubt[0]):
            apart = not before or before[-1].isspace()
            return apart and self._well.search(behind) is not None and not self._read.names_cancer(behind)
        if self._elsewhere.match(behind) is None:
            return False
        return not self._read.names_cancer(behind) or self._read.names_cancer(text[: doubt.start()])

    def _is_of_other(self, text: str, doubt: re.Match[str], named: Said | None) -> bool:
        """Tell whether a doubt stands behind something else in its own part of a text: 乳腺癌，发热待查.

        Of a mass of the organ itself, and of the pathology, it is one about the diagnosis.
        """
        start = max((one.end() for one in _JOINED_PARTS.finditer(text, 0, doubt.start())), default=0)
        end = next((one.start() for one in _PARTS.finditer(text, doubt.end())), len(text))
        said = text[start : doubt.start()]
        if named is None or not start or not self._behind.fullmatch(doubt[0]):
            return False
        if named.metastases and not named.tumours and self._primary.search(said):
            return True  # 骨转移，原发灶待查
        if self._about_it.search(said) or self._may_be_instead(said, named):
            return False
        if self._read.names_cancer(said) or self._read.names_cancer(text[doubt.end() : end]):
            return False
        if self._mass.search(said) and not self._is_elsewhere_in_body(said, named):
            return False
        rest = _SIDES.sub("", self._without_own(self._beside.sub("", said), named))
        return _NO_WORDS.fullmatch(rest) is None and self._read.names_cancer(text[:start])

    def _may_be_instead(self, said: str, named: Said) -> bool:
        """Tell whether words name what a metastasis may be instead, in its own organ: 骨转移，骨质疏松？."""
        organs = {place.organ for place in named.metastases}
        own = any(name in said for name, organ in self._organs.items() if organ in organs)
        return own and (self._spoken.lesser(said) or self._benign.search(said) is not None)

    def _is_elsewhere_in_body(self, said: str, named: Said) -> bool:
        """Tell whether words name an organ, and none of what a diagnosis names."""
        own = {_ORGANS.get(kind or "") for kind, _ in named.tumours}
        others = [found for kind, found in self._of_type.items() if _ORGANS.get(kind) not in own]
        mine = [found for kind, found in self._of_type.items() if _ORGANS.get(kind, kind) in own]
        if any(one.search(said) for one in mine):
            return False
        return self._of_other_organ(said, named) or any(one.search(said) for one in others)

    def benign(self, text: str) -> bool:
        """Tell whether a text that is not understood names a growth that is no cancer, and no cancer beside it."""
        parts, spoken = _JOINED.split(fold(text).replace("(-)", "阴性")), self._spoken
        if any(map(spoken.names_cancer, parts)):
            return False
        return any(self._benign.search(part) or spoken.lesser(part) for part in parts) or spoken.precancer(fold(text))

    def denied(self, text: str, named: Said) -> bool:
        """Tell whether a text that is not understood says that what it names is none: 乳腺癌依据不足.

        A benign growth that it names may stand beside the cancer (乳腺癌合并乳腺增生).
        """
        for part in _JOINED.split(_APART.sub(",", fold(text))):
            about = part, named, lambda said: self._of_other_organ(said, named)
            if self._spoken.in_part(*about) or self._spoken.seems(*about) or self._spoken.past(part):
                return True
            growth = self._benign.search(part)
            if (growth is None or growth[0] in _BENIGN) and self.against(part, named) is not None:
                return True
        return False

    def is_past(self, text: str) -> bool:
        """Tell whether a text names a cancer as one that was: s/p breast cancer, unlike s/p breast cancer surgery."""
        return self._spoken.past(fold(text))

    def names_no_metastasis(self, code: Concept) -> bool:
        """Tell whether what a diagnosis is called holds no word for a metastasis: 压缩性骨折, 核素浓聚.

        A bare place does not tell what is there: the code does.
        """
        words = [*code.words()] if code.text is None else [code.text]
        return bool(words) and not any(
            self._spoken.may_name_metastases(word) or self._read.place(word) is not None for word in words
        )

    def against(self, text: str, named: Said) -> str | None:
        """Return the words by which a note denies or doubts what a diagnosis names, None where there are none."""
        for part in map(str.strip, _PARTS.split(filled_in(fold(text)[:_LONGEST]).replace("(-)", "阴性"))):
            if part and not self._kin.search(part) and self._speaks_against(part, named):
                return part
        return None

    def _speaks_against(self, part: str, named: Said) -> bool:
        said = self._read.diagnosis(part)
        if said is not None:
            return _shared(said, named)
        if named.tumours and not named.metastases and self._metastasis.search(part):
            return False
        if self._certain.search(part) is not None or self._is_corrected(part, named):
            return True
        if self._others.search(part) or self._of_other_organ(part, named):
            return False
        words = [*self._against.finditer(part), *self._benign.finditer(part)]
        if len(words) > _MOST:
            return True
        for found in words:
            before, behind = part[: found.start()], part[found.end() :]
            if self._doubt.fullmatch(found[0]) and self._elsewhere.match(behind):
                continue
            rest = self._without_own(self._beside.sub("", before) + self._beside.sub("", behind), named)
            if _NO_WORDS.fullmatch(rest) or self._read.names_cancer(before) or self._read.names_cancer(behind):
                return True
            if any(fact in self._findings and self._findings[fact].search(rest) for fact in named.findings):
                return True
        return False

    def _is_corrected(self, part: str, named: Said) -> bool:
        """Tell whether a part of a note says that a diagnosis was put right, and not that it is this one."""
        found = self._corrected.search(part)
        behind = None if found is None else _TO.sub("", part[found.end() :])
        if behind is None or not self._read.names_cancer(behind):
            return behind is not None
        said = self._read.diagnosis(behind)
        kinds = {kind for kind, _ in named.tumours}
        return said is not None and bool(kinds and said.tumours) and not any(kind in kinds for kind, _ in said.tumours)

    def _without_own(self, rest: str, named: Said) -> str:
        """Return what stands beside a doubt without the organs of the diagnosis: 骨病灶考虑良性."""
        for name in (name for name, organ in self._organs.items() if organ in _organs(named)):
            rest = rest.replace(name, "")
        return rest

    def _of_other_organ(self, part: str, named: Said) -> bool:
        """Tell whether a part of a note names organs, and none of what a diagnosis names."""
        organs, own = {organ for name, organ in self._organs.items() if name in part}, _organs(named)
        return bool(organs and own) and None not in own and organs.isdisjoint(own)


def _organs(named: Said) -> set[str | None]:
    """Return the organs of what a diagnosis names, None for one that it does not tell."""
    return {place.organ for place in named.metastases} | {_ORGANS.get(kind or "") for kind, _ in named.tumours}


def _shared(said: Said, named: Said) -> bool:
    """Tell whether what a note doubts or denies is among what a diagnosis names."""
    tumours = {kind for kind, _ in named.tumours}
    if any(kind is None or kind in tumours for kind in (*said.doubted_tumours, *said.denied_tumours) if tumours):
        return True
    organs = {place.organ for place in named.metastases}
    if any(
        place.organ is None or None in organs or place.organ in organs
        for place in (*said.doubted, *said.denied)
        if organs
    ):
        return True
    return bool({*named.findings} & {*said.doubted_findings, *said.denied_findings})


@once
def doubts(codes: CodeTables) -> Doubts:
    """Return the reader of some code tables; made when it is first asked for, once."""
    return Doubts(codes)
