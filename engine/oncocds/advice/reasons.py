"""A recorded fact as a reason of the answer, with the date of a result."""

from __future__ import annotations

from oncocds.advice.result import Because, FactValue
from oncocds.profile.finding import Facts
from oncocds.profile.freshness import date_of

_PRESSURE, _PRESSURE_DATE = ("vitals.systolic", "vitals.diastolic"), "vitals.blood_pressure_date"


def recorded_value(facts: Facts, path: str) -> FactValue:
    """Return what was recorded for an input fact."""
    value = facts.recorded(path)
    return list(value) if isinstance(value, tuple) else value


def reason(facts: Facts, path: str, via: str | None = None) -> Because:
    """Return a recorded fact as a reason; ``via`` is the derived fact it was read through."""
    dating = _PRESSURE_DATE if path in _PRESSURE else date_of(path)
    date = None if dating is None else facts.recorded(dating)
    return Because.of(fact=path, value=recorded_value(facts, path), via=via, date=None if date is None else str(date))
