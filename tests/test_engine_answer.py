"""What the answer looks like: precedence, conflicts, extrapolation, questions, contradictions, reproducibility."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from hypothesis import given, settings
from pydantic import ValidationError

from corpus import SCENARIOS
from oncocds import Engine
from oncocds.advice.result import AdviceItem, Evaluation, Ground
from oncocds.errors import InputError, PolicyError, ProfileError
from oncocds.examples import failed_examples
from oncocds.knowledge.knowledge import Knowledge
from profile_strategies import PROFILES

ENGINE = Engine.load()


def patient_of(scenario: str, case: str = "a") -> dict[str, Any]:
    return next(dict(c["patient"]) for c in SCENARIOS if c["scenario"] == scenario and c["case"].split(":")[0] == case)


def ground_of(evaluation: Evaluation, rule: str) -> Ground:
    return next(g for item in evaluation.advice for g in item.grounds if g.rule == rule)


def item_of(evaluation: Evaluation, action: str) -> AdviceItem:
    return next(item for item in evaluation.advice if item.action == action)


def test_all_examples_of_all_rules_hold(knowledge: Knowledge) -> None:
    assert failed_examples(knowledge) == []
    assert sum(len(rule.examples) for rule in knowledge.rules.values()) >= 2 * len(knowledge.conditions)


def test_every_answer_is_valid_field_by_field_and_in_order(engine: Engine, knowledge: Knowledge) -> None:
    # Each part is checked as it is built; reading the answer brings its fields into their order.
    cases = [(case["patient"], case["policy"]) for case in SCENARIOS]
    shown = (*knowledge.rules.values(), *knowledge.precedence, *knowledge.notes.values())
    cases += [(dict(example.given), dict(example.policy)) for piece in shown for example in piece.examples]
    for patient, policy in cases:
        evaluation = engine.evaluate(patient, policy, "2026-01-01")
        assert_valid(evaluation)


def assert_valid(evaluation: Evaluation) -> None:
    read = Evaluation.model_validate(evaluation.model_dump(), strict=True)
    assert read == evaluation
    written = evaluation.model_dump_json()
    assert read.model_dump_json() == written
    assert evaluation.model_dump_json(exclude_unset=True) == written
    assert evaluation.as_json() == written.encode()


@settings(max_examples=60, deadline=None)
@given(PROFILES)
def test_the_answer_for_any_patient_is_valid_too(profile: dict[str, Any]) -> None:
    evaluation = ENGINE.evaluate(profile, as_of="2026-01-01")
    assert_valid(evaluation)
    written = evaluation.model_dump_json()
    assert Evaluation.model_validate_json(written, strict=True).model_dump_json() == written


def test_a_part_of_the_answer_takes_no_value_of_another_type(engine: Engine) -> None:
    (item, *_) = engine.evaluate(patient_of("S23")).advice
    ground = item.grounds[0]
    for wrong in ({"revision": "3"}, {"urgency": "grave"}, {"because": ({},)}, {"notes": None}, {"more": 1}):
        with pytest.raises(ValidationError):
            Ground.of(**{**vars(ground), **wrong})
    less = {name: value for name, value in vars(ground).items() if name != "flags"}
    with pytest.raises(ValidationError, match="flags"):
        Ground.of(**less)
    assert Ground.of(**vars(ground)) == ground


def test_the_answers_of_one_engine_share_no_policy(engine: Engine) -> None:
    first = engine.evaluate({})
    first.policy.effective["elderly_age"] = 1.0
    assert engine.evaluate({}).policy.effective["elderly_age"] is None


def test_lung_cancer_with_two_bone_agents_gets_the_contraindication_labelled_extrapolated(engine: Engine) -> None:
    evaluation = engine.evaluate(
        {
            "diagnosis": {"tumour_type": "nsclc"},
            "medications": [
                {"drug": "zoledronate", "status": "active"},
                {"drug": "denosumab", "status": "planned"},
            ],
        }
    )
    item = evaluation.advice[0]
    assert (item.action, item.kind, item.urgency) == ("avoid-combining-bone-agents", "contraindication", "critical")
    ground = item.grounds[0]
    assert ground.rule == "BCBM-62"
    assert ground.origin == "extrapolated"
    assert ground.label is not None


def test_the_switch_can_be_turned_off(engine: Engine) -> None:
    patient = {
        "diagnosis": {"tumour_type": "nsclc"},
        "medications": [{"drug": "zoledronate", "status": "active"}, {"drug": "denosumab", "status": "planned"}],
    }
    assert engine.evaluate(patient, {"cross_tumour_safety": False}).verdicts["BCBM-62"] == "silent"


def test_echo_without_radiotherapy_is_labelled(engine: Engine) -> None:
    patient = {
        "diagnosis": {"tumour_type": "breast"},
        "biomarkers": {"her2_ihc": "3+"},
        "medications": [{"drug": "trastuzumab", "status": "active"}],
        "radiotherapy": [],
    }
    assert ground_of(engine.evaluate(patient), "HER2RT-15").origin == "extrapolated"


def test_two_agents_demote_what_would_add_or_combine(strict: Engine) -> None:
    evaluation = strict.evaluate(patient_of("S23"))
    ground = ground_of(evaluation, "BCBM-61")
    assert ground.status == "demoted"
    assert ground.demoted_by[0].by == ["BCBM-62"]
    assert item_of(evaluation, "bone-agent-combinations").status == "demoted"
    assert evaluation.verdicts["BCBM-61"] == "fires"


def test_hypercalcaemia_demotes_calcium_supplements_only_while_it_is_certain(strict: Engine) -> None:
    assert ground_of(strict.evaluate(patient_of("S25")), "BCBM-60").status == "demoted"
    symptoms_only = strict.evaluate(patient_of("S25", "b"))
    assert symptoms_only.verdicts["BCBM-06"] == "fires"
    assert ground_of(symptoms_only, "BCBM-60").status == "active"


def test_lvef_fall_demotes_safe_statements_and_withholds_reassurance(strict: Engine) -> None:
    patient = patient_of("S01")
    patient["cardiac"] = {"marked_decline": True}
    evaluation = strict.evaluate(patient)
    assert evaluation.advice[0].action == "act-on-lvef-fall"
    assert evaluation.advice[0].tier == "emergency"
    assert ground_of(evaluation, "HER2RT-04").status == "demoted"
    assert ground_of(evaluation, "HER2RT-01").status == "demoted"
    grounds = [ground for item in evaluation.advice for ground in item.grounds]
    assert not any("HER2RT-24" in ground.supported_by for ground in grounds)


@pytest.mark.parametrize("case", ["a", "b"])
def test_low_calcium_is_an_external_critical_note_before_which_denosumab_steps_back(strict: Engine, case: str) -> None:
    """ "Particularly suitable" must not stand among the emergencies: what cannot wait is the calcium."""
    evaluation = strict.evaluate(patient_of("S26", case))
    notice = next(notice for notice in evaluation.notices if notice.id == "hypocalcaemia-with-bone-agent")
    assert (notice.origin, notice.urgency) == ("external", "critical")
    ground = ground_of(evaluation, "BCBM-53")
    assert evaluation.verdicts["BCBM-53"] == "fires"
    assert (ground.status, ground.urgency) == ("demoted", "warning")
    assert [demotion.by for demotion in ground.demoted_by] == [["hypocalcaemia-with-bone-agent"]]
    assert not [item for item in evaluation.advice if item.tier == "emergency"]


def test_denosumab_for_the_kidneys_never_goes_without_the_word_on_calcium(strict: Engine) -> None:
    patient = patient_of("S26")
    patient["labs"] = patient["labs"] | {"calcium": patient["labs"]["calcium"] | {"value": 2.3}}
    ground = ground_of(strict.evaluate(patient), "BCBM-53")
    assert ground.status == "active"
    assert "check-calcium-around-denosumab" in [note.id for note in ground.notes]


def test_endocrine_and_chemotherapy_stand_side_by_side(strict: Engine) -> None:
    evaluation = strict.evaluate(patient_of("S20", "b"))
    sides = [side.rules for conflict in evaluation.conflicts for side in conflict.sides]
    assert ["BCBM-29"] in sides
    assert ["BCBM-33"] in sides


def test_restart_after_an_adverse_event_is_never_silent(strict: Engine) -> None:
    evaluation = strict.evaluate(patient_of("S26", "b"))
    assert evaluation.verdicts["BCBM-46"] == "silent"
    assert any(["BCBM-46"] in [side.rules for side in conflict.sides] for conflict in evaluation.conflicts)


def test_contradicting_her2_is_unknown_said_and_asked(strict: Engine) -> None:
    evaluation = strict.evaluate(
        {
            "diagnosis": {"tumour_type": "breast"},
            "biomarkers": {"her2_status": "negative", "her2_ihc": "3+"},
            "medications": [{"drug": "trastuzumab", "status": "active"}],
        }
    )
    assert evaluation.verdicts["HER2RT-13"] == "undetermined"
    assert [conflict.severity for conflict in evaluation.data_conflicts] == ["contradiction"]
    asked = {question.fact for question in evaluation.questions.clinician}
    assert {"biomarkers.her2_status", "biomarkers.her2_ihc"} <= asked


def test_emergencies_come_first_then_contraindications(strict: Engine) -> None:
    patient = patient_of("S23")
    patient["symptoms"] = {"cord_signs": True}
    tiers = [item.tier for item in strict.evaluate(patient).advice]
    assert tiers[:2] == ["emergency", "contraindication"]


def test_missing_tumour_type_is_said_in_one_line(engine: Engine) -> None:
    evaluation = engine.evaluate({})
    assert [notice.id for notice in evaluation.notices] == ["tumour-type-missing"]
    assert set(evaluation.verdicts.values()) <= {"silent", "undetermined"}


def test_a_locally_decided_ground_says_so(strict: Engine) -> None:
    patient = patient_of("S02", "b")
    ground = ground_of(strict.evaluate(patient, {"lvef_drop_abs": 10}), "HER2RT-16")
    assert ground.origin == "local policy"
    assert "policy.lvef_drop_abs" in {reason.fact for reason in ground.because}


def test_same_in_same_out_byte_for_byte(engine: Engine) -> None:
    patient = patient_of("S20")
    first = engine.evaluate(patient, as_of="2026-01-01").model_dump_json()
    assert engine.evaluate(json.dumps(patient), as_of="2026-01-01").model_dump_json() == first
    assert Engine.load().evaluate(patient, as_of="2026-01-01").model_dump_json() == first


def test_one_engine_is_shared_by_threads(engine: Engine) -> None:
    expected = [engine.evaluate(case["patient"], as_of="2026-01-01").model_dump_json() for case in SCENARIOS[:24]]
    wrong: list[int] = []

    def run() -> None:
        for index, case in enumerate(SCENARIOS[:24]):
            if engine.evaluate(case["patient"], as_of="2026-01-01").model_dump_json() != expected[index]:
                wrong.append(index)

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize(
    ("patient", "pointer", "expected"),
    [
        ({"diagnosis": {"tumour_typ": "breast"}}, "/diagnosis/tumour_typ", "tumour_type"),
        ({"age": "45"}, "/age", "number"),
        ({"age": True}, "/age", "number"),
        ({"symptoms": {"bone_pain": 1}}, "/symptoms/bone_pain", "true or false"),
        ({"cardiac": {"lvef_baseline": float("nan")}}, "/cardiac/lvef_baseline", "finite"),
        ({"labs": {"creatinine": {"value": 62}}}, "/labs/creatinine/unit", "umol/L"),
        ({"labs": {"creatinine": {"value": 1.6, "unit": "umol/L"}}}, "/labs/creatinine/value", "20"),
        ({"labs": {"platelets": {"value": 60000, "unit": "10*9/L"}}}, "/labs/platelets/value", "3000"),
        ({"medications": [{"drug": "zometa"}]}, "/medications/0/drug", "zoledronate"),
        ({"medications": [{"drug": "other"}]}, "/medications/0/name", "name"),
        ({"medications": [{"start_date": "2026-02-30"}]}, "/medications/0/start_date", "YYYY-MM-DD"),
        ({"lesions": [{"id": "a"}, {"id": "a"}]}, "/lesions/1/id", "unique"),
        ({"lesions": [], "radiotherapy": [{"targets": ["x"]}]}, "/radiotherapy/0/targets/0", "lesion"),
        ({"lesions": [{"organ": "bone", "site": "L3"}]}, "/lesions/0/site", "lumbar_spine, sacrum"),
        ({"resourceType": "Bundle", "entry": []}, "/resourceType", "/v1/fhir/evaluations"),
        ({"medications": [{"name": "a\x00b"}]}, "/medications/0/name", "NUL"),
        ({"medications": [{"name": "\ud800"}]}, "/medications/0/name", "Unicode"),
    ],
)
def test_bad_input_is_refused_by_place_and_expectation(
    engine: Engine, patient: dict[str, Any], pointer: str, expected: str
) -> None:
    with pytest.raises(ProfileError) as refused:
        engine.evaluate(patient)
    problem = next(problem for problem in refused.value.problems if problem.pointer == pointer)
    assert expected in problem.expected + problem.reason


@pytest.mark.parametrize(
    "text",
    [
        '{"age": 1, "age": 2}',
        '{"age": NaN}',
        '{"age": 1e999}',
        "[" * 200,
        "{",
        "[]",
        '"x"',
        '{"medications": [{"name": "\\ud800"}]}',
        " " * 10_000_001,
    ],
    ids=["duplicate", "nan", "infinite", "deep", "cut", "list", "text", "surrogate", "large"],
)
def test_hostile_text_is_refused(engine: Engine, text: str) -> None:
    with pytest.raises(ProfileError):
        engine.evaluate(text)


def test_refusals_never_repeat_what_was_sent(engine: Engine) -> None:
    secret = "王小明1234567"
    for patient in (
        {"sex": secret},
        {"age": secret},
        {"medications": [{"drug": secret}]},
        {"medications": [{"start_date": secret}]},
        {"labs": {"calcium": {"value": 2.3, "unit": secret}}},
    ):
        with pytest.raises(ProfileError) as refused:
            engine.evaluate(patient)
        assert secret not in str(refused.value)


def test_bad_policy_and_bad_date_are_refused(engine: Engine) -> None:
    with pytest.raises(PolicyError):
        engine.evaluate({}, {"elderly_ag": 65})
    with pytest.raises(PolicyError):
        engine.evaluate({}, {"elderly_age": "65"})
    with pytest.raises(InputError):
        engine.evaluate({}, as_of="2026-13-01")


def test_no_ground_and_no_title_is_ever_empty(engine: Engine, strict: Engine) -> None:
    for case in SCENARIOS:
        for chosen in (engine, strict):
            for item in chosen.evaluate(case["patient"], case["policy"]).advice:
                for text in (item.title, item.text, *(ground.text for ground in item.grounds)):
                    assert text.zh.strip()
                    assert text.en.strip()
                    assert "{" not in text.zh + text.en
