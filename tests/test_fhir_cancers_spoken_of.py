"""A code of a cancer beside words that name it as nobody's here, and doubts that are about something else than it."""

from __future__ import annotations

import re

import pytest

from fhir_support import ICD10, concept, condition, fact, mapped, profile
from oncocds_fhir.mapping import Mapped


def words(text: str) -> list[str]:
    return re.split("[|\n]", text)


def is_certain(found: Mapped) -> bool:
    lesions = found.profile.get("lesions", ())
    return "tumour_type" in found.profile.get("diagnosis", {}) or any(one["status"] == "confirmed" for one in lesions)


OF_NOBODY = {
    "C50.9": words(
        """非乳腺癌|乳腺癌（母亲）|乳腺癌（母）|乳腺癌-母亲|乳腺癌（姐姐）|乳腺癌 母亲|乳腺癌风险|乳腺癌高风险
乳腺癌患病风险|乳腺癌预防|乳腺癌咨询|乳腺癌遗传咨询|乳腺癌筛查|乳腺癌普查|乳腺癌体检|预防乳腺癌|筛查乳腺癌
乳腺癌易感|乳腺癌家族史|癌前病变|乳腺癌前病变|乳腺癌（初步诊断）|（初步诊断）|初步诊断：乳腺癌|乳腺癌(拟诊)
乳腺结节|左乳结节4A类|叶状肿瘤|乳腺叶状肿瘤|良性叶状肿瘤|乳腺导管上皮不典型增生|并非乳腺癌|不是乳腺癌
担心乳腺癌|恐癌|防癌体检|breast cancer screening|breast cancer risk|risk of breast cancer
breast cancer prevention|breast cancer counseling|not breast cancer|breast nodule|phyllodes tumor
precancerous lesion of breast|atypical ductal hyperplasia|breast cancer (mother)
family history of breast cancer|乳腺癌風險|乳腺結節|非乳腺癌患者|high risk for breast cancer
乳腺癌基因检测咨询|乳腺癌防治|乳腺癌宣教|乳腺癌（其姐）|乳腺癌（外婆）|乳腺癌（患者母亲）|乳腺癌(妹妹患)
母亲乳腺癌|乳腺癌 姐姐|姐姐患乳腺癌|乳腺癌发病风险评估|乳腺癌风险评估|乳腺癌的预防|乳腺癌早期筛查
乳腺癌筛查阴性|乳腺癌术前待查|乳腺癌？待病理|排除乳腺癌|除外乳腺癌|无乳腺癌|未患乳腺癌|未见乳腺癌|否认乳腺癌
乳腺良性结节|乳腺增生结节|乳房结节|左乳多发结节|双乳结节BI-RADS 3类|乳腺低回声结节|乳腺纤维囊性病
乳腺导管内乳头状瘤|交界性叶状肿瘤|乳腺癌前期病变|乳腺原位癌|乳腺癌BRCA检测咨询|乳腺癌健康咨询|乳腺癌科普
疑乳腺癌|乳腺癌可疑|拟诊乳腺癌|乳腺癌（疑诊）|初步诊断:左乳癌|入院初步诊断 乳腺癌|非癌|非恶性肿瘤
乳腺非恶性肿瘤|恐惧乳腺癌|no breast cancer|not malignant|at risk for breast cancer
breast cancer gene carrier|BRCA1 carrier|mother had breast cancer|breast cancer in mother
sister with breast cancer|breast mass, benign|rule out breast cancer|preliminary diagnosis: breast cancer
breast cancer (provisional)|乳癌風險評估|乳癌篩檢|母親乳癌"""
    ),
    "C34.9": words(
        """肺结节|肺部结节|双肺多发结节|肺磨玻璃结节|肺癌筛查|肺癌风险|肺癌高危|非肺癌|肺癌（父亲）|肺癌预防|肺部阴影
右肺上叶磨玻璃影|lung nodule|pulmonary nodules|lung cancer screening|非恶性|肺癌早筛|肺结核|肺错构瘤
肺癌待排|肺結節|非肺癌患者|肺占位|双肺结节|右肺结节待查|肺部小结节|肺结节随访|肺部多发磨玻璃结节
孤立性肺结节|肺炎性假瘤|肺部感染|肺气肿|肺大疱|肺癌（爷爷）|肺癌早期筛查|低剂量CT肺癌筛查|非肺恶性肿瘤
肺非典型腺瘤样增生|肺原位腺癌|lung nodules follow-up|GGO|solitary pulmonary nodule|not lung cancer
rule out lung cancer|肺癌？|考虑肺癌|可疑肺癌|肺部陰影"""
    ),
    "C22.0": words(
        """肝硬化结节|肝硬化|肝血管瘤|肝癌高危|肝癌筛查|肝癌风险|非肝癌|肝结节|肝囊肿|肝局灶性结节增生|肝腺瘤
liver cirrhosis|hepatic hemangioma|乙肝肝硬化|肝癌家族史|肝癌预防|肝占位|肝硬化失代偿期|酒精性肝硬化
乙型肝炎肝硬化|肝占位性病变|肝多发囊肿|肝血管瘤？|脂肪肝|慢性乙型肝炎|肝再生结节|肝癌早筛|肝癌（哥哥）
肝癌？|考虑肝癌|liver nodule|HCC screening|risk of HCC"""
    ),
    "C79.5": words(
        """骨质疏松|骨岛|骨扫描阴性|骨转移风险|预防骨转移|骨转移筛查|非骨转移|骨质增生|骨量减少|退行性变|骨转移待排
骨转移预防|bone island|osteoporosis|bone scan negative|risk of bone metastasis|no bone metastases
骨转移（-）|骨转移：无|无骨转移|骨囊肿|腰椎退变|非转移性骨病变|prevention of bone metastases|骨轉移風險
骨髓水肿|骨质疏松症|骨岛可能|骨扫描未见异常|骨转移高危|骨转移风险评估|骨转移的预防|非骨转移性病变|骨良性病变
腰椎间盘突出|骨质疏松性骨折|骨血管瘤|椎体血管瘤|骨关节病|bone infarct|osteoarthritis|骨扫描（-）|骨痛
bone metastasis prevention|rule out bone metastasis|骨转移？|骨转移待查"""
    ),
}
OF_THE_PATIENT = {
    "C50.9": words(
        """乳腺癌|三阴性乳腺癌|非特殊型乳腺癌|非特殊类型浸润性癌|乳腺癌，复发风险高|乳腺癌，骨折风险|乳腺癌，预防骨转移
乳腺癌骨转移风险|乳腺癌，甲状腺结节|乳腺癌合并肝硬化|乳腺癌伴肺结节|乳腺癌，肺结节随访|乳腺癌，母亲健在
乳腺癌，遗传咨询|乳腺癌术后，肝结节|乳腺恶性叶状肿瘤|恶性叶状肿瘤|非转移性乳腺癌|左乳癌伴非典型增生|乳腺肿物
乳腺肿瘤|乳腺癌，骨质疏松|乳腺癌 随访|乳腺癌前哨淋巴结活检术后|左乳浸润性癌（非特殊型）|乳腺癌，伴癌前病变
non-metastatic breast cancer|breast cancer, high risk of recurrence|breast cancer with lung nodule
乳腺癌，防跌倒宣教|乳腺癌 非首次化疗|乳腺癌（非绝经）|乳腺癌伴乳腺结节|乳腺癌，预防性升白|乳腺癌，预防呕吐
乳腺癌合并骨质疏松|乳腺癌（初诊）|乳腺癌复诊|左乳癌|右乳腺癌术后化疗后|乳腺恶性肿瘤|乳腺癌IV期
乳腺癌（三阴型）|乳腺癌，母亲陪诊|乳腺癌，家属知情|乳腺癌，肝硬化|乳腺癌，甲状腺结节待查
乳腺癌、糖尿病、高血压|乳腺癌，骨折高风险|乳腺癌（高危复发）|乳腺癌术后，定期筛查对侧|乳腺癌，BRCA1突变
乳腺癌，遗传咨询建议|乳腺癌，预防性使用粒细胞|乳腺癌，预防跌倒|乳腺癌，低钙风险|乳腺癌伴对侧乳腺结节
乳腺癌，左乳结节|乳腺癌，非绝经期|乳腺癌（非特指）|乳腺非特殊型浸润癌|乳腺癌，非骨转移|乳腺癌，无骨转移
乳腺癌，未见转移|breast cancer, bone mets screening|breast cancer, osteoporosis risk
breast cancer, mother alive|breast cancer, benign liver cyst|ER+ breast cancer|左乳浸潤性癌|乳癌術後
乳腺癌 焦虑 咨询|乳腺癌，健康宣教|breast cancer; anemia under investigation|乳腺癌，肺部阴影待查"""
    ),
    "C34.9": words(
        """肺癌|非小细胞肺癌|非鳞癌|非鳞非小细胞肺癌|肺癌（非鳞癌）|非小细胞癌|非小细胞肺癌（非鳞）|肺腺癌，非吸烟者
肺癌伴肺结节|肺癌，对侧肺结节|肺癌合并肺结核|非小细胞肺癌，RET融合|non-small cell lung cancer
nonsquamous NSCLC|non-squamous non-small cell lung cancer|肺癌，非手术治疗|右肺上叶结节，肺腺癌
肺腺癌（磨玻璃结节）|小细胞肺癌|肺腺癌|肺鳞癌|右上肺癌，左肺结节|肺癌，非霍奇金淋巴瘤史|非小细胞肺癌（腺癌）
非小细胞肺癌IV期|非鳞状非小细胞肺癌|肺癌，肺气肿|肺癌伴阻塞性肺炎|NSCLC|nonsmall cell lung cancer
lung cancer, pulmonary nodules|肺结节术后：腺癌|肺癌，父亲吸烟|肺癌，心脏风险评估|肺癌，结节病"""
    ),
    "C22.0": words(
        """肝细胞癌|乙肝肝硬化、肝细胞癌|肝癌，肝硬化|肝硬化背景肝癌|肝癌伴肝硬化结节|肝癌，非手术|原发性肝癌
肝癌合并肝血管瘤|肝恶性肿瘤|HCC, cirrhosis|hepatocellular carcinoma with cirrhosis|肝细胞癌，肝硬化
原发性肝癌，乙肝肝硬化失代偿|肝癌术后|肝细胞性肝癌|HCC BCLC B|肝癌，肝囊肿|肝癌，非酒精性脂肪肝
cirrhosis with hepatocellular carcinoma"""
    ),
    "C79.5": words(
        """骨转移|骨质疏松，骨转移|多发骨转移|骨转移，骨质疏松|骨转移瘤|骨转移，预防骨折|腰椎转移|骨转移，骨折风险高
骨转移伴骨质增生|bone metastases|bone metastases, osteoporosis|骨转移（非负重骨）|继发性骨肿瘤
腰椎退变，骨转移|骨转移癌|骨继发恶性肿瘤|胸椎转移|骨转移，骨痛|骨转移，椎体压缩骨折|骨转移伴病理性骨折
骨转移，骨岛|骨转移，骨折高风险|骨转移，双膦酸盐预防骨相关事件|osseous metastases
bone metastasis, osteopenia|骨轉移|骨转移，发热待查|骨转移，原发灶待查|骨转移，贫血待查"""
    ),
}
IN_DOUBT_BESIDE = words(
    """乳腺癌，HER2待查|乳腺癌，发热待查|乳腺癌术后，贫血待查|乳腺癌，骨转移待排|乳腺癌，HER2？|乳腺癌，ER待定
乳腺癌，胸腔积液待查|左乳癌，肝功能异常待查|乳腺癌，咳嗽待查|乳腺癌 发热待查|乳腺癌；贫血待查|乳腺癌（HER2待查）
乳腺癌，脑转移？|乳腺癌，肝转移可能|乳腺癌，肺结节待查|乳腺癌，骨痛待查|乳腺癌、发热待查|乳腺癌伴贫血待查
乳腺癌，肺部感染？|乳腺癌，HER2状态待定|乳腺癌，分期待定|乳腺癌，基因检测待回报|右乳癌，发热原因待查
乳癌，貧血待查|breast cancer, HER2 pending|breast cancer; fever?|乳腺癌，腰痛待查|乳腺癌，肝占位待查
乳腺癌，血小板减少待查|乳腺癌术后，胸痛查因|乳腺癌，ER？|乳腺癌，PR待定|乳腺癌，Ki67待回报|左乳癌术后，发热？
乳腺癌，淋巴结肿大待查|乳腺癌，皮疹待查|乳腺癌，颅内占位待查|乳腺癌，胸椎病变待查|乳腺癌，骨质破坏待查
乳腺癌，头晕待查|乳腺癌，甲减待查|乳腺癌，肝损害原因待查|乳腺癌，骨转移？|乳腺癌，双肺转移待排
乳腺癌，脑转移不除外|乳腺癌，血栓？|乳腺癌，心包积液待查|乳腺癌 IIIA期，HER2待查|breast cancer, bone metastasis?
breast cancer, fever to be investigated|乳腺癌，类型待定|乳腺癌，TNM分期待定"""
)
IN_DOUBT = words(
    """乳腺癌，某某肿物待查|乳腺癌可能，甲减待查|乳腺癌，腋下肿物待查|乳腺癌，骨转移，均待排|甲减待查，乳腺癌待排
乳腺癌，待查|乳腺癌待查|乳腺癌？|乳腺癌，性质待查|乳腺癌，病理待查|乳腺癌，左乳待查|乳腺癌，左乳肿物待查
乳腺癌，诊断待定|乳腺癌（待排）|乳腺癌，?|乳腺癌，原发灶待查|乳腺癌，良恶性待定|乳腺癌可能，发热待查
乳腺癌待排，HER2待查|发热待查，乳腺癌？|breast cancer?|breast cancer, to be confirmed|乳腺癌，待病理
乳腺癌，肿块待查|乳腺癌，待排除|右乳腺癌，左乳肿物待查"""
)


@pytest.mark.parametrize(("code", "text"), [(code, text) for code, texts in OF_NOBODY.items() for text in texts])
def test_words_that_name_a_cancer_as_nobody_s_leave_its_code_open(code: str, text: str) -> None:
    assert not is_certain(mapped(condition("c", concept(ICD10, code, text))))


@pytest.mark.parametrize(("code", "text"), [(code, text) for code, texts in OF_THE_PATIENT.items() for text in texts])
def test_words_about_something_else_leave_the_code_what_it_is(code: str, text: str) -> None:
    assert is_certain(mapped(condition("c", concept(ICD10, code, text))))


@pytest.mark.parametrize("text", IN_DOUBT_BESIDE)
def test_a_doubt_about_something_else_is_none_about_the_cancer(text: str) -> None:
    for code in (concept(ICD10, "C50.9", text), {"text": text}):
        assert fact(mapped(condition("c", code)), "diagnosis.tumour_type") == "breast"


@pytest.mark.parametrize("text", IN_DOUBT)
def test_a_doubt_about_the_cancer_itself_leaves_it_open(text: str) -> None:
    for code in (concept(ICD10, "C50.9", text), {"text": text}):
        assert fact(mapped(condition("c", code)), "diagnosis.tumour_type") is None


@pytest.mark.parametrize(
    ("note", "known"),
    [
        *((one, None) for one in words("诊断已更正|更正诊断|诊断已修正为肺癌|诊断更正为乳腺增生|无病理依据|初步诊断")),
        *(
            (one, None)
            for one in words("無病理依據|diagnosis corrected|diagnosis changed to fibroadenoma|no histology")
        ),
        *((one, "breast") for one in words("更正诊断为左乳浸润性癌|修正诊断：左乳癌|有病理依据|诊断明确")),
    ],
)
def test_a_note_that_the_diagnosis_was_put_right_or_rests_on_nothing(note: str, known: str | None) -> None:
    found = mapped(condition("c", concept(ICD10, "C50.9", "乳腺癌"), note=[{"text": note}]))
    assert fact(found, "diagnosis.tumour_type") == known


def test_a_part_of_a_note_with_countless_words_of_doubt_is_not_weighed_word_by_word() -> None:
    for times, known in ((2, "breast"), (50, None)):
        note = [{"text": "化疗取消" * times}]
        found = mapped(condition("c", concept(ICD10, "C50.9", "乳腺癌"), note=note))
        assert fact(found, "diagnosis.tumour_type") == known


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("右乳浸润性导管癌伴导管原位癌", "right"),
        ("右乳浸润性导管癌，伴少量DCIS", "right"),
        ("左乳浸润性癌（伴导管原位癌成分）", "left"),
        ("右乳浸润性小叶癌合并小叶原位癌", "right"),
        ("右乳浸潤性導管癌伴導管原位癌", "right"),
        ("invasive ductal carcinoma of right breast with DCIS", "right"),
    ],
)
def test_an_invasive_cancer_beside_one_in_situ_has_its_side(text: str, side: str) -> None:
    for code in (concept(ICD10, "C50.9", text), {"text": text}):
        found = mapped(condition("c", code))
        assert (fact(found, "diagnosis.tumour_type"), fact(found, "diagnosis.laterality")) == ("breast", side)


@pytest.mark.parametrize("text", words("右乳导管原位癌|导管原位癌|乳腺导管内癌|左乳原位癌|左乳癌，导管原位癌|右乳DCIS"))
def test_a_cancer_in_situ_alone_is_no_invasive_one(text: str) -> None:
    for code in (concept(ICD10, "C50.9", text), {"text": text}):
        assert fact(mapped(condition("c", code)), "diagnosis.tumour_type") is None


@pytest.mark.parametrize(
    "text", words("骨转移：L2？|骨转移:L2、T12？|骨转移（L2？）|骨转移，L2？|骨转移，腰椎？|乳腺癌骨转移：L2？")
)
def test_a_doubt_about_a_site_leaves_the_metastasis_certain(text: str) -> None:
    for code in (concept(ICD10, "C79.5", text), {"text": text}):
        (lesion,) = profile(condition("c", code))["lesions"]
        assert (lesion["organ"], lesion["status"], lesion.get("site")) == ("bone", "confirmed", None)


@pytest.mark.parametrize("text", words("骨转移：待排|骨转移：可能|骨转移？：L2|骨转移，待排"))
def test_a_doubt_about_the_metastasis_is_none_about_its_site(text: str) -> None:
    (lesion,) = profile(condition("c", concept(ICD10, "C79.5", text)))["lesions"]
    assert lesion["status"] == "suspected"
