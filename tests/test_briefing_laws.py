"""Laws of what an answer begins with, tried on every known patient: the reading order, and what decisions promise."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus import SCENARIOS
from oncocds.advice.first import Line
from oncocds.advice.result import Evaluation
from oncocds.engine import Engine, load_bundled_or
from oncocds.knowledge.models import URGENCIES
from oncocds.profile.finding import ITEM_PATH
from oncocds.profile.models import Profile

ENGINE = Engine.load()
PATIENTS: list[tuple[dict[str, Any], dict[str, Any]]] = [(c["patient"], c["policy"]) for c in SCENARIOS] + [
    (dict(e.given), dict(e.policy)) for rule in load_bundled_or(None).rules.values() for e in rule.examples
]
CASES = st.sampled_from(PATIENTS)
APART = ("decide", "stepped_back")


def evaluated(case: tuple[dict[str, Any], dict[str, Any]]) -> Evaluation:
    return ENGINE.evaluate(case[0], case[1], "2026-01-01")


def named(lines: list[Line]) -> list[tuple[str, str, str | None]]:
    return [(one.kind, one.ref, one.lesion) for line in lines for one in line.covers]


@settings(max_examples=120, deadline=None)
@given(CASES)
def test_everything_said_stands_in_exactly_one_line_and_urgency_never_rises_along_them(
    case: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    answer = evaluated(case)
    lines = answer.briefing
    said = [("advice", item.action, item.lesion) for item in answer.advice]
    said += [("notice", one.id, None) for one in answer.notices]
    said += [("data_conflict", one.id, None) for one in answer.data_conflicts]
    said += [("decision", one.id, None) for one in answer.decisions]
    assert sorted(named(lines), key=repr) == sorted(said, key=repr)
    ranks = [URGENCIES.index(line.urgency) for line in lines if line.section not in APART]
    assert ranks == sorted(ranks)
    urgent = [line.urgency == "critical" for line in lines]
    assert urgent == sorted(urgent, reverse=True)
    for line in lines:
        if line.ref.startswith("more_"):
            assert line.urgency != "critical"
            assert len(line.covers) >= 2
    sections = [line.section for line in lines]
    assert sections == sorted(sections, key=["now", "decide", "do", "consider", "background", "stepped_back"].index)
    assert sections.count("decide") <= 5
    assert sections.count("background") <= 1
    assert sections.count("stepped_back") <= 1
    assert all(line.line.zh and line.line.en for line in lines)


@settings(max_examples=120, deadline=None)
@given(CASES)
def test_every_urgent_ground_is_named_in_a_line_of_its_urgency(case: tuple[dict[str, Any], dict[str, Any]]) -> None:
    answer = evaluated(case)
    for item in answer.advice:
        for ground in item.grounds:
            if ground.status != "active" or ground.urgency == "info":
                continue
            (line,) = (
                line
                for line in answer.briefing
                if any((one.ref, one.lesion) == (item.action, item.lesion) for one in line.covers)
            )
            assert ground.rule in line.rules
            assert URGENCIES.index(line.urgency) <= URGENCIES.index(ground.urgency)
            assert line.section == ("now" if line.urgency == "critical" else "do")


@settings(max_examples=60, deadline=None)
@given(CASES, st.data())
def test_what_a_decision_promises_comes_true_when_its_answer_is_given(
    case: tuple[dict[str, Any], dict[str, Any]], data: st.DataObject
) -> None:
    answer = evaluated(case)
    if not answer.decisions:
        return
    decision = data.draw(st.sampled_from(answer.decisions))
    for choice in decision.answers:
        then = ENGINE.evaluate(answered(case[0], decision.fact, choice.value), case[1], "2026-01-01")
        active = {
            (ground.rule, item.lesion): ground
            for item in then.advice
            for ground in item.grounds
            if ground.status == "active"
        }
        for brought in choice.brings:
            assert answer.verdicts[brought.rule] == "undetermined"
            if brought.action is None:
                assert then.verdicts[brought.rule] == "fires"
                continue
            ground = active[brought.rule, brought.lesion]
            assert ground.urgency == brought.urgency


def answered(patient: dict[str, Any], fact: str, value: Any) -> dict[str, Any]:
    """The patient with one answer recorded."""
    told: dict[str, Any] = json.loads(identified_json(patient))
    match = ITEM_PATH.fullmatch(fact)
    if match is not None:
        (item,) = (one for one in told[match[1]] if one["id"] == match[2])
        item[str(match[3])] = value
        return told
    place = told
    *groups, last = fact.split(".")
    for group in groups:
        place = place.setdefault(group, {})
    place[last] = value
    return told


def identified_json(patient: dict[str, Any]) -> str:
    from oncocds.profile.identity import identified
    from oncocds.profile.reading import read_profile

    profile: Profile = identified(read_profile(copy.deepcopy(patient), ENGINE.knowledge.vocabulary))
    return profile.model_dump_json(by_alias=True, exclude_none=True)


def test_of_many_lesions_the_lines_stay_few_and_what_is_cut_is_counted_and_named() -> None:
    lesions = [
        {"id": f"L{n}", "organ": "bone", "site": "lumbar_spine", "status": "imaging_positive"} for n in range(30)
    ]
    patient = {"diagnosis": {"tumour_type": "breast"}, "lesions": lesions, "medications": []}
    answer = ENGINE.evaluate(patient, as_of="2026-01-01")
    assert len(answer.briefing) <= 20
    rest = [line for line in answer.briefing if line.ref.startswith("more_")]
    for line in rest:
        assert len(line.covers) >= 2
        assert line.kind == "group"
    asked = next(line for line in answer.briefing if line.ref == "lesions[L0].spinal_instability")
    assert sum(one.ref.endswith(".spinal_instability") for one in asked.covers) == 30
    assert "病灶腰椎（L0、L1、L2）等30处：脊柱不稳？" in asked.line.zh


@pytest.mark.parametrize(("baseline", "latest"), [(62, 47), (70, 51)])
def test_a_fall_of_the_lvef_nobody_judged_is_the_first_question_with_both_numbers(baseline: int, latest: int) -> None:
    answer = ENGINE.evaluate(
        {
            "diagnosis": {"tumour_type": "breast"},
            "biomarkers": {"her2_status": "positive"},
            "medications": [{"drug": "trastuzumab", "status": "active"}],
            "radiotherapy": [{"site": "breast", "status": "planned"}],
            "lesions": [],
            "cardiac": {"lvef_baseline": baseline, "lvef_latest": latest, "echo_date": "2025-11-01"},
        },
        as_of="2026-01-01",
    )
    first = answer.briefing[0]
    assert (first.section, first.ref, first.urgency) == ("decide", "cardiac.marked_decline", "critical")
    assert f"{latest} %（2025-11-01）" in first.line.zh
    assert f"{baseline} %" in first.line.zh
    decision = answer.decisions[0]
    assert decision.settings == ["policy.lvef_drop_abs"]
    (yes, no) = decision.answers
    assert [one.rule for one in yes.brings] == ["HER2RT-16"]
    assert no.brings == []
    change = next(one for one in answer.values if one.fact == "derived.lvef_change")
    assert change.value == latest - baseline
    assert [one.fact for one in change.inputs] == ["cardiac.lvef_baseline", "cardiac.lvef_latest"]


def test_a_list_that_may_be_incomplete_is_a_question_and_no_decision() -> None:
    patient = {
        "diagnosis": {"tumour_type": "breast"},
        "lesions": [{"id": "B", "organ": "bone", "status": "imaging_positive"}],
        "medications": [{"drug": "denosumab", "status": "active"}],
        "incomplete": ["medications"],
    }
    answer = ENGINE.evaluate(patient, as_of="2026-01-01")
    assert "medications" in {one.fact for one in answer.questions.clinician}
    assert "medications" not in {one.fact for one in answer.decisions}


def test_a_start_and_its_checks_are_one_line_and_stay_two_items() -> None:
    patient = {
        "diagnosis": {"tumour_type": "breast"},
        "lesions": [{"id": "B", "organ": "bone", "status": "imaging_positive"}],
        "medications": [],
    }
    answer = ENGINE.evaluate(patient, as_of="2026-01-01")
    line = next(one for one in answer.briefing if one.ref == "start-bone-modifying-agent")
    assert [one.ref for one in line.covers] == ["start-bone-modifying-agent", "pre-bone-agent-checks"]
    assert {"BCBM-46", "BCBM-57", "BCBM-58", "BCBM-59"} <= set(line.rules)


def test_criteria_that_are_not_met_are_one_sentence() -> None:
    patient = {
        "diagnosis": {"tumour_type": "hcc"},
        "hcc": {"bclc": "D", "child_pugh": "B", "n_intrahepatic": 7, "sum_diameter_cm": 22},
        "labs": {"platelets": {"value": 40, "unit": "10*9/L"}},
        "medications": [{"drug": "sorafenib", "status": "planned"}],
        "radiotherapy": [{"site": "liver", "technique": "sbrt", "status": "planned"}],
    }
    answer = ENGINE.evaluate(patient, as_of="2026-01-01")
    line = next(one for one in answer.briefing if one.ref == "outside-rtog1112-criteria")
    assert line.line.zh.count("不在RTOG 1112入组范围内") == 1
    assert line.line.en.count("RTOG 1112 criteria") == 1
    assert "（5项）" in line.line.zh


def test_every_ground_listed_in_one_sentence_says_its_point_before_the_words_that_end_it() -> None:
    for action in ENGINE.knowledge.actions.values():
        if action.listed_before is not None:
            for rule in ENGINE.knowledge.rules.values():
                if rule.action == action.id:
                    assert action.listed_before.zh in rule.then.zh, rule.id
                    assert action.listed_before.en in rule.then.en, rule.id


def test_questions_are_grouped_by_topic_and_the_few_shown_are_not_asked_above() -> None:
    answer = ENGINE.evaluate(
        {"diagnosis": {"tumour_type": "breast"}, "biomarkers": {"her2_ihc": "2+"}}, as_of="2026-01-01"
    )
    topics = answer.questions.topics
    assert [fact for topic in topics for fact in topic.facts] != []
    assert sorted(fact for topic in topics for fact in topic.facts) == sorted(
        one.fact for one in answer.questions.clinician
    )
    assert sum(topic.shown for topic in topics) <= 5
    her2 = next(topic for topic in topics if topic.topic == "her2")
    assert [one.fact for one in her2.known] == ["biomarkers.her2_ihc"]
    asked = {one.topic for one in answer.decisions}
    assert all(topic.topic not in asked for topic in topics if topic.shown)


def test_items_recorded_alike_are_promised_what_each_would_bring_by_itself() -> None:
    lesions = [
        {"id": name, "organ": "bone", "site": site, "status": "imaging_positive", "painful": painful}
        for name, site, painful in (
            ("A", "femur", True),
            ("B", "femur", True),
            ("C", "lumbar_spine", True),
            ("D", "lumbar_spine", True),
            ("E", "femur", False),
        )
    ]
    courses = [{"id": "R", "site": "bone", "status": "planned", "targets": ["D"]}]
    for tumour in ("breast", "nsclc"):
        patient = {"diagnosis": {"tumour_type": tumour}, "lesions": lesions, "radiotherapy": courses, "medications": []}
        answer = ENGINE.evaluate(patient, as_of="2026-01-01")
        assert answer.decisions
        for decision in answer.decisions:
            for choice in decision.answers:
                then = ENGINE.evaluate(answered(patient, decision.fact, choice.value), as_of="2026-01-01")
                active = {
                    (ground.rule, item.lesion, ground.urgency)
                    for item in then.advice
                    for ground in item.grounds
                    if ground.status == "active"
                }
                assert {(one.rule, one.lesion, one.urgency) for one in choice.brings if one.action} <= active


def test_of_hundreds_of_drugs_the_facts_stay_questions_and_are_no_decisions() -> None:
    drugs = [{"drug": "denosumab", "status": "active"}, {"drug": "zoledronate"}]
    many = [{"drug": "letrozole", "status": "active"}] * 59
    patient = {"diagnosis": {"tumour_type": "breast"}, "lesions": [], "medications": [*drugs, *many]}
    answer = ENGINE.evaluate(patient, as_of="2026-01-01")
    asked = {one.fact for one in answer.questions.clinician if one.fact.startswith("medications[")}
    assert asked
    assert asked.isdisjoint(one.fact for one in answer.decisions)
    fewer = ENGINE.evaluate({**patient, "medications": [*drugs, *many[1:]]}, as_of="2026-01-01")
    assert any(one.fact.startswith("medications[") for one in fewer.decisions)


@settings(max_examples=40, deadline=None)
@given(CASES)
def test_an_answer_without_its_beginning_is_otherwise_the_same(case: tuple[dict[str, Any], dict[str, Any]]) -> None:
    whole, rest = (ENGINE.evaluate(*case, "2026-01-01", begin=begin).model_dump() for begin in (True, False))
    for answer in (whole, rest):
        answer["questions"].pop("topics")
    beginning = ("briefing", "decisions", "values")
    assert all(rest.pop(part) == [] for part in beginning)
    assert {part: found for part, found in whole.items() if part not in beginning} == rest
