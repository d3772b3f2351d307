"""The first line is the one a doctor on call would say aloud, for a patient of each kind."""

from __future__ import annotations

from typing import Any

import pytest

from oncocds.engine import Engine

ENGINE = Engine.load()
NO_SIGNS = {"cord_signs": False, "hypercalcaemia_like": False}


def bone(name: str, site: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "organ": "bone", "site": site, "status": "imaging_positive", **more}


def calcium(value: float) -> dict[str, Any]:
    return {"value": value, "unit": "mmol/L", "reference_low": 2.11, "reference_high": 2.52}


def drug(name: str, status: str = "active", **more: Any) -> dict[str, Any]:
    return {"drug": name, "status": status, **more}


BREAST = {"tumour_type": "breast", "extent": "metastatic"}
LUNG = {"tumour_type": "nsclc", "extent": "metastatic"}
PATIENTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "a marked fall of the LVEF during radiotherapy": (
        {
            "diagnosis": {"tumour_type": "breast", "extent": "early", "laterality": "left"},
            "biomarkers": {"her2_status": "positive"},
            "lesions": [],
            "medications": [drug("trastuzumab"), drug("pertuzumab")],
            "radiotherapy": [{"site": "breast", "laterality": "left", "status": "ongoing"}],
            "cardiac": {"lvef_baseline": 63, "lvef_latest": 44, "marked_decline": True},
        },
        "act-on-lvef-fall",
        "44 %",
    ),
    "a second bone agent": (
        {
            "diagnosis": BREAST,
            "lesions": [bone("F", "femur", painful=True)],
            "medications": [drug("denosumab"), drug("zoledronate", "planned")],
            "symptoms": NO_SIGNS,
        },
        "avoid-combining-bone-agents",
        "只能替换，不可叠加",
    ),
    "cord signs in lung cancer": (
        {
            "diagnosis": LUNG,
            "lesions": [bone("T6", "thoracic_spine", cord_threat=True)],
            "medications": [drug("pembrolizumab")],
            "symptoms": {"cord_signs": True, "bone_pain": True},
        },
        "spinal-cord-compression-alert",
        "请立即上报",
    ),
    "a painful lytic vertebra that nobody has judged": (
        {
            "diagnosis": LUNG,
            "lesions": [bone("L4", "lumbar_spine", bone_pattern="lytic", pain_significant=True)],
            "medications": [],
        },
        "lesions[L4].spinal_instability",
        "脊柱不稳？",
    ),
    "hypercalcaemia while calcium is taken": (
        {
            "diagnosis": BREAST,
            "lesions": [bone("SK", "skull")],
            "medications": [drug("denosumab"), drug("calcium_vitamin_d")],
            "labs": {"calcium": calcium(3.2), "albumin": {"value": 40, "unit": "g/L"}},
        },
        "hypercalcaemia-alert",
        "请复核是否停用",
    ),
    "low calcium before denosumab in a tumour without rules": (
        {
            "diagnosis": {"tumour_type": "prostate"},
            "lesions": [bone("PV", "pelvis")],
            "medications": [drug("denosumab", "planned")],
            "labs": {"calcium": calcium(1.6), "albumin": {"value": 40, "unit": "g/L"}},
        },
        "hypocalcaemia-with-bone-agent",
        "先纠正低钙",
    ),
    "a femur about to break": (
        {
            "diagnosis": BREAST,
            "lesions": [bone("FEM", "femur", bone_pattern="lytic", painful=True, impending_fracture=True)],
            "medications": [],
        },
        "surgical-review-before-fracture",
        "骨折或截瘫发生前",
    ),
    "a drug nobody knows beside denosumab": (
        {
            "diagnosis": BREAST,
            "lesions": [bone("R", "rib")],
            "medications": [drug("denosumab"), {"id": "X", "drug": "other", "name": "院内制剂", "status": "active"}],
            "symptoms": NO_SIGNS,
        },
        "medications[X].class",
        "药物类别？",
    ),
    "a liver cancer outside what the trial took in": (
        {
            "diagnosis": {"tumour_type": "hcc"},
            "hcc": {"bclc": "B", "child_pugh": "B", "n_intrahepatic": 7, "sum_diameter_cm": 21},
            "medications": [drug("sorafenib", "planned")],
            "radiotherapy": [{"site": "liver", "technique": "sbrt", "status": "planned"}],
            "lesions": [],
        },
        "outside-rtog1112-criteria",
        "Child-Pugh B级",
    ),
    "zoledronic acid where the kidney fails, signs asked for": (
        {
            "age": 67,
            "sex": "male",
            "weight": {"value": 70, "unit": "kg"},
            "diagnosis": {"tumour_type": "sclc", "bone_metastases": True},
            "lesions": [],
            "medications": [drug("zoledronate")],
            "symptoms": NO_SIGNS,
            "biomarkers": {"ret_fusion": "negative"},
            "labs": {"creatinine": {"value": 260, "unit": "umol/L"}, "calcium": calcium(2.3)},
        },
        "zoledronate-in-severe-renal-impairment",
        "不推荐使用",
    ),
}


@pytest.mark.parametrize("kind", PATIENTS)
def test_the_first_line_is_the_one_to_say_aloud(kind: str) -> None:
    patient, ref, said = PATIENTS[kind]
    first = ENGINE.evaluate(patient, as_of="2026-01-01").briefing[0]
    assert first.ref == ref
    assert said in first.line.zh
    assert first.line.en
