"""CDS Hooks over HTTP: status codes, and errors that hold an OperationOutcome, as version 3.0 wants them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from cds_support import order, view
from cds_validator import discovery_faults, response_faults
from oncocds_api.app import create_app
from oncocds_api.cds.error_route import MEMBER
from oncocds_api.settings.settings import Settings

PATIENT, ORDERS = "/cds-services/oncocds-patient", "/cds-services/oncocds-orders"


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    settings = Settings(development=True, feedback_database="sqlite://", language="en")
    with TestClient(create_app(workers=1, settings=settings)) as client:
        yield client


def outcome(response: Any, status: int, code: str) -> list[dict[str, Any]]:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    document = response.json()
    assert document["status"] == status
    assert document[MEMBER]["resourceType"] == "OperationOutcome"
    issues: list[dict[str, Any]] = document[MEMBER]["issue"]
    assert issues
    assert all(one["severity"] == "error" and one["code"] == code and one["details"]["text"] for one in issues)
    return issues


def test_discovery_is_at_its_address_and_needs_nothing(client: TestClient) -> None:
    answer = client.get("/cds-services")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert discovery_faults(answer.json()) == []


@pytest.mark.parametrize("make", [view, order])
def test_each_service_is_where_discovery_says(client: TestClient, make: Any) -> None:
    call = make()
    told = [one["id"] for one in client.get("/cds-services").json()["services"] if one["hook"] == call["hook"]]
    answer = client.post(f"/cds-services/{told[0]}", json=call)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert response_faults(answer.json()) == []


def test_a_setting_gives_each_hook_a_service_of_its_own_with_its_feedback() -> None:
    settings = Settings(development=True, feedback_database="sqlite://", service_per_hook=True)
    with TestClient(create_app(workers=1, settings=settings)) as client:
        told = {one["hook"]: one["id"] for one in client.get("/cds-services").json()["services"]}
        assert len(set(told.values())) == len(told) == 3
        for hook in ("order-select", "order-sign"):
            path = f"/cds-services/{told[hook]}"
            (card, *_) = client.post(path, json=order(hook=hook)).json()["cards"]
            entry = {"card": card["uuid"], "outcome": "overridden", "outcomeTimestamp": "2026-11-28T03:00:00Z"}
            assert client.post(f"{path}/feedback", json={"feedback": [entry]}).status_code == 200
        wrong = client.post(f"/cds-services/{told['order-select']}", json=order(hook="order-sign"))
        assert wrong.json()["errors"][0]["pointer"] == "/hook"
        assert client.post(ORDERS, json=order()).status_code == 404


def test_no_decision_support_is_an_empty_list(client: TestClient) -> None:
    call = order(drafts=[])
    assert client.post(ORDERS, json=call).json() == {"cards": []}


def test_a_refusal_names_the_places_twice(client: TestClient) -> None:
    call = view()
    del call["hookInstance"]
    call["context"]["patientId"] = "Patient/x"
    issues = outcome(client.post(PATIENT, json=call), 422, "invalid")
    assert [one["diagnostics"].split(":")[0] for one in issues] == ["/hookInstance", "/context/patientId"]
    issues = outcome(client.post(f"{ORDERS}/feedback", json={"feedback": [{"outcome": "x"}]}), 422, "invalid")
    assert issues[0]["diagnostics"].startswith("/feedback/0/")


@pytest.mark.parametrize("path", ["/cds-services/other", "/cds-services/other/feedback"])
def test_another_service_is_not_found(client: TestClient, path: str) -> None:
    outcome(client.post(path, json=view()), 404, "not-found")


@pytest.mark.parametrize(
    ("headers", "content", "status", "code"),
    [
        ({"Content-Type": "text/plain"}, b"{}", 415, "not-supported"),
        ({"Content-Type": "application/json", "Content-Encoding": "gzip"}, b"{}", 415, "not-supported"),
        ({"Content-Type": "application/json"}, b"{// a comment\n}", 422, "invalid"),
        ({"Content-Type": "application/json"}, b'{"hook": "patient-view",}', 422, "invalid"),
        ({"Content-Type": "application/json"}, b" " * 8_388_609, 413, "too-long"),
    ],
)
def test_what_is_not_json_is_refused(
    client: TestClient, headers: dict[str, str], content: bytes, status: int, code: str
) -> None:
    outcome(client.post(PATIENT, content=content, headers=headers), status, code)


def test_without_a_token_the_refusal_keeps_its_challenge() -> None:
    client = TestClient(create_app(workers=1, settings=Settings(feedback_database="sqlite://")))
    answer = client.post(PATIENT, json=view())
    outcome(answer, 401, "login")
    assert answer.headers["www-authenticate"].startswith("Bearer")


FAULTY = """
from oncocds.engine import Engine
from oncocds.errors import AgendaFault
from oncocds_api import evaluation

class Faulty(Engine):
    def under(self, policy):
        return Engine(self.knowledge, policy)  # in order when it starts

    def evaluate(self, profile, policy=None, as_of=None):
        raise AgendaFault("of the test")

evaluation.run(Faulty.load)
"""


def test_a_fault_is_an_error_and_never_an_empty_list_of_cards() -> None:
    settings = Settings(development=True, feedback_database="sqlite://")
    app = create_app(workers=1, settings=settings, worker_command=[sys.executable, "-c", FAULTY])
    with TestClient(app) as client:
        answer = client.post(PATIENT, json=view())
        outcome(answer, 500, "exception")
        assert "cards" not in answer.json()
