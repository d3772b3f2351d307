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
_IF_BEHIND = re.compile(
    r"\s*(?:the drug|drug|it|therapy|treatment)?\s*(?P<word>if|unless|in case|when|whenever)(?![a-z])"
)
_LEVEL_BEHIND = re.compile(r"\s*for\s[^,;]*(?:[<>≤≥]|below|above|less than|greater than)")  # hold for SBP <90
_WHEN = re.compile(r"(?<![a-z])(?:when|whenever)(?![a-z])")
_TOO_LOW = re.compile(r"[低高]血?([钙钾钠镁磷糖])(?:血?症)?")  # 低钙 and 血钙低 are of 血钙
_PLAIN = re.compile(r"出现|发生|患者|病人|立即|可能|[如若有需应须时则者请先的要并或和及了已]|\s|[0-9.<>≤≥=/%]+")
_LATIN = re.compile(r"[a-z]{3,}")
_EMPTY = frozenset(
    (
        *("when", "whenever", "unless", "case", "drug", "the", "therapy", "treatment", "low", "high", "below", "above"),
        *("occurs", "develops", "any", "there", "and", "for", "mmol", "level"),
    )
)
_LOOKED_FOR = re.compile(
    r"(?:查|测|定期|每[0-9]*[天日周月次]|未|无|不|没|防|补|monitor|check|no|not|without)[^,;。]{0,4}$"
)
_LEVEL = re.compile(r"[\u4e00-\u9fff]\s*[0-9]+\.[0-9]|(?<![a-z])[a-z]{2,}\s*(?:is|was|of|:)?\s*[0-9]+\.[0-9]")


class StopsSpokenOf:
    """Tells stops that are spoken of from those that were made, with the words of one set of code tables."""

    def __init__(self, codes: CodeTables) -> None:
        said = codes.in_words
        self._told = re.compile(rf"(?:{either(said['told'])}|\s)*")
        self._wary = re.compile(rf"(?:{either(said['wary'])})(?:{either(said['told'])}|\s)*$")
        self._spoken, self._since = re.compile(either(said["spoken"])), re.compile(either(said["since"]))
        self._risk, self._rebound = (re.compile(rf"{_OBJECT}(?:{either(said[kind])})") for kind in ("risk", "rebound"))
        self._lacking = re.compile(rf"(?:{either(said['lacking'])})\s?(?:明确|明显)?的?$")
        self._weighing = re.compile(rf"(?:{either(said['weighing'])})$")
        self._grounds = re.compile(rf"{_OBJECT}\s?的?(?:{either(said['grounds'])})")
        self._case = re.compile(rf"(?:{either(said['cases'])})")
        due = either((*said["cases"], *said["due"]))
        self._due = re.compile(rf"(?:{either(said['come_with'])}|\s)*(?:(?:{due})(?:{either(said['come_with'])}|\s)*)+")
        self._unless = re.compile(either(said["unless"]))
        self._imperative = frozenset(said["imperative"])
        self._do = re.compile(rf"(?:{either(said['must'])}|先|提前|立即|及时|马上|就|则|\s)*$")
        self._telling = re.compile(either(word for word in said["told"] if word.startswith("已")))
        self._must = re.compile(rf"(?:{either(said['must'])})+$")
        self._before = re.compile(rf"前\s?(?:{either(said['before_it'])})")
        self._made = re.compile(either(said["made"]))

    def is_conditional(self, text: str, sentence: str, match: re.Match[str]) -> bool:
        """Tell whether a word is said of a case that has not come: 如低钙则停用; if febrile, hold.

        A case that is told elsewhere in the text has come: 如低钙则停用，患者低钙.
        """
        start, end, ascii_ = match.start(), match.end(), match[0].isascii()
        clause = max((one.end() for one in _CLAUSE.finditer(sentence, 0, start)), default=0)
        until = next((one.start() for one in _CLAUSE.finditer(sentence, end)), len(sentence))
        behind = _IF_BEHIND.match(sentence, end, until) if ascii_ else None
        if behind is not None and (not behind["word"].startswith("when") or match[0] in self._imperative):
            return not self._has_come(sentence[behind.end() : until], text, sentence, clause, until)
        below = _LEVEL_BEHIND.match(sentence, end, until) if match[0] in self._imperative else None
        if below is not None:
            return not self._has_come(below[0], text, sentence, clause, until)
        own = self._unless.search(sentence, clause, start)
        if own is not None:
            return not self._has_come(sentence[own.end() : start], text, sentence, clause, until)
        bare = match[0] in self._imperative and not sentence[clause:start].strip()
        if not (clause and (bare or (not ascii_ and self._spoken.fullmatch(match[0])))):
            return False
        earlier = max((one.end() for one in _CLAUSE.finditer(sentence, 0, clause - 1)), default=0)
        case = self._unless.search(sentence, earlier, clause)
        if case is None and bare:
            case = _WHEN.search(sentence, earlier, clause)
        told = bare or sentence[clause:start].strip()
        if case is None or not told or self._do.fullmatch(sentence, clause, start) is None:
            return False
        return not self._has_come(sentence[case.end() : clause], text, sentence, earlier, until)

    def _has_come(self, case: str, text: str, sentence: str, start: int, end: int) -> bool:
        """Tell whether a case, or a level, is told elsewhere in a text than where it stands as a case."""
        at = text.find(sentence)
        rest = _TOO_LOW.sub(r"血\1", f"{text[: at + start]},{text[at + end :]}")
        case = _TOO_LOW.sub(r"血\1", case)
        words = {one for one in _LATIN.findall(case) if one not in _EMPTY}
        for part in _PLAIN.split(case):
            words |= {part[at : at + 2] for at in range(len(part) - 1) if not part.isascii()}
        told = (one for word in words for one in re.finditer(re.escape(word), rest))
        if any(not _LOOKED_FOR.search(rest, 0, one.start()) for one in told):
            return True
        return _LEVEL.search(rest) is not None

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
            return not (since or self._has_come(before, text, sentence, at, until))  # 低钙时停用2周
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
        known = self._due if bare != before else self._case
        return known.fullmatch(case) is not None or _COMPARED.search(case) is not None


def either(words: Iterable[str]) -> str:
    """Return a pattern of words, the longest first; Latin ones stand beside no other letter."""
    ordered = sorted(words, key=len, reverse=True)
    return one_of(rf"(?<![a-z0-9]){re.escape(w)}(?![a-z0-9])" if w.isascii() else re.escape(w) for w in ordered).pattern


@once
def stops_spoken_of(codes: CodeTables) -> StopsSpokenOf:
    """Return the reader of some code tables; made when it is first asked for, once."""
    return StopsSpokenOf(codes)
