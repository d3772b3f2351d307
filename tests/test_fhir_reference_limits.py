"""Limits of a laboratory that stand in a text alone, as many laboratory systems send them."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_support import Resource, fact, mapped, observation, quantity, reasons

_CALCIUM = "17861-6"


def _with(limits: Any, value: float = 2.7, unit: str = "mmol/L") -> Resource:
    return observation("o", _CALCIUM, valueQuantity=quantity(value, unit), referenceRange=[limits])


@pytest.mark.parametrize(
    "text",
    [
        "2.1-2.6",
        "2.10–2.60",
        "2.1～2.6 mmol/L",
        "2.1~2.6mmol/l",
        "２．１－２．６",
        "2.1 mmol/L - 2.6 mmol/L",
        "2.1至2.6",
        "2.1--2.6",
    ],
)
def test_two_figures_are_the_limits(text: str) -> None:
    found = mapped(_with({"text": text}))
    assert [fact(found, f"labs.calcium.reference_{end}") for end in ("low", "high")] == [2.1, 2.6]
    assert reasons(found) == {}


@pytest.mark.parametrize(
    "text",
    [
        "<2.6", "2.6-2.1", "8.4-10.4 mg/dL", "21-26", "2.1-2.6 umol/L", "成人2.1-2.6", "2.1-2.6（男）",
        "2.1-2.6; 2.2-2.7", "正常", "2.1", "-", "2.1-2.6-3.0", "-2.1-2.6",
    ],
)  # fmt: skip
def test_any_other_text_is_not_used_and_said(text: str) -> None:
    found = mapped(_with({"text": text}))
    assert fact(found, "labs.calcium.value") == 2.7
    assert fact(found, "labs.calcium.reference_low") is fact(found, "labs.calcium.reference_high") is None
    assert reasons(found) == {"limits-not-used": ["Observation/o"]}


def test_figures_go_before_the_text_beside_them() -> None:
    high = {"value": 2.65, "unit": "mmol/L"}
    found = mapped(_with({"high": high, "text": "2.1-2.6"}))
    assert fact(found, "labs.calcium.reference_high") == 2.65
    assert fact(found, "labs.calcium.reference_low") is None
    assert reasons(found) == {}


@pytest.mark.parametrize("limits", [{}, {"appliesTo": [{"text": "成人"}]}, {"text": " "}])
def test_range_that_says_nothing_is_none(limits: Any) -> None:
    assert reasons(mapped(_with(limits))) == {}
