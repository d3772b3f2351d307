"""What the lines of the briefing say: which lesion, what exactly is missing, each thing once, no two at odds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus import SCENARIOS
from oncocds.advice.result import Evaluation
from oncocds.advice.warning import is_warning
from oncocds.engine import Engine, load_bundled_or

ENGINE = Engine.load()
Patient = dict[str, Any]
EXAMPLES = [
    (dict(one.given), dict(one.policy)) for rule in load_bundled_or(None).rules.values() for one in rule.examples
]
PATIENTS = [*((one["patient"], one["policy"]) for one in SCENARIOS), *EXAMPLES]
LOW_CALCIUM = {
    "calcium": {"value": 1.8, "unit": "mmol/L", "reference_low": 2.11},
    "albumin": {"value": 40, "unit": "g/L"},
}


def answered(patient: Patient, policy: Patient | None = None) -> Evaluation:
    return ENGINE.evaluate(patient, policy, as_of="2026-01-01")


def line_of(answer: Evaluation, ref: str) -> str:
    return next(one for one in answer.briefing if one.ref == ref).line.zh


def notice_of(answer: Evaluation, name: str) -> tuple[str, str]:
    text = next(one for one in answer.notices if one.id == name).text
    return text.zh, text.en


def bone(name: str, **found: bool) -> Patient:
    return {"id": name, "organ": "bone", "site": "femur", "status": "imaging_positive", **found}


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PATIENTS))
def test_an_urgent_note_is_said_in_one_line_alone(case: tuple[Patient, Patient]) -> None:
    answer = answered(*case)
    notes = {note.zh for item in answer.advice for one in item.grounds for note in one.notes if is_warning(note)}
    for words in notes | {one.text.zh for one in answer.notices}:
        assert sum(words in line.line.zh for line in answer.briefing) <= 1, words


def test_a_notice_is_not_said_again_before_an_item_that_is_less_urgent() -> None:
    answer = answered(
        {
            "diagnosis": {"tumour_type": "breast"},
            "lesions": [bone("F", fracture_risk=True)],
            "medications": [{"drug": "denosumab", "status": "active"}, {"drug": "letrozole", "status": "active"}],
            "labs": LOW_CALCIUM,
        }
    )
    assert [line.ref for line in answer.briefing if "先纠正低钙" in line.line.zh] == ["hypocalcaemia-with-bone-agent"]
    item = next(one for one in answer.advice if one.action == "bone-agent-combinations")
    assert "hypocalcaemia-with-bone-agent" in [note.id for note in item.grounds[0].notes]


def test_a_warning_names_the_lesion_that_each_danger_is_of() -> None:
    found = answered(
        {
            "diagnosis": {"tumour_type": "breast"},
            "lesions": [
                bone("F", impending_fracture=True),
                bone("H", impending_fracture=True, fracture_risk=True),
                bone("R") | {"site": "rib"},
                {"id": "T9", "organ": "bone", "site": "thoracic_spine", "status": "confirmed", "cord_threat": True},
            ],
        }
    )
    told = line_of(found, "surgical-review-before-fracture")
    assert told.startswith("骨病灶（[股骨（F、H）] 即将骨折、[股骨（H）] 有病理性骨折风险、[胸椎（T9）] 威胁脊髓）")
    assert "（[胸椎（T9）] 骨病灶威胁脊髓）" in line_of(found, "spinal-cord-compression-alert")
    english = next(one for one in found.briefing if one.ref == "surgical-review-before-fracture").line.en
    assert english.startswith("A bone lesion ([femur (F, H)] fracture impending, [femur (H)] at risk")


@pytest.mark.parametrize(
    ("tumour", "notice", "told"),
    [
        ("nsclc", "fracture-risk-in-lung-cancer", "［病灶 股骨（F）：骨，病理性骨折风险 是］"),
        ("prostate", "fracture-outside-breast-cancer", "［病灶 股骨（F）：骨，病理性骨折风险 是］"),
        ("prostate", "impending-fracture-surgery-first", "［病灶 股骨（H）：即将骨折 是］"),
    ],
)
def test_a_notice_names_the_lesion_that_it_is_about(tumour: str, notice: str, told: str) -> None:
    lesions = [bone("R") | {"site": "rib"}, bone("F", fracture_risk=True), bone("H", impending_fracture=True)]
    found = answered({"diagnosis": {"tumour_type": tumour}, "lesions": lesions})
    zh, en = notice_of(found, notice)
    assert zh.endswith(told)
    assert en.endswith("yes]")


def test_of_two_reasons_for_a_notice_the_recorded_one_is_said() -> None:
    found = answered({"diagnosis": {"tumour_type": "nsclc"}, "skeletal_events": {"pathological_fracture": True}})
    assert notice_of(found, "fracture-outside-breast-cancer")[0].endswith("［病理性骨折：是］")


KIDNEY: Patient = {
    "age": 70,
    "sex": "female",
    "weight": {"value": 60, "unit": "kg"},
    "medications": [{"drug": "zoledronate", "status": "active"}],
}


@pytest.mark.parametrize(
    ("left_out", "told"),
    [
        (["weight"], "体重"),
        (["age"], "年龄"),
        (["sex", "weight"], "性别、体重"),
        (["age", "sex", "weight"], "年龄、性别、体重"),
    ],
)
@pytest.mark.parametrize(
    ("creatinine", "notice"), [(90, "clearance-unknown-with-bone-agent"), (190, "high-creatinine-with-bone-agent")]
)
def test_what_a_clearance_lacks_is_named_and_nothing_that_is_there(
    creatinine: int, notice: str, left_out: list[str], told: str
) -> None:
    patient = {name: value for name, value in KIDNEY.items() if name not in left_out}
    patient["labs"] = {"creatinine": {"value": creatinine, "unit": "umol/L", "reference_high": 104}}
    zh, en = notice_of(answered(patient), notice)
    assert set(zh.partition("尚缺：")[2].rstrip("］").split("、")) == set(told.split("、"))
    assert zh.endswith("］")
    assert "still missing: " in en


def test_what_the_reading_of_calcium_lacks_is_named() -> None:
    patient = {"medications": [{"drug": "denosumab", "status": "active"}]}
    zh, _ = notice_of(answered(patient), "calcium-unknown-before-denosumab")
    assert zh.endswith("［尚缺：血钙、血钙参考下限、白蛋白］")


def test_where_nothing_is_missing_nothing_is_called_missing() -> None:
    low = KIDNEY | {"labs": {"creatinine": {"value": 300, "unit": "umol/L"}}}
    assert "尚缺" not in notice_of(answered(low), "zoledronate-in-severe-renal-impairment")[0]


def test_no_line_asks_for_calcium_without_the_exception_of_hypercalcaemia() -> None:
    high = {"calcium": {"value": 3.4, "unit": "mmol/L"}, "creatinine": {"value": 300, "unit": "umol/L"}}
    drugs = [{"drug": "denosumab", "status": "active"}, {"drug": "calcium_vitamin_d", "status": "active"}]
    bones = {"diagnosis": {"tumour_type": "breast"}, "lesions": [bone("F", fracture_risk=False)]}
    for patient in (KIDNEY | bones, KIDNEY | {"diagnosis": {"tumour_type": "prostate"}}):
        answer = answered(patient | {"labs": high, "medications": drugs})
        asked = [line.line for line in answer.briefing if "补充钙和维生素D" in line.line.zh]
        assert asked
        assert all("高钙血症者除外" in one.zh for one in asked)
        assert all("unless hypercalcaemia is present" in one.en for one in asked)


def test_a_change_of_the_lvef_is_counted_in_percentage_points() -> None:
    patient = {
        "biomarkers": {"her2_status": "positive"},
        "medications": [{"drug": "trastuzumab", "status": "active"}],
        "cardiac": {"lvef_baseline": 63, "lvef_latest": 44, "marked_decline": True},
    }
    first = answered(patient).briefing[0].line
    assert "LVEF变化 -19 个百分点：" in first.zh
    assert "change of LVEF -19 percentage points:" in first.en


def test_an_emergency_is_said_before_a_remark_that_is_less_urgent() -> None:
    patient = {
        "diagnosis": {"tumour_type": "breast", "bone_metastases": True},
        "medications": [{"drug": "calcium_vitamin_d", "status": "active"}],
        "labs": {"calcium": {"value": 3.4, "unit": "mmol/L", "reference_high": 2.52}},
    }
    first = answered(patient).briefing[0]
    assert first.ref == "hypercalcaemia-alert"
    assert first.line.zh.startswith("高钙血症：最致命的骨相关事件之一")
    assert first.line.zh.index("请立即处理") < first.line.zh.index("请复核是否停用")
