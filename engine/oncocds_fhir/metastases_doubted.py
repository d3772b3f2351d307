"""Whether a text that is not understood may deny or doubt the metastases that it names: neg bone mets, 骨转移：未查."""

from __future__ import annotations

import re

from oncocds.vocabulary.code_tables import CodeTables
from oncocds.vocabulary.kept import once
from oncocds.vocabulary.meanings import fold, one_of
from oncocds_fhir.phrases import any_of, phrases, standing

_PARTS = re.compile(r"[,，;；。()（）\[\]]")
_NO_MORE = re.compile(
    r"\s?[（(]\s?(?:n|no|f|false|nil|0|neg|删除|已删|作废|已作废|误|错|阴|一|未证|未确|暂不诊断|poss|prob|[-–—−]+)\s?[)）]|\s?[-–—−]+\s*$"
)
_YES = re.compile(r"[+y√☑✓]+|yes|true|阳性|present|positive|存在|已?确诊|已?证实|明确")
_NO_ANSWER = re.compile(
    r"[-/]+$|(?:n/?a|nd|unk|unknown|pending|tbd|tbc|not|unable|none|nil|unclear|undetermined|deferred|see)(?![a-z])"
)
_ANSWER = re.compile(r"\s?[:：]\s?([^\s,，;；。:：()（）][^,，;；。:：()（）]{0,14}?)\s*(?=$|[,，;；。])")
# What is still to be done about what stands before it, and an answer in a letter or a number.
_TO_COME = re.compile(
    r"待[^,;。]{0,6}?(?:明确|证实|确定|排除|除外|查|诊|定|核实|确认)|[:：]\s?(?:n|f|false|nil|0)(?![a-z0-9.])"
)


class MetastasesDoubted:
    """Reads doubts about metastases with the words of one set of code tables."""

    def __init__(self, codes: CodeTables) -> None:
        said, against, self._read = codes.phrases, codes.phrases["against"], phrases(codes)
        self._unsure = one_of(standing(fold(word)) for word in said["unsure"]["any"])
        self._none = one_of(f"(?:{standing(fold(word))})$" for word in said["unsure"]["certain"])
        self._denial = one_of(standing(fold(word)) for word in said["denial"]["certain"])
        self._gone = any_of(against["gone"])
        metastases = [word for words in said["metastases"].values() for word in words]
        self._metastasis = one_of(standing(fold(word)) for word in metastases)
        marker = any_of((*(word for word in against["others_in_doubt"] if word.isascii()), *against["tested"])).pattern
        self._tested = re.compile(rf"(?:{marker})\s?[-–]?\s?neg(?:ative)?(?![a-z])")
        self._negative = re.compile(
            rf"(?<![a-z])neg(?:ative)?\s(?:for\s)?(?:[a-z]+\s){{0,2}}?(?:{self._metastasis.pattern})"
            rf"|未有?(?:{any_of((*metastases, *codes.metastases.names)).pattern})"
        )

    def doubted(self, text: str) -> bool:
        """Tell whether a text that is not understood may deny or doubt the metastases that it names.

        In each part between marks on its own: 骨转移，无脊髓压迫症状 doubts none.
        """
        text = self.without_tests(fold(text))
        first = self._metastasis.search(text)
        if first is None or self._gone.search(text) or _NO_MORE.match(text, first.end()):
            return first is not None
        if (answer := _ANSWER.match(text, first.end())) is not None and self._is_no_answer(answer[1]):
            return True
        for part in map(str.strip, _PARTS.split(text)):
            named = [found.start() for found in self._metastasis.finditer(part)]
            if named and (
                self._unsure.search(part)
                or _TO_COME.search(part, named[0])
                or self._denial.search(part, 0, named[-1])
                or self._none.search(part)
                or self.denied(part)
            ):
                return True
        return False

    def without_tests(self, text: str) -> str:
        """Return a folded text without what was tested and is negative (HER2 neg), which denies no metastasis."""
        return self._tested.sub(lambda found: " " * len(found[0]), text)

    def denied(self, part: str) -> bool:
        """Tell whether a part of a folded text denies metastases: neg bone mets, 未骨转移; no HER2 neg bone mets."""
        return self._negative.search(self.without_tests(part)) is not None

    def _is_no_answer(self, answer: str) -> bool:
        """Tell whether nothing is known of what answers whether there are metastases: 骨转移：未查."""
        if answer.isascii():  # of a place that is not in the tables, as often as not
            return _NO_ANSWER.match(answer) is not None
        said = _YES.fullmatch(answer) is not None or any(c.isdigit() for c in answer)
        return not said and not self._read.understands(answer)


@once
def metastases_doubted(codes: CodeTables) -> MetastasesDoubted:
    """Return the reader of some code tables; made when it is first asked for, once."""
    return MetastasesDoubted(codes)
