"""``POST /v1/explanations``: what the engine explains, refusals with their place, and no value in them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from oncocds.engine import Engine
from oncocds.explaining.explain import explain
from oncocds_api.app import create_app
from oncocds_api.requests.models import EXPLANATION_EXAMPLE
from patience import until

MARK = "Secret-Zhongqiu-张三"


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(create_app(workers=1)) as client:
        until(lambda: client.get("/health/ready").status_code == 200, "it is ready")
        yield client


def test_answers_what_the_engine_explains(client: TestClient, engine: Engine) -> None:
    response = client.post("/v1/explanations", json=EXPLANATION_EXAMPLE)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    request = EXPLANATION_EXAMPLE
    explained = explain(engine, request["rule"], request["patient"], as_of=request["as_of"])
    answered, expected = response.json(), explained.model_dump(mode="json", by_alias=True)
    found = answered.pop("what_would_change")
    told = expected.pop("what_would_change")
    assert answered == expected
    assert found == told or found["status"] == "not found"  # a slow machine may be out of time, and says so
    assert answered["tree"]["truth"] == "true"


def test_a_policy_is_laid_over_the_sites(client: TestClient) -> None:
    patient = {"cardiac": {"lvef_baseline": 63, "lvef_latest": 50}, "medications": []}
    body = {"rule": "HER2RT-16", "patient": patient, "policy": {"lvef_drop_abs": 11}}
    response = client.post("/v1/explanations", json=body)
    assert response.status_code == 200
    assert response.json()["policy"]["effective"]["lvef_drop_abs"] == 11


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"patient": {}}, "/rule"),
        ({"rule": 5, "patient": {}}, "/rule"),
        ({"rule": None, "patient": {}}, "/rule"),
        ({"rule": "", "patient": {}}, "/rule"),
        ({"rule": MARK, "patient": {}}, "/rule"),
        ({"rule": "BCBM-62"}, "/patient"),
        ({"rule": "BCBM-62", "patient": [MARK]}, "/patient"),
        ({"rule": "BCBM-62", "patient": {"sex": MARK}}, "/patient/sex"),
        ({"rule": "BCBM-62", "patient": {}, "policy": {"crcl_low": MARK}}, "/policy/crcl_low"),
        ({"rule": "BCBM-62", "patient": {}, "as_of": MARK}, "/as_of"),
        ({"rule": "BCBM-62", "patient": {}, "rules": []}, "/rules"),
    ],
)
def test_refuses_with_the_place_and_repeats_no_value(client: TestClient, body: dict[str, Any], pointer: str) -> None:
    response = client.post("/v1/explanations", json=body)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert pointer in [error["pointer"] for error in response.json()["errors"]]
    assert "Zhongqiu" not in response.text


def test_a_near_miss_of_a_rule_is_named(client: TestClient) -> None:
    response = client.post("/v1/explanations", json={"rule": "bcbm-62", "patient": {}})
    assert "did you mean 'BCBM-62'" in response.json()["errors"][0]["expected"]


def test_an_evaluation_still_takes_no_rule(client: TestClient) -> None:
    response = client.post("/v1/evaluations", json={"rule": "BCBM-62", "patient": {}})
    assert [error["pointer"] for error in response.json()["errors"]] == ["/rule"]


def test_the_description_shows_request_and_answer(client: TestClient) -> None:
    def answered(described: Any) -> Any:
        return described["paths"]["/v1/explanations"]["post"]["responses"]["200"]["content"]["application/json"]

    def shown() -> Any:
        described = client.get("/openapi.json").json()
        return described if "example" in answered(described) else None

    described = until(shown, "the description shows an answer")
    answer = answered(described)
    request = described["paths"]["/v1/explanations"]["post"]["requestBody"]["content"]["application/json"]
    assert request["example"] == EXPLANATION_EXAMPLE
    assert set(request["schema"]["required"]) == {"rule", "patient"}
    assert "HER2RT-24" in request["schema"]["properties"]["rule"]["enum"]
    assert answer["example"]["rule"] == EXPLANATION_EXAMPLE["rule"]
    change = described["components"]["schemas"]["FactChange"]
    assert {"path", "from", "to", "text"} <= set(change["properties"])
    assert json.dumps(answer["schema"]).endswith('RuleExplanation"}')
