"""How old a result may be: which date belongs to which result, and which results no longer count.

Only results grow old: laboratory values with their readings, and the latest LVEF. Baselines, receptors, genes and what
happened in the past never do.
"""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Iterator
from typing import Any

from oncocds.profile.models import Profile

QUESTIONED_AFTER_MONTHS = 12
"""A result older than this is asked about where the site has set nothing. A convention, labelled as one."""

_LVEF, _ECHO = "cardiac.lvef_latest", "cardiac.echo_date"
_OF_LAB = ("value", "interpretation")


def date_of(fact: str) -> str | None:
    """Return the fact that dates a result, None for what is no dated result."""
    if fact == _LVEF:
        return _ECHO
    group, _, rest = fact.partition(".")
    analyte, _, part = rest.partition(".")
    return f"labs.{analyte}.date" if group == "labs" and part in _OF_LAB else None


def dated_results(profile: Profile) -> Iterator[tuple[str, str, datetime.date]]:
    """Yield the recorded results that have a date: the result, the fact that dates it, and the date."""
    for analyte, result in () if profile.labs is None else vars(profile.labs).items():
        if result is not None and result.date is not None:
            part = next((one for one in _OF_LAB if getattr(result, one) is not None), None)
            if part is not None:
                yield f"labs.{analyte}.{part}", f"labs.{analyte}.date", datetime.date.fromisoformat(result.date)
    cardiac = profile.cardiac
    if cardiac is not None and cardiac.echo_date is not None and cardiac.lvef_latest is not None:
        yield _LVEF, _ECHO, datetime.date.fromisoformat(cardiac.echo_date)


def older_than(date: datetime.date, months: int, as_of: datetime.date) -> bool:
    """Return whether a date lies more than some calendar months before another."""
    years, month = divmod(as_of.year * 12 + as_of.month - 1 - months, 12)
    if years < 1:
        return False
    return date < datetime.date(years, month + 1, min(as_of.day, calendar.monthrange(years, month + 1)[1]))


def without_old_results(profile: Profile, months: int | None, as_of: datetime.date) -> Profile:
    """Return the profile without the results older than some months; dates and limits stay. None leaves it as it is."""
    if months is None:
        return profile
    old = {fact for fact, _, date in dated_results(profile) if older_than(date, months, as_of)}
    if not old:
        return profile
    changed: dict[str, Any] = {}
    if profile.labs is not None:
        labs = {
            fact.split(".")[1]: getattr(profile.labs, fact.split(".")[1]).model_copy(update=dict.fromkeys(_OF_LAB))
            for fact in old
            if fact.startswith("labs.")
        }
        changed["labs"] = profile.labs.model_copy(update=labs)
    if profile.cardiac is not None and _LVEF in old:
        changed["cardiac"] = profile.cardiac.model_copy(update={"lvef_latest": None})
    return profile.model_copy(update=changed)
