"""Until when a drug was used, and when last, as words tell it: 用至2024-11, 末次用药2024-06-01, 术前末次."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from oncocds.vocabulary.code_tables import CodeTables
from oncocds.vocabulary.kept import once
from oncocds_fhir.elements import Element
from oncocds_fhir.phrases import any_of
from oncocds_fhir.times import Moment, read_when

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YEAR = r"(?:19|20)[0-9]{2}"
_DAY = (
    rf"(?P<year>{_YEAR})(?![0-9])(?:\s*[-/.年]\s*(?P<month>1[0-2]|0?[1-9])(?![0-9])(?:\s*[-/.月]\s*(?P<day>[0-9]{{1,2}})(?![0-9]))?)?"
    rf"|(?P<named>{'|'.join(_MONTHS)})[a-z]*\.?\s+(?P<of>{_YEAR})"
)
_ONE_DAY = re.sub(r"\?P<[a-z]+>", "?:", _DAY)
_TO = r"\s*(?:日|号)?\s*(?:至|到|[-~–—]|to|until|through)\s*"
_BARE_DAYS = re.compile(r"(?<![a-z0-9])d(?:ay)?s?\s*1\s*(?:[-~至到]|to|through)\s*d?\s*([0-9]{1,2})(?![0-9.a-z])")
_AGAIN = re.compile(r"(?<![a-z])q\s*[0-9]|every|per cycle|cycle|repeat|每|周期|疗程|循环|隔")
_BETWEEN = r"\s*(?:时间|日期|时间为|日期为|date|was|were|given|on|at|in|the)?\s*[:为于是(]?\s*(?:(?:on|in)\s)?"
_WRITTEN_ON = ("authoredOn", "effectiveDateTime", "dateAsserted")


class Cycle(NamedTuple):
    """The words that tell the days of a single cycle, and how many days it has."""

    words: str
    days: int


class LastUses:
    """Finds the words in texts, with those of one set of code tables."""

    def __init__(self, codes: CodeTables) -> None:
        kinds = ("until", "last", "earlier", "before_event", "used")
        until, last, earlier, event, used = (any_of(codes.in_words[kind]).pattern for kind in kinds)
        self._pattern = re.compile(
            rf"(?:(?P<until>{until})|{last}){_BETWEEN}(?:{_DAY}|(?P<earlier>{earlier})|(?P<event>{event}))"
            rf"|(?P<before>{event})的?(?:{last})"
        )
        self._span = re.compile(rf"(?:^|[,，(（:：])\s*(?:{used}|[:：\s])*(?P<until>{_ONE_DAY}){_TO}(?:{_DAY})")
        self._meant = re.compile(rf"(?:{any_of(codes.in_words['meant']).pattern})\s*$")

    def over(self, sentence: str, moment: Moment, longest: int) -> Iterator[re.Match[str]]:
        """Yield where a sentence tells that use has ended, or was last longer ago than ``longest`` days.

        That is the longest time between two doses of one therapy.
        """
        for found in (*self._pattern.finditer(sentence), *self._span.finditer(sentence)):
            if not self._meant.search(sentence, 0, found.start()) and _is_over(found, moment, longest):
                yield found


def single_cycle(texts: Iterable[str]) -> Cycle | None:
    """Return the days of a single cycle (d1-d14) that a record's texts tell.

    Where it says that they come again (q21d, 每3周), they do.
    """
    texts = [*texts]
    found = next((one for text in texts if (one := _BARE_DAYS.search(text))), None)
    return None if found is None or any(map(_AGAIN.search, texts)) else Cycle(found[0], int(found[1]))


def days_over(cycle: Cycle | None, record: Element, moment: Moment, longest: int) -> str | None:
    """Return the days of a single cycle where they are long over since the record was written."""
    written = next((when for key in _WRITTEN_ON if (when := read_when(record, key)) is not None), None)
    if cycle is None or written is None:
        return None
    return cycle.words if moment.days_since(written) > cycle.days + longest else None


def _is_over(found: re.Match[str], moment: Moment, longest: int) -> bool:
    named = found.groupdict()
    if named.get("event") or named.get("before"):
        return True
    if named.get("earlier") is not None:
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
