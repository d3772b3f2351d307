"""Kidney and calcium follow the drug, figures stand in the lines they decide, old results are asked about."""

from __future__ import annotations

import re
from typing import Any

import pytest

from oncocds import Engine
from oncocds.advice.result import AdviceItem, Evaluation, Ground

AS_OF = "2026-06-01"
RIB = {"id": "R", "organ": "bone", "site": "rib", "status": "confirmed", "symptomatic": False}
FRAIL = {
    "age": 78,
    "sex": "female",
    "weight": {"value": 45, "unit": "kg"},
    "labs": {"creatinine": {"value": 250, "unit": "umol/L", "date": "2026-05-20"}},
}
DENOSUMAB = {"drug": "denosumab", "indication": "bone_metastasis"}
ZOLEDRONATE = {"drug": "zoledronate", "indication": "bone_metastasis"}
OF_DENOSUMAB, OF_ZOLEDRONATE = "hypocalcaemia-with-renal-insufficiency", "zoledronate-in-severe-renal-impairment"


def patient(tumour: str = "breast", *medications: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"diagnosis": {"tumour_type": tumour}, "lesions": [RIB], "medications": list(medications), **more}


def active(evaluation: Evaluation) -> list[AdviceItem]:
    return [item for item in evaluation.advice if item.status == "active"]


def ground_of(evaluation: Evaluation, rule: str) -> Ground:
    return next(ground for item in evaluation.advice for ground in item.grounds if ground.rule == rule)


def beside(evaluation: Evaluation) -> dict[str, list[str]]:
    """The actions beside whose active items each note stands."""
    found: dict[str, list[str]] = {}
    for item in active(evaluation):
        for note in item.grounds[0].notes:
            found.setdefault(note.id, []).append(item.action)
    return found


def notices(evaluation: Evaluation) -> dict[str, str]:
    return {notice.id: notice.text.en for notice in evaluation.notices}


def said(evaluation: Evaluation) -> set[str]:
    return {*beside(evaluation), *notices(evaluation)}


# --- The kidney follows the drug ------------------------------------------------------------------------------------


@pytest.mark.parametrize("tumour", ["breast", "nsclc", "hcc", "other", None])
@pytest.mark.parametrize("status", ["active", "planned"])
@pytest.mark.parametrize(
    ("drug", "note"),
    [
        ("denosumab", OF_DENOSUMAB),
        ("zoledronate", OF_ZOLEDRONATE),
        ("pamidronate", "pamidronate-in-severe-renal-impairment"),
        ("ibandronate", "ibandronate-and-renal-function"),
        ("alendronate", "alendronate-and-renal-function"),
    ],
)
def test_each_bone_agent_has_its_renal_warning_in_every_tumour(
    engine: Engine, tumour: str | None, status: str, drug: str, note: str
) -> None:
    given = patient("breast", {"drug": drug, "status": status, "indication": "bone_metastasis"}, **FRAIL)
    given["diagnosis"] = {"tumour_type": tumour}
    assert note in said(engine.evaluate(given, as_of=AS_OF))
    given["medications"][0]["status"] = "stopped"
    given["diagnosis"] = {"tumour_type": "other"}
    assert note not in said(engine.evaluate(given, as_of=AS_OF))


@pytest.mark.parametrize(
    "kidney",
    [
        FRAIL,
        {"comorbidities": {"renal_insufficiency": True}},
        {"comorbidities": {"dialysis": True}},
    ],
)
def test_the_warning_rests_on_clearance_recorded_insufficiency_or_dialysis(
    engine: Engine, kidney: dict[str, Any]
) -> None:
    evaluation = engine.evaluate(patient("breast", DENOSUMAB | {"status": "planned"}, **kidney), as_of=AS_OF)
    assert "bone-agent-and-renal-function" in beside(evaluation)[OF_DENOSUMAB]


def test_without_an_item_the_warning_is_a_notice_of_its_own(engine: Engine) -> None:
    evaluation = engine.evaluate(patient("other", DENOSUMAB | {"status": "active"}, **FRAIL), as_of=AS_OF)
    assert OF_DENOSUMAB not in beside(evaluation)
    assert "mL/min" in notices(evaluation)[OF_DENOSUMAB]
    assert next(one for one in evaluation.notices if one.id == OF_DENOSUMAB).urgency == "warning"


def test_a_warning_beside_mere_information_is_said_on_its_own_as_well(engine: Engine) -> None:
    # A choice of drugs is shown for information; the warning is more urgent and must not drown in it.
    evaluation = engine.evaluate(patient("nsclc", **FRAIL), as_of=AS_OF)
    item = next(item for item in evaluation.advice if item.action == "know-bone-agent-classes")
    assert item.urgency == "info"
    assert {OF_DENOSUMAB, OF_ZOLEDRONATE} <= {note.id for note in item.grounds[0].notes}
    assert {OF_DENOSUMAB, OF_ZOLEDRONATE} <= set(notices(evaluation))


def test_beside_demoted_advice_alone_the_warning_is_a_notice_too(engine: Engine) -> None:
    low = {"calcium": {"value": 1.7, "unit": "mmol/L"}, "albumin": {"value": 40, "unit": "g/L"}}
    evaluation = engine.evaluate(patient("breast", **FRAIL | {"labs": FRAIL["labs"] | low}), as_of=AS_OF)
    assert ground_of(evaluation, "BCBM-46").status == "demoted"
    assert OF_DENOSUMAB in notices(evaluation)


def test_advice_to_start_carries_the_warnings_of_the_drugs_to_choose_from(engine: Engine) -> None:
    found = beside(engine.evaluate(patient("breast", **FRAIL), as_of=AS_OF))
    assert "start-bone-modifying-agent" in found[OF_DENOSUMAB]
    assert "start-bone-modifying-agent" in found[OF_ZOLEDRONATE]


def test_of_whose_indication_is_taken_for_granted_those_in_use_are_named_alone(engine: Engine) -> None:
    agents = {
        code: drug for code, drug in engine.knowledge.vocabulary.drugs.items() if "bone_modifying_agent" in drug.classes
    }
    assumed = set()
    for code, drug in agents.items():
        given = {"medications": [{"drug": code, "status": "active"}, {"drug": "trastuzumab", "status": "active"}]}
        for one in engine.evaluate(given, as_of=AS_OF).notices:
            if one.id == "bone-agent-indication-assumed":
                assumed.add(code)
                assert one.text.zh.endswith(f"［{drug.label.zh}］")
                assert one.text.en.endswith(f" [{drug.label.en}]")
    assert assumed == {"zoledronate", "pamidronate", "clodronate", "incadronate", "denosumab", "narlumosbart"}


def test_a_note_on_a_class_of_drugs_names_each_that_it_speaks_of_as_the_vocabulary_does(engine: Engine) -> None:
    marked = {"drug": "other", "name": "Q0XY7Z", "class": ["bone_modifying_agent"], "indication": "bone_metastasis"}
    low = {"calcium": {"value": 1.7, "unit": "mmol/L"}, "albumin": {"value": 40, "unit": "g/L"}}
    given = (DENOSUMAB | {"status": "active"}, ZOLEDRONATE | {"status": "stopped"}, marked | {"status": "planned"})
    drugs = [{"id": f"M{number}", **drug} for number, drug in enumerate(given)]
    answer = engine.evaluate(patient("breast", *drugs, labs=low), as_of=AS_OF)
    assert notices(answer)["hypocalcaemia-with-bone-agent"].endswith("; denosumab, other drug]")
    assert all("Q0XY7Z" not in str([one.text, one.passages]) for one in answer.notices)


def test_a_switch_names_both_agents(engine: Engine) -> None:
    plans = {"stop_bma": True, "stop_bma_reason": "switch"}
    drugs = (ZOLEDRONATE | {"id": "M1", "status": "active"}, DENOSUMAB | {"id": "M2", "status": "planned"})
    said = notices(engine.evaluate(patient("breast", *drugs, plans=plans), as_of=AS_OF))
    assert said["declared-switch-of-bone-agents"].endswith("[zoledronic acid, denosumab]")


def test_one_agent_under_two_names_is_a_duplicate_whatever_the_agent(engine: Engine) -> None:
    unlisted = {"drug": "other", "class": ["bone_modifying_agent"], "status": "active"}
    twice = patient("other", unlisted | {"name": "Agent X"}, unlisted | {"name": "agent x"})
    assert "same-bone-agent-twice" in {one.id for one in engine.evaluate(twice, as_of=AS_OF).data_conflicts}
    apart = patient("other", unlisted | {"name": "Agent X"}, unlisted | {"name": "Agent Y"})
    assert "same-bone-agent-twice" not in {one.id for one in engine.evaluate(apart, as_of=AS_OF).data_conflicts}


def test_sound_kidneys_bring_no_warning(engine: Engine) -> None:
    sound = FRAIL | {"age": 50, "labs": {"creatinine": {"value": 60, "unit": "umol/L"}}}
    for medication in (DENOSUMAB, ZOLEDRONATE):
        found = said(engine.evaluate(patient("breast", medication | {"status": "active"}, **sound), as_of=AS_OF))
        assert not {OF_DENOSUMAB, OF_ZOLEDRONATE} & found


@pytest.mark.parametrize(("creatinine", "steps"), [(95, False), (110, True), (180, True), (200, False)])
def test_the_dose_steps_of_zoledronic_acid_stand_between_30_and_60(
    engine: Engine, creatinine: float, steps: bool
) -> None:
    man = {"age": 60, "sex": "male", "weight": {"value": 60, "unit": "kg"}}
    labs = {"creatinine": {"value": creatinine, "unit": "umol/L"}}
    given = patient("nsclc", ZOLEDRONATE | {"status": "planned"}, **man, labs=labs)
    assert ("zoledronate-label-dose-steps" in said(engine.evaluate(given, as_of=AS_OF))) is steps


def test_a_clearance_that_cannot_be_computed_is_named(engine: Engine) -> None:
    given = patient("nsclc", DENOSUMAB | {"status": "active"}, labs={"creatinine": {"value": 90, "unit": "umol/L"}})
    assert "clearance-unknown-with-bone-agent" in said(engine.evaluate(given, as_of=AS_OF))
    assert "clearance-unknown-with-bone-agent" not in said(engine.evaluate(given | FRAIL, as_of=AS_OF))


def test_a_low_magnesium_is_said_with_its_figure(engine: Engine) -> None:
    low = {"magnesium": {"value": 0.4, "unit": "mmol/L", "reference_low": 0.7, "date": "2026-05-20"}}
    evaluation = engine.evaluate(patient("nsclc", DENOSUMAB | {"status": "planned"}, labs=low), as_of=AS_OF)
    told = {one.id: one.text.zh for one in evaluation.notices}["low-magnesium-or-phosphate-with-bone-agent"]
    assert told.endswith("［血镁 0.4 mmol/L（2026-05-20）；血镁参考下限 0.7 mmol/L；地舒单抗］")


def test_a_high_creatinine_whose_clearance_cannot_be_computed_warns(engine: Engine) -> None:
    given = patient("nsclc", DENOSUMAB | {"status": "active"}, labs=FRAIL["labs"])
    evaluation = engine.evaluate(given, as_of=AS_OF)
    assert {one.id: one.urgency for one in evaluation.notices}["high-creatinine-with-bone-agent"] == "warning"
    assert "clearance-unknown-with-bone-agent" not in said(evaluation)
    assert "high-creatinine-with-bone-agent" not in said(engine.evaluate(given | FRAIL, as_of=AS_OF))


@pytest.mark.parametrize(
    "kidney",
    [
        {"labs": {"creatinine": {"value": 175, "unit": "umol/L", "reference_high": 81}}},
        {"comorbidities": {"renal_insufficiency": True}},
        {"comorbidities": {"dialysis": True}},
    ],
)
@pytest.mark.parametrize(
    ("rule", "symptoms"), [("BCBM-47", {"bone_pain": True}), ("BCBM-48", {"bone_pain_relieved": True})]
)
def test_keeping_a_bisphosphonate_up_steps_back_behind_the_kidney(
    engine: Engine, kidney: dict[str, Any], rule: str, symptoms: dict[str, bool]
) -> None:
    given = patient("breast", ZOLEDRONATE | {"status": "active"}, symptoms=symptoms, **kidney)
    evaluation = engine.evaluate(given, as_of=AS_OF)
    assert ground_of(evaluation, rule).status == "demoted"
    assert ground_of(evaluation, "BCBM-53").status == "active"
    given["medications"] = [DENOSUMAB | {"status": "active"}]
    assert ground_of(engine.evaluate(given, as_of=AS_OF), rule).status == "active"
    sound = {"labs": {"creatinine": {"value": 50, "unit": "umol/L", "reference_high": 81}}}
    given = patient("breast", ZOLEDRONATE | {"status": "active"}, symptoms=symptoms, **sound)
    assert ground_of(engine.evaluate(given, as_of=AS_OF), rule).status == "active"


@pytest.mark.parametrize(
    ("rule", "more"),
    [
        ("BCBM-64", {"plans": {"stop_bma": True, "stop_bma_reason": "other"}}),
        ("BCBM-65", {"skeletal_events": {"on_bma": True}}),
        ("BCBM-66", {"plans": {"stop_bma": True, "stop_bma_reason": "stable_disease"}}),
    ],
)
@pytest.mark.parametrize("drug", ["zoledronate", "pamidronate"])
def test_words_against_stopping_step_back_where_the_label_advises_against_the_drug(
    engine: Engine, rule: str, more: dict[str, Any], drug: str
) -> None:
    medication = {"drug": drug, "status": "active", "indication": "bone_metastasis"}
    evaluation = engine.evaluate(patient("breast", medication, **FRAIL, **more), as_of=AS_OF)
    assert ground_of(evaluation, rule).status == "demoted"
    sound = FRAIL | {"labs": {"creatinine": {"value": 50, "unit": "umol/L"}}}
    evaluation = engine.evaluate(patient("breast", medication, **sound, **more), as_of=AS_OF)
    assert ground_of(evaluation, rule).status == "active"


# --- Calcium --------------------------------------------------------------------------------------------------------


def labs_of(calcium: float, albumin: float | None = 40, **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"calcium": {"value": calcium, "unit": "mmol/L", **more}}
    return {"labs": found if albumin is None else found | {"albumin": {"value": albumin, "unit": "g/L"}}}


RET = {
    "diagnosis": {"tumour_type": "nsclc"},
    "biomarkers": {"ret_fusion": "positive"},
    "lesions": [RIB],
    "medications": [],
}


@pytest.mark.parametrize(("given", "rule"), [(patient("breast"), "BCBM-46"), (RET, "RETBM-06")])
def test_low_calcium_comes_before_the_start_of_a_bone_agent(engine: Engine, given: dict[str, Any], rule: str) -> None:
    evaluation = engine.evaluate(given | labs_of(1.7), as_of=AS_OF)
    ground = ground_of(evaluation, rule)
    assert (ground.status, ground.demoted_by[0].by) == ("demoted", ["hypocalcaemia-with-bone-agent"])
    assert "corrected calcium 1.7 mmol/L" in notices(evaluation)["hypocalcaemia-with-bone-agent"]
    assert ground_of(engine.evaluate(given | labs_of(2.3), as_of=AS_OF), rule).status == "active"


def test_low_calcium_without_a_limit_is_critical_beside_denosumab(engine: Engine) -> None:
    evaluation = engine.evaluate(patient("other", DENOSUMAB | {"status": "active"}, **labs_of(1.3, None)), as_of=AS_OF)
    assert [one.urgency for one in evaluation.notices if one.id == "hypocalcaemia-with-bone-agent"] == ["critical"]


def test_calcium_beyond_any_limit_is_an_emergency(engine: Engine) -> None:
    evaluation = engine.evaluate(patient("breast", **labs_of(4.6, None)), as_of=AS_OF)
    assert evaluation.verdicts["BCBM-06"] == "fires"
    assert evaluation.advice[0].action == "hypercalcaemia-alert"
    assert "serum calcium 4.6 mmol/L" in evaluation.advice[0].text.en


@pytest.mark.parametrize("tumour", ["breast", "nsclc", "other"])
def test_by_correction_alone_it_is_a_warning_and_symptoms_are_the_first_question(engine: Engine, tumour: str) -> None:
    corrected = labs_of(2.38, 32, reference_high=2.52)
    evaluation = engine.evaluate(patient(tumour, **corrected, symptoms={"cord_signs": False}), as_of=AS_OF)
    notice = next(one for one in evaluation.notices if one.id == "hypercalcaemia-by-correction")
    assert notice.urgency == "warning"
    formula, inputs = "total calcium + 0.02 × (40 − albumin)", "serum calcium 2.38 mmol/L, albumin 32 g/L"
    figures = f"[corrected calcium 2.54 mmol/L: {formula}, {inputs}; upper limit of serum calcium 2.52 mmol/L]"
    assert notice.text.en.endswith(figures)
    assert "校正钙 2.54 mmol/L" in notice.text.zh
    assert evaluation.verdicts["BCBM-06"] == "undetermined"
    assert evaluation.questions.clinician[0].fact == "symptoms.hypercalcaemia_like"
    without = engine.evaluate(patient(tumour, **corrected, symptoms={"hypercalcaemia_like": False}), as_of=AS_OF)
    assert without.verdicts["BCBM-06"] == "silent"
    assert "hypercalcaemia-by-correction" in notices(without)
    urgent = engine.evaluate(patient(tumour, **corrected, symptoms={"hypercalcaemia_like": True}), as_of=AS_OF)
    assert urgent.verdicts["BCBM-06"] == "fires"
    assert "hypercalcaemia-by-correction" not in notices(urgent)
    assert figures in ground_of(urgent, "BCBM-06").text.en


def test_no_supplement_is_advised_where_calcium_is_high_by_correction_alone(engine: Engine) -> None:
    given = patient("breast", DENOSUMAB | {"status": "active"}, **labs_of(2.38, 32, reference_high=2.52))
    assert ground_of(engine.evaluate(given, as_of=AS_OF), "BCBM-60").status == "demoted"


@pytest.mark.parametrize("supplement", ["calcium_vitamin_d"])
@pytest.mark.parametrize(("calcium", "where"), [(3.1, beside), (2.38, notices)])
def test_calcium_or_vitamin_d_that_is_being_taken_is_said(
    engine: Engine, supplement: str, calcium: float, where: Any
) -> None:
    corrected = labs_of(calcium, 32, reference_high=2.52)
    given = patient("breast", {"drug": supplement, "status": "active"}, **corrected)
    assert "calcium-or-vitamin-d-in-hypercalcaemia" in where(engine.evaluate(given, as_of=AS_OF))
    given["medications"][0]["status"] = "stopped"
    assert "calcium-or-vitamin-d-in-hypercalcaemia" not in said(engine.evaluate(given, as_of=AS_OF))


# --- Dates ----------------------------------------------------------------------------------------------------------


def test_the_clearance_is_shown_with_formula_inputs_and_date(engine: Engine) -> None:
    evaluation = engine.evaluate(patient("breast", DENOSUMAB | {"status": "planned"}, **FRAIL), as_of=AS_OF)
    text = ground_of(evaluation, "BCBM-53").text
    assert "creatinine clearance (Cockcroft-Gault) 11.6 mL/min: (140 − age)" in text.en
    assert "age 78 years, sex female, body weight 45 kg, serum creatinine 250 µmol/L (2026-05-20)" in text.en
    assert "血肌酐 250 µmol/L（2026-05-20）" in text.zh


def test_a_reason_has_the_date_of_its_result(engine: Engine) -> None:
    given = patient("breast", **labs_of(3.1, 40, reference_high=2.52, date="2026-05-01"))
    because = {one.fact: one.date for one in ground_of(engine.evaluate(given, as_of=AS_OF), "BCBM-06").because}
    assert because["labs.calcium.value"] == "2026-05-01"
    assert because["labs.albumin.value"] is None


def test_checks_on_file_before_a_bone_agent_show_their_dates(engine: Engine) -> None:
    labs = {
        "calcium": {"value": 2.3, "unit": "mmol/L", "date": "2024-03-02"},
        "phosphate": {"value": 1.0, "unit": "mmol/L", "date": "2024-03-02"},
        "magnesium": {"value": 0.8, "unit": "mmol/L"},
        "creatinine": {"value": 60, "unit": "umol/L"},
    }
    given = patient("breast", DENOSUMAB | {"status": "planned"}, labs=labs, assessments={"dental_exam_done": True})
    text = notices(engine.evaluate(given, as_of=AS_OF))["pre-bone-agent-checks-on-file"]
    assert "serum calcium 2.3 mmol/L (2024-03-02)" in text
    assert "phosphate 1 mmol/L (2024-03-02)" in text


def test_an_old_result_is_named_among_the_questions(engine: Engine) -> None:
    given = patient("breast", **labs_of(3.1, 40, reference_high=2.52, date="2024-03-02"))
    evaluation = engine.evaluate(given, as_of=AS_OF)
    assert evaluation.verdicts["BCBM-06"] == "fires"  # nothing is silenced
    asked = {question.fact: question for question in evaluation.questions.clinician}
    assert asked["labs.calcium.value"].label.en == "serum calcium of 2024-03-02: still true?"
    assert asked["labs.calcium.value"].label.zh == "血钙（2024-03-02的结果）：是否仍然有效？"
    assert asked["labs.calcium.value"].asked_by == ["old-result"]


def test_by_the_sites_setting_an_old_result_is_unknown_and_that_is_told(engine: Engine) -> None:
    given = patient("breast", **labs_of(3.1, 40, reference_high=2.52, date="2024-03-02"))
    evaluation = engine.evaluate(given, {"result_age_months": 6}, as_of=AS_OF)
    assert evaluation.verdicts["BCBM-06"] == "undetermined"
    assert [one.id for one in evaluation.data_conflicts] == ["old-result"]
    assert "labs.calcium.value" in {question.fact for question in evaluation.questions.clinician}


def test_baselines_receptors_and_history_never_grow_old(engine: Engine) -> None:
    given = patient(
        "breast",
        {"drug": "trastuzumab", "status": "active"},
        biomarkers={"her2_status": "positive"},
        cardiac={"lvef_baseline": 62, "lvef_latest": 60, "echo_date": "2020-01-01"},
        skeletal_events={"hypercalcaemia": True},
    )
    evaluation = engine.evaluate(given, {"result_age_months": 1}, as_of=AS_OF)
    asked = {question.fact for question in evaluation.questions.clinician}
    assert "cardiac.lvef_latest" in asked
    assert not {"cardiac.lvef_baseline", "biomarkers.her2_status"} & asked
    assert evaluation.verdicts["BCBM-06"] == "fires"


@pytest.mark.parametrize(("sex", "factor"), [("male", False), ("female", True)])
def test_the_formula_of_the_clearance_is_that_of_the_patient(engine: Engine, sex: str, factor: bool) -> None:
    given = {"age": 60, "sex": sex, "weight": {"value": 60, "unit": "kg"}}
    given |= {"diagnosis": {"tumour_type": "nsclc"}, "labs": {"creatinine": {"value": 300, "unit": "umol/L"}}}
    found = engine.evaluate(given | {"medications": [ZOLEDRONATE | {"status": "active"}]}, as_of=AS_OF)
    value = next(one for one in found.values if one.fact == "derived.creatinine_clearance")
    assert value.formula is not None
    for text in (value.formula, value.text):
        assert "(140−年龄)×体重×88.4/(72×肌酐µmol/L)" in text.zh
        assert ("0.85" in text.zh, "0.85" in text.en) == (factor, factor)
    assert ("0.85" in found.model_dump_json()) is factor
    assert "300 µmol/L" in value.text.zh  # the formula takes what stands beside it
    assert value.value == round((140 - 60) * 60 * 88.4 / (72 * 300) * (0.85 if factor else 1), 1)


def test_every_figure_in_brackets_behind_a_text_is_among_the_values(engine: Engine) -> None:
    known = engine.knowledge
    numbers = [one for one in known.vocabulary.fields.values() if one.type in ("number", "integer")]
    labels = tuple(f"{one.label.zh} " for one in numbers if one.world != "policy")
    seen = 0
    examples = [*(e for note in known.notes.values() for e in note.examples), *known.rules["RETBM-10"].examples]
    for example in examples:
        answer = engine.evaluate(example.given, example.policy, as_of=AS_OF)
        texts = [*(one.text.zh for one in answer.notices), *(one.line.zh for one in answer.briefing)]
        grounds = [ground for item in answer.advice for ground in item.grounds]
        texts += [text for ground in grounds for text in (ground.text.zh, *(note.zh for note in ground.notes))]
        told = {piece for text in texts for part in re.findall("［(.*?)］", text) for piece in part.split("；")}
        figures = {piece for piece in told if piece.startswith(labels)}
        seen += len(figures)
        values = {one.text.zh for one in answer.values}
        # In the briefing a formula is said once; the figure alone stands behind later lines.
        once = {one.text.zh for one in answer.values if one.formula and any(one.text.zh in text for text in texts)}
        assert figures <= values | {one.partition("：")[0] for one in once}, example.given
    assert seen > 40


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ({"reference_low": 2.11, "reference_high": 2.52}, ["血钙参考下限 2.11 mmol/L"]),
        ({"reference_low": 2.11}, ["血钙参考下限 2.11 mmol/L"]),
        ({"interpretation": "low"}, []),
    ],
)
def test_a_result_beyond_a_limit_is_said_with_the_limit_that_decided(
    engine: Engine, limits: dict[str, Any], told: list[str]
) -> None:
    calcium = {"value": 1.9, "unit": "mmol/L", "date": "2026-05-20", **limits}
    given = patient("breast", DENOSUMAB | {"status": "active"}, labs={"calcium": calcium})
    answer = engine.evaluate(given, as_of=AS_OF)
    (words,) = [one.text.zh for one in answer.notices if one.id == "hypocalcaemia-with-bone-agent"]
    assert "血钙 1.9 mmol/L（2026-05-20）" in words
    assert [one for one in ("血钙参考下限 2.11 mmol/L", "血钙参考上限 2.52 mmol/L") if one in words] == told
