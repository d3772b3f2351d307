"""What words beside a procedure say of it that its status does not: 未行, 患者拒绝, 改期.

They are free text: what they say makes nothing certain, but leaves open whether it was done. A word counts for what is
named behind it (放疗 beside 拒绝化疗 is not meant); one that is denied, or behind which it was done after all, counts
for nothing.
"""

from __future__ import annotations

import re

from oncocds.vocabulary.code_tables import CodeTables
from oncocds.vocabulary.kept import once
from oncocds_fhir.bundle import Resource
from oncocds_fhir.ended_early import ended_early
from oncocds_fhir.gathering import Gathering
from oncocds_fhir.phrases import any_of
from oncocds_fhir.texts_beside import texts_beside

_TEXTS = ("note", "statusReason", "outcome", "code")
_WRITTEN = ("text", "display", "coding")
_RADIOTHERAPY = "beside_radiotherapy"
_SENTENCE = re.compile(r"[。;!\n\r]|\.(?=\s|$)")
_CLAUSE = re.compile(r"[,、()\[\]:]")
_AS = re.compile(r"(?<![a-z])as$")  # completed as planned


class Undone:
    """Finds the words with those of one set of code tables."""

    def __init__(self, codes: CodeTables) -> None:
        said = codes.in_words
        self._dropped = any_of(said["dropped"])
        self._undone = any_of((*said["dropped"], *said["undone"], *said["put_off"]))
        self._ends = re.compile(rf"(?:{any_of(said['put_off_at_end']).pattern})\s*$")
        self._denying = (*said["not"], *said["none"])
        self._unless, self._after_all = any_of(said["unless"]), any_of(said["done_after_all"])
        between = rf"{any_of(said['between_procedures']).pattern}|[\s0-9]"
        kinds = (_RADIOTHERAPY, "beside_surgery")
        others = {kind: any_of((*said["other_procedures"], *said[kind])).pattern for kind in kinds}
        self._words = {kind: re.compile(words) for kind, words in others.items()}
        self._behind = {kind: re.compile(rf"(?:{between}){{0,12}}(?:{words})") for kind, words in others.items()}
        self._before = {kind: re.compile(rf"(?:{words}|{between})*") for kind, words in others.items()}

    def word(self, resource: Resource, kind: str, *, planned: bool) -> str | None:
        """Return the word by which a record says that what it tells of was not done; of a plan, that it was given up.

        ``kind`` names the words for what else may not have been done.
        """
        for text in texts_beside(resource, _TEXTS, lambda key, _: key in _WRITTEN):
            for sentence in _SENTENCE.split(text):
                found = self._in(sentence, kind, self._dropped if planned else self._undone)
                if found is not None:
                    return found
                if not planned and (end := self._ends.search(sentence)) and self._counts(sentence, end, kind):
                    return end[0].strip()
            if not planned and kind == _RADIOTHERAPY and (fewer := ended_early(text)) is not None:
                return fewer
        return None

    def _in(self, sentence: str, kind: str, words: re.Pattern[str]) -> str | None:
        return next((one[0] for one in words.finditer(sentence) if self._counts(sentence, one, kind)), None)

    def _counts(self, sentence: str, found: re.Match[str], kind: str) -> bool:
        before = sentence[: found.start()].rstrip()
        clause = max((one.end() for one in _CLAUSE.finditer(before)), default=0)
        if before.endswith(self._denying) or _AS.search(before) or self._unless.search(before, clause):
            return False
        if self._after_all.search(sentence, found.end()) or self._behind[kind].match(sentence, found.end()):
            return False
        if self._before[kind].fullmatch(before, clause) is None:
            return True
        return self._words[kind].search(before, clause) is None  # unlike 化疗取消


def word_against(resource: Resource, gathering: Gathering, kind: str, planned: bool) -> str | None:
    """Return the word by which a record says that what it tells of was not done, or was given up: ``Undone.word``."""
    return undone(gathering.codes).word(resource, kind, planned=planned)


@once
def undone(codes: CodeTables) -> Undone:
    """Return the reader of some code tables; made when it is first asked for, once."""
    return Undone(codes)
