"""Facts in words: labels and values in either language, units as people read them, items together."""

from __future__ import annotations

import re

import pytest

from corpus import SCENARIOS
from oncocds.advice.result import Because, FactValue
from oncocds.advice.wording import FactWords
from oncocds.engine import Engine
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
