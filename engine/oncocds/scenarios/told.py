"""What the steps of a scenario tell, fact by fact: a step that takes back what another one said is a mistake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from oncocds.errors import Problem
from oncocds.profile.models import LISTS
from oncocds.scenarios.phrase import Phrase
from oncocds.scenarios.story import Story

_GOING_ON = {*LISTS, "incomplete"}  # what a step says of a list is added to what was said before
_SURGERIES = "/surgeries"
_RESULTS = ("/labs/", "/cardiac/")
_OF_OTHER_DAYS = "; results of other days as earlier results"


def taken_back(phrase: Phrase, alone: Story, told: dict[str, Any]) -> list[Problem]:
    """Return what one step says otherwise than those before it, and add to ``told`` what it says.

    ``alone`` is what the step tells by itself, ``told`` what was told since the last evaluation, by JSON pointer. A
    background's facts are not in it: a scenario may say otherwise.
    """
    found: dict[str, Problem] = {}
    for pointer, value in _facts(alone):
        goes_on = pointer == _SURGERIES and phrase.id.endswith("surgeries")
        if told.setdefault(pointer, value) != value and not goes_on:
            group, _, last = pointer.rpartition("/")
            of = group if last == "unit" else pointer  # value and unit are one fact
            expected = "each fact once" + (_OF_OTHER_DAYS if of.startswith(_RESULTS) else "")
            found.setdefault(of.removesuffix("/value"), Problem(pointer, "said otherwise before", expected))
    return list(found.values())


def _facts(story: Story) -> Iterator[tuple[str, Any]]:
    if story.as_of is not None:
        yield "/as_of", story.as_of
    yield from _leaves("", {name: value for name, value in story.profile.items() if name not in _GOING_ON})
    yield from _leaves("/policy", story.policy)


def _leaves(pointer: str, node: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in node.items():
        if isinstance(value, dict):
            yield from _leaves(f"{pointer}/{name}", value)
        else:
            yield f"{pointer}/{name}", value
