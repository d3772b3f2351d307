"""Every sentence of the derivations of patient-level facts, as cases: profile, policy, value, what is asked."""

from __future__ import annotations

from typing import Any

import pytest

from facts_support import albumin, bone, brain, calcium, found

Case = tuple[dict[str, Any], dict[str, Any], Any, tuple[str, ...]]
ZOLEDRONATE = {"drug": "zoledronate", "status": "active"}
DENOSUMAB = {"id": "D", "drug": "denosumab", "status": "planned"}


def _her2(**biomarkers: str) -> dict[str, Any]:
    return {"biomarkers": {f"her2_{name}": value for name, value in biomarkers.items()}}


def _labs(**labs: Any) -> dict[str, Any]:
    return {"labs": labs}


_KIDNEY = {
    "age": 60,
    "sex": "female",
    "weight": {"value": 60, "unit": "kg"},
    "labs": {"creatinine": {"value": 88.4, "unit": "umol/L", "reference_high": 97}},
    "medications": [],
    "comorbidities": {"renal_insufficiency": False},
}


def _some(*has: str) -> dict[str, Any]:
    """An agent that nobody knows: of its classes, some are known or none."""
    told = {"has_class": [*has]} if has else {}
    return {"id": "X", "drug": "other", "name": "X", "status": "active", **told}


def _unlisted(name: str) -> dict[str, Any]:
    return {"drug": "other", "name": name, "class": ["bone_modifying_agent"], "status": "active"}


def _kidney(*without: str, **more: Any) -> dict[str, Any]:
    return {key: part for key, part in {**_KIDNEY, **more}.items() if key not in without}


CASES: dict[str, list[Case]] = {
    "derived.her2_status": [
        (_her2(status="positive"), {}, "positive", ()),
        (_her2(status="negative", ihc="2+"), {}, "negative", ()),
        (_her2(ihc="3+"), {}, "positive", ()),
        (_her2(ish="amplified"), {}, "positive", ()),
        (_her2(ihc="1+", ish="amplified"), {}, "positive", ()),
        (_her2(ihc="0"), {}, "negative", ()),
        (_her2(ihc="1+"), {}, "negative", ()),
        (_her2(ihc="2+", ish="not_amplified"), {}, "negative", ()),
        (_her2(ihc="2+"), {}, None, ("biomarkers.her2_ish",)),
        (_her2(ihc="2+", ish="equivocal"), {}, None, ("biomarkers.her2_ish",)),
        (_her2(ihc="2+", ish="not_done"), {}, None, ("biomarkers.her2_ish",)),
        (_her2(ish="not_amplified"), {}, None, ("biomarkers.her2_ihc",)),
        (_her2(status="equivocal"), {}, None, ("biomarkers.her2_status", "biomarkers.her2_ihc")),
        (_her2(status="unknown"), {}, None, ("biomarkers.her2_status",)),
        (_her2(status="equivocal", ihc="3+"), {}, "positive", ()),
        (_her2(status="negative", ihc="3+"), {}, None, ("biomarkers.her2_status", "biomarkers.her2_ihc")),
        (_her2(status="negative", ish="amplified"), {}, None, ("biomarkers.her2_status", "biomarkers.her2_ish")),
        (_her2(status="positive", ihc="1+"), {}, None, ("biomarkers.her2_status", "biomarkers.her2_ish")),
        (_her2(status="positive", ihc="1+", ish="amplified"), {}, "positive", ()),
        ({}, {}, None, ("biomarkers.her2_status", "biomarkers.her2_ihc", "biomarkers.her2_ish")),
    ],
    "derived.hormone_receptor_status": [
        ({"biomarkers": {"hr_status": "positive"}}, {}, "positive", ()),
        ({"biomarkers": {"er_pct": 1}}, {}, "positive", ()),
        ({"biomarkers": {"pr_pct": 40, "er_pct": 0}}, {}, "positive", ()),
        ({"biomarkers": {"er_pct": 0, "pr_pct": 0}}, {}, "negative", ()),
        # 0.9 is below 1 %, or 90 % written as a fraction
        ({"biomarkers": {"er_pct": 0.9, "pr_pct": 0}}, {}, None, ("biomarkers.er_pct",)),
        ({"biomarkers": {"er_pct": 0.9, "pr_pct": 20}}, {}, "positive", ()),
        ({"biomarkers": {"er_pct": 0.9, "pr_pct": 0, "hr_status": "negative"}}, {}, "negative", ()),
        ({"biomarkers": {"er_pct": 0}}, {}, None, ("biomarkers.pr_pct",)),
        ({"biomarkers": {"hr_status": "negative", "er_pct": 5}}, {}, None, ("biomarkers.hr_status",)),
        ({"biomarkers": {"hr_status": "positive", "er_pct": 0, "pr_pct": 0}}, {}, None, ("biomarkers.hr_status",)),
        ({}, {}, None, ("biomarkers.hr_status", "biomarkers.er_pct", "biomarkers.pr_pct")),
    ],
    "derived.bone_metastases": [
        ({"lesions": [bone()]}, {}, True, ()),
        ({"lesions": [bone(status="imaging_positive")]}, {}, True, ()),
        ({"lesions": [bone(id="B1", status="suspected")]}, {}, None, ("lesions[B1].status",)),
        ({"lesions": [{"id": "B1", "organ": "bone"}]}, {}, None, ("lesions[B1].status",)),
        ({"lesions": [{"organ": "bone", "imaging": ["mri"]}]}, {}, True, ()),
        ({"lesions": [{"id": "B1", "organ": "bone", "imaging": ["bone_scan"]}]}, {}, None, ("lesions[B1].status",)),
        ({"lesions": [{"id": "X", "status": "confirmed"}]}, {}, None, ("lesions[X].organ",)),
        ({"lesions": []}, {}, False, ()),
        ({"lesions": [brain()]}, {}, False, ()),
        ({}, {}, None, ("lesions",)),
        ({"diagnosis": {"bone_metastases": True}}, {}, True, ()),
        ({"diagnosis": {"bone_metastases": False}, "lesions": [bone()]}, {}, False, ()),
        ({"lesions": [bone(is_primary=True)]}, {}, False, ()),
        ({"lesions": [bone(is_primary=True), bone(id="B2", status="suspected")]}, {}, None, ("lesions[B2].status",)),
        ({"lesions": [bone(is_primary=True), bone()]}, {}, True, ()),
        ({"lesions": [{"is_primary": True, "status": "confirmed"}]}, {}, False, ()),
    ],
    "derived.bone_metastases_suspected": [
        (
            {"lesions": [bone(is_primary=True)], "symptoms": {"bone_pain": False, "cord_signs": False}},
            {},
            False,
            (),
        ),
        (
            {"lesions": [{"is_primary": True}], "symptoms": {"bone_pain": False, "cord_signs": False}},
            {},
            False,
            (),
        ),
        ({"lesions": [bone(is_primary=True)], "symptoms": {"bone_pain": True}}, {}, True, ()),
        ({"lesions": [bone(is_primary=True, status="suspected"), bone(status="suspected")]}, {}, True, ()),
        ({"lesions": [bone()], "symptoms": {"bone_pain": True}}, {}, False, ()),
        ({"lesions": [bone(status="suspected")]}, {}, True, ()),
        ({"lesions": [{"organ": "bone"}]}, {}, True, ()),
        ({"symptoms": {"bone_pain": True}}, {}, True, ()),
        ({"symptoms": {"cord_signs": True}, "lesions": []}, {}, True, ()),
        ({"skeletal_events": {"vertebral_fracture": True}}, {}, True, ()),
        ({"skeletal_events": {"pathological_fracture": True}}, {}, True, ()),
        ({"skeletal_events": {"cord_compression": True}}, {}, True, ()),
        ({"skeletal_events": {"hypercalcaemia": True}}, {}, True, ()),
        ({"diagnosis": {"bone_suspected": True}}, {}, True, ()),
        ({"diagnosis": {"bone_suspected": True}, "lesions": [bone()]}, {}, False, ()),
        ({"lesions": []}, {}, None, ("symptoms.bone_pain", "symptoms.cord_signs")),
        ({"lesions": [], "symptoms": {"bone_pain": False}}, {}, None, ("symptoms.cord_signs",)),
        ({"lesions": [], "symptoms": {"bone_pain": False, "cord_signs": False}}, {}, False, ()),
        ({"symptoms": {"bone_pain": False, "cord_signs": False}}, {}, None, ("lesions",)),
        (
            {"lesions": [{"id": "X"}], "symptoms": {"bone_pain": False, "cord_signs": False}},
            {},
            None,
            ("lesions[X].organ",),
        ),
        (
            {"lesions": [{"id": "X", "status": "confirmed"}], "symptoms": {"bone_pain": False, "cord_signs": False}},
            {},
            False,
            (),
        ),
        (
            {"lesions": [], "symptoms": {"bone_pain": False, "cord_signs": False}, **_labs(calcium=calcium(3.4))},
            {},
            True,
            (),
        ),
        (
            {"diagnosis": {"bone_metastases": False}, "symptoms": {"bone_pain": False, "cord_signs": False}},
            {},
            False,
            (),
        ),
    ],
    "derived.bone_scan_done": [
        ({"assessments": {"bone_scan_done": False}}, {}, False, ()),
        ({"assessments": {"bone_scan_done": True}}, {}, True, ()),
        ({"lesions": [bone(imaging=["ct", "bone_scan"])]}, {}, True, ()),
        ({"lesions": [bone(imaging=["ct"])]}, {}, None, ("assessments.bone_scan_done",)),
        ({"assessments": {"bone_scan_done": False}, "lesions": [bone(imaging=["bone_scan"])]}, {}, True, ()),
    ],
    "derived.brain_metastases": [
        ({"lesions": [brain()]}, {}, True, ()),
        ({"lesions": [brain(id="C1", status="suspected")]}, {}, None, ("lesions[C1].status",)),
        ({"lesions": [brain(trend="resolved")]}, {}, False, ()),
        ({"lesions": [brain(trend="not_assessed")]}, {}, True, ()),
        ({"lesions": [bone()]}, {}, False, ()),
        ({"lesions": []}, {}, False, ()),
        ({}, {}, None, ("lesions",)),
    ],
    "derived.brain_oligometastases_new": [
        ({"lesions": [brain(is_new=True), brain(is_new=True)]}, {"brain_oligo_max": 3}, True, ()),
        ({"lesions": [brain(is_new=True)] * 4}, {"brain_oligo_max": 3}, False, ()),
        ({"lesions": [brain(is_new=True)]}, {}, None, ("policy.brain_oligo_max",)),
        ({"lesions": [brain(is_new=False)]}, {}, False, ()),
        ({"lesions": [brain(trend="new")]}, {"brain_oligo_max": 1}, True, ()),
        ({"lesions": [brain(id="C1")]}, {"brain_oligo_max": 1}, None, ("lesions[C1].is_new",)),
        (
            {"lesions": [brain(id="C1", status="suspected", is_new=True)]},
            {"brain_oligo_max": 3},
            None,
            ("lesions[C1].status",),
        ),
        (
            {"lesions": [brain(is_new=True), brain(id="C2", status="suspected")]},
            {"brain_oligo_max": 1},
            None,
            ("lesions[C2].status",),
        ),
        ({"lesions": [brain(is_new=True), brain(status="suspected")]}, {"brain_oligo_max": 2}, True, ()),
        ({"lesions": [brain(is_new=True, trend="resolved")]}, {"brain_oligo_max": 2}, False, ()),
        (
            {"lesions": [brain(is_new=False), brain(status="suspected", is_new=True)]},
            {"brain_oligo_max": 1},
            False,
            (),
        ),
        ({"lesions": []}, {}, False, ()),
        ({}, {}, None, ("lesions",)),
        ({"diagnosis": {"brain_oligo_new": True}}, {}, True, ()),
    ],
    "derived.visceral_metastases": [
        ({"lesions": [{"organ": "liver"}]}, {}, True, ()),
        ({"lesions": [{"organ": "pleura", "status": "confirmed"}]}, {}, True, ()),
        ({"lesions": [{"id": "V1", "organ": "lung", "status": "suspected"}]}, {}, None, ("lesions[V1].status",)),
        ({"lesions": [{"organ": "lung", "is_primary": True}]}, {}, False, ()),
        ({"lesions": [{"organ": "liver", "trend": "resolved"}]}, {}, False, ()),
        ({"lesions": [bone(), {"organ": "node"}]}, {}, False, ()),
        ({"lesions": [brain()]}, {}, None, ("policy.cns_counts_as_visceral",)),
        ({"lesions": [brain()]}, {"cns_counts_as_visceral": True}, True, ()),
        ({"lesions": [brain()]}, {"cns_counts_as_visceral": False}, False, ()),
        ({"lesions": [{"id": "X"}]}, {}, None, ("lesions[X].organ",)),
        ({}, {}, None, ("lesions",)),
        ({"diagnosis": {"visceral_metastases": False}, "lesions": [{"organ": "liver"}]}, {}, False, ()),
    ],
    "derived.oligometastatic": [
        ({"lesions": [bone()] * 3}, {"oligomet_max": 3}, True, ()),
        ({"lesions": [bone()] * 4}, {"oligomet_max": 3}, False, ()),
        ({"lesions": [bone()]}, {}, None, ("policy.oligomet_max",)),
        (
            {"lesions": [bone(), bone(), bone(), bone(id="B4", status="suspected")]},
            {"oligomet_max": 3},
            None,
            ("lesions[B4].status",),
        ),
        ({"lesions": [bone(), bone(status="suspected")]}, {"oligomet_max": 3}, True, ()),
        ({"lesions": [bone(id="B1", status="suspected")]}, {"oligomet_max": 3}, None, ("lesions[B1].status",)),
        ({"lesions": []}, {}, False, ()),
        ({"lesions": [bone(trend="resolved"), {"organ": "breast", "is_primary": True}]}, {}, False, ()),
        ({}, {}, None, ("lesions",)),
        ({"diagnosis": {"oligometastatic": True}}, {}, True, ()),
    ],
    "derived.creatinine_clearance": [
        (_kidney(), {}, 56.7, ()),
        (_kidney(sex="male"), {}, 66.7, ()),
        (_kidney(sex="other"), {}, None, ("sex",)),
        (_kidney("sex"), {}, None, ("sex",)),
        (_kidney("age", "weight"), {}, None, ("age", "weight")),
        (_kidney("labs"), {}, None, ("labs.creatinine.value",)),
    ],
    "derived.renal_concern": [
        (_kidney(comorbidities={"renal_insufficiency": True}), {}, True, ()),
        (_kidney(medications=[{"drug": "cisplatin", "status": "active"}]), {}, True, ()),
        (_kidney(medications=[{"drug": "cisplatin", "status": "planned"}]), {"crcl_low": 30}, False, ()),
        (_kidney(medications=[{"id": "M", "drug": "ibuprofen"}]), {"crcl_low": 30}, None, ("medications[M].status",)),
        (
            _kidney(medications=[{"id": "M", "drug": "other", "name": "X", "status": "active"}]),
            {"crcl_low": 30},
            None,
            ("medications[M].class",),
        ),
        (_kidney(treatment={"nephrotoxic_drug": True}), {}, True, ()),
        (_kidney(), {}, None, ("policy.crcl_low",)),
        (_kidney(), {"crcl_low": 30}, False, ()),
        (_kidney(), {"crcl_low": 56.7}, False, ()),
        (_kidney(), {"crcl_low": 60}, True, ()),
        (_kidney("sex"), {"crcl_low": 60}, None, ("sex",)),
        (_kidney("sex"), {"crcl_low": 70}, True, ()),
        (_kidney("sex"), {"crcl_low": 50}, False, ()),
        (_kidney("age", labs={"creatinine": {"value": 620, "unit": "umol/L"}}), {"crcl_low": 30}, True, ()),
        (_kidney("medications"), {"crcl_low": 30}, None, ("medications",)),
        (_kidney("comorbidities"), {"crcl_low": 30}, None, ("comorbidities.renal_insufficiency",)),
        (_kidney("labs"), {}, None, ("labs.creatinine.value", "policy.crcl_low")),
    ],
    "derived.elderly": [
        ({"elderly": False, "age": 90}, {"elderly_age": 65}, False, ()),
        ({"age": 65}, {"elderly_age": 65}, True, ()),
        ({"age": 64.9}, {"elderly_age": 65}, False, ()),
        ({"age": 78}, {}, None, ("elderly", "policy.elderly_age")),
        ({}, {"elderly_age": 65}, None, ("elderly", "age")),
    ],
    "derived.hypercalcaemia": [
        (_labs(calcium=calcium(2.53), albumin=albumin(40)), {}, True, ()),
        (_labs(calcium=calcium(2.52), albumin=albumin(40)), {}, False, ()),
        (_labs(calcium=calcium(2.4), albumin=albumin(34)), {}, False, ()),
        (_labs(calcium=calcium(2.4), albumin=albumin(33)), {}, True, ()),
        (_labs(calcium=calcium(2.7), albumin=albumin(60)), {}, False, ()),
        (
            {"skeletal_events": {"hypercalcaemia": True}, **_labs(calcium=calcium(2.3), albumin=albumin(40))},
            {},
            False,
            (),
        ),
        (_labs(calcium=calcium(2.6)), {}, True, ()),
        (_labs(calcium=calcium(2.3)), {}, None, ("labs.albumin.value",)),
        ({"skeletal_events": {"hypercalcaemia": True}, **_labs(calcium=calcium(2.3))}, {}, True, ()),
        (_labs(calcium=calcium(1.7)), {}, False, ()),
        ({"skeletal_events": {"hypercalcaemia": True}}, {}, True, ()),
        ({"skeletal_events": {"hypercalcaemia": False}}, {}, None, ("labs.calcium.value",)),
        (_labs(calcium=calcium(3.4, None), albumin=albumin(40)), {}, True, ()),
        (_labs(calcium=calcium(2.75, None), albumin=albumin(40)), {}, None, ("labs.calcium.reference_high",)),
        (_labs(calcium=calcium(2.5, None), albumin=albumin(40)), {}, False, ()),
        (_labs(calcium=calcium(4.6, None)), {}, True, ()),
        (_labs(calcium=calcium(1.7, None)), {}, False, ()),
        (_labs(calcium=calcium(2.6, None)), {}, None, ("labs.calcium.reference_high", "labs.albumin.value")),
        (_labs(calcium=calcium(2.6, None, interpretation="high"), albumin=albumin(40)), {}, True, ()),
        (_labs(calcium=calcium(4.6, None, interpretation="normal"), albumin=albumin(40)), {}, True, ()),
        (_labs(calcium=calcium(None), albumin=albumin(40)), {}, None, ("labs.calcium.value",)),
        (_labs(calcium={"interpretation": "high"}), {}, True, ()),
        (_labs(calcium={"interpretation": "normal"}), {}, None, ("labs.albumin.value",)),
        (_labs(calcium={"interpretation": "normal"}, albumin=albumin(42)), {}, False, ()),
        (_labs(calcium={"interpretation": "high"}, albumin=albumin(60)), {}, None, ("labs.calcium.value",)),
        ({}, {}, None, ("labs.calcium.value", "labs.calcium.reference_high", "labs.albumin.value")),
        (
            _labs(
                calcium={"value": 10.3, "unit": "mg/dL", "reference_high": 10.2}, albumin={"value": 4, "unit": "g/dL"}
            ),
            {},
            True,
            (),
        ),
    ],
    "derived.hypocalcaemia": [
        (_labs(calcium=calcium(1.92, low=2.11), albumin=albumin(40)), {}, True, ()),
        (_labs(calcium=calcium(2.11, low=2.11), albumin=albumin(40)), {}, False, ()),
        (_labs(calcium=calcium(2.0, low=2.11), albumin=albumin(30)), {}, False, ()),
        (_labs(calcium=calcium(2.0, low=2.11)), {}, True, ()),
        (_labs(calcium=calcium(2.3, low=2.11)), {}, None, ("labs.albumin.value",)),
        (_labs(calcium=calcium(3.0, low=2.11)), {}, False, ()),
        (_labs(calcium=calcium(1.9)), {}, True, ()),
        (_labs(calcium=calcium(1.3, None)), {}, True, ()),
        (_labs(calcium=calcium(2.0), albumin=albumin(40)), {}, None, ("labs.calcium.reference_low",)),
        (_labs(calcium=calcium(2.25), albumin=albumin(40)), {}, False, ()),
        (_labs(calcium={"interpretation": "low"}), {}, True, ()),
        ({}, {}, None, ("labs.calcium.value",)),
    ],
    "derived.skeletal_event_on_bone_agent": [
        ({"skeletal_events": {"on_bma": True}}, {}, True, ()),
        ({"skeletal_events": {"pathological_fracture": True}, "medications": [ZOLEDRONATE]}, {}, True, ()),
        ({"skeletal_events": {"vertebral_fracture": True}, "medications": [DENOSUMAB]}, {}, False, ()),
        ({"skeletal_events": {"cord_compression": True}}, {}, None, ("medications",)),
        (
            {"skeletal_events": {"hypercalcaemia": True}, "medications": [ZOLEDRONATE]}
            | _labs(calcium=calcium(2.3), albumin=albumin(40)),
            {},
            True,
            (),
        ),
        ({"medications": [ZOLEDRONATE], **_labs(calcium=calcium(3.0))}, {}, True, ()),
        ({"medications": [ZOLEDRONATE]}, {}, False, ()),
        ({}, {}, False, ()),
        (
            {
                "skeletal_events": {"pathological_fracture": True},
                "medications": [{"id": "A", "drug": "alendronate", "status": "active"}],
            },
            {},
            None,
            ("medications[A].indication",),
        ),
        (
            {
                "skeletal_events": {"pathological_fracture": True},
                "medications": [{"drug": "denosumab", "status": "active", "indication": "osteoporosis"}],
            },
            {},
            False,
            (),
        ),
    ],
    "derived.marked_lvef_decline": [
        (
            {"cardiac": {"marked_decline": False, "lvef_baseline": 63, "lvef_latest": 40}},
            {"lvef_drop_abs": 10},
            False,
            (),
        ),
        ({"cardiac": {"lvef_baseline": 63, "lvef_latest": 53}}, {"lvef_drop_abs": 10}, True, ()),
        ({"cardiac": {"lvef_baseline": 63, "lvef_latest": 54}}, {"lvef_drop_abs": 10}, False, ()),
        ({"cardiac": {"lvef_baseline": 60, "lvef_latest": 60}}, {}, False, ()),
        (
            {"cardiac": {"lvef_baseline": 63, "lvef_latest": 53}},
            {},
            None,
            ("cardiac.marked_decline", "policy.lvef_drop_abs"),
        ),
        ({"cardiac": {"lvef_latest": 53}}, {"lvef_drop_abs": 10}, None, ("cardiac.lvef_baseline",)),
        ({"cardiac": {"lvef_latest": 93}}, {"lvef_drop_abs": 10}, False, ()),
        (
            {},
            {},
            None,
            ("cardiac.marked_decline", "cardiac.lvef_baseline", "cardiac.lvef_latest", "policy.lvef_drop_abs"),
        ),
    ],
    "derived.radiotherapy_in_anti_her2_course": [
        ({"radiotherapy": [{"status": "planned"}]}, {}, True, ()),
        ({"radiotherapy": [{"status": "ongoing"}]}, {}, True, ()),
        ({"radiotherapy": [{"status": "completed", "during_current_antiher2": True}]}, {}, True, ()),
        ({"radiotherapy": [{"status": "completed", "during_current_antiher2": False}]}, {}, False, ()),
        (
            {"radiotherapy": [{"id": "R", "status": "completed"}]},
            {},
            None,
            ("radiotherapy[R].during_current_antiher2",),
        ),
        ({"radiotherapy": [{"id": "R"}]}, {}, None, ("radiotherapy[R].status",)),
        ({"radiotherapy": [{"during_current_antiher2": True}]}, {}, True, ()),
        ({"radiotherapy": []}, {}, False, ()),
        ({}, {}, None, ("radiotherapy",)),
    ],
    "derived.bone_agent_listed_twice": [
        (
            {"medications": [DENOSUMAB, {"drug": "denosumab", "status": "active", "indication": "osteoporosis"}]},
            {},
            True,
            (),
        ),
        ({"medications": [DENOSUMAB, {"drug": "denosumab", "status": "stopped"}]}, {}, False, ()),
        ({"medications": [{"id": "1", "drug": "denosumab"}, DENOSUMAB]}, {}, None, ("medications[1].status",)),
        ({"medications": [{"id": "1", "status": "active"}, DENOSUMAB]}, {}, None, ("medications[1].drug",)),
        ({"medications": [ZOLEDRONATE, DENOSUMAB, {"drug": "zoledronate", "status": "planned"}]}, {}, True, ()),
        ({"medications": [ZOLEDRONATE, DENOSUMAB]}, {}, False, ()),
        (
            {"medications": [{"drug": "calcium", "status": "active"}, {"drug": "calcium", "status": "active"}]},
            {},
            False,
            (),
        ),
        ({"medications": [_unlisted("Agent X"), _unlisted("agent x")]}, {}, True, ()),
        ({"medications": [_unlisted("Agent X"), _unlisted("Agent Y")]}, {}, False, ()),
        ({"medications": [ZOLEDRONATE, _some("bone_modifying_agent")]}, {}, None, ("medications[X].drug",)),
        ({"medications": [ZOLEDRONATE, _some("bisphosphonate")]}, {}, None, ("medications[X].drug",)),
        ({"medications": [DENOSUMAB, _some("bisphosphonate")]}, {}, False, ()),
        (
            {"medications": [ZOLEDRONATE, _some()]},
            {},
            None,
            ("medications[X].class", "medications[X].drug"),
        ),
        (
            {"medications": [_some("bisphosphonate"), {**_some("bone_modifying_agent"), "id": "Y", "name": "Y"}]},
            {},
            None,
            ("medications[X].drug", "medications[Y].drug"),
        ),
        (
            {"medications": [{**ZOLEDRONATE, "stop_date": "2026-03-01"}, {**ZOLEDRONATE, "start_date": "2026-03-01"}]},
            {},
            True,
            (),
        ),
        ({"medications": []}, {}, False, ()),
        ({}, {}, None, ("medications",)),
    ],
    "derived.bone_agents_together": [
        ({"medications": [ZOLEDRONATE, DENOSUMAB]}, {}, True, ()),
        ({"medications": [ZOLEDRONATE, {"drug": "pamidronate", "status": "planned"}]}, {}, True, ()),
        (
            {"medications": [{"drug": "alendronate", "status": "active", "indication": "osteoporosis"}, DENOSUMAB]},
            {},
            True,
            (),
        ),
        (
            {"medications": [{"drug": "zoledronate", "status": "stopped", "stop_reason": "switch"}, DENOSUMAB]},
            {},
            False,
            (),
        ),
        ({"medications": [{"drug": "denosumab", "status": "active"}, DENOSUMAB]}, {}, False, ()),
        (
            {"medications": [ZOLEDRONATE, DENOSUMAB], "plans": {"stop_bma": True, "stop_bma_reason": "switch"}},
            {},
            False,
            (),
        ),
        (
            {
                "medications": [ZOLEDRONATE, {"drug": "denosumab", "status": "active"}],
                "plans": {"stop_bma": True, "stop_bma_reason": "switch"},
            },
            {},
            True,
            (),
        ),
        ({"medications": [ZOLEDRONATE, DENOSUMAB], "plans": {"stop_bma": True}}, {}, True, ()),
        (
            {
                "medications": [
                    {**ZOLEDRONATE, "stop_date": "2026-03-01"},
                    {**DENOSUMAB, "start_date": "2026-03-01"},
                ]
            },
            {},
            False,
            (),
        ),
        (
            {
                "medications": [
                    {**ZOLEDRONATE, "stop_date": "2026-05-01"},
                    {**DENOSUMAB, "start_date": "2026-03-29"},
                ]
            },
            {},
            True,
            (),
        ),
        ({"medications": [{**ZOLEDRONATE, "stop_date": "2026-03-01"}, DENOSUMAB]}, {}, True, ()),
        ({"medications": [ZOLEDRONATE, {"id": "D", "drug": "denosumab"}]}, {}, None, ("medications[D].status",)),
        (
            {"medications": [ZOLEDRONATE, DENOSUMAB, {"drug": "pamidronate"}]},
            {},
            True,
            (),
        ),
        ({"medications": [ZOLEDRONATE, {"drug": "zoledronate"}]}, {}, False, ()),
        ({"medications": [ZOLEDRONATE, {"id": "X", "status": "active"}]}, {}, None, ("medications[X].drug",)),
        (
            {
                "medications": [
                    ZOLEDRONATE,
                    {"drug": "other", "name": "N", "class": ["bisphosphonate"], "status": "active"},
                ]
            },
            {},
            True,
            (),
        ),
        (
            {"medications": [ZOLEDRONATE, {"id": "O", "drug": "other", "name": "N", "status": "active"}]},
            {},
            None,
            ("medications[O].class",),
        ),
        ({"medications": [ZOLEDRONATE]}, {}, False, ()),
        ({"medications": []}, {}, False, ()),
        ({}, {}, None, ("medications",)),
    ],
    "derived.bone_agent_stop_reason": [
        ({"plans": {"stop_bma": True, "stop_bma_reason": "pain_relief"}}, {}, ("pain_relief",), ()),
        ({"plans": {"stop_bma": True}}, {}, None, ("plans.stop_bma_reason",)),
        (
            {"medications": [{"drug": "zoledronate", "status": "stopped", "stop_reason": "stable_disease"}]},
            {},
            ("stable_disease",),
            (),
        ),
        (
            {"medications": [{"id": "Z", "drug": "zoledronate", "status": "stopped"}]},
            {},
            None,
            ("medications[Z].stop_reason",),
        ),
        (
            {
                "medications": [
                    {
                        "drug": "alendronate",
                        "status": "stopped",
                        "stop_reason": "stable_disease",
                        "indication": "osteoporosis",
                    }
                ]
            },
            {},
            (),
            (),
        ),
        ({"medications": [ZOLEDRONATE]}, {}, (), ()),
        ({}, {}, None, ("medications",)),
    ],
}


@pytest.mark.parametrize(
    ("fact", "profile", "policy", "value", "asks"),
    [pytest.param(fact, *case, id=f"{fact}-{n}") for fact, cases in CASES.items() for n, case in enumerate(cases)],
)
def test_derived(fact: str, profile: dict[str, Any], policy: dict[str, Any], value: Any, asks: tuple[str, ...]) -> None:
    finding = found(fact, profile, **policy)
    assert finding.value == value
    assert set(asks) <= set(finding.missing)
    assert bool(finding.missing) is (value is None)


def test_what_a_conclusion_rests_on_is_named() -> None:
    together = found("derived.bone_agents_together", {"medications": [{**ZOLEDRONATE, "id": "Z"}, DENOSUMAB]})
    assert set(together.used) == {f"medications[{item}].{field}" for item in "ZD" for field in ("drug", "status")}
    assert found("derived.bone_metastases", {"lesions": [bone(id="B1")]}).used == (
        "lesions[B1].organ",
        "lesions[B1].status",
    )
    assert found("derived.bone_metastases", {"lesions": []}).used == ("lesions",)
    assert found("derived.her2_status", {"biomarkers": {"her2_ihc": "3+"}}).used == ("biomarkers.her2_ihc",)


def test_a_local_setting_that_decided_is_named() -> None:
    finding = found(
        "derived.marked_lvef_decline", {"cardiac": {"lvef_baseline": 60, "lvef_latest": 40}}, lvef_drop_abs=10
    )
    assert "policy.lvef_drop_abs" in finding.used


def test_without_a_maximum_the_clinicians_own_word_is_asked_for_and_not_what_it_would_count() -> None:
    assert found("derived.oligometastatic", {"lesions": [bone(), bone(status="suspected")]}).missing == (
        "diagnosis.oligometastatic",
        "policy.oligomet_max",
    )
    brain = {"organ": "brain", "status": "confirmed", "is_new": True}
    assert found("derived.brain_oligometastases_new", {"lesions": [brain]}).missing == (
        "diagnosis.brain_oligo_new",
        "policy.brain_oligo_max",
    )
