"""What words say against a diagnosis, in its notes or beside its code: it is open then, and what they are is said."""

from __future__ import annotations

import re
from typing import Any

import pytest

from fhir_support import ICD10, LOINC, Resource, concept, condition, fact, mapped, observation, quantity, reasons
from oncocds_fhir.mapping import Mapped

BREAST, BONE = concept(ICD10, "C50.9", "乳腺癌"), concept(ICD10, "C79.5", "骨转移")


def words(text: str) -> list[str]:
    return re.split("[|\n]", text)


def noted(code: Resource, text: str, **fields: Any) -> Mapped:
    return mapped(condition("c", code, note=[{"text": text}], **fields))


def coded(text: str) -> Any:
    return fact(mapped(condition("c", concept(ICD10, "C50.9", text))), "diagnosis.tumour_type")


AGAINST = words("""已排除|误诊|病理未证实|待排|依据不足|证据不足|现已排除|可能性大|诊断存疑|系误诊|外院误诊
活检为良性|病理良性|病理：良性|病理示良性|穿刺阴性|MDT讨论后不考虑|诊断待定|性质待定|?|可疑|疑似
录入错误|诊断错误|ruled out|not confirmed|biopsy negative|benign|misdiagnosis|已排除。随访|2024-12-01已排除
2024年12月病理排除|PET-CT不支持|影像学可疑，待病理|开错|作废
已排除！|活检(-)|拟诊|诊断未成立|诊断有疑问|诊断待核实|诊断未确定|待活检证实|良恶性待定|性质不明|更正为良性|活检未见肿瘤细胞
登记错误|非本人|no cancer|pathology pending|diagnosis not established|provisional|wrong patient""")
BESIDE = words("""已排除感染|左乳|患者知情|2024年手术|病理证实|病理确诊|排除骨折|其母乳腺癌|母亲乳腺癌病史|HER2阴性
HER2可疑|未见复发|未见其他转移|无脊髓压迫|疼痛可能与骨转移有关|可能需要放疗|发热待查|贫血待查
暂不考虑手术|初诊误诊为乳腺炎|甲状腺良性结节|合并肝囊肿|已告知家属|随访|ER阳性，HER2阴性
除外肝转移|未见肝转移|无肺转移|排除脑转移|化疗中|右乳癌术后|建议随访|不考虑化疗|疗效可疑
既往结核|淋巴结阴性|切缘阴性|前哨淋巴结阴性|no fever|HER2 negative|lymph nodes negative
术后病理未见残留癌|脉管癌栓未见|未见内脏转移|分期未确定|基因检测待确认|HER2(-)|切缘(-)|修正诊断为左乳浸润性导管癌|代诉者非本人""")
AGAINST_BONE = words("""已排除骨转移|骨转移待排|不支持骨转移|目前证据不支持多发骨转移的诊断|考虑转移可能|骨转移？
骨病灶考虑良性|PET-CT：骨病灶良性|bone metastasis ruled out|骨转移依据不足|骨岛|未见骨转移
MRI未见骨转移征象|考虑退变|骨扫描假阳性|骨转移不能确定|indeterminate lesion""")
AGAINST_BREAST = words("""乳腺癌待排|已排除乳腺癌|不考虑乳腺癌|病理：纤维腺瘤|未见癌|未见癌细胞
不是乳腺癌|病理未见癌组织|病理：慢性炎症
biopsy showed fibroadenoma""")


@pytest.mark.parametrize("text", [*AGAINST, *AGAINST_BREAST])
def test_a_cancer_that_its_notes_deny_or_doubt_is_open(text: str) -> None:
    found = noted(BREAST, text)
    assert fact(found, "diagnosis.tumour_type") is None
    assert reasons(found)["words-against-diagnosis"] == ["Condition/c"]


@pytest.mark.parametrize("text", [*AGAINST, *AGAINST_BONE])
def test_a_metastasis_that_its_notes_deny_or_doubt_is_suspected(text: str) -> None:
    found = noted(BONE, text)
    assert fact(found, "lesions[bone].status") == "suspected"
    assert fact(found, "diagnosis.extent") is None
    assert reasons(found)["words-against-diagnosis"] == ["Condition/c"]


@pytest.mark.parametrize("text", BESIDE)
def test_notes_that_speak_of_something_else_change_nothing(text: str) -> None:
    assert fact(noted(BREAST, text), "diagnosis.tumour_type") == "breast"
    found = noted(BONE, text)
    assert fact(found, "lesions[bone].status") == "confirmed"
    assert "words-against-diagnosis" not in reasons(found)


def test_the_words_are_told_wherever_the_note_stands() -> None:
    for note in ([{"text": "随访"}, {"text": "病理未证实"}], {"text": "病理未证实"}, "病理未證實"):
        found = mapped(condition("c", BREAST, note=note))
        (remark,) = (one for one in found.report().unmapped if one.reason == "words-against-diagnosis")
        assert "（原文：“病理未证实”）" in remark.text.zh


def test_a_finding_and_a_refuted_diagnosis() -> None:
    assert fact(noted(concept(ICD10, "Z33"), "已排除"), "pregnant") is None
    assert "words-against-diagnosis" not in reasons(noted(BREAST, "已排除", verification="refuted"))


@pytest.mark.parametrize(
    "text",
    words(
        """乳腺癌，可能需要化疗|乳腺癌骨转移，疼痛可能与骨转移有关|乳腺癌，建议必要时化疗
乳腺癌，其母健康在世|乳腺癌，父母体健|乳腺癌 其母体健，无肿瘤家族史
乳腺癌合并乳腺增生|乳腺癌，纤维腺瘤|乳腺癌 淋巴结阴性
左乳癌术后，右乳纤维腺瘤|右乳腺癌并左乳纤维腺瘤|左乳癌伴右乳良性结节|乳腺癌，子宫肌瘤，肝囊肿|乳腺肿物|乳腺浸润性癌，伴导管内乳头状瘤"""
    ),
)
def test_a_doubt_about_something_else_leaves_the_cancer_what_it_is(text: str) -> None:
    assert coded(text) == "breast"


@pytest.mark.parametrize(
    "text",
    words(
        """breast cancer not confirmed|乳腺癌依据不足|乳腺癌（诊断不成立）|乳腺癌未证实
乳腺癌（活检良性）|乳腺癌（录入错误）|乳腺癌（拟诊）"""
    )
    + words("乳腺癌，其母患乳腺癌|乳腺癌（其母），健在|左乳肿块，可能与乳腺癌有关|可能乳腺癌|乳腺癌可能，需要化疗"),
)
def test_a_doubt_about_the_cancer_leaves_it_open(text: str) -> None:
    assert coded(text) is None


@pytest.mark.parametrize(
    "text",
    words("乳腺纤维腺瘤|左乳良性肿瘤|导管内乳头状瘤|乳腺增生|乳腺腺病|fibroadenoma of breast|乳腺叶状肿瘤（良性）"),
)
def test_a_code_of_a_cancer_beside_words_for_a_benign_growth_is_none(text: str) -> None:
    found = mapped(condition("c", concept(ICD10, "C50.9", text)))
    assert fact(found, "diagnosis.tumour_type") is None
    assert reasons(found) == {"codes-disagree": ["Condition/c"]}


@pytest.mark.parametrize("calcium", [{"text": "血钙"}, {"text": "钙"}, concept(LOINC, "17861-6")])
@pytest.mark.parametrize(
    ("panel", "of_blood"),
    [
        *(
            (one, False)
            for one in ("尿常规", "24h尿", "24小时尿电解质", "尿生化", "脑脊液生化", "胸水常规", "Urine chemistry")
        ),
        *((one, True) for one in ("血生化", "电解质", "肝肾功能", "Chemistry panel")),
    ],
)
def test_what_stands_in_a_panel_of_urine_is_not_of_blood(panel: str, calcium: Resource, *, of_blood: bool) -> None:
    part = {"code": calcium, "valueQuantity": quantity(2.3, "mmol/L")}
    found = mapped(observation("o", {"text": panel}, component=[part]))
    assert ("labs" in found.profile) is of_blood
    assert ("codes-disagree" in reasons(found)) is not of_blood
