"""What the answer says in RET-fusion-positive lung cancer: nothing silent, nothing beyond the source's words."""

from __future__ import annotations

from typing import Any

import pytest

from oncocds import Engine
from oncocds.advice.result import AdviceItem, Evaluation, Ground

Plain = dict[str, Any]
REVIEW = "impending-fracture-surgery-first"
FEMUR: Plain = {"site": "femur", "impending_fracture": True}
HUMERUS: Plain = {"site": "humerus", "impending_fracture": True}
PELVIS: Plain = {"site": "pelvis", "impending_fracture": True}
RIB: Plain = {"site": "rib"}
PRALSETINIB: Plain = {"id": "P", "drug": "pralsetinib", "status": "active"}


def ret(*lesions: Plain, fusion: str | None = "positive", tumour: str | None = "nsclc", **more: Any) -> Plain:
    return {
        "diagnosis": {"tumour_type": tumour},
        "biomarkers": {"ret_fusion": fusion},
        "lesions": [
            {"id": f"B{n}", "organ": "bone", "status": "imaging_positive", **one} for n, one in enumerate(lesions, 1)
        ],
        "medications": [],
        "radiotherapy": [],
        **more,
    }


def item_of(evaluation: Evaluation, action: str, lesion: str | None = None) -> AdviceItem:
    return next(item for item in evaluation.advice if (item.action, item.lesion) == (action, lesion))


def ground_of(evaluation: Evaluation, rule: str) -> Ground:
    return next(ground for item in evaluation.advice for ground in item.grounds if ground.rule == rule)


def notices_of(evaluation: Evaluation) -> set[str]:
    return {notice.id for notice in evaluation.notices}


@pytest.mark.parametrize(
    ("patient", "verdict", "shown"),
    [
        (ret(FEMUR), "fires", False),
        (ret({**FEMUR, "solitary": True}, RIB), "fires", False),
        (ret({**FEMUR, "solitary": True}, HUMERUS), "fires", True),
        (ret(FEMUR, RIB), "undetermined", True),
        (ret(PELVIS), "undetermined", True),
        (ret(HUMERUS), "silent", True),
        (ret({**FEMUR, "solitary": False}, RIB), "silent", True),
        (ret(FEMUR, fusion="pending"), "undetermined", True),
        (ret(FEMUR, fusion=None), "undetermined", True),
        (ret(FEMUR, fusion="negative"), "silent", True),
        (ret({**FEMUR, "status": "suspected"}), "undetermined", True),
        (ret(FEMUR, tumour=None), "undetermined", True),
        (ret(FEMUR, tumour="thyroid"), "silent", True),
        (ret({"site": "femur", "impending_fracture": False}), "silent", False),
    ],
)
def test_an_impending_fracture_is_never_silent(strict: Engine, patient: Plain, verdict: str, shown: bool) -> None:
    evaluation = strict.evaluate(patient)
    assert evaluation.verdicts["RETBM-14"] == verdict
    assert (REVIEW in notices_of(evaluation)) is shown
