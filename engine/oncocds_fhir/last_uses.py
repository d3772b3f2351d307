"""Until when a drug was used, and when last, in words: 用至2024-11, 末次用药2024-06-01, 术前末次, 治疗满24月."""

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
_YEAR, _NAMED, _MONTH = r"((?:19|20)[0-9]{2})", rf"({'|'.join(_MONTHS)})[a-z]*\.?", "(1[0-2]|0?[1-9])"
# How days and months are written, and which of year, month and day their parts are.
_FORMS: tuple[tuple[str, str], ...] = (
    (r"((?:19|20)[0-9]{2})(0[1-9]|1[0-2])([0-3][0-9])?", "ymd"),  # 20240115, 202401
    (rf"{_YEAR}\s*[-/.年]\s*{_MONTH}(?![0-9])(?:\s*[-/.月]\s*([0-9]{{1,2}})(?![0-9]))?", "ymd"),
    (rf"([0-9]{{1,2}})\s*[-/.]\s*([0-9]{{1,2}})\s*[-/.]\s*{_YEAR}", "mdy dmy"),
    (r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{2})", "mdy dmy ymd"),
    (rf"{_MONTH}\s*[-/.]\s*{_YEAR}", "my"),
    (rf"{_NAMED}\s+(?:([0-9]{{1,2}})(?:st|nd|rd|th)?,?\s+)?{_YEAR}", "mdy"),
    (rf"([0-9]{{1,2}})(?:st|nd|rd|th)?[\s-]+{_NAMED}[\s,-]+{_YEAR}", "dmy"),
    (rf"([12][0-9])\s*年\s*{_MONTH}\s*月(?:\s*([0-9]{{1,2}})(?![0-9]))?", "ymd"),
    (_YEAR, "y"),
)
_PARTS = tuple((re.compile(form), orders.split()) for form, orders in _FORMS)
_ONE_DAY = "|".join(re.sub(r"\((?!\?)", "(?:", form) + "(?![0-9])" for form, _ in _FORMS)
_DAY = rf"(?P<when>{_ONE_DAY})"
_TO = r"\s*(?:日|号|月)?\s*(?:至|到|[-~–—]|to|until|through)\s*"
_BARE_DAYS = re.compile(r"(?<![a-z0-9])d(?:ay)?s?\s*1\s*(?:[-~至到]|to|through)\s*d?\s*([0-9]{1,2})(?![0-9.a-z])")
_AGAIN = re.compile(r"(?<![a-z])q\s*[0-9]|every|per cycle|cycle|repeat|每|周期|疗程|循环|隔")
_BETWEEN = r"\s*(?:时间|日期|时间为|日期为|date|was|were|given|on|at|in|the)?\s*[:为于是(]?\s*(?:(?:on|in)\s)?"
_WRITTEN_ON = ("authoredOn", "effectiveDateTime", "dateAsserted")
_CENTURY = 100  # years below it are written short
_N, _TIMES = r"\s?(?:[0-9]{1,3}|[一二两三四五六七八九十]{1,3})\s?个?", "(?:月|年|周|次|针|支|程|周期|疗程)"
_FULL = re.compile(  # as long as it was meant: 治疗满24月, completed 2 years
    rf"(?:治疗|用药|使用|应用|注射|给药|疗程|已|现|用|打|做|^|(?<=[,、(]))\s?(?:已|共|了)?\s?(?:满|足|够){_N}{_TIMES}"
    rf"|(?<![0-9])[0-9一二两三四五六七八九十]{{1,2}}\s?(?:年|个月)(?:的?治疗)?\s?(?:已|均)?完成"
    rf"|完成{_N}(?:月|年)(?:的?治疗)?|疗程{_N}{_TIMES}\s?(?:已|均|皆)?(?:满|足|毕|完成)|(?:够|足|满)疗程|(?:打|用|注射)完{_N}{_TIMES}"
    r"|(?<![a-z])s/p\s*x?\s*[0-9]{1,2}\s*(?:cycles?|doses?|mos?|months?|years?|yrs?|courses?|injections?|infusions?)(?!\s*(?:of|/)\s*[0-9])"
)
_NOT_FULL = re.compile(
    r"(?:年|龄|[后前术经诊断少]|至|到|待|如|若|每|未|不|没|需|目标|标准|until|after|when|once|if)\s?(?:治疗|用药|使用|用)?\s*$"
)
_GOES_ON = re.compile(r"继续|续用|维持|仍|(?<![a-z])(?:continu|ongoing)")
_FULL_THEN = re.compile(r"\s*(?:后|时|再|方|才|即|以上?后|者|[0-9]|chemo|radio|of (?:chemo|radio))")


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
        self._span = re.compile(
            rf"(?:^|[,，(（:：])\s*(?:{used}|[:：\s])*(?P<until>{_ONE_DAY}){_TO}(?:{_DAY}|(?P<month>1[0-2]|0?[1-9])\s*月)"
        )
        self._meant = re.compile(rf"(?:{any_of(codes.in_words['meant']).pattern})\s*$")

    def over(self, sentence: str, moment: Moment, longest: int) -> Iterator[re.Match[str]]:
        """Yield where a sentence tells that use has ended, or was last longer ago than ``longest`` days.

        That is the longest time between two doses of one therapy.
        """
        for found in (*self._pattern.finditer(sentence), *self._span.finditer(sentence)):
            if not self._meant.search(sentence, 0, found.start()) and _is_over(found, moment, longest):
                yield found
        for found in _FULL.finditer(sentence):
            before = sentence[: found.start()]
            is_meant = self._meant.search(before) or _NOT_FULL.search(before)
            goes_on = _FULL_THEN.match(sentence, found.end()) or _GOES_ON.search(sentence, found.end())
            if not is_meant and goes_on is None:
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
    """Return the last day that a written day, month or year may be; None where there is no such day.

    The month alone that ends a span is of the year that it began in: 2023年3月至12月.
    """
    said = found.groupdict()
    if said["when"] is None:
        begun = _last_day_of(said["until"])
        return None if begun is None else _day(begun.year, int(said["month"]), None)
    return _last_day_of(said["when"])


def _last_day_of(text: str) -> datetime.date | None:
    """Return the last day that a text may mean: of 3/4/2024 the later one, of 3/2024 the end of the month."""
    for form, orders in _PARTS:
        written = form.fullmatch(text)
        if written is not None:
            days = [_in_order(dict(zip(order, written.groups(), strict=True))) for order in orders]
            return max((day for day in days if day is not None), default=None)
    return None


def _in_order(parts: dict[str, str | None]) -> datetime.date | None:
    year, month = int(parts["y"] or 0), parts.get("m") or "12"
    named = _MONTHS.index(month) + 1 if month in _MONTHS else int(month)
    day = parts.get("d")
    return _day(year if year >= _CENTURY else 2000 + year, named, None if day is None else int(day))


def _day(year: int, month: int, day: int | None) -> datetime.date | None:
    try:
        if day is not None:
            return datetime.date(year, month, day)
        return datetime.date(year + month // 12, month % 12 + 1, 1) - datetime.timedelta(days=1)
    except ValueError:
        return None


@once
def last_uses(codes: CodeTables) -> LastUses:
    """Return the reader of some code tables; made when it is first asked for, once."""
    return LastUses(codes)
