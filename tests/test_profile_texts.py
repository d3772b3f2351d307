"""Texts of a profile are shown as they were written: what would show them otherwise is refused."""

from __future__ import annotations

import pytest

from fhir_support import SNOMED, concept, mapped, procedure, request
from oncocds.errors import ProfileError
from oncocds.profile.reading import read_profile
from oncocds.refusal_words import refusal_words
from oncocds.scenarios.check import check_text
from oncocds.scenarios.site import site
from oncocds.vocabulary.loader import bundled_vocabulary


@pytest.mark.parametrize(
    "mark", ["\u202a", "\u202b", "\u202d", "\u202e", "\u202c", "\u2066", "\u2067", "\u2068", "\u2069"]
)
@pytest.mark.parametrize("text", ["{}VI", "I{}V", "IV{}"])
def test_text_that_is_shown_in_another_order_is_refused(text: str, mark: str) -> None:
    """With the mark that turns the order round, stage VI reads as IV."""
    with pytest.raises(ProfileError) as refused:
        read_profile({"diagnosis": {"stage_group": text.format(mark)}}, bundled_vocabulary())
    (problem,) = refused.value.problems
    assert (problem.pointer, problem.reason) == ("/diagnosis/stage_group", "control characters")
    assert mark not in str(refused.value)


@pytest.mark.parametrize("text", ["IV", "Ⅳ期", "IV\u3000期", "IV\u00a0期", "שלב IV", "IV\u200d", "𠮷"])
def test_text_of_any_script_is_taken(text: str) -> None:
    read = read_profile({"diagnosis": {"stage_group": text}}, bundled_vocabulary())
    assert read.diagnosis is not None
    assert read.diagnosis.stage_group == text


NOTHING = ["\u200b", "\u200d\u200c", "\ufeff", "\u00ad", "\u3164", "\u2800", "\u0301", "\ufe0f", " \u3000", "\u00a0"]


@pytest.mark.parametrize("text", NOTHING)
def test_text_that_shows_nothing_is_blank(text: str) -> None:
    for patient in ({"diagnosis": {"stage_group": text}}, {"medications": [{"drug": "other", "name": text}]}):
        with pytest.raises(ProfileError) as refused:
            read_profile(patient, bundled_vocabulary())
        assert [one.reason for one in refused.value.problems] == ["blank text"]


@pytest.mark.parametrize("identity", [*NOTHING, *(f"L{one}1" for one in NOTHING if one != "\u0301")])
@pytest.mark.parametrize("of_list", ["lesions", "medications", "radiotherapy", "toxicities", "history", "targets"])
def test_an_id_of_what_nobody_sees_is_refused(identity: str, of_list: str) -> None:
    """``L1`` and ``L1`` with a joiner in it are two ids that look like one."""
    needed = {"toxicities": {"term": "x"}, "history": {"of": "lvef", "date": "2025-01-01", "value": 60, "unit": "%"}}
    patient = {of_list: [{"id": identity, **needed.get(of_list, {})}]}
    if of_list == "targets":
        patient = {"radiotherapy": [{"targets": [identity]}]}
    with pytest.raises(ProfileError) as refused:
        read_profile(patient, bundled_vocabulary())
    (problem,) = refused.value.problems
    assert problem.reason == "characters that no id has, maybe invisible"
    assert "可能看不见" in refusal_words({"reason": problem.reason, "expected": problem.expected})["zh"]


@pytest.mark.parametrize("identity", ["L1", "左髂骨", "é", "e\u0301", "กระดูกที่", "हड्डी", "a.b:c-d_e"])
def test_an_id_in_any_script_is_taken(identity: str) -> None:
    read_profile({"lesions": [{"id": identity}]}, bundled_vocabulary())


def test_a_scenario_says_where_an_id_that_nobody_sees_stands() -> None:
    text = (
        "# language: zh-CN\n功能: 编号\n  场景: 看不见\n    假如 病灶:\n      | 编号 | 器官 |\n"
        '      | L\u200d1 | 骨 |\n    当 评估\n    那么 规则"HER2RT-01"未定\n'
    )
    (issue,) = check_text("x.feature", text, site())
    assert (issue.line, "可能看不见" in issue.message) == (6, True)


@pytest.mark.parametrize("name", ["\u3164", "\u2800", "某\u3164药", "\u0301"])
def test_a_drug_of_a_record_never_gets_such_a_name_or_id(name: str) -> None:
    read_profile(mapped(request("o1", name)).profile, bundled_vocabulary())


@pytest.mark.parametrize("identity", ["R\u00b2", "R\u200d1", "R\u3164"])
def test_a_course_of_a_record_never_gets_an_id_that_is_refused(identity: str) -> None:
    course = procedure(identity, concept(SNOMED, "108290001"))
    (found,) = mapped(course).profile["radiotherapy"]
    assert found["id"].startswith("procedure-")
    read_profile({"radiotherapy": [found]}, bundled_vocabulary())
