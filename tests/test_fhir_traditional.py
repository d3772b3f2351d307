"""Records in traditional characters say what the same records say in simplified ones, wherever words are compared."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fhir_support import (
    Resource,
    condition,
    fact,
    mapped,
    observation,
    patient,
    procedure,
    quantity,
    request,
    statement,
)
from oncocds.vocabulary.code_loader import bundled_codes
from oncocds.vocabulary.loader import bundled_vocabulary
from oncocds_fhir.mapping import Mapped

VOCABULARY = bundled_vocabulary()
TO_SIMPLIFIED = str.maketrans(dict(VOCABULARY.printed.traditional))
TO_TRADITIONAL = str.maketrans({s: t for t, s in reversed(VOCABULARY.printed.traditional.items())})
CREATININE = {"text": "血肌酐"}
ORDERED = {"authoredOn": "2025-01-01"}


def traditional(data: Any) -> Any:
    text: str = json.dumps(data, ensure_ascii=False)
    return json.loads(text.translate(TO_TRADITIONAL))


def as_compared(found: Mapped) -> Any:
    """Profile and report; the name of a drug that nobody knows is shown as it is written."""
    told = [found.profile, found.report().model_dump(mode="json")]
    return json.loads(json.dumps(told, ensure_ascii=False).translate(TO_SIMPLIFIED))


def creatinine(identity: str, when: str, value: float, specimen: str) -> Resource:
    shown = {"specimen": {"display": specimen}}
    return observation(identity, CREATININE, when, valueQuantity=quantity(value, "umol/L"), **shown)


RECORDS: list[list[Resource]] = [
    [creatinine("old", "2024-01-01", 80, "静脉血"), creatinine("new", "2025-01-01", 300, "静脉血")],
    [creatinine("of-urine", "2025-01-01", 9000, "随机尿液")],
    [observation("er", {"text": "雌激素受体"}, valueString="强阳性（约90%）")],
    [observation("pr", {"text": "孕激素受体"}, valueString="小于1%")],
    [observation("her2", {"text": "HER2"}, valueString="2+（FISH阳性，有扩增）")],
    [observation("her2", {"text": "HER2"}, valueCodeableConcept={"text": "弱阳性"})],
    [observation("ret", {"text": "RET基因融合"}, valueString="阳性")],
    [observation("ret", {"text": "RET"}, valueString="检出重排")],
    [observation("lvef", {"text": "左心室射血分数"}, valueQuantity=quantity(55, "%"))],
    [observation("echo", {"text": "心脏超声检查报告"}, valueString="左室收缩功能减低")],
    [observation("alp", {"text": "碱性磷酸酶"}, interpretation=[{"text": "升高"}])],
    [observation("hb", {"text": "血小板计数"}, valueQuantity={"value": 30, "unit": "×10^9/升"})],
    [observation("pregnant", {"text": "妊娠状态"}, valueString="阳性")],
    [request("d", "双膦酸盐类药物", **ORDERED)],
    [request("d", "双膦酸盐", **ORDERED)],
    [request("d", "抗HER2治疗", **ORDERED)],
    [request("d", "注射用唑来膦酸浓溶液", reasonCode=[{"text": "肺癌多发骨转移"}], **ORDERED)],
    [request("d", "地舒单抗", reasonCode=[{"text": "绝经后骨质疏松"}], **ORDERED)],
    [request("d", "地舒单抗", "stopped", statusReason={"text": "颌骨坏死"}, **ORDERED)],
    [request("d", "地舒单抗", note=[{"text": "颌骨坏死，已停药，改用唑来膦酸"}], **ORDERED)],
    [statement("d", {"text": "没有服用任何药物"})],
    [statement("d", {"text": "无用药"})],
    [condition("c", {"text": "左乳浸润性导管癌术后，腰椎骨转移"})],
    [condition("c", {"text": "继发性恶性肿瘤"}, bodySite=[{"text": "左股骨中段"}])],
    [condition("c", {"text": "骨继发恶性肿瘤"}, bodySite=[{"text": "第三腰椎"}])],
    [condition("c", {"text": "骨转移待排"})],
    [condition("c", {"text": "脊髓压迫"}), condition("d", {"text": "慢性乙型病毒性肝炎"})],
    [condition("c", {"text": "某种恶性肿瘤转移"})],
    [procedure("x", {"text": "左乳癌改良根治术"}, performedDateTime="2024-01-01")],
    [procedure("x", {"text": "胸壁调强放疗"}, bodySite=[{"text": "左侧胸壁"}], performedDateTime="2024-01-01")],
    [procedure("x", {"text": "立体定向放射治疗"}, performedDateTime="2024-01-01", note=[{"text": "肝脏"}])],
    [procedure("x", {"text": "口腔检查"}, performedDateTime="2024-01-01")],
]  # fmt: skip


@pytest.mark.parametrize("records", RECORDS, ids=[json.dumps(one, ensure_ascii=False)[-60:] for one in RECORDS])
def test_a_record_says_the_same_in_either_script(records: list[Resource]) -> None:
    simplified, other = (mapped(patient(), *found) for found in (records, traditional(records)))
    assert as_compared(other) == as_compared(simplified)


def test_the_newest_result_of_a_specimen_in_traditional_characters_is_the_one_in_force() -> None:
    found = mapped(
        patient(), creatinine("old", "2024-01-01", 80, "静脉血"), creatinine("new", "2025-01-01", 300, "靜脈血")
    )
    assert fact(found, "labs.creatinine")["value"] == 300


def test_a_stain_and_a_group_of_drugs_in_traditional_characters_are_read() -> None:
    found = mapped(
        patient(),
        observation("er", {"text": "雌激素受體"}, valueString="強陽性（約90%）"),
        request("d", "雙膦酸鹽", **ORDERED),
    )
    assert fact(found, "biomarkers.er_pct") == 90
    assert found.profile["medications"][0]["has_class"] == ["bisphosphonate", "bone_modifying_agent"]


def test_an_unknown_drug_is_shown_as_it_is_written_and_a_reference_is_found_in_any_script() -> None:
    drug = {"resourceType": "Medication", "id": "m", "code": {"text": "靜脈試驗藥物乙"}}
    order = request("r", {"text": "x"}, **ORDERED)
    order.pop("medicationCodeableConcept")
    found = mapped(
        patient(), {**order, "contained": [{**drug, "id": "藥"}], "medicationReference": {"reference": "#藥"}}
    )
    assert [one["name"] for one in found.profile["medications"]] == ["靜脈試驗藥物乙"]
    shown = mapped(patient(), {**order, "medicationReference": {"reference": "#no", "display": "靜脈試驗藥物乙"}})
    assert [one["name"] for one in shown.profile["medications"]] == ["靜脈試驗藥物乙"]


def test_no_name_of_the_tables_is_written_in_characters_that_records_are_not_read_in() -> None:
    characters, codes = set(VOCABULARY.printed.traditional), bundled_codes()
    phrases = {word for kinds in codes.phrases.values() for words in kinds.values() for word in words}
    members = {w for s in VOCABULARY.value_sets.values() for m in s.members.values() for w in (m.label.zh, *m.synonyms)}
    fields = {w for field in VOCABULARY.fields.values() for w in (field.label.zh, *field.synonyms)}
    assert not [word for word in {*phrases, *members, *fields} if characters & {*word}]
