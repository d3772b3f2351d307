"""The laboratory's own limits of a result: by figures, or by a text that is nothing but two figures."""

from __future__ import annotations

import re

from oncocds.profile.codes import LARGEST_NUMBER
from oncocds.profile.quantities import canonical
from oncocds.vocabulary.models import Quantity
from oncocds_fhir.elements import Element
from oncocds_fhir.gathering import Gathering
from oncocds_fhir.measures import Unusable, known_unit, unit_of, written

_LIMITS = ("reference_low", "reference_high")
_BETWEEN = re.compile(r"\s*([^-－–—~～至]+?)\s*(?:-{1,2}|－|–|—|~|～|至|to)\s*([^-－–—~～至]+?)\s*")


def limits_of(part: Element, unit: str, quantity: Quantity, gathering: Gathering) -> dict[str, float] | None:
    """Return the laboratory's limits in the unit of the result; None where they cannot be used.

    A text that is two figures (``2.1-2.6 mmol/L``) tells them where the record has them in words alone.
    """
    ranges = part.elements("referenceRange")
    if not ranges:
        return {}
    if len(ranges) > 1:
        return None
    text = None if ranges[0].has("low") or ranges[0].has("high") else ranges[0].text("text")
    if text is not None:
        return _written(text, unit, quantity, gathering)
    found: dict[str, float] = {}
    for key, name in zip(("low", "high"), _LIMITS, strict=True):
        limit = ranges[0].element(key)
        if limit is None:
            continue
        value = limit.number("value")
        if value is None:
            return None
        try:
            own = (
                unit
                if not (limit.has("unit") or limit.has("code"))
                else unit_of(limit, quantity.factors, gathering.codes)
            )
        except Unusable:
            return None
        found[name] = value if own == unit else round(canonical(value, own, quantity) / quantity.factors[unit], 6)
    return _plausible(found, unit, quantity)


def _written(text: str, unit: str, quantity: Quantity, gathering: Gathering) -> dict[str, float] | None:
    """Return the limits of a text that is two figures, with the result's unit or none; None of any other."""
    match = _BETWEEN.fullmatch(text)
    ends = [] if match is None else [written(one) for one in match.groups()]
    found: dict[str, float] = {}
    for name, end in zip(_LIMITS, ends, strict=False):
        if end is None or (end[1] is not None and known_unit(end[1], quantity.factors, gathering.codes) != unit):
            return None
        found[name] = end[0]
    return _plausible(found, unit, quantity) if found else None


def _plausible(found: dict[str, float], unit: str, quantity: Quantity) -> dict[str, float] | None:
    for name, value in found.items():
        low, high = quantity.limits or (0.0 if name == _LIMITS[0] else quantity.plausible[0], quantity.plausible[1])
        if not low <= canonical(value, unit, quantity) <= high or value > LARGEST_NUMBER:
            return None
    return None if found.get(_LIMITS[0], 0) > found.get(_LIMITS[1], float("inf")) else found
