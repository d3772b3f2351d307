"""When something was done last and is due next: by dated records and the site's interval, compared with a day.

No document gives an interval. Where the site has set none, nothing is said; where no date is known, it is asked for.
"""

from __future__ import annotations

import calendar
import datetime
from dataclasses import dataclass

from oncocds.profile.facts import PatientFacts
from oncocds.profile.history import ECHO, LVEF
from oncocds.vocabulary.monitoring import IntervalUnit, Monitoring


@dataclass(frozen=True, slots=True)
class Due:
    """When one thing was done last and is due next, by the site's interval ``every``.

    ``dated_by`` is the fact that dates the ``last`` time. ``due`` is None where no date is known (one after ``as_of``
    tells of no check that was made), and where the calendar ends before it. ``asks`` are the dates to ask for, where
    none is known: those of the results that are recorded, else the first that would tell it. Where the history may be
    incomplete (not ``whole``), all of it or that of the test which the date is of, a later check may be missing: then
    nothing is called overdue.
    """

    monitoring: Monitoring
    every: int
    as_of: datetime.date
    last: datetime.date | None
    dated_by: str | None
    asks: tuple[str, ...]
    whole: bool = True

    @property
    def due(self) -> datetime.date | None:
        """The day on which it is due next."""
        return None if self.last is None else later(self.last, self.every, self.monitoring.unit)

    @property
    def overdue(self) -> bool | None:
        """Whether that day is past; on the day itself it is not. None where no day is known."""
        past = None if self.due is None else self.as_of > self.due
        return None if past and not self.whole else past


def due(facts: PatientFacts, monitoring: Monitoring) -> Due | None:
    """Return when something is due, None where the site has not set how often.

    Of the parts of one examination the one whose date lies furthest back counts: what was not repeated is not
    monitored. Parts without a date say nothing.
    """
    every = facts.finding(monitoring.every).value
    if not isinstance(every, int):
        return None
    found = [(date, fact) for fact in monitoring.dates if (date := _day(facts, fact)) is not None]
    last, dated_by = min(found, key=lambda one: one[0], default=(None, None))
    certain = (fact for day, fact in found if day == last and not _may_be_later(facts, fact))
    whole = "history" not in (facts.given.incomplete or ()) and (last is None or any(certain))
    asks: tuple[str, ...] = ()
    if last is None:
        undated = (fact for fact in monitoring.dates if _is_recorded(facts, f"{fact.removesuffix('date')}value"))
        asks = tuple(undated) or monitoring.dates[:1]
    return Due(monitoring, every, facts.as_of, last, dated_by, asks, whole)


def later(day: datetime.date, number: int, unit: IntervalUnit) -> datetime.date | None:
    """Return the day that lies some days or calendar months after another; None beyond the calendar.

    Months keep the day of the month. Where the month is too short, it is its last day: never later than meant.
    """
    try:
        if unit == "d":
            return day + datetime.timedelta(days=number)
        years, month = divmod(day.year * 12 + day.month - 1 + number, 12)
        return datetime.date(years, month + 1, min(day.day, calendar.monthrange(years, month + 1)[1]))
    except (OverflowError, ValueError):
        return None


def _day(facts: PatientFacts, fact: str) -> datetime.date | None:
    """Return the last day of one part: as it is recorded or, where that is later, in the history."""
    days = [day for day in (_given(facts, fact), _written(facts, fact)) if day is not None]
    return max(map(datetime.date.fromisoformat, days), default=None)


def _may_be_later(facts: PatientFacts, fact: str) -> bool:
    """Tell whether results may be missing of the test that a date is of: the date that is given may be an older one's.

    Whoever reads records gives the date of the latest that could be read, not of the one that was left out.
    """
    return series_of_date(fact) in (facts.given.history_incomplete or ())


def _given(facts: PatientFacts, fact: str) -> str | None:
    value = facts.finding(fact).value
    return value if isinstance(value, str) and value <= facts.as_of.isoformat() else None


def _written(facts: PatientFacts, fact: str) -> str | None:
    return next((one.latest.date for one in facts.series if one.name == series_of_date(fact)), None)


def series_of_date(fact: str) -> str:
    """Return the series of the history whose results a date is of."""
    return LVEF if fact == ECHO else fact.removeprefix("labs.").removesuffix(".date")


def _is_recorded(facts: PatientFacts, fact: str) -> bool:
    return fact in facts.vocabulary.fields and facts.finding(fact).value is not None
