"""The site's policy: every setting described, what depends on it computed, a file taken by all."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

import oncocds.profile.derived as derived_facts
from corpus import SCENARIOS
from oncocds import Engine, Policy
from oncocds.cli import main
from oncocds.errors import KnowledgeError, PolicyError
from oncocds.knowledge.knowledge import Knowledge
from oncocds.reference.policy import PolicyPage, SettingPage, policy_page
from oncocds.vocabulary.bundled import bundled_knowledge
from oncocds.vocabulary.loader import bundled_vocabulary, load_vocabulary
from oncocds.vocabulary.reads import facts_read
from oncocds_api.app import create_app

SWITCHES = bundled_vocabulary().switches

FALL_WITHOUT_RADIOTHERAPY = {
    "diagnosis": {"tumour_type": "breast"},
    "biomarkers": {"her2_status": "positive"},
    "medications": [{"id": "M1", "drug": "trastuzumab", "status": "active"}],
    "radiotherapy": [],
    "cardiac": {"lvef_baseline": 63, "lvef_latest": 50},
}
FIRST_CASES = list({case["scenario"]: case for case in reversed(SCENARIOS)}.values())


@pytest.fixture(scope="module")
def page(engine: Engine) -> PolicyPage:
    return policy_page(engine.knowledge, engine.policy)


@pytest.fixture(scope="module")
def settings(page: PolicyPage) -> Mapping[str, SettingPage]:
    return {setting.name: setting for setting in page.settings}


def test_every_setting_is_listed_with_its_words(settings: Mapping[str, SettingPage]) -> None:
    assert list(settings) == list(Policy.model_fields)
    for setting in settings.values():
        for words in (setting.label, setting.effect, setting.without):
            assert words.zh
            assert words.en


def test_thresholds_ship_unset_and_switches_on(settings: Mapping[str, SettingPage]) -> None:
    assert {name for name, setting in settings.items() if setting.kind == "switch"} == set(SWITCHES)
    for setting in settings.values():
        assert setting.shipped is (True if setting.kind == "switch" else None)
        assert setting.effective is setting.shipped


def test_what_depends_on_a_setting_is_computed(settings: Mapping[str, SettingPage]) -> None:
    def of(name: str) -> tuple[list[str], list[str]]:
        return [fact.fact for fact in settings[name].derived], [rule.id for rule in settings[name].rules]

    assert of("lvef_drop_abs") == (["derived.marked_lvef_decline", "derived.lvef_in_question"], ["HER2RT-16"])
    assert of("elderly_age") == (["derived.elderly"], ["BCBM-05"])
    assert of("crcl_low") == (["derived.renal_concern"], ["BCBM-53"])
    assert of("cross_tumour_safety") == ([], ["BCBM-62"])
    derived, rules = of("result_age_months")
    assert {"derived.hypercalcaemia", "derived.renal_concern", "derived.marked_lvef_decline"} <= set(derived)
    assert {"BCBM-06", "BCBM-21", "BCBM-53", "BCBM-58", "HER2RT-16", "HCCSBRT-01"} <= set(rules)
    assert "derived.her2_status" not in derived
    assert "HER2RT-01" not in rules
    assert of("cross_tumour_bone_agent_checks") == ([], ["BCBM-57", "BCBM-58", "BCBM-59"])
    assert of("cross_tumour_emergencies") == ([], ["BCBM-06", "BCBM-07"])
    assert of("echo_interval_months") == ([], [])  # it decides nothing: it is said beside a rule
    assert settings["echo_interval_months"].words == ["HER2RT-15"]
    assert of("echo_without_radiotherapy") == ([], ["HER2RT-13", "HER2RT-15", "HER2RT-16"])


def test_a_setting_no_derivation_reads_is_read_by_none(knowledge: Knowledge) -> None:
    source = "".join(path.read_text("utf-8") for path in Path(derived_facts.__path__[0]).glob("*.py"))
    named = {f"policy.{name}" for name in Policy.model_fields if f'"policy.{name}"' in source}
    read = facts_read(knowledge.vocabulary)
    assert {fact for facts in read.values() for fact in facts if fact.startswith("policy.")} == named
    assert set(read) <= set(knowledge.vocabulary.fields)


@pytest.mark.parametrize("case", SCENARIOS, ids=lambda case: f"{case['scenario']}-{case['case']}")
def test_what_the_site_is_asked_to_set_is_said_to_be_read(
    strict: Engine, settings: Mapping[str, SettingPage], case: dict[str, Any]
) -> None:
    for question in strict.evaluate(case["patient"], case["policy"]).questions.site:
        read_by = {rule.id for rule in settings[question.fact.removeprefix("policy.")].rules}
        assert set(question.would_decide) <= read_by


@pytest.mark.parametrize("case", FIRST_CASES, ids=lambda case: case["scenario"])
def test_a_setting_changes_no_verdict_but_those_it_is_said_to(
    engine: Engine, settings: Mapping[str, SettingPage], case: dict[str, Any]
) -> None:
    others: dict[str, Any] = {
        "lvef_drop_abs": 10,
        "oligomet_max": 3,
        "oligoresidual_max": 3,
        "oligoprog_max": 3,
        "brain_oligo_max": 3,
        "pain_nrs": 7,
        "elderly_age": 65,
        "crcl_low": 30,
        "result_age_months": 1,
        "cns_counts_as_visceral": True,
        "sbrt_available": False,
        **dict.fromkeys(SWITCHES, False),
        **{one.every.removeprefix("policy."): 30 for one in engine.knowledge.vocabulary.monitoring.values()},
    }
    assert set(others) == set(settings)
    before = engine.evaluate(case["patient"]).verdicts
    for name, value in others.items():
        after = engine.evaluate(case["patient"], {name: value}).verdicts
        changed = {rule for rule in before if before[rule] != after[rule]}
        assert changed <= {rule.id for rule in settings[name].rules}, name


def test_labels_say_whether_a_setting_decides_or_extrapolates(settings: Mapping[str, SettingPage]) -> None:
    (local,) = settings["lvef_drop_abs"].labels
    assert (local.origin, local.label.zh, local.rules) == (
        "local policy",
        "依据本院设置判定，非来源数值",
        ["HER2RT-16"],
    )
    (extended,) = settings["echo_without_radiotherapy"].labels
    assert (extended.origin, extended.rules) == ("extrapolated", ["HER2RT-13", "HER2RT-15", "HER2RT-16"])


def test_a_ground_that_a_threshold_decided_beyond_the_source_bears_both_labels(engine: Engine) -> None:
    def label(policy: dict[str, Any], **cardiac: Any) -> tuple[str, str]:
        evaluation = engine.evaluate({**FALL_WITHOUT_RADIOTHERAPY, "cardiac": cardiac}, policy)
        (ground,) = [ground for item in evaluation.advice for ground in item.grounds if ground.rule == "HER2RT-16"]
        assert ground.label is not None
        return ground.origin, ground.label.zh

    extended = "扩展：来源仅述HER2阳性乳腺癌的放疗联合靶向治疗；心脏毒性源于药物，任何肿瘤、不论HER2状态均提示"
    assert label({}, marked_decline=True) == ("extrapolated", extended)
    assert label({"lvef_drop_abs": 10}, lvef_baseline=63, lvef_latest=50) == (
        "extrapolated",
        f"{extended}；依据本院设置判定，非来源数值",
    )


@pytest.mark.parametrize(("name", "text"), [("site.yaml", "elderly_age: 65\n"), ("site.json", '{"elderly_age": 65}')])
def test_engine_and_command_take_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, text: str
) -> None:
    site = tmp_path / name
    site.write_text(text, "utf-8")
    engine = Engine.load(policy=site)
    assert engine.evaluate({"age": 65}).policy.effective["elderly_age"] == 65
    assert engine.evaluate({}).policy.effective["cross_tumour_safety"] is True
    assert main(["policy", "--policy", str(site), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer == policy_page(engine.knowledge, engine.policy).model_dump(mode="json")
    assert answer["digest"] == engine.evaluate({}).policy.digest
    elderly = next(setting for setting in answer["settings"] if setting["name"] == "elderly_age")
    assert (elderly["shipped"], elderly["effective"]) == (None, 65)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("elderly_agee: 65\n", "/elderly_agee: "),
        ("elderly_age: old\n", "/elderly_age: "),
        ("elderly_age：65\n", ":1:12: "),
        ("- 1\n", ": "),
    ],
)
def test_a_bad_file_is_refused_by_all(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str) -> None:
    site = tmp_path / "site.yaml"
    site.write_text(text, "utf-8")
    with pytest.raises(PolicyError):
        Engine.load(policy=site)
    with pytest.raises(PolicyError):
        create_app(policy=site, workers=1)
    assert main(["policy", "--policy", str(site)]) == 2
    assert capsys.readouterr().err.startswith(f"oncocds: {site}{said}")
    assert main(["policy", "--policy", str(tmp_path / "none.yaml")]) == 2
    assert capsys.readouterr().err.startswith(f"oncocds: {tmp_path / 'none.yaml'}: 文件无法读取（No such file")


def test_the_command_lists_settings_in_both_languages(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text("crcl_low: 30\ncross_tumour_safety: false\n", "utf-8")
    assert main(["policy", "--policy", str(site)]) == 0
    printed = capsys.readouterr().out
    assert "  crcl_low  肌酐清除率偏低的界值\n      出厂: 未设定  现用: 30 mL/min\n" in printed
    assert "  cross_tumour_safety  骨改良药物联用禁忌适用于其他肿瘤\n      出厂: 是  现用: 否\n" in printed
    assert "安全开关" in printed
    assert main(["policy", "--lang", "en"]) == 0
    assert "Safety switches: shipped on" in capsys.readouterr().out


def test_the_server_shows_the_policy_of_its_site_and_evaluates_by_it(tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text("elderly_age: 65\n", "utf-8")
    engine = Engine.load(policy=site)
    with TestClient(create_app(policy=site, workers=1)) as client:
        shown = client.get("/v1/policy")
        assert shown.json() == policy_page(engine.knowledge, engine.policy).model_dump(mode="json")
        assert client.get("/v1/policy", headers={"if-none-match": shown.headers["etag"]}).status_code == 304
        answer = client.post("/v1/evaluations", json={"patient": {"age": 70}}).json()
        assert answer["policy"]["digest"] == shown.json()["digest"]
        assert answer["policy"]["effective"]["elderly_age"] == 65


@pytest.mark.parametrize("before", ["change: never", "world: policy\n  zh: 老年的年龄界值"])
def test_safety_is_for_switches_of_the_policy(tmp_path: Path, before: str) -> None:
    directory = shutil.copytree(bundled_knowledge() / "rules" / "vocabulary", tmp_path / "vocabulary")
    fields = directory / "fields.yaml"
    between = ", " if before.startswith("change") else "\n  "
    changed = fields.read_text("utf-8").replace(before, f"safety: true{between}{before}", 1)
    fields.write_text(changed, "utf-8")
    with pytest.raises(KnowledgeError, match=r"fields.yaml:\d+:\d+: .*'safety' is for switches of the policy"):
        load_vocabulary(directory)
