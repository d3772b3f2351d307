"""Metastases that a report tells of and no diagnosis names: no lesion, and yet the list is open and it is said."""

from __future__ import annotations

import re
from typing import Any

import pytest

from fhir_support import ICD10, Resource, concept, condition, mapped, observation, open_lists, reasons
from oncocds_fhir.mapping import Mapped

BREAST = condition("c", concept(ICD10, "C50.9"))
BONE = condition("b", concept(ICD10, "C79.5"))


def words(text: str) -> list[str]:
    return re.split("[|\n]", text)


def report(**fields: Any) -> Resource:
    made = {"resourceType": "DiagnosticReport", "id": "x", "status": "final", "code": {"text": "骨扫描"}}
    return {**made, "effectiveDateTime": "2025-01-10", **fields}


def is_told(found: Mapped) -> bool:
    told = "metastasis-in-report" in reasons(found)
    assert told is ("metastasis-in-report" in open_lists(found).get("lesions", {}))
    return told


TELLS = words(
    """疑似骨转移|worrisome for bone metastasis|favor metastasis|似骨转移|骨转移/骨髓瘤|suggestive of bone metastases
多发骨转移|全身多发骨转移|骨转移|L2骨转移|考虑骨转移|骨转移可能|骨转移待排|不除外骨转移|不能排除骨转移
骨质破坏，考虑转移|肝转移|双肺多发转移瘤|脑转移|右侧股骨转移|多处骨质破坏，转移？|未见肝转移，骨转移
multiple bone metastases|bone mets|suspicious for bone metastasis|metastatic disease to bone|lung metastases
cannot exclude bone metastasis|liver metastasis|腰椎转移瘤|胸腰椎多发转移，建议MRI|骨转移较前增多|骨转移较前相仿
骨轉移|多發骨轉移|肝內多發轉移瘤|左股骨继发恶性肿瘤|颅内转移|metastasis of L2|骨转移（L2、T12）|全身多发转移
L3椎体转移灶|双侧髂骨转移|骨转移灶代谢增高|考虑多发骨转移可能大|可疑骨转移，建议复查|骨显像示多处浓聚，转移待排
左肺转移瘤可能|骨转移与前片相仿|颅骨转移，无颅内转移|无颅内转移，颅骨转移|新发骨转移|骨转移（新发）
病理：转移性腺癌|骨活检：转移性乳腺癌|consistent with metastatic disease|metastatic breast cancer to bone
osseous metastatic disease|new lesions concerning for metastases|progression of bone metastases
multiple hepatic metastases|brain mets present|no liver metastases, bone metastases present|metastatic carcinoma
全身骨多发异常浓聚，考虑转移|胸膜转移|肾上腺转移|腹膜转移|不排除转移|无法除外转移|骨轉移可能|考慮轉移|肝轉移
骨转移灶较前无明显变化|多发骨转移较前无变化|骨转移灶未见进展|骨转移无疼痛|骨转移无病理性骨折|骨转移无法手术
骨转移没有疼痛|骨转移N年|骨转移化疗N次|肝转移灶无增大|骨转移灶无活性|骨转移患者否认疼痛|骨转移除外脊柱
骨转移骨折风险高|骨转移疗效评估|骨转移放疗后评估|骨转移无肝转移|肝转移无骨转移|骨转移无肝转移无脑转移
bone metastases with no significant change|bone metastases show no progression|bone mets no pain
bone metastases with no cord compression|bone metastases negative for fracture
bone metastases at risk of fracture|bone metastases but no liver metastases"""
)
TELLS_NONE = words(
    """如出现骨转移|若发生骨转移|if bone metastases develop
未见骨转移|未见明显骨转移征象|无骨转移|骨转移：无|未发现转移|排除骨转移|除外骨转移|骨转移依据不足|不支持骨转移
不考虑骨转移|骨转移风险低|预防骨转移|骨转移筛查|未见远处转移|无远处转移|无肝转移|未见转移征象|淋巴结转移2/15
腋窝淋巴结转移|前哨淋巴结未见转移|淋巴结(-)|骨转移(-)|骨转移阴性|谷氨酰转移酶升高|γ-谷氨酰转移酶 80 U/L
母亲骨转移|其母乳腺癌骨转移|no bone metastases|no evidence of metastatic disease|without metastasis
negative for metastases|bone metastasis excluded|metastasis unlikely|骨质疏松|骨岛|退行性变|乳腺癌术后改变
转移性右下腹痛|未見骨轉移|免疫组化未见转移癌|screening for bone metastases|risk of bone metastasis|未提示骨转移
骨扫描未见异常|未见明确转移征象|未见确切转移|全身骨显像未见转移性病变|未见骨质破坏及转移|未见肝、肺、骨转移
肝、肺未见转移|双肺未见转移瘤|骨骼未见转移灶|胸腹部CT未见复发转移|未见复发及转移|无复发转移|无明显转移征象
目前无转移证据|无转移|转移(-)|转移：否|淋巴结0/15转移|腋窝淋巴结未见癌转移(0/12)|腋窝LN转移(3/12)
左锁骨上淋巴结转移|区域淋巴结转移|前哨淋巴结：见癌转移(1/3)|no evidence of metastasis|no distant metastases
no osseous metastases|no definite metastatic lesion|no mets|negative for metastatic disease
axillary node metastasis|sentinel node positive for metastasis|sentinel lymph node metastasis 1/3
lymph node metastases 2/15|without evidence of bone metastasis|转肽酶升高|谷氨酰转移酶|γ-GT升高|转移风险评估
骨转移可能性不大|转移可能性小|转移依据不足|转移性疼痛|unlikely to be metastasis|metastases not seen
metastases are not identified|metastasis ruled out|未見轉移|骨转移征象未见|骨转移诊断依据不足|骨转移无明确依据
肝、肺、骨转移均未见|肝转移：无 骨转移：无|骨转移基本排除|骨转移可以除外|骨转移CT未见|骨转移暂不考虑|骨转移风险
骨转移风险较高|metastases: none|metastasis - negative|bone metastases: none identified|distant metastasis: no
bone metastasis is unlikely on MRI|bone metastases have been excluded"""
)


@pytest.mark.parametrize("text", TELLS)
def test_a_metastasis_that_a_report_tells_of_is_said_and_is_no_lesion(text: str) -> None:
    found = mapped(BREAST, report(conclusion=text))
    assert is_told(found)
    assert "lesions" not in found.profile
    assert found.profile["left_out"] == {"lesions": 1}
    assert "extent" not in found.profile["diagnosis"]
    assert is_told(mapped(BREAST, observation("o", {"text": "骨扫描"}, valueString=text)))


@pytest.mark.parametrize("text", TELLS_NONE)
def test_a_report_that_denies_or_tells_something_else_opens_nothing(text: str) -> None:
    found = mapped(BREAST, report(conclusion=text))
    assert not is_told(found)
    assert "left_out" not in found.profile


def test_what_is_denied_beside_a_metastasis_is_no_organ_of_it() -> None:
    assert is_told(mapped(BREAST, report(conclusion="骨转移无肝转移")))
    assert not is_told(mapped(BREAST, BONE, report(conclusion="骨转移无肝转移")))


@pytest.mark.parametrize("text", ["乳腺癌骨转移N年", "乳腺癌骨转移无法手术", "乳腺癌骨转移较前无明显变化"])
def test_words_beside_the_code_of_a_cancer_are_told_though_they_deny_something_else(text: str) -> None:
    found = mapped(condition("c", concept(ICD10, "C50.9", text)))
    assert reasons(found) == {"metastasis-in-words": ["Condition/c"]}
    assert found.profile["left_out"] == {"lesions": 1}


def test_what_a_diagnosis_names_is_no_news() -> None:
    assert not is_told(mapped(BREAST, BONE, report(conclusion="多发骨转移")))
    assert not is_told(mapped(BREAST, BONE, report(conclusion="全身多发转移")))
    found = mapped(BREAST, BONE, report(conclusion="多发骨转移。肝转移"))
    assert is_told(found)
    assert [one["organ"] for one in found.profile["lesions"]] == ["bone"]
    assert "lesions" in found.profile["incomplete"]


@pytest.mark.parametrize(
    "code", [concept(ICD10, "C79.5"), {"text": "骨转移"}, {"text": "骨转移待排"}, {"concept": concept(ICD10, "C78.7")}]
)
def test_a_coded_conclusion_is_read_as_well(code: Resource) -> None:
    assert is_told(mapped(BREAST, report(conclusionCode=[code])))
    if "concept" not in code:
        assert is_told(mapped(BREAST, observation("o", {"text": "骨扫描"}, valueCodeableConcept=code)))


@pytest.mark.parametrize("code", [concept(ICD10, "C50.9"), {"text": "未见骨转移"}, {"text": "腋窝淋巴结转移"}, {}])
def test_a_coded_conclusion_of_something_else_opens_nothing(code: Resource) -> None:
    assert not is_told(mapped(BREAST, report(conclusionCode=[code])))


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "cancelled"},
        {"status": "entered-in-error"},
        {"status": "registered"},
        {"effectiveDateTime": "2026-01-01"},
        {"meta": {"tag": [{"code": "entered-in-error"}]}},
        {"subject": {"reference": "Patient/other"}},
    ],
)
def test_a_report_that_is_none_tells_nothing(fields: Resource) -> None:
    patient = {"resourceType": "Patient", "id": "p"}
    assert not is_told(mapped(patient, BREAST, report(conclusion="多发骨转移", **fields)))


@pytest.mark.parametrize(
    "fields",
    [
        {"conclusion": 7, "conclusionCode": "x"},
        {"conclusionCode": [7]},
        {"conclusionCode": {"text": "骨转移"}},
        {"effectiveDateTime": "?"},
    ],
)
def test_an_odd_report_costs_no_record(fields: Resource) -> None:
    assert mapped(BREAST, report(**fields)).profile["diagnosis"] == {"tumour_type": "breast"}


def test_the_words_are_told() -> None:
    found = mapped(BREAST, report(conclusion="左乳癌术后改变。T12骨转移，请结合临床"))
    (remark,) = (one for one in found.report().unmapped if one.reason == "metastasis-in-report")
    assert "（原文：“t12骨转移”）" in remark.text.zh


BESIDE = words(
    """乳腺癌，骨转移不排除，建议复查|乳腺癌，考虑骨转移，建议PET-CT|乳腺癌，疑似骨转移，某某|乳腺癌，某某，骨转移待排
乳腺癌，某某，肝转移可能|breast cancer, xyz, suspicious for liver mets
XBC with bone mets|breast cancer c/w bone mets xyz"""
)


@pytest.mark.parametrize("text", BESIDE)
def test_a_metastasis_in_words_that_are_not_understood_is_said_and_the_cancer_stays(text: str) -> None:
    found = mapped(condition("c", concept(ICD10, "C50.9", text)))
    assert found.profile["diagnosis"]["tumour_type"] == "breast"
    assert reasons(found)["metastasis-in-words"] == ["Condition/c"]
    assert open_lists(found)["lesions"]["metastasis-in-words"] == ["Condition/c"]


@pytest.mark.parametrize(
    "text", words("乳腺癌，未见某某骨转移，建议|乳腺癌，如出现骨转移，某某|乳腺癌，某某|骨转移风险评估，乳腺癌某某")
)
def test_words_that_tell_of_no_metastasis_say_nothing(text: str) -> None:
    assert "metastasis-in-words" not in reasons(mapped(condition("c", concept(ICD10, "C50.9", text))))


def test_a_metastasis_that_another_diagnosis_names_is_not_said_again() -> None:
    other = condition("c", concept(ICD10, "C50.9", "XBC with bone mets"))
    assert "metastasis-in-words" not in reasons(mapped(other, BONE))
