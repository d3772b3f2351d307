"""A drug that is called active beside a reason for that status, and one whose dose is zero: whether it is in use."""

from __future__ import annotations

import re
from typing import Any

import pytest

from fhir_support import ICD10, SNOMED, Resource, ago, concept, fact, given, mapped, reasons, request, statement
from oncocds_fhir.mapping import Mapped

DENOSUMAB = "地舒单抗"
STATUS = "medications[denosumab].status"
ORDERED = {"authoredOn": "2025-01-01"}
AGAINST = re.split(
    "[|\n]",
    """颌骨坏死|毒性|进展|不良反应|toxicity|ONJ|低钙血症|肾功能不全|疾病进展|PD|过敏|皮疹3级|患者要求|经济原因|死亡|妊娠
progression|hypocalcemia|not tolerated|no longer needed|end of therapy|无需治疗|不需要|治疗终点|有效性欠佳|无效|出院
续方，因皮疹|骨转移进展|LVEF下降|治疗相关心功能不全|手术|拟拔牙|patient request|no need|骨转移待排""",
)
NOT_AGAINST = re.split(
    "[|\n]",
    """续方|常规|renewed|门诊续方|病情需要|治疗需要|长期医嘱|继续治疗|refill|routine|Prescription renewal|无
continue therapy|骨转移|乳腺癌骨转移|因骨转移需要|骨质疏松|为治疗骨转移|维持治疗|2024-12-01续方|新开医嘱
按计划用药|stable disease|耐受良好，继续|dose reduced|N/A|續方|骨轉移|无不良反应，继续用药|续方（3个月）""",
)


def because(*words: Resource) -> Mapped:
    return mapped(request("d", DENOSUMAB, statusReason=words[0], **ORDERED))


@pytest.mark.parametrize("text", AGAINST)
def test_a_reason_that_may_be_one_of_an_end_leaves_the_use_open(text: str) -> None:
    found = because({"text": text})
    assert fact(found, STATUS) is None
    assert reasons(found)["words-against-use"] == ["MedicationRequest/d"]


@pytest.mark.parametrize("text", NOT_AGAINST)
def test_a_reason_of_going_on_changes_nothing(text: str) -> None:
    for found in (
        because({"text": text}),
        mapped(statement("s", DENOSUMAB, statusReason=[{"text": text}], dateAsserted="2025-01-01")),
    ):
        assert fact(found, STATUS) == "active"
        assert "words-against-use" not in reasons(found)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (concept("http://terminology.hl7.org/CodeSystem/medicationrequest-status-reason", "sintol"), None),
        (concept(SNOMED, "281647001"), None),
        (concept(SNOMED, "109006"), None),
        (concept(ICD10, "C79.5"), "active"),
        ({}, "active"),
    ],
)
def test_a_reason_that_is_a_code_alone(code: Resource, expected: str | None) -> None:
    assert fact(because(code), STATUS) == expected


def test_the_reason_is_told_in_its_words() -> None:
    (remark,) = (one for one in because({"text": "颌骨坏死"}).report().unmapped if one.reason == "words-against-use")
    assert "“颌骨坏死”" in remark.text.zh
    assert remark.facts == [STATUS]


def test_a_drug_that_is_stopped_for_such_a_reason_is_stopped() -> None:
    found = mapped(request("d", DENOSUMAB, "stopped", statusReason={"text": "颌骨坏死"}, **ORDERED))
    assert fact(found, STATUS) == "stopped"


def dosed(value: Any, unit: str = "mg") -> Resource:
    return {"doseAndRate": [{"doseQuantity": {"value": value, "unit": unit}}]}


def supplied(value: float) -> Resource:
    made = {**statement("d", DENOSUMAB, "completed", whenHandedOver=ago(10), quantity={"value": value})}
    return {**made, "resourceType": "MedicationDispense"}


ZERO = [
    request("d", DENOSUMAB, dosageInstruction=[dosed(0)], **ORDERED),
    request("d", DENOSUMAB, dosageInstruction=[dosed(0), dosed(0.0)], **ORDERED),
    request("d", DENOSUMAB, dosageInstruction=[dosed(-1)], **ORDERED),
    request("d", DENOSUMAB, dosageInstruction=[{"doseQuantity": {"value": 0}}], **ORDERED),
    request("d", DENOSUMAB, dosageInstruction=[{"doseAndRate": [{"doseRange": {"high": {"value": 0}}}]}], **ORDERED),
    request("d", DENOSUMAB, dosageInstruction=[{"text": "0 mg 皮下注射"}], **ORDERED),
    request("d", DENOSUMAB, dosageInstruction=[{"text": "每次０片"}], **ORDERED),
    request("d", DENOSUMAB, "completed", dosageInstruction=[dosed(0)], **ORDERED),
    statement("d", DENOSUMAB, dosage=[dosed(0)], effectiveDateTime="2025-01-01"),
    {**given("d", DENOSUMAB, ago(10)), "dosage": {"dose": {"value": 0, "unit": "mg"}}},
    supplied(0),
]
SOME = [
    request("d", DENOSUMAB, dosageInstruction=[dosed(120)], **ORDERED),
    request("d", DENOSUMAB, dosageInstruction=[dosed(0), dosed(120)], **ORDERED),
    request("d", DENOSUMAB, dosageInstruction=[dosed(0.5)], **ORDERED),
    request("d", DENOSUMAB, dosageInstruction=[dosed(None)], **ORDERED),
    request("d", DENOSUMAB, dosageInstruction=[{"text": "120 mg"}], **ORDERED),
    request("d", DENOSUMAB, dosageInstruction=[{"text": "10mg, 1.0 g, 0.5 mg, 每日0次"}], **ORDERED),
    request("d", DENOSUMAB, dosageInstruction=[{"text": "60 mg, 减至 0 mg"}], **ORDERED),
    request("d", DENOSUMAB, dispenseRequest={"quantity": {"value": 0}}, **ORDERED),
]


@pytest.mark.parametrize("record", ZERO)
def test_a_dose_of_zero_is_no_use_and_no_start(record: Resource) -> None:
    found = mapped(record)
    assert fact(found, STATUS) is None
    assert fact(found, "medications[denosumab].start_date") is None
    assert fact(found, "medications[denosumab].drug") == "denosumab"
    (remark,) = (one for one in found.report().unmapped if one.reason == "dose-of-zero")
    assert remark.facts == [STATUS]


@pytest.mark.parametrize("record", SOME)
def test_any_other_dose_is_one(record: Resource) -> None:
    found = mapped(record)
    assert fact(found, STATUS) == "active"
    assert "dose-of-zero" not in reasons(found)


def test_doses_of_zero_make_no_running_therapy_and_end_no_other_order() -> None:
    nothing = {"dosage": {"dose": {"value": 0, "unit": "mg"}}}
    doses = [{**given(f"g{days}", DENOSUMAB, ago(days)), **nothing} for days in (10, 38, 66)]
    ended = request("d", DENOSUMAB, "completed", authoredOn=ago(100))
    assert fact(mapped(ended, *doses), STATUS) is None
    assert (
        fact(mapped(request("d", DENOSUMAB, "stopped", dosageInstruction=[dosed(0)], **ORDERED)), STATUS) == "stopped"
    )
    later = request("e", DENOSUMAB, authoredOn=ago(5))
    assert fact(mapped(later, *doses), STATUS) == "active"
