"""A cancer beside what calls it one in situ is no plain invasive cancer: it is open, and what says so is told."""

from __future__ import annotations

import re
from typing import Any

import pytest

from fhir_support import ICD10, ICD10CM, MCODE, Resource, concept, condition, fact, mapped, reasons

BREAST = concept(ICD10, "C50.9", "乳腺癌")
ICDO3 = "http://terminology.hl7.org/CodeSystem/icd-o-3"


def with_histology(code: Resource) -> dict[str, Any]:
    return {"extension": [{"url": f"{MCODE}/mcode-histology-morphology-behavior", "valueCodeableConcept": code}]}


def lines(text: str) -> list[str]:
    return re.split("[|\n]", text)


IN_SITU = lines("""导管原位癌|左乳导管原位癌|DCIS|乳腺癌（导管原位癌）|高级别导管内癌|小叶原位癌
ductal carcinoma in situ|intraductal carcinoma, noninfiltrating|导管原位癌，未见浸润
左乳高级别DCIS|導管原位癌|乳腺癌 pTisN0M0|LCIS""")
INVASIVE = lines("""浸润性导管癌|浸润性导管癌伴导管原位癌|浸润性导管癌，部分为导管原位癌|导管原位癌伴微浸润
导管原位癌，局部浸润|invasive ductal carcinoma with DCIS|乳腺癌伴导管原位癌成分|乳腺癌 ypTisN0M0|HER2荧光原位杂交阳性
乳腺癌，FISH（原位杂交）扩增|fluorescence in situ hybridization amplified|乳腺癌骨转移，原发灶导管原位癌
乳腺癌，既往导管原位癌|腺癌""")


@pytest.mark.parametrize("text", IN_SITU)
@pytest.mark.parametrize("place", ["name", "histology", "note"])
def test_words_for_a_cancer_in_situ_leave_it_open(text: str, place: str) -> None:
    code = concept(ICD10, "C50.9", text) if place == "name" else BREAST
    fields = {"histology": with_histology({"text": text}), "note": {"note": [{"text": f"病理：{text}"}]}}.get(place, {})
    found = mapped(condition("c", code, **fields))
    assert fact(found, "diagnosis.tumour_type") is None
    assert fact(found, "diagnosis.pathology_documented") is None
    assert reasons(found)["in-situ"] == ["Condition/c"]


@pytest.mark.parametrize("text", INVASIVE)
def test_what_names_an_invasive_cancer_as_well_changes_nothing(text: str) -> None:
    for found in (
        mapped(condition("c", concept(ICD10, "C50.9", text))),
        mapped(condition("c", BREAST, note=[{"text": text}])),
        mapped(condition("c", BREAST, **with_histology({"text": text}))),
    ):
        assert fact(found, "diagnosis.tumour_type") == "breast"
        assert "in-situ" not in reasons(found)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (with_histology(concept(ICDO3, "8500/2")), None),
        (with_histology(concept(ICDO3, "8500/0")), None),
        (with_histology(concept(ICDO3, "8500/3")), "breast"),
        ({"stage": [{"summary": {"text": "0期"}}]}, None),
        ({"stage": [{"summary": {"text": "IIA期"}}]}, "breast"),
        ({"stage": [{"summary": {"text": "0期"}}, {"summary": {"text": "IV期"}}]}, "breast"),
        ({"stage": [{"summary": {"text": "IV期"}}, {"summary": {"text": "0期"}}]}, "breast"),
    ],
)
def test_a_morphology_or_a_stage_in_situ(fields: dict[str, Any], expected: str | None) -> None:
    found = mapped(condition("c", BREAST, **fields))
    assert fact(found, "diagnosis.tumour_type") == expected
    assert ("in-situ" in reasons(found)) is (expected is None)


def test_a_code_in_situ_beside_one_of_a_cancer() -> None:
    both = {"coding": [*concept(ICD10CM, "C50.912")["coding"], *concept(ICD10CM, "D05.12")["coding"]]}
    found = mapped(condition("c", both))
    assert fact(found, "diagnosis.tumour_type") is None
    assert "in-situ" in reasons(found)


def test_other_cancers_and_what_else_the_record_tells() -> None:
    found = mapped(condition("c", concept(ICD10, "C34.1", "右上肺原位腺癌")), condition("b", {"text": "骨转移"}))
    assert fact(found, "diagnosis.tumour_type") is None
    assert fact(found, "lesions[bone].status") == "confirmed"
    (remark,) = (one for one in found.report().unmapped if one.reason == "in-situ")
    assert "右上肺原位腺癌" in remark.text.zh
