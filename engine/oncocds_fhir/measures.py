"""Quantities of FHIR: UCUM spellings, annotations and conversions, by the engine's own closed table of units."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container

from oncocds.profile.codes import LARGEST_NUMBER
from oncocds.profile.quantities import plausible
from oncocds.vocabulary.code_tables import CodeTables
from oncocds.vocabulary.models import Quantity, Vocabulary
from oncocds_fhir.elements import Element
from oncocds_fhir.remarks import Remarks
from oncocds_fhir.unit_words import folded, spelt_units, units_by_word

_WIDE = {chr(at) for at in range(0xFF01, 0xFF5F)}  # the ASCII signs, as wide as Chinese characters
_ANNOTATION = re.compile(r"\{[^{}]*\}")
_NUMBER = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*(\S.*)?")
_RANGE = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*(%)?\s*(?:-|–|—|~|～|至|to)\s*([0-9]+(?:\.[0-9]+)?)\s*(%)\s*")
_BELOW_ONE = re.compile(r"\s*(?:<|＜|小于)\s*1(?:\.0)?\s*[%％]\s*")
_ABOUT = re.compile(
    r"^\s*(?:大约|约为|约|大概|~|≈|approximately|approx\.?|about|around|ca\.?)\s*(?=[0-9])", re.IGNORECASE
)


class Unusable(Exception):  # noqa: N818 - it is no error of ours
    """A value that is no fact; ``reason`` is one of the report's."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def quantity_of(element: Element, key: str) -> tuple[float, Element] | None:
    """Return the number of a Quantity and the Quantity, or None. Raises ``Unusable``."""
    found = element.element(key)
    if found is None:
        return None
    value = found.number("value")
    if value is None:
        raise Unusable("no-value")
    if found.has("comparator"):
        found.text("comparator")
        raise Unusable("inexact-value")
    return value, found


def range_of(text: str) -> tuple[float, float] | None:
    """Return the ends of a range of percentages (``55-60%``), or None."""
    match = _RANGE.fullmatch(plain(text))
    ends = None if match is None else (float(match[1]), float(match[3]))
    return ends if ends is not None and ends[0] <= ends[1] else None


def below_one(text: str) -> bool:
    """Tell whether a text says less than one per cent (``<1%``)."""
    return _BELOW_ONE.fullmatch(plain(text)) is not None


def about(text: str) -> str | None:
    """Return what a text says of a figure that it calls approximate (``约55%``), None where it does not."""
    simple = plain(text)
    return simple[match.end() :] if (match := _ABOUT.match(simple)) is not None else None


def plain(text: str) -> str:
    """Return a text with the width that figures and units have in the tables: ２.９ mmol／L is 2.9 mmol/L."""
    return text if text.isascii() else "".join(unicodedata.normalize("NFKC", c) if c in _WIDE else c for c in text)


def written(text: str) -> tuple[float, str | None] | None:
    """Return number and unit of a text that is nothing else (``55 %``), or None."""
    match = _NUMBER.fullmatch(plain(text))
    return None if match is None else (float(match[1]), match[2])


def several_values(part: Element) -> bool:
    """Tell whether a result has values of several types; one that is a text of the same number is the same value."""
    keys = part.choices("value")
    if len(keys) < 2:
        return False
    if sorted(keys) != ["valueQuantity", "valueString"]:
        return True
    quantity, text = part.element("valueQuantity"), written(part.text("valueString") or "")
    return quantity is None or text is None or quantity.number("value") != text[0]


def unit_of(quantity: Element, accepted: Container[str], codes: CodeTables) -> str:
    """Return which accepted unit a Quantity is in. Raises ``Unusable``."""
    written_as = [word for key in ("code", "unit") if (word := quantity.text(key)) is not None]
    if not written_as:
        raise Unusable("no-unit")
    meant = [known_unit(word, accepted, codes) for word in dict.fromkeys(written_as)]
    known = [unit for unit in meant if unit is not None]
    if len(set(known)) > 1:
        raise Unusable("units-disagree")
    # A unit's text may be a name we do not know, but a code in other units than the text is no matter of names.
    if not known or (meant[0] is None and quantity.has("code")):
        raise Unusable("unknown-unit")
    return known[0]


def known_unit(word: str, accepted: Container[str], codes: CodeTables) -> str | None:
    """Return the accepted unit that a word writes, or None."""
    bare = word.strip()
    spelt = (bare,) if bare.isascii() else (bare, plain(bare))
    for candidate in (*spelt, _ANNOTATION.sub("", bare)) if "{" in bare else spelt:
        unit = candidate if candidate in accepted else codes.spellings.get(candidate)
        if unit is not None and unit in accepted:
            return unit
    if bare in spelt_units(codes):  # as nearly all that are no unit of this kind
        return None
    meant = [unit for unit in units_by_word(codes).get(folded(bare), ()) if unit in accepted]
    return meant[0] if len(meant) == 1 else None


def accepted(value: float, unit: str, quantity: Quantity) -> bool:
    """Tell whether a value is what the engine accepts of a measurement."""
    return 0 <= value <= LARGEST_NUMBER and plausible(value, unit, quantity)


def converted(
    value: float, quantity: Element | None, fact: str, vocabulary: Vocabulary, codes: CodeTables, remarks: Remarks
) -> float:
    """Return a number in the unit of a fact that is no laboratory result, noting another one. Raises ``Unusable``."""
    wanted = vocabulary.fields[fact].unit
    if wanted is None or quantity is None:
        return value
    if wanted == "{score}" and not (quantity.has("code") or quantity.has("unit")):
        return value  # points have no unit that could be another one
    factors = codes.units.get(wanted)
    if factors is None:
        raise Unusable("unknown-unit")
    unit = unit_of(quantity, factors, codes)
    found = round(value * factors[unit], 6)
    if unit != wanted:
        remarks.conversions.setdefault((fact, found), set()).add(f"{value:g} {unit}")
    return found
