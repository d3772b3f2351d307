"""A patient written as a scenario and read back is the same patient, in either language."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus import SCENARIOS
from oncocds.engine import Engine
from oncocds.knowledge.knowledge import Knowledge
from oncocds.profile.coverage import public_fields
from oncocds.profile.made import models_of
from oncocds.profile.models import Profile
from oncocds.profile.reading import read_profile
from oncocds.scenarios.check import check_file
from oncocds.scenarios.stories import NamedStory, read_stories
from oncocds.scenarios.writer import write_feature, write_scenario
from oncocds.text import Language
from oncocds.vocabulary.loader import bundled_vocabulary
from profile_strategies import PROFILES, VOCABULARY, Plain

LANGUAGES: tuple[Language, ...] = ("zh", "en")


def read_back(scenario: str, language: Language) -> NamedStory:
    (story,) = read_stories(write_feature("f", [scenario], language), VOCABULARY)
    return story


def without_empty_groups(profile: Profile) -> Profile:
    """A group, or a laboratory result, in which nothing is recorded says nothing, nor an absent list that is open."""

    def said(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        parts = {key: said(part) for key, part in value.items()}
        return {key: part for key, part in parts.items() if part != {}}

    plain = profile.model_dump(mode="json", by_alias=True, exclude_none=True)
    plain["incomplete"] = [name for name in plain.get("incomplete", ()) if name in plain or "." in name]
    return read_profile(said(plain), VOCABULARY)


@settings(max_examples=60)
@given(PROFILES, st.sampled_from(LANGUAGES))
def test_a_profile_written_and_read_back_is_the_same(patient: Plain, language: Language) -> None:
    profile = read_profile(patient, VOCABULARY)
    back = read_back(write_scenario(profile, language, "x"), language)
    assert read_profile(back.story.profile, VOCABULARY) == without_empty_groups(profile)


def test_a_list_that_may_be_incomplete_is_written_as_such() -> None:
    patient = {"medications": [{"drug": "denosumab"}], "lesions": [], "incomplete": ["lesions", "medications"]}
    zh, en = (write_scenario(patient, language, "x") for language in LANGUAGES)
    assert "    假如 病灶可能不全\n    并且 用药（可能不全）:\n" in zh
    assert "    Given the lesions may be incomplete\n    And the medications (may be incomplete):\n" in en
    for scenario, language in zip((zh, en), LANGUAGES, strict=True):
        assert read_back(scenario, language).story.profile == patient
    short = en.replace("the medications (may be incomplete):", "medications (may be incomplete)")
    assert read_back(short, "en").story.profile == patient


@pytest.mark.parametrize("operations", [["mastectomy"], []])
def test_operations_that_may_not_be_all_are_written_as_such(operations: list[str]) -> None:
    patient = {"surgeries": operations, "incomplete": ["surgeries"]}
    for language, words in zip(LANGUAGES, ("手术可能不全", "the surgeries may be incomplete"), strict=True):
        scenario = write_scenario(patient, language, "x")
        assert f" {words}\n" in scenario
        assert read_back(scenario, language).story.profile == patient


@pytest.mark.parametrize("fact", models_of(VOCABULARY).closed)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_fact_that_is_not_known_is_written_as_such(fact: str, language: Language) -> None:
    scenario = write_scenario({"incomplete": [fact]}, language, "x")
    assert ("不详" if language == "zh" else "unknown") in scenario
    assert read_back(scenario, language).story.profile == {"incomplete": [fact]}


@pytest.mark.parametrize("step", ["手术史（可能不全）:", "手术（可能不全）:", "operations (may be incomplete):"])
def test_operations_may_be_listed_and_left_open_in_one_sentence(step: str) -> None:
    language: Language = "en" if step.isascii() else "zh"
    evaluated = "When evaluated" if language == "en" else "当 评估"
    given_ = "Given" if language == "en" else "假如"
    scenario = write_scenario({}, language, "x").replace(
        f"    {evaluated}", f"    {given_} {step}\n      | 全乳切除 |\n    {evaluated}"
    )
    found = read_back(scenario, language).story.profile
    assert found == {"surgeries": ["mastectomy"], "incomplete": ["surgeries"]}


_UNRULY = st.text(st.sampled_from(" \"\\|,;、，；<>#@'“”无none:：-+*\u3000\ufeffa"), min_size=1, max_size=8).filter(
    lambda text: text.strip(" \u3000\ufeff") != ""
)


@settings(max_examples=200)
@given(_UNRULY, st.lists(_UNRULY, max_size=4), st.sampled_from(LANGUAGES))
def test_free_text_comes_back_letter_by_letter(text: str, several: list[str], language: Language) -> None:
    patient = {
        "diagnosis": {"stage_group": text},
        "medications": [{"drug": "other", "name": text, "dose": text}],
        "radiotherapy": [{"adjacent_organs": several}],
    }
    profile = read_profile(patient, VOCABULARY)
    back = read_back(write_scenario(profile, language, text), language)
    assert read_profile(back.story.profile, VOCABULARY) == profile


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_of_the_profile_can_be_written(language: Language) -> None:
    """The law above finds what is there; this one that nothing of the contract is out of its reach."""
    for name, (kind, value_set) in public_fields(bundled_vocabulary()).items():
        group, _, field = name.partition(".")
        if name == "weight" or group in ("policy", "labs") or kind not in ("code", "codes", "boolean"):
            continue
        codes = VOCABULARY.value_sets[value_set].members if value_set and value_set != "drug" else VOCABULARY.drugs
        values: list[Any] = [True, False] if kind == "boolean" else list(codes)
        for value in values:
            written = [value] if kind == "codes" else value
            item: Plain = {field: written} if field else {}
            if group == "medications":
                item = {"drug": "other", "name": "x", **item} | ({"name": "x"} if field == "drug" else {})
            patient: Plain = {group: written} if not field else {group: item}
            if group in VOCABULARY.lists:
                patient = {group: [item]}
            profile = read_profile(patient, VOCABULARY)
            back = read_back(write_scenario(profile, language, "x"), language)
            assert read_profile(back.story.profile, VOCABULARY) == without_empty_groups(profile), name


@pytest.mark.parametrize("language", LANGUAGES)
def test_laboratory_results_keep_value_unit_limits_reading_and_date(language: Language) -> None:
    labs = {
        "calcium": {
            "value": 10.25,
            "unit": "mg/dL",
            "reference_low": 8.5,
            "reference_high": 10.5,
            "interpretation": "normal",
            "date": "2025-01-31",
            "since_symptoms": True,
        },
        "platelets": {"value": 60, "unit": "10*9/L"},
        "albumin": {"unit": "g/dL", "reference_low": 3.5},
        "creatinine": {"reference_high": 104},
        "alp": {"interpretation": "high"},
    }
    profile = read_profile({"labs": labs}, VOCABULARY)
    back = read_back(write_scenario(profile, language, "x"), language)
    assert read_profile(back.story.profile, VOCABULARY) == profile


def test_policy_shipped_settings_and_date_come_back() -> None:
    policy = {"oligomet_max": 5, "sbrt_available": False, "lvef_drop_abs": 10, "cross_tumour_safety": None}
    for language in LANGUAGES:
        story = read_back(
            write_scenario({}, language, "x", policy=policy, shipped=True, as_of="2025-01-31"), language
        ).story
        assert (story.policy, story.shipped, story.as_of) == (policy, True, "2025-01-31")
        strict = read_back(write_scenario({}, language, "x", policy=policy), language).story
        assert (strict.policy, strict.shipped) == (policy, False)


def test_a_written_scenario_is_without_mistakes_and_reads_like_one(
    tmp_path: Any, strict: Engine, knowledge: Knowledge
) -> None:
    case = SCENARIOS[0]
    scenario = write_scenario(
        case["patient"],
        "zh",
        "左乳放疗",
        fires=["HER2RT-01"],
        silent=["HER2RT-02"],
        undetermined={"HER2RT-16": ["cardiac.lvef_baseline"]},
        knowledge=knowledge,
    )
    file = tmp_path / "a.feature"
    file.write_text(write_feature("例", [scenario], "zh"), encoding="utf-8")
    assert [str(issue) for issue in check_file(file)] == []
    for line in ("  场景: 左乳放疗", "    假如 患者:", "    并且 没有病灶", "    当 评估", "    那么 下列规则成立:"):
        assert line in scenario.splitlines()
    assert "| HER2免疫组化" in scenario
    assert "| 基线LVEF |" in scenario
    assert knowledge.rules["HER2RT-01"].title.zh in scenario
