"""Records as hospitals write them: what a doctor reads without doubt is read; what is denied or doubted is not."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_support import (
    ATC,
    ICD10,
    SNOMED,
    concept,
    condition,
    fact,
    mapped,
    observation,
    patient,
    procedure,
    profile,
    quantity,
    reasons,
    request,
    statement,
)
from oncocds.engine import Engine
from oncocds.vocabulary.loader import bundled_vocabulary
from oncocds.vocabulary.printed_names import printed_names
from oncocds_fhir.mapping import Mapped

DENOSUMAB, ZOLEDRONATE = "地舒单抗", "唑来膦酸"
WITH_BONE = [patient(gender="female"), condition("b", {"text": "乳腺癌"}), condition("bm", concept(SNOMED, "94222008"))]


def diagnosed(text: str) -> Mapped:
    return mapped(condition("c", {"text": text}))


def lesions(found: Mapped) -> dict[str, Any]:
    return {one["id"]: one.get("status") for one in found.profile.get("lesions", [])}


def left_out(found: Mapped) -> bool:
    return "lesions" in found.profile.get("left_out", {})


@pytest.mark.parametrize(
    "text",
    [
        *(
            "骨转移：无",
            "骨转移（无）",
            "骨转移 无",
            "骨转移（-）",
            "骨转移(-)",
            "骨转移：未见",
            "骨转移（已排除）",
            "骨转移 阴性",
        ),
        *(
            "未见明显骨转移征象",
            "目前没有骨转移证据",
            "乳腺癌不伴骨转移",
            "乳腺癌；骨转移：无",
            "除外：骨转移",
            "無骨轉移",
            "沒有骨轉移",
            "未見骨轉移證據",
        ),
        *("no evidence of bone metastasis", "bone metastasis (ruled out)", "breast cancer, bone metastases: absent"),
    ],
)
def test_a_metastasis_that_its_words_deny_is_none(text: str) -> None:
    found = diagnosed(text)
    assert lesions(found) == {}
    assert "diagnosis.extent" not in found.sources


@pytest.mark.parametrize(
    "text",
    [
        *(
            "骨转移（待排）",
            "骨转移（？）",
            "骨转移（考虑）",
            "骨转移 待排",
            "骨转移(可能性大)",
            "高度怀疑骨转移",
            "建议排除骨转移",
        ),
        *(
            "不能排除骨转移",
            "骨转移不能排除",
            "考虑：骨转移",
            "疑骨轉移",
            "考慮骨轉移",
            "高度懷疑骨轉移",
            "bone metastasis, suspected",
            "r/o bone mets",
        ),
        "bone metastases cannot be excluded",
    ],
)
def test_a_metastasis_that_its_words_doubt_is_suspected(text: str) -> None:
    found = diagnosed(text)
    assert lesions(found) == {"bone": "suspected"}
    assert fact(found, "diagnosis.extent") is None


def test_a_doubt_that_stands_alone_is_of_what_stands_before_it() -> None:
    found = diagnosed("左乳腺癌，骨转移，待排")
    assert fact(found, "diagnosis.tumour_type") == "breast"
    assert lesions(found) == {"bone": "suspected"}


@pytest.mark.parametrize("text", ["家族史：乳腺癌", "家族史：母亲乳腺癌", "母亲乳腺癌", "有乳腺癌家族史", "姐姐乳腺癌"])
def test_a_cancer_of_the_family_is_not_the_patient_s(text: str) -> None:
    found = diagnosed(text)
    assert fact(found, "diagnosis.tumour_type") is None
    assert reasons(found) == {"denied-in-words": ["Condition/c"]}


@pytest.mark.parametrize(
    "text",
    [
        "未见骨转移，肝转移",
        "考虑骨转移，肝转移",
        "乳腺癌，无，骨转移",
        "乳腺癌，有家族史",
        "母亲乳腺癌，骨转移",
        "转移性肝癌",
    ],
)
def test_what_can_be_read_in_two_ways_is_left_out_and_counted(text: str) -> None:
    found = diagnosed(text)
    assert lesions(found) == {}
    assert left_out(found)


@pytest.mark.parametrize("text", ["骨转移史", "骨转移病史", "既往骨转移", "h/o bone metastasis"])
def test_a_metastasis_of_the_past_may_still_be_there(text: str) -> None:
    found = diagnosed(text)
    assert lesions(found) == {}
    assert left_out(found)


@pytest.mark.parametrize(
    ("text", "sites"),
    [
        ("T12转移", {"thoracic_spine"}),
        ("第三腰椎转移", {"lumbar_spine"}),
        ("左侧第5肋骨转移", {"left-rib"}),
        ("右侧股骨上段转移", {"right-femur"}),
        ("骨盆多发转移", {"pelvis"}),
        ("乳腺癌肝骨转移", {"bone", "liver"}),
        ("骨转移（腰椎、骨盆）", {"lumbar_spine", "pelvis"}),
        ("转移：骨、肝", {"bone", "liver"}),
        ("左乳癌骨转移（腰椎、骨盆）", {"lumbar_spine", "pelvis"}),
        ("骨转移：无；肝转移：有", {"liver"}),
        ("左乳癌術後骨轉移", {"bone"}),
        ("乳腺癌（2019年）术后3年，骨转移", {"bone"}),
        ("bony metastases", {"bone"}),
    ],
)
def test_where_metastases_lie_is_read_as_doctors_write_it(text: str, sites: set[str]) -> None:
    assert lesions(diagnosed(text)) == dict.fromkeys(sites, "confirmed")


@pytest.mark.parametrize(
    ("text", "kind", "side"),
    [
        ("左側乳癌", "breast", "left"),
        ("乳腺癌（左）", "breast", "left"),
        ("RET融合阳性肺腺癌", "nsclc", None),
        ("metastatic breast cancer", "breast", None),
        ("乳腺癌术后(2019年)", "breast", None),
    ],
)
def test_a_cancer_is_read_with_what_stands_beside_it(text: str, kind: str, side: str | None) -> None:
    found = diagnosed(text)
    assert fact(found, "diagnosis.tumour_type") == kind
    assert fact(found, "diagnosis.laterality") == side


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("L3椎体转移伴脊髓压迫", "skeletal_events.cord_compression"),
        ("左股骨转移伴病理性骨折", "skeletal_events.pathological_fracture"),
        ("骨转移伴病理性骨折（左股骨）", "skeletal_events.pathological_fracture"),
        ("乳腺癌骨转移伴高钙血症", "skeletal_events.hypercalcaemia"),
        ("脊髓压迫症状", "skeletal_events.cord_compression"),
        ("慢性肾功能不全(CKD3期)", "comorbidities.renal_insufficiency"),
        ("維持性血液透析", "comorbidities.dialysis"),
    ],
)
def test_a_finding_beside_a_diagnosis_is_read(text: str, event: str) -> None:
    assert fact(diagnosed(text), event) is True


@pytest.mark.parametrize(
    "text", ["脊髓压迫？", "脊髓压迫待排", "骨转移伴脊髓压迫？", "骨转移，无脊髓压迫", "脊髓压迫（无）"]
)
def test_a_finding_that_is_doubted_or_denied_is_not_there(text: str) -> None:
    assert fact(diagnosed(text), "skeletal_events.cord_compression") is None


def test_words_doubt_what_a_code_says() -> None:
    doubted = {"coding": [{"system": ICD10, "code": "G95.2"}], "text": "脊髓压迫？"}
    assert reasons(mapped(condition("c", doubted))) == {"unconfirmed": ["Condition/c"]}
    denied = {"coding": [{"system": ICD10, "code": "G95.2"}], "text": "无脊髓压迫"}
    assert reasons(mapped(condition("c", denied))) == {"codes-disagree": ["Condition/c"]}


def test_dialysis_is_read_from_its_code() -> None:
    assert fact(profile(condition("c", concept(ICD10, "Z99.2"))), "comorbidities.dialysis") is True


def test_what_a_newer_record_refutes_is_no_longer_certain() -> None:
    bone = {"text": "骨转移"}
    old, new = (
        condition("a", bone, recordedDate="2024-01-01"),
        condition("b", bone, "refuted", recordedDate="2024-06-01"),
    )
    assert lesions(mapped(old, new)) == {"bone": None}
    assert lesions(mapped({**old, "recordedDate": "2024-12-01"}, new)) == {"bone": "confirmed"}
    assert lesions(mapped(new)) == {}


@pytest.mark.parametrize("site", ["左股骨中段", "左侧股骨近端"])
def test_a_body_site_is_read_in_its_parts(site: str) -> None:
    assert lesions(mapped(condition("c", {"text": "转移癌"}, bodySite=[{"text": site}]))) == {"left-femur": "confirmed"}


@pytest.mark.parametrize(
    ("text", "surgery"),
    [
        ("左乳癌改良根治术", ["mastectomy"]),
        ("左乳改良根治術", ["mastectomy"]),
        ("右乳癌保乳术+前哨淋巴结活检术", ["breast_conserving"]),
        ("拟改良根治术", None),
        ("既往保乳术", None),
    ],
)
def test_an_operation_is_read_with_its_side(text: str, surgery: list[str] | None) -> None:
    assert profile(procedure("s", {"text": text})).get("surgeries") == surgery


def test_radiotherapy_of_a_vertebra_is_read() -> None:
    found = mapped(procedure("r", {"text": "L3椎体SBRT"}))
    assert [one["technique"] for one in found.profile["radiotherapy"]] == ["sbrt"]


def medications(*records: Any) -> list[dict[str, Any]]:
    return [{key: value for key, value in one.items() if key != "id"} for one in profile(*records)["medications"]]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "唑来膦酸→地舒单抗",
            "唑来膦酸->地舒单抗",
            "唑来膦酸 后 地舒单抗",
            "denosumab after zoledronic acid",
            "Zometa -> Xgeva",
        ),
    ],
)
def test_an_order_s_text_of_two_drugs_one_after_the_other_names_none(text: str) -> None:
    assert printed_names(bundled_vocabulary()).read(text).drugs == ()
    assert medications(statement("m", text)) == [{"drug": "other", "name": text, "status": "active"}]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "既往使用唑来膦酸",
            "曾用唑来膦酸",
            "不再使用唑来膦酸",
            "暂缓使用地舒单抗",
            "地舒单抗 治疗结束",
            "建议使用地舒单抗",
        ),
        *(
            "考虑使用地舒单抗",
            "末次使用地舒单抗",
            "家属使用唑来膦酸",
            "双盲 地舒单抗",
            "previously on denosumab",
            "was on denosumab",
        ),
        "曲妥珠单抗治疗失败",
    ],
)
def test_an_order_s_text_that_does_not_say_that_the_drug_is_in_use_names_none(text: str) -> None:
    assert printed_names(bundled_vocabulary()).read(text).drugs == ()
    assert medications(statement("m", text)) == [{"drug": "other", "name": text}]


@pytest.mark.parametrize(
    "text", ["唑来膦酸 餐后", "唑来膦酸 化疗后", "denosumab before breakfast", "唑来膦酸注射液 4mg+NS100ml"]
)
def test_words_of_sequence_beside_one_drug_leave_it_what_it_is(text: str) -> None:
    assert len(printed_names(bundled_vocabulary()).read(text).drugs) == 1


@pytest.mark.parametrize(
    "group", ["双膦酸盐", "双磷酸盐类药物", "bisphosphonate", {"coding": [{"system": ATC, "code": "M05BA"}]}]
)
def test_a_group_of_drugs_is_another_agent_only_beside_what_is_no_member_of_it(engine: Engine, group: Any) -> None:
    for drug, verdict in ((DENOSUMAB, "fires"), (ZOLEDRONATE, "undetermined")):
        found = profile(*WITH_BONE, statement("d", drug), statement("g", group))
        assert engine.evaluate(found, as_of="2025-01-31").verdicts["BCBM-62"] == verdict
    alone = profile(*WITH_BONE, statement("g", group))
    assert "bone_modifying_agent" in fact(alone, "medications")[0]["has_class"]


@pytest.mark.parametrize(
    ("reason", "indication"),
    [
        ("乳腺癌骨转移", "bone_metastasis"),
        ("左乳癌術後骨轉移", "bone_metastasis"),
        ("绝经后骨质疏松", "osteoporosis"),
        ("重度骨质疏松症", "osteoporosis"),
        ("骨质疏松伴病理性骨折", "osteoporosis"),
        ("AI相关骨丢失", "other"),
        ("osteopenia", "other"),
        ("骨转移？", None),
        ("骨转移待排", None),
        ("无骨转移", None),
    ],
)
def test_what_a_drug_is_for_is_read_in_the_words_of_its_order(reason: str, indication: str | None) -> None:
    (order,) = medications(request("d", DENOSUMAB, reasonCode=[{"text": reason}]))
    assert order.get("indication") == indication


@pytest.mark.parametrize(
    ("verification", "subject"),
    [("refuted", "p"), ("entered-in-error", "p"), ("unconfirmed", "p"), ("confirmed", "another")],
)
def test_no_drug_is_for_a_condition_that_is_not_certain_or_not_the_patient_s(verification: str, subject: str) -> None:
    reason = {**condition("x", {"text": "骨质疏松"}, verification), "subject": {"reference": f"Patient/{subject}"}}
    order = request("d", DENOSUMAB, reasonReference=[{"reference": "Condition/x"}])
    assert "indication" not in medications(patient(), order, reason)[0]


@pytest.mark.parametrize(("mark", "indication"), [("A", None), ("V", None), ("Z", None), ("G", "osteoporosis")])
@pytest.mark.parametrize("as_code", [False, True], ids=["reasonCode", "reasonReference"][::-1])
def test_no_drug_is_for_what_the_mark_beside_its_code_does_not_call_certain(
    mark: str, indication: str | None, as_code: bool
) -> None:
    url = "http://fhir.de/StructureDefinition/icd-10-gm-diagnosesicherheit"
    coding = {"system": "http://fhir.de/CodeSystem/bfarm/icd-10-gm", "code": "M81.0"}
    reason = {"coding": [{**coding, "extension": [{"url": url, "valueCoding": {"code": mark}}]}]}
    told = {"reasonCode": [reason]} if as_code else {"reasonReference": [{"reference": "Condition/x"}]}
    (order,) = medications(patient(), request("d", DENOSUMAB, **told), condition("x", reason))
    assert order.get("indication") == indication


@pytest.mark.parametrize("text", ["骨质疏松待排", "骨质疏松？"])
def test_no_drug_is_for_what_the_words_beside_a_code_doubt(text: str) -> None:
    reason = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "M81.0"}], "text": text}
    assert "indication" not in medications(request("d", DENOSUMAB, reasonCode=[reason]))[0]


def test_a_doubt_among_words_that_are_not_understood_is_of_a_finding_too() -> None:
    found = mapped(condition("c", {"coding": [{"display": "病理性骨折"}], "text": "某某某病待排"}))
    assert fact(found, "skeletal_events.pathological_fracture") is None


def test_a_medication_that_was_entered_in_error_names_no_drug() -> None:
    given = {key: value for key, value in statement("m", DENOSUMAB).items() if key != "medicationCodeableConcept"}
    named = {"resourceType": "Medication", "id": "k", "status": "entered-in-error", "code": {"text": "择泰"}}
    found = medications({**given, "medicationReference": {"reference": "#k"}, "contained": [named]})
    assert found == [{"status": "active"}]


HER2 = (
    "HER2",
    "Her-2",
    "HER2状态",
    "HER2（IHC）",
    "HER-2(免疫组化)",
    "CerbB-2",
    "C-erbB-2(HER2)",
    "人表皮生长因子受体2",
)


@pytest.mark.parametrize("name", HER2)
def test_her2_by_any_of_its_names_is_read_by_its_score_and_a_bare_plus_is_none(name: str) -> None:
    for text, score in (("3+", "3+"), ("（＋＋）", "2+"), ("(1+)", "1+"), ("0", "0")):
        found = mapped(observation("o", {"text": name}, valueString=text))
        assert fact(found, "biomarkers.her2_ihc") == score
    by_method = "IHC" in name or "免疫组化" in name  # by its method a + is 1+
    for bare in ("弱阳性",) if by_method else ("+", "(+)", "（+）", "弱阳性"):
        assert "biomarkers" not in profile(observation("o", {"text": name}, valueString=bare))


@pytest.mark.parametrize(
    ("text", "ihc", "ish"),
    [("2+（FISH未扩增）", "2+", "not_amplified"), ("2+，FISH阳性", "2+", "amplified"), ("2+，建议FISH", None, None)],
)
def test_both_tests_of_her2_in_one_text(text: str, ihc: str | None, ish: str | None) -> None:
    found = mapped(observation("o", {"text": "HER2"}, valueString=text))
    assert (fact(found, "biomarkers.her2_ihc"), fact(found, "biomarkers.her2_ish")) == (ihc, ish)


def test_a_her2_result_that_contradicts_itself_is_none() -> None:
    assert "biomarkers" not in profile(observation("o", {"text": "HER2"}, valueString="阳性（2+）"))
    assert (
        fact(mapped(observation("o", {"text": "HER2"}, valueString="阳性 (+)")), "biomarkers.her2_status") == "positive"
    )


@pytest.mark.parametrize(
    ("text", "percent"),
    [
        *(
            ("90%(+)", 90),
            ("（+，90%）", 90),
            ("９０％", 90),
            ("强阳性（约90%）", 90),
            ("90%强阳性", 90),
            ("(++，60%)", 60),
        ),
        *(("阴性（0%）", 0), ("弱阳性(5%)", 5), ("阳性细胞约70%", 70), ("+90%", 90)),
    ],
)
def test_a_receptor_s_percentage_is_read_beside_words(text: str, percent: float) -> None:
    assert fact(mapped(observation("o", {"text": "ER"}, valueString=text)), "biomarkers.er_pct") == percent


@pytest.mark.parametrize("text", ["阳性", "+++", "强阳性", ">90%", "≥1%"])
@pytest.mark.parametrize("name", ["ER", "PR", "雌激素受体（ER）", "ER(IHC)"])
def test_a_receptor_is_read_as_present(name: str, text: str) -> None:
    assert fact(mapped(observation("o", {"text": name}, valueString=text)), "biomarkers.hr_status") == "positive"


@pytest.mark.parametrize("text", ["弱阳性", "阴性（10%）", "阳性（0%）", "<10%", "90%/80%", "见报告"])
def test_a_receptor_s_result_that_can_be_read_in_two_ways_is_none(text: str) -> None:
    assert "biomarkers" not in profile(observation("o", {"text": "ER"}, valueString=text))


@pytest.mark.parametrize(
    ("name", "fact_", "value", "unit"),
    [
        *((name, "labs.creatinine", 97, "umol/L") for name in ("肌酐(CREA)", "血清肌酐", "肌酐（酶法）", "CREA 肌酐")),
        *((name, "labs.calcium", 2.9, "mmol/L") for name in ("钙(Ca)", "血清总钙", "血鈣")),
        *((name, "labs.albumin", 40, "g/L") for name in ("白蛋白(ALB)", "血清白蛋白")),
        ("血小板计数", "labs.platelets", 40, "10^9/L"),
        ("血钙", "labs.calcium", 2.9, "mmol／L"),
    ],
)
def test_a_laboratory_test_is_read_by_the_names_hospitals_give_it(
    name: str, fact_: str, value: float, unit: str
) -> None:
    result = observation("o", {"text": name}, valueQuantity={"value": value, "unit": unit})
    assert fact(mapped(result), f"{fact_}.value") == value


@pytest.mark.parametrize(
    "name", ["左室射血分数（LVEF）", "LVEF（双平面Simpson法）", "射血分数(EF)", "ejection fraction"]
)
def test_the_lvef_is_read_by_the_names_hospitals_give_it(name: str) -> None:
    found = mapped(observation("o", {"text": name}, valueQuantity=quantity(55, "%")))
    assert fact(found, "cardiac.lvef_latest") == 55
    assert fact(found, "cardiac.echo_date") == "2025-01-01"


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        *(
            ("尿肌酐", "umol/L"),
            ("肌酐清除率", "umol/L"),
            ("血钙（校正）", "mmol/L"),
            ("前白蛋白", "g/L"),
            ("白蛋白/球蛋白", "g/L"),
        ),
        *(("右室射血分数", "%"), ("中性粒细胞百分比", "%"), ("糖化血红蛋白", "g/L")),
    ],
)
def test_no_other_test_is_taken_for_the_one_its_name_holds(name: str, unit: str) -> None:
    found = profile(observation("o", {"text": name}, valueQuantity={"value": 40, "unit": unit}))
    assert "labs" not in found
    assert "cardiac" not in found


@pytest.mark.parametrize(("display", "value"), [("血清", 300), ("尿液", 80), (None, None)])
def test_a_laboratory_test_known_by_its_name_alone_is_of_blood_where_its_specimen_says_so(
    display: str | None, value: float | None
) -> None:
    old = observation("a", "2160-0", "2024-12-01", valueQuantity=quantity(80, "umol/L"))
    specimen = {"reference": "Specimen/s", **({"display": display} if display is not None else {})}
    new = observation("b", {"text": "肌酐"}, "2025-01-20", valueQuantity=quantity(300, "umol/L"), specimen=specimen)
    assert fact(mapped(old, new), "labs.creatinine.value") == value


@pytest.mark.parametrize("status", ["unknown", "odd", None])
def test_a_newer_result_of_unclear_status_leaves_its_fact_open(status: str | None) -> None:
    old = observation("a", "2160-0", "2024-12-01", valueQuantity=quantity(80, "umol/L"))
    new = {**observation("b", "2160-0", "2025-01-20", valueQuantity=quantity(300, "umol/L")), "status": status}
    assert fact(mapped(old, new), "labs.creatinine.value") is None
    assert fact(mapped(old, {**new, "effectiveDateTime": "2024-11-01"}), "labs.creatinine.value") == 80


@pytest.mark.parametrize(("name", "known"), [("肌酐（某法）", False), ("尿肌酐", True), ("24小时尿肌酐", True)])
def test_a_newer_result_that_is_not_understood_leaves_open_what_its_words_name(name: str, known: bool) -> None:
    old = observation("a", "2160-0", "2024-12-01", valueQuantity=quantity(80, "umol/L"))
    new = observation("b", {"text": name}, "2025-01-20", valueQuantity=quantity(300, "umol/L"))
    found = mapped(old, new)
    assert (fact(found, "labs.creatinine.value") == 80) is known
    assert ("newer-unread" in reasons(found)) is not known
    assert fact(mapped(old, {**new, "effectiveDateTime": "2024-11-01"}), "labs.creatinine.value") == 80


@pytest.mark.parametrize(
    ("text", "sites"),
    [
        ("乳腺癌伴多发骨转移（L2、T12、骨盆）", {"lumbar_spine", "thoracic_spine", "pelvis"}),
        ("乳腺癌伴多发骨转移（L2，T12，骨盆）", {"lumbar_spine", "thoracic_spine", "pelvis"}),
        ("乳腺癌伴多发骨转移：L2/T12/左髂骨", {"lumbar_spine", "thoracic_spine", "pelvis"}),
        ("乳腺癌多发骨转移，累及C5、T4-6及S1", {"cervical_spine", "thoracic_spine", "sacrum"}),
        ("乳腺癌术后骨转移（2023-05，Th12、胸骨）", {"thoracic_spine", "sternum"}),
        ("乳腺癌骨转移（左侧第3肋骨、T12）", {"rib", "thoracic_spine"}),
        ("乳腺癌cT2N1M1，骨转移（L3）", {"lumbar_spine"}),
        ("乳癌伴多發骨轉移（L2、T12、骨盆）", {"lumbar_spine", "thoracic_spine", "pelvis"}),
        ("breast cancer, bone metastases (L2, T12 and sternum)", {"lumbar_spine", "thoracic_spine", "sternum"}),
        ("breast cancer with bone metastases at T12", {"thoracic_spine"}),
        ("乳腺癌骨轉移（第3腰椎、薦骨）", {"lumbar_spine", "sacrum"}),
        ("乳腺癌骨转移（T1、L2）", {"thoracic_spine", "lumbar_spine"}),
        # A stage of TNM, or a vertebra: the metastasis is there in either case, where it lies is open.
        *(
            (text, {None})
            for text in ("乳腺癌骨转移（T1）", "乳腺癌（T2）骨转移", "乳腺癌 T2 骨转移", "乳腺癌骨转移（T1-2）")
        ),
        *((text, {None}) for text in ("乳腺癌T4b骨转移", "乳腺癌（pT1c）骨转移", "乳腺癌（T2N1M1）骨转移")),
    ],
)
def test_where_bone_metastases_lie_behind_a_cancer_and_metastases(text: str, sites: set[str | None]) -> None:
    found = mapped(condition("c", {"text": text}))
    assert fact(found, "diagnosis.tumour_type") == "breast"
    assert {one.get("site") for one in found.profile["lesions"]} == sites
    assert {(one["organ"], one["status"]) for one in found.profile["lesions"]} == {("bone", "confirmed")}


@pytest.mark.parametrize(
    "text", ["乳腺癌伴骨转移（L2，待排）", "乳腺癌，骨转移（腰椎、骨盆），待排", "乳腺癌伴骨转移（L2、T12，可能）"]
)
def test_a_doubt_behind_sites_is_of_what_lies_there(text: str) -> None:
    found = mapped(condition("c", {"text": text}))
    assert {one["status"] for one in found.profile["lesions"]} == {"suspected"}
    assert all("site" in one for one in found.profile["lesions"])  # none beside them of which nobody knows the site
    assert fact(found, "diagnosis.tumour_type") == "breast"


@pytest.mark.parametrize(
    "text",
    [
        "乳腺癌伴肝转移（S6）",
        "肝转移（S1）",
        "乳腺癌（L2）",
        "乳腺癌 L2",
        "乳腺癌转移（S1）",
        "骨转移（T12，某处）",
        "未见骨转移（L2）",
    ],
)
def test_short_names_of_vertebrae_name_nothing_where_they_may_be_something_else(text: str) -> None:
    assert left_out(mapped(condition("c", {"text": text})))
