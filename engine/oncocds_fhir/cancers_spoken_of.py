"""Cancers that a diagnosis names and says of nobody here: 非乳腺癌, 乳腺癌风险, 乳腺癌（母亲）, 如出现骨转移."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from oncocds.vocabulary.code_tables import CodeTables
from oncocds.vocabulary.kept import once
from oncocds.vocabulary.meanings import fold, one_of
from oncocds_fhir.phrase_grammar import Said
from oncocds_fhir.phrases import any_of

_DASHED = re.compile(r"\s*[-–—/]\s*")
_SIDES = "[左右双侧]{0,2}"
_IF = "(?<![例诸比譬犹正自假])(?:如|若)(?![干下上前此何图意同])"
_OR = r"/|或者?|抑或|(?<![a-z])(?:or|vs\.?|versus)(?![a-z])"
_LETTERS = re.compile(r"[^\W\d_]{2}")


class CancersSpokenOf:
    """Finds them with the words of one set of code tables."""

    def __init__(self, codes: CodeTables) -> None:
        said, against = codes.phrases, codes.phrases["against"]
        organs = any_of((*(w for words in said["organs"].values() for w in words), *codes.sites.names)).pattern
        metastases = [word for words in said["metastases"].values() for word in words]
        every = [*metastases, *(word for words in said["cancers"].values() for word in words), *codes.tumours.names]
        every += against["malignant"]
        self._metastasis = any_of((*metastases, *codes.metastases.names))
        named = rf"{_SIDES}(?:{organs})?{_SIDES}\s?(?:{any_of(every).pattern})"
        plain = any_of((*metastases, *said["cancers"]["any"], *against["malignant"])).pattern
        purpose, looked_for = any_of(against["purposes"]).pattern, any_of(against["purposes_before"]).pattern
        beside = any_of(against["beside_purposes"]).pattern
        self._spoken: tuple[re.Pattern[str], ...] = (
            re.compile(rf"(?:非|non-?)(?:{organs})?\s?(?:{plain})"),
            re.compile(rf"(?:{named})\s?(?:(?:{beside})\s?){{0,4}}(?:{purpose})"),
            re.compile(rf"(?:{named})\s?(?:{any_of(against['scales']).pattern})(?!\s?[:：为]?\s?[0-9])"),
            re.compile(rf"(?:{looked_for})\s?(?:(?:{beside})\s?){{0,4}}(?:{named})"),
        )
        kin = any_of((*against["kin"], *against["kin_alone"])).pattern
        never_had, has, in_ = (any_of(against[kind]).pattern for kind in ("never_had", "kin_has", "in_kin"))
        self._spoken += (
            re.compile(rf"(?:{never_had})\s?(?:{named})"),
            re.compile(rf"(?:{kin})\s?(?:(?:{has})\s?){{1,4}}(?:{named})"),
            re.compile(rf"(?:{named})\s(?:{in_})\s(?:{kin})"),
            re.compile(rf"(?:{kin})\s?[-–—:]\s?(?:{named})|(?:{named})患者[的之]?(?:{kin}|[母父姐妹兄弟女子])"),
        )
        supposed, seeming, strangers = (any_of(against[kind]).pattern for kind in ("supposed", "seeming", "strangers"))
        self._spoken += (
            re.compile(rf"(?:{supposed}|{_IF})[^,;。]{{0,8}}?(?:{named})"),
            re.compile(rf"(?:{strangers})[^,;。]{{0,6}}?(?:{named})"),
        )
        self._other = any_of(against["other_malignant"])
        other = any_of((*against["other_malignant"], *against["lesser"], *against["benign"])).pattern
        else_ = rf"{_SIDES}(?:{organs})?(?:{other})"
        self._seeming: tuple[re.Pattern[str], ...] = (
            re.compile(rf"(?:{seeming})\s?(?:(?:{beside})\s?){{0,2}}(?:{named})"),
            re.compile(rf"(?:{named})\s?(?:(?:{beside})\s?){{0,2}}(?:{any_of(against['past_behind']).pattern})"),
            re.compile(rf"(?:{named})\s?(?:{_OR})\s?(?:{else_})|(?:{else_})\s?(?:{_OR})\s?(?:{named})"),
        )
        after = any_of(against["past_before"]).pattern
        one_side = "(?:(?:left|right|bilateral|lt|l|r)\\s)?"
        self._past = re.compile(rf"(?:{after})[\s:：]{{0,2}}{one_side}(?:{named})(?!\s*[a-z])")
        self._named = one_of(re.escape(fold(word)) for word in against["named"])
        self._kin = re.compile(rf"(?:(?:{kin})[患有的史和及\s]*)+")
        self._before = any_of(against["precancers"])
        self._malignant = any_of(against["malignant"])
        self._lesser = any_of(against["lesser"])
        self._cancer = any_of(every)

    def in_part(self, part: str, named: Said, of_other_organ: Callable[[str], bool]) -> bool:
        """Tell whether a part of a folded text names what a diagnosis names, and as none that the patient has."""
        if self._kin.fullmatch(_DASHED.split(part)[-1].strip()):
            return True
        return self._any(self._spoken, part, named, of_other_organ)

    def seems(self, part: str, named: Said, of_other_organ: Callable[[str], bool]) -> bool:
        """Tell whether a part of a folded text names what a diagnosis names as what only seems so, or is one of two."""
        return self._any(self._seeming, part, named, of_other_organ)

    def past(self, text: str) -> bool:
        """Tell whether a folded text names a cancer as one that was."""
        return self._past.search(text) is not None

    def _any(
        self, patterns: Iterable[re.Pattern[str]], part: str, named: Said, of_other_organ: Callable[[str], bool]
    ) -> bool:
        found = (one[0] for pattern in patterns for one in pattern.finditer(part))
        return any(self._is_own(said, named) and not of_other_organ(said) for said in found)

    def _is_own(self, said: str, named: Said) -> bool:
        """Tell whether words are of a metastasis where one is named, of a cancer where one is."""
        is_metastasis = self._metastasis.search(said) is not None
        return bool(named.metastases if is_metastasis else named.tumours)

    def precancer(self, text: str) -> bool:
        """Tell whether a folded text names what may become a cancer, and no cancer: 乳腺癌前病变."""
        return self._before.search(text) is not None and not self.names_cancer(text)

    def lesser(self, text: str) -> bool:
        """Tell whether a folded text names what need be no cancer (a nodule, cirrhosis), or another kind of cancer."""
        return self._lesser.search(text) is not None or self._other.search(text) is not None

    def may_name_metastases(self, text: str) -> bool:
        """Tell whether a text holds anything that may stand for a metastasis, or no words at all."""
        rest = self._lesser.sub("", self._other.sub("", fold(text)))
        return self._named.search(rest) is not None or _LETTERS.search(text) is None

    def names_cancer(self, text: str) -> bool:
        """Tell whether a folded text holds a word for a cancer, or for what is malignant."""
        rest = self._other.sub("", self._before.sub("", text))
        return self._cancer.search(rest) is not None or self._malignant.search(rest) is not None


@once
def cancers_spoken_of(codes: CodeTables) -> CancersSpokenOf:
    """Return the reader of some code tables; made when it is first asked for, once."""
    return CancersSpokenOf(codes)
