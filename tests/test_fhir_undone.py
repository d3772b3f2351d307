"""A procedure whose status calls it done, and whose words say that it was refused, cancelled or put off."""

from __future__ import annotations

import re
from typing import Any

import pytest

from fhir_support import SNOMED, Resource, concept, fact, mapped, procedure, reasons
from oncocds_fhir.mapping import Mapped

RADIOTHERAPY, MASTECTOMY = {"text": "放射治疗"}, {"text": "左乳癌改良根治术"}


def words(text: str) -> list[str]:
    return re.split("[|\n]", text)


def treated(text: str, code: Resource = RADIOTHERAPY, status: str = "completed", **fields: Any) -> Mapped:
    period = {"start": "2024-11-01", "end": "2024-12-01"}
    return mapped(procedure("r", code, status, performedPeriod=period, **{"note": [{"text": text}], **fields}))


def operated(text: str) -> Mapped:
    return mapped(procedure("s", MASTECTOMY, performedDateTime="2024-12-01", note=[{"text": text}]))


NOT_TREATED = words(
    """未行|未行放疗|未做|未完成|取消|已取消|患者拒绝|拒绝放疗|改期|改期至下周|计划下周|计划放疗|拟行放疗|拟于3月放疗
推迟|延期|患者放弃|放弃放疗|家属不同意|未能进行|未开始|尚未开始|待排期|暂缓|中止|放疗中止|终止|中断，未继续|作废
未放疗|未实施|未执行|没做|没有行放疗|因经济原因未行|因骨髓抑制取消|患者未到|预约2月|等待放疗|not done
not performed|cancelled|canceled by patient|patient refused|patient declined radiotherapy|refused RT|postponed
rescheduled|deferred|scheduled for February|planned for next week|aborted|never started|not completed
did not receive radiotherapy|pending|no show|取消，改化疗|拒絕放療|未行放療|改期至3月|計劃下週|尚未放疗|计划
planned|建议放疗，患者拒绝|因血象低未照射|疫情未来放疗|患者未按时来院|预定2月1日行放疗|拟2月放疗|准备放疗
待评估后行放疗|待病理后决定|择日放疗|择期放疗|尚未定位|仅定位，未放疗|仅完成定位|患者要求回当地治疗，未放疗
病人不愿放疗|自动出院，未行|患者自动放弃|停止放疗|放疗停止|因故取消|临时取消|机器故障取消|机器故障，停|已退费
已退单|退单|医嘱取消|医嘱停止|未收费|暂停放疗|放疗暂停|仅做10次后中断|未做满疗程|not delivered
treatment withheld|on hold|stopped after 3 fractions|patient did not show|patient changed mind|planning only
simulation only|consult only|treatment not required|will be done next week|plan: RT next month|to follow
never happened|was not given|patient cancelled|patient has declined|RT was declined|refused by patient
plan cancelled|treatment discontinued early|no RT given|no radiotherapy given|RT not given|未予放疗
家属商量后决定不做|决定不做放疗|不做|不行放疗|暂不放疗|不宜放疗|无法耐受放疗|不能耐受未完成"""
)
TREATED = words(
    """已完成|顺利完成|按计划完成|放疗计划已完成|计划剂量50Gy|计划靶区PTV|未取消|拒绝化疗|患者拒绝手术|未行化疗
未行手术|未见不良反应|未出现放射性肺炎|改期后已完成|取消后重新安排，已完成|无取消|没有中断|未中断|无中断
如不适取消|若有发热推迟|原计划3月，已行|改行全脑放疗|完成25次|Completed 25 fractions|no interruption
not cancelled|declined chemotherapy|surgery cancelled|refused surgery|tolerated well|completed as planned
completed as scheduled|化疗取消|化疗推迟|手术取消，行放疗|术后放疗|每日一次，共25次|放疗结束|放疗25次，未做化疗
未做增强|拒绝输血|计划外未中断|follow-up scheduled in 3 months|复查已预约|完成，无明显不适|按期完成|完成放疗25次
放疗后复查，建议计划性随访|已按期完成|外院完成|外院已放疗|疗效PR|皮肤反应1级|照射野：左胸壁|剂量40.05Gy/15次
全程顺利，未间断|放疗期间未停|放疗前未行化疗|放疗后拟行内分泌治疗|放疗后计划内分泌治疗|放疗后待内分泌治疗
同步化疗取消|未联合化疗|未同步化疗|未予激素|拒绝同步化疗|照射后拟复查MRI|拟1月后复查|预约1月后复查|等待复查
计划随访|建议3月后复查，未约|未用增敏剂|放疗未影响血象|未复发|未进展|未见明显毒性|患者未诉不适|无不适
no acute toxicity|completed without interruption|no chemotherapy given|follow-up pending
repeat MRI planned for March|not pregnant|not tolerated nausea meds|pathology pending|patient not febrile
bolus was not used|was not interrupted|treatment was not delayed|chemo deferred|endocrine therapy planned"""
)
NOT_OPERATED = words(
    """未行|未行手术|取消|手术取消|患者拒绝手术|拒绝|改期|计划下周手术|拟行手术|推迟|放弃手术|术前取消|未能手术
因发热取消|家属拒绝|not performed|surgery cancelled|patient declined surgery|aborted|postponed|待手术|拟择期手术
中止手术|未實施|计划行手术|拟3月手术|患者不愿手术|未予手术|改保守治疗|因心功能差未手术|手术未成功|麻醉后中止
开腹探查未切除|仅活检，未切除|只做了活检|not a surgical candidate|surgery deferred|unresectable, not resected
操作未完成"""
)
OPERATED = words(
    """已完成|顺利|术后未行放疗|拒绝放疗|未行化疗|未行重建|未行前哨|未行腋窝清扫|未见转移|术中冰冻|择期手术|按计划完成
手术顺利|术后拒绝化疗|未做重建|患者拒绝重建|no reconstruction|declined radiotherapy|refused chemotherapy
completed without complications|uneventful|保乳未成，改行全切|切缘阴性|取消保乳，改行改良根治术|拟行术后放疗
术后恢复好|术后待病理|病理待回报|术后计划化疗|拟行辅助化疗|拟术后放疗|患者拒绝辅助化疗|未输血|未放引流|未见残留
等待拆线|预约换药|术后未发热|未发生并发症|pathology pending|adjuvant therapy planned|chemo pending
no complications|drain not placed|was not transfused|awaiting pathology|follow up scheduled for 2 weeks"""
)


@pytest.mark.parametrize("text", NOT_TREATED)
def test_radiotherapy_that_words_say_was_not_given_is_open(text: str) -> None:
    for status in ("completed", "in-progress"):
        found = treated(text, status=status)
        assert found.profile["radiotherapy"] == [{"id": "r"}]
        assert reasons(found)["words-against-done"] == ["Procedure/r"]


@pytest.mark.parametrize("text", TREATED)
def test_radiotherapy_stays_done_beside_words_about_something_else(text: str) -> None:
    found = treated(text)
    assert fact(found, "radiotherapy[r].status") == "completed"
    assert "words-against-done" not in reasons(found)


@pytest.mark.parametrize("text", NOT_OPERATED)
def test_an_operation_that_words_say_was_not_done_is_none(text: str) -> None:
    found = operated(text)
    assert "surgeries" not in found.profile
    assert reasons(found)["words-against-done"] == ["Procedure/s"]


@pytest.mark.parametrize("text", OPERATED)
def test_an_operation_stays_done_beside_words_about_something_else(text: str) -> None:
    assert operated(text).profile["surgeries"] == ["mastectomy"]


@pytest.mark.parametrize(
    "fields",
    [
        {"note": [{"text": "长期"}, {"text": "未行"}]},
        {"note": {"text": "未行"}},
        {"note": "未行"},
        {"note": [], "statusReason": {"text": "患者拒绝"}},
        {"note": [], "statusReason": {"coding": [{"display": "patient refused"}]}},
        {"note": [], "outcome": {"text": "未完成"}},
        {"note": [], "code": concept(SNOMED, "108290001", "放疗（取消）")},
    ],
)
def test_it_is_read_wherever_it_is_written(fields: Resource) -> None:
    found = mapped({**procedure("r", RADIOTHERAPY, performedDateTime="2024-12-01"), **fields})
    assert found.profile["radiotherapy"] == [{"id": "r"}]


@pytest.mark.parametrize(
    ("text", "status"), [("未行", "planned"), ("改期", "planned"), ("患者拒绝", None), ("取消", None)]
)
def test_a_plan_is_given_up_by_a_refusal_and_not_by_another_day(text: str, status: str | None) -> None:
    order = {"resourceType": "ServiceRequest", "id": "r", "status": "active", "intent": "order", "code": RADIOTHERAPY}
    assert fact(mapped({**order, "note": [{"text": text}]}), "radiotherapy[r].status") == status


def test_an_examination_that_was_not_done_is_none() -> None:
    for text, done in (("未做", None), ("患者拒绝", None), ("已完成", True)):
        scan = procedure("b", {"text": "骨扫描"}, performedDateTime="2024-12-01", note=[{"text": text}])
        assert fact(mapped(scan), "assessments.bone_scan_done") is done


def test_the_words_are_told() -> None:
    (remark,) = (one for one in treated("2024年12月患者拒绝").report().unmapped if one.reason == "words-against-done")
    assert "（原文：“拒绝”）" in remark.text.zh
    assert remark.facts == ["radiotherapy[r].status"]
