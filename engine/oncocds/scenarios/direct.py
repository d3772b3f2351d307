"""Runs a feature file step by step, without pytest: on the command line and in a server, where nothing is run as code.

The sentences are the same as under pytest (``checks``); a step that fails leaves the rest of its scenario out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from gherkin.pickles.compiler import Compiler

from oncocds.errors import Issue
from oncocds.scenarios.case import Case, StepFailed
from oncocds.scenarios.check import check_text
from oncocds.scenarios.checks import take_step
from oncocds.scenarios.phrases import find_phrase
from oncocds.scenarios.shown import answer_lines, policy_words
from oncocds.scenarios.site import Site
from oncocds.scenarios.source import KINDS, language_of, one_form, parse
from oncocds.scenarios.stories import table_of
from oncocds.text import Language

MOST_SCENARIOS = 200
StepOutcome = Literal["passed", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class StepRun:
    """How one step went, and why not; ``said`` is the step with its keyword, ``line`` its line in the file."""

    text: str
    rows: list[list[str]]
    outcome: StepOutcome
    reason: str | None = None
    said: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class ScenarioRun:
    """How one scenario went, step by step, and what the engine answered.

    ``policy`` says in words under which settings, ``answer`` holds the lines of the answer (none where the scenario was
    not evaluated), ``remarks`` what was read otherwise than it is written.
    """

    name: str
    steps: list[StepRun]
    policy: str = ""
    answer: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether every step held."""
        return all(step.outcome == "passed" for step in self.steps)

    @property
    def failed(self) -> StepRun | None:
        """The step that did not hold."""
        return next((step for step in self.steps if step.outcome == "failed"), None)


@dataclass(frozen=True, slots=True)
class FeatureRun:
    """How a feature file went: its mistakes (then nothing is run), or its scenarios."""

    feature: str
    issues: list[Issue] = field(default_factory=list)
    scenarios: list[ScenarioRun] = field(default_factory=list)


def run_text(
    name: str, text: str, against: Site, most: int | None = MOST_SCENARIOS, reader: Language | None = None
) -> FeatureRun:
    """Check and run a feature file's text; ``name`` is what its mistakes call it, ``most`` how many may be run."""
    text = one_form(text)
    issues = check_text(name, text, against, reader)
    if issues:
        return FeatureRun("", issues)
    document = parse(text)
    pickles = cast(Any, Compiler()).compile({**document, "uri": ""})
    if most is not None and len(pickles) > most:
        too_many = f"{len(pickles)}个场景，最多{most}个 / {len(pickles)} scenarios, at most {most}"
        return FeatureRun("", [Issue(name, 1, 1, too_many)])
    written = {step["id"]: step for step in _nodes(document["feature"]) if "keyword" in step and "text" in step}
    runs = [_scenario(pickle, language_of(text), written, against) for pickle in pickles]
    return FeatureRun(document["feature"]["name"], [], runs)


def _scenario(pickle: Any, language: Language, written: dict[str, Any], against: Site) -> ScenarioRun:
    case = Case(against, language)
    steps: list[StepRun] = []
    for step in pickle["steps"]:
        node = written[step["astNodeIds"][0]]
        said, line = f"{node['keyword'].strip()} {step['text']}", node["location"]["line"]
        rows = table_of(step)
        if steps and steps[-1].outcome != "passed":
            steps.append(StepRun(step["text"], rows, "skipped", None, said, line))
            continue
        phrase = find_phrase(KINDS[step["type"]], step["text"])
        assert phrase is not None, "a file without mistakes has known steps only"
        try:
            take_step(case, phrase, phrase.words(step["text"]), rows)
            steps.append(StepRun(step["text"], rows, "passed", None, said, line))
        except StepFailed as failure:
            steps.append(StepRun(step["text"], rows, "failed", str(failure), said, line))
    lines = [] if case.answer is None else answer_lines(case.answer, language)
    remarks = list(dict.fromkeys(case.story.remarks))
    return ScenarioRun(pickle["name"], steps, policy_words(case), lines, remarks)


def _nodes(node: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        yield node
        for part in node.values():
            yield from _nodes(part)
    elif isinstance(node, list):
        for part in node:
            yield from _nodes(part)
