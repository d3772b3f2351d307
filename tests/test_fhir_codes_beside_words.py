"""Codes of cancers beside words that make nobody certain, and beside words that take nothing from them."""

from __future__ import annotations

import re

import pytest

from fhir_support import ICD10, Resource, concept, condition, fact, mapped, profile


def words(text: str) -> list[str]:
    return re.split("[|\n]", text)


def lesions(code: Resource) -> dict[str, str]:
    return {one["organ"]: one["status"] for one in profile(condition("c", code)).get("lesions", ())}


# Names without a word for a metastasis, cases that have not come, choices that were not made, what is gone or denied
# from afar, alternatives, other growths.
NO_METASTASIS = words(
    """压缩性骨折|L1压缩性骨折|腰椎压缩骨折|compression fracture of L1|骨折|腰椎骨折|腰痛|骨骼疼痛|癌痛
骨密度减低|BM|SRE|骨相关事件|核素浓聚|骨扫描异常浓聚|骨质破坏|溶骨性病变|骨代谢异常|lytic lesion|abnormal bone scan
nonspecific bone lesion|lesions too small to characterize|osteoporotic fracture|Paget病|骨肿瘤|bone tumor|椎管内肿瘤
多发性骨髓瘤骨病|myeloma bone disease|骨肉瘤|内生软骨瘤|骨样骨瘤|骨髓纤维化|如出现骨转移|若骨转移则行放疗
如有骨转移，加用双膦酸盐|一旦发生骨转移|假如骨转移|if bone metastases develop|in case of bone metastases
骨转移：□有 ☑无|骨转移：有□ 无√|骨转移 □是 ☑否|□骨转移 ☑肝转移|骨转移 [ ]有 [x]无|已排骨转移|bone mets neg
骨转移（—）|骨转移 －|骨转移:-|骨转移：—|骨转移：未|骨转移：未查|骨转移：未知|骨转移：待回报|骨转移：NA
骨转移:unknown|bone mets: pending|bone mets: not done|骨转移：无法评估|rule-out bone mets|eval for bone mets
evaluate bone mets|poss bone mets|prob bone mets|susp bone mets|previous bone mets|prior bone mets
former bone metastasis|hx bone mets, resolved|患者自诉骨转移|家属诉骨转移|网上查骨转移|骨转移保险理赔咨询
骨转移患者家属|潜在骨转移|亚临床骨转移|微转移|骨转移(删除)|删：骨转移|骨转移或骨岛|骨转移×|骨转移(×)|骨转移 ☐
骨转移 有 □ 无 ■|骨转移:(√)无( )有|骨转移 Y/N|骨转移 是/否|有/无骨转移|有无骨转移|是否骨转移|骨转移：N|bone mets: N
骨转移：F|bone metastases (0)|骨转移：0处|NED|bone mets, NED|no evidence of disease|原骨转移灶消失
bone metastases resolved|骨转移目前证据尚不充分|骨转移诊断缺乏依据|骨转移，经复核后予否定|骨转移已被推翻
复查后骨转移诊断推翻|bone metastases were not demonstrated|骨转移待复查明确|骨转移待进一步检查明确|骨转移几率大
favor metastasis|favored to represent metastasis|worrisome for bone metastasis|presumably bone metastasis|似骨转移
恐为骨转移|骨转移，骨质疏松？|骨转移，考虑骨质疏松|肋骨转移，骨岛？|probably osseous metastasis|骨转移/骨髓瘤
骨岛/骨转移|表姐骨转移|病友骨转移"""
)
METASTASIS = words(
    """骨转移，如需放疗请会诊|骨转移（如图）|若干骨转移灶|骨转移，若疼痛加重则就诊|骨转移，似有好转
骨转移，疼痛消失|例如骨转移|bone metastases, if pain worsens RT|bone metastasis, friend accompanies|骨转移 ☑|骨转移√
骨转移2.1×1.5cm|骨转移 10×8mm|骨转移，待手术|骨转移（N2）|诊断如下：骨转移|骨转移，如前|骨转移较前相仿
骨转移与前相似|骨转移，较前缩小|骨转移较前新发|腰椎|Knochenmetastasen|métastases osseuses|metástasis óseas
骨恶性肿瘤继发|bone mets (n=3)|bone metastases: numerous|骨转移：（1）腰椎|metastatic disease to bone, resolved pain
骨转移，缺乏营养|C79.5|1|椎体转移瘤 Y|骨转移：是|骨转移(有)|骨转移：溶骨|bone mets: pelvis, ribs|骨转移，自诉疼痛减轻
bone metastases, previous RT|骨转移，查血钙|骨转移，或需放疗|骨转移：溶骨性|骨转移：阳性|骨转移：多发|骨转移：L3
骨转移综合治疗|骨转移伴疼痛|骨转移癌痛|骨转移PD|骨转移，PR|溶骨性骨转移|骨转移去年底|确诊骨转移|病理证实骨转移
bone mets on denosumab|known bone mets|bone mets dx 2023|biopsy-proven bone mets|骨转移 待放疗|骨转移+肝转移
骨转移/肝转移|骨转移复查|转移性骨肿瘤|metastatic bone disease|bone mets (biopsy confirmed)|骨转移，HER2 neg
骨转移，L1压缩性骨折|骨转移：☑有 □无|骨转移，家里自购药"""
)
NOBODY_S = {
    "C50.9": words(
        """screening mammogram for breast cancer|breast cancer surveillance|如确诊乳腺癌则手术|如果是乳腺癌
若为乳腺癌|if breast cancer|乳腺癌 □是 ☑否|□乳腺癌 □肺癌|乳腺癌：□是 □否|是否乳腺癌|乳腺癌 Y/N|同病房患者乳腺癌
朋友患乳腺癌|婆婆乳腺癌|堂姐乳腺癌|乳腺癌（表妹）|家中有乳腺癌患者|二级亲属乳腺癌|外甥女患乳腺癌
cousin with breast cancer|fh breast ca|FHx breast ca|family hx breast cancer|FH: breast cancer
maternal aunt - breast cancer|母亲-乳腺癌|乳腺癌患者之女|乳腺癌基因阳性|BI-RADS 4|BI-RADS 4C|乳腺肿物BI-RADS4B
乳腺脓肿|乳腺脂肪坏死|乳头溢液|乳腺钼靶异常|乳腺癌或纤维腺瘤|乳腺癌尚不能诊断|不能诊断乳腺癌|要求查乳腺癌
乳腺癌第二诊疗意见咨询|排除肺癌|家族史：肺癌|niece had breast cancer|grandma with breast cancer
mother-in-law breast cancer|乳腺淋巴瘤|breast lymphoma|乳腺恶性黑色素瘤|乳腺癌诊断推翻|乳腺癌经复核不能成立|似乳腺癌
favor breast carcinoma"""
    ),
    "C34.9": words("肺淋巴瘤|胸膜间皮瘤|是否肺癌|公公肺癌|如为肺癌|肺癌/肺结核|肺结核/肺癌"),
    "C22.0": words(
        "HCC surveillance|surveillance for HCC|肝癌监测|胆管细胞癌|肝内胆管癌|肝母细胞瘤|肝癌/肝血管瘤|岳父肝癌"
    ),
}
THE_PATIENT_S = {
    "C50.9": words(
        """乳腺癌，同事陪同|乳腺癌，丈夫肺癌|乳腺癌，一旦发热就诊|breast cancer, may be pregnant|乳腺癌 ☑
乳腺癌：☑是 □否|乳腺癌，婆婆照顾|breast cancer, husband present|乳腺癌，淋巴瘤史|乳腺癌合并淋巴瘤
乳腺癌，如发热请急诊|乳腺癌，似感冒|左乳癌3×2cm|乳腺癌术后监测|乳腺癌，监测血钙|screen-detected breast cancer
breast cancer found by screening mammography|乳腺癌，将来生育|乳腺癌：右|breast ca, NED|乳腺癌，无瘤生存5年
breast cancer; daughter BRCA+|乳腺癌，骨髓瘤待排|乳腺癌，如出现骨转移，加用地舒单抗"""
    ),
    "C34.9": words("肺腺癌，丈夫健在|lung adenocarcinoma, favor primary|肺癌，监测CEA|肺癌伴胸腺瘤"),
    "C22.0": words("肝细胞癌，胆管癌待排|肝癌，监测AFP|HCC, surveillance imaging|肝细胞癌，如出血急诊"),
}


@pytest.mark.parametrize("text", NO_METASTASIS)
def test_a_code_of_a_metastasis_beside_words_that_do_not_say_so_is_not_certain(text: str) -> None:
    assert "confirmed" not in lesions(concept(ICD10, "C79.5", text)).values()


@pytest.mark.parametrize("text", METASTASIS)
def test_words_about_something_else_leave_a_metastasis_certain(text: str) -> None:
    assert lesions(concept(ICD10, "C79.5", text))["bone"] == "confirmed"


@pytest.mark.parametrize(("code", "text"), [(code, text) for code, texts in NOBODY_S.items() for text in texts])
def test_a_code_of_a_cancer_beside_words_that_do_not_say_so_is_open(code: str, text: str) -> None:
    assert fact(mapped(condition("c", concept(ICD10, code, text))), "diagnosis.tumour_type") is None


@pytest.mark.parametrize(("code", "text"), [(code, text) for code, texts in THE_PATIENT_S.items() for text in texts])
def test_words_about_something_else_leave_a_cancer_certain(code: str, text: str) -> None:
    assert fact(mapped(condition("c", concept(ICD10, code, text))), "diagnosis.tumour_type") is not None


def test_a_form_is_read_where_each_box_stands_before_its_option() -> None:
    assert lesions({"text": "骨转移：☑有 □无"}) == {"bone": "confirmed"}
    assert lesions({"text": "☑骨转移 □肝转移"}) == {"bone": "confirmed"}
    assert lesions({"text": "骨转移：□有 ☑无"}) == {}
    for note, status in (("骨转移：□有 ☑无", "suspected"), ("骨转移：☑有 □无", "confirmed")):
        found = profile(condition("c", concept(ICD10, "C79.5", "骨转移"), note=[{"text": note}]))
        assert found["lesions"][0]["status"] == status


@pytest.mark.parametrize(
    "text",
    words(
        """乳腺癌术后，未见复发|乳腺癌，无复发|乳腺癌术后，未见复发转移|乳腺癌术后无复发|乳腺癌术后，无明显复发征象
乳腺癌，未见复发，未见转移|breast cancer, no recurrence|breast cancer without recurrence|乳腺癌术后未见复发及转移
乳腺癌，未见复发，无骨转移"""
    ),
)
def test_a_recurrence_that_is_denied_denies_no_cancer(text: str) -> None:
    for code in (concept(ICD10, "C50.9", text), {"text": text}):
        found = profile(condition("c", code))
        assert (found["diagnosis"]["tumour_type"], found.get("lesions")) == ("breast", None)


@pytest.mark.parametrize(
    "text", words("未见复发、骨转移|未见复发，骨转移|乳腺癌，无复发，骨转移|无复发骨转移|无复发及骨转移")
)
def test_what_may_be_denied_with_the_recurrence_is_not_certain(text: str) -> None:
    assert "confirmed" not in lesions({"text": text}).values()


@pytest.mark.parametrize(
    "text",
    words("骨转移，未见明显改变|骨转移，无明显改变|骨转移，无多发|骨转移，目前无治疗|bone metastases, not multiple"),
)
def test_a_denial_of_something_else_denies_no_metastasis(text: str) -> None:
    assert lesions(concept(ICD10, "C79.5", text)) == {"bone": "confirmed"}
    assert lesions({"text": text}) == {}  # not understood: neither there nor denied


@pytest.mark.parametrize(
    "text", words("骨转移，无证据|骨转移，未见明显|骨转移：无|骨转移，目前无|骨转移，未见骨质改变")
)
def test_a_bare_denial_denies_what_stands_before_it(text: str) -> None:
    assert lesions(concept(ICD10, "C79.5", text)) == {}


@pytest.mark.parametrize(
    ("text", "tumour"),
    [
        *(
            (one, "breast")
            for one in words("左乳IDC|TNBC|乳腺癌术后三年余|乳癌术后1年半|二〇二三年乳腺癌术后|乳腺癌，高血压，糖尿病")
        ),
        *(
            (one, "breast")
            for one in words("1.左乳癌 2.高血压病 3.2型糖尿病|1、左乳浸润性癌 2、骨转移 3、高血压病|乳腺癌，糖尿病待查")
        ),
        *((one, "nsclc") for one in words("LUAD|LUSC|SqCC of lung")),
        *(
            (one, None)
            for one in words("IDC|HCC?|r/o HCC|HCC筛查|family history of HCC|母亲高血压，乳腺癌|高血压，乳腺癌？")
        ),
        *((one, None) for one in words("乳腺癌，考虑骨质疏松|乳腺癌，高血压病史|高血压")),
        ("HCC", "hcc"),
    ],
)
def test_abbreviations_numerals_and_diseases_beside_a_cancer(text: str, tumour: str | None) -> None:
    assert fact(mapped(condition("c", {"text": text})), "diagnosis.tumour_type") == tumour


@pytest.mark.parametrize(
    "text",
    words(
        "乳腺癌，骨质疏松？|乳腺癌，考虑骨质疏松|乳腺癌，排除糖尿病|乳腺癌，既往高血压|乳腺癌，高血压病史|乳腺癌，无高血压|乳腺癌，母亲高血压"
    ),
)
def test_what_is_said_of_another_disease_is_nothing_about_the_cancer(text: str) -> None:
    assert fact(mapped(condition("c", concept(ICD10, "C50.9", text))), "diagnosis.tumour_type") == "breast"
