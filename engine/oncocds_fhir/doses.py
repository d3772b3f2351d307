"""The dose of a drug, as records write it, and a dose that is none: 0 mg."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from oncocds.vocabulary.meanings import fold
from oncocds_fhir.bundle import Resource
from oncocds_fhir.elements import Element, objects_in

# A dose of zero as text: 0 mg, 0.0片; no part of another number (120 mg, 1.0 g, 5-0 mg), nor tapered to it (→0 mg).
_ZERO = re.compile(
    r"(?<![\d.,，~→\-–至到/])0(?:\.0+)?\s*(?:mg|g|ug|µg|μg|mcg|ml|iu|u|毫克|微克|克|毫升|单位|片|粒|支|瓶)(?![a-z])"
)
_SOME = re.compile(r"[1-9]\d*(?:\.\d+)?\s*(?:mg|g|ug|µg|μg|mcg|ml|iu|u|毫克|微克|克|毫升|单位|片|粒|支|瓶)")


def dose(element: Element) -> str | None:
    """Return the dose as written: a number and its unit; None where there is none, or several."""
    found = set()
    for instruction in _instructions(element):
        for rate in instruction.listed("doseAndRate"):
            quantity = rate.element("doseQuantity")
            value = quantity.number("value") if quantity is not None else None
            unit = (quantity.text("unit") or quantity.text("code")) if quantity is not None else None
            if value is not None and unit is not None and unit.isprintable() and len(unit) <= 20:
                found.add(f"{value:g} {unit}")
    return next(iter(found)) if len(found) == 1 else None


def doses_nothing(resource: Resource) -> bool:
    """Tell whether all that a record says of an amount is zero or less: a dose of 0 mg, a supply of 0 tablets.

    Amounts of whatever other shape say nothing: an odd one costs no record.
    """
    raw = resource.element.raw()
    if resource.type == "MedicationDispense" and any(value <= 0 for value in _values(raw.get("quantity"))):
        return True
    instructions = [*objects_in(raw.get("dosageInstruction")), *objects_in(raw.get("dosage"))]
    found = [value for instruction in instructions for value in _amounts(instruction)]
    if found:
        return all(value <= 0 for value in found)
    texts = [fold(text) for one in instructions if isinstance(text := one.get("text"), str)]
    return any(map(_ZERO.search, texts)) and not any(map(_SOME.search, texts))


def _instructions(element: Element) -> Iterator[Element]:
    yield from element.elements("dosageInstruction")
    yield from element.listed("dosage")


def _amounts(instruction: Mapping[str, Any]) -> Iterator[float]:
    """Yield what is given at once, by FHIR 4.0 (``doseAndRate``, a dose's ``dose``) and 3.0; of a range its end."""
    for within in (*objects_in(instruction.get("doseAndRate")), instruction):
        yield from _values(within.get("doseQuantity"))
        yield from _values(within.get("dose"))
        for bounds in objects_in(within.get("doseRange")):
            yield from _values(bounds.get("high"))


def _values(quantity: Any) -> Iterator[float]:
    for one in objects_in(quantity):
        value = one.get("value")
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield value
