"""Reads the patients of a feature file without running it: every scenario, each outline once per example."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from gherkin.parser import Parser
from gherkin.pickles.compiler import Compiler

from oncocds.scenarios.patient import TableReader
from oncocds.scenarios.phrases import StepKind, find_phrase
from oncocds.scenarios.story import Story
from oncocds.text import Language
from oncocds.vocabulary.models import Vocabulary

LANGUAGE_LINE = re.compile(r"^\s*#\s*language\s*:\s*(\S+)", re.MULTILINE)
KINDS: dict[str, StepKind] = {"Context": "given", "Action": "when", "Outcome": "then"}


@dataclass(frozen=True, slots=True)
class NamedStory:
    """One scenario's patient under the scenario's name."""

    feature: str
    name: str
    story: Story


def language_of(text: str) -> Language:
    """Return the language that a feature file speaks."""
    matched = LANGUAGE_LINE.search(text)
    return "zh" if matched and matched[1].startswith("zh") else "en"


def read_stories(text: str, vocabulary: Vocabulary) -> Iterator[NamedStory]:
    """Yield the patients of a feature file's text, in order.

    Raises ``ScenarioError`` for a cell that cannot be read and gherkin's ``ParserException`` for a file that cannot.
    """
    document = Parser().parse(text)
    reader = TableReader(vocabulary, language_of(text))
    for pickle in cast(Any, Compiler()).compile({**document, "uri": ""}):
        story = Story()
        for step in pickle["steps"]:
            phrase = find_phrase("given", step["text"]) if KINDS.get(step["type"]) == "given" else None
            if phrase is not None:
                rows = [[c["value"] for c in r["cells"]] for r in _rows(step)]
                story.tell(phrase, phrase.words(step["text"]), rows, reader)
        yield NamedStory(cast(Any, document)["feature"]["name"], pickle["name"], story)


def _rows(step: Any) -> Any:
    return step.get("argument", {}).get("dataTable", {}).get("rows", [])
