"""The steps of scenarios, as pytest-bdd runs them: tell the patient, evaluate, check the answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pytest_bdd import given, then, when
from pytest_bdd.parsers import StepParser

from oncocds.scenarios.case import Case, StepFailed
from oncocds.scenarios.check import check_file
from oncocds.scenarios.checks import take_step
from oncocds.scenarios.phrase import Phrase
from oncocds.scenarios.phrases import PHRASES
from oncocds.scenarios.site import Site, site
from oncocds.scenarios.under_pytest import MISTAKES

SITE = pytest.StashKey[Site]()
"""Where a run keeps the site it is for; without one, scenarios run on the bundled knowledge."""

_DECORATORS = {"given": given, "when": when, "then": then}


@pytest.fixture
def case(request: pytest.FixtureRequest) -> Case:
    """One scenario's case."""
    return Case(request.config.stash.get(SITE, None) or site())


def pytest_bdd_before_scenario(request: pytest.FixtureRequest, feature: Any) -> None:
    """Let the case speak the language of its file; a file that was not prepared is checked first."""
    path = str(feature.filename)
    if path not in MISTAKES:
        MISTAKES[path] = check_file(Path(path), request.config.stash.get(SITE, None))
    if issues := MISTAKES[path]:
        pytest.fail("\n".join(map(str, issues)), pytrace=False)
    request.getfixturevalue("case").language = "zh" if str(feature.language).startswith("zh") else "en"


def pytest_bdd_apply_tag(tag: str, function: Any) -> bool:  # noqa: ARG001
    """Take a tag for a name and nothing else: ``@skip`` hides no scenario."""
    return True


class _Sentence(StepParser):
    """Recognises one sentence of the vocabulary and hands on what it says."""

    def __init__(self, phrase: Phrase) -> None:
        super().__init__(phrase.id)
        self._phrase = phrase

    def parse_arguments(self, name: str) -> dict[str, Any]:
        """Return what a step puts in place of each ``…`` of the sentence."""
        return {"words": self._phrase.words(name)}

    def is_matching(self, name: str) -> bool:
        """Tell whether a step is this sentence."""
        return self._phrase.matches(name)


def _define(phrase: Phrase) -> None:
    decorate = _DECORATORS[phrase.kind](_Sentence(phrase), stacklevel=2)

    def run(case: Case, words: dict[str, str], rows: list[list[str]]) -> None:
        try:
            take_step(case, phrase, words, rows)
        except StepFailed as failure:
            reason = str(failure)
        else:
            return
        pytest.fail(reason, pytrace=False)

    if phrase.table is not None:

        @decorate
        def _with_table(case: Case, words: dict[str, str], datatable: list[list[str]]) -> None:
            run(case, words, datatable)

    else:

        @decorate
        def _without_table(case: Case, words: dict[str, str]) -> None:
            run(case, words, [])


for _phrase in PHRASES.values():
    _define(_phrase)
