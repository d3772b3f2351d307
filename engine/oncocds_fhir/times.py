"""FHIR dates and times of any precision, ordered only where the order is certain."""

from __future__ import annotations

import calendar
import datetime
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, TypeVar

from oncocds_fhir.elements import Element, wrong

_FORM = re.compile(
    r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?)?)?"
)
# An instant as nearly all are written; what has a fraction, or is none, is for the form.
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(?:Z|[+-][0-9]{2}:[0-9]{2})")
_T = TypeVar("_T")
_TAKEN = "effective[x]"  # under which the time of all types is kept
_OTHER_TIMES = ("effectivePeriod", "effectiveInstant", "effectiveTiming")


class When(NamedTuple):
    """A time: the first and last day it may be (as written there), and the instant where that is known."""

    first: datetime.date
    last: datetime.date
    instant: datetime.datetime | None = None

    @property
    def day(self) -> str | None:
        """The day as ``YYYY-MM-DD``, None where only year or month is known."""
        return self.first.isoformat() if self.first == self.last else None

    def before(self, other: When) -> bool:
        """Tell whether this is certainly earlier."""
        if self.instant is not None and other.instant is not None:
            return self.instant < other.instant
        return self.last < other.first


_LAST_ZONE, _FIRST_ZONE = datetime.timedelta(hours=12), datetime.timedelta(hours=14)  # west and east of Greenwich


@dataclass(frozen=True, slots=True)
class Moment:
    """When an evaluation takes place: its day, and the instant if it takes place now."""

    date: datetime.date
    instant: datetime.datetime | None = None

    def is_before(self, when: When | None) -> bool:
        """Tell whether a time lies in the future: an instant after this one, a day that has begun nowhere yet.

        Of an evaluation that only names its day, what happens while it is that day somewhere is not in the future.
        """
        if when is None:
            return False
        if self.instant is None:
            if when.instant is None:
                return when.first > self.date
            midnight = datetime.datetime.combine(self.date, datetime.time(), datetime.UTC)
            return when.instant >= midnight + datetime.timedelta(days=1) + _LAST_ZONE
        if when.instant is None:
            return when.first > _day_in(self.instant, _FIRST_ZONE)
        return when.instant > self.instant

    def is_after(self, when: When | None) -> bool:
        """Tell whether a time is over: an instant before this one, a day that has ended everywhere.

        Of an evaluation that only names its day, what ends on that day anywhere is not over.
        """
        if when is None:
            return False
        if self.instant is None:
            if when.instant is None:
                return when.last < self.date
            midnight = datetime.datetime.combine(self.date, datetime.time(), datetime.UTC)
            return when.instant < midnight - _FIRST_ZONE
        if when.instant is None:
            return when.last < _day_in(self.instant, -_LAST_ZONE)
        return when.instant < self.instant

    def days_since(self, when: When) -> int:
        """Return how many days ago a time was at most."""
        return (self.date - when.first).days


@lru_cache(64)
def _day_in(instant: datetime.datetime, offset: datetime.timedelta) -> datetime.date:
    """Return the day that it is at an instant so far from Greenwich; of few instants, as of an evaluation."""
    return (instant.astimezone(datetime.UTC) + offset).date()


def read_when(element: Element, key: str) -> When | None:
    """Read a date, dateTime or instant, or None. Raises ``InputError`` for what is none of them."""
    if element.dates is not None and key in element.dates:
        kept: When = element.dates[key]
        return kept
    text = element.text(key)
    if text is None:
        return None
    if element.dates is None:
        element.dates = {}
    try:
        found = element.dates[key] = _read(text)
    except (ValueError, OverflowError):
        raise wrong(f"{element.pointer}/{key}", "not a date", "a FHIR date or dateTime") from None
    return found


def _read(text: str) -> When:
    if len(text) == 10 and text[4] == text[7] == "-":  # a day, as most are written; what is none is for the form
        try:
            date = datetime.date.fromisoformat(text)
            return When(date, date)
        except ValueError:
            pass
    if _INSTANT.fullmatch(text) is not None:
        instant = datetime.datetime.fromisoformat(text)
        date = instant.date()
        return When(date, date, instant.astimezone(datetime.UTC))
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise ValueError
    in_year, in_month, in_day, hour, minute, second, zone = match.groups()
    year, month = int(in_year), int(in_month or 0)
    if in_month is None:
        return When(datetime.date(year, 1, 1), datetime.date(year, 12, 31))
    if in_day is None:
        return When(datetime.date(year, month, 1), datetime.date(year, month, calendar.monthrange(year, month)[1]))
    date = datetime.date(year, month, int(in_day))
    if zone is None:
        return When(date, date)
    of_zone = datetime.UTC if zone == "Z" else _zone(zone)
    instant = datetime.datetime(year, month, date.day, int(hour), int(minute), int(second or 0), tzinfo=of_zone)
    return When(date, date, instant.astimezone(datetime.UTC))


@lru_cache(64)
def _zone(offset: str) -> datetime.tzinfo | None:
    return datetime.datetime.fromisoformat(f"2000-01-01T00:00:00{offset}").tzinfo


def read_period(element: Element, key: str) -> tuple[When | None, When | None]:
    """Read the start and end of a Period."""
    period = element.element(key)
    return (None, None) if period is None else (read_when(period, "start"), read_when(period, "end"))


def read_timing(element: Element, key: str) -> When | None:
    """Read when the events of a Timing were, else its bounds: of several days the span that they lie in.

    Raises ``InputError`` for events that are no list of dates.
    """
    timing = element.element(key)
    if timing is None:
        return None
    listed = timing.raw().get("event")
    if listed is not None and not isinstance(listed, list):
        raise wrong(f"{timing.pointer}/event", "wrong type", "a list of dates")
    pointer = f"{timing.pointer}/event"
    each = (Element({str(at): one}, pointer) for at, one in enumerate(listed or ()))
    events = [when for at, one in enumerate(each) if (when := read_when(one, str(at))) is not None]
    repeat = timing.element("repeat")
    if not events and repeat is not None:
        events = [when for when in read_period(repeat, "boundsPeriod") if when is not None]
    if len(set(events)) < 2:
        return events[0] if events else None
    return When(min(one.first for one in events), max(one.last for one in events))


def performed(element: Element) -> tuple[When | None, When | None]:
    """Return when something was done, or is to be done: from, to."""
    for period in ("performedPeriod", "occurrencePeriod"):
        if element.has(period):
            return read_period(element, period)
    for moment in ("performedDateTime", "occurrenceDateTime"):
        when = read_when(element, moment)
        if when is not None:
            return when, None
    timing = element.element("occurrenceTiming")
    repeat = timing.element("repeat") if timing is not None else None
    return (None, None) if repeat is None else read_period(repeat, "boundsPeriod")


def taken(element: Element) -> When | None:
    """Return when a result was taken, or a dose given: its ``effective[x]``. Raises ``InputError``.

    Of times of several types that exclude each other it is the span that they lie in.
    """
    if element.dates is not None and _TAKEN in element.dates:
        kept: When | None = element.dates[_TAKEN]
        return kept
    found = _taken(element)
    element.dates = {**(element.dates or {}), _TAKEN: found}
    return found


def _taken(element: Element) -> When | None:
    if element.raw().keys().isdisjoint(_OTHER_TIMES):  # as of nearly all
        return read_when(element, "effectiveDateTime")
    start, end = read_period(element, "effectivePeriod")
    times = [
        read_when(element, "effectiveDateTime"),
        read_when(element, "effectiveInstant"),
        end or start,
        read_timing(element, "effectiveTiming"),
    ]
    known = [when for when in times if when is not None]
    if any(one.before(other) for one in known for other in known) and not _within(known, start, end):
        return When(min(one.first for one in known), max(one.last for one in known))
    return known[0] if known else None


def when_of(observation: Element) -> When | None:
    """Return when a result was taken, else when it was released. Raises ``InputError``."""
    return taken(observation) or read_when(observation, "issued")


def _within(known: list[When], start: When | None, end: When | None) -> bool:
    """Tell whether the first of some times lies in the period beside it, and no other time stands there."""
    inside = start is not None and end is not None and not (known[0].before(start) or end.before(known[0]))
    return inside and len(known) == 2


def earliest(times: Iterable[When | None]) -> When | None:
    """Return the earliest of some times, of those that begin together the most precise; None where there is none."""
    return min((when for when in times if when is not None), key=lambda when: (when.first, when.last), default=None)


def latest(times: Iterable[When | None]) -> When | None:
    """Return the latest of some times, of those that end together the most precise; None where there is none."""
    return max((when for when in times if when is not None), key=lambda when: (when.last, when.first), default=None)


def newest(items: Sequence[tuple[When | None, _T]]) -> list[_T]:
    """Return those that none is certainly later than; what has no date counts only where nothing has one."""
    if len(items) == 1:
        return [items[0][1]]
    dated = [(when, item) for when, item in items if when is not None]
    if not dated:
        return [item for _, item in items]
    instants = [when.instant for when, _ in dated if when.instant is not None]
    last_instant = max(instants, default=None)
    last_day = max(when.first for when, _ in dated)
    last_bare_day = max((when.first for when, _ in dated if when.instant is None), default=datetime.date.min)
    left = [
        item
        for when, item in dated
        if (
            when.last >= last_day
            if when.instant is None
            else when.last >= last_bare_day and when.instant == last_instant
        )
    ]
    # Instants and days of different zones may chase each other in a circle: then nothing is known to be the newest.
    return left or [item for _, item in dated]
