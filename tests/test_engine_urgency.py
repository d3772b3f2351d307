"""What is more urgent in some patients than in others: a rule is raised by what is recorded, not for everybody."""

from __future__ import annotations

from typing import Any

import pytest

from oncocds.engine import Engine

BONE = {"organ": "bone", "site": "rib", "status": "confirmed", "symptomatic": True}
ON_AGENT: dict[str, Any] = {
    "diagnosis": {"tumour_type": "breast", "extent": "metastatic"},
    "lesions": [BONE],
    "medications": [{"drug": "denosumab", "status": "active", "indication": "bone_metastasis"}],
    "symptoms": {"bone_pain": True, "bone_pain_relieved": True},
}
NODE_POSITIVE: dict[str, Any] = {
    "diagnosis": {"tumour_type": "breast", "extent": "early", "nodal_status": "positive"},
    "biomarkers": {"her2_status": "positive"},
    "radiotherapy": [],
}
SORAFENIB: dict[str, Any] = {
    "diagnosis": {"tumour_type": "hcc"},
    "medications": [{"drug": "sorafenib", "status": "active"}],
}
SUSPECTED: dict[str, Any] = {
    "diagnosis": {"tumour_type": "breast"},
    "lesions": [{"organ": "bone", "site": "femur", "status": "suspected", "imaging": ["pet_ct", "mri"]}],
}


def urgency(engine: Engine, patient: dict[str, Any], rule: str) -> str:
    (found,) = {
        ground.urgency for item in engine.evaluate(patient).advice for ground in item.grounds if ground.rule == rule
    }
    return found


@pytest.mark.parametrize(
    ("rule", "patient", "raising"),
    [
        ("BCBM-47", ON_AGENT, {"plans": {"stop_bma": True}}),
        ("BCBM-48", ON_AGENT, {"plans": {"stop_bma": True}}),
        ("HER2RT-02", NODE_POSITIVE, {"surgeries": ["mastectomy"]}),
        ("HCCSBRT-22", SORAFENIB, {"radiotherapy": [{"site": "liver", "status": "planned"}]}),
        ("HCCSBRT-23", SORAFENIB, {"radiotherapy": [{"site": "liver", "status": "ongoing"}]}),
    ],
)
def test_information_becomes_a_warning_where_there_is_something_to_warn_of(
    engine: Engine, rule: str, patient: dict[str, Any], raising: dict[str, Any]
) -> None:
    assert urgency(engine, patient, rule) == "info"
    assert urgency(engine, patient | raising, rule) == "warning"


def test_completed_liver_radiotherapy_is_not_in_view(engine: Engine) -> None:
    past = {"radiotherapy": [{"site": "liver", "status": "completed"}]}
    assert urgency(engine, SORAFENIB | past, "HCCSBRT-22") == "info"


def test_a_bone_scan_that_was_not_done_is_no_warning(engine: Engine) -> None:
    assert urgency(engine, SUSPECTED, "BCBM-10") == "info"


@pytest.mark.parametrize(("on_agent", "said"), [(True, True), (None, False)])
def test_an_event_is_said_to_have_come_during_treatment_only_where_that_is_recorded(
    engine: Engine, on_agent: bool | None, said: bool
) -> None:
    event: dict[str, Any] = {"pathological_fracture": True} | ({} if on_agent is None else {"on_bma": on_agent})
    evaluation = engine.evaluate(ON_AGENT | {"skeletal_events": event})
    (text,) = {g.text for item in evaluation.advice for g in item.grounds if g.rule == "BCBM-65"}
    assert ("期间" in text.zh) is said
    assert ("during" in text.en) is said


def test_an_event_that_did_not_come_on_the_agent_does_not_speak_against_stopping_it(engine: Engine) -> None:
    event = {"skeletal_events": {"pathological_fracture": True, "on_bma": False}}
    assert engine.evaluate(ON_AGENT | event).verdicts["BCBM-65"] == "silent"


@pytest.mark.parametrize("drugs", [["atezolizumab", "bevacizumab"], ["pembrolizumab"]])
def test_other_systemic_therapy_of_liver_cancer_is_told_that_the_source_studied_sorafenib(
    engine: Engine, drugs: list[str]
) -> None:
    def notices(*names: str) -> set[str]:
        medications = [{"drug": name, "status": "active"} for name in names]
        patient = {"diagnosis": {"tumour_type": "hcc"}, "medications": medications}
        return {notice.id for notice in engine.evaluate(patient).notices}

    assert "source-studied-sorafenib" in notices(*drugs)
    assert "source-studied-sorafenib" not in notices("sorafenib", *drugs)
    assert "source-studied-sorafenib" not in notices("morphine")


LESIONS = [
    {"organ": "lung", "status": "confirmed", "is_primary": True, "trend": "residual"},
    {"organ": "bone", "status": "confirmed", "trend": "stable"},
    {"organ": "bone", "status": "confirmed", "trend": "stable"},
]


@pytest.mark.parametrize(
    ("assertion", "patient"),
    [
        ("diagnosis.oligoresidual", {"treatment": {"response_plateau": True, "timepoint": "on_treatment"}}),
        (
            "diagnosis.oligoprogression",
            {
                "treatment": {"on_systemic": True, "timepoint": "on_treatment"},
                "lesions": [*LESIONS, {"organ": "bone", "status": "confirmed", "trend": "progressing"}],
            },
        ),
        ("diagnosis.oligomet_baseline", {"treatment": {"timepoint": "initial_diagnosis"}}),
    ],
)
def test_without_a_maximum_of_the_site_the_clinicians_own_word_is_asked_for(
    engine: Engine, assertion: str, patient: dict[str, Any]
) -> None:
    whole = {"diagnosis": {"tumour_type": "nsclc", "extent": "metastatic"}, "lesions": LESIONS, **patient}
    assert assertion in {one.fact for one in engine.evaluate(whole).questions.clinician}


def test_the_clinicians_own_word_on_few_metastases_of_breast_cancer_and_on_age_is_asked_for(engine: Engine) -> None:
    patient = {"age": 70, "diagnosis": {"tumour_type": "breast"}, "lesions": [BONE]}
    asked = {one.fact for one in engine.evaluate(patient).questions.clinician}
    assert "diagnosis.oligometastatic" in asked
    fractured = {**patient, "lesions": [], "skeletal_events": {"vertebral_fracture": True}}
    assert "elderly" in {one.fact for one in engine.evaluate(fractured).questions.clinician}
