"""For whom the answer is: patients are named only where rule and document allow it, and never by what stepped back."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest

from corpus import SCENARIOS
from oncocds import Engine
from oncocds.cli.show import evaluation_text, rule_text
from oncocds.knowledge.audience import audience
from oncocds.knowledge.knowledge import Knowledge
from oncocds.reference.pages import Reference

ALLOWED = {"her2-radiotherapy", "breast-bone-metastases", "ret-bone-metastases"}
FOR_PATIENTS = {
    "HER2RT-17",
    "HER2RT-19",
    "HER2RT-22",
    "HER2RT-23",
    "RETBM-02",
    "RETBM-09",
    "RETBM-18",
    "RETBM-22",
}
COURSE = {
    "diagnosis": {"tumour_type": "breast"},
    "biomarkers": {"her2_status": "positive"},
    "medications": [{"id": "M1", "drug": "trastuzumab", "status": "active"}],
    "radiotherapy": [{"id": "R1", "site": "breast", "status": "ongoing"}],
}
LIVER = {
    "diagnosis": {"tumour_type": "hcc"},
    "medications": [{"id": "M1", "drug": "sorafenib", "status": "active"}],
    "radiotherapy": [{"id": "R1", "site": "liver", "technique": "sbrt", "status": "planned"}],
}


def test_the_documents_that_allow_patient_education(knowledge: Knowledge) -> None:
    assert {document.id for document in knowledge.documents.values() if document.patient_education} == ALLOWED


def test_the_rules_that_patients_may_read(knowledge: Knowledge) -> None:
    named = {
        rule.id
        for rule in knowledge.rules.values()
        if audience(rule, knowledge.documents[rule.document]) == "professional_and_patient"
    }
    assert named == FOR_PATIENTS
    assert "BCBM-26" not in named  # the goal of care is a talk for the physician to have


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        ("HER2RT-22", {"kind": "recommendation"}),
        ("HER2RT-22", {"recipients": ("medical_oncologist",)}),
        ("HER2RT-22", {"document": "hcc-sbrt-sorafenib"}),
        ("HER2RT-22", {"document": "lung-bone-metastases"}),
    ],
)
def test_rule_and_document_must_agree(knowledge: Knowledge, rule: str, changes: dict[str, object]) -> None:
    own = knowledge.rules[rule]
    assert audience(own, knowledge.documents[own.document]) == "professional_and_patient"
    changed = dataclasses.replace(own, **changes)  # type: ignore[arg-type]
    assert audience(changed, knowledge.documents[changed.document]) == "professional"


def test_every_item_and_ground_says_for_whom_it_is(engine: Engine) -> None:
    evaluation = engine.evaluate(COURSE)
    grounds = {ground.rule: ground for item in evaluation.advice for ground in item.grounds}
    assert grounds["HER2RT-22"].audience.zh == "医务人员；经医师审核后可用于患者教育"
    assert grounds["HER2RT-15"].audience.zh == "医务人员"
    assert [(one.code, one.zh, one.en) for one in grounds["HER2RT-22"].recipients] == [
        ("patient", "患者", "patient"),
        ("family", "家属", "family"),
    ]
    talk = next(item for item in evaluation.advice if item.action == "talk-with-the-patient")
    assert talk.audience.code == "professional_and_patient"


def test_nothing_of_the_liver_document_is_for_patients(engine: Engine) -> None:
    evaluation = engine.evaluate(LIVER)
    assert evaluation.advice
    assert {item.audience.code for item in evaluation.advice} == {"professional"}


@pytest.mark.parametrize("case", SCENARIOS, ids=lambda case: f"{case['scenario']}-{case['case']}")
def test_patients_are_named_only_where_every_ground_allows_it(engine: Engine, case: dict[str, Any]) -> None:
    for item in engine.evaluate(case["patient"], case["policy"]).advice:
        codes = {ground.audience.code for ground in item.grounds}
        assert item.audience.code == (
            "professional_and_patient" if codes == {"professional_and_patient"} else "professional"
        )
        for ground in item.grounds:
            if ground.audience.code == "professional_and_patient":
                assert ground.rule in FOR_PATIENTS
                assert (ground.kind, ground.status) == ("education", "active")


def test_the_command_line_says_for_whom(engine: Engine, knowledge: Knowledge) -> None:
    printed = evaluation_text(engine.evaluate(COURSE), knowledge.vocabulary, "zh", full=True)
    assert "对象: 医务人员；经医师审核后可用于患者教育 · 涉及: 患者、家属" in printed
    english = evaluation_text(engine.evaluate(COURSE), knowledge.vocabulary, "en", full=True)
    assert "for: health professionals · concerns: " in english
    assert len(re.findall(r"^ {6}for: ", english, re.MULTILINE)) == sum(
        len(item.grounds) for item in engine.evaluate(COURSE).advice
    )
    assert "对象: 医务人员\n" in rule_text(Reference(knowledge).rules["HCCSBRT-01"], knowledge.vocabulary, "zh")
