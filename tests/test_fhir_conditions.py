"""Condition and Patient: tables, status and verification, sides, several primaries, metastases."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_support import (
    ICD10,
    ICD10CM,
    MCODE,
    SNOMED,
    concept,
    condition,
    fact,
    implausible,
    mapped,
    open_lists,
    patient,
    profile,
    reasons,
)
from oncocds.errors import InputError

BREAST = concept(ICD10, "C50.9")
BONE = concept(SNOMED, "94222008")


@pytest.mark.parametrize(
    ("code", "tumour", "side"),
    [
        (concept(SNOMED, "353431000119107"), "breast", "left"),
        (concept(SNOMED, "254837009"), "breast", None),
        (concept(ICD10, "C50.4"), "breast", None),
        (concept(ICD10CM, "C50.911"), "breast", "right"),
        (concept(ICD10CM, "C50.912"), "breast", "left"),
        (concept(ICD10CM, "C50.919"), "breast", None),
        (concept(ICD10CM, "C34.12"), "lung_nos", "left"),
        (concept(ICD10, "C22.0"), "hcc", None),
        (concept(ICD10, "C22.1"), "other", None),
        (concept(ICD10, "C22.9"), None, None),
        (concept(ICD10, "Z85.3"), None, None),
        (concept(ICD10, "D05.1"), None, None),
        ({"text": "左侧乳腺癌"}, "breast", "left"),
        ({"text": "腺癌"}, None, None),
        (concept(ICD10, "C50.9", "右侧乳腺癌"), "breast", "right"),
        (
            {"coding": [*concept(ICD10CM, "C34.11")["coding"], *concept(SNOMED, "254637007")["coding"]]},
            "nsclc",
            "right",
        ),
        ({"coding": [*concept(ICD10, "C50.9")["coding"], *concept(SNOMED, "254637007")["coding"]]}, None, None),
        (concept("urn:oid:2.16.840.1.113883.6.90", "C50.912"), "breast", "left"),
        (concept("http://example.org/other", "C50.9"), None, None),
    ],
)
def test_primary_tumours(code: dict[str, Any], tumour: str | None, side: str | None) -> None:
    found = profile(condition("c", code))
    assert fact(found, "diagnosis.tumour_type") == tumour
    assert fact(found, "diagnosis.laterality") == side


def test_codes_that_disagree_are_reported() -> None:
    code = {"coding": [*concept(ICD10, "C50.9")["coding"], *concept(SNOMED, "254637007")["coding"]]}
    assert reasons(mapped(condition("c", code))) == {"codes-disagree": ["Condition/c"]}
    assert reasons(mapped(condition("c", concept(ICD10, "C50.9", "骨转移")))) == {"codes-disagree": ["Condition/c"]}


def test_histology_makes_lung_cancer_precise() -> None:
    histology = {
        "url": f"{MCODE}/mcode-histology-morphology-behavior",
        "valueCodeableConcept": concept("http://terminology.hl7.org/CodeSystem/icd-o-3", "8041/3"),
    }
    found = profile(condition("c", concept(ICD10, "C34.9"), extension=[histology]))
    assert fact(found, "diagnosis.tumour_type") == "sclc"
    assert fact(found, "diagnosis.pathology_documented") is True


@pytest.mark.parametrize(
    ("verification", "clinical", "tumour", "status", "reason"),
    [
        ("confirmed", "active", "breast", "confirmed", None),
        ("confirmed", "remission", "breast", "confirmed", None),
        (None, None, "breast", None, None),
        ("unconfirmed", "active", None, "suspected", "unconfirmed"),
        ("provisional", "active", None, "suspected", "unconfirmed"),
        ("differential", "active", None, "suspected", "unconfirmed"),
        ("refuted", "active", None, "absent", "refuted"),
        ("entered-in-error", None, None, "absent", "entered-in-error"),
    ],
)
def test_verification(
    verification: str | None, clinical: str | None, tumour: str | None, status: str | None, reason: str | None
) -> None:
    found = mapped(
        condition("primary", BREAST, verification, clinical), condition("bone", BONE, verification, clinical)
    )
    assert fact(found, "diagnosis.tumour_type") == tumour
    if status == "absent":
        assert "lesions" not in found.profile
    else:
        assert fact(found, "lesions[bone].status") == status
    assert (reason in reasons(found)) is (reason is not None)


def test_a_resolved_metastasis_is_resolved_and_makes_nothing_metastatic() -> None:
    found = profile(condition("bone", BONE, clinical="resolved"))
    assert fact(found, "lesions[bone].trend") == "resolved"
    assert fact(found, "diagnosis.extent") is None


@pytest.mark.parametrize(
    ("code", "organ", "site", "lesion"),
    [
        (BONE, "bone", None, "bone"),
        (concept(SNOMED, "94602001"), "bone", None, "bone"),
        (concept(ICD10CM, "C79.51"), "bone", None, "bone"),
        (concept(ICD10, "C79.5"), "bone", None, "bone"),
        (concept(SNOMED, "94381002"), "liver", None, "liver"),
        (concept(ICD10CM, "C79.31"), "brain", None, "brain"),
        (concept(ICD10, "C77.3"), "node", None, "node"),
        (concept(SNOMED, "128462008"), None, None, "site-unspecified"),
        ({"text": "腰椎转移"}, "bone", "lumbar_spine", "lumbar_spine"),
        (concept(ICD10CM, "C79.51", "胸椎转移"), "bone", "thoracic_spine", "thoracic_spine"),
    ],
)
def test_metastases(code: dict[str, Any], organ: str | None, site: str | None, lesion: str) -> None:
    found = profile(condition("m", code))
    assert fact(found, f"lesions[{lesion}]") is not None
    assert fact(found, f"lesions[{lesion}].organ") == organ
    assert fact(found, f"lesions[{lesion}].site") == site
    assert fact(found, "diagnosis.extent") == (None if organ in (None, "node") else "metastatic")


def test_an_unknown_secondary_is_a_lesion_of_unknown_site() -> None:
    meta = {"profile": [f"{MCODE}/mcode-secondary-cancer-condition|4.0.0"]}
    found = profile(condition("m", concept(SNOMED, "999"), meta=meta))
    assert found["lesions"] == [{"id": "site-unspecified", "status": "confirmed"}]


def test_body_site_and_side_of_a_metastasis() -> None:
    site = {
        **concept(SNOMED, "71341001"),
        "extension": [
            {"url": f"{MCODE}/mcode-laterality-qualifier", "valueCodeableConcept": concept(SNOMED, "24028007")}
        ],
    }
    found = mapped(condition("m", BONE, bodySite=[site]))
    assert fact(found, "lesions[right-femur].site") == "femur"
    assert found.sources["lesions[right-femur].site"] == ["Condition/m"]


def test_one_site_told_many_times_is_one_lesion_and_its_newest_record_counts() -> None:
    found = mapped(
        condition("a", BONE, "provisional", recordedDate="2024-01-01"),
        condition("b", concept(ICD10, "C79.5"), recordedDate="2024-02-01"),
    )
    assert found.profile["lesions"] == [{"id": "bone", "organ": "bone", "status": "confirmed"}]
    assert found.sources["lesions[bone]"] == ["Condition/a", "Condition/b"]
    assert reasons(found)["superseded"] == ["Condition/a"]


def test_newest_records_of_one_site_that_contradict_each_other() -> None:
    found = mapped(
        condition("a", BONE, "provisional", recordedDate="2024-01-01"), condition("b", BONE, recordedDate="2024-01-01")
    )
    assert found.profile["lesions"] == [{"id": "bone", "organ": "bone"}]
    assert reasons(found)["conflicting-results"] == ["Condition/a", "Condition/b"]


def test_diagnoses_are_no_complete_list_of_lesions() -> None:
    found = mapped(condition("bone", BONE))
    assert found.profile["incomplete"] == ["lesions"]
    assert open_lists(found) == {"lesions": {"problem-list": ["Condition/bone"]}}
    assert "incomplete" not in mapped(condition("primary", BREAST)).profile


def test_several_primary_tumours_are_none() -> None:
    found = mapped(condition("a", BREAST), condition("b", concept(ICD10, "C34.9")))
    assert fact(found, "diagnosis.tumour_type") is None
    assert implausible(found) == ["several-primary-tumours"]
    past = mapped(condition("a", BREAST), condition("b", concept(ICD10, "C34.9"), clinical="resolved"))
    assert fact(past, "diagnosis.tumour_type") == "breast"
    assert reasons(past)["not-active"] == ["Condition/b"]


def test_sides_that_differ_are_none() -> None:
    found = mapped(condition("a", {"text": "左乳癌"}), condition("b", {"text": "右乳癌"}))
    assert fact(found, "diagnosis.laterality") is None
    assert implausible(found) == ["sides-differ"]


def test_a_tumour_of_the_other_sex() -> None:
    found = mapped(patient(gender="male"), condition("a", concept(ICD10, "C53.9")))
    assert implausible(found) == ["sex-excludes-tumour"]


@pytest.mark.parametrize(
    ("code", "path"),
    [
        (concept(ICD10, "N18.4"), "comorbidities.renal_insufficiency"),
        (concept(ICD10CM, "M84.58XA"), "skeletal_events.pathological_fracture"),
        ({"text": "脊髓压迫"}, "skeletal_events.cord_compression"),
        (concept(ICD10CM, "E83.52"), "skeletal_events.hypercalcaemia"),
        ({"text": "骨痛"}, "symptoms.bone_pain"),
    ],
)
def test_other_conditions(code: dict[str, Any], path: str) -> None:
    assert fact(profile(condition("c", code)), path) is True
    assert reasons(mapped(condition("c", code, clinical="resolved")))["not-active"] == ["Condition/c"]
    assert reasons(mapped(condition("c", code, "provisional")))["unconfirmed"] == ["Condition/c"]


def test_viral_hepatitis_of_both_kinds() -> None:
    found = mapped(condition("b", concept(ICD10, "B18.1")), condition("c", concept(ICD10, "B18.2")))
    assert fact(found, "hcc.viral") == "hbv_hcv"
    assert found.sources["hcc.viral"] == ["Condition/b", "Condition/c"]


def test_unknown_conditions_are_listed_with_their_code() -> None:
    report = mapped(condition("d", concept(ICD10, "E11.9", "Zhang San's diabetes"))).report()
    assert [(one.reason, one.code, one.resources) for one in report.unmapped] == [
        ("unknown-code", f"{ICD10}|E11.9", ["Condition/d"])
    ]
    assert "Zhang" not in report.model_dump_json()


@pytest.mark.parametrize(
    ("born", "age"),
    [("1966-01-31", 59), ("1966-02-01", 58), ("1966-05", 58), ("1966-01", 59), ("1966", None), ("2030-01-01", None)],
)
def test_age(born: str, age: int | None) -> None:
    assert fact(mapped(patient(birthDate=born)), "age") == age


def test_dead_patients() -> None:
    assert implausible(mapped(patient(deceasedBoolean=True))) == ["deceased"]
    assert implausible(mapped(patient(deceasedBoolean=False))) == []


def test_records_of_two_patients_are_refused() -> None:
    with pytest.raises(InputError, match="second patient"):
        mapped(patient(), {"resourceType": "Patient", "id": "q"})
    with pytest.raises(InputError, match="several patients"):
        mapped(
            condition("a", BREAST, subject={"reference": "Patient/1"}),
            condition("b", BONE, subject={"reference": "Patient/2"}),
        )


def test_a_record_of_somebody_else_is_not_used() -> None:
    found = mapped(patient(), condition("a", BREAST, subject={"reference": "https://x.example/fhir/Patient/other"}))
    assert "diagnosis" not in found.profile
    assert reasons(found) == {"other-patient": ["Condition/a"]}


def test_a_primary_of_unknown_site_is_no_statement_of_a_metastasis() -> None:
    found = mapped(condition("c", concept(ICD10, "C80.0")))
    assert "lesions" not in found.profile
    assert reasons(found) == {"unknown-code": ["Condition/c"]}
    assert fact(mapped(condition("c", concept(ICD10CM, "C80.0"))), "lesions[site-unspecified].status") == "confirmed"


def test_whos_fracture_in_neoplastic_disease_is_pathological() -> None:
    assert fact(mapped(condition("c", concept(ICD10, "M90.7"))), "skeletal_events.pathological_fracture") is True


@pytest.mark.parametrize(
    ("abatement", "ended"),
    [
        ({"abatementDateTime": "2016-02-01"}, True),
        ({"abatementDateTime": "2016"}, True),
        ({"abatementDateTime": "2026-02-01"}, False),
        ({"abatementPeriod": {"start": "2016-01-01", "end": "2016-02-01"}}, True),
        ({"abatementPeriod": {"start": "2016-01-01"}}, False),
        ({"abatementAge": {"value": 50, "unit": "a"}}, True),
        ({"abatementBoolean": True}, True),
        ({"abatementBoolean": False}, False),
        ({"abatementString": "仍未缓解"}, False),
        ({}, False),
    ],
)
@pytest.mark.parametrize("clinical", [None, "active"])
def test_what_has_abated_is_past(abatement: dict[str, Any], ended: bool, clinical: str | None) -> None:
    event = condition("x", concept(SNOMED, "66931009"), clinical=clinical, recordedDate="2016-01-01", **abatement)
    found = mapped(event)
    assert (fact(found, "skeletal_events.hypercalcaemia") is None) is ended
    assert ("period-ended" in reasons(found)) is ended
    bone = mapped(condition("b", BONE, clinical=clinical, **abatement))
    assert fact(bone, "lesions[bone].trend") == ("resolved" if ended and clinical is None else None)


def test_a_condition_that_is_dated_later_is_left_out() -> None:
    found = mapped(condition("b", BONE, recordedDate="2026-01-01"), condition("l", concept(ICD10, "C78.7")))
    assert reasons(found)["in-the-future"] == ["Condition/b"]
    assert fact(found, "lesions[bone]") is None
    assert found.profile["incomplete"] == ["lesions"]
