"""Effective fields of lesions, medications and courses: profile of the first item, value, what is asked."""

from __future__ import annotations

from typing import Any

import pytest

from facts_support import found

L = "lesions[B1]."
LESION_CASES: dict[str, list[tuple[dict[str, Any], Any, tuple[str, ...]]]] = {
    "status": [
        ({"status": "imaging_positive", "imaging": ["bone_scan"]}, "imaging_positive", ()),
        ({"imaging": ["bone_scan"]}, "suspected", ()),
        ({"imaging": ["bone_scan"], "biopsied": True}, None, (L + "status",)),
        ({"imaging": ["bone_scan", "ct"]}, "imaging_positive", ()),
        ({"imaging": ["xray"]}, "imaging_positive", ()),
        ({"imaging": ["pet_ct"]}, "imaging_positive", ()),
        ({"imaging": []}, None, (L + "status",)),
        ({}, None, (L + "status",)),
    ],
    "symptomatic": [
        ({"symptomatic": False}, False, ()),
        ({"symptomatic": True}, True, ()),
        ({"painful": True}, True, ()),
        ({"pain_significant": True}, True, ()),
        ({"symptomatic": False, "functional_impairment": True}, True, ()),
        ({"neurovascular_compression": True}, True, ()),
        ({}, None, (L + "symptomatic",)),
        ({"painful": False}, None, (L + "symptomatic",)),
    ],
    "painful": [
        ({"painful": False}, False, ()),
        ({"pain_significant": True}, True, ()),
        ({"painful": False, "pain_significant": True}, True, ()),
        ({}, None, (L + "painful",)),
    ],
    "pain_significant": [
        ({}, False, ()),
        ({"painful": False}, False, ()),
        ({"painful": True}, None, (L + "pain_significant",)),
        ({"painful": True, "pain_significant": False}, False, ()),
    ],
    "qol_impaired": [
        ({}, False, ()),
        ({"painful": True}, None, (L + "qol_impaired",)),
        ({"pain_significant": True}, None, (L + "qol_impaired",)),
        ({"painful": True, "qol_impaired": True}, True, ()),
    ],
    "impairs_systemic_tx": [({}, False, ()), ({"painful": True}, None, (L + "impairs_systemic_tx",))],
    "structural_destruction": [
        ({}, False, ()),
        ({"bone_pattern": "lytic"}, True, ()),
        ({"bone_pattern": "mixed"}, False, ()),
        ({"bone_pattern": "lytic", "structural_destruction": False}, False, ()),
    ],
    "weight_bearing": [
        *(({"site": s}, True, ()) for s in ("cervical_spine", "sacrum", "femur", "tibia", "fibula", "lumbar_spine")),
        *(({"site": s}, False, ()) for s in ("humerus", "radius", "rib", "sternum", "scapula", "clavicle", "skull")),
        ({"site": "pelvis"}, None, (L + "weight_bearing",)),
        ({"site": "acetabulum"}, None, (L + "weight_bearing",)),
        ({"site": "pelvis", "weight_bearing": True}, True, ()),
        ({}, None, (L + "site",)),
        ({"organ": "liver"}, False, ()),
    ],
    "vertebral": [
        ({"site": "sacrum"}, True, ()),
        ({"site": "rib"}, False, ()),
        ({"organ": "liver"}, False, ()),
        ({}, None, (L + "site",)),
    ],
    "spinal_instability": [
        ({"site": "rib"}, False, ()),
        ({"site": "thoracic_spine"}, None, (L + "spinal_instability",)),
        ({"site": "thoracic_spine", "spinal_instability": False}, False, ()),
        ({"site": "rib", "spinal_instability": True}, True, ()),
        ({}, None, (L + "spinal_instability", L + "site")),
    ],
    "critical_site": [
        ({"site": "cervical_spine"}, True, ()),
        ({"site": "thoracic_spine", "cord_threat": True}, True, ()),
        ({"site": "rib", "neurovascular_compression": True}, False, ()),
        ({"site": "rib", "neurovascular_compression": True, "critical_site": True}, True, ()),
        ({"site": "femur", "critical_site": True}, True, ()),
        ({"site": "cervical_spine", "critical_site": False}, False, ()),
        ({"site": "thoracic_spine"}, False, ()),
        ({"site": "rib"}, False, ()),
    ],
    "present_metastasis": [
        ({"status": "confirmed"}, True, ()),
        ({"status": "imaging_positive", "trend": "stable", "is_primary": False}, True, ()),
        ({"imaging": ["ct"]}, True, ()),
        ({"status": "suspected"}, False, ()),
        ({"status": "confirmed", "trend": "resolved"}, False, ()),
        ({"status": "confirmed", "is_primary": True}, False, ()),
        ({"trend": "resolved"}, False, ()),
        ({}, None, (L + "status",)),
    ],
    "definite_lysis": [
        ({"bone_pattern": "lytic"}, True, ()),
        ({"bone_pattern": "blastic"}, False, ()),
        ({"bone_pattern": "mixed"}, None, (L + "definite_lysis",)),
        ({"bone_pattern": "blastic", "definite_lysis": True}, True, ()),
        ({}, None, (L + "bone_pattern",)),
    ],
    "impending_fracture": [
        ({"impending_fracture": True}, True, ()),
        ({"site": "femur", "structural_destruction": True}, None, (L + "impending_fracture",)),
        ({"site": "femur", "bone_pattern": "lytic"}, None, (L + "impending_fracture",)),
        ({"site": "femur", "pain_significant": True}, None, (L + "impending_fracture",)),
        ({"site": "femur", "structural_destruction": True, "impending_fracture": False}, False, ()),
        ({"site": "femur"}, False, ()),
        ({"site": "humerus", "structural_destruction": True}, False, ()),
        ({"site": "pelvis", "pain_significant": True}, False, ()),
    ],
    "local_intervention_required": [
        ({"organ": "bone"}, False, ()),
        ({"organ": "brain"}, None, (L + "local_intervention_required",)),
        ({"organ": "bone", "local_intervention_required": True}, True, ()),
    ],
    "only_bone_scan": [
        ({"imaging": ["bone_scan"]}, True, ()),
        ({"imaging": ["bone_scan"], "biopsied": True}, False, ()),
        ({"biopsied": True}, False, ()),
        ({"imaging": ["bone_scan", "mri"]}, False, ()),
        ({}, None, (L + "imaging",)),
    ],
    "imaged_ct": [({"imaging": ["ct"]}, True, ()), ({"imaging": ["mri"]}, False, ()), ({}, None, (L + "imaging",))],
    "imaged_mri": [({"imaging": ["mri"]}, True, ()), ({"imaging": []}, False, ()), ({}, None, (L + "imaging",))],
}


@pytest.mark.parametrize(
    ("field", "lesion", "value", "asks"),
    [
        pytest.param(field, *case, id=f"{field}-{n}")
        for field, cases in LESION_CASES.items()
        for n, case in enumerate(cases)
    ],
)
def test_effective_field_of_a_lesion(field: str, lesion: dict[str, Any], value: Any, asks: tuple[str, ...]) -> None:
    finding = found(f"lesions.{field}", {"lesions": [{"id": "B1", **lesion}]})
    assert finding.value == value
    assert set(asks) <= set(finding.missing)
    assert bool(finding.missing) is (value is None)


def test_cord_signs_make_a_spinal_site_a_question_until_the_threat_is_stated() -> None:
    thoracic = {"id": "B1", "organ": "bone", "site": "thoracic_spine"}
    profile = {"symptoms": {"cord_signs": True}, "lesions": [thoracic]}
    assert found("lesions.critical_site", profile).missing[0] == "lesions[B1].cord_threat"
    assert found("lesions.critical_site", {**profile, "lesions": [{**thoracic, "cord_threat": False}]}).value is False
    assert found("lesions.critical_site", {**profile, "lesions": [{**thoracic, "site": "sacrum"}]}).value is False


def test_the_only_bone_lesion_of_a_complete_list_is_solitary() -> None:
    femur = {"id": "B1", "organ": "bone"}
    assert found("lesions.solitary", {"lesions": [femur, {"organ": "liver"}]}).value is True
    for other in ({"organ": "bone"}, {}):
        assert found("lesions.solitary", {"lesions": [femur, other]}).missing == ("lesions[B1].solitary",)
    assert found("lesions.solitary", {"lesions": [{**femur, "solitary": True}, {"organ": "bone"}]}).value is True
    assert found("lesions.solitary", {"lesions": [{"organ": "liver"}, femur | {"id": "z"}]}).value is None


@pytest.mark.parametrize(
    ("score", "others", "value", "asks"),
    [
        (7, [], True, ()),
        (4, [], True, ()),
        (3, [], False, ()),
        (3, [{"painful": True}], False, ()),
        (7, [{"painful": False}], True, ()),
        (7, [{"painful": True}], None, ("lesions[B1].pain_significant",)),
        (7, [{}], None, ("lesions[B1].pain_significant",)),
        (None, [], None, ("lesions[B1].pain_significant", "assessments.pain_nrs")),
    ],
)
def test_pain_is_significant_by_the_local_score(
    score: float | None, others: list[dict[str, Any]], value: bool | None, asks: tuple[str, ...]
) -> None:
    profile: dict[str, Any] = {"lesions": [{"id": "B1", "painful": True}, *others]}
    profile["assessments"] = {"pain_nrs": score}
    finding = found("lesions.pain_significant", profile, pain_nrs=4)
    assert (finding.value, finding.missing) == (value, asks)
    assert found("lesions.pain_significant", profile).value is None


MEDICATION_CASES: list[tuple[str, dict[str, Any], Any, tuple[str, ...]]] = [
    ("class", {"drug": "t_dm1"}, {"anti_her2", "adc", "systemic"}, ()),
    ("class", {"drug": "other", "name": "N"}, None, ("medications[M].class",)),
    ("class", {"drug": "other", "name": "N", "class": "chemotherapy"}, {"chemotherapy", "systemic"}, ()),
    (
        "class",
        {"drug": "other", "name": "N", "class": ["bisphosphonate"]},
        {"bisphosphonate", "bone_modifying_agent"},
        (),
    ),
    ("class", {}, None, ("medications[M].drug",)),
    ("for_bone_metastasis", {"drug": "denosumab"}, True, ()),
    ("for_bone_metastasis", {"drug": "zoledronate"}, True, ()),
    ("for_bone_metastasis", {"drug": "pamidronate"}, True, ()),
    ("for_bone_metastasis", {"drug": "alendronate"}, None, ("medications[M].indication",)),
    ("for_bone_metastasis", {"drug": "ibandronate"}, None, ("medications[M].indication",)),
    ("for_bone_metastasis", {"drug": "alendronate", "indication": "osteoporosis"}, False, ()),
    ("for_bone_metastasis", {"drug": "alendronate", "indication": "bone_metastasis"}, True, ()),
    ("for_bone_metastasis", {"drug": "denosumab", "indication": "osteoporosis"}, False, ()),
    ("for_bone_metastasis", {"drug": "letrozole"}, False, ()),
    ("for_bone_metastasis", {}, None, ("medications[M].drug",)),
    ("for_bone_metastasis", {"indication": "osteoporosis"}, False, ()),
    (
        "for_bone_metastasis",
        {"drug": "other", "name": "N", "class": ["bone_modifying_agent"]},
        None,
        ("medications[M].indication",),
    ),
]


@pytest.mark.parametrize(("field", "medication", "value", "asks"), MEDICATION_CASES)
def test_effective_field_of_a_medication(
    field: str, medication: dict[str, Any], value: Any, asks: tuple[str, ...]
) -> None:
    finding = found(f"medications.{field}", {"medications": [{"id": "M", **medication}]})
    got = set(finding.value) if isinstance(finding.value, tuple) else finding.value
    assert (got, finding.missing) == (value, asks)


@pytest.mark.parametrize(
    ("course", "tumour", "value", "asks"),
    [
        ({"site": "breast", "laterality": "left"}, "right", "left", ()),
        ({"site": "breast"}, "right", "right", ()),
        ({"site": "chest_wall"}, "bilateral", "bilateral", ()),
        ({"site": "bone"}, "left", None, ("radiotherapy[R].laterality",)),
        ({"site": "regional_nodes"}, None, None, ("radiotherapy[R].laterality", "diagnosis.laterality")),
    ],
)
def test_side_of_a_course(course: dict[str, Any], tumour: str | None, value: str | None, asks: tuple[str, ...]) -> None:
    profile = {"diagnosis": {"laterality": tumour}, "radiotherapy": [{"id": "R", **course}]}
    finding = found("radiotherapy.laterality", profile)
    assert (finding.value, finding.missing) == (value, asks)
