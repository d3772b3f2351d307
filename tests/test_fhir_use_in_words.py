"""A drug whose status calls it active, and whose words say that it is not: it is in use, or not in use, for certain."""

from __future__ import annotations

import re
from typing import Any

import pytest

from fhir_support import ATC, Resource, concept, fact, mapped, reasons, request, statement
from oncocds_fhir.mapping import Mapped

DENOSUMAB = "地舒单抗"
ORDERED = {"authoredOn": "2025-01-01"}


def noted(text: str) -> Mapped:
    return mapped(request("d", DENOSUMAB, note=[{"text": text}], **ORDERED))


def status(found: Mapped, drug: str = "denosumab") -> Any:
    return fact(found, f"medications[{drug}].status")


AGAINST = re.split(
    "[|\n]",
    """已停用|2024-12-01停药|因颌骨坏死停用|患者自行停药3个月|停药2周|暂停使用，待拔牙后评估|因拔牙暂停|不再使用
未再使用|患者拒绝使用|已完成全部疗程|疗程已结束|医嘱作废|已换药|改用唑来膦酸|2024-11改为唑来膦酸
停地舒单抗，换用唑来膦酸|地舒单抗已停|停用地舒单抗|停用了“地舒单抗”|拟用|拟下周期开始使用，尚未开始
计划于3月使用|已停用（颌骨坏死）|出现颌骨坏死后停用|加用唑来膦酸后停药|与唑来膦酸重复，停用|安加维已停用
双膦酸盐过敏史。地舒单抗停用|已停用，如需恢复请复诊|如有不适请就诊。已停用|Discontinued 2024-12-01
discontinued due to ONJ|stopped because of ONJ|d/c'd|on hold for dental extraction|held until healing
patient no longer taking|not taking|switched to zoledronic acid|completed|discontinued when ONJ developed
stopped after 6 doses|换唑来膦酸|改唑来膦酸|自2024-12起停|停|满两年，结束|尚未给药
off denosumab since December|心超后再用|暂停1次后重新开始|LVEF下降停药，恢复后重新开始
已停用。唑来膦酸继续使用|已停用，唑来膦酸恢复使用|已停藥|已停用：地舒单抗""",
)
FOR = re.split(
    "[|\n]",
    """请勿自行停药|未停药|不可中断|如出现颌骨坏死请停药|若需拔牙，如有感染则停药|直至停药
唑来膦酸已停用，改用地舒单抗|停用唑来膦酸改用地舒单抗|停唑来膦酸|既往唑来膦酸，已停用|双膦酸盐停用后开始
放疗已结束|化疗结束|已停经|已戒烟，吸烟已停|改为每12周一次|剂量改为120mg|已完成2周期|停药2周后已恢复使用
暂停1次后已重新开始|LVEF下降停药，已恢复使用|继续使用|每28天一次|注射前查血钙|改用安加维
他莫昔芬已停，改依西美坦|停钙剂|钙剂停用|改q12w|不停|放疗结束|改为皮下注射|已用药6次，无不良反应|输注已完成
do not discontinue|stop if rash occurs|unless discontinued|zoledronic acid discontinued, started denosumab
discontinue zoledronic acid|completed 2 of 6 cycles|held in December, restarted|infusion completed
switched to denosumab|changed to every 12 weeks|stopped smoking""",
)


@pytest.mark.parametrize("text", AGAINST)
def test_a_drug_is_open_whose_words_say_that_it_is_not_in_use(text: str) -> None:
    found = noted(text)
    assert status(found) is None
    assert reasons(found)["words-against-use"] == ["MedicationRequest/d"]


@pytest.mark.parametrize("text", FOR)
def test_a_drug_is_in_use_where_words_speak_of_another_case_or_another_drug(text: str) -> None:
    found = noted(text)
    assert status(found) == "active"
    assert "words-against-use" not in reasons(found)


@pytest.mark.parametrize(
    "words",
    [
        {"statusReason": {"text": "已停用"}},
        {"statusReason": {"coding": [{"display": "adverse event"}]}},
        {"statusReason": {"text": "不良反应"}},
        {"dosageInstruction": [{"text": "120mg 皮下注射 已停"}]},
        {"dosageInstruction": [{"patientInstruction": "已停用"}]},
        {"dosageInstruction": [{"additionalInstruction": [{"text": "停止用药"}]}]},
        {"note": {"text": "已停用"}},
        {"note": "已停用"},
        {"note": [{"text": "长期"}, {"text": "已停用"}]},
        {"medicationCodeableConcept": concept(ATC, "M05BX04", "地舒单抗（已停用）")},
        {"medicationCodeableConcept": None, "medication": {"concept": concept(ATC, "M05BX04", "地舒单抗（已停用）")}},
    ],
)
def test_it_is_read_wherever_it_is_written(words: Resource) -> None:
    (one,) = mapped({**request("d", DENOSUMAB, **ORDERED), **words}).profile["medications"]
    assert "status" not in one
    listed = {"statusReason": [words["statusReason"]]} if "statusReason" in words else words
    dosage = {"dosage": listed["dosageInstruction"]} if "dosageInstruction" in listed else listed
    (one,) = mapped({**statement("s", DENOSUMAB, dateAsserted="2025-01-01"), **dosage}).profile["medications"]
    assert "status" not in one


def test_the_words_are_told() -> None:
    (remark,) = (one for one in noted("2024年12月已停用").report().unmapped if one.reason == "words-against-use")
    assert "（原文：“已停用”）" in remark.text.zh
    assert "(in its words: “已停用”)" in remark.text.en
    assert remark.facts == ["medications[denosumab].status"]


def test_a_drug_that_is_not_called_active_stays_what_it_is() -> None:
    assert status(mapped(request("d", DENOSUMAB, "stopped", note=[{"text": "已停用"}], **ORDERED))) == "stopped"
    assert status(mapped(request("d", DENOSUMAB, "draft", note=[{"text": "拟用"}], **ORDERED))) == "planned"


def test_what_is_used_as_needed_is_in_use_and_said() -> None:
    for dosage in (
        *({"text": "必要时口服"}, {"text": "200mg PRN"}),
        *({"asNeededBoolean": True}, {"asNeeded": True}, {"asNeededFor": [{"text": "疼痛"}]}),
    ):
        found = mapped(request("d", "布洛芬", dosageInstruction=[dosage], **ORDERED))
        assert status(found, "ibuprofen") == "active"
        assert ["medications[ibuprofen].status"] in [
            one.facts for one in found.report().assumptions if one.id == "as-needed-as-in-use"
        ]
