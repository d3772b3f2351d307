"""Stops of a drug that are spoken of and were not made: 停药后骨折风险增加, 无停药指征, 低钙时暂停, 停药前需评估.

Each kind is read in one shape alone, beside words that are listed for it. Beside a date, a reason or a word of what was
done since (加用…), and wherever any other word or another drug stands, a stop may have been made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from oncocds.vocabulary.code_tables import CodeTables
from oncocds.vocabulary.kept import once
from oncocds.vocabulary.meanings import one_of

_CLAUSE = re.compile(r"[,、()\[\]]")
_DAY = re.compile(r"(?:19|20)[0-9]{2}|[0-9]{1,2}\s*(?:月|日)(?!内)")
_SINCE = re.compile(r"[后现]|[0-9一二两三四五六七八九十半]\s*(?:个?[天日周月年次])")
_PAST = re.compile(r"已|(?<!出)现|(?:19|20)[0-9]{2}|(?<![每隔0-9.])[0-9]+\s*个?[天日周月年次](?!内)")
_COMPARED = re.compile(r"(?:[<>≤≥]|[低高]于|[大小]于|不足|超过|降至)\s*=?\s*[0-9.]+\s*[a-z/%]*$")
_OBJECT = r"(?:治疗|用药|给药|使用|本品|该药)?"
_AGENT = re.compile(r"(?<!患)者$")


class StopsSpokenOf:
    """Tells stops that are spoken of from those that were made, with the words of one set of code tables."""

    def __init__(self, codes: CodeTables) -> None:
        said = codes.in_words
        self._told = re.compile(rf"(?:{_any(said['told'])}|\s)*")
        self._wary = re.compile(rf"(?:{_any(said['wary'])})(?:{_any(said['told'])}|\s)*$")
        self._spoken, self._since = re.compile(_any(said["spoken"])), re.compile(_any(said["since"]))
        self._risk, self._rebound = (re.compile(rf"{_OBJECT}(?:{_any(said[kind])})") for kind in ("risk", "rebound"))
        self._lacking = re.compile(rf"(?:{_any(said['lacking'])})\s?(?:明确|明显)?的?$")
        self._weighing = re.compile(rf"(?:{_any(said['weighing'])})$")
        self._grounds = re.compile(rf"{_OBJECT}\s?的?(?:{_any(said['grounds'])})")
        self._case = re.compile(rf"(?:{_any(said['cases'])})")
        self._telling = re.compile(_any(word for word in said["told"] if word.startswith("已")))
        self._must = re.compile(rf"(?:{_any(said['must'])})+$")
        self._before = re.compile(rf"前\s?(?:{_any(said['before_it'])})")
        self._made = re.compile(_any(said["made"]))

    def is_one(self, text: str, sentence: str, start: int, end: int) -> bool:
        """Tell whether a word for a stop, at a place of a sentence of a text, is of none that was made."""
        if self._spoken.fullmatch(sentence, start, end) is None:
            return False
        at = max((one.end() for one in _CLAUSE.finditer(sentence, 0, start)), default=0)
        until = next((one.start() for one in _CLAUSE.finditer(sentence, end)), len(sentence))
        before, behind = sentence[at:start].rstrip(), sentence[end:until]
        if self._lacking.search(before) and self._grounds.match(behind):
            return True
        if not self._dated(sentence[:start]) and self._when(before):
            since = self._dated(sentence[end:]) or _SINCE.search(sentence, end) or self._since.search(sentence, end)
            return not since  # 低钙时停用2周
        if self._since.search(text) or self._dated(sentence[:at]) or self._goes_on(sentence[end:]):
            return False
        if self._weighing.search(before):
            return True
        if self._wary.search(before) and (self._risk.match(behind) or self._rebound.match(behind)):
            return True
        if not self._told.fullmatch(before):
            return False
        return self._risk.match(behind) is not None or self._before.match(behind) is not None

    def _dated(self, said: str) -> bool:
        """Tell whether what stands before tells a day, or something that was done."""
        return _DAY.search(said) is not None or self._made.search(said) is not None

    def _goes_on(self, behind: str) -> bool:
        """Tell whether what stands behind tells how long it lasts or what has come: 停药后骨折风险增加，已骨折."""
        return _PAST.search(self._telling.sub("", behind)) is not None

    def _when(self, before: str) -> bool:
        """Tell whether a clause says when to stop: 低钙时, 血钙<2.0时, 发热时应, 颌骨坏死则."""
        bare = self._must.sub("", before).rstrip()
        if bare.endswith("则"):
            return True
        case = bare[:-1].rstrip() if bare.endswith("时") or _AGENT.search(bare) else None
        if case is None:
            return False
        return bare != before or self._case.fullmatch(case) is not None or _COMPARED.search(case) is not None


def _any(words: Iterable[str]) -> str:
    """Return a pattern of words, the longest first; Latin ones stand beside no other letter."""
    ordered = sorted(words, key=len, reverse=True)
    return one_of(
        rf"(?<![a-z0-9]){re.escape(w)}(?![a-z0-9])" if w[-1].isascii() and w.isascii() else re.escape(w)
        for w in ordered
    ).pattern


@once
def stops_spoken_of(codes: CodeTables) -> StopsSpokenOf:
    """Return the reader of some code tables; made when it is first asked for, once."""
    return StopsSpokenOf(codes)
