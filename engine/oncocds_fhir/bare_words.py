"""Words that say alone in their clause that a drug is none for the patient, or not in use: 过敏, 禁用, pending, 否.

The same words stand in every leaflet (孕妇禁用, 如过敏则停用) and beside other drugs (青霉素过敏): they count where
their clause holds nothing else but the drug and what is ``beside_alone``, or where the reason is told
(因肾功能不全禁用).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from oncocds.vocabulary.code_tables import CodeTables
from oncocds.vocabulary.kept import once
from oncocds_fhir.stops_spoken_of import either

_CLAUSE = re.compile(r"[,、;()\[\]]|\s[-–—]\s")
_NONE = re.compile(r"\s?[(\[]\s?(?:[-–—]|无|否|no|none)")  # 过敏史(-)
_BECAUSE = re.compile(r"(?:因|由于|鉴于)[^,]{1,20}$")
_REASON = re.compile(r"\s*(?:due to|because|given|since|owing to|因|由于)(?![a-z])")
_OWN = "\0"
_BESIDE_ITS_NAME = ("否", "?", "(-)")  # 地舒单抗？; alone they may answer anything


class BareWords:
    """Finds the words in sentences, with those of one set of code tables."""

    def __init__(self, codes: CodeTables) -> None:
        self._words = re.compile(rf"{either(codes.in_words['alone'])}|\?|\(-\)")  # 地舒单抗？, 地舒单抗(-)
        self._beside = re.compile(rf"(?:{either(codes.in_words['beside_alone'])}|{_OWN}|[^\w]|[0-9])*")

    def may_be_in(self, text: str) -> bool:
        """Tell whether a text holds one of the words."""
        return self._words.search(text) is not None

    def said(self, sentence: str, own: Callable[[str], list[tuple[int, int]]]) -> Iterator[re.Match[str]]:
        """Yield where a sentence says it; ``own`` tells where it names the record's own drug."""
        found = list(self._words.finditer(sentence))
        masked = sentence
        for start, end in own(sentence) if found else ():
            masked = masked[:start] + _OWN * (end - start) + masked[end:]
        for one in found:
            start = max((mark.end() for mark in _CLAUSE.finditer(masked, 0, one.start())), default=0)
            end = next((mark.start() for mark in _CLAUSE.finditer(masked, one.end())), len(masked))
            before, behind = masked[start : one.start()], masked[one.end() : end]
            if _NONE.match(masked, one.end()) or (
                (behind.startswith("史") or one[0] in _BESIDE_ITS_NAME) and _OWN not in before + behind
            ):
                continue  # 有过敏史: to something
            told = _REASON.match(behind) is not None or self._beside.fullmatch(behind) is not None
            if told and (self._beside.fullmatch(before) or _BECAUSE.search(before)):
                yield one


@once
def bare_words(codes: CodeTables) -> BareWords:
    """Return the reader of some code tables; made when it is first asked for, once."""
    return BareWords(codes)
