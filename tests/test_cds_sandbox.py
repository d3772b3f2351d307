"""Calls in the shape in which the public sandbox of CDS Hooks makes them (github.com/cds-hooks/sandbox, 3b7e255).

Signed with ES384 by its issuer, from a browser, with its quirks: a Bundle without a type, a category that is no list,
a draft without an intent, a service known by its address alone.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.testclient import TestClient

from cds_support import TWO_AGENTS, view
from cds_validator import response_faults
from oncocds_api.app import create_app
from oncocds_api.settings.addresses import Issuer
from oncocds_api.settings.settings import Settings

BASE, ORIGIN = "https://cds.hospital.example", "https://sandbox.cds-hooks.org"
KEY = ECKey.generate_key("P-384", {"kid": "44823f3d-0b01-4a6c-a80e-b9d3e8a7226f"})
JKU = f"{ORIGIN}/.well-known/jwks.json"
DAILY = {"timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}}
DENOSUMAB = {"display": "denosumab 120 MG Injection", "system": "http://www.nlm.nih.gov/research/umls/rxnorm"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    keys = tmp_path_factory.mktemp("keys") / "jwks.json"
    keys.write_text(json.dumps({"keys": [KEY.as_dict(private=False)]}), "utf-8")
    settings = Settings(
        audit="off",
        base_url=BASE,
        feedback_database="sqlite://",
        issuers=(Issuer(iss=ORIGIN, jwks=keys),),
        cors_origins=(ORIGIN,),
        service_per_hook=True,
    )
    with TestClient(create_app(workers=1, settings=settings)) as client:
        yield client


def headers(address: str) -> dict[str, str]:
    now = round(time.time())
    claims = {"iss": ORIGIN, "aud": address, "exp": now + 300, "iat": now, "jti": str(uuid.uuid4())}
    head = {"alg": "ES384", "typ": "JWT", "kid": KEY.kid, "jku": JKU}
    token = jwt.encode(head, claims, KEY, algorithms=["ES384"])
    return {"Authorization": f"Bearer {token}", "Accept": "application/json", "Origin": ORIGIN}


def services(client: TestClient) -> dict[str, str]:
    """Return the address of the service of each hook, kept by address as the sandbox keeps them."""
    discovery = client.get("/cds-services", headers=headers(f"{BASE}/cds-services"))
    assert discovery.headers["access-control-allow-origin"] == ORIGIN
    kept = {f"{BASE}/cds-services/{one['id']}": one["hook"] for one in discovery.json()["services"]}
    return {hook: address for address, hook in kept.items()}


def call(client: TestClient, hook: str, **context: Any) -> tuple[str, list[Any]]:
    address, chart = services(client)[hook], view(TWO_AGENTS)
    request = {
        "hookInstance": str(uuid.uuid4()),
        "hook": hook,
        "fhirServer": "https://launch.smarthealthit.org/v/r4/fhir",
        "context": {"patientId": chart["context"]["patientId"], "userId": "Practitioner/COREPRACTITIONER1", **context},
        "prefetch": {key: value for key, value in chart["prefetch"].items() if value is not None},
    }
    answer = client.post(address.removeprefix(BASE), json=request, headers=headers(address))
    assert answer.status_code == 200, answer.text
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert response_faults(answer.json()) == []
    return address, answer.json()["cards"]


def medication(**more: Any) -> dict[str, Any]:
    text = DENOSUMAB["display"]
    return {
        "resourceType": "MedicationRequest",
        "id": "request-123",
        "status": "draft",
        "subject": {"reference": "Patient/bone-two"},
        "authoredOn": "2026-11-28",
        "dosageInstruction": [{**DAILY, "doseAndRate": [{"doseQuantity": {"value": 1, "code": "{pill}"}}]}],
        "medicationCodeableConcept": {"text": text, "coding": [{**DENOSUMAB, "code": "993449"}]},
        **more,
    }


SIGNED = medication(
    intent="order",
    dispenseRequest={"expectedSupplyDuration": {"value": 30, "unit": "days", "code": "d"}},
    category={"coding": [{"system": "http://terminology.hl7.org/CodeSystem/medicationrequest-category"}]},
)


def drafts(resource: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "entry": [{"resource": resource}]}


def test_every_hook_has_an_address_of_its_own(client: TestClient) -> None:
    assert set(services(client)) == {"patient-view", "order-select", "order-sign"}


def test_patient_view(client: TestClient) -> None:
    _, cards = call(client, "patient-view")
    assert len(cards) > 3


@pytest.mark.parametrize(
    ("hook", "context"),
    [
        ("order-select", {"selections": ["MedicationRequest/request-123"], "draftOrders": drafts(medication())}),
        ("order-sign", {"draftOrders": drafts(SIGNED)}),
    ],
)
def test_an_order_is_answered_and_the_feedback_taken(client: TestClient, hook: str, context: Any) -> None:
    address, cards = call(client, hook, **context)
    (card,) = [one for one in cards if one["indicator"] == "critical"]
    (suggestion,) = card["suggestions"]
    assert suggestion["actions"][0]["resourceId"] == "MedicationRequest/request-123"
    accepted = {
        "card": card["uuid"],
        "outcome": "accepted",
        "acceptedSuggestions": [{"id": suggestion["uuid"]}],
        "outcomeTimestamp": "2026-11-28T03:40:00.123Z",
    }
    reason = {key: card["overrideReasons"][0][key] for key in ("code", "system")}
    dismissed = {
        "card": cards[-1]["uuid"],
        "outcome": "overridden",
        "overrideReason": {"reason": reason},
        "outcomeTimestamp": "2026-11-28T03:40:01.123Z",
    }
    for entry in (accepted, dismissed):
        told = f"{address}/feedback"
        answer = client.post(told.removeprefix(BASE), json={"feedback": [entry]}, headers=headers(told))
        assert answer.status_code == 200, answer.text


def test_an_imaging_order_is_answered_too(client: TestClient) -> None:
    image = {
        "resourceType": "ServiceRequest",
        "id": "example-request-id",
        "status": "draft",
        "intent": "plan",
        "code": {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "72133"}]},
        "subject": {"reference": "Patient/bone-two"},
        "reasonCode": [{"coding": [{"system": "http://snomed.info/sct", "code": "279039007"}]}],
    }
    _, cards = call(client, "order-select", selections=["ServiceRequest/example-request-id"], draftOrders=drafts(image))
    assert not any(card["indicator"] == "critical" for card in cards)
