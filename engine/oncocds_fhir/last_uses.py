"""Until when a drug was used, and when last, as words tell it by a day: 用至2024-11, 末次用药2024-06-01."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator

from oncocds.vocabulary.code_tables import CodeTables
from oncocds.vocabulary.kept import once
from oncocds_fhir.phrases import any_of
from oncocds_fhir.times import Moment

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YEAR = r"(?:19|20)[0-9]{2}"
_DAY = (
    rf"(?P<year>{_YEAR})(?![0-9])(?:\s*[-/.年]\s*(?P<month>1[0-2]|0?[1-9])(?![0-9])(?:\s*[-/.月]\s*(?P<day>[0-9]{{1,2}})(?![0-9]))?)?"
    rf"|(?P<named>{'|'.join(_MONTHS)})[a-z]*\.?\s+(?P<of>{_YEAR})"
)
_BETWEEN = r"\s*(?:时间|日期|时间为|日期为|date|was|were|given|on|at|in|the)?\s*[:为于是(]?\s*(?:(?:on|in)\s)?"


class LastUses:
    """Finds the words in texts, with those of one set of code tables."""

    def __init__(self, codes: CodeTables) -> None:
        until, last, earlier = (any_of(codes.in_words[kind]).pattern for kind in ("until", "last", "earlier"))
        self._pattern = re.compile(rf"(?:(?P<until>{until})|{last}){_BETWEEN}(?:{_DAY}|(?P<earlier>{earlier}))")
        self._meant = re.compile(rf"(?:{any_of(codes.in_words['meant']).pattern})\s*$")

    def over(self, sentence: str, moment: Moment, longest: int) -> Iterator[re.Match[str]]:
        """Yield where a sentence tells that use has ended, or was last longer ago than ``longest`` days.

        That is the longest time between two doses of one therapy.
        """
        for found in self._pattern.finditer(sentence):
            if not self._meant.search(sentence, 0, found.start()) and _is_over(found, moment, longest):
                yield found


def _is_over(found: re.Match[str], moment: Moment, longest: int) -> bool:
    if found["earlier"] is not None:
        return found["until"] is not None
    last = _last_day(found)
    if last is None:
        return False
    return last < moment.date - datetime.timedelta(days=0 if found["until"] is not None else longest)


def _last_day(found: re.Match[str]) -> datetime.date | None:
    """Return the last day that a written day, month or year may be; None where there is no such day."""
    year = int(found["year"] or found["of"])
    month = _MONTHS.index(found["named"]) + 1 if found["named"] else int(found["month"] or 12)
    try:
        if found["day"]:
            return datetime.date(year, month, int(found["day"]))
        return datetime.date(year + month // 12, month % 12 + 1, 1) - datetime.timedelta(days=1)
    except ValueError:
        return None


@once
def last_uses(codes: CodeTables) -> LastUses:
    """Return the reader of some code tables; made when it is first asked for, once."""
    return LastUses(codes)
