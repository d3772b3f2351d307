"""Values as people write them under the name of a test: the name again, and words that no fact is made of."""

from __future__ import annotations

import re
from typing import Any

from oncocds.vocabulary.meanings import fold
from oncocds_fhir.concepts import Meant
from oncocds_fhir.elements import Element
from oncocds_fhir.gathering import Gathering
from oncocds_fhir.observed import known_name, value_words
from oncocds_fhir.stains import beside

_HER2 = {"biomarkers.her2_status", "biomarkers.her2_ihc", "biomarkers.her2_ish"}
_LONGEST_NAME = 30
_AROUND = " ()（）"
_JOINS = " \t:=：＝为是"
_NUMBERED = re.compile("-[0-9]")  # HER2-0
_RATIO = re.compile(
    r"\s*[(,;、]?\s*(?:her-?2\s*/\s*(?:cep|chr)-?17\s*|her-?2\s*)?(?:比值|信号比|信号比值|ratio|拷贝数|基因拷贝数|平均拷贝数|(?<=17))"
    r"\s*[:=为约]?\s*[0-9]+(?:\.[0-9]+)?\s*\)?"
)


def without_name(part: Element, found: Meant, gathering: Gathering) -> Element:
    """Return a part whose written value does not begin with the name of what it is a value of: ``LVEF: 60%``."""
    raw, key, text = part.raw(), "valueString", None
    if isinstance(raw.get(key), str):
        text = part.text(key)
    elif (coded := part.concept("valueCodeableConcept")).text is not None and not coded.codings:
        key, text = "valueCodeableConcept", coded.text
    if text is None:
        return part
    value = _value(text, found, gathering)
    if value == text:
        return part
    made: Any = value if key == "valueString" else {"text": value}
    return Element({**raw, key: made}, part.pointer, part.simplified)


def _value(text: str, found: Meant, gathering: Gathering) -> str:
    is_lvef = found.one("special") == "lvef"
    is_her2 = bool(_HER2 & {*found.means.get("facts", ())})
    if is_her2:  # beside what pathology concludes: 阳性（HER2/CEP17=3.5）. A ratio alone concludes nothing
        text = _RATIO.sub("", fold(text)).strip() or text
        for low in _low(text, gathering):
            text = fold(text).replace(low, " ").strip(_AROUND) or text
    for end in range(min(len(text) - 1, _LONGEST_NAME), 1, -1):
        if _latin(text[end - 1]) and _latin(text[end]) and not (is_lvef and text[end].isdigit()):
            continue  # cM1 is no name and a value; LVEF60% is
        name, value = text[:end].strip(_JOINS), text[end:].strip(_JOINS)
        known = known_name(name, gathering) if name and value else None
        if known is not None and _of_one_test(known, found) and not _NUMBERED.match(value):
            # What stood in brackets behind the words that were taken out: HER2低表达（IHC 1+）
            return value.strip(_AROUND) if is_her2 and value.count("(") != value.count(")") else value
    return text


def _latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _of_one_test(one: Meant, other: Meant) -> bool:
    facts = {*one.means.get("facts", ())}, {*other.means.get("facts", ())}
    special = one.one("special")
    return (
        (special is not None and special == other.one("special"))
        or bool(facts[0] & facts[1])
        or all(named and named <= _HER2 for named in facts)
    )


def unread_her2(part: Element, facts: tuple[str, ...], gathering: Gathering) -> tuple[str, str] | None:
    """Return why HER2 stays open by words that doctors understand, and the words; None of any other value.

    The documents say nothing of HER2-low (flag C09); a ratio or a copy number alone is no conclusion.
    """
    for word in value_words(part) if _HER2 & {*facts} else ():
        for low in _low(word, gathering):
            return "outside-sources", low
        if (ratio := _RATIO.search(fold(word))) is not None:
            return "ratio-alone", ratio[0].strip(" (),;、")
    return None


def _low(text: str, gathering: Gathering) -> list[str]:
    plain = fold(text)
    return [word for word in beside("biomarkers.her2_status", gathering.codes) if word in plain]
