"""Every number of the knowledge is tried exactly at its limit and one step to either side, in scenarios."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from corpus import leaves
from oncocds.engine import load_bundled_or
from oncocds.language.references import walk
from oncocds.language.tree import Compare, Condition, Count, Quantified
from oncocds.profile.coverage import public_fields
from oncocds.scenarios.matrix import NamedStory, read_files
from oncocds.scenarios.site import site
from oncocds.vocabulary.loader import bundled_vocabulary

FEATURES = Path(__file__).parent.parent / "features"
KNOWLEDGE = load_bundled_or(None)

# Derived numbers are tried through the input they are concluded from.
THROUGH = {"derived.largest_metastasis_cm": "hcc.met_max_cm"}
# How often something is checked decides no verdict: `test_monitoring` tries each on the day it is due and the next.
INTERVALS = {one.every for one in KNOWLEDGE.vocabulary.monitoring.values()}


def numbers(condition: Condition) -> Iterator[tuple[str, float]]:
    """Every fact that is compared with a number, and the number."""
    for part in walk(condition):
        if isinstance(part, Quantified | Count):
            yield from ((f"{part.list}.{fact}", number) for fact, number in numbers(part.where))
        elif isinstance(part, Compare) and isinstance(part.value, int | float) and not isinstance(part.value, bool):
            yield part.fact, float(part.value)


def compared() -> set[tuple[str, float]]:
    conditions = [*KNOWLEDGE.conditions.values(), *(concept.when for concept in KNOWLEDGE.concepts.values())]
    found = {(THROUGH.get(fact, fact), number) for each in conditions for fact, number in numbers(each)}
    # the walk goes into quantifiers too, where fields stand without their list
    return {(fact, number) for fact, number in found if fact in KNOWLEDGE.vocabulary.fields}


def value_at(profile: dict[str, Any], path: tuple[str | int, ...]) -> Any:
    part: Any = profile
    for step in path:
        part = part[step]
    return part


def recorded(story: NamedStory, fact: str) -> list[float]:
    """The numbers a scenario records for a fact, in lists too."""
    profile = story.story.profile
    paths = [path for path in leaves(profile) if ".".join(str(p) for p in path if isinstance(p, str)) == fact]
    return [value for path in paths if isinstance(value := value_at(profile, path), int | float)]


@pytest.fixture(scope="module")
def stories() -> list[NamedStory]:
    return read_files([FEATURES], site())


@pytest.mark.parametrize(("fact", "limit"), sorted(compared()) or [pytest.param("", 0.0, marks=pytest.mark.skip)])
def test_every_number_in_a_condition_is_tried_at_below_and_above(
    stories: list[NamedStory], fact: str, limit: float
) -> None:
    tried = {value for story in stories for value in recorded(story, fact)}
    step = max(1.0, abs(limit) * 0.05)
    assert limit in tried
    assert any(limit - step <= value < limit for value in tried)
    assert any(limit < value <= limit + step for value in tried)


@pytest.mark.parametrize(
    "setting",
    sorted(
        name
        for name, (kind, _) in public_fields(bundled_vocabulary()).items()
        if name.startswith("policy.") and kind != "boolean" and name not in INTERVALS
    ),
)
def test_every_threshold_of_the_policy_decides_both_ways(stories: list[NamedStory], setting: str) -> None:
    """Scenarios under ``边界`` set each threshold and state a rule that fires on one side, silent on the other."""
    name = setting.removeprefix("policy.")
    setting_it = [story for story in read_files([FEATURES / "边界"], site()) if name in story.story.policy]
    stated = {(rule, verdict) for story in setting_it for rule, verdict in story.states}
    both = {rule for rule, verdict in stated if verdict == "fires"} & {
        r for r, verdict in stated if verdict == "silent"
    }
    assert both
