"""Points and grades as doctors write them; Karnofsky's score is no ECOG. HER2 that cannot be told is not equivocal."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_support import LOINC, SNOMED, concept, fact, mapped, observation, reasons

ECOG, HER2 = "89247-1", "48676-1"


@pytest.mark.parametrize("code", [concept(LOINC, ECOG), {"text": "ECOG评分"}, {"text": "PS评分"}])
@pytest.mark.parametrize(
    "text",
    ["2", "2分", "２分", "PS 2分", "PS评分：2", "PS=2",
     "ECOG 2", "ECOG评分2分", "ECOG PS: 2", "2级", "ECOG 2级", "Grade 2"],
)  # fmt: skip
def test_a_score_is_read_as_doctors_write_it(code: Any, text: str) -> None:
    assert fact(mapped(observation("o", code, valueString=text)), "assessments.ecog") == 2


@pytest.mark.parametrize(
    "text", ["1-2分", "0-1", "2+", "≤2", ">1", "PS 2-3", "KPS 80", "KPS 80分", "80分", "2%", "2 mg", "PS 2 (术前1)"]
)
def test_what_is_no_single_score_stays_open_and_is_told(text: str) -> None:
    found = mapped(observation("o", ECOG, valueString=text))
    assert fact(found, "assessments.ecog") is None
    assert any("Observation/o" in resources for resources in reasons(found).values())


@pytest.mark.parametrize("code", [concept(LOINC, "89243-0"), {"text": "KPS评分"}, {"text": "Karnofsky"}])
def test_karnofskys_score_is_known_and_no_ecog(code: Any) -> None:
    found = mapped(observation("o", code, valueInteger=80), observation("old", ECOG, "2024-12-01", valueInteger=1))
    assert fact(found, "assessments.ecog") == 1
    assert reasons(found) == {"no-fact": ["Observation/o"]}


def test_pain_is_read_in_points() -> None:
    assert fact(mapped(observation("o", "72514-3", valueString="5分")), "assessments.pain_nrs") == 5


@pytest.mark.parametrize(
    "answer",
    [{"text": "indeterminate"}, {"text": "Cannot be determined"}, {"text": "无法判断"}, {"text": "不明确"},
     concept(SNOMED, "82334004"), concept(LOINC, "LA11884-6")],
)  # fmt: skip
def test_her2_that_could_not_be_determined_is_not_equivocal(answer: Any) -> None:
    older = observation("old", HER2, "2024-12-01", valueString="positive")
    found = mapped(observation("o", HER2, valueCodeableConcept=answer))
    assert fact(found, "biomarkers.her2_status") is None
    assert any("Observation/o" in resources for resources in reasons(found).values())
    assert fact(mapped(observation("o", HER2, valueCodeableConcept=answer), older), "biomarkers.her2_status") is None


@pytest.mark.parametrize("text", ["equivocal", "不确定", "可疑", "borderline"])
def test_her2_between_positive_and_negative_is_equivocal(text: str) -> None:
    """不确定 is how Chinese reports call what is neither (IHC 2+); no conclusion is drawn from it either."""
    assert fact(mapped(observation("o", HER2, valueString=text)), "biomarkers.her2_status") == "equivocal"
