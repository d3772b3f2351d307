"""Runs a feature file step by step, without pytest: for a server, where nothing uploaded may be run as code.

The sentences are the same as on the command line (``checks``); a step that fails leaves the rest of its scenario out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, cast

from gherkin.parser import Parser
from gherkin.pickles.compiler import Compiler

from oncocds.errors import Issue
from oncocds.scenarios.case import Case, StepFailed
from oncocds.scenarios.check import check_text
from oncocds.scenarios.checks import take_step
from oncocds.scenarios.phrases import find_phrase
from oncocds.scenarios.site import Site
from oncocds.scenarios.stories import KINDS, language_of, table_of

MOST_SCENARIOS = 200
StepOutcome = Literal["passed", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class StepRun:
    """How one step went, and why not."""

    text: str
    rows: list[list[str]]
    outcome: StepOutcome
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class ScenarioRun:
    """How one scenario went, step by step."""

    name: str
    steps: list[StepRun]

    @property
    def passed(self) -> bool:
        """Whether every step held."""
        return all(step.outcome == "passed" for step in self.steps)


@dataclass(frozen=True, slots=True)
class FeatureRun:
    """How a feature file went: its mistakes (then nothing is run), or its scenarios."""

    feature: str
    issues: list[Issue] = field(default_factory=list)
    scenarios: list[ScenarioRun] = field(default_factory=list)


def run_text(name: str, text: str, against: Site) -> FeatureRun:
    """Check and run a feature file's text; ``name`` is what its mistakes call it."""
    issues = check_text(name, text, against)
    if issues:
        return FeatureRun("", issues)
    document = cast(Any, Parser().parse(text))
    pickles = cast(Any, Compiler()).compile({**document, "uri": ""})
    if len(pickles) > MOST_SCENARIOS:
        too_many = f"{len(pickles)}个场景，最多{MOST_SCENARIOS}个 / {len(pickles)} scenarios, at most {MOST_SCENARIOS}"
        return FeatureRun("", [Issue(name, 1, 1, too_many)])
    return FeatureRun(document["feature"]["name"], [], [_scenario(pickle, text, against) for pickle in pickles])


def _scenario(pickle: Any, text: str, against: Site) -> ScenarioRun:
    case = Case(against, language_of(text))
    steps: list[StepRun] = []
    for step in pickle["steps"]:
        rows = table_of(step)
        if steps and steps[-1].outcome != "passed":
            steps.append(StepRun(step["text"], rows, "skipped"))
            continue
        phrase = find_phrase(KINDS[step["type"]], step["text"])
        assert phrase is not None, "a file without mistakes has known steps only"
        try:
            take_step(case, phrase, phrase.words(step["text"]), rows)
            steps.append(StepRun(step["text"], rows, "passed"))
        except StepFailed as failure:
            steps.append(StepRun(step["text"], rows, "failed", str(failure)))
    return ScenarioRun(pickle["name"], steps)
