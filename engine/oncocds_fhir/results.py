"""The value of an Observation as the value of a fact: coded, counted, measured, written."""

from __future__ import annotations

import re
from typing import Any

from oncocds.vocabulary.meanings import fold
from oncocds.vocabulary.models import Quantity
from oncocds_fhir.bundle import Resource
from oncocds_fhir.concepts import Disagreement
from oncocds_fhir.elements import Concept, Element
from oncocds_fhir.gathering import Gathering
from oncocds_fhir.measures import (
    Unusable,
    about,
    accepted,
    below_one,
    converted,
    known_unit,
    quantity_of,
    range_of,
    unit_of,
    written,
)
from oncocds_fhir.reference_limits import limits_of
from oncocds_fhir.times import When, read_when

_LONGEST_TEXT = 200
_DOUBTFUL = ("implausible-value", "units-disagree")  # reasons for which the whole result is in doubt
_FIGURE = re.compile("[0-9]")
_SCORE = ("{score}",)
_POINTS = (None, *_SCORE)  # points and grades have no unit that could be another one
_GRADES = ("级", "度")
_BEFORE_POINTS = re.compile(r"^(?:(?:ecog[\s-]*)?ps(?:评分)?|grade)\s*[:=为]?\s*(?=[0-9])")


def value_of(fact: str, part: Element, gathering: Gathering) -> Any:
    """Return the value of a fact. Raises ``Unusable`` or ``Disagreement``."""
    field = gathering.vocabulary.fields[fact]
    if fact == "diagnosis.stage_group":
        group = gathering.memory.stage_group(_concept(part))
        if group is None:
            raise Unusable("unknown-answer")
        return group
    if field.type in ("code", "codes"):
        assert field.value_set is not None
        found = answered(fact, part, gathering)
        if found is None:
            raise Unusable("unknown-answer")
        if gathering.vocabulary.value_sets[field.value_set].members[found].missing:
            raise Unusable("no-value")
        return [found] if field.type == "codes" else found
    if field.type == "boolean":
        return _truth(fact, part, gathering)
    if field.type in ("number", "integer"):
        number = _number(fact, part, gathering)
        if field.plausible is not None and not field.plausible[0] <= number <= field.plausible[1]:
            raise Unusable("implausible-value")  # an ejection fraction of 0.62 % is 62 %
        return number
    if field.type == "date":
        when = read_when(part, "valueDateTime")
        if when is None:
            raise Unusable("unknown-answer")
        if when.day is None:
            raise Unusable("imprecise-date")
        return when.day
    text = part.as_written("valueString")
    if text is None or len(text) > _LONGEST_TEXT or not text.isprintable():
        raise Unusable("unknown-answer")
    return text


def answered(fact: str, part: Element, gathering: Gathering) -> str | None:
    """Return which member of a fact's value set a part names, None where it names none. Raises ``Disagreement``."""
    value_set = gathering.vocabulary.fields[fact].value_set
    assert value_set is not None
    found, read_as = gathering.memory.answer(_concept(part), value_set), interpreted(fact, part, gathering)
    if found is not None and read_as - {found}:
        raise Disagreement  # "negative", marked as positive
    return found


def interpreted(fact: str, part: Element, gathering: Gathering) -> set[str]:
    """Return which members of a fact's value set the interpretations of a part name. Raises ``Disagreement``."""
    value_set = gathering.vocabulary.fields[fact].value_set
    assert value_set is not None
    return {
        found
        for concept in part.concepts("interpretation")
        if (found := gathering.memory.answer(concept, value_set)) is not None
    }


def weight(part: Element, gathering: Gathering) -> dict[str, Any]:
    """Return body weight with its unit. Raises ``Unusable``."""
    value, unit = _measured(part, gathering.vocabulary.quantities["mass"], gathering)
    return {"value": value, "unit": unit}


def laboratory_result(
    analyte: str, part: Element, when: When | None, observation: Resource, gathering: Gathering
) -> dict[str, Any]:
    """Return a laboratory result with its date, limits and reading as far as they are given. Raises ``Unusable``."""
    quantity = gathering.vocabulary.quantities[analyte]
    found: dict[str, Any] = {}
    try:
        reading = _reading(part, gathering)
    except Disagreement:
        reading = None
        gathering.remarks.unmapped("readings-disagree", observation.label, facts=[f"labs.{analyte}.interpretation"])
    text = part.raw().get("valueString")
    if part.has("valueQuantity") or reading is None or (isinstance(text, str) and _FIGURE.search(text)):
        try:
            found["value"], found["unit"] = _measured(part, quantity, gathering)
        except Unusable as why:
            if reading is None or why.reason in _DOUBTFUL:
                raise
            # The laboratory's own mark stands beside a number that is none we can use: 1.8 ↓, > 3.5 mmol/L, H.
            gathering.remarks.unmapped(why.reason, observation.label, facts=[f"labs.{analyte}.value"])
    if "value" in found:
        limits = limits_of(part, str(found["unit"]), quantity, gathering)
        if limits is None:
            gathering.remarks.unmapped("limits-not-used", observation.label, facts=[f"labs.{analyte}.value"])
        found.update(limits or {})
    if reading is not None:
        found["interpretation"] = reading
    if when is not None and when.day is not None:
        found["date"] = when.day
    return found


def _concept(part: Element) -> Concept:
    """Return the answer of a part as a concept: coded, written, or else its interpretation."""
    if part.has("valueCodeableConcept"):
        return part.concept("valueCodeableConcept")
    if part.has("valueString"):
        return part.named("valueString")
    if part.has("valueInteger"):
        number = part.number("valueInteger")
        return Concept((), f"{number:g}" if number is not None else None)
    interpretations = part.concepts("interpretation")
    return interpretations[0] if len(interpretations) == 1 else Concept((), None)


def _truth(fact: str, part: Element, gathering: Gathering) -> bool:
    said = part.boolean("valueBoolean")
    if said is not None:
        return said
    concept = _concept(part)
    told = {gathering.memory.coded_word(concept, place, "truth") for place in ("truth", fact)} - {None}
    if len(told) > 1:
        raise Disagreement
    word = next(iter(told), None)
    if word is None:
        raise Unusable("unknown-answer")
    return word == "true"


def _number(fact: str, part: Element, gathering: Gathering) -> int | float:
    value: float | None
    whole = part.number("valueInteger")
    if gathering.vocabulary.fields[fact].unit == "%" and (percent := _percentage(fact, part, gathering)) is not None:
        return percent
    measured = quantity_of(part, "valueQuantity")
    if whole is not None:
        value = whole
    elif measured is not None:
        value = converted(*measured, fact, gathering.vocabulary, gathering.codes, gathering.remarks)
    elif (text := part.text("valueString")) is not None:
        value = _written_number(fact, text, gathering)
    else:
        coded = gathering.memory.coded_word(_concept(part), fact, "number")
        value = None if coded is None else int(coded)
    if value is None:
        raise Unusable("unknown-answer")
    if gathering.vocabulary.fields[fact].type != "integer":
        return float(value)
    if value != int(value):
        raise Unusable("out-of-range")
    return int(value)


def _percentage(fact: str, part: Element, gathering: Gathering) -> float | None:
    """Return a percentage that is written as a range, as less than one or as about so much; None of any other.

    Of a range the lower end counts; less than one per cent counts as none. The report says so.
    """
    text = (part.text("valueString") if isinstance(part.raw().get("valueString"), str) else None) or ""
    figure = about(text)
    if figure is None:
        return _range(fact, part, text, gathering)
    number = written(figure)
    if number is not None and number[1] is not None and known_unit(number[1], {"%"}, gathering.codes) is not None:
        found: float | None = number[0]
    else:
        found = _range(fact, part, figure, gathering)
    if found is not None:
        gathering.remarks.assumed("approximate", fact)
    return found


def _range(fact: str, part: Element, text: str, gathering: Gathering) -> float | None:
    span = part.element("valueRange")
    ends = range_of(text) if text else None
    if span is not None:
        low, high = span.element("low"), span.element("high")
        numbers = [None if one is None else one.number("value") for one in (low, high)]
        units = {one.text("code") or one.text("unit") for one in (low, high) if one is not None}
        if None not in numbers and units == {"%"}:
            ends = (float(numbers[0] or 0), float(numbers[1] or 0))
    if ends is not None and 0 <= ends[0] <= ends[1] <= 100:
        gathering.remarks.assumed("range-lower-end", fact)
        return ends[0]
    quantity = part.element("valueQuantity")
    is_below = bool(text) and below_one(text)
    if quantity is not None and quantity.has("comparator"):
        unit = known_unit(quantity.text("code") or quantity.text("unit") or "", {"%"}, gathering.codes)
        is_below = quantity.text("comparator") == "<" and quantity.number("value") == 1 and unit == "%"
    if not is_below:
        return None
    gathering.remarks.assumed("below-one-percent", fact)
    return 0.0


def _written_number(fact: str, text: str, gathering: Gathering) -> float:
    wanted = gathering.vocabulary.fields[fact].unit
    found = written(_BEFORE_POINTS.sub("", fold(text)) if wanted in _POINTS else text)
    if found is None:
        raise Unusable("unknown-answer")
    value, unit = found
    factors = gathering.codes.units.get(wanted or "")
    if wanted in _POINTS and unit is not None and (known_unit(unit, _SCORE, gathering.codes) or fold(unit) in _GRADES):
        return value
    if factors is None or unit is None:
        if unit is not None or wanted not in (None, "{score}"):
            raise Unusable("no-unit" if unit is None else "unknown-unit")
        return value
    known = known_unit(unit, factors, gathering.codes)
    if known is None:
        raise Unusable("unknown-unit")
    return round(value * factors[known], 6)


def _measured(part: Element, quantity: Quantity, gathering: Gathering) -> tuple[float, str]:
    found = quantity_of(part, "valueQuantity")
    if found is None:
        value, unit = _written_measure(part, quantity, gathering)
    else:
        value, unit = found[0], unit_of(found[1], quantity.factors, gathering.codes)
    if not accepted(value, unit, quantity):
        raise Unusable("implausible-value")
    return value, unit


def _written_measure(part: Element, quantity: Quantity, gathering: Gathering) -> tuple[float, str]:
    """Return number and unit of a result that is written as a text and is nothing else (``97 umol/L``)."""
    text = part.text("valueString") if isinstance(part.raw().get("valueString"), str) else None
    found = written(text or "")
    if found is None:
        raise Unusable("unknown-answer")
    if found[1] is None:
        raise Unusable("no-unit")
    unit = known_unit(found[1], quantity.factors, gathering.codes)
    if unit is None:
        raise Unusable("unknown-unit")
    return found[0], unit


def _reading(part: Element, gathering: Gathering) -> str | None:
    """Return the one reading (low, normal, high) that a result is marked with. Raises ``Disagreement``."""
    found = {gathering.memory.answer(concept, "interpretation") for concept in part.concepts("interpretation")}
    if len(found - {None}) > 1:
        raise Disagreement
    return next(iter(found)) if len(found) == 1 else None
