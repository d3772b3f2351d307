"""Safety settings are the site's: no request changes them unless it may; an answer says which settings are changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from fhir_support import bundle, patient
from oncocds import Policy
from oncocds.cli.main import main
from oncocds.engine import Engine
from oncocds.errors import PolicyError
from oncocds.knowledge.knowledge import Knowledge
from oncocds.refusal_words import refusal_words
from oncocds.vocabulary.loader import bundled_vocabulary
from oncocds_api.app import create_app
from oncocds_api.settings.settings import Settings, read_settings

SWITCHES = bundled_vocabulary().switches

CORD = {"diagnosis": {"tumour_type": "hcc"}, "symptoms": {"cord_signs": True}}
ALERT = "BCBM-07"
EMERGENCIES = "cross_tumour_emergencies"
STORY = """# language: zh-CN
功能: 设置
  场景: 一个
    假如 患者:
      | 肿瘤类型 | 肝细胞癌 |
    并且 本院设置:
      | 急症警报适用于其他肿瘤 | {value} |
    当 评估
    那么 规则"BCBM-62"不成立
"""
ENDPOINTS: dict[str, dict[str, Any]] = {
    "/v1/evaluations": {"patient": CORD},
    "/v1/explanations": {"patient": CORD, "rule": ALERT},
    "/v1/fhir/profile": {"bundle": bundle(patient())},
    "/v1/fhir/evaluations": {"bundle": bundle(patient())},
    "/evaluate": {"patient": CORD},
    "/profile": {"bundle": bundle(patient())},
}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(create_app(workers=1)) as client:
        yield client


def pointers(answer: Any) -> list[str]:
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    return [error["pointer"] for error in answer.json()["errors"]]


@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("name", SWITCHES)
def test_a_request_that_changes_a_safety_setting_is_refused_with_its_place(
    client: TestClient, path: str, name: str
) -> None:
    for value in (False, None):
        answer = client.post(path, json={**ENDPOINTS[path], "policy": {"elderly_age": 65, name: value}})
        assert pointers(answer) == [f"/policy/{name}"]
        assert "true" in answer.json()["errors"][0]["expected"]
    equal = client.post(path, json={**ENDPOINTS[path], "policy": {"elderly_age": 65, name: True}})
    assert equal.status_code == 200


def test_every_changed_one_is_named_and_thresholds_stay_free(client: TestClient) -> None:
    everything = {**dict.fromkeys(SWITCHES, False), "elderly_age": 65, "sbrt_available": False}
    answer = client.post("/v1/evaluations", json={"patient": CORD, "policy": everything})
    assert pointers(answer) == [f"/policy/{name}" for name in SWITCHES]
    free = client.post("/v1/evaluations", json={"patient": CORD, "policy": {"elderly_age": 65}})
    assert free.json()["verdicts"][ALERT] == "fires"
    assert free.json()["policy"]["changed"] == [
        {
            "setting": "elderly_age",
            "label": {"zh": "老年的年龄界值", "en": "age from which a patient is elderly"},
            "site": None,
            "here": 65.0,
        }
    ]
    assert client.post("/v1/evaluations", json={"patient": CORD}).json()["policy"]["changed"] == []


def test_a_scenario_that_changes_one_is_refused_as_a_whole(client: TestClient) -> None:
    refused = client.post("/scenarios", json={"text": STORY.format(value="否")})
    assert pointers(refused) == [f"/policy/{EMERGENCIES}"]
    assert "只能由本院的设置文件改动" in refused.json()["errors"][0]["words"]["zh"]
    equal = client.post("/scenarios", json={"text": STORY.format(value="是")})
    assert equal.status_code == 200
    other = STORY.replace("急症警报适用于其他肿瘤", "老年的年龄界值").format(value="65 岁")
    assert client.post("/scenarios", json={"text": other}).status_code == 200


def test_the_page_says_it_in_chinese(client: TestClient) -> None:
    answer = client.post("/evaluate", json={"patient": CORD, "policy": {EMERGENCIES: False}})
    (error,) = answer.json()["errors"]
    assert error["words"] == refusal_words(error)
    assert error["words"]["zh"] == "此安全设置只能由本院的设置文件改动；应为：true，或不写"


def test_the_sites_own_value_is_the_one_that_is_accepted(tmp_path: Path) -> None:
    policy = tmp_path / "site.json"
    policy.write_text(json.dumps({EMERGENCIES: False}), "utf-8")
    with TestClient(create_app(policy=policy, workers=1)) as client:
        off = client.post("/v1/evaluations", json={"patient": CORD, "policy": {EMERGENCIES: False}}).json()
        assert off["verdicts"][ALERT] == "silent"
        assert off["policy"]["changed"] == []
        for value in (True, None):
            answer = client.post("/v1/evaluations", json={"patient": CORD, "policy": {EMERGENCIES: value}})
            assert pointers(answer) == [f"/policy/{EMERGENCIES}"]


def test_a_setting_that_is_listed_as_free_may_be_changed_and_the_answer_says_so() -> None:
    settings = read_settings(None, {"ONCOCDS_FREE_POLICY": EMERGENCIES})
    with TestClient(create_app(workers=1, settings=settings)) as client:
        answer = client.post("/v1/evaluations", json={"patient": CORD, "policy": {EMERGENCIES: False}}).json()
        assert answer["verdicts"][ALERT] == "silent"
        (changed,) = answer["policy"]["changed"]
        assert (changed["setting"], changed["site"], changed["here"]) == (EMERGENCIES, True, False)
        lines = [line for line in answer["briefing"] if line["kind"] == "setting"]
        assert [line["line"] for line in lines] == [
            {
                "zh": "本次评估的安全设置与本院不同：急症警报适用于其他肿瘤：关（本院：开）",
                "en": "Safety settings are not the site's here: "
                "emergency alerts for other tumours: off (the site's: on)",
            }
        ]
        before = answer["briefing"][: answer["briefing"].index(lines[0])]
        assert {line["section"] for line in before} <= {"now", "decide"}
        other = client.post("/v1/evaluations", json={"patient": CORD, "policy": {"cross_tumour_safety": False}})
        assert pointers(other) == ["/policy/cross_tumour_safety"]


@pytest.mark.parametrize("name", ["cross_tumour_emergencys", "elderly_age"])
def test_only_safety_settings_can_be_listed_as_free(name: str) -> None:
    with pytest.raises(PolicyError) as refused:
        create_app(settings=Settings(free_policy=("cross_tumour_safety", name)))
    (problem,) = refused.value.problems
    assert problem.pointer == "/free_policy/1"
    assert EMERGENCIES in problem.expected


def test_what_ships_on_is_declared_as_safety(knowledge: Knowledge, client: TestClient) -> None:
    declared = {name for name in Policy.model_fields if knowledge.vocabulary.fields[f"policy.{name}"].safety}
    assert {name for name, value in knowledge.policy.items() if value is True} == declared
    told = client.get("/v1/policy").json()["settings"]
    assert {setting["name"] for setting in told if setting["safety"]} == declared


def test_an_embedder_is_the_site_unless_it_locks_its_engine(engine: Engine) -> None:
    assert engine.evaluate(CORD, {EMERGENCIES: False}).verdicts[ALERT] == "silent"
    locked = Engine.load(free_policy=())
    with pytest.raises(PolicyError, match=f"/{EMERGENCIES}"):
        locked.evaluate(CORD, {EMERGENCIES: False})
    with pytest.raises(PolicyError, match=f"/{EMERGENCIES}"):
        locked.evaluate(CORD, Policy(cross_tumour_emergencies=False))


@given(
    values=st.fixed_dictionaries(
        {},
        optional={
            **{name: st.sampled_from([True, False, None]) for name in SWITCHES},
            "elderly_age": st.sampled_from([None, 65, 70.5]),
            "oligomet_max": st.sampled_from([None, 0, 3]),
            "sbrt_available": st.sampled_from([None, True, False]),
        },
    )
)
def test_what_is_changed_is_exactly_what_differs_from_the_site(engine: Engine, values: dict[str, Any]) -> None:
    policy = engine.evaluate(CORD, values).policy
    site = engine.policy.model_dump()
    differing = {name: value for name, value in policy.effective.items() if value != site[name]}
    assert {one.setting: one.here for one in policy.changed} == differing
    assert all(one.site == site[one.setting] for one in policy.changed)
    assert engine.evaluate(CORD, differing).policy == policy
    briefing = engine.evaluate(CORD, values).briefing
    said = {ref.ref for line in briefing if line.kind == "setting" for ref in line.covers}
    assert said == set(SWITCHES) & set(differing)


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "zh",
            [
                "! 本次评估所用设置有改动",
                "  老年的年龄界值：65 岁（原为：未设定）",
                "  急症警报适用于其他肿瘤：否（原为：是）",
            ],
        ),
        (
            "en",
            [
                "! Settings changed for this evaluation",
                "  age from which a patient is elderly: 65 years (instead of: unset)",
                "  emergency alerts for other tumours: no (instead of: yes)",
            ],
        ),
    ],
)
def test_the_command_line_says_it_at_the_top(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str, lines: list[str]
) -> None:
    patient_file, policy = tmp_path / "p.json", tmp_path / "policy.json"
    patient_file.write_text(json.dumps(CORD), "utf-8")
    policy.write_text(json.dumps({EMERGENCIES: False, "elderly_age": 65}), "utf-8")
    options = [str(patient_file), "--policy", str(policy), "--lang", language]
    assert main(["evaluate", *options]) == 0
    assert capsys.readouterr().out.splitlines()[2:5] == lines
    assert main(["explain", ALERT, *options]) == 0
    assert capsys.readouterr().out.splitlines()[:3] == lines
    assert main(["evaluate", str(patient_file), "--lang", language]) == 0
    assert lines[0] not in capsys.readouterr().out
