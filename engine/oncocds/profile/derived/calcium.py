"""Calcium against the reporting laboratory's own limits. Origin: convention; the source gives no threshold.

Corrected calcium = total + 0.02 × (40 − albumin) in mmol/L and g/L. Without albumin a total beyond the limit counts, a
total within it decides nothing unless no albumin could bring it beyond. Limits are strict: exactly at the limit is
within. Where value or limit is missing, the laboratory's own reading (low, normal, high) stands for the comparison.
"""

from __future__ import annotations

from oncocds.profile.finding import Facts, Finding
from oncocds.profile.kleene import known, unknown

_PER_GRAM = 0.02
_ALBUMIN = 40.0


def hypercalcaemia(facts: Facts) -> Finding:
    """Return whether calcium is above the upper limit now; where calcium does not decide, the recorded event speaks.

    A value decides whatever event was recorded earlier.
    """
    found = _beyond(facts, "labs.calcium.reference_high", "high", sign=1)
    if found.value is None:
        event = facts.finding("skeletal_events.hypercalcaemia")
        if event.value is True:
            return event
    return found


def hypocalcaemia(facts: Facts) -> Finding:
    """Return whether calcium is below the lower limit now."""
    return _beyond(facts, "labs.calcium.reference_low", "low", sign=-1)


def _beyond(facts: Facts, limit_name: str, reading_name: str, *, sign: int) -> Finding:
    calcium, limit = facts.finding("labs.calcium.value"), facts.finding(limit_name)
    albumin = facts.finding("labs.albumin.value")
    correction = 0.0
    if isinstance(albumin.value, int | float):
        correction = sign * _PER_GRAM * (_ALBUMIN - albumin.value)
    if not isinstance(calcium.value, int | float) or not isinstance(limit.value, int | float):
        reading = facts.finding("labs.calcium.interpretation")
        if reading.value == reading_name and correction >= 0:
            return known(True, reading, albumin)
        if reading.value not in (None, reading_name) and albumin.value is not None and correction <= 0:
            return known(False, reading, albumin)
        if reading.value not in (None, reading_name) and albumin.value is None:
            return unknown(albumin)
        return unknown(calcium, limit, albumin)
    excess = round(sign * (calcium.value - limit.value), 6)
    if albumin.value is not None:
        return known(round(excess + correction, 6) > 0, calcium, albumin, limit)
    if excess > 0:
        return known(True, calcium, limit)
    lowest, highest = facts.vocabulary.quantities["albumin"].plausible
    most = _PER_GRAM * (_ALBUMIN - lowest if sign > 0 else highest - _ALBUMIN)
    return known(False, calcium, limit) if round(excess + most, 6) <= 0 else unknown(albumin)
