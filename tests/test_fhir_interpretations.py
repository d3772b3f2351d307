"""A result whose value and whose interpretation say the opposite of each other tells neither."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_support import concept, fact, mapped, observation, quantity, reasons

_FISH, _RET, _IHC = ({"text": name} for name in ("HER2(FISH)", "RET融合", "HER2(IHC)"))
_INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
_CALCIUM = "17861-6"
_HER2, _ER, _PERCENT = "48676-1", "16112-5", "85329-1"


def _flagged(*codes: str) -> dict[str, Any]:
    return {"interpretation": [concept(_INTERPRETATION, code) for code in codes]}


def _said(text: str) -> dict[str, Any]:
    return {"valueCodeableConcept": {"text": text}}


@pytest.mark.parametrize(
    ("code", "value", "flag", "of"),
    [
        (_HER2, _said("Negative"), "POS", "biomarkers.her2_status"),
        (_HER2, _said("Positive"), "NEG", "biomarkers.her2_status"),
        (_HER2, {"valueString": "阴性"}, "POS", "biomarkers.her2_status"),
        (_FISH, _said("阴性"), "POS", "biomarkers.her2_ish"),
        (_IHC, {"valueString": "3+"}, "NEG", "biomarkers.her2_ihc"),
        (_IHC, {"valueString": "0"}, "POS", "biomarkers.her2_ihc"),
        (_RET, _said("阴性"), "POS", "biomarkers.ret_fusion"),
        (_RET, _said("阳性"), "NEG", "biomarkers.ret_fusion"),
        (_ER, _said("Positive"), "NEG", "biomarkers.hr_status"),
        (_ER, {"valueString": "阳性"}, "NEG", "biomarkers.hr_status"),
        (_PERCENT, {"valueQuantity": quantity(90, "%")}, "NEG", "biomarkers.er_pct"),
        (_PERCENT, {"valueQuantity": quantity(0, "%")}, "POS", "biomarkers.er_pct"),
        (_PERCENT, {"valueString": "90%"}, "NEG", "biomarkers.er_pct"),
    ],
)
def test_value_against_its_own_interpretation_is_open(code: Any, value: dict[str, Any], flag: str, of: str) -> None:
    found = mapped(observation("o", code, **value, **_flagged(flag)))
    assert fact(found, of) is None
    assert reasons(found) == {"codes-disagree": ["Observation/o"]}


def test_older_result_does_not_stand_where_a_newer_one_contradicts_itself() -> None:
    older = observation("old", _HER2, "2024-01-01", **_said("Positive"))
    newer = observation("new", _HER2, "2025-01-01", **_said("Positive"), **_flagged("NEG"))
    assert fact(mapped(older, newer), "biomarkers.her2_status") is None


@pytest.mark.parametrize(
    ("code", "value", "flags", "of", "read"),
    [
        (_HER2, _said("Negative"), ("NEG",), "biomarkers.her2_status", "negative"),
        (_HER2, _said("Positive"), ("A", "POS"), "biomarkers.her2_status", "positive"),
        (_IHC, {"valueString": "3+"}, ("POS",), "biomarkers.her2_ihc", "3+"),
        # A laboratory may flag any stain at all: these scores stand for themselves.
        (_IHC, {"valueString": "1+"}, ("POS",), "biomarkers.her2_ihc", "1+"),
        (_IHC, {"valueString": "2+"}, ("POS",), "biomarkers.her2_ihc", "2+"),
        (_RET, _said("阳性"), ("A",), "biomarkers.ret_fusion", "positive"),
        (_PERCENT, {"valueQuantity": quantity(90, "%")}, ("POS",), "biomarkers.er_pct", 90.0),
        (_PERCENT, {"valueQuantity": quantity(0, "%")}, ("N",), "biomarkers.er_pct", 0.0),
    ],
)
def test_interpretation_that_agrees_or_says_less_changes_nothing(
    code: Any, value: dict[str, Any], flags: tuple[str, ...], of: str, read: object
) -> None:
    assert fact(mapped(observation("o", code, **value, **_flagged(*flags))), of) == read


@pytest.mark.parametrize(
    "marks",
    [
        _flagged("H", "L"),
        _flagged("HH", "L"),
        _flagged("N", "H"),
        {"interpretation": [{"text": "偏高"}, {"text": "偏低"}]},
        {"interpretation": [{"coding": [{"system": _INTERPRETATION, "code": code} for code in ("H", "L")]}]},
    ],
)
def test_marks_that_exclude_each_other_are_no_reading_and_said(marks: dict[str, Any]) -> None:
    found = mapped(observation("o", _CALCIUM, valueQuantity=quantity(2.6, "mmol/L"), **marks))
    assert fact(found, "labs.calcium.value") == 2.6
    assert fact(found, "labs.calcium.interpretation") is None
    assert reasons(found) == {"readings-disagree": ["Observation/o"]}
    alone = mapped(observation("o", _CALCIUM, **marks))
    assert fact(alone, "labs.calcium") is None
    assert reasons(alone)["readings-disagree"] == ["Observation/o"]


@pytest.mark.parametrize(
    ("codes", "read"), [(("H",), "high"), (("H", "HH"), "high"), (("A",), None), (("H", "A"), None)]
)
def test_marks_that_say_the_same_are_one_reading(codes: tuple[str, ...], read: str | None) -> None:
    found = mapped(observation("o", _CALCIUM, valueQuantity=quantity(2.6, "mmol/L"), **_flagged(*codes)))
    assert fact(found, "labs.calcium.interpretation") == read
    assert reasons(found) == {}


def test_a_single_interpretation_as_fhir_3_has_it_is_read() -> None:
    high = concept("http://hl7.org/fhir/v2/0078", "H")
    found = mapped(observation("o", "17861-6", valueQuantity=quantity(2.9, "mmol/L"), interpretation=high))
    assert (fact(found, "labs.calcium.value"), fact(found, "labs.calcium.interpretation")) == (2.9, "high")
    assert reasons(found) == {}
