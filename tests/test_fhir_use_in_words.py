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
暂停1次后已重新开始|LVEF下降停药，已恢复使用|继续使用|按计划用药|每28天一次|注射前查血钙|改用安加维
他莫昔芬已停，改依西美坦|停钙剂|钙剂停用|改q12w|不停|放疗结束|改为皮下注射|已用药6次，无不良反应|输注已完成
do not discontinue|stop if rash occurs|unless discontinued|zoledronic acid discontinued, started denosumab
discontinue zoledronic acid|completed 2 of 6 cycles|held in December, restarted|infusion completed
switched to denosumab|changed to every 12 weeks|stopped smoking""",
)

SPOKEN_OF = re.split(
    "[|\n]",
    """停药后骨折风险增加|已告知停药风险|无停药指征|未达停药标准|低钙时暂停
如低钙则停用|停药前需评估骨折风险|警惕停药反跳|停药可致反跳性骨折
注意停药后反跳性椎体骨折风险|暂无停药计划|不考虑停药|告知患者不可自行停药
嘱勿停药|停药需谨慎|血钙<2.0时停用|若停药，需序贯唑来膦酸|如需停药，先联系
停药前请咨询医生|未到停药时间|突然停药风险|已告知患者停药后可能出现骨折|无需停药
未见停药指征|尚无停药指征|没有停药指征|低钙者暂停使用|低钙血症时应暂停
颌骨坏死则停药|必要时停药|必要时暂停|risk of rebound fractures after discontinuation
no indication to stop|hold if calcium low|counselled about risk of stopping|防止停药反跳|预防停药反跳
停药反跳风险|停药风险已告知|已交代停药风险|定期评估是否停药|评估是否可停药
不宜中断|中断治疗可致骨折|血钙低于2.0则停|暂不停药|继续用药，停药风险大
discontinue if ONJ|when calcium <2.0, hold|withhold when CrCl < 30
停药后骨折风险增加，每6个月一次|已告知停药后骨折风险，1年内复查骨密度|无须停药|严禁停药|忌突然停药|避免突然停药
has not been discontinued""",
)
MADE = re.split(
    "[|\n]",
    """地舒单抗，患者停药|发热时应已停药|停药可疑|停药风险大，遂停|患者者停药
低钙时停用2周|低钙时停用，后恢复？|低钙时停用，2024-12|2024-12低钙时停用
上周低钙时停用|停药后骨折风险增加，加用唑来膦酸
停药后骨折风险增加。予唑来膦酸序贯|2024-12停药后骨折风险增加
因ONJ停药后骨折风险增加|自行停药后骨折风险增加|患者无，停药指征明确，停药
停药前需评估，评估后停药|停药前应用唑来膦酸|停药前请骨科会诊|停药前已评估
停药后可能与骨折有关|是否停药不详|不清楚是否停药|警惕，停药|停药后随访
停药后骨折|停药后3个月随访|停药后出现反跳性骨折|停药后反跳|低钙时已暂停
因低钙暂停|出现低钙时已停用|2024-12停药，停药后骨折风险增加|已停药，已告知停药风险
停药后未再使用|拔牙前已停药|停药前最后一次用药2024-11|停药前曾发生骨折|停药期间
停药中|低钙，暂停|低钙，停用|因骨折风险低停药|已达停药标准，停药
有停药指征，予停药|停药标准已达到|必要时停药，现已停药|2年后停药（2024-12）
警惕反跳，已停药|停药后警惕反跳骨折|停药，警惕反跳|停药，注意骨折风险|停药观察
停药1个月后骨折|停药后骨密度下降|颌骨坏死后停药|拒绝，故停药|发热时自行停药
2024-11低钙时停用|当时停用|同时停用|暂时停用|临时停用|住院时停用|手术时停药
拔牙时停药|化疗时停药|入院时暂停|停药后加用唑来膦酸|停药后改用唑来膦酸
停药半年骨折风险增加|停药后骨折风险增加，已停药半年|术前暂停|拔牙前停药
拔牙前暂停使用|停药风险告知后患者坚持停药|告知停药风险，患者仍停药
已告知停药风险后停药|had fractures after discontinuation|held for hypocalcaemia
stopped; risk of rebound fracture|因经济原因停药风险已告知|停药原因：低钙|停药时间：2024-12
停药日期2024-12-01|停药后复查|无停药指征但患者自行停药
出现低钙时停用|低钙血症者停用至今|低钙时停用，至今未恢复|低钙时停用，转唑来膦酸|低钙时停用 目前补钙
停药前需评估 已停|停药风险增加3个月|停药后骨折风险增加，已骨折|停药后骨折风险增加 2023年
停药后骨折风险增加，目前用唑来膦酸|停药后骨折风险增加，续唑来膦酸|停药后骨折风险增加，现监测
预防停药反跳，用唑来膦酸|防止停药反跳，唑来膦酸1次|无停药时间
risk of rebound after discontinuation, now on zoledronate""",
)


@pytest.mark.parametrize("text", [*AGAINST, *MADE])
def test_a_drug_is_open_whose_words_say_that_it_is_not_in_use(text: str) -> None:
    found = noted(text)
    assert status(found) is None
    assert reasons(found)["words-against-use"] == ["MedicationRequest/d"]


@pytest.mark.parametrize("text", [*FOR, *SPOKEN_OF])
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


OVER = re.split(
    "[|\n]",
    """已死亡|患者已死亡|deceased|患者去世|已转临终关怀|hospice|2020-01-01至2020-01-14
使用2024-01-01至2024-01-14|2024.1.1-2024.1.14|疗程：2023年1月1日至2023年2月1日
last dose before surgery|末次用药术前|术前最后一次|最后一次用药：术前
死亡|病人死亡2024-12|停2月余|停3个月|不用药|未按时用药|已漏3次|漏打2针
最后一针2023年3月|最近一针：2023-05-01|停药日期2023-02-01
end date: 2023-02-01|thru 2023-02|换ZA|改用唑来|switch to ZA|deferred|延期打|推后|下次再用
欠费|拒绝打针|not given|missed|no show
停至分娩|off x 6 mo|did not tolerate|断供|out of supply|失效
patient declining|declining further doses|患者 declining injections""",
)
NOT_OVER = re.split(
    "[|\n]",
    """化疗停1周|停经2年|停用ZA改本品|switched from ZA|after stopping ZA|no missed doses|最近一针2025-01-10
降低死亡风险|renal function declining|LVEF declining|有效期2024-01-01至2024-12-31|2025-01-01至2025-06-30
住院2024-01-01至2024-01-14|末次用药2025-01-10|last dose given 2025-01-10|2025-01-01至长期|术前用药
2024-12-01 - 2025-03-01|化疗2024-01-01至2024-05-01|自2024-01-01起至今""",
)


@pytest.mark.parametrize("text", OVER)
def test_a_death_a_span_of_days_that_is_over_and_a_last_dose_before_an_event_leave_it_open(text: str) -> None:
    assert status(noted(text)) is None


@pytest.mark.parametrize("text", NOT_OVER)
def test_other_spans_and_falls_leave_it_in_use(text: str) -> None:
    assert status(noted(text)) == "active"


@pytest.mark.parametrize(
    ("dosage", "ordered", "expected"),
    [
        ("d1-d14", "2023-01-01", None),
        ("1000mg bid d1-14", "2023-01-01", None),
        ("days 1-14", "2023-01-01", None),
        ("d1-d14", "2025-01-10", "active"),
        ("d1-d14 q21d", "2023-01-01", "active"),
        ("1000mg bid d1-14 每3周一次", "2023-01-01", "active"),
        ("d1-14, 21天为一周期", "2023-01-01", "active"),
        ("days 1-14 of each 21-day cycle", "2023-01-01", "active"),
    ],
)
def test_the_days_of_one_cycle_are_over_unless_they_come_again(dosage: str, ordered: str, expected: str | None) -> None:
    found = mapped(request("d", "卡培他滨", authoredOn=ordered, dosageInstruction=[{"text": dosage}]))
    assert status(found, "capecitabine") == expected
