from __future__ import annotations

from typing import Any

import pytest

from facts_support import bone, brain, facts_of
from oncocds.profile.contradictions import Contradiction, contradictions
from oncocds.vocabulary.loader import bundled_vocabulary

BREAST_CANCER = {"tumour_type": "breast"}


def primary(organ: str, **more: Any) -> dict[str, Any]:
    return {"organ": organ, "is_primary": True, **more}


CLASHES: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    *(
        ("second-primary", "contradiction", {"diagnosis": {"tumour_type": tumour}, "lesions": lesions}, {})
        for tumour, lesions in (
            ("breast", [primary("breast"), primary("lung", status="confirmed"), bone(atypical=True)]),
            ("breast", [primary("brain", status="confirmed")]),
            ("breast", [primary("bone", status="imaging_positive")]),
            ("breast", [primary("lung", trend="resolved")]),
            ("breast", [primary("lung", status="suspected")]),
            ("nsclc", [primary("breast")]),
            ("lung_nos", [primary("liver")]),
            ("sclc", [primary("brain")]),
            ("hcc", [primary("lung"), primary("liver")]),
            ("gastric", [primary("lung")]),
            ("other", [primary("lung"), primary("breast")]),
        )
    ),
    ("second-primary", "contradiction", {"lesions": [primary("lung"), primary("breast")]}, {}),
    ("diastolic-above-systolic", "contradiction", {"vitals": {"systolic": 60, "diastolic": 160}}, {}),
    ("diastolic-above-systolic", "contradiction", {"vitals": {"systolic": 90, "diastolic": 90}}, {}),
    (
        "bone-site-beside-another-organ",
        "contradiction",
        {"lesions": [bone(site="femur"), {"organ": "liver", "site": "femur"}]},
        {},
    ),
    ("pregnancy-beside-male", "contradiction", {"sex": "male", "pregnant": True}, {}),
    (
        "pregnancy-beside-postmenopausal",
        "hint",
        {"pregnant": True, "biomarkers": {"menopausal_status": "postmenopausal"}},
        {},
    ),
    (
        "her2-status-contradicts-tests",
        "contradiction",
        {"biomarkers": {"her2_status": "negative", "her2_ihc": "3+"}},
        {},
    ),
    (
        "her2-status-contradicts-tests",
        "contradiction",
        {"biomarkers": {"her2_status": "negative", "her2_ish": "amplified"}},
        {},
    ),
    (
        "her2-status-contradicts-tests",
        "contradiction",
        {"biomarkers": {"her2_status": "positive", "her2_ihc": "0"}},
        {},
    ),
    ("her2-tests-differ", "hint", {"biomarkers": {"her2_ihc": "1+", "her2_ish": "amplified"}}, {}),
    ("her2-tests-differ", "hint", {"biomarkers": {"her2_ihc": "3+", "her2_ish": "not_amplified"}}, {}),
    (
        "hormone-receptor-status-contradicts-percentages",
        "contradiction",
        {"biomarkers": {"hr_status": "negative", "er_pct": 5}},
        {},
    ),
    (
        "hormone-receptor-status-contradicts-percentages",
        "contradiction",
        {"biomarkers": {"hr_status": "positive", "er_pct": 0, "pr_pct": 0}},
        {},
    ),
    *(
        (
            "symptom-in-a-lesion-called-asymptomatic",
            "contradiction",
            {"lesions": [{"symptomatic": False, sign: True}]},
            {},
        )
        for sign in ("painful", "pain_significant", "functional_impairment", "neurovascular_compression")
    ),
    (
        "significant-pain-in-a-painless-lesion",
        "contradiction",
        {"lesions": [{"painful": False, "pain_significant": True}]},
        {},
    ),
    (
        "imaging-positive-on-bone-scan-alone",
        "hint",
        {"lesions": [bone(status="imaging_positive", imaging=["bone_scan"])]},
        {},
    ),
    ("solitary-beside-other-bone-lesions", "hint", {"lesions": [bone(solitary=True), bone()]}, {}),
    ("new-by-trend-only", "hint", {"lesions": [brain(is_new=False, trend="new")]}, {}),
    ("spinal-instability-outside-the-spine", "hint", {"lesions": [bone(site="rib", spinal_instability=True)]}, {}),
    (
        "bone-metastases-denied-beside-a-lesion",
        "contradiction",
        {"diagnosis": {"bone_metastases": False}, "lesions": [bone()]},
        {},
    ),
    (
        "visceral-metastases-denied-beside-a-lesion",
        "contradiction",
        {"diagnosis": {"visceral_metastases": False}, "lesions": [{"organ": "liver", "status": "confirmed"}]},
        {},
    ),
    ("metastases-beside-an-empty-list", "hint", {"diagnosis": {"extent": "metastatic"}, "lesions": []}, {}),
    ("metastases-beside-an-empty-list", "hint", {"diagnosis": {"bone_metastases": True}, "lesions": []}, {}),
    (
        "suspicion-denied-beside-a-sign",
        "hint",
        {"diagnosis": {"bone_suspected": False}, "symptoms": {"cord_signs": True}, "lesions": []},
        {},
    ),
    (
        "bone-scan-denied-beside-a-lesion-it-shows",
        "contradiction",
        {"assessments": {"bone_scan_done": False}, "lesions": [bone(imaging=["bone_scan"])]},
        {},
    ),
    ("early-extent-beside-a-metastasis", "contradiction", {"diagnosis": {"extent": "early"}, "lesions": [bone()]}, {}),
    (
        "early-extent-beside-a-metastasis",
        "contradiction",
        {"diagnosis": {"extent": "locally_advanced"}, "lesions": [brain()]},
        {},
    ),
    (
        "stopped-before-started",
        "contradiction",
        {"medications": [{"drug": "letrozole", "start_date": "2026-03-02", "stop_date": "2026-03-01"}]},
        {},
    ),
    (
        "active-past-its-stop",
        "hint",
        {"medications": [{"drug": "zoledronate", "status": "active", "stop_date": "2026-06-01"}]},
        {},
    ),
    (
        "active-before-its-start",
        "hint",
        {"medications": [{"drug": "zoledronate", "status": "active", "start_date": "2026-06-02"}]},
        {},
    ),
    (
        "same-bone-agent-twice",
        "hint",
        {"medications": [{"drug": "denosumab", "status": "active"}, {"drug": "denosumab", "status": "planned"}]},
        {},
    ),
    ("stop-reason-without-a-stop", "hint", {"plans": {"stop_bma_reason": "switch"}}, {}),
    (
        "nephrotoxic-drug-denied-beside-one",
        "contradiction",
        {"treatment": {"nephrotoxic_drug": False}, "medications": [{"drug": "cisplatin", "status": "active"}]},
        {},
    ),
    (
        "radiotherapy-on-the-other-side",
        "hint",
        {"diagnosis": {"laterality": "right"}, "radiotherapy": [{"site": "breast", "laterality": "left"}]},
        {},
    ),
    (
        "prior-radiotherapy-denied-beside-a-completed-course",
        "contradiction",
        {"hcc": {"prior_rt": False}, "radiotherapy": [{"site": "liver", "status": "completed"}]},
        {},
    ),
    (
        "lvef-fall-beside-other-values",
        "hint",
        {"cardiac": {"marked_decline": True, "lvef_baseline": 60, "lvef_latest": 61}},
        {},
    ),
    (
        "lvef-fall-beside-other-values",
        "hint",
        {"cardiac": {"marked_decline": False, "lvef_baseline": 60, "lvef_latest": 40}},
        {"lvef_drop_abs": 10},
    ),
    (
        "reading-beside-other-limits",
        "contradiction",
        {"labs": {"alp": {"value": 200, "unit": "U/L", "reference_high": 120, "interpretation": "normal"}}},
        {},
    ),
    (
        "ret-not-tested-beside-a-panel-with-ret",
        "contradiction",
        {"biomarkers": {"ret_fusion": "not_tested", "ngs_includes_ret": True}},
        {},
    ),
    (
        "no-panel-beside-one-with-ret",
        "contradiction",
        {"biomarkers": {"ngs_done": False, "ngs_includes_ret": True}},
        {},
    ),
    (
        "monthly-beside-another-interval",
        "hint",
        {"medications": [{"drug": "zoledronate", "status": "active", "interval_weeks": 12, "monthly": True}]},
        {},
    ),
    (
        "systemic-therapy-denied-beside-a-drug",
        "contradiction",
        {"treatment": {"on_systemic": False}, "medications": [{"drug": "osimertinib", "status": "active"}]},
        {},
    ),
    (
        "plateau-at-initial-diagnosis",
        "contradiction",
        {"treatment": {"response_plateau": True, "timepoint": "initial_diagnosis"}},
        {},
    ),
    (
        "oligoprogression-without-systemic-therapy",
        "hint",
        {"diagnosis": {"oligoprogression": True}, "medications": []},
        {},
    ),
]

CONSISTENT: list[dict[str, Any]] = [
    {},
    {"biomarkers": {"her2_status": "positive", "her2_ihc": "2+", "her2_ish": "amplified"}},
    {"biomarkers": {"her2_status": "negative", "her2_ihc": "2+"}},
    {"biomarkers": {"her2_status": "equivocal", "her2_ihc": "3+"}},
    {"biomarkers": {"hr_status": "positive", "er_pct": 0}},
    {"lesions": [{"symptomatic": True, "painful": True}]},
    {"lesions": [bone(status="imaging_positive", imaging=["bone_scan"], biopsied=True)]},
    {"lesions": [bone(status="imaging_positive", imaging=["bone_scan", "ct"])]},
    {"diagnosis": {"extent": "early"}, "lesions": [bone(status="suspected")]},
    {"diagnosis": {"extent": "metastatic"}},
    {"diagnosis": {"bone_metastases": False}, "lesions": [bone(status="suspected")]},
    {
        "medications": [
            {"drug": "zoledronate", "status": "active", "start_date": "2026-01-01", "stop_date": "2026-07-01"}
        ]
    },
    {"medications": [{"drug": "denosumab", "status": "active"}, {"drug": "denosumab", "status": "stopped"}]},
    {"diagnosis": {"laterality": "bilateral"}, "radiotherapy": [{"site": "breast", "laterality": "left"}]},
    {"diagnosis": {"laterality": "right"}, "radiotherapy": [{"site": "lung", "laterality": "left"}]},
    {"cardiac": {"marked_decline": False, "lvef_baseline": 60, "lvef_latest": 40}},
    {"labs": {"alp": {"value": 100, "unit": "U/L", "reference_high": 120, "interpretation": "normal"}}},
    {"biomarkers": {"ret_fusion": "not_tested"}},
    {"biomarkers": {"ret_fusion": "positive", "ngs_done": False, "ngs_includes_ret": False}},
    {"medications": [{"drug": "zoledronate", "status": "active", "interval_weeks": 4, "monthly": True}]},
    {"medications": [{"drug": "zoledronate", "status": "active", "interval_weeks": 12, "monthly": False}]},
    {"treatment": {"on_systemic": False}, "medications": [{"drug": "osimertinib", "status": "planned"}]},
    {"treatment": {"response_plateau": True, "timepoint": "on_treatment"}},
    {"diagnosis": BREAST_CANCER, "lesions": [primary("breast"), primary("breast"), bone()]},
    {"diagnosis": BREAST_CANCER, "lesions": [{"is_primary": True}, {"organ": "lung", "status": "confirmed"}]},
    {"diagnosis": {"tumour_type": "hcc"}, "lesions": [primary("liver"), primary("liver")]},
    {"diagnosis": {"tumour_type": "sclc"}, "lesions": [primary("lung"), {"organ": "breast", "is_primary": False}]},
    {"diagnosis": {"tumour_type": "renal"}, "lesions": [primary("other_viscera")]},
    {"diagnosis": {"tumour_type": "other", "bone_metastases": False}, "lesions": [primary("bone", status="confirmed")]},
    {"lesions": [primary("lung"), {"is_primary": True}]},
    {"sex": "female", "pregnant": True, "biomarkers": {"menopausal_status": "premenopausal"}},
    {"sex": "male", "pregnant": False},
    {"diagnosis": {"oligoprogression": True}},
    {"plans": {"stop_bma": True, "stop_bma_reason": "switch"}},
]


def _found(profile: dict[str, Any], **policy: Any) -> tuple[Contradiction, ...]:
    return contradictions(facts_of(profile, **policy))


@pytest.mark.parametrize(("name", "severity", "profile", "policy"), CLASHES)
def test_what_clashes_is_said_with_its_facts(
    name: str, severity: str, profile: dict[str, Any], policy: dict[str, Any]
) -> None:
    facts = facts_of(profile, **policy)
    (clash,) = contradictions(facts)
    assert (clash.id, clash.severity) == (name, severity)
    assert len(clash.facts) >= 2 or name == "stop-reason-without-a-stop"
    assert len(set(clash.facts)) == len(clash.facts)
    for path in clash.facts:
        assert facts.recorded(path) is not None, path
    assert clash.asks if severity == "contradiction" else True
    known = bundled_vocabulary().fields
    for path in clash.asks:
        head, _, field = path.partition("].")
        assert (f"{head.partition('[')[0]}.{field}" if field else path) in known
    assert clash.text.zh
    assert clash.text.en


@pytest.mark.parametrize("profile", CONSISTENT)
def test_what_fits_is_not_complained_about(profile: dict[str, Any]) -> None:
    assert _found(profile) == ()


def test_a_positive_report_beside_a_negative_stain_asks_for_ish() -> None:
    (clash,) = _found({"biomarkers": {"her2_status": "positive", "her2_ihc": "1+"}})
    assert clash.asks == ("biomarkers.her2_status", "biomarkers.her2_ihc", "biomarkers.her2_ish")
    assert "biomarkers.her2_ish" not in clash.facts


def test_each_lesion_is_asked_about_by_its_id() -> None:
    odd = {"symptomatic": False, "painful": True}
    clashes = _found({"lesions": [{"id": "B2", **odd}, {"id": "B1", **odd}]})
    assert [clash.asks for clash in clashes] == [("lesions[B1].symptomatic",), ("lesions[B2].symptomatic",)]


def _twice(*drugs: str) -> list[tuple[str, ...]]:
    medications = [{"id": f"m{at}", "drug": drug, "status": "active"} for at, drug in enumerate(drugs)]
    found = contradictions(facts_of({"medications": medications}))
    return [one.facts for one in found if one.id == "same-bone-agent-twice"]


def test_every_entry_of_an_agent_that_is_listed_more_than_once_is_told() -> None:
    assert _twice("denosumab", "letrozole", "denosumab", "denosumab") == [
        ("medications[m0].drug", "medications[m2].drug", "medications[m3].drug")
    ]
    assert _twice("denosumab", "zoledronate", "zoledronate", "denosumab", "pamidronate") == [
        ("medications[m0].drug", "medications[m3].drug"),
        ("medications[m1].drug", "medications[m2].drug"),
    ]
