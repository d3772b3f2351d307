"""What a service takes: every shape of the specification's text; and what is malformed, refused with its place."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from cds_support import Desk, draft, order, view
from cds_validator import discovery_faults
from oncocds.engine import Engine
from oncocds_api.cds.services import SERVICES, TEMPLATES, discovery, offered

AUTHORIZATION = {
    "access_token": "some-opaque-fhir-access-token",
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "user/Patient.read user/Observation.read",
    "subject": "cds-service4",
}


@pytest.fixture(scope="module")
def desk(engine: Engine) -> Desk:
    return Desk(engine)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_discovery_keeps_the_rules_of_the_specification(language: Any) -> None:
    document = discovery(language, offered(per_hook=False))
    assert discovery_faults(document) == []
    assert {one["hook"] for one in document["services"]} == {"patient-view", "order-select", "order-sign"}
    orders = [one["id"] for one in document["services"] if one["hook"].startswith("order-")]
    assert len(orders) == 2
    assert len(set(orders)) == 1  # what is said at sign replaces what was said at select


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_hook_may_have_a_service_of_its_own(language: Any) -> None:
    document = discovery(language, offered(per_hook=True))
    assert discovery_faults(document) == []
    assert {one["hook"]: one["id"] for one in document["services"]} == {
        "patient-view": "oncocds-patient",
        "order-select": "oncocds-order-select",
        "order-sign": "oncocds-order-sign",
    }


def test_an_id_in_a_query_is_escaped() -> None:
    queries = [template.query_for("a&b=c d/é") for template in TEMPLATES]
    assert all("{" not in query and " " not in query for query in queries)
    assert queries[0] == "Patient/a%26b%3Dc%20d%2F%C3%A9"


def changed(call: dict[str, Any], path: str, value: Any = ...) -> dict[str, Any]:
    made = copy.deepcopy(call)
    *steps, last = path.strip("/").split("/")
    part = made
    for step in steps:
        part = part[step]
    if value is ...:
        del part[last]
    else:
        part[last] = value
    return made


SHAPES = {
    "plain": {},
    "with an encounter": {"context/encounterId": "89284"},
    "a role as the user": {"context/userId": "PractitionerRole/123"},
    "a patient as the user": {"context/userId": "Patient/bone-two"},
    "an extension": {"extension": {"com.example.timestamp": "2017-11-27T22:13:25Z"}},
    "an unknown element of a newer version": {"hookVersion": "3.0", "context/tasks": []},
    "a server without a token": {"fhirServer": "https://ehr.example.org/fhir"},
    "a server and a token": {"fhirServer": "https://ehr.example.org/fhir", "fhirAuthorization": AUTHORIZATION},
    "a token for one patient": {
        "fhirServer": "https://ehr.example.org/fhir/",
        "fhirAuthorization": {**AUTHORIZATION, "patient": "bone-two"},
    },
    "no token": {"fhirServer": "https://ehr.example.org/fhir", "fhirAuthorization": None},
    "an instance in capitals": {"hookInstance": "D1577C69-DFBE-44AD-BA6D-3E05E953B2EA"},
    "a key that was not asked for": {"prefetch/user": {"resourceType": "Practitioner", "id": "p"}},
    "null for a key that was not asked for": {"prefetch/user": None},
    "a text for a key that was not asked for, as in the specification": {"prefetch/user": "123"},
    "one resource where a Bundle was asked for": {
        "prefetch/procedures": {
            "resourceType": "Procedure",
            "id": "x",
            "status": "completed",
            "code": {"text": "x"},
            "subject": {"reference": "Patient/bone-two"},
        }
    },
    "an empty Bundle": {"prefetch/procedures": {"resourceType": "Bundle", "type": "searchset", "total": 0}},
}


@pytest.mark.parametrize("make", [view, order], ids=["patient-view", "order-sign"])
@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_a_request_is_taken(desk: Desk, make: Any, shape: str) -> None:
    call = make()
    for path, value in SHAPES[shape].items():
        call = changed(call, path, value)
    header, document = desk.header(call)
    assert header["outcome"] == "done"
    assert document["cards"]


def test_the_patient_of_the_specifications_example_has_no_id(desk: Desk) -> None:
    call = changed(view(), "prefetch/patient/id")
    assert len(desk.cards(call)) == len(desk.cards(view()))


def test_a_dose_may_stand_alone_where_a_list_is_due_as_in_the_specifications_example(desk: Desk) -> None:
    dose = {"doseQuantity": {"value": 120, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"}}
    one = draft("denosumab", dosageInstruction=[{"text": "q4w", "doseAndRate": dose}])
    assert desk.cards(order(drafts=[one]))[0]["indicator"] == "critical"


MALFORMED: list[tuple[str, Any, str]] = [
    ("hook", ..., "/hook"),
    ("hook", "patient-view", "/hook"),
    ("hook", 5, "/hook"),
    ("hookInstance", ..., "/hookInstance"),
    ("hookInstance", "not-a-uuid", "/hookInstance"),
    ("hookInstance", None, "/hookInstance"),
    ("context", ..., "/context"),
    ("context", [], "/context"),
    ("context/userId", ..., "/context/userId"),
    ("context/patientId", ..., "/context/patientId"),
    ("context/patientId", "Patient/bone-two", "/context/patientId"),
    ("context/patientId", "", "/context/patientId"),
    ("context/patientId", 1288992, "/context/patientId"),
    ("context/patientId", "a?_count=1", "/context/patientId"),
    ("context/patientId", "another", "/context/draftOrders/entry/0/resource/subject/reference"),
    ("context/encounterId", 5, "/context/encounterId"),
    ("context/draftOrders", ..., "/context/draftOrders"),
    ("context/draftOrders", None, "/context/draftOrders"),
    ("context/draftOrders", [], "/context/draftOrders"),
    ("context/draftOrders/resourceType", "List", "/context/draftOrders/resourceType"),
    ("context/draftOrders/entry", {}, "/context/draftOrders/entry"),
    ("context/selections", ..., "/context/selections"),
    ("context/selections", "MedicationRequest/a", "/context/selections"),
    ("context/selections", [1], "/context/selections"),
    ("fhirServer", "not a url", "/fhirServer"),
    ("fhirServer", 5, "/fhirServer"),
    ("fhirServer", "ftp://x", "/fhirServer"),
    ("fhirServer", "https://", "/fhirServer"),
    ("fhirServer", "https:///fhir", "/fhirServer"),
    ("fhirServer", "https://[ehr.example/fhir", "/fhirServer"),
    ("fhirServer", "https://ehr.example:port/fhir", "/fhirServer"),
    ("fhirServer", "https://ehr.example:99999/fhir", "/fhirServer"),
    ("fhirServer", "https://user@ehr.example/fhir", "/fhirServer"),
    ("fhirServer", "https://ehr.example/fhir?x=1", "/fhirServer"),
    ("fhirServer", "https://ehr.example/fhir#x", "/fhirServer"),
    ("fhirServer", "https://ehr.example/a b", "/fhirServer"),
    ("fhirServer", "https://ehr.example\\fhir", "/fhirServer"),
    ("fhirAuthorization", AUTHORIZATION, "/fhirServer"),
    ("fhirAuthorization", "token", "/fhirAuthorization"),
    ("prefetch", [], "/prefetch"),
    ("prefetch/conditions", [], "/prefetch/conditions"),
    ("prefetch/conditions", "x", "/prefetch/conditions"),
    ("prefetch/conditions", {}, "/prefetch/conditions/resourceType"),
    ("prefetch/conditions/entry", {}, "/prefetch/conditions/entry"),
    ("prefetch/extra", {"no": "resource"}, "/prefetch/extra/resourceType"),
    ("prefetch/patient/id", "another", "/prefetch/patient/id"),
]


@pytest.mark.parametrize(("path", "value", "pointer"), MALFORMED)
def test_what_is_malformed_is_refused_with_its_place(desk: Desk, path: str, value: Any, pointer: str) -> None:
    call = changed(order(hook="order-select"), path, value)
    header, document = desk.header(call, service="oncocds-orders")
    assert header["outcome"] == "refused"
    assert document is None
    assert pointer in [error["pointer"] for error in header["errors"]]
    assert all(error["reason"] and error["expected"] for error in header["errors"])


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"access_token": None}, "access_token"),
        ({"access_token": "two words"}, "access_token"),
        ({"access_token": "line\nbreak"}, "access_token"),
        ({"token_type": "MAC"}, "token_type"),
        ({"expires_in": "300"}, "expires_in"),
        ({"scope": None}, "scope"),
        ({"subject": None}, "subject"),
    ],
)
def test_a_wrong_authorization_is_refused_and_not_repeated(desk: Desk, change: dict[str, Any], pointer: str) -> None:
    call = {**view(), "fhirServer": "https://ehr.example.org", "fhirAuthorization": {**AUTHORIZATION, **change}}
    header, _ = desk.header(call)
    assert [error["pointer"] for error in header["errors"]] == [f"/fhirAuthorization/{pointer}"]
    assert "opaque" not in json.dumps(header)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b"null", b'"x"', b"\xff", b'{"hook": "a", "hook": "b"}', b"[" * 5000]
)
@pytest.mark.parametrize("service", SERVICES)
def test_what_is_no_json_object_is_refused(desk: Desk, service: str, body: bytes) -> None:
    header, _ = desk.header(body, service=service)
    assert header["outcome"] == "refused"


def test_advice_on_a_mixture_of_two_people_is_never_given(desk: Desk) -> None:
    header, _ = desk.header(order(drafts=[draft("denosumab", patient="someone-else")]))
    assert header["outcome"] == "refused"
