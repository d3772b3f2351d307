"""Measured values as laboratories print them in one text: value, unit, mark and limits; and marks beside bounds."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_support import ANNA, UCUM, Resource, concept, fact, mapped, observation, quantity, reasons

CALCIUM, LVEF = "17861-6", "10230-1"
INTERPRETED = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"


def calcium(**fields: Any) -> Any:
    return mapped(ANNA, observation("o", CALCIUM, **fields))


@pytest.mark.parametrize(
    ("text", "value", "mark", "limits"),
    [
        ("1.8 mmol/L ↓", 1.8, "low", None),
        ("1.8↓ mmol/L", 1.8, "low", None),
        ("↓1.8mmol/L", 1.8, "low", None),
        ("3.1mmol/L↑", 3.1, "high", None),
        ("3.1 mmol/L ↑↑", 3.1, "high", None),
        ("3.1 mmol/L H", 3.1, "high", None),
        ("3.1 mmol/L (H)", 3.1, "high", None),
        ("3.1 mmol/L（偏高）", 3.1, "high", None),
        ("2.3 mmol/L 正常", 2.3, "normal", None),
        ("*3.1 mmol/L", 3.1, None, None),
        ("2.1 mmol/L (2.11-2.52)", 2.1, None, (2.11, 2.52)),
        ("2.1mmol/L[2.11～2.52]", 2.1, None, (2.11, 2.52)),
        ("2.1（2.11－2.52） mmol/L", 2.1, None, (2.11, 2.52)),
        ("2.1 mmol/L ↓ (参考范围：2.11-2.52 mmol/L)", 2.1, "low", (2.11, 2.52)),
        ("2.1 mmol/L L [2.11-2.52]", 2.1, "low", (2.11, 2.52)),
    ],
)
def test_value_mark_and_limits_are_read(text: str, value: float, mark: str | None, limits: Any) -> None:
    found = calcium(valueString=text)
    assert fact(found, "labs.calcium.value") == value
    assert fact(found, "labs.calcium.interpretation") == mark
    assert (fact(found, "labs.calcium.reference_low"), fact(found, "labs.calcium.reference_high")) == (
        limits or (None, None)
    )
    assert reasons(found) == {}


@pytest.mark.parametrize(
    "text",
    ["2.1 (2.11-2.52)", "2.35", "2.1 mmol/L 危急值", "2.1 mmol/L (复查2.3)", "2.1, 2.3 mmol/L",
     "2.1 mmol/L (2.11-2.52) (x)", "-2.1 mmol/L", "2.1-2.3 mmol/L", "2,35 mmol/L", ">3.5 mmol/L", "约 2.1 mmol/L?"],
)  # fmt: skip
def test_what_is_more_than_that_tells_no_value_and_is_told(text: str) -> None:
    found = calcium(valueString=text)
    assert fact(found, "labs.calcium.value") is None
    assert any("Observation/o" in resources for resources in reasons(found).values())


def test_the_last_letter_of_a_unit_is_no_mark() -> None:
    for text, unit in (("35 U/L", "1742-6"), ("35 U / L", "1742-6"), ("5 10^9/L", "6690-2")):
        found = mapped(ANNA, observation("o", unit, valueString=text))
        name = "alt" if unit == "1742-6" else "wbc"
        assert fact(found, f"labs.{name}.value") == float(text.split()[0])
        assert fact(found, f"labs.{name}.interpretation") is None


def test_a_mark_in_the_text_that_contradicts_the_mark_beside_it_is_none() -> None:
    found = calcium(valueString="3.1 mmol/L ↑", interpretation=[concept(INTERPRETED, "L")])
    assert fact(found, "labs.calcium.value") == 3.1
    assert fact(found, "labs.calcium.interpretation") is None
    assert "readings-disagree" in reasons(found)


def test_limits_beside_the_text_go_before_those_in_it() -> None:
    beside = [{"low": quantity(2.0, "mmol/L"), "high": quantity(2.6, "mmol/L")}]
    found = calcium(valueString="2.1 mmol/L (2.11-2.52)", referenceRange=beside)
    assert fact(found, "labs.calcium.reference_high") == 2.6


@pytest.mark.parametrize("text", ["48%↓", "↓48%", "48%（偏低）", "48 % L"])
def test_the_lvef_is_read_in_the_same_way(text: str) -> None:
    assert fact(mapped(observation("o", LVEF, valueString=text)), "cardiac.lvef_latest") == 48


def test_a_value_written_beside_a_mark_is_not_lost() -> None:
    found = calcium(valueString="3.1 mmol/L", interpretation=[concept(INTERPRETED, "H")])
    assert fact(found, "labs.calcium.value") == 3.1
    assert fact(found, "labs.calcium.interpretation") == "high"


UNUSABLE: list[tuple[Resource, str]] = [
    ({"valueString": "1.8"}, "no-unit"),
    ({"valueString": ">3.5 mmol/L"}, "unknown-answer"),
    ({"valueQuantity": {"value": 3.5, "unit": "mmol/L", "comparator": ">"}}, "inexact-value"),
    ({"valueQuantity": {"value": 3.5, "unit": "mEq/L"}}, "unknown-unit"),
    ({"valueQuantity": {"value": 3.5}}, "no-unit"),
]


@pytest.mark.parametrize(("fields", "reason"), UNUSABLE)
def test_the_laboratorys_mark_counts_beside_a_number_that_is_none(fields: Resource, reason: str) -> None:
    older = observation("old", CALCIUM, "2024-12-01", valueQuantity=quantity(2.4, "mmol/L"))
    marked = observation("o", CALCIUM, interpretation=[concept(INTERPRETED, "H")], **fields)
    found = mapped(ANNA, marked, older)
    assert fact(found, "labs.calcium") == {"interpretation": "high", "date": "2025-01-01"}
    assert reasons(found)[reason] == ["Observation/o"]
    assert found.profile["history_incomplete"] == ["calcium"]


def test_a_result_that_may_be_in_another_unit_says_nothing_by_its_mark() -> None:
    wrong = {"value": 9.4, "unit": "mmol/L", "code": "mmol/L", "system": UCUM}
    found = calcium(valueQuantity=wrong, interpretation=[concept(INTERPRETED, "H")])
    assert fact(found, "labs.calcium") is None
    assert "implausible-value" in reasons(found)
