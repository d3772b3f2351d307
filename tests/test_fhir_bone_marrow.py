"""A metastasis of the bone marrow is no metastasis of bone for certain, and no certain lack of one."""

from __future__ import annotations

import pytest

from fhir_support import ICD10, ICD10CM, SNOMED, Resource, concept, condition, fact, mapped, reasons, request

BONE = "lesions[bone].organ"


@pytest.mark.parametrize(
    "code",
    [
        concept(ICD10CM, "C79.52"),
        concept(SNOMED, "94217008"),
        {"text": "骨髓转移"},
        {"text": "骨髓轉移"},
        {"text": "骨髓转移癌"},
        {"text": "乳腺癌骨髓转移"},
        {"text": "bone marrow metastases"},
        concept(ICD10, "C79.5", "骨髓转移"),
        concept(ICD10CM, "C79.52", "骨髓转移"),
    ],
)
def test_a_metastasis_of_the_marrow_lies_nobody_knows_where_and_is_said(code: Resource) -> None:
    found = mapped(condition("c", code))
    (lesion,) = found.profile["lesions"]
    assert (lesion.get("organ"), lesion["status"]) == (None, "confirmed")
    assert fact(found, "diagnosis.extent") == "metastatic"
    assert reasons(found)["bone-marrow"] == ["Condition/c"]


@pytest.mark.parametrize(
    "code",
    [
        concept(ICD10, "C79.5"),
        concept(ICD10, "C79.5", "骨和骨髓继发恶性肿瘤"),
        concept(ICD10, "C79.5", "Secondary malignant neoplasm of bone and bone marrow"),
        concept(ICD10CM, "C79.51"),
        {"text": "骨转移"},
    ],
)
def test_a_metastasis_of_bone_stays_one(code: Resource) -> None:
    found = mapped(condition("c", code))
    assert [one["organ"] for one in found.profile["lesions"]] == ["bone"]
    assert "bone-marrow" not in reasons(found)


def test_bone_and_marrow_are_two() -> None:
    for text in ("骨及骨髓转移", "骨、骨髓转移", "骨转移，骨髓转移"):
        found = mapped(condition("c", {"text": text}))
        assert {one.get("organ") for one in found.profile["lesions"]} == {"bone", None}


def test_what_is_doubted_or_denied_of_the_marrow_is_not_of_bone() -> None:
    found = mapped(
        condition("b", {"text": "骨转移"}), condition("c", {"text": "排除骨髓转移"}, recordedDate="2025-01-02")
    )
    assert fact(found, "lesions[bone].status") == "confirmed"
    (lesion,) = mapped(condition("c", {"text": "骨髓转移待排"})).profile["lesions"]
    assert (lesion.get("organ"), lesion["status"]) == (None, "suspected")


def test_a_drug_for_the_marrow_is_for_no_bone_metastasis_for_certain() -> None:
    found = mapped(request("d", "地舒单抗", reasonCode=[concept(ICD10CM, "C79.52")], authoredOn="2025-01-01"))
    assert fact(found, "medications[denosumab].indication") is None
