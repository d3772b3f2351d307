"""Reads the patients of a feature file without running it: every scenario, each outline once per example."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from gherkin.pickles.compiler import Compiler

from oncocds.knowledge.models import Verdict
from oncocds.scenarios.patient import TableReader
from oncocds.scenarios.phrases import find_phrase
from oncocds.scenarios.source import KINDS, language_of, one_form, parse
from oncocds.scenarios.story import Story, rule_rows
from oncocds.vocabulary.models import Vocabulary

_STATED: dict[str, Verdict] = {
    "fires": "fires",
    "all_fire": "fires",
    "contains": "fires",
    "silent": "silent",
    "all_silent": "silent",
    "undetermined": "undetermined",
    "undetermined_for": "undetermined",
    "all_undetermined": "undetermined",
}


@dataclass(frozen=True, slots=True)
class NamedStory:
    """One scenario's patient under the scenario's name, and what the scenario states that rules come to.

    ``states`` holds what steps name after "fires", "is silent" and so on; an action's title may be among the names.
    """

    feature: str
    name: str
    story: Story
    states: tuple[tuple[str, Verdict], ...] = ()


def read_stories(text: str, vocabulary: Vocabulary) -> Iterator[NamedStory]:
    """Yield the patients of a feature file's text, in order.

    Raises ``ScenarioError`` for a cell that cannot be read and gherkin's ``ParserException`` for a file that cannot.
    """
    text = one_form(text)
    document = parse(text)
    reader = TableReader(vocabulary, language_of(text))
    for pickle in cast(Any, Compiler()).compile({**document, "uri": ""}):
        story = Story()
        states: list[tuple[str, Verdict]] = []
        for step in pickle["steps"]:
            kind = KINDS.get(step["type"])
            phrase = find_phrase(kind, step["text"]) if kind else None
            if phrase is None:
                continue
            rows = table_of(step)
            words = phrase.words(step["text"])
            if phrase.kind == "given":
                story.tell(phrase, words, rows, reader)
            elif phrase.id in _STATED:
                named = [row.rule for _, row in rule_rows(rows)] if rows else [words.get("rule") or words["what"]]
                states.extend((name, _STATED[phrase.id]) for name in named)
        yield NamedStory(cast(Any, document)["feature"]["name"], pickle["name"], story, tuple(states))


def table_of(step: Any) -> list[list[str]]:
    """Return the table of a step as gherkin compiled it; empty where it has none."""
    rows = step.get("argument", {}).get("dataTable", {}).get("rows", [])
    return [[cell["value"] for cell in row["cells"]] for row in rows]
