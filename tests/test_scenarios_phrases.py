"""Every sentence of the step vocabulary is itself, in both languages, and no other."""

from __future__ import annotations

import pytest

from oncocds.scenarios.phrases import PHRASES, find_phrase
from oncocds.text import Language


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("phrase", PHRASES)
def test_a_sentence_is_found_as_itself(phrase: str, language: Language) -> None:
    said = PHRASES[phrase]
    sentence = said.in_(language).replace("…", "甲")
    assert find_phrase(said.kind, sentence) is said
    assert set(said.words(sentence).values()) <= {"甲"}
    matching = [other.id for other in PHRASES.values() if other.kind == said.kind and other.matches(sentence)]
    assert matching == [phrase]


@pytest.mark.parametrize("phrase", [phrase.id for phrase in PHRASES.values() if phrase.in_("zh").endswith(":")])
def test_a_sentence_with_a_table_may_go_without_its_colon(phrase: str) -> None:
    said = PHRASES[phrase]
    assert said.table is not None
    assert find_phrase(said.kind, said.zh.removesuffix(":")) is said


@pytest.mark.parametrize(
    ("step", "phrase"),
    [
        ('应出现"甲"', "contains"),
        ('建议应出现"甲"', "contains"),
        ('"甲"应该出现', "contains"),
        ('"甲" should be said', "contains"),
        ('不应出现"甲"', "lacks"),
        ('"甲"不应当出现。', "lacks"),
        ('"甲" should not be said', "lacks"),
        ('"甲"不应出现，因为"乙"', "disagrees"),
        ('"甲"应当出现，因为"乙"', "misses"),
    ],
)
def test_what_should_be_said_needs_no_reason(step: str, phrase: str) -> None:
    found = find_phrase("then", step)
    assert found is PHRASES[phrase]
    assert found.words(step)["what"] == "甲"
    matching = [other.id for other in PHRASES.values() if other.kind == "then" and other.matches(step.rstrip("。"))]
    assert matching == [phrase]
