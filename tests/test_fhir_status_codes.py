"""Diagnoses that are no disease of their own: the status of a receptor, necrosis of the jaw as an adverse effect."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_support import ICD10, ICD10CM, Resource, concept, condition, fact, mapped, observation, open_lists, reasons

PR = "16113-3"


def status(code: str, display: str | None = None, **fields: Any) -> Resource:
    coding = {"system": ICD10CM, "code": code, **({"display": display} if display else {})}
    return condition("z", {"coding": [coding]}, **fields)


@pytest.mark.parametrize("display", [None, "Estrogen receptor positive status [ER+]"])
def test_a_tumour_with_oestrogen_receptors_has_hormone_receptors(display: str | None) -> None:
    found = mapped(status("Z17.0", display))
    assert fact(found, "biomarkers.hr_status") == "positive"
    assert found.sources["biomarkers.hr_status"] == ["Condition/z"]
    assert reasons(found) == {}


def test_one_without_is_negative_only_beside_the_other_receptor() -> None:
    assert fact(mapped(status("Z17.1")), "biomarkers.hr_status") is None
    assert reasons(mapped(status("Z17.1"))) == {"receptor-alone": ["Condition/z"]}
    negative = observation("o", PR, valueString="阴性")
    assert fact(mapped(status("Z17.1"), negative), "biomarkers.hr_status") == "negative"


def test_the_newer_of_a_status_and_a_result_counts_and_without_a_day_neither() -> None:
    result = observation("o", "16112-5", "2024-06-01", valueString="阴性")
    for day, expected in (("2024-07-01", "positive"), ("2024-05-01", None), (None, None)):
        dated = {} if day is None else {"recordedDate": day}
        assert fact(mapped(status("Z17.0", **dated), result), "biomarkers.hr_status") == expected


@pytest.mark.parametrize(
    "fields", [{"verification": "refuted"}, {"verification": "provisional"}, {"clinical": "resolved"}]
)
@pytest.mark.parametrize("code", ["Z17.0", "M87.180"])
def test_what_is_not_certain_tells_nothing(code: str, fields: dict[str, str]) -> None:
    found = mapped(status(code, **fields))
    assert found.profile == {}
    assert any("Condition/z" in resources for resources in reasons(found).values())


@pytest.mark.parametrize(
    "code",
    [concept(ICD10CM, "M87.180"), concept(ICD10CM, "M87.180", "Osteonecrosis due to drugs, jaw"), {"text": "MRONJ"},
     {"text": "双膦酸盐相关性颌骨坏死"}],
)  # fmt: skip
def test_necrosis_of_the_jaw_is_told_as_an_adverse_effect(code: Any) -> None:
    found = mapped(condition("z", code))
    assert found.profile["toxicities"] == [{"id": "z", "term": "颌骨坏死"}]
    assert found.profile["incomplete"] == ["toxicities"]
    assert open_lists(found)["toxicities"] == {"toxicities-of-diagnoses": ["Condition/z"]}


@pytest.mark.parametrize(
    "code", [concept(ICD10, "K10.2"), concept(ICD10, "M87.1"), concept(ICD10CM, "M27.2"), {"text": "颌骨坏死待排"}]
)
def test_what_may_be_another_disease_of_the_jaw_is_none_and_is_said(code: Any) -> None:
    found = mapped(condition("z", code))
    assert "toxicities" not in found.profile
    assert reasons(found) == {"unknown-code": ["Condition/z"]}
