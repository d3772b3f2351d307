"""A patient becomes a scenario that passes; a disagreement becomes one that fails until the knowledge agrees."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus import SCENARIOS
from oncocds.cli.main import main
from oncocds.engine import Engine
from oncocds.errors import InputError
from oncocds.profile.identity import identified
from oncocds.profile.reading import read_profile
from oncocds.scenarios.direct import run_text
from oncocds.scenarios.of_patient import Disagreement, scenario_of
from oncocds.scenarios.site import Site, site
from oncocds.scenarios.stories import read_stories
from oncocds.text import Language
from profile_strategies import PROFILES, VOCABULARY, Plain

LANGUAGES: tuple[Language, ...] = ("zh", "en")
TWO_AGENTS: Plain = {
    "diagnosis": {"tumour_type": "breast"},
    "lesions": [
        {"id": "B1", "organ": "bone", "site": "femur", "status": "confirmed"},
        {"id": "B2", "organ": "bone", "site": "rib", "status": "confirmed"},
    ],
    "medications": [{"drug": "denosumab", "status": "active"}, {"drug": "zoledronate", "status": "planned"}],
}


@settings(max_examples=25)
@given(PROFILES, st.sampled_from(LANGUAGES))
def test_any_patient_comes_back_from_the_scenario_and_the_scenario_passes(patient: Plain, language: Language) -> None:
    engine = site().shipped
    answer = engine.evaluate(patient, None, "2026-01-31")
    text = scenario_of(engine, patient, answer, language)
    run = run_text("a", text, site())
    assert [str(issue) for issue in run.issues] == []
    assert [(step.said, step.reason) for one in run.scenarios for step in one.steps if step.reason] == []
    (told,) = read_stories(text, VOCABULARY)
    back = engine.evaluate(told.story.profile, told.story.policy, told.story.as_of)
    assert back.verdicts == answer.verdicts
    assert [item.action for item in back.advice] == [item.action for item in answer.advice]


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_names_the_settings_and_the_date_and_means_the_same_at_another_site(
    engine: Engine, language: Language
) -> None:
    patient = {"age": 71, "diagnosis": {"tumour_type": "nsclc"}, "symptoms": {"cord_signs": True}}
    answer = engine.evaluate(patient, {"elderly_age": 70, "cross_tumour_emergencies": False}, "2025-03-01")
    text = scenario_of(engine, patient, answer, language)
    (told,) = read_stories(text, VOCABULARY)
    assert told.story.shipped
    assert told.story.policy == {"elderly_age": 70, "cross_tumour_emergencies": False}
    assert told.story.as_of == "2025-03-01"
    elsewhere = Site(
        Engine(engine.knowledge, site().shipped.policy.model_copy(update={"elderly_age": 90})), site().shipped
    )
    for where in (site(), elsewhere):
        assert all(one.passed for one in run_text("a", text, where).scenarios)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", SCENARIOS[:6], ids=lambda case: str(case["scenario"]))
def test_what_should_not_be_said_fails_with_the_reason(engine: Engine, language: Language, case: Any) -> None:
    answer = engine.evaluate(case["patient"], case["policy"], "2026-01-31")
    item = answer.advice[0]
    against = Disagreement(item.action, '他"刚"停药，\n不算同时', lesion=item.lesion)
    (scenario,) = run_text("a", scenario_of(engine, case["patient"], answer, language, against), site()).scenarios
    assert [step.outcome for step in scenario.steps if step.outcome != "passed"] == ["failed"]
    assert "他'刚'停药， 不算同时" in (scenario.steps[-1].reason or "")
    assert item.grounds[0].rule in (scenario.steps[-1].reason or "")
    assert scenario.answer


def test_a_disagreement_about_one_lesion_is_about_that_lesion(engine: Engine) -> None:
    patient = {**TWO_AGENTS, "diagnosis": {"tumour_type": "nsclc"}}
    answer = engine.evaluate(patient, None, "2026-01-31")
    of_lesions = {(item.action, item.lesion) for item in answer.advice if item.lesion}
    action = next(action for action, lesion in of_lesions if lesion == "B1" and (action, "B2") not in of_lesions)
    for lesion, passes in (("B1", False), ("B2", True)):
        text = scenario_of(engine, patient, answer, "zh", Disagreement(action, "不适用", lesion=lesion))
        assert [one.passed for one in run_text("a", text, site()).scenarios] == [passes]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("what", ["HER2RT-15", "请神经外科会诊", "radiotherapy-with-anti-her2"])
def test_what_is_missing_fails_with_the_reason_known_words_or_not(
    engine: Engine, language: Language, what: str
) -> None:
    answer = engine.evaluate(TWO_AGENTS, None, "2026-01-31")
    text = scenario_of(engine, TWO_AGENTS, answer, language, Disagreement(what, "我科常规", missing=True))
    run = run_text("a", text, site())
    assert [str(issue) for issue in run.issues] == []
    (scenario,) = run.scenarios
    assert "我科常规" in (scenario.steps[-1].reason or "")
    assert scenario.steps[-1].outcome == "failed"


def test_what_is_said_after_all_is_not_missing(engine: Engine) -> None:
    answer = engine.evaluate(TWO_AGENTS, None, "2026-01-31")
    text = scenario_of(engine, TWO_AGENTS, answer, "zh", Disagreement("BCBM-62", "两药不同用", missing=True))
    assert all(one.passed for one in run_text("a", text, site()).scenarios)


@pytest.mark.parametrize(
    ("what", "reason", "pointer"), [(" ", "因为", "/what"), ("x", "\n", "/reason"), ("x", "因" * 1001, "/reason")]
)
def test_a_disagreement_that_says_nothing_is_refused(engine: Engine, what: str, reason: str, pointer: str) -> None:
    answer = engine.evaluate({}, None, "2026-01-31")
    with pytest.raises(InputError) as caught:
        scenario_of(engine, {}, answer, "zh", Disagreement(what, reason, missing=True))
    assert [each.pointer for each in caught.value.problems] == [pointer]


@settings(max_examples=60)
@given(
    st.text(min_size=1, max_size=40).filter(lambda text: text.strip(" \"“”「」'。．.\x85").split()),
    st.sampled_from(LANGUAGES),
)
def test_any_reason_can_be_read_back(reason: str, language: Language) -> None:
    engine = site().shipped
    answer = engine.evaluate({}, None, "2026-01-31")
    text = scenario_of(engine, {}, answer, language, Disagreement("BCBM-62", reason, missing=True))
    run = run_text("a", text, site())
    assert [str(issue) for issue in run.issues] == []
    assert [one.passed for one in run.scenarios] == [False]


def test_the_command_writes_a_scenario_that_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    patient, file = tmp_path / "p.json", tmp_path / "p.feature"
    patient.write_text(json.dumps(TWO_AGENTS), encoding="utf-8")
    assert main(["scenario", str(patient)]) == 0
    file.write_text(capsys.readouterr().out, encoding="utf-8")
    assert main(["scenarios", str(file)]) == 0
    assert main(["scenario", str(patient), "--lang", "en", "--wrong", "BCBM-62", "--because", "washed out"]) == 0
    file.write_text(capsys.readouterr().out.split("\n1 ")[-1], encoding="utf-8")
    text = file.read_text("utf-8")
    file.write_text(text[text.index("Feature:") :], encoding="utf-8")
    assert main(["scenarios", str(file)]) == 1
    assert "washed out" in capsys.readouterr().out
    assert main(["scenario", str(tmp_path / "no.json")]) == 2
    with pytest.raises(SystemExit) as caught:
        main(["scenario", str(patient), "--wrong", "BCBM-62"])
    assert caught.value.code == 2
    assert "--because" in capsys.readouterr().err


def test_an_identified_profile_is_told_with_its_items(engine: Engine) -> None:
    answer = engine.evaluate(TWO_AGENTS, None, "2026-01-31")
    text = scenario_of(engine, identified(read_profile(TWO_AGENTS, VOCABULARY)), answer, "zh")
    assert "| B1" in text
