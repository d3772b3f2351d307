"""What a ground rests on, as people read it: what decided, and what is not recorded."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus import SCENARIOS
from oncocds.advice.result import Evaluation, Ground
from oncocds.advice.wording import FactWords
from oncocds.cli.show import evaluation_text
from oncocds.engine import Engine
from oncocds.text import Language

ENGINE = Engine.load()
WORDS = FactWords(ENGINE.knowledge.vocabulary)
BONE = {"id": "B", "organ": "bone", "site": "femur", "status": "imaging_positive"}


def grounds(answer: Evaluation) -> dict[str, Ground]:
    return {ground.rule: ground for item in answer.advice for ground in item.grounds}


def told(rule: str, language: Language = "zh", **patient: Any) -> list[str]:
    profile = {"diagnosis": {"tumour_type": "breast"}, "lesions": [BONE], **patient}
    return WORDS.grounds(grounds(ENGINE.evaluate(profile, as_of="2026-01-01"))[rule], language)


DENOSUMAB = {"id": "D", "drug": "denosumab", "status": "active", "indication": "bone_metastasis"}
LETROZOLE = {"id": "L", "drug": "letrozole", "status": "active"}


def test_what_rests_on_an_absence_says_what_is_not_recorded_and_not_what_else_is() -> None:
    assert told("BCBM-60", medications=[DENOSUMAB, LETROZOLE]) == [
        "病灶[B]：骨，影像阳性",
        "药物[D]：地舒单抗，进行中，骨转移",
        "无钙补充剂（进行中）记录",
        "无维生素D补充剂（进行中）记录",
    ]
    english = told("BCBM-60", "en", medications=[DENOSUMAB, LETROZOLE])
    assert english[-2:] == ["no calcium supplement (active) recorded", "no vitamin D supplement (active) recorded"]
    assert not any("letrozole" in one for one in english)


def test_a_supplement_that_is_there_is_not_called_absent() -> None:
    calcium = {"id": "C", "drug": "calcium", "status": "active"}
    said = told("BCBM-60", medications=[DENOSUMAB, calcium])
    assert "无维生素D补充剂（进行中）记录" in said
    assert "无钙补充剂（进行中）记录" not in said


def test_an_empty_list_is_told_as_what_it_does_not_hold() -> None:
    assert told("BCBM-46", medications=[])[1] == "无骨改良药物（进行中或计划中、用于骨转移）记录"
    assert not any(one.startswith("药物") for one in told("BCBM-46", medications=[]))


def test_what_a_question_asks_for_is_called_not_recorded() -> None:
    assert told("BCBM-44", medications=[LETROZOLE]) == ["病灶[B]：骨，影像阳性，病理性骨折风险 未记录"]
    assert "血肌酐：未记录" in told("BCBM-57", medications=[])


def test_the_type_of_tumour_is_told_only_where_nothing_else_is() -> None:
    assert not any("肿瘤类型" in one for one in told("BCBM-44", medications=[]))
    hcc = ENGINE.evaluate({"diagnosis": {"tumour_type": "hcc"}, "hcc": {"bclc": "D"}}, as_of="2026-01-01")
    alone = [
        ground for ground in grounds(hcc).values() if {one.fact for one in ground.because} == {"diagnosis.tumour_type"}
    ]
    for ground in alone:
        assert WORDS.grounds(ground, "zh")[0].startswith("肿瘤类型：肝细胞癌")


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SCENARIOS))
def test_every_ground_rests_on_something_that_is_said_in_both_languages(case: dict[str, Any]) -> None:
    for ground in grounds(ENGINE.evaluate(case["patient"], case["policy"], "2026-01-01")).values():
        zh, en = (WORDS.grounds(ground, language) for language in ("zh", "en"))
        assert len(zh) == len(en)
        assert bool(zh) == bool(ground.because or ground.absent or ground.not_recorded)
        assert {fact for one in ground.absent for fact in one.passed_over} <= {one.fact for one in ground.because}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_command_line_says_the_absence(language: Language) -> None:
    patient = {"diagnosis": {"tumour_type": "breast"}, "lesions": [BONE], "medications": [DENOSUMAB, LETROZOLE]}
    answer = ENGINE.evaluate(patient, as_of="2026-01-01")
    text = evaluation_text(answer, ENGINE.knowledge.vocabulary, language, full=True)
    assert ("无钙补充剂（进行中）记录" if language == "zh" else "no calcium supplement (active) recorded") in text


def _recorded(patient: dict[str, Any], fact: str) -> Any:
    found: Any = patient
    for key in fact.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    return found


def test_nothing_is_told_as_recorded_that_nobody_recorded() -> None:
    # What counts as no because nobody said otherwise is no answer that somebody gave.
    patients = [
        {"diagnosis": {"tumour_type": "breast", "extent": "metastatic"}, "lesions": [BONE]},
        *(case["patient"] for case in SCENARIOS),
    ]
    seen = 0
    for patient in patients:
        answer = ENGINE.evaluate(patient, as_of="2026-01-01")
        told = [*answer.decisions, *answer.questions.topics]
        reasons = [one for each in told for one in each.known]
        reasons += [one for item in answer.advice for ground in item.grounds for one in ground.because]
        for one in reasons:
            if one.value is False and "]" not in one.fact:
                assert _recorded(patient, one.fact) is not None, one.fact
                seen += 1
    assert seen


def test_a_denial_that_was_recorded_is_told_beside_the_question() -> None:
    profile = {
        "diagnosis": {"tumour_type": "breast", "extent": "metastatic"},
        "lesions": [BONE],
        "skeletal_events": {"cord_compression": False},
    }
    (asked,) = [one for one in ENGINE.evaluate(profile).decisions if one.fact == "symptoms.cord_signs"]
    assert [one.fact for one in asked.known] == ["skeletal_events.cord_compression"]
