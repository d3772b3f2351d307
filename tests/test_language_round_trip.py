"""Rule file → tree → prose never loses a leaf; tree → file text → tree is the identity."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from oncocds.errors import Issue
from oncocds.knowledge.knowledge import Knowledge
from oncocds.language.parse import parse_condition
from oncocds.language.prose import prose
from oncocds.language.references import walk
from oncocds.language.tree import Compare, Condition, Count, Fired, Holds, Known, Quantified
from oncocds.language.unparse import unparse
from oncocds.reading.yaml import read_yaml


def conditions(knowledge: Knowledge) -> list[Condition]:
    return [
        *(rule.when for rule in knowledge.rules.values() if rule.when is not None),
        *(rule.extension.when for rule in knowledge.rules.values() if rule.extension is not None),
        *(concept.when for concept in knowledge.concepts.values()),
    ]


def test_unparse_and_parse_is_the_identity(knowledge: Knowledge) -> None:
    for condition in conditions(knowledge):
        issues: list[Issue] = []
        node = read_yaml(Path("x.yaml"), json.dumps(unparse(condition), ensure_ascii=False))
        assert parse_condition(node, issues, knowledge.vocabulary) == condition
        assert issues == []


@pytest.mark.parametrize("language", ["zh", "en"])
def test_prose_never_loses_a_leaf(knowledge: Knowledge, language: str) -> None:
    def name(identity: str) -> str:
        return f"<{identity}>"

    for condition in conditions(knowledge):
        text = prose(condition, knowledge.vocabulary, language, name)  # type: ignore[arg-type]
        assert len(text.split("\n")) == sum(1 for _ in walk(condition))
        assert_leaves(condition, None, text, knowledge, language)


def assert_leaves(condition: Condition, inside: str | None, text: str, knowledge: Knowledge, language: str) -> None:
    for part in walk(condition):
        if isinstance(part, Quantified | Count):
            assert_leaves(part.where, part.list, text, knowledge, language)
        elif isinstance(part, Holds):
            assert f"<{part.concept}>" in text
        elif isinstance(part, Fired):
            assert f"<{part.rule}>" in text
        elif isinstance(part, Compare | Known):
            field = knowledge.vocabulary.fields.get(f"{inside}.{part.fact}" if inside else part.fact)
            if field is not None:
                assert getattr(field.label, language) in text
