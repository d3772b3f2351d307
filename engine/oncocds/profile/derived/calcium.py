"""Calcium against the reporting laboratory's own limits. Origin: convention; the source gives no threshold.

Corrected calcium = total + 0.02 × (40 − albumin) in mmol/L and g/L. Without albumin a total beyond the limit counts, a
total within it decides nothing. Limits are strict: exactly at the limit is within.
"""

from __future__ import annotations

from oncocds.profile.finding import Facts, Finding
from oncocds.profile.kleene import known, unknown

_PER_GRAM = 0.02
_ALBUMIN = 40.0


def hypercalcaemia(facts: Facts) -> Finding:
    """Return whether calcium is above the upper limit now; without a usable value the recorded event speaks."""
    calcium, limit = facts.finding("labs.calcium.value"), facts.finding("labs.calcium.reference_high")
    if calcium.value is None or limit.value is None:
        event = facts.finding("skeletal_events.hypercalcaemia")
        if event.value is True:
            return event
        reading = facts.finding("labs.calcium.interpretation")
        if reading.value == "high":
            return known(True, reading)
        return unknown(calcium, limit, facts.finding("labs.albumin.value"))
    return _beyond(facts, calcium, limit, sign=1)


def hypocalcaemia(facts: Facts) -> Finding:
    """Return whether calcium is below the lower limit now."""
    calcium, limit = facts.finding("labs.calcium.value"), facts.finding("labs.calcium.reference_low")
    if calcium.value is None or limit.value is None:
        return unknown(calcium, limit, facts.finding("labs.albumin.value"))
    return _beyond(facts, calcium, limit, sign=-1)


def _beyond(facts: Facts, calcium: Finding, limit: Finding, *, sign: int) -> Finding:
    albumin = facts.finding("labs.albumin.value")
    assert isinstance(calcium.value, int | float)
    assert isinstance(limit.value, int | float)
    if albumin.value is None:
        if sign * (calcium.value - limit.value) > 0:
            return known(True, calcium, limit)
        return unknown(albumin)
    assert isinstance(albumin.value, int | float)
    corrected = round(calcium.value + _PER_GRAM * (_ALBUMIN - albumin.value), 6)
    return known(sign * (corrected - limit.value) > 0, calcium, albumin, limit)
