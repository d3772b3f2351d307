"""Results against reference limits: the laboratory's own, else where an adult's limit can lie (convention).

Limits are strict: exactly at the limit is within.
"""

from __future__ import annotations

from oncocds.profile.finding import Facts, Finding
from oncocds.profile.kleene import known, unknown

Range = tuple[float, float]


def limit_bounds(limit: Finding, range_: Range | None) -> Range | None:
    """Return between which numbers a limit lies: both the recorded one, or the ends of the convention's range."""
    if isinstance(limit.value, int | float):
        return limit.value, limit.value
    return range_


def above_limit(facts: Facts, value_name: str, limit_name: str, reading_name: str, range_: Range | None) -> Finding:
    """Return whether a result is above its upper limit, by best and worst case of a limit that nobody recorded.

    Where that does not decide, the laboratory's own reading (low, normal, high) does; a reading of high always counts.
    """
    value, limit, reading = (facts.finding(name) for name in (value_name, limit_name, reading_name))
    bounds = limit_bounds(limit, range_)
    if isinstance(value.value, int | float) and bounds is not None and value.value > bounds[1]:
        return known(True, value, limit)
    if reading.value == "high":
        return known(True, reading)
    if isinstance(value.value, int | float) and bounds is not None and value.value <= bounds[0]:
        return known(False, value, limit)
    if reading.value is not None:
        return known(False, reading)
    return unknown(value, limit)
