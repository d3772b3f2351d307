"""Facts in words: labels and values in either language, units as people read them, items together."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import SCENARIOS
from oncocds.advice.result import Because, FactValue
from oncocds.advice.wording import FactWords, written
from oncocds.engine import Engine
from oncocds.explaining.explain import explain
from oncocds.text import Language


@pytest.fixture(scope="module")
def words(engine: Engine) -> FactWords:
    return FactWords(engine.knowledge.vocabulary)


@pytest.mark.parametrize(
    ("fact", "value", "zh", "en"),
    [
        ("diagnosis.tumour_type", "breast", "肿瘤类型：乳腺癌", "tumour type: breast cancer"),
        ("age", 46.0, "年龄：46 岁", "age: 46 years"),
        ("labs.platelets.value", 60.0, "血小板：60 ×10⁹/L", "platelets: 60 ×10⁹/L"),
        ("symptoms.bone_pain", False, "骨痛：否", "bone pain: no"),
        ("surgeries", [], "手术史：无", "surgeries: none"),
        ("lesions[T8].organ", "bone", "病灶[T8]：骨", "lesion[T8]: bone"),
        ("lesions[T8].painful", True, "病灶[T8]：疼痛 是", "lesion[T8]: painful yes"),
        ("lesions", ["T8", "rib"], "病灶：T8、rib", "lesion: T8, rib"),
        ("medications[m].drug", "denosumab", "药物[m]：地舒单抗", "medication[m]: denosumab"),
    ],
)
def test_a_fact_in_words(words: FactWords, fact: str, value: FactValue, zh: str, en: str) -> None:
    reason = Because(fact=fact, value=value)
    assert words.phrases([reason], "zh") == [zh]
    assert words.phrases([reason], "en") == [en]


def test_the_facts_of_one_item_stand_together_and_each_once(words: FactWords) -> None:
    reasons = [
        Because(fact="lesions[T8].organ", value="bone"),
        Because(fact="age", value=46),
        Because(fact="lesions[T8].status", value="imaging_positive"),
        Because(fact="lesions[T8].organ", value="bone"),
    ]
    assert words.phrases(reasons, "zh") == ["病灶[T8]：骨，影像阳性", "年龄：46 岁"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_reason_of_every_scenario_has_words(engine: Engine, words: FactWords, language: Language) -> None:
    for case in SCENARIOS:
        for item in engine.evaluate(case["patient"], case["policy"]).advice:
            for ground in item.grounds:
                for phrase in words.phrases(ground.because, language):
                    assert phrase
                    assert "None" not in phrase
                    assert "_" not in re.sub(r"\[.+?\]", "", phrase)  # an id is the caller's, no code is


# --- A value beside a limit ------------------------------------------------------------------------------------------

MEASURED = st.decimals(min_value="0.001", max_value=3000, places=4).map(float)


@given(value=MEASURED, limit=MEASURED)
def test_a_number_never_reads_as_a_limit_beside_it_or_as_beyond_it(value: float, limit: float) -> None:
    shown, of_limit = float(written(value, [limit])), float(written(limit, [value]))
    assert (shown > of_limit) == (value > limit)
    assert (shown == of_limit) == (value == limit)


@given(value=MEASURED)
def test_a_number_that_is_none_never_reads_as_a_whole_or_a_half(value: float) -> None:
    assert (2 * float(written(value))).is_integer() == (2 * value).is_integer()


@pytest.mark.parametrize(
    ("value", "beside", "shown"),
    [
        (2.1098, [2.11], "2.1098"),
        (2.11, [2.1098], "2.11"),
        (2.1098, [2.12], "2.11"),
        (2.6447, [2.6445], "2.645"),
        (29.9996, [], "29.9996"),
        (106.0446, [], "106.04"),
        (106.0812, [], "106.1"),
        (106.0812, [106.1], "106.08"),
    ],
)
def test_what_stands_beside_a_number_decides_its_decimals(value: float, beside: list[float], shown: str) -> None:
    assert written(value, beside) == shown


JUST_BELOW = {
    "diagnosis": {"tumour_type": "breast"},
    "lesions": [{"id": "R", "organ": "bone", "site": "rib", "status": "confirmed"}],
    "medications": [{"drug": "denosumab", "status": "active", "indication": "bone_metastasis"}],
    "labs": {
        "calcium": {"value": 8.456, "unit": "mg/dL", "reference_low": 8.457, "reference_high": 10.1},
        "albumin": {"value": 40, "unit": "g/L"},
    },
}


def test_a_result_just_below_the_limit_reads_so_in_the_line_and_among_the_values(engine: Engine) -> None:
    answer = engine.evaluate(JUST_BELOW, as_of="2026-06-01")
    (told,) = [one.text for one in answer.notices if one.id == "hypocalcaemia-with-bone-agent"]
    (corrected,) = [one.text for one in answer.values if one.fact == "derived.corrected_calcium"]
    for words in (told, corrected):
        assert "校正钙 2.1098 mmol/L" in words.zh
        assert "serum calcium 2.1098 mmol/L" in words.en


def test_a_result_just_above_its_limit_reads_so_in_what_decided_and_in_the_explanation(engine: Engine) -> None:
    calcium = {"value": 10.6, "unit": "mg/dL", "reference_high": 10.599}
    patient = JUST_BELOW | {"labs": {"calcium": calcium}}
    answer = engine.evaluate(patient, as_of="2026-06-01")
    words = FactWords(engine.knowledge.vocabulary)
    (told,) = [
        words.grounds(ground, "zh") for item in answer.advice for ground in item.grounds if ground.rule == "BCBM-06"
    ]
    assert {"血钙：2.645 mmol/L", "血钙参考上限：2.64 mmol/L"} <= set(told)
    tree = explain(engine, "BCBM-06", patient, None, "2026-06-01", seconds=0).model_dump_json()
    assert "2.645 mmol/L" in tree
    assert "2.64 mmol/L" in tree


def test_a_result_reads_as_no_limit_that_is_assumed_where_none_was_recorded(words: FactWords) -> None:
    assert words.value("labs.calcium.value", 2.7497, "zh") == "2.7497 mmol/L"
    assert words.value("labs.calcium.value", 2.7397, "zh") == "2.74 mmol/L"
