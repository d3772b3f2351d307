"""Prose never loses a leaf; a tree written back in the language is read as the same tree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from language_support import CONDITIONS, VOCABULARY
from oncocds.errors import Issue
from oncocds.language.interning import Interner
from oncocds.language.parse import parse_condition
from oncocds.language.prose import prose
from oncocds.language.references import walk
from oncocds.language.tree import All, Any, Compare, Condition, Count, Fired, Holds, Known, Not, Quantified
from oncocds.language.unparse import unparse
from oncocds.reading.yaml import read_yaml

LANGUAGES = st.sampled_from(["zh", "en"])
TREE = All(
    (
        Compare("fever", "is", True),
        Any((Compare("age", ">=", 60), Not(Compare("surgeries", "in", ("red", "blue"))))),
        Quantified("no", "toxicities", Compare("grade", ">", 2)),
        Count("at least", 2, "toxicities", "status", Known("grade", False)),
        Holds("a-concept"),
    )
)


def say(condition: Condition, language: Literal["zh", "en"]) -> str:
    return prose(condition, VOCABULARY, language, lambda name: f"《{name}》")


def test_reads_as_an_indented_list_in_chinese() -> None:
    assert say(TREE, "zh").split("\n") == [
        "- 以下全部成立：",
        "  - 发热：是",
        "  - 以下任一成立：",
        "    - 年龄 >= 60",
        "    - 以下不成立：",
        "      - 手术史：红、蓝之一",
        "  - 没有毒副反应符合：",
        "    - 级别 > 2",
        "  - 符合以下条件的毒副反应，不同的转归至少有2种：",
        "    - 级别未知",
        "  - 概念成立：《a-concept》",
    ]


def test_reads_as_an_indented_list_in_english() -> None:
    assert say(TREE, "en").split("\n") == [
        "- all of:",
        "  - fever: yes",
        "  - any of:",
        "    - age >= 60",
        "    - not:",
        "      - surgeries: one of red, blue",
        "  - no toxicity with:",
        "    - grade > 2",
        "  - at least 2 different values of “outcome” among the toxicities with:",
        "    - grade is unknown",
        "  - concept holds: 《a-concept》",
    ]


@settings(max_examples=300)
@given(CONDITIONS)
def test_a_tree_written_back_is_read_as_the_same_tree(condition: Condition) -> None:
    issues: list[Issue] = []
    node = read_yaml(Path("x.yaml"), json.dumps(unparse(condition), ensure_ascii=False))
    assert parse_condition(node, issues, VOCABULARY) == condition
    assert issues == []


@pytest.mark.parametrize("number", [1e-08, 1e22, 0.1, 60.0, -2.5])
def test_numbers_are_written_without_an_exponent(number: float) -> None:
    text = unparse(Compare("age", "<", number))
    assert isinstance(text, str)
    assert "e" not in text.removeprefix("age")
    assert parse_condition(read_yaml(Path("x.yaml"), text), [], VOCABULARY) == Compare("age", "<", number)


@settings(max_examples=300)
@given(CONDITIONS, LANGUAGES)
def test_no_leaf_is_lost(condition: Condition, language: Literal["zh", "en"]) -> None:
    lines = say(condition, language).split("\n")
    parts = list(_with_lists(condition, None))
    assert len(lines) == len(parts)
    for line, (part, inside) in zip(lines, parts, strict=True):
        for words in _words(part, inside, language):
            assert words in line


def _with_lists(condition: Condition, inside: str | None) -> list[tuple[Condition, str | None]]:
    """The parts in order of reading, each with the list whose items it speaks of."""
    found: list[tuple[Condition, str | None]] = [(condition, inside)]
    if isinstance(condition, All | Any):
        for part in condition.parts:
            found += _with_lists(part, inside)
    elif isinstance(condition, Not):
        found += _with_lists(condition.part, inside)
    elif isinstance(condition, Quantified | Count):
        found += _with_lists(condition.where, condition.list)
    return found


def _words(part: Condition, inside: str | None, language: Literal["zh", "en"]) -> list[str]:
    if isinstance(part, Holds | Fired):
        return [f"《{part.concept if isinstance(part, Holds) else part.rule}》"]
    if isinstance(part, Quantified):
        return [VOCABULARY.lists[part.list].in_(language)]
    if isinstance(part, Count):
        distinct = [] if part.distinct is None else [_label(part.distinct, part.list, language)]
        return [str(part.number), VOCABULARY.lists[part.list].in_(language)[:-1], *distinct]
    if isinstance(part, Known):
        return [_label(part.fact, inside, language)]
    if isinstance(part, Compare):
        field = VOCABULARY.fields[f"{inside}.{part.fact}" if inside else part.fact]
        values = part.value if isinstance(part.value, tuple) else (part.value,)
        if field.type == "boolean":
            words = {("zh", True): "是", ("zh", False): "否", ("en", True): "yes", ("en", False): "no"}
            return [field.label.in_(language), *(words[language, bool(value)] for value in values)]
        if field.type == "number":
            return [field.label.in_(language), part.operator, *(str(value) for value in values)]
        members = VOCABULARY.value_sets[field.value_set or ""].members
        return [field.label.in_(language), *(members[str(value)].label.in_(language) for value in values)]
    return []


def _label(fact: str, inside: str | None, language: Literal["zh", "en"]) -> str:
    return VOCABULARY.fields[f"{inside}.{fact}" if inside else fact].label.in_(language)


@settings(max_examples=100)
@given(CONDITIONS)
def test_interning_changes_nothing_and_makes_equal_parts_one(condition: Condition) -> None:
    intern = Interner().intern
    one, other = intern(condition), intern(All((condition, condition)))
    assert one == condition
    assert isinstance(other, All)
    assert other.parts[0] is other.parts[1] is one
    assert list(walk(one)) == list(walk(condition))
