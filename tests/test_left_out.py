"""Records that were left out and could be items: what they could be is one answer away, and no more than that."""

from __future__ import annotations

import copy
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncocds.engine import Engine, load_bundled_or
from oncocds.errors import KnowledgeError, ProfileError
from oncocds.profile.identity import identified
from oncocds.profile.models import Profile
from oncocds.profile.reading import read_profile
from oncocds.scenarios.direct import run_text
from oncocds.scenarios.site import site
from oncocds.vocabulary.bundled import bundled_knowledge
from oncocds.vocabulary.loader import load_vocabulary

AS_OF = "2026-01-01"
ENGINE = Engine.load()
LISTS = ("lesions", "medications", "radiotherapy")
PATIENTS = [(dict(e.given), dict(e.policy)) for rule in load_bundled_or(None).rules.values() for e in rule.examples]
ON_ZOLEDRONATE: dict[str, Any] = {
    "diagnosis": {"tumour_type": "breast", "extent": "metastatic"},
    "lesions": [{"id": "B", "organ": "bone", "status": "confirmed"}],
    "medications": [{"drug": "zoledronate", "status": "active"}],
}


def read(patient: dict[str, Any]) -> Profile:
    return read_profile(copy.deepcopy(patient), ENGINE.knowledge.vocabulary)


def left_out(patient: dict[str, Any], **counts: int) -> dict[str, Any]:
    return {**copy.deepcopy(patient), "left_out": counts}


def decision(patient: dict[str, Any], name: str = "medications", policy: dict[str, Any] | None = None) -> Any:
    answer = ENGINE.evaluate(patient, policy, AS_OF)
    return next((one for one in answer.decisions if one.id == f"left_out.{name}"), None)


def test_what_a_left_out_drug_could_be_is_asked_with_what_each_answer_would_bring() -> None:
    asked = decision(left_out(ON_ZOLEDRONATE, medications=1))
    assert (asked.fact, asked.urgency) == ("medications", "critical")
    assert asked.question.zh == "有1条用药记录未能读取：其中是否有未列出的药物，是哪一类？"
    (agent,) = (one for one in asked.answers if one.label.zh == "骨改良药物（进行中）")
    assert [(one.rule, one.urgency) for one in agent.brings] == [("BCBM-62", "critical")]
    assert agent.value["class"] == ["bone_modifying_agent"]
    # A bisphosphonate is a bone agent: where it brings no more, it is not told again.
    assert "双膦酸盐（进行中）" not in {one.label.zh for one in asked.answers}


def test_it_is_a_line_of_its_own_that_a_reader_sees_first() -> None:
    answer = ENGINE.evaluate(left_out(ON_ZOLEDRONATE, medications=1), as_of=AS_OF)
    first = next(line for line in answer.briefing if line.section == "decide")
    assert [one.ref for one in first.covers] == ["left_out.medications"]
    assert first.urgency == "critical"
    assert "不同种类的骨改良药物不可同时使用" in first.line.zh


def test_a_list_that_may_merely_be_incomplete_stays_a_question() -> None:
    assert decision({**ON_ZOLEDRONATE, "incomplete": ["medications"]}) is None
    assert decision(left_out(ON_ZOLEDRONATE, medications=0)) is None


@pytest.mark.parametrize("given", [{}, {"medications": []}])
def test_it_is_asked_of_a_list_of_which_nothing_was_read_as_well(given: dict[str, Any]) -> None:
    patient = {**ON_ZOLEDRONATE, "biomarkers": {"her2_status": "positive"}, **given}
    if not given:
        del patient["medications"]
    assert decision(left_out(patient, medications=2)).question.en.startswith(
        "Medication records that could not be read: 2"
    )


def test_only_what_is_urgent_is_worth_it() -> None:
    for patient, policy in PATIENTS[::23]:
        for name in LISTS:
            asked = decision(left_out(patient, **{name: 1}), name, policy)
            for choice in () if asked is None else asked.answers:
                assert choice.brings
                assert {one.urgency for one in choice.brings} <= {"critical", "warning"}


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(PATIENTS), st.sampled_from(LISTS), st.data())
def test_what_is_promised_comes_true_when_the_item_is_recorded(
    case: tuple[dict[str, Any], dict[str, Any]], name: str, data: st.DataObject
) -> None:
    patient, policy = left_out(case[0], **{name: 1}), case[1]
    answer = ENGINE.evaluate(patient, policy, AS_OF)
    asked = next((one for one in answer.decisions if one.id == f"left_out.{name}"), None)
    if asked is None:
        return
    choice = data.draw(st.sampled_from(asked.answers))
    told = json.loads(identified(read(patient)).model_dump_json(by_alias=True, exclude_none=True))
    told[name] = [*told.get(name, ()), choice.value]
    then = ENGINE.evaluate(told, policy, AS_OF)
    active = {(g.rule, item.lesion): g for item in then.advice for g in item.grounds if g.status == "active"}
    for brought in choice.brings:
        assert answer.verdicts[brought.rule] == "undetermined"
        assert then.verdicts[brought.rule] == "fires"
        if brought.action is not None:
            assert active[brought.rule, brought.lesion].urgency == brought.urgency


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(PATIENTS), st.sampled_from(LISTS))
def test_no_verdict_is_another_than_of_a_list_that_may_be_incomplete(
    case: tuple[dict[str, Any], dict[str, Any]], name: str
) -> None:
    patient, policy = case
    open_ = {**patient, "incomplete": sorted({*patient.get("incomplete", ()), name})}
    one, other = (ENGINE.evaluate(each, policy, AS_OF) for each in (left_out(patient, **{name: 3}), open_))
    assert one.verdicts == other.verdicts
    assert one.advice == other.advice


def test_it_implies_that_the_list_may_be_incomplete_and_none_left_out_says_nothing() -> None:
    profile = read(left_out(ON_ZOLEDRONATE, medications=2, radiotherapy=1))
    assert profile.incomplete == ["medications"]  # of an absent list nothing is known anyway
    none, plain = left_out(ON_ZOLEDRONATE, medications=0), ON_ZOLEDRONATE
    assert ENGINE.evaluate(none, as_of=AS_OF) == ENGINE.evaluate(plain, as_of=AS_OF)


@pytest.mark.parametrize(
    ("given", "pointer"),
    [({"medications": -1}, "/left_out/medications"), ({"medications": "1"}, "/left_out/medications"),
     ({"drugs": 1}, "/left_out/drugs"), (["medications"], "/left_out"),
     ({"medications": True}, "/left_out/medications")],
)  # fmt: skip
def test_what_is_no_number_of_records_is_refused_where_it_stands(given: Any, pointer: str) -> None:
    with pytest.raises(ProfileError) as refused:
        read({**ON_ZOLEDRONATE, "left_out": given})
    assert [one.pointer for one in refused.value.problems] == [pointer]


ZH = """# language: zh-CN
功能: 未能读取的记录
  场景: 唑来膦酸之外有一条未能读取的用药记录
    假如患者:
      | 肿瘤类型             | 乳腺癌 |
      | 未能读取的用药记录数 | 1      |
    而且药物:
      | 药物     | 状态   |
      | 唑来膦酸 | 进行中 |
    当评估
    那么待判断包含"不同种类的骨改良药物不可同时使用"
"""
EN = """Feature: unread records
  Scenario: one medication record beside zoledronate that could not be read
    Given the patient:
      | tumour type                              | breast cancer |
      | medication records that could not be read | 1            |
    And the medications:
      | drug        | status |
      | zoledronate | active |
    When evaluated
    Then the decisions contain "Never two different bone-modifying agents at once"
"""


@pytest.mark.parametrize(("text", "without"), [(ZH, "1      "), (EN, "1            ")])
def test_a_scenario_can_say_it_and_fails_where_nothing_was_left_out(text: str, without: str) -> None:
    for told, passes in ((text, True), (text.replace(without, "0" + without[1:]), False)):
        found = run_text("left-out.feature", told, site())
        assert [str(issue) for issue in found.issues] == []
        assert [one.passed for one in found.scenarios] == [passes]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [("of: class", "of: klass", "medications: no field 'klass'"),
     ("of: organ", "of: is_new", "lesions: 'is_new' has no closed set of values to ask about"),
     ("item: {status: ongoing}", "item: {status: active}", "radiotherapy: 'active' is no value of 'status'"),
     ("    of: site\n", "", "key 'of' is missing")],
)  # fmt: skip
def test_what_a_record_could_be_is_checked_where_it_is_written(tmp_path: Path, old: str, new: str, said: str) -> None:
    folder = shutil.copytree(bundled_knowledge() / "rules" / "vocabulary", tmp_path / "rules" / "vocabulary")
    path = folder / "lists.yaml"
    written = path.read_text("utf-8")
    assert old in written
    path.write_text(written.replace(old, new), "utf-8")
    with pytest.raises(KnowledgeError) as error:
        load_vocabulary(folder)
    assert any(said in str(issue) and "lists.yaml" in str(issue) for issue in error.value.issues), error.value.issues
