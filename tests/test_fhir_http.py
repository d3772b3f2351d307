"""The two FHIR endpoints: what they answer, and that no body makes them fail."""

from __future__ import annotations

import json
import logging
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from fhir_support import ICD10, LOCAL, bundle, concept, condition, fact, observation, patient
from oncocds.engine import Engine
from oncocds.errors import KnowledgeError
from oncocds_api.app import create_app
from oncocds_api.fhir.example import EXAMPLE
from oncocds_api.settings.settings import Settings
from patience import until

JSON = {"content-type": "application/json"}
FHIR = {"content-type": "application/fhir+json"}
PATHS = ("/v1/fhir/profile", "/v1/fhir/evaluations")


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(create_app(workers=1)) as client:
        until(lambda: client.get("/health/ready").status_code == 200, "it is ready")
        yield client


def test_a_profile_with_its_resources(client: TestClient) -> None:
    answer = client.post("/v1/fhir/profile", json=EXAMPLE).json()
    assert fact(answer["profile"], "medications[denosumab].status") == "planned"
    assert answer["provenance"]["medications[denosumab].status"] == ["MedicationRequest/denosumab"]
    assert answer["report"]["resources"] == 5
    assert answer["as_of"] == EXAMPLE["as_of"]


def test_an_evaluation_with_the_resources_behind_it(client: TestClient, engine: Engine) -> None:
    response = client.post("/v1/fhir/evaluations", json=EXAMPLE)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    answer = response.json()
    direct = engine.evaluate(answer["profile"], as_of=EXAMPLE["as_of"]).model_dump(mode="json")
    assert answer["evaluation"] == direct
    first = answer["evaluation"]["advice"][0]
    assert first["action"] == "avoid-combining-bone-agents"
    told = {b["fact"]: answer["provenance"][b["fact"]] for b in first["grounds"][0]["because"]}
    assert told["medications[denosumab].drug"] == ["MedicationRequest/denosumab"]
    assert told["medications[zoledronate].status"] == ["MedicationRequest/zoledronic-acid"]


@pytest.mark.parametrize("path", PATHS)
def test_a_bare_bundle(client: TestClient, path: str) -> None:
    response = client.post(path, content=json.dumps(EXAMPLE["bundle"]), headers=FHIR)
    assert response.status_code == 200
    assert response.json()["profile"]["sex"] == "female"


def test_the_policy_stays_as_it_is_sent_and_lesions_from_diagnoses_are_open(client: TestClient) -> None:
    policy = {"oligomet_max": 3, "elderly_age": 65}
    answer = client.post("/v1/fhir/evaluations", json={**EXAMPLE, "policy": policy}).json()
    effective = answer["evaluation"]["policy"]["effective"]
    assert (effective["oligomet_max"], effective["elderly_age"]) == (3, 65)
    assert "lesions" in answer["profile"]["incomplete"]
    assert "lesions" in [one["name"] for one in answer["report"]["open_lists"]]


def test_contradictions_between_facts_name_their_resources(client: TestClient) -> None:
    her2 = [
        observation("status", "48676-1", valueString="阴性"),
        observation("ihc", "85319-2", valueString="3+"),
    ]
    for path in PATHS:
        report = client.post(path, json={"bundle": bundle(patient(), *her2), "as_of": "2025-01-31"}).json()["report"]
        (one,) = report["plausibility"]
        assert one["id"] == "her2-status-contradicts-tests"
        assert one["resources"] == ["Observation/ihc", "Observation/status"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b"", ""),
        (b"{", ""),
        (b"[]", ""),
        (b"[" * 5000, ""),
        (b"\xff{}", ""),
        (b"{}", "/bundle"),
        (b'{"bundle": []}', "/bundle"),
        (b'{"bundle": {}, "extra": 1}', "/extra"),
        (b'{"bundle": {}}', "/bundle/resourceType"),
        (b'{"resourceType": "Patient"}', "/resourceType"),
        (b'{"resourceType": 5}', "/resourceType"),
        (b'{"bundle": {"resourceType": "Bundle", "entry": {}}}', "/bundle/entry"),
        (b'{"resourceType": "Bundle", "entry": {}}', "/entry"),
        (b'{"bundle": {"resourceType": "Bundle", "type": "a", "type": "b"}}', "/bundle/type"),
        (b'{"bundle": {"resourceType": "Bundle"}, "as_of": "never"}', "/as_of"),
        (b'{"bundle": {"resourceType": "Bundle"}, "policy": {"no_such": 1}}', "/policy/no_such"),
        (
            b'{"bundle": {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient", "x": NaN}}]}}',
            "/bundle/entry/0/resource/x",
        ),
    ],
)
def test_refusals(client: TestClient, path: str, body: bytes, pointer: str) -> None:
    response = client.post(path, content=body, headers=JSON)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert pointer in [error["pointer"] for error in response.json()["errors"]]


@pytest.mark.parametrize("path", PATHS)
def test_size_and_media_type(client: TestClient, path: str) -> None:
    assert client.post(path, content=b" " * 8_388_609, headers=JSON).status_code == 413
    assert client.post(path, content=b"{}", headers={"content-type": "application/xml"}).status_code == 415
    assert client.post("/v1/evaluations", content=b"{}", headers=FHIR).status_code == 415


def test_a_large_bundle(client: TestClient) -> None:
    made = [observation(f"o{n}", {"text": "x"}, valueInteger=n) for n in range(5000)]
    response = client.post("/v1/fhir/evaluations", json={"bundle": bundle(patient(), *made)})
    assert response.status_code == 200
    (one,) = response.json()["report"]["unmapped"]
    assert one["count"] == 5000


def test_a_bundle_nested_as_deeply_as_json_may_be(client: TestClient) -> None:
    nested: dict[str, Any] = bundle(patient())
    for _ in range(9):
        nested = bundle(nested)
    assert client.post("/v1/fhir/profile", json=nested).status_code == 200
    assert client.post("/v1/fhir/profile", json=bundle(nested)).status_code == 422


def test_the_description_has_both_endpoints_with_examples(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    for path in PATHS:
        operation = described["paths"][path]["post"]
        assert operation["requestBody"]["content"]["application/json"]["example"] == EXAMPLE
        assert operation["responses"]["200"]["content"]["application/json"]["example"]["provenance"]
        assert {"413", "415", "422", "500", "503", "504"} <= set(operation["responses"])


def test_neither_log_nor_problem_holds_a_patient(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    secret = "Zhang-San"
    body = bundle(
        patient(name=[{"text": secret}], birthDate=secret), condition("c", {"text": secret}, onsetDateTime=secret)
    )
    with caplog.at_level(logging.DEBUG, logger="oncocds_api"):
        response = client.post("/v1/fhir/evaluations", json=body)
    assert response.status_code == 200
    assert secret not in response.text + caplog.text
    assert "POST /v1/fhir/evaluations 200" in caplog.text


def test_facts_by_name_reach_the_engine(client: TestClient) -> None:
    told = observation("o", concept(LOCAL, "symptoms.cord_signs"), valueBoolean=True)
    body = {"bundle": bundle(patient(), condition("c", concept(ICD10, "C50.9")), told)}
    advice = client.post("/v1/fhir/evaluations", json=body).json()["evaluation"]["advice"]
    assert advice[0]["urgency"] == "critical"


def test_a_server_takes_its_sites_own_codes_at_its_start_and_by_reload_and_says_what_is_wrong_in_them(
    tmp_path: Path,
) -> None:
    path = tmp_path / "site.yaml"
    codes = "systems:\n  ours: {uris: ['urn:ours']}\ntumours:\n- {means: {tumour_type: breast}, ours: [D-17]}\n"
    path.write_text(codes, "utf-8")

    def asked(code: str) -> dict[str, Any]:
        return {"bundle": bundle(patient(), condition("c", concept("urn:ours", code))), "as_of": "2025-01-31"}

    app = create_app(workers=1, settings=Settings(vocabulary_overlay=path))
    with TestClient(app) as ours:

        def reloaded(number: int) -> Any:
            ours.portal.call(app.state.editions.ask)  # type: ignore[union-attr]

            def done() -> Any:
                last = ours.get("/health").json()["last_reload"]
                return last if last and last["number"] >= number and last["state"] != "running" else None

            return until(done, f"reload {number} is done")

        until(lambda: ours.get("/health/ready").status_code == 200, "it is ready")
        first = ours.post("/v1/fhir/profile", json=asked("D-17")).json()
        assert fact(first["profile"], "diagnosis.tumour_type") == "breast"
        unknown = ours.post("/v1/fhir/profile", json=asked("L-3")).json()
        path.write_text(f"{codes}- {{means: {{tumour_type: lung_nos}}, ours: [L-3]}}\n", "utf-8")
        assert reloaded(1)["state"] == "done"
        answer = ours.post("/v1/fhir/profile", json=asked("L-3")).json()
        assert "diagnosis" not in unknown["profile"]
        assert fact(answer["profile"], "diagnosis.tumour_type") == "lung_nos"
        assert answer["report"]["codes_digest"] != first["report"]["codes_digest"]
        path.write_text(f"{codes}- {{means: {{tumour_type: lunge}}, ours: [L-3]}}\n", "utf-8")
        last = reloaded(2)
        assert last["state"] == "refused"
        assert "site.yaml:5:" in last["why"][0]
        for process in app.state.editions.current.pool._able:
            os.kill(process.pid, signal.SIGKILL)
        # The request that meets the dying worker may fail.
        again = until(lambda: ours.post("/v1/fhir/profile", json=asked("L-3")).json().get("report"), "it answers again")
        assert again["codes_digest"] == answer["report"]["codes_digest"]
    path.write_text("tumours:\n- {means: {tumour_type: brest}, names: [x]}\n", "utf-8")
    with pytest.raises(KnowledgeError, match=r"site\.yaml:2:25"):
        create_app(workers=1, settings=Settings(vocabulary_overlay=path))
