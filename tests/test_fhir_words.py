"""Words and codes as records have them: parts of diagnoses, ICD in other spellings, answers, absences, radiotherapy.

The inputs are shaped after mCODE's examples and value sets, the IPS, China's national ICD-10, reports of pathology and
laboratory, and names of radiotherapy in hospitals' orders.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as law
from hypothesis import strategies as st

from fhir_support import (
    ICD10,
    ICD10CM,
    LOINC,
    MCODE,
    SNOMED,
    concept,
    condition,
    fact,
    mapped,
    observation,
    open_lists,
    procedure,
    quantity,
    reasons,
    request,
    statement,
)
from oncocds.vocabulary.code_loader import bundled_codes
from oncocds_fhir.phrases import phrases

CN = "http://hl7.org/fhir/sid/icd-10-cn"
IPS = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"
AJCC = "http://cancerstaging.org"
NAME = "American Joint Committee on Cancer"
SECONDARY = {"profile": [f"{MCODE}/mcode-secondary-cancer-condition"]}


def lesions(found: Any) -> dict[str, Any]:
    return {one["id"]: one for one in found.profile.get("lesions", [])}


@pytest.mark.parametrize(
    ("text", "tumour", "side", "places"),
    [
        ("左乳浸润性导管癌", "breast", "left", []),
        ("右乳浸润性癌改良根治术后", "breast", "right", []),
        ("右肺上叶腺癌", "nsclc", "right", []),
        ("肺腺癌伴脑转移", "nsclc", None, ["brain"]),
        ("乳腺癌骨转移", "breast", None, ["bone"]),
        ("左乳癌术后，多发骨、肝转移", "breast", "left", ["bone", "liver"]),
        ("左肺上叶腺癌(pT2N1M0 IIB期)伴L3椎体转移", "nsclc", "left", ["lumbar_spine"]),
        ("腰椎骨转移", None, None, ["lumbar_spine"]),
        ("第3腰椎转移", None, None, ["lumbar_spine"]),
        ("T8椎体转移", None, None, ["thoracic_spine"]),
        ("T12-L2椎体转移", None, None, ["bone"]),
        ("左股骨转移", None, None, ["left-femur"]),
        ("胸椎、腰椎转移", None, None, ["lumbar_spine", "thoracic_spine"]),
        ("纵隔淋巴结转移", None, None, ["node"]),
        ("原发性肝细胞癌", "hcc", None, []),
        ("肝癌肺转移", None, None, ["lung"]),
        ("小细胞肺癌", "sclc", None, []),
        ("前列腺恶性肿瘤骨转移", "prostate", None, ["bone"]),
        ("Malignant neoplasm of left breast", "breast", "left", []),
        ("Adenocarcinoma of lung with bone metastases", "nsclc", None, ["bone"]),
        ("Secondary malignant neoplasm of lumbar vertebra (disorder)", None, None, ["lumbar_spine"]),
        ("乳腺癌，未见明显骨转移", "breast", None, []),
        ("转移性肺癌", None, None, []),
        ("腺癌", None, None, []),
        ("左乳导管原位癌", None, None, []),
        ("1.乳腺癌 2.骨转移", "breast", None, ["bone"]),
        ("①左乳癌②骨转移", "breast", "left", ["bone"]),
        ("1、左乳浸润性癌 2、骨转移？", "breast", "left", ["bone"]),
        ("骨转移（L1、2、骨盆）", None, None, ["lumbar_spine", "pelvis"]),
        ("骨转移专科门诊随访", None, None, []),
    ],
)
def test_a_diagnosis_is_read_by_its_parts(text: str, tumour: str | None, side: str | None, places: list[str]) -> None:
    found = mapped(condition("c", {"text": text}))
    assert fact(found, "diagnosis.tumour_type") == tumour
    assert fact(found, "diagnosis.laterality") == side
    assert sorted(lesions(found)) == places


@pytest.mark.parametrize(
    "text",
    ["疑似骨转移", "骨转移待排", "骨转移？", "不除外骨转移", "骨转移可能性大", "suspected bone metastasis"],
)
@pytest.mark.parametrize("coded", [False, True])
def test_what_is_doubted_is_suspected(text: str, coded: bool) -> None:
    code = concept(ICD10, "C79.5", text) if coded else {"text": text}
    assert lesions(mapped(condition("c", code))) == {"bone": {"id": "bone", "organ": "bone", "status": "suspected"}}


def test_doubt_counts_in_a_text_that_is_not_understood() -> None:
    found = mapped(condition("c", concept(ICD10, "C79.5", "骨转移待排，建议行骨活检")))
    assert lesions(found)["bone"]["status"] == "suspected"
    assert "diagnosis.extent" not in found.sources


@pytest.mark.parametrize("text", ["除外骨转移", "未见骨转移", "无骨转移", "骨转移已排除", "no bone metastases"])
def test_what_is_denied_is_no_lesion(text: str) -> None:
    found = mapped(condition("c", {"text": text}))
    assert not lesions(found)
    assert reasons(found) == {"denied-in-words": ["Condition/c"]}
    assert reasons(mapped(condition("c", concept(ICD10, "C79.5", text)))) == {"codes-disagree": ["Condition/c"]}


@pytest.mark.parametrize("text", ["乳腺癌家族史", "乳腺癌个人史", "family history of breast cancer", "乳腺癌筛查"])
def test_a_history_is_no_tumour(text: str) -> None:
    assert fact(mapped(condition("c", {"text": text})), "diagnosis.tumour_type") is None


def test_a_text_says_more_than_its_code_or_contradicts_it() -> None:
    found = mapped(condition("c", concept(ICD10, "C79.5", "左乳癌腰椎转移")))
    assert fact(found, "diagnosis.tumour_type") == "breast"
    assert list(lesions(found)) == ["lumbar_spine"]
    both = mapped(condition("c", concept(ICD10, "C50.9", "左乳癌骨转移，肝转移待排")))
    assert fact(both, "diagnosis.laterality") == "left"
    assert {name: one["status"] for name, one in lesions(both).items()} == {"bone": "confirmed", "liver": "suspected"}
    for code, text in (("C50.9", "肺腺癌伴脑转移"), ("C79.5", "肝转移"), ("C79.5", "乳腺癌")):
        assert reasons(mapped(condition("c", concept(ICD10, code, text)))) == {"codes-disagree": ["Condition/c"]}


def test_text_and_display_of_one_diagnosis_are_one() -> None:
    unknown = {"system": "urn:hospital", "code": "1"}
    bone = {"text": "腰椎骨转移", "coding": [{**unknown, "display": "Secondary malignant neoplasm of bone (disorder)"}]}
    assert list(lesions(mapped(condition("c", bone)))) == ["lumbar_spine"]
    breast = {"text": "左乳癌术后", "coding": [{**unknown, "display": "Malignant neoplasm of breast (disorder)"}]}
    found = mapped(condition("c", breast))
    assert (fact(found, "diagnosis.tumour_type"), fact(found, "diagnosis.laterality")) == ("breast", "left")
    other = {"text": "左乳癌术后", "coding": [{**unknown, "display": "Adenocarcinoma of left lung"}]}
    assert reasons(mapped(condition("c", other))) == {"codes-disagree": ["Condition/c"]}


@law(st.text(st.sampled_from("左右乳肺腺癌骨腰椎转移伴、，？无史待排术后T8 ")))
def test_an_unknown_word_makes_a_diagnosis_say_nothing(text: str) -> None:
    reader = phrases(bundled_codes())
    assert reader.diagnosis(f"{text}珅") is None
    said = reader.diagnosis(text)
    doubted = reader.diagnosis(f"{text}，骨转移？")
    assert said is None or (doubted is not None and doubted.tumours == said.tumours)


@pytest.mark.parametrize(
    ("system", "code", "tumour", "organ"),
    [
        (CN, "C22.000x002", "hcc", None),
        (CN, "C22.000", "hcc", None),
        (CN, "C50.900x001", "breast", None),
        (CN, "C79.500x028", None, "bone"),
        (CN, "C34.100", "lung_nos", None),
        (CN, "C22.100", "other", None),
        (ICD10, "c509", "breast", None),
        (ICD10, "C795", None, "bone"),
        (ICD10, "C79.5+", None, "bone"),
        (ICD10CM, "C7951", None, "bone"),
        (ICD10CM, "c50.912", "breast", None),
        (CN, "D05.100", None, None),
    ],
)
def test_icd_codes_as_records_write_them(system: str, code: str, tumour: str | None, organ: str | None) -> None:
    found = mapped(condition("c", concept(system, code)))
    assert fact(found, "diagnosis.tumour_type") == tumour
    assert [one.get("organ") for one in lesions(found).values()] == ([organ] if organ else [])


@pytest.mark.parametrize(
    ("code", "organ", "site"),
    [
        ("94389000", "bone", "lumbar_spine"),
        ("94274006", "bone", "thoracic_spine"),
        ("94250008", "bone", "cervical_spine"),
        ("94300004", "bone", "femur"),
        ("94220000", "bone", "skull"),
        ("94353008", "bone", "pelvis"),
        ("94376006", "lung", None),
        ("94248000", "brain", None),
        ("94181007", "node", None),
    ],
)
def test_metastases_of_mcode_in_snomed_ct(code: str, organ: str, site: str | None) -> None:
    (lesion,) = lesions(mapped(condition("c", concept(SNOMED, code), meta=SECONDARY))).values()
    assert (lesion["organ"], lesion.get("site")) == (organ, site)


@pytest.mark.parametrize(
    ("structure", "site"),
    [
        ("91116008", "cervical_spine"),
        ("48405002", "thoracic_spine"),
        ("71996003", "lumbar_spine"),
        ("65985001", "sacrum"),
        ("22356005", "pelvis"),
        ("48535007", "rib"),
        ("29627003", "femur"),
        ("74872008", "skull"),
        ("56873002", "sternum"),
    ],
)
def test_body_sites_of_bone_metastases(structure: str, site: str) -> None:
    found = mapped(condition("c", concept(SNOMED, "94222008"), bodySite=[concept(SNOMED, structure)]))
    assert [one.get("site") for one in lesions(found).values()] == [site]


@pytest.mark.parametrize(
    ("code", "tumour", "side"),
    [
        ("408643008", "breast", None),
        ("254637007", "nsclc", None),
        ("254632001", "sclc", None),
        ("109841003", "hcc", None),
        ("363406005", "colorectal", None),
        ("363443007", "other", None),
        ("187769009", None, None),  # a primary carcinoma of the liver is of no certain type
    ],
)
def test_primaries_of_mcode_in_snomed_ct(code: str, tumour: str | None, side: str | None) -> None:
    found = mapped(condition("c", concept(SNOMED, code)))
    assert (fact(found, "diagnosis.tumour_type"), fact(found, "diagnosis.laterality")) == (tumour, side)


def test_an_unknown_code_of_a_secondary_cancer_is_a_lesion_and_a_remark() -> None:
    found = mapped(condition("c", concept(SNOMED, "999"), meta=SECONDARY))
    assert lesions(found) == {"site-unspecified": {"id": "site-unspecified", "status": "confirmed"}}
    assert reasons(found)["unknown-code"] == ["Condition/c"]


def test_the_status_of_fhirs_own_system_counts_wherever_it_stands() -> None:
    own = "http://terminology.hl7.org/CodeSystem/condition-"
    status = {
        "verificationStatus": {"coding": [{"code": "confirmed"}, {"system": f"{own}ver-status", "code": "refuted"}]},
        "clinicalStatus": {
            "coding": [{"system": "urn:x", "code": "9"}, {"system": f"{own}clinical", "code": "active"}]
        },
    }
    found = mapped(condition("c", concept(ICD10, "C79.5"), None, None, **status))
    assert not lesions(found)
    assert reasons(found) == {"refuted": ["Condition/c"]}
    own_active = {**status, "verificationStatus": {"coding": [{"system": f"{own}ver-status", "code": "confirmed"}]}}
    assert lesions(mapped(condition("c", concept(ICD10, "C79.5"), None, None, **own_active)))


HER2 = concept(LOINC, "48676-1")


@pytest.mark.parametrize(
    ("code", "value", "status", "ihc"),
    [
        ({"text": "C-erbB-2"}, "+", None, None),
        ({"text": "HER-2"}, "（+）", None, None),
        (HER2, "+", None, None),
        (HER2, "3+ (positive)", "positive", None),
        (concept(LOINC, "85319-2"), "3+ (positive)", None, "3+"),
        (concept(LOINC, "85319-2"), "2+（可疑）", None, "2+"),
        (concept(LOINC, "85319-2"), "+", None, "1+"),
        ({"text": "HER-2"}, "阳性(3+)", "positive", None),
        ({"text": "HER-2"}, "阳性(阴性)", None, None),
        ({"text": "HER-2"}, "阳性(1+)", None, None),
        (concept(LOINC, "85319-2"), "0 (negative)", None, "0"),
        ({"text": "HER-2"}, "3+ (建议复查)", None, None),
        ({"coding": [*HER2["coding"], *concept(LOINC, "85319-2")["coding"]]}, "阳性", "positive", None),
        ({"coding": [*HER2["coding"], *concept(LOINC, "85318-4")["coding"]]}, "阳性", "positive", None),
        ({"coding": [*HER2["coding"], *concept(LOINC, "18474-7")["coding"]]}, "2+", None, "2+"),
    ],
)
def test_answers_about_her2(code: dict[str, Any], value: str, status: str | None, ihc: str | None) -> None:
    found = mapped(observation("o", code, valueString=value))
    assert (fact(found, "biomarkers.her2_status"), fact(found, "biomarkers.her2_ihc")) == (status, ihc)
    assert found.profile.get("biomarkers") or reasons(found)


@pytest.mark.parametrize(
    ("code", "value", "fusion"),
    [
        ("RET", "阳性", None),
        ("RET基因", "阳性", None),
        ("RET", "融合阳性", "positive"),
        ("RET融合", "阳性", "positive"),
        ("RET", "RET突变", None),
    ],
)
def test_a_positive_ret_is_no_fusion(code: str, value: str, fusion: str | None) -> None:
    found = mapped(observation("o", {"text": code}, valueString=value))
    assert fact(found, "biomarkers.ret_fusion") == fusion
    assert fusion or reasons(found)


def test_percentages_as_reports_write_them() -> None:
    assumed = {"55-60%": "range-lower-end", "<1%": "below-one-percent", "62 %": None}
    for text, value in (("55-60%", 55.0), ("62 %", 62.0)):
        found = mapped(observation("o", {"text": "LVEF"}, valueString=text))
        assert fact(found, "cardiac.lvef_latest") == value
        assert [one.id for one in found.report().assumptions] == ([assumed[text]] if assumed[text] else [])
    span = {"low": quantity(55, "%"), "high": quantity(60, "%")}
    assert fact(mapped(observation("o", "10230-1", valueRange=span)), "cardiac.lvef_latest") == 55.0
    found = mapped(observation("o", {"text": "ER status"}, valueString="<1%"))
    assert fact(found, "biomarkers.er_pct") == 0.0
    below = {**quantity(1, "%"), "comparator": "<"}
    assert fact(mapped(observation("o", concept(LOINC, "85329-1"), valueQuantity=below)), "biomarkers.er_pct") == 0.0
    assert fact(mapped(observation("o", {"text": "LVEF"}, valueString="60-55%")), "cardiac.lvef_latest") is None


@pytest.mark.parametrize("unit", ["thou/mcL", "K/mcL", "x10E3/uL", "Thousand/uL"])
def test_units_as_laboratories_print_them(unit: str) -> None:
    found = mapped(observation("o", "777-3", valueQuantity={"value": 150, "unit": unit}))
    assert fact(found, "labs.platelets.value") == 150
    assert fact(found, "labs.platelets.unit") == "10*3/uL"


def _shown(code: str, name: str) -> Any:
    return {"coding": [{"system": SNOMED, "code": code, "display": f"{NAME} {name} (qualifier value)"}]}


def _tnm(code: Any, value: Any) -> Any:
    return mapped(observation("o", code, valueCodeableConcept=value))


@pytest.mark.parametrize(
    ("code", "value", "path", "expected"),
    [
        (
            concept(LOINC, "21907-1"),
            concept(AJCC, "cM1"),
            "extent",
            "metastatic",
        ),
        (
            concept(LOINC, "21901-4"),
            concept(AJCC, "pM1a"),
            "extent",
            "metastatic",
        ),
        (concept(SNOMED, "399387003"), concept(SNOMED, "1229903009"), "extent", "metastatic"),
        (concept(SNOMED, "399387003"), concept(SNOMED, "1229901006"), "extent", None),
        (concept(SNOMED, "399504009"), concept(SNOMED, "1228938002"), "t_category", "T3"),
        (
            concept(SNOMED, "399504009"),
            {
                "coding": [
                    {
                        "system": SNOMED,
                        "code": "0",
                        "display": "cT4b",
                    }
                ]
            },
            "t_category",
            "T4",
        ),
        (concept(SNOMED, "371494008"), concept(SNOMED, "1229947003"), "nodal_status", "negative"),
        (
            concept(SNOMED, "399537006"),
            {
                "coding": [
                    {
                        "system": SNOMED,
                        "code": "1222769001",
                        "display": "stage IIB",
                    }
                ]
            },
            "stage_group",
            "IIB",
        ),
        (
            concept(LOINC, "21908-9"),
            concept(AJCC, "3C"),
            "stage_group",
            "IIIC",
        ),
    ],
)
def test_stages_as_each_edition_of_mcode_codes_them(code: Any, value: Any, path: str, expected: str | None) -> None:
    assert fact(_tnm(code, value), f"diagnosis.{path}") == expected


def _none(kind: str, system: str, code: str, **fields: Any) -> dict[str, Any]:
    if kind == "Procedure":
        return procedure("none", concept(system, code), "completed", **fields)
    return statement("none", concept(system, code), "unknown", **fields)


@pytest.mark.parametrize(("system", "code"), [(IPS, "no-known-medications"), (SNOMED, "787481004")])
def test_no_known_medications_is_an_empty_list(system: str, code: str) -> None:
    found = mapped(_none("MedicationStatement", system, code))
    assert found.profile["medications"] == []
    assert found.sources["medications"] == ["MedicationStatement/none"]
    assert not open_lists(found)
    assert reasons(found) == {"absence-stated": ["MedicationStatement/none"]}


def test_no_known_medications_beside_one_is_a_contradiction() -> None:
    found = mapped(_none("MedicationStatement", IPS, "no-known-medications"), request("d", "地舒单抗"))
    assert [one["drug"] for one in found.profile["medications"]] == ["denosumab"]
    assert reasons(found)["absence-contradicted"] == ["MedicationStatement/none"]
    assert list(open_lists(found)) == ["medications"]


def test_no_information_is_not_none() -> None:
    found = mapped(
        _none("MedicationStatement", IPS, "no-medication-info"), _none("Procedure", IPS, "no-procedure-info")
    )
    assert not {"medications", "radiotherapy"} & set(found.profile)
    assert sorted(open_lists(found)) == ["medications", "radiotherapy"]
    assert mapped(_none("Procedure", IPS, "no-known-procedures")).profile["radiotherapy"] == []
    problems = mapped(condition("c", concept(IPS, "no-known-problems"), None))
    assert problems.profile == {}
    assert reasons(problems) == {"no-fact": ["Condition/c"]}


@pytest.mark.parametrize(
    ("name", "technique"),
    [
        ("乳腺癌术后放疗", None),
        ("左乳癌改良根治术后放疗", None),
        ("全脑放疗", "wbrt"),
        ("左肺SBRT", "sbrt"),
        ("TOMO放疗", None),
        ("射波刀治疗", None),
        ("头部伽马刀", "srs"),
        ("质子治疗", None),
        ("重离子治疗", None),
        ("放射性粒子植入术", None),
        ("骨转移灶姑息放疗", None),
        ("External beam radiation therapy (procedure)", None),
    ],
)
def test_radiotherapy_as_hospitals_name_it(name: str, technique: str | None) -> None:
    found = mapped(procedure("r", {"text": name}, "in-progress"))
    (course,) = found.profile["radiotherapy"]
    assert (course["status"], course.get("technique")) == ("ongoing", technique)


@pytest.mark.parametrize("name", ["全脑", "放疗科会诊", "放疗计划", "放疗后", "拟行放疗评估", "无放疗"])
def test_what_is_no_radiotherapy_for_certain_leaves_the_list_open(name: str) -> None:
    found = mapped(procedure("r", {"text": name}, "in-progress"))
    assert "radiotherapy" not in found.profile
    assert "radiotherapy" in open_lists(found)


@pytest.mark.parametrize("code", ["53438000", "33195004", "10611004", "1156505006", "113120007", "1156530009"])
def test_radiotherapy_of_mcode_in_snomed_ct(code: str) -> None:
    assert mapped(procedure("r", concept(SNOMED, code), "in-progress")).profile["radiotherapy"]


def test_a_radiopharmaceutical_is_no_course_of_radiotherapy() -> None:
    assert "radiotherapy" not in mapped(procedure("r", concept(SNOMED, "440252007"), "completed")).profile
