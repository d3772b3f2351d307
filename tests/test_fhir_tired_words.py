"""What tired doctors write beside a code or a drug: it takes the certainty that the words do not give, and no more."""

from __future__ import annotations

import re
from typing import Any

import pytest

from fhir_support import ICD10, Resource, concept, condition, fact, mapped, procedure, reasons, request, statement
from oncocds_fhir.mapping import Mapped

BREAST = condition("c", concept(ICD10, "C50.9"))


def words(text: str) -> list[str]:
    return re.split("[|\n]", text)


def bone(text: str) -> Any:
    """The status of the metastasis that the code of one gives beside a text; None where it gives none."""
    found = mapped(condition("x", concept(ICD10, "C79.5", text))).profile.get("lesions", ())
    return next((one.get("status") for one in found if one.get("organ") == "bone"), None)


def cancer(text: str, code: str | None = "C50.9") -> Any:
    named = {"text": text} if code is None else concept(ICD10, code, text)
    return fact(mapped(condition("x", named)), "diagnosis.tumour_type")


def told(text: str) -> bool:
    """Whether a report's words open the list of lesions."""
    report: Resource = {"resourceType": "DiagnosticReport", "id": "x", "status": "final", "conclusion": text}
    report |= {"code": {"text": "骨扫描"}, "effectiveDateTime": "2025-01-10"}
    return "metastasis-in-report" in reasons(mapped(BREAST, report))


def noted(text: str) -> Any:
    """Whether denosumab is in use beside a note of its order."""
    return fact(
        mapped(request("d", "地舒单抗", authoredOn="2025-01-01", note=[{"text": text}])),
        "medications[denosumab].status",
    )


DENIED = words(
    """未骨转移|尚未骨转移|neg bone mets|neg for bone mets|w/o bone mets|no e/o bone mets|骨转移[无]|骨转移【无】
骨转移{无}
骨转移＜无＞|骨转移<无>|骨转移〔无〕|骨转移「无」|骨转移“无”|骨转移"无"|骨转移【-】|骨转移(−)|骨转移 M0|bone mets M0
骨转移（cM0）
骨转移：0|bone mets 0|骨转移 0处|未发生骨转移|未出现骨转移|不存在骨转移|骨转移=无|骨转移 (neg)|骨转移阴"""
)
SPOKEN_OF = words(
    """骨转移临床试验筛选|骨转移入组筛选|骨转移评分|骨转移量表|骨转移问卷|骨转移宣教|骨转移讲座|骨转移预防|骨转移指南
骨转移知识手册|骨转移预测模型|骨转移早期预警|怕骨转移|c/f bone mets|bone mets workup|bone mets pamphlet|骨转移 待证
骨转移不确定|骨转移依据欠缺|骨转移（误）|骨转移 错误|原诊断骨转移|骨转移前|骨转移治愈|bone mets gone
s/p bone mets|past bone mets|以前骨转移|老公骨转移|mom with bone mets|MBC
骨转移（未证）|暂不诊断骨转移|不像骨转移|骨转移吗|骨转移难以确定|骨转移无依据|unproven bone mets|poss. bone mets
free of bone mets|bone mets pending MRI|bone mets per pt|bone mets disfavored"""
)
STAYS = words(
    """骨转移|骨转移【腰椎】|骨转移“L3”|骨转移<腰椎>|骨转移评分8分|骨转移瘤 SINS评分8分|骨转移临床试验入组
骨转移 HER2 neg
HER2 neg bone mets|ER neg/PR neg/HER2 neg, bone mets|node neg, bone mets|triple neg breast ca w/ bone mets
bone mets s/p RT
骨转移 cM1|骨转移 T2N1M1|骨转移，10处|骨转移2020|骨转移3年前|骨转移 100%|骨转移随访中|骨转移未放疗
HER2-neg mets to bone|s/p RT bone mets
发现骨转移时|骨转移 治疗方案未定|乳腺癌术后（pT2N1M0）骨转移|bone mets, MRI neg for cord compression|骨转移率先放疗"""
)


@pytest.mark.parametrize("text", [*DENIED, *SPOKEN_OF])
def test_the_code_of_a_metastasis_is_not_certain_beside_words_that_deny_it_or_only_speak_of_it(text: str) -> None:
    assert bone(text) != "confirmed"


@pytest.mark.parametrize("text", STAYS)
def test_other_words_leave_it_certain(text: str) -> None:
    assert bone(text) == "confirmed"


@pytest.mark.parametrize(
    "text",
    [*DENIED, "远处转移：M0", "远处转移(M)：cM0", "骨转移评分", "骨转移指南", "T2N1M0", "骨转换升高", "MCA M1段狭窄"],
)
def test_a_report_that_denies_a_metastasis_tells_of_none(text: str) -> None:
    assert not told(text)


@pytest.mark.parametrize(
    "text",
    words(
        """骨转移预防性放疗|prophylactic fixation of femoral metastasis|HER2 neg bone mets|骨转移评分8分|骨转移治愈
骨转?
cT2N1M1b|pM1|骨转移2处|骨转移【待排】|未治疗的骨转移"""
    ),
)
def test_a_report_that_tells_of_one_is_heard(text: str) -> None:
    assert told(text)


@pytest.mark.parametrize("text", ["骨转移预防性放疗", "乳腺癌，骨转移预防性放疗"])
def test_prophylactic_radiotherapy_of_metastases_is_said_beside_a_cancer(text: str) -> None:
    found = mapped(condition("x", concept(ICD10, "C50.9", text)))
    assert reasons(found)["metastasis-in-words"] == ["Condition/x"]
    assert "lesions" not in found.profile


@pytest.mark.parametrize(
    "text",
    words(
        """h/o BC|hx of BC|s/p BC|s/p breast cancer|s/p left breast cancer|PMH: breast ca|prior BC|remote BC|BC risk
FHx BC
mother had BC|no BC|neg for BC|poss BC|BC screening|breast cancer survivor|cured breast cancer|乳腺癌已治愈|乳腺癌旧病
以前得过乳腺癌|乳腺癌[-]|乳腺癌（误）|乳腺癌【待排】|乳腺癌<母亲>|BC neg"""
    ),
)
def test_a_cancer_that_was_or_is_nobody_s_is_none_today(text: str) -> None:
    assert cancer(text) is None


@pytest.mark.parametrize(
    "text",
    words(
        """BC|BC s/p mastectomy|breast ca s/p mastectomy|s/p breast cancer surgery|s/p mastectomy for breast cancer
乳腺癌术后
65 year old BC|breast cancer 2010|BC in remission|乳腺癌 NED|右乳TNBC|MBC|stage IV BC|乳腺癌临床试验入组
breast cancer margins neg|HER2 neg breast cancer|乳腺癌，肺炎已治愈|乳腺癌【左】|recurrent BC|乳腺癌，老伴肝癌
乳腺癌有误工证明"""
    ),
)
def test_a_cancer_of_today_stays(text: str) -> None:
    assert cancer(text) == "breast"


def test_a_cancer_is_read_by_its_abbreviation_beside_its_organ() -> None:
    for text, side in (("右乳TNBC", "right"), ("左侧TNBC", "left"), ("右乳HR+乳腺癌", "right")):
        found = mapped(condition("x", {"text": text})).profile["diagnosis"]
        assert found == {"tumour_type": "breast", "laterality": side}
    assert cancer("肺TNBC", None) is None
    assert cancer("BC", None) is None  # of the bladder as well


def test_mbc_is_a_breast_cancer_with_metastases_that_are_not_certain() -> None:
    found = mapped(condition("x", {"text": "MBC"}))
    assert found.profile["diagnosis"] == {"tumour_type": "breast"}
    assert [one.get("status") for one in found.profile["lesions"]] == ["suspected"]
    (lesion,) = mapped(condition("x", {"text": "MBC w/ bone mets"})).profile["lesions"]
    assert (lesion["organ"], lesion["status"]) == ("bone", "confirmed")


@pytest.mark.parametrize("text", ["乳腺癌 M1", "乳腺癌cT2N1M1", "MBC, bone only"])
def test_metastases_by_a_stage_or_for_short_are_said_beside_a_cancer(text: str) -> None:
    assert reasons(mapped(condition("x", concept(ICD10, "C50.9", text))))["metastasis-in-words"] == ["Condition/x"]


def test_a_stage_says_nothing_more_beside_the_metastases_themselves() -> None:
    for text in ("乳腺癌cT2N1M1，骨转移", "乳腺癌cT2N1M0", "乳腺癌 M0"):
        assert "metastasis-in-words" not in reasons(mapped(condition("x", concept(ICD10, "C50.9", text))))


@pytest.mark.parametrize("code", [None, "C50.9"])
def test_a_cancer_of_the_liver_of_a_relative_leaves_the_patient_s(code: str | None) -> None:
    assert cancer("乳腺癌，丈夫肝癌", code) == "breast"
    assert cancer("肝细胞癌，丈夫肝癌", "C22.0") is None


UNSUITED = words(
    """过敏|对本品过敏|地舒单抗过敏|出现过敏反应|过敏性休克|皮试阳性|皮试(+)|禁用|慎用|拒用|不耐受|忌用
因肾功能不全禁用|肾功能不全，禁用
allergy|allergic|allergy: denosumab|denosumab allergy|intolerant|contraindicated|contraindicated due to ONJ|avoid
avoid denosumab|denosumab: avoid|do not give|hypersensitivity reaction|hypocalcemia - contraindicated
备选|待审批|PA denied|insurance pending|太贵不打|没来打|断针|疗程到|已换|no further doses|地舒单抗？
病重，停所有药|最佳支持治疗|BSC|died 12/2024|未复诊|LTFU|not seen since 2023|last seen 3/2023|重复医嘱
duplicate order|开错
wrong patient|母亲用药|for mother|双盲|placebo"""
)
SUITED = words(
    """无过敏|无过敏史|过敏史：无|过敏史(-)|否认药物过敏史|有过敏史|过敏体质|青霉素过敏|青霉素皮试阳性|头孢过敏
海鲜过敏史
过敏史：青霉素|唑来膦酸过敏|抗过敏治疗|如过敏停用|警惕过敏反应|过敏性鼻炎|孕妇禁用|低钙血症者禁用
肾功能不全慎用，监测血钙
NKDA|no known allergies|allergies: PCN|avoid dental work|avoid in pregnancy|no contraindications
contraindicated in pregnancy
not contraindicated|皮试(-)|血钙？|下次2025-02-01|双膦酸盐不耐受，改地舒单抗|备用|批准|否|对本品过敏者禁用
若过敏即停|PA approved|labs pending|考虑改q12w|转门诊继续|no more pain|planned dental visit|denied side effects|Ca?"""
)
ENDED = words(
    """治疗满24月|已满两年|满2年|用满两年|已用满24个月|疗程24月已满|够疗程|打完24针|完成24月|completed 2 years
s/p 6 cycles
s/p 24 months|s/p denosumab|n/l on|n/l taking|no longer on|done with denosumab|completed 12/12|ended 3/2023|转ZA
-> zometa"""
)
GOES_ON = words(
    """计划治疗满24月|至少用满2年|年满60岁|术后已满2年|停经满1年|治疗满24月后评估|已完成2周期|已用2年|治疗24月
s/p mastectomy
s/p 6 cycles chemo|s/p 2/6 cycles|满意|第24月|completed 2/6 cycles|满1年，续用|用药满1年，疗效好，继续使用
总疗程2年|转q12w|q4w→q12w|s/p RT to L3"""
)
OVER = words(
    """末次3/2024|last dose 03/2023|last given 2/2023|末次2023.03|末次用药2023年3月|last dose Mar 2023
last dose Mar. 2023
last dose 3/15/2023|last dose 15/3/2023|last dose 3/15/23|last dose 15 Mar 2023|last dose March 15, 2023|末次23年3月
末次20230315|末次202303|用至03/2023|until 12/2024|3/2023-12/2023|2023年3月至12月|2023年3月-2023年12月
from 3/2023 to 12/2023"""
)
NOT_OVER = words(
    """last dose 01/2025|末次1/2025|until 03/2025|用至12/2025|until 1/2025|3/2023 - 12/2025|2024年3月至今|since 3/2023
last dose 13/2023|start 03/2023|复查3/2023|2024年3月起|used until 31/1/2025|last dose 2/1/2025"""
)


@pytest.mark.parametrize("text", [*UNSUITED, *ENDED, *OVER])
def test_a_drug_is_not_in_use_for_certain_beside_words_against_it(text: str) -> None:
    assert noted(text) is None


@pytest.mark.parametrize("text", [*SUITED, *GOES_ON, *NOT_OVER])
def test_a_drug_stays_in_use_beside_what_is_said_of_something_else(text: str) -> None:
    assert noted(text) == "active"


NAMES = words(
    """地舒单抗过敏|地舒单抗（过敏）|allergy: denosumab|地舒单抗皮试阳性|地舒单抗禁用|慎用地舒单抗|地舒单抗拒用
地舒单抗不耐受
denosumab intolerance|denosumab contraindicated|avoid denosumab|地舒单抗缺药|地舒单抗待审批|n/l on denosumab
地舒单抗？
denosumab last dose 3/2023|地舒单抗（拟）|denosumab pending|no denosumab|地舒单抗(-)"""
)


@pytest.mark.parametrize("text", NAMES)
@pytest.mark.parametrize("make", [request, statement])
def test_the_name_of_a_drug_beside_words_against_it_is_none_in_use(make: Any, text: str) -> None:
    (one,) = mapped(make("d", text)).profile["medications"]
    assert "status" not in one


@pytest.mark.parametrize("text", ["某新药", "地舒单抗某某", "地舒单抗或唑来膦酸", "唑来膦酸→地舒单抗", "denosumab PRN"])
def test_other_names_stay_in_use(text: str) -> None:
    (one,) = mapped(request("d", text)).profile["medications"]
    assert one["status"] == "active"


@pytest.mark.parametrize(
    ("name", "drug"),
    [
        *(("地舒单杭", "denosumab"), ("鲁可欣", "denosumab"), ("Dmab", "denosumab"), ("唑莱膦酸", "zoledronate")),
        *(("ZOL", "other"), ("ZA", "other")),  # ZOL is Zoladex as well, ZA has two letters: they are asked for
    ],
)
def test_misspellings_brands_and_abbreviations_of_bone_agents(name: str, drug: str) -> None:
    (one,) = mapped(request("d", name)).profile["medications"]
    assert (one["drug"], one["status"]) == (drug, "active")


def course(text: str, name: str = "放疗") -> Mapped:
    return mapped(procedure("r", {"text": name}, performedDateTime="2025-01-10", note=[{"text": text}]))


@pytest.mark.parametrize(
    "text", words("""5/10次|患者没来|机器坏|无法配合|will start 3/2025|择期|部分完成|d/c'd after 3""")
)
def test_a_course_is_not_completed_for_certain_beside_words_against_it(text: str) -> None:
    (one,) = course(text).profile["radiotherapy"]
    assert "status" not in one


@pytest.mark.parametrize("text", words("""30Gy/10次|20Gy/5f|25次，已完成|completed 3/2023|2Gy/次|无禁忌症"""))
def test_a_course_stays_completed_beside_others(text: str) -> None:
    (one,) = course(text).profile["radiotherapy"]
    assert one["status"] == "completed"


@pytest.mark.parametrize("name", ["RT 30Gy/10f", "XRT", "s/p RT"])
def test_a_short_name_of_radiotherapy_leaves_the_list_open(name: str) -> None:
    assert mapped(procedure("r", {"text": name})).profile["left_out"] == {"radiotherapy": 1}
