"""Whether a patient is pregnant, as far as a record of some day still tells it."""

from __future__ import annotations

import re

from oncocds.errors import InputError
from oncocds.vocabulary.meanings import fold
from oncocds_fhir.concepts import Disagreement
from oncocds_fhir.elements import Element
from oncocds_fhir.gathering import Gathering
from oncocds_fhir.measures import written
from oncocds_fhir.times import When
from oncocds_fhir.unit_words import folded
from oncocds_fhir.unread import is_missing

PREGNANT = "pregnant"
# Days; a convention of reading records: beyond 42 weeks a pregnancy is called prolonged (ICD-10 O48), so what was
# recorded longer ago, of either kind, tells nothing of today.
_LONGEST = 42 * 7
# The usual upper limit of hCG in women who are not pregnant (MedlinePlus, "hCG blood test - quantitative"), for results
# without the laboratory's own: a convention of reading records, which raises a question and concludes nothing.
_USUAL_LIMIT = 5
_UNITS = ("u/l", "mu/ml")  # the same size
_LESS, _MORE = ("<", "<=", "≤"), (">", ">=", "≥")
_COMPARED = re.compile(r"\s*(<=|>=|[<>≤≥])?\s*([0-9].*?)\s*[↑↓]*\s*")
_POSITIVE, _POSITIVE_ZH = "positive", "阳性"
_ANSWERS = {"positive": True, "high": True, "negative": False, "normal": False, "low": False}
_KINDS = ("positive_negative", "interpretation", "ret_fusion")  # the last for what is detected, or present


def offer_pregnancy(value: bool, when: When | None, resource: str, gathering: Gathering) -> None:
    """Offer whether the patient is pregnant; a record from before any present pregnancy says nothing of it."""
    if when is not None and gathering.moment.days_since(when) > _LONGEST:
        gathering.remarks.unmapped("pregnancy-long-ago", resource, facts=[PREGNANT])
    else:
        gathering.offer(PREGNANT, value, when, resource)


def note_pregnancy_test(part: Element, when: When | None, resource: str, gathering: Gathering) -> None:
    """Note a test of pregnancy (hCG): a positive one raises a pregnancy that nobody has confirmed, none settles one.

    A result that is not understood is told as well: it may be positive.
    """
    if (when is not None and gathering.moment.days_since(when) > _LONGEST) or is_missing(part):
        gathering.remarks.unmapped("no-fact", resource)
        return
    positive = _is_positive(part, gathering)
    if positive is None:
        gathering.remarks.unmapped("pregnancy-test-unclear", resource, facts=[PREGNANT])
    elif positive:
        gathering.remarks.unmapped("pregnancy-test-positive", resource, facts=[PREGNANT])
    else:
        gathering.remarks.unmapped("no-fact", resource)


def _is_positive(part: Element, gathering: Gathering) -> bool | None:
    """Tell whether a test is positive, by its words or its number; None where that is not understood."""
    said = [part.concept("valueCodeableConcept"), part.named("valueString"), *part.concepts("interpretation")]
    told = {part.boolean("valueBoolean"), _is_above_limit(part)}
    for one in said:
        if any(_POSITIVE in fold(word) or _POSITIVE_ZH in word for word in one.words()):
            return True  # 弱阳性, also of what denies it: nobody is told that she is pregnant, but that somebody look
        try:
            told |= {_ANSWERS.get(gathering.memory.answer(one, kind) or "") for kind in _KINDS}
        except Disagreement:
            return True  # it may be
    told.discard(None)
    return True in told if told else None


def _is_above_limit(part: Element) -> bool | None:
    """Tell whether a number is above the laboratory's own limit, else the usual one; None where that is not told."""
    try:
        found = _number(part)
    except InputError:
        return None
    if found is None:
        return None
    how, value, unit = found
    highs = [high for one in part.elements("referenceRange") if (high := one.element("high")) is not None]
    own = highs[0].number("value") if len(highs) == 1 and _unit(highs[0]) in ("", unit) else None
    if own is None and folded(unit) not in _UNITS:
        return None
    limit = _USUAL_LIMIT if own is None else own
    if how in _MORE:
        return value >= limit or None
    if how in _LESS:
        return False if value <= limit else None
    return value > limit


def _number(part: Element) -> tuple[str, float, str] | None:
    """Return the comparator, the number and the unit of a result."""
    quantity, text = part.element("valueQuantity"), part.raw().get("valueString")
    if quantity is not None:
        value = quantity.number("value")
        return None if value is None else (quantity.text("comparator") or "", value, _unit(quantity))
    if not isinstance(text, str) or (match := _COMPARED.fullmatch(fold(text))) is None:
        return None
    number = written(match[2])
    return None if number is None else (match[1] or "", number[0], number[1] or "")


def _unit(quantity: Element) -> str:
    return quantity.text("code") or quantity.text("unit") or ""
