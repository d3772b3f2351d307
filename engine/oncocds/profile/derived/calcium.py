"""Calcium against the reporting laboratory's own limits. Origin: convention; the source gives no threshold.

Corrected calcium = total + 0.02 × (40 − albumin) in mmol/L and g/L, from an albumin taken within 14 days of it (where
a date is missing, from the one there is). Without albumin a total beyond the limit counts, a total within it decides
nothing unless no albumin could bring it beyond. Limits are strict: exactly at the limit is within. A limit that nobody
recorded lies in the vocabulary's range for adults, and best and worst case are taken. Where that decides nothing, the
laboratory's own reading (low, normal, high) stands for the comparison.
"""

from __future__ import annotations

import datetime

from oncocds.profile.derived.limits import Range, limit_bounds
from oncocds.profile.finding import Facts, Finding
from oncocds.profile.kleene import both, known, unknown


def corrected_calcium(facts: Facts) -> Finding:
    """Return the corrected calcium in mmol/L, unknown without an albumin taken near it."""
    calcium, albumin = facts.finding("labs.calcium.value"), near_albumin(facts)
    if not isinstance(calcium.value, int | float) or not isinstance(albumin.value, int | float):
        return unknown(calcium, albumin)
    return known(round(calcium.value + _per_gram(facts) * (_usual(facts) - albumin.value), 6), calcium, albumin)


def hypercalcaemia(facts: Facts) -> Finding:
    """Return whether calcium is above the upper limit now; where calcium does not decide, the recorded event speaks.

    A value decides whatever event was recorded earlier.
    """
    found = high_calcium(facts)
    if found.value is None:
        event = facts.finding("skeletal_events.hypercalcaemia")
        if event.value is True:
            return event
        if event.value is None:
            return unknown(found, event)
    return found


def hypercalcaemia_emergency(facts: Facts) -> Finding:
    """Return whether hypercalcaemia is an emergency. Origin: convention.

    It is by the measured total above the limit, with symptoms, by a corrected value above the far end of the range in
    which an adult's limit can lie, and where only a reading or an event tells. Otherwise it rests on the correction
    alone, and symptoms decide.
    """
    present = facts.finding("derived.hypercalcaemia")
    if present.value is not True:
        return present
    calcium, corrected = facts.finding("labs.calcium.value"), facts.finding("derived.corrected_calcium")
    limit, farthest = facts.finding("labs.calcium.reference_high"), _upper(facts)
    by_correction = high_calcium(facts).value is True and isinstance(corrected.value, int | float)
    if not by_correction or not isinstance(limit.value, int | float):
        return present
    if isinstance(calcium.value, int | float) and calcium.value > limit.value:
        return known(True, present, limit)
    if isinstance(corrected.value, int | float) and (farthest is None or corrected.value > farthest[1]):
        return present
    return both([present, facts.finding("symptoms.hypercalcaemia_like")])


def hypocalcaemia(facts: Facts) -> Finding:
    """Return whether calcium is below the lower limit now."""
    range_ = facts.vocabulary.quantities["calcium"].lower_limits
    return _beyond(facts, facts.finding("labs.calcium.reference_low"), range_, "low", sign=-1)


def high_calcium(facts: Facts) -> Finding:
    """Return whether calcium is above the upper limit, whatever event was recorded."""
    return _beyond(facts, facts.finding("labs.calcium.reference_high"), _upper(facts), "high", sign=1)


def near_albumin(facts: Facts) -> Finding:
    """Return the albumin that corrects the calcium; one taken too many days from it counts as missing."""
    albumin = facts.finding("labs.albumin.value")
    return albumin if taken_together(facts).value is True else unknown("labs.albumin.value")


def taken_together(facts: Facts) -> Finding:
    """Return whether calcium and albumin may be put together: days apart at most, or a date missing."""
    calcium, albumin = facts.finding("labs.calcium.date"), facts.finding("labs.albumin.date")
    if calcium.value is None or albumin.value is None:
        return Finding(True)
    days = datetime.date.fromisoformat(str(calcium.value)) - datetime.date.fromisoformat(str(albumin.value))
    return known(abs(days.days) <= facts.vocabulary.numbers["albumin_days_apart"].value, calcium, albumin)


def _upper(facts: Facts) -> Range | None:
    return facts.vocabulary.quantities["calcium"].upper_limits


def _per_gram(facts: Facts) -> float:
    return facts.vocabulary.numbers["calcium_per_albumin"].value


def _usual(facts: Facts) -> float:
    return facts.vocabulary.numbers["usual_albumin"].value


def _beyond(facts: Facts, limit: Finding, range_: Range | None, reading_name: str, *, sign: int) -> Finding:
    calcium, albumin = facts.finding("labs.calcium.value"), near_albumin(facts)
    per_gram, usual = _per_gram(facts), _usual(facts)
    correction = 0.0
    if isinstance(albumin.value, int | float):
        correction = sign * per_gram * (usual - albumin.value)
    bounds = limit_bounds(limit, range_)
    if isinstance(calcium.value, int | float) and bounds is not None:
        near, far = bounds if sign > 0 else (bounds[1], bounds[0])
        if albumin.value is not None:
            if round(sign * (calcium.value - far) + correction, 6) > 0:
                return known(True, calcium, albumin, limit)
            if round(sign * (calcium.value - near) + correction, 6) <= 0:
                return known(False, calcium, albumin, limit)
        else:
            if round(sign * (calcium.value - far), 6) > 0:
                return known(True, calcium, limit)
            lowest, highest = facts.vocabulary.quantities["albumin"].plausible
            most = per_gram * (usual - lowest if sign > 0 else highest - usual)
            if round(sign * (calcium.value - near) + most, 6) <= 0:
                return known(False, calcium, limit)
            if limit.value is not None:
                return unknown(albumin)
    reading = facts.finding("labs.calcium.interpretation")
    if reading.value == reading_name and correction >= 0:
        return known(True, reading, albumin)
    if reading.value not in (None, reading_name):
        if albumin.value is None:
            return unknown(albumin)
        if correction <= 0:
            return known(False, reading, albumin)
    return unknown(calcium, limit, albumin)
