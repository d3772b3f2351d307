"""The HTTP contract: each endpoint, and everything that is refused."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from oncocds.engine import Engine
from oncocds.reference.derived import derived_pages
from oncocds_api.app import create_app
from oncocds_api.requests.models import EXAMPLE
from patience import until

JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(create_app(workers=1)) as client:
        until(lambda: client.get("/health/ready").status_code == 200, "it is ready")
        yield client


def refusal(client: TestClient, body: bytes, status: int = 422) -> dict[str, Any]:
    response = client.post("/v1/evaluations", content=body, headers=JSON)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = response.json()
    assert found["status"] == status
    return found


def test_answers_what_the_engine_answers(client: TestClient, engine: Engine) -> None:
    response = client.post("/v1/evaluations", json=EXAMPLE)
    assert response.status_code == 200
    assert response.json() == engine.evaluate(EXAMPLE["patient"], as_of=EXAMPLE["as_of"]).model_dump(mode="json")
    assert response.json()["advice"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b"", ""),
        (b"{", ""),
        (b"[]", ""),
        (b"[" * 5000, ""),
        (b"\xff{}", ""),
        (b"{}", "/patient"),
        (b'{"patient": "x"}', "/patient"),
        (b'{"patient": null}', "/patient"),
        (b'{"patient": {}, "extra": 1}', "/extra"),
        (b'{"patient": {}, "policy": "/etc/passwd"}', "/policy"),
        (b'{"patient": {}, "policy": {"no_such": true}}', "/policy/no_such"),
        (b'{"patient": {}, "as_of": "2025-02-30"}', "/as_of"),
        (b'{"patient": {}, "as_of": 5}', "/as_of"),
        (b'{"patient": {"age": 5, "age": 6}}', "/patient/age"),
        (b'{"patient": {"age": NaN}}', "/patient/age"),
        (b'{"patient": {"age": "45"}}', "/patient/age"),
        (b'{"patient": {"sex": "\\ud800"}}', "/patient/sex"),
        (b'{"patient": {"sex": "\\u0000"}}', "/patient/sex"),
        (b'{"patient": {"agee": 5}}', "/patient/agee"),
        (b'{"patient": {"resourceType": "Patient"}}', "/patient/resourceType"),
    ],
)
def test_refuses_with_the_place(client: TestClient, body: bytes, pointer: str) -> None:
    errors = refusal(client, body)["errors"]
    assert pointer in [error["pointer"] for error in errors]
    assert all(error["reason"] and error["expected"] for error in errors)


def test_a_bundle_in_the_place_of_a_profile_is_told_where_it_goes(client: TestClient) -> None:
    (error,) = refusal(client, b'{"resourceType": "Bundle", "type": "collection", "entry": []}')["errors"]
    assert error["pointer"] == "/resourceType"
    assert "/v1/fhir/evaluations" in error["expected"]


def test_body_limit(client: TestClient) -> None:
    refusal(client, b" " * 1_048_577, 413)

    def chunks() -> Iterator[bytes]:
        for _ in range(20):
            yield b" " * 100_000

    assert client.post("/v1/evaluations", content=chunks(), headers=JSON).status_code == 413


@pytest.mark.parametrize("kind", ["text/plain", "application/json; charset=gbk", ""])
def test_media_type(client: TestClient, kind: str) -> None:
    response = client.post("/v1/evaluations", content=b"{}", headers={"content-type": kind})
    assert response.status_code == 415
    assert response.headers["content-type"] == "application/problem+json"


def test_knowledge_pages(client: TestClient, engine: Engine) -> None:
    rules = client.get("/v1/rules").json()
    assert [rule["id"] for rule in rules["rules"]] == list(engine.knowledge.rules)
    assert client.get("/v1/rules/HER2RT-15").json() in rules["rules"]
    derived = client.get("/v1/derived").json()["derived"]
    assert [page["id"] for page in derived] == list(derived_pages(engine.knowledge.vocabulary))
    assert client.get("/v1/derived/derived.renal_concern").json() in derived
    for document in client.get("/v1/documents").json()["documents"]:
        page = client.get(f"/v1/documents/{document['id']}").json()
        assert all(page["text"][p["start"] : p["end"]] == p["quote"] for p in page["passages"])
    assert client.get("/v1/schema/patient").json()["properties"]["age"]


def test_knowledge_pages_are_revalidated(client: TestClient) -> None:
    tag = client.get("/v1/rules").headers["etag"]
    assert client.get("/v1/rules", headers={"if-none-match": tag}).status_code == 304


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v1/rules/NO-1", 404), ("GET", "/v1/documents/no", 404), ("GET", "/v1/derived/no", 404),
     ("GET", "/no", 404),
     ("GET", "/v1/evaluations", 405), ("POST", "/v1/rules", 405)],
)  # fmt: skip
def test_other_problems(client: TestClient, method: str, path: str, status: int) -> None:
    response = client.request(method, path)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"


def test_health(client: TestClient) -> None:
    assert client.get("/health/live").json() == {"status": "live"}
    assert client.get("/health/ready").json() == {"status": "ready"}


def test_openapi(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    operation = described["paths"]["/v1/evaluations"]["post"]
    assert operation["requestBody"]["content"]["application/json"]["example"] == EXAMPLE
    assert operation["responses"]["200"]["content"]["application/json"]["example"]["advice"]
    assert {"413", "415", "422", "500", "503", "504"} <= set(operation["responses"])
    text = json.dumps(described)
    for name in {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}:
        assert name in described["components"]["schemas"]
    assert "#/$defs/" not in text


def test_log_holds_no_patient(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="oncocds_api"):
        refusal(client, b'{"patient": {"sex": "Wang Secret"}}')
        client.get("/Wang-Secret")
    assert "POST /v1/evaluations 422" in caplog.text
    assert "Secret" not in caplog.text


def test_the_page_of_the_description_needs_no_other_host(client: TestClient) -> None:
    page = client.get("/docs").text
    used = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert used
    for address in used:
        assert address.startswith("/static-offline-docs/")
        assert client.get(address).status_code == 200


def test_the_page_of_the_description_runs_its_own_script_and_no_other(client: TestClient) -> None:
    answer = client.get("/docs")
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    (script,) = re.findall(r"<script>(.*?)</script>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy["script-src"] == f"'self' 'sha256-{digest}'"
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
