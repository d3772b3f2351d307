"""Measured values as laboratories print them in one text: value, mark and limits, as ``2.1 mmol/L ↓ (2.11-2.52)``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from oncocds_fhir.concepts import Disagreement, Meant
from oncocds_fhir.elements import Concept, Element
from oncocds_fhir.gathering import Gathering
from oncocds_fhir.measures import plain, written
from oncocds_fhir.unit_words import is_unit

_MEASURED = ("labs.", "weight", "vitals.")
_LIMITS = re.compile(
    r"\s*[(\[]\s*(?:参考(?:值|范围|区间)?|正常(?:值|范围)|ref(?:erence)?(?: range)?)?\s*:?\s*"
    r"([0-9][^()\[\]]*?(?:-|–|—|~|至)\s*[0-9][^()\[\]]*?)\s*[)\]]"
)
_ARROWS = re.compile(r"[↑↓]+")
_STARS = re.compile(r"^\s*\*+|\*+\s*$")
# Behind a space or in brackets, as the last letter of U/L is no mark.
_MARK = re.compile(
    r"(?:\s+|(?<=[%0-9])(?=[\u4e00-\u9fff])|\s*(?=[(\[]))[(\[]?\s*([A-Za-z]{1,2}|[\u4e00-\u9fff]{1,6})\s*[)\]]?\s*$"
)


def as_printed(part: Element, found: Meant, gathering: Gathering) -> Element:
    """Return a part whose written value is a number with its unit alone, its mark and limits where FHIR has them.

    A text that is anything else stays as it is.
    """
    raw = part.raw()
    text = part.text("valueString") if isinstance(raw.get("valueString"), str) else None
    if text is None or not _is_measured(found) or _is_value(text, gathering):
        return part
    value = plain(text)
    limits, marks = _LIMITS.search(value), list(dict.fromkeys(_ARROWS.findall(value)))
    value = _STARS.sub("", _ARROWS.sub("", _LIMITS.sub("", value, count=1)))
    if (mark := _MARK.search(value)) is not None and _is_mark(mark[1], gathering):
        marks.append(mark[1])
        value = value[: mark.start()]
    if not _is_value(value, gathering):
        return part
    made: Mapping[str, Any] = {**raw, "valueString": value.strip()}
    if marks:
        made = {**made, "interpretation": [*(raw.get("interpretation") or ()), *({"text": one} for one in marks)]}
    if limits is not None and not part.has("referenceRange"):  # else FHIR's own element says them
        made = {**made, "referenceRange": [{"text": limits[1]}]}
    return Element(made, part.pointer, part.simplified)


def _is_measured(found: Meant) -> bool:
    return found.one("special") == "lvef" or (found.one("facts") or "").startswith(_MEASURED)


def _is_value(text: str, gathering: Gathering) -> bool:
    number = written(text)
    return number is not None and (number[1] is None or is_unit(number[1], gathering.codes))


def _is_mark(word: str, gathering: Gathering) -> bool:
    try:
        return gathering.memory.answer(Concept((), word), "interpretation") is not None
    except Disagreement:
        return False
