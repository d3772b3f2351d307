"""A lesion recorded as primary: a second tumour is asked about, no metastasis made of it, and no danger silenced."""

from __future__ import annotations

from typing import Any

import pytest

from oncocds import Engine
from oncocds.knowledge.knowledge import Knowledge
from oncocds.profile.policy import STRICT


@pytest.fixture(scope="module")
def engine(knowledge: Knowledge) -> Engine:
    return Engine(knowledge, STRICT)


def patient(tumour: str, *lesions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"diagnosis": {"tumour_type": tumour}, "lesions": list(lesions), **more}


BONE = {"id": "B1", "organ": "bone", "status": "imaging_positive", "is_primary": True}
QUIET = {"symptoms": {"bone_pain": False, "cord_signs": False}}


@pytest.mark.parametrize("tumour", ["breast", "nsclc", "hcc"])
def test_a_bone_lesion_recorded_as_primary_is_no_bone_metastasis(engine: Engine, tumour: str) -> None:
    answer = engine.evaluate(patient(tumour, BONE, **QUIET))
    assert [conflict.id for conflict in answer.data_conflicts] == ["second-primary"]
    for rule in ("BCBM-41", "BCBM-46", "LCBM-25", "LCBM-28"):
        assert answer.verdicts[rule] != "fires", rule


def test_a_second_primary_in_the_lung_is_asked_about(engine: Engine) -> None:
    answer = engine.evaluate(
        patient(
            "breast",
            {"id": "BR", "organ": "breast", "status": "confirmed", "is_primary": True},
            {"id": "LU", "organ": "lung", "status": "confirmed", "is_primary": True},
        )
    )
    (conflict,) = answer.data_conflicts
    assert (conflict.id, conflict.severity) == ("second-primary", "contradiction")
    assert "第二原发" in conflict.text.zh
    assert conflict.asks == ["lesions[LU].is_primary"]
    assert "lesions[LU].is_primary" in {question.fact for question in answer.questions.clinician}


@pytest.mark.parametrize("danger", ["cord_threat", "spinal_instability"])
@pytest.mark.parametrize("tumour", ["breast", "nsclc", "sclc", "hcc", "gastric"])
@pytest.mark.parametrize("more", [{}, QUIET, {"symptoms": {"cord_signs": True}}])
def test_a_threatened_cord_is_critical_whatever_the_lesion_is_called(
    engine: Engine, tumour: str, danger: str, more: dict[str, Any]
) -> None:
    answer = engine.evaluate(patient(tumour, {**BONE, "site": "thoracic_spine", danger: True}, **more))
    assert "threatened-cord-from-a-lesion-called-primary" in {
        notice.id for notice in answer.notices if notice.urgency == "critical"
    }


def test_pregnancy_is_said_in_one_line(engine: Engine) -> None:
    (notice,) = (
        notice
        for notice in engine.evaluate({"diagnosis": {"tumour_type": "breast"}, "pregnant": True}).notices
        if notice.id == "pregnancy-not-considered"
    )
    assert notice.urgency == "warning"
