"""How certain a diagnosis is, and whether it goes on: statuses in words, and what newer records take back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as example
from hypothesis import strategies as st

from fhir_support import ICD10, concept, condition, fact, mapped, reasons, request
from oncocds.vocabulary.code_loader import bundled_codes
from oncocds.vocabulary.meanings import fold

LUNG = concept(ICD10, "C78.0", "肺转移")
RENAL = concept(ICD10, "N18.9", "慢性肾功能不全")
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VER = "http://terminology.hl7.org/CodeSystem/condition-ver-status"


def lesion(verification: Any, clinical: Any = None) -> Any:
    statuses = {"verificationStatus": verification, "clinicalStatus": clinical}
    return fact(mapped(condition("c", LUNG, None, None, **statuses)), "lesions[lung].status")


@pytest.mark.parametrize(
    "word", ["疑似", "疑診", "待排", "初步诊断", "待确诊", "suspected", "unknown", "某种状态", "2"]
)
def test_doubt_and_what_is_not_understood_is_no_certain_diagnosis(word: str) -> None:
    for status in ({"text": word}, {"coding": [{"code": word}]}, {"coding": [{"code": "9", "display": word}]}):
        assert lesion(status) == "suspected"
        assert fact(mapped(condition("c", RENAL, None, verificationStatus=status)), RENAL_FACT) is None


RENAL_FACT = "comorbidities.renal_insufficiency"


@pytest.mark.parametrize("word", ["确诊", "已确认", "Confirmed", "CONFIRMED", "明确诊断"])
def test_certainty_in_words_is_certainty(word: str) -> None:
    assert lesion({"text": word}) == "confirmed"
    assert lesion({"coding": [{"system": "http://his.example/status", "code": "1", "display": word}]}) == "confirmed"


@pytest.mark.parametrize(
    ("word", "reason"),
    [("已排除", "refuted"), ("误诊", "refuted"), ("作废", "entered-in-error"), ("录入错误", "entered-in-error")],
)
def test_what_words_refute_or_void_is_no_diagnosis(word: str, reason: str) -> None:
    found = mapped(condition("c", LUNG, None, verificationStatus={"text": word}))
    assert fact(found, "lesions") is None
    assert reasons(found) == {reason: ["Condition/c"]}


@pytest.mark.parametrize("word", ["疑似", "已排除"])
def test_words_that_doubt_outweigh_a_code_that_is_certain(word: str) -> None:
    coded = {"coding": [{"system": VER, "code": "confirmed"}], "text": word}
    assert lesion(coded) == "suspected"
    assert lesion({**coded, "text": "经病理证实"}) == "confirmed"
    assert lesion({"coding": [{"system": VER, "code": "provisional"}], "text": "确诊"}) == "suspected"


@pytest.mark.parametrize(
    ("clinical", "expected"),
    [("已治愈", None), ("缓解", None), ("某种状态", None), ("活动", True), ("未愈", True), ("Active", True)],
)
def test_whether_a_finding_goes_on_is_read_in_words(clinical: str, expected: bool | None) -> None:
    found = mapped(condition("c", RENAL, clinical=None, clinicalStatus={"text": clinical}))
    assert fact(found, RENAL_FACT) is expected
    if expected is None:
        assert reasons(found)


def test_words_against_the_code_of_whether_a_finding_goes_on_leave_that_open() -> None:
    def coded(code: str, word: str) -> Any:
        return {"coding": [{"system": CLINICAL, "code": code}], "text": word}

    for code, word, there in (("active", "已治愈", None), ("active", "治疗中", True), ("active", "某种状态", True)):
        found = mapped(condition("c", RENAL, clinical=None, clinicalStatus=coded(code, word)))
        assert fact(found, RENAL_FACT) is there
        assert there or reasons(found) == {"status-unclear": ["Condition/c"]}
    for word, trend in (("活动", None), ("治愈", "resolved"), ("缓解", "resolved")):
        found = mapped(condition("c", LUNG, clinical=None, clinicalStatus=coded("resolved", word)))
        assert fact(found, "lesions[lung].status") == "confirmed"
        assert fact(found, "lesions[lung].trend") == trend


def test_a_metastasis_that_words_call_cured_is_resolved() -> None:
    found = mapped(condition("c", LUNG, clinical=None, clinicalStatus={"text": "已治愈"}))
    assert fact(found, "lesions[lung].trend") == "resolved"


@example(st.text(min_size=1, max_size=6))
def test_no_word_that_is_not_known_makes_a_diagnosis_more_certain_than_saying_nothing(word: str) -> None:
    known = bundled_codes().phrases["statuses"]["confirmed"]
    assert lesion({"text": word}) in (None, "suspected") or fold(word) in map(fold, known)


def test_a_drug_is_for_no_diagnosis_that_words_doubt() -> None:
    for word, expected in (("疑似", None), ("确诊", "bone_metastasis")):
        bone = condition("c", {"text": "骨转移"}, None, verificationStatus={"text": word})
        order = request("m", "唑来膦酸", reasonReference=[{"reference": "Condition/c"}])
        assert fact(mapped(bone, order), "medications[zoledronate].indication") == expected


OLD, NEW = "2024-01-01", "2024-06-01"
HEPATITIS = {"text": "慢性乙型病毒性肝炎"}


@pytest.mark.parametrize(
    ("code", "words", "path", "value"),
    [
        ({"text": "乳腺癌"}, "排除乳腺癌", "diagnosis.tumour_type", "breast"),
        ({"text": "肾功能不全"}, "排除肾功能不全", RENAL_FACT, True),
        ({"text": "骨转移"}, "已排除骨转移", "lesions[bone].status", "confirmed"),
        (HEPATITIS, None, "hcc.viral", "hbv"),
    ],
)
def test_what_a_newer_record_refutes_is_no_longer_certain(code: Any, words: str | None, path: str, value: Any) -> None:
    older = condition("x", code, recordedDate=OLD)
    refuted = condition("y", code, "refuted", recordedDate=NEW)
    against = [refuted] if words is None else [refuted, condition("y", {"text": words}, recordedDate=NEW)]
    for newer in against:
        found = mapped(older, newer)
        assert fact(found, path) is None
        assert "Condition/x" in reasons(found)["conflicting-results"]
        # Older, of the same day, or of no day: it takes nothing back.
        for when in ({"recordedDate": OLD}, {"recordedDate": "2023-01-01"}, {"recordedDate": None}):
            assert fact(mapped(older, {**newer, **when}), path) == value
        # Said again since.
        assert fact(mapped(older, newer, condition("z", code, recordedDate="2024-09-01")), path) == value


@pytest.mark.parametrize(
    ("words", "status"),
    [
        *(
            (words, None)
            for words in ("已排除骨转移", "已除外骨转移", "阴性骨转移", "筛查骨转移", "ruled out bone metastasis")
        ),
        *(
            (words, "suspected")
            for words in ("待排骨转移", "待除外骨转移", "可能性大骨转移", "not excluded bone metastases")
        ),
        *((words, "confirmed") for words in ("骨转移，待排肝转移", "肝转移待排，骨转移", "骨转移已明确")),
    ],
)
def test_a_hedge_that_mostly_stands_behind_is_of_what_follows_where_nothing_stands_before(
    words: str, status: str | None
) -> None:
    assert fact(mapped(condition("c", {"text": words})), "lesions[bone].status") == status


@pytest.mark.parametrize("words", ["母亲乳腺癌", "乳腺癌家族史", "乳腺癌筛查", "无乳腺癌家族史"])
def test_what_is_said_of_others_refutes_nothing(words: str) -> None:
    found = mapped(
        condition("x", {"text": "乳腺癌"}, recordedDate=OLD), condition("y", {"text": words}, recordedDate=NEW)
    )
    assert fact(found, "diagnosis.tumour_type") == "breast"


def test_a_finding_that_is_over_since_is_not_there_for_certain() -> None:
    renal, over = condition("x", RENAL, recordedDate=OLD), condition("y", RENAL, clinical="resolved", recordedDate=OLD)
    assert fact(mapped(renal, over), RENAL_FACT) is True
    ended = {**over, "abatementDateTime": NEW}
    assert fact(mapped(renal, ended), RENAL_FACT) is None
    later = {**renal, "recordedDate": "2024-09-01"}
    assert fact(mapped(later, ended), RENAL_FACT) is True


def test_a_pregnancy_that_is_refuted_or_over_since_is_not_known_any_more() -> None:
    pregnant = condition("x", {"text": "妊娠"}, recordedDate="2024-10-01")
    assert fact(mapped(pregnant), "pregnant") is True
    over = condition("y", {"text": "妊娠"}, clinical="resolved", recordedDate="2024-12-01")
    refuted = condition("y", {"text": "妊娠"}, "refuted", recordedDate="2024-12-01")
    for newer in (over, refuted):
        assert fact(mapped(pregnant, newer), "pregnant") is None
        assert fact(mapped(pregnant, {**newer, "recordedDate": "2024-09-01"}), "pregnant") is True


def test_two_viruses_of_which_one_is_refuted_since_are_one() -> None:
    both = [
        condition("b", HEPATITIS, recordedDate=OLD),
        condition("c", {"text": "慢性丙型病毒性肝炎"}, recordedDate=OLD),
    ]
    assert fact(mapped(*both), "hcc.viral") == "hbv_hcv"
    assert fact(mapped(*both, condition("r", HEPATITIS, "refuted", recordedDate=NEW)), "hcc.viral") == "hcv"


@pytest.mark.parametrize(
    "words",
    [
        *(
            "骨转移可能（腰椎多发骨质破坏待复查）",
            "考虑骨转移，建议PET-CT",
            "曾诊断骨转移，现已排除",
            "骨转移与骨质疏松鉴别",
        ),
        *("bone metastasis vs degenerative change", "R/O bone metastasis, MRI pending", "误诊为骨转移"),
    ],
)
def test_a_code_beside_words_of_doubt_that_are_not_understood_is_doubted(words: str) -> None:
    assert fact(mapped(condition("c", concept(ICD10, "C79.5", words))), "lesions[bone].status") == "suspected"


@pytest.mark.parametrize("words", ["其母乳腺癌病史", "其姐患乳腺癌去世"])
def test_a_code_beside_the_name_of_a_relative_is_not_the_patients_for_certain(words: str) -> None:
    found = mapped(condition("c", concept(ICD10, "C50.9", words)))
    assert fact(found, "diagnosis.tumour_type") is None
    assert reasons(found)


@pytest.mark.parametrize("words", ["乳腺癌，考虑化疗", "乳腺癌化疗疑难病例讨论后", "考虑化疗的乳腺癌患者入院"])
def test_a_word_that_may_weigh_a_treatment_doubts_no_diagnosis_unless_a_cancer_follows(words: str) -> None:
    found = mapped(condition("c", concept(ICD10, "C50.9", words)))
    assert fact(found, "diagnosis.tumour_type") == ("breast" if "乳腺癌患者" not in words else None)


@pytest.mark.parametrize(
    ("words", "site"),
    [("Breast cancer metastatic to bone", "bone"), ("breast carcinoma metastasized to the liver", "liver")],
)
def test_cancers_that_spread_to_an_organ(words: str, site: str) -> None:
    found = mapped(condition("c", {"text": words}))
    assert (fact(found, "diagnosis.tumour_type"), fact(found, f"lesions[{site}].status")) == ("breast", "confirmed")


@pytest.mark.parametrize(
    "words", ["原发性肝细胞癌 BCLC C期", "肝细胞癌（CNLC IIIa期，Child-Pugh A级）", "肝细胞癌 BCLC B"]
)
def test_stages_of_liver_cancer_stand_beside_its_name(words: str) -> None:
    assert fact(mapped(condition("c", {"text": words})), "diagnosis.tumour_type") == "hcc"


@pytest.mark.parametrize(
    "words",
    [
        *(
            "骨转移依据不足待复查",
            "骨转移不成立（外院会诊）",
            "骨转移高风险",
            "预防性治疗骨转移",
            "骨岛或骨转移",
            "随访除外骨转移",
        ),
        *("Bone metastases: none", "Bone mets - no", "unlikely bone metastases", "risk of bone metastasis"),
        *("未提示明确的骨转移依据", "no clear sign on CT of bone metastases", "bone metastases to be confirmed"),
    ],
)
def test_a_code_of_metastases_beside_words_that_may_deny_them_is_doubted(words: str) -> None:
    found = mapped(condition("c", concept(ICD10, "C79.5", words)))
    assert fact(found, "lesions[bone].status") in ("suspected", None)


@pytest.mark.parametrize(
    "words",
    [
        "骨转移，无脊髓压迫症状",
        "骨转移灶（拟行放疗）",
        "bone metastases, no cord symptoms reported",
        "骨转移；或需手术",
    ],
)
def test_what_is_denied_in_another_part_of_the_text_doubts_no_metastasis(words: str) -> None:
    found = mapped(condition("c", concept(ICD10, "C79.5", words)))
    assert fact(found, "lesions[bone].status") == "confirmed"


def test_words_that_may_deny_metastases_leave_the_cancer_as_it_is() -> None:
    found = mapped(condition("c", concept(ICD10, "C50.9", "乳腺癌，目前尚无远处转移的证据支持")))
    assert fact(found, "diagnosis.tumour_type") == "breast"
