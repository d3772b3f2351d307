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
