"""The catalogue's scenarios stand in Chinese, case by case, each with exactly the catalogue's patient and verdicts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from corpus import CATALOGUED, SCENARIOS, nothing_set
from oncocds.profile.reading import read_policy, read_profile
from oncocds.scenarios.matrix import NamedStory, answer, read_files
from oncocds.scenarios.site import site

CATALOGUE = Path(__file__).parent.parent / "features" / "目录"
ENGLISH = Path(__file__).parent.parent / "features" / "catalogue"
VOCABULARY = site().knowledge.vocabulary
SWITCHES = {name.removeprefix("policy.") for name, fact in VOCABULARY.fields.items() if fact.safety}


def cases(folder: Path) -> dict[str, NamedStory]:
    """The scenarios of a folder by the case they tell, such as ``S01a``."""
    stories = read_files([folder], site())
    named = {match[0]: story for story in stories if (match := re.match(r"S\d\d[a-z]\b", story.name))}
    assert len(named) == len(stories), "every scenario here begins with the case it tells, and each case is told once"
    return named


def key(case: dict[str, Any]) -> str:
    return f"{case['scenario']}{case['case'][0]}"


TOLD = {"zh": cases(CATALOGUE), "en": cases(ENGLISH)}
CASES = {key(case): case for case in SCENARIOS}


def plainly(profile: dict[str, Any]) -> dict[str, Any]:
    """A profile without what says nothing: a "no" where nothing recorded means no."""

    def said(value: Any, name: str) -> Any:
        if isinstance(value, list):
            return [said(item, name) for item in value]
        if not isinstance(value, dict):
            return value
        parts = {part: said(inner, f"{name}.{part}".lstrip(".")) for part, inner in value.items()}
        return {part: inner for part, inner in parts.items() if inner != {} and not idle(f"{name}.{part}", inner)}

    def idle(name: str, value: Any) -> bool:
        fact = VOCABULARY.fields.get(name.lstrip("."))
        return value is False and fact is not None and fact.world == "closed" and fact.derivation is None

    plain = read_profile(profile, VOCABULARY).model_dump(mode="json", by_alias=True, exclude_none=True)
    found: dict[str, Any] = said(plain, "")
    return found


def test_every_case_of_the_catalogue_is_told_in_chinese() -> None:
    assert sorted(TOLD["zh"]) == sorted(CASES)


def test_several_scenarios_are_told_in_english_too_with_all_their_cases() -> None:
    told = {name[:3] for name in TOLD["en"]}
    assert len(told) >= 4
    assert sorted(TOLD["en"]) == sorted(name for name in CASES if name[:3] in told)


@pytest.mark.parametrize(("language", "name"), [(language, name) for language in TOLD for name in TOLD[language]])
def test_a_case_tells_the_catalogues_patient_and_comes_to_its_verdicts(language: str, name: str) -> None:
    told, case = TOLD[language][name], CASES[name]
    assert plainly(told.story.profile) == plainly(case["patient"])
    told_, meant = (
        {name: value for name, value in policy.items() if value or name not in SWITCHES}  # off is as good as unset
        for policy in (told.story.policy, case["policy"])
    )
    assert read_policy(told_, VOCABULARY) == read_policy(meant, VOCABULARY)
    verdicts = {rule: found for rule, found in answer(told, nothing_set()).verdicts.items() if rule in CATALOGUED}
    assert {rule for rule, found in verdicts.items() if found == "fires"} == set(case["fires"]) & verdicts.keys()
    undetermined = {rule for rule, found in verdicts.items() if found == "undetermined"}
    assert undetermined == set(case["undetermined"]) & verdicts.keys()


@pytest.mark.parametrize("name", TOLD["zh"])
def test_a_case_states_verdicts_of_its_own(name: str) -> None:
    """What a scenario states is part of the catalogue's verdicts, and it states some."""
    case = CASES[name]
    states = [(rule, verdict) for rule, verdict in TOLD["zh"][name].states if rule in site().knowledge.rules]
    assert states
    for rule, verdict in states:
        expected = "fires" if rule in case["fires"] else "undetermined" if rule in case["undetermined"] else "silent"
        assert verdict == expected, rule
