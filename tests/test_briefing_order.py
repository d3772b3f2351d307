"""In which order an answer is read: what something recorded speaks for, what speaks against something, what changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus import SCENARIOS
from oncocds.advice.briefing import capped
from oncocds.advice.first import Line
from oncocds.advice.lines import Lines
from oncocds.advice.questions import Labels
from oncocds.advice.result import Evaluation
from oncocds.engine import Engine
from oncocds.errors import KnowledgeError
from oncocds.vocabulary.loader import load_vocabulary

ENGINE = Engine.load()
BONE = {"id": "B", "organ": "bone", "site": "lumbar_spine", "status": "imaging_positive"}
Patient = dict[str, Any]


def answered(patient: Patient) -> Evaluation:
    return ENGINE.evaluate(patient, as_of="2026-01-01")


def section(answer: Evaluation, name: str) -> list[Line]:
    return [line for line in answer.briefing if line.section == name]


def on_trastuzumab(baseline: int, latest: int) -> Patient:
    return {
        "diagnosis": {"tumour_type": "breast"},
        "biomarkers": {"her2_status": "positive"},
        "lesions": [BONE],
        "medications": [{"drug": "trastuzumab", "status": "active"}],
        "symptoms": {"bone_pain": True},
        "cardiac": {"lvef_baseline": baseline, "lvef_latest": latest},
    }


@pytest.mark.parametrize(("latest", "pressing"), [(63, False), (59, False), (58, True), (47, True)])
def test_a_fall_of_the_lvef_is_asked_about_first_where_it_exceeds_the_variation_of_measurement(
    latest: int, pressing: bool
) -> None:
    lines = section(answered(on_trastuzumab(65, latest)), "decide")
    mine = next(line for line in lines if any(one.ref == "cardiac.marked_decline" for one in line.covers))
    assert mine.line.zh.startswith("尚待确认") is not pressing
    assert f"最近LVEF {latest} %" in mine.line.zh
    assert lines[0].ref == "symptoms.cord_signs"  # bone pain speaks for them, and they are the worse emergency
    assert mine is lines[1]


def test_an_lvef_below_fifty_is_asked_about_first_whatever_it_was() -> None:
    lines = section(answered(on_trastuzumab(51, 49)), "decide")
    assert [line.ref for line in lines[:2]] == ["symptoms.cord_signs", "cardiac.marked_decline"]


def test_of_lesions_only_the_own_findings_speak() -> None:
    lesions = [{**BONE, "id": "A", "painful": True}, {**BONE, "id": "B"}]
    answer = answered({"diagnosis": {"tumour_type": "breast"}, "lesions": lesions, "medications": []})
    first, second, *_ = section(answer, "decide")
    assert [one.ref for one in first.covers] == ["lesions[A].spinal_instability"]
    assert "lesions[B].spinal_instability" in [one.ref for one in second.covers]
    assert second.line.zh.startswith("尚待确认：")
    assert second.line.en.startswith("To be confirmed: ")


def test_questions_with_one_promise_are_asked_in_one_line_that_says_it_once() -> None:
    lesions = [{**BONE, "painful": True}]
    symptoms = {"bone_pain": True}
    patient = {"diagnosis": {"tumour_type": "nsclc"}, "lesions": lesions, "medications": [], "symptoms": symptoms}
    first = section(answered(patient), "decide")[0]
    assert {one.ref for one in first.covers} == {"lesions[B].spinal_instability", "symptoms.cord_signs"}
    assert first.line.zh.count("→") == 1
    assert first.line.en.count("→") == 1


def test_what_nothing_speaks_for_and_is_not_critical_is_one_line_that_counts_and_names_it() -> None:
    answer = answered({"diagnosis": {"tumour_type": "breast"}, "lesions": [BONE], "medications": []})
    rest = next(line for line in answer.briefing if line.ref == "more_decide")
    labels = {one.id: one.question.zh.rstrip("？") for one in answer.decisions}
    assert all(part in rest.line.zh for one in rest.covers for part in labels[one.ref].split("："))
    assert rest.line.zh.startswith(f"另{len(rest.covers)}项")
    assert "→" not in rest.line.zh


def test_what_is_counted_is_more_only_where_something_was_named_before_it() -> None:
    quiet = {"organ": "bone", "status": "imaging_positive", "symptomatic": False, "painful": False}
    patient = {
        "diagnosis": {"tumour_type": "breast", "extent": "metastatic", "visceral_metastases": False},
        "biomarkers": {"her2_status": "negative", "er_pct": 80, "pr_pct": 40},
        "lesions": [{"id": "A", "site": "pelvis", **quiet}, {"id": "B", "site": "rib", **quiet}],
        "medications": [{"drug": "letrozole", "status": "active"}],
        "radiotherapy": [],
        "symptoms": {"bone_pain": False, "cord_signs": False, "hypercalcaemia_like": False},
        "labs": {"calcium": {"value": 2.3, "unit": "mmol/L", "reference_low": 2.1, "reference_high": 2.5}},
    }
    (only,) = section(answered(patient), "decide")
    assert only.ref == "more_decide"
    count = only.line.zh.split("项")[0]
    assert count.isdigit()
    assert int(count) > 1
    assert only.line.en.startswith(f"{count} questions, each one answer away: ")


def test_questions_on_one_lesion_are_named_together_and_others_apart_from_them() -> None:
    lesion = {"id": "L1", "organ": "bone", "site": "rib", "status": "confirmed"}
    answer = answered({"diagnosis": {"tumour_type": "nsclc"}, "lesions": [lesion]})
    rest = next(line.line for line in answer.briefing if line.ref == "more_decide")
    others, of_lesion = rest.zh.split("；")
    assert others.startswith("另6项，各一答可定：RET融合、")
    assert "病灶" not in others
    assert of_lesion == "病灶 肋骨（L1）：骨质改变类型、有症状"
    assert rest.en.endswith("; lesion rib (L1): bone pattern, symptomatic")


def test_where_a_cap_keeps_no_line_the_one_that_counts_does_not_say_more() -> None:
    items = section(answered({"diagnosis": {"tumour_type": "breast"}, "lesions": [BONE], "medications": []}), "do")
    assert len(items) > 1
    known = ENGINE.knowledge
    lines = Lines(known.vocabulary, known.actions, known.rules, Labels(known.vocabulary))
    (only,) = capped(items, 1, lines)
    assert only.line.zh.startswith(f"{len(items)}项：")
    assert only.line.en.startswith(f"{len(items)} items: ")
    *_, last = capped([*items, items[0]], 2, lines)
    assert last.line.zh.startswith(f"另{len(items)}项：")
    assert last.line.en.startswith(f"{len(items)} more: ")


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SCENARIOS))
def test_critical_questions_come_first_and_the_others_take_five_lines_at_most(case: Patient) -> None:
    lines = section(ENGINE.evaluate(case["patient"], case["policy"], "2026-01-01"), "decide")
    urgent = [line.urgency == "critical" for line in lines]
    assert urgent == sorted(urgent, reverse=True)
    assert len(lines) <= max(5, sum(urgent) + 1)
    assert sum(line.line.zh.startswith("尚待确认") for line in lines) <= 1
    assert sum(line.ref == "more_decide" for line in lines) <= 1


RENAL = {
    "age": 74,
    "sex": "female",
    "weight": {"value": 52, "unit": "kg"},
    "diagnosis": {"tumour_type": "breast"},
    "lesions": [BONE],
    "medications": [{"drug": "zoledronate", "status": "active"}],
    "labs": {"creatinine": {"value": 175, "unit": "umol/L"}},
}


def test_an_urgent_note_is_said_in_the_line_that_carries_it_and_its_figure_once() -> None:
    first = section(answered(RENAL), "do")[0]
    assert first.ref == "bone-agent-and-renal-function"
    for words, told in ((first.line.zh, "不推荐使用"), (first.line.en, "not recommended")):
        assert told in words
        assert words.count("20.5 mL/min") == 1
        assert words.rindex("20.5 mL/min") > words.index(told)


def test_a_note_that_several_items_carry_is_said_in_one_line() -> None:
    fractured = {"pathological_fracture": True}
    patient = {**RENAL, "medications": [{"drug": "denosumab", "status": "active"}], "skeletal_events": fractured}
    answer = answered(patient)
    carried = [item.action for item in answer.advice if any("Xgeva" in note.zh for note in item.grounds[0].notes)]
    assert {"continue-bone-agent", "bone-agent-and-renal-function"} <= set(carried)
    assert sum(line.line.zh.count("严重低钙（可致死）") for line in answer.briefing) == 1


def test_of_urgent_notes_the_one_about_the_drug_in_use_comes_first() -> None:
    first = section(answered(RENAL), "do")[0].line.zh
    assert first.index("唑来膦酸：") < first.index("Xgeva")


def test_a_note_that_explains_the_grading_is_not_said_before_the_advice() -> None:
    patient = {
        "diagnosis": {"tumour_type": "hcc"},
        "hcc": {"bclc": "C", "child_pugh": "B"},
        "radiotherapy": [{"site": "liver", "technique": "sbrt", "status": "planned"}],
        "medications": [{"drug": "sorafenib", "status": "planned"}],
    }
    line = next(one for one in answered(patient).briefing if one.ref == "outside-rtog1112-criteria")
    assert line.urgency == "warning"
    assert line.line.zh.startswith("不在RTOG 1112入组范围内")


def test_a_drug_in_use_of_unknown_class_is_asked_about_among_the_first_with_answers_of_one_promise_together() -> None:
    patient = {
        "diagnosis": {"tumour_type": "breast"},
        "lesions": [BONE],
        "medications": [
            {"drug": "denosumab", "status": "active"},
            {"id": "X", "drug": "other", "name": "院内制剂", "status": "active"},
        ],
    }
    first = section(answered(patient), "decide")[0]
    assert first.ref == "medications[X].class"
    promised = first.line.zh.partition("？")[2]
    assert promised.startswith("若“骨改良药物”或“双膦酸盐”或“常用于骨质疏松的骨改良药物”→")  # the most urgent first
    assert "”等" in promised
    assert "个答案之一→ " in promised


def test_what_changes_treatment_comes_before_monitoring_and_data_in_conflict_before_both() -> None:
    answer = answered(
        {
            "diagnosis": {"tumour_type": "breast"},
            "biomarkers": {"her2_status": "positive"},
            "lesions": [BONE, {"id": "LU", "organ": "lung", "status": "confirmed", "is_primary": True}],
            "medications": [{"drug": "trastuzumab", "status": "active"}],
        }
    )
    refs = [line.ref for line in section(answer, "do")]
    conflict = next(line.ref for line in section(answer, "do") if line.kind == "data_conflict")
    assert refs.index(conflict) < refs.index("start-bone-modifying-agent") < refs.index("watch-cardiac-safety")


def test_a_treatment_that_patients_are_told_of_comes_before_monitoring() -> None:
    patient = {
        "diagnosis": {"tumour_type": "nsclc", "extent": "metastatic"},
        "biomarkers": {"ret_fusion": "positive"},
        "lesions": [{**BONE, "painful": True}],
        "medications": [],
    }
    refs = [line.ref for line in section(answered(patient), "do")]
    assert refs.index("discuss-ret-inhibitor") < refs.index("start-bone-modifying-agent")
    assert refs.index("discuss-ret-inhibitor") < refs.index("monitor-serum-calcium")


def test_of_one_place_what_can_become_an_emergency_comes_first() -> None:
    patient = {
        "diagnosis": {"tumour_type": "breast"},
        "lesions": [{**BONE, "site": "femur", "fracture_risk": True}],
        "medications": [{"drug": "zoledronate", "status": "active"}],
        "skeletal_events": {"pathological_fracture": True, "on_bma": True},
    }
    refs = [line.ref for line in section(answered(patient), "do")]
    assert refs[:3] == ["surgical-review-before-fracture", "continue-bone-agent", "calcium-and-vitamin-d"]


def test_data_in_conflict_say_as_what_they_were_recorded_and_count_what_is_too_much() -> None:
    old = {name: {"interpretation": "normal", "date": "2023-03-02"} for name in ("alt", "ast", "alp", "urea")}
    both = {
        "diagnosis": {"tumour_type": "breast"},
        "biomarkers": {"her2_status": "negative", "her2_ihc": "3+"},
        "labs": {**old, "calcium": {"value": 2.3, "unit": "mmol/L", "date": "2023-03-02"}},
    }
    lines = {line.ref: line.line for line in section(answered(both), "do") if line.kind == "data_conflict"}
    assert lines["her2-status-contradicts-tests"].zh.endswith("［HER2状态：阴性；HER2免疫组化：IHC 3+］")
    assert "［" in lines["old-result"].zh
    assert "血钙检验日期：2023-03-02" in lines["old-result"].zh
    more = {**both, "labs": {**both["labs"], **dict.fromkeys(("bilirubin", "wbc"), old["alt"])}}
    told = next(line.line for line in section(answered(more), "do") if line.ref == "old-result")
    assert told.zh.endswith("；另2处］")
    assert told.en.endswith("; 2 more]")


def test_calcium_is_the_first_question_where_symptoms_speak_for_it_and_nothing_is_known_of_bone() -> None:
    patient = {"diagnosis": {"tumour_type": "nsclc"}, "symptoms": {"hypercalcaemia_like": True}}
    first = section(answered(patient), "decide")[0]
    assert (first.urgency, first.ref) == ("critical", "labs.calcium.interpretation")


def test_a_warning_about_a_drug_comes_before_the_cautions_of_the_documents() -> None:
    patient = {
        "diagnosis": {"tumour_type": "nsclc"},
        "biomarkers": {"ret_fusion": "positive"},
        "lesions": [BONE],
        "medications": [{"drug": "selpercatinib", "status": "active"}, {"drug": "zoledronate", "status": "active"}],
        "comorbidities": {"renal_insufficiency": True},
    }
    refs = [line.ref for line in section(answered(patient), "do")]
    assert refs[:2] == ["zoledronate-in-severe-renal-impairment", "monitor-ret-inhibitor-toxicity"]


@pytest.mark.parametrize(("recorded", "asked"), [("unrelievable", "drug_related"), ("drug_related", "unrelievable")])
def test_half_of_the_criterion_for_stopping_makes_the_other_half_pressing(recorded: str, asked: str) -> None:
    patient = {
        "diagnosis": {"tumour_type": "breast"},
        "lesions": [{**BONE, "site": "rib"}],
        "medications": [{"drug": "denosumab", "status": "active"}],
        "bone_agent_adverse_event": {recorded: True},
    }
    assert f"bone_agent_adverse_event.{asked}" in [line.ref for line in section(answered(patient), "decide")]


def test_pregnancy_is_said_before_what_is_said_of_every_such_treatment() -> None:
    patient = {**on_trastuzumab(60, 60), "pregnant": True}
    assert section(answered(patient), "do")[0].ref == "pregnancy-not-considered"


def test_of_many_items_that_are_asked_about_some_are_named_and_the_rest_counted() -> None:
    lesions = [{**BONE, "id": f"L{number}", "site": "rib"} for number in range(9)]
    patient = {"diagnosis": {"tumour_type": "breast"}, "lesions": lesions, "medications": []}
    told = section(answered(patient), "decide")[-1].line
    assert "病灶肋骨（L0、L1、L2）等9处：病理性骨折风险" in told.zh
    assert "lesion rib (L0, L1, L2) and others, 9 in all: " in told.en


def test_what_was_found_in_the_patient_leads_with_its_figures() -> None:
    patient = {
        "diagnosis": {"tumour_type": "nsclc"},
        "medications": [{"drug": "pralsetinib", "status": "active"}],
    }

    def told(**found: Any) -> str:
        lines = section(answered({**patient, **found}), "do")
        return next(line.line.zh for line in lines if line.ref == "monitor-ret-inhibitor-toxicity")

    high = {"labs": {"alt": {"value": 210, "unit": "U/L", "reference_high": 40, "date": "2025-12-30"}}}
    pressure = {"vitals": {"systolic": 172, "diastolic": 104, "blood_pressure_date": "2025-12-29"}}
    assert told().startswith("RET抑制剂在用或拟用：定期复查")
    assert "判读为偏高；来源未给出界值和分级。［ALT 210 U/L（2025-12-30）；ALT参考上限 40 U/L］另：" in told(**high)
    assert "［收缩压 172 mmHg（2025-12-29）；舒张压 104 mmHg（2025-12-29）］另：" in told(**pressure)
    assert "并有血压记录" in told(**high, **pressure)
    assert "ALT 210 U/L" in told(**high, **pressure)


def test_an_lvef_below_fifty_is_said_where_the_local_setting_calls_it_no_marked_fall() -> None:
    patient = on_trastuzumab(57, 45)
    answer = ENGINE.evaluate(patient, policy={"lvef_drop_abs": 16}, as_of="2026-01-01")
    told = next(line.line.zh for line in section(answer, "do") if line.ref == "watch-cardiac-safety")
    assert told.startswith("最近LVEF低于50%")
    assert "最近LVEF 45 %" in told


def test_whether_genes_were_tested_is_asked_in_non_small_cell_lung_cancer() -> None:
    decisions = {one.id: one for one in answered({"diagnosis": {"tumour_type": "nsclc"}}).decisions}
    assert decisions["biomarkers.ngs_done"].urgency == "warning"
    assert [one.rule for choice in decisions["biomarkers.ngs_done"].answers for one in choice.brings] == ["RETBM-01"]


def test_which_danger_a_bone_lesion_is_in_is_said() -> None:
    def told(**found: bool) -> str:
        answer = answered({"diagnosis": {"tumour_type": "breast"}, "lesions": [{**BONE, **found}], "medications": []})
        line = next(one for one in answer.briefing if one.ref == "surgical-review-before-fracture")
        return line.line.zh.partition("：")[0]

    assert told(impending_fracture=True) == "骨病灶（[腰椎（B）] 即将骨折）"
    assert told(fracture_risk=True) == "骨病灶（[腰椎（B）] 有病理性骨折风险）"
    assert (
        told(fracture_risk=True, spinal_instability=True)
        == "骨病灶（[腰椎（B）] 有病理性骨折风险、[腰椎（B）] 脊柱不稳）"
    )
    assert told(fracture_risk=False, cord_threat=True) == "骨病灶（[腰椎（B）] 威胁脊髓）"


SIGN = "cardiac.marked_decline:\n  by: [{sign}]\n  source: {{zh: 甲, en: a}}\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (SIGN.format(sign="cardiac.lvef_lates < 50"), "no fact 'cardiac.lvef_lates'"),
        (SIGN.format(sign="cardiac.lvef_latest is 50"), "expected <, <=, > or >= and a number"),
        (SIGN.format(sign="cardiac.lvef_latest < nan"), "expected <, <=, > or >= and a number"),
        (SIGN.format(sign="symptoms.bone_pain is yes"), "expected 'is true' or 'is false'"),
        (SIGN.format(sign="lesions.trend is growing"), "one of responding, stable"),
        (SIGN.format(sign="lesions.imaging is ct"), "a fact with other values"),
        (SIGN.format(sign="low"), "write it as"),
        (SIGN.replace("cardiac.marked_decline", "cardiac.marked").format(sign="age > 1"), "no fact 'cardiac.marked'"),
        (
            SIGN.replace("cardiac.marked_decline", "lesions.painful").format(sign="medications.status is active"),
            "another list",
        ),
    ],
)
def test_a_finding_that_cannot_be_is_refused_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    source = Path(__file__).parents[1] / "rules" / "vocabulary"
    for file in source.iterdir():
        (tmp_path / file.name).symlink_to(file)
    (tmp_path / "suspicions.yaml").unlink()
    (tmp_path / "suspicions.yaml").write_text(text, "utf-8")
    with pytest.raises(KnowledgeError) as refused:
        load_vocabulary(tmp_path)
    assert [issue for issue in refused.value.issues if told in issue.message and issue.path.endswith("suspicions.yaml")]
