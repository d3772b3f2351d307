"""Data that was not prefetched: absent, null, an error, paged; fetched where allowed, else 412 or told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from cds_support import Desk, bundle, draft, order, view
from cds_validator import response_faults
from fake_fhir import FakeFhir, fake_fhir
from oncocds.engine import Engine
from oncocds_api.app import create_app
from oncocds_api.cds.fetching import Fetcher
from oncocds_api.cds.services import TEMPLATES
from oncocds_api.settings.addresses import FhirLimits
from oncocds_api.settings.settings import Settings

PATIENT = "bone-two"
TOKEN = "opaque-token-4711"
QUERIES = {template.key: template.query_for(PATIENT) for template in TEMPLATES}
REQUIRED = [template.key for template in TEMPLATES if template.required]
MEDICATIONS = ["medicationRequests", "medicationStatements", "medicationAdministrations", "medicationDispenses"]
OPTIONAL = [template.key for template in TEMPLATES if not template.required]
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}


@pytest.fixture(scope="module")
def desk(engine: Engine) -> Desk:
    return Desk(engine)


@pytest.fixture(scope="module")
def fhir() -> Iterator[FakeFhir]:
    with fake_fhir() as fake:
        yield fake


@pytest.fixture(autouse=True)
def _afresh(fhir: FakeFhir) -> None:
    fhir.answers.clear()
    fhir.asked.clear()
    fhir.serve_patient(view()["prefetch"], QUERIES)


@pytest.fixture(scope="module")
def client(fhir: FakeFhir) -> Iterator[TestClient]:
    settings = Settings(
        development=True, fhir_servers=(fhir.base,), fetch_seconds=30, feedback_database="sqlite://", language="en"
    )
    with TestClient(create_app(workers=1, settings=settings)) as client:
        yield client


def call_of(fhir: FakeFhir, absent: list[str], **changes: Any) -> dict[str, Any]:
    call = view()
    for key in absent:
        del call["prefetch"][key]
    authorization = {
        "access_token": TOKEN,
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "user/*.read",
        "subject": "oncocds",
    }
    return {**call, "fhirServer": fhir.base, "fhirAuthorization": authorization, **changes}


def post(client: TestClient, call: dict[str, Any]) -> Any:
    service = "oncocds-patient" if call["hook"] == "patient-view" else "oncocds-orders"
    return client.post(f"/cds-services/{service}", json=call)


def said(response: Any) -> list[Any]:
    assert response.status_code == 200
    assert response_faults(response.json()) == []
    return [{**card, "uuid": ""} for card in response.json()["cards"]]


def missing(response: Any) -> str:
    assert response.status_code == 412
    assert response.headers["content-type"] == "application/fhir+json"
    document = response.json()
    assert document["resourceType"] == "OperationOutcome"
    assert all(issue["severity"] == "error" and issue["code"] for issue in document["issue"])
    return " ".join(issue["diagnostics"] for issue in document["issue"])


@pytest.mark.parametrize("key", REQUIRED)
@pytest.mark.parametrize("value", [..., OUTCOME, bundle(OUTCOME)], ids=["absent", "outcome", "outcome in a Bundle"])
def test_without_what_is_required_there_is_no_advice(desk: Desk, key: str, value: Any) -> None:
    call = view()
    call["prefetch"].pop(key)
    if value is not ...:
        call["prefetch"][key] = value
    header, document = desk.header(call)
    assert header["outcome"] == "unavailable"
    assert [one["key"] for one in header["missing"]] == [key]
    assert document is None


def test_no_prefetch_at_all_is_412(client: TestClient) -> None:
    for call in (view(), order()):
        del call["prefetch"]
        assert all(key in missing(post(client, call)) for key in (*REQUIRED, *MEDICATIONS))


def test_null_is_no_data_but_for_the_patient(desk: Desk) -> None:
    call = view()
    for key in QUERIES:
        if key != "patient":
            call["prefetch"][key] = None
    assert desk.cards(call)
    call["prefetch"]["patient"] = None
    assert desk.header(call)[0]["missing"] == [{"key": "patient", "pages": False, "why": "null"}]


@pytest.mark.parametrize("key", OPTIONAL)
def test_what_is_not_required_is_told_when_missing(desk: Desk, key: str) -> None:
    for value in (..., OUTCOME):
        call = view()
        call["prefetch"].pop(key)
        if value is not ...:
            call["prefetch"][key] = value
        detail = desk.cards(call, language="en")[-1]["detail"]
        assert "Data that could not be had" in detail


def test_a_hint_beside_the_data_is_no_error(desk: Desk) -> None:
    call = view()
    hint = {"resourceType": "OperationOutcome", "issue": [{"severity": "information", "code": "informational"}]}
    call["prefetch"]["conditions"]["entry"].append({"resource": hint, "search": {"mode": "outcome"}})
    assert desk.cards(call)


@pytest.mark.parametrize("absent", [["conditions"], ["observations", "procedures"], list(QUERIES)])
def test_what_is_absent_is_fetched_and_the_cards_are_the_same(
    client: TestClient, fhir: FakeFhir, absent: list[str]
) -> None:
    full = said(post(client, view()))
    assert fhir.asked == []
    assert said(post(client, call_of(fhir, absent))) == full
    assert sorted(path for path, _ in fhir.asked) == sorted(f"/fhir/{QUERIES[key]}" for key in absent)
    assert {token for _, token in fhir.asked} == {f"Bearer {TOKEN}"}


def test_an_open_server_is_asked_without_a_token(client: TestClient, fhir: FakeFhir) -> None:
    call = call_of(fhir, ["conditions"])
    del call["fhirAuthorization"]
    assert said(post(client, call))
    assert [token for _, token in fhir.asked] == [None]


def test_pages_are_followed(client: TestClient, fhir: FakeFhir) -> None:
    full = said(post(client, view()))
    entries = view()["prefetch"]["conditions"]["entry"]
    first, second = entries[:1], entries[1:]
    fhir.answers["/fhir?_getpages=a&n=2"] = bundle(*(one["resource"] for one in second))
    call = call_of(fhir, [])
    call["prefetch"]["conditions"] = bundle(
        *(one["resource"] for one in first), next_page=f"{fhir.base}?_getpages=a&n=2"
    )
    assert said(post(client, call)) == full
    fhir.answers["/fhir/" + QUERIES["conditions"]] = call["prefetch"].pop("conditions")
    assert said(post(client, call)) == full


@pytest.mark.parametrize("address", ["{base}/Condition?page=1", "https://elsewhere.example/fhir?page=2", ""])
def test_pages_that_cannot_be_had_are_412_where_the_whole_counts(
    client: TestClient, fhir: FakeFhir, address: str
) -> None:
    page = address.format(base=fhir.base)
    call = call_of(fhir, [])
    call["prefetch"]["conditions"]["link"] = [{"relation": "next", "url": page}]
    assert "'conditions' (later pages)" in missing(post(client, call))
    call = call_of(fhir, [])
    call["prefetch"]["observations"]["link"] = [{"relation": "next", "url": page}]
    assert "later pages" in said(post(client, call))[-1]["detail"]


def test_pages_without_a_server_are_missing(desk: Desk) -> None:
    call = view()
    call["prefetch"]["conditions"] = bundle(next_page="https://ehr.example/fhir?page=2")
    assert desk.header(call)[0]["missing"] == [{"key": "conditions", "pages": True, "why": "absent"}]


def test_pages_without_an_end_are_not_followed_for_ever(client: TestClient, fhir: FakeFhir) -> None:
    circle = f"{fhir.base}?page=1"
    fhir.answers["/fhir?page=1"] = bundle(next_page=circle)
    call = call_of(fhir, [])
    call["prefetch"]["conditions"]["link"] = [{"relation": "next", "url": circle}]
    assert "conditions" in missing(post(client, call))
    for number in range(100):
        fhir.answers[f"/fhir?page={number}"] = bundle(next_page=f"{fhir.base}?page={number + 1}")
    fhir.asked.clear()
    assert "limit" in missing(post(client, call))
    assert len(fhir.asked) <= 60


def test_the_many_pages_of_a_long_stay_are_all_read(client: TestClient, fhir: FakeFhir) -> None:
    call = call_of(fhir, [])
    more = {"link": [{"relation": "next", "url": f"{fhir.base}?doses=1"}]}
    call["prefetch"]["medicationAdministrations"] = {"resourceType": "Bundle", "type": "searchset", **more}
    for number in range(1, 40):
        fhir.answers[f"/fhir?doses={number}"] = bundle(next_page=f"{fhir.base}?doses={number + 1}")
    fhir.answers["/fhir?doses=40"] = bundle()
    details = "".join(card.get("detail", "") for card in said(post(client, call)))
    assert "later pages" not in details
    assert len({path for path, _ in fhir.asked}) == len(fhir.asked) == 40


def test_a_call_holds_no_more_than_it_may_however_many_servers_send_it() -> None:
    with fake_fhir() as large:
        settings = Settings(development=True, fhir_servers=(large.base,), fetch_seconds=30)
        wanted = [("a", f"{large.base}/{number}") for number in range(4)]
        for number in range(4):
            large.answers[f"/fhir/{number}"] = (200, {}, b"x" * 1000)

        async def run() -> list[str | None]:
            fetcher = Fetcher(settings)
            try:
                begun = asyncio.get_running_loop().time()
                return [one.failure for one in await fetcher.fetch(wanted, None, begun, room=2500)]
            finally:
                await fetcher.close()

        assert sorted(asyncio.run(run()), key=str) == [None, None, "too-large", "too-large"]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((404, {}, b"{}"), "refused"),
        ((401, {}, b"{}"), "refused"),
        ((500, {}, b"{}"), "refused"),
        ((302, {"Location": "https://elsewhere.example/"}, b""), "redirect"),
        ((200, {}, b"<html>"), "not-fhir"),
        ((200, {}, b'{"resourceType": "List"}'), "not-fhir"),
        ((200, {}, b'{"resourceType": "Bundle", "entry": {}}'), "not-fhir"),
        ((200, {}, b" " * 4_200_000), "too-large"),
        (OUTCOME, "error"),
    ],
)
def test_a_server_that_fails_is_412(client: TestClient, fhir: FakeFhir, answer: Any, why: str) -> None:
    fhir.answers["/fhir/" + QUERIES["conditions"]] = answer
    assert missing(post(client, call_of(fhir, ["conditions"]))) == f"prefetch key 'conditions': {why}"


def test_a_server_that_is_not_listed_is_never_asked(client: TestClient, fhir: FakeFhir) -> None:
    with fake_fhir() as other:
        other.serve_patient(view()["prefetch"], QUERIES)
        told = missing(post(client, call_of(fhir, ["conditions"], fhirServer=other.base)))
        assert "not-allowed" in told
        assert other.asked == []


def test_a_server_that_does_not_answer_is_412_in_time(fhir: FakeFhir) -> None:
    settings = Settings(development=True, fhir_servers=(fhir.base,), fetch_seconds=0.3, feedback_database="sqlite://")
    fhir.hold.clear()
    try:
        with TestClient(create_app(workers=1, settings=settings)) as client:
            assert "timeout" in missing(post(client, call_of(fhir, ["conditions"])))
    finally:
        fhir.hold.set()


def test_a_server_that_hangs_holds_up_no_call_to_another(fhir: FakeFhir) -> None:
    with fake_fhir() as hanging:
        hanging.hold.clear()
        limits = {hanging.base: FhirLimits(seconds=0.5, at_once=1), fhir.base: FhirLimits(seconds=30, at_once=2)}
        settings = Settings(development=True, fhir_servers=(hanging.base, fhir.base), fhir_limits=limits)
        fhir.answers["/fhir/Patient/1"] = {"resourceType": "Patient"}

        async def run() -> list[str | None]:
            fetcher = Fetcher(settings)
            wanted = [("a", f"{hanging.base}/Patient/{number}") for number in range(30)]
            wanted += [("b", f"{fhir.base}/Patient/1") for _ in range(5)]
            try:
                return [one.failure for one in await fetcher.fetch(wanted, None, asyncio.get_running_loop().time())]
            finally:
                await fetcher.close()

        try:
            assert asyncio.run(run()) == ["timeout"] * 30 + [None] * 5
            assert len(hanging.asked) <= 1
        finally:
            hanging.hold.set()


def test_a_patient_with_an_odd_id_is_asked_for_safely(client: TestClient, fhir: FakeFhir) -> None:
    call = call_of(fhir, list(QUERIES))
    call["context"]["patientId"] = "..\\..%2fadmin"
    missing(post(client, call))
    assert all("admin" not in path or "%252f" in path.lower() for path, _ in fhir.asked)


def test_neither_token_nor_address_is_logged(
    client: TestClient, fhir: FakeFhir, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        for name in ("httpx2", "httpcore2"):
            logging.getLogger(name).setLevel(logging.WARNING)
        said(post(client, call_of(fhir, ["conditions"])))
        fhir.answers.clear()
        missing(post(client, call_of(fhir, ["conditions"])))
    assert TOKEN not in caplog.text
    assert PATIENT not in caplog.text


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://ehr.example/fhir/Patient/1", True),
        ("https://ehr.example/fhir?page=2", True),
        ("https://ehr.example:443/fhir/Patient/1", True),
        ("https://EHR.example/fhir/Patient/1", True),
        ("https://ehr.example/fhirx/Patient/1", False),
        ("https://ehr.example/", False),
        ("https://ehr.example/fhir/../admin", False),
        ("https://ehr.example/fhir/%2e%2e/admin", False),
        ("https://ehr.example/fhir\\..\\admin", False),
        ("https://ehr.example/fhir/%252e%252e/admin", False),
        ("https://ehr.example/fhir/%25252e%25252e/admin", False),
        ("https://ehr.example/fhir/..;/admin", False),
        ("https://ehr.example/fhir/..%3b/admin", False),
        ("https://ehr.example/fhir;x=/../admin", False),
        ("https://ehr.example/fhir/%5c..%5cadmin", False),
        ("https://ehr.example/fhir/%5C", False),
        ("https://ehr.example/fhir/%2e%2e%2fadmin", False),
        ("https://@ehr.example/fhir/Patient/1", False),
        ("https://user:@ehr.example/fhir/Patient/1", False),
        ("https://ehr.example@evil.example/fhir", False),
        ("https://ehr.example:80/fhir/Patient/1", False),
        ("https://ehr.example:0/fhir/Patient/1", False),
        ("https://[ehr.example/fhir", False),
        ("https://ehr.example /fhir", False),
        ("https://ehr.example/fhir?_getpages=a;b&x=%252e", True),
        ("http://ehr.example/fhir/Patient/1", False),
        ("https://ehr.example:8443/fhir/Patient/1", False),
        ("https://ehr.example.evil.example/fhir/Patient/1", False),
        ("https://user@ehr.example/fhir/Patient/1", False),
        ("https://evil.example/https://ehr.example/fhir", False),
        ("https://ehr.example:x/fhir", False),
        ("//ehr.example/fhir", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_only_what_lies_below_a_listed_server_may_be_fetched(url: str, allowed: bool) -> None:
    assert Fetcher(Settings(fhir_servers=("https://ehr.example/fhir/",))).allowed(url) is allowed


def order_by_reference(fhir: FakeFhir, reference: str) -> dict[str, Any]:
    one = {**draft("x"), "medicationReference": {"reference": reference}}
    del one["medicationCodeableConcept"]
    return {**call_of(fhir, []), **order(drafts=[one])}


@pytest.mark.parametrize("reference", ["Medication/m.1", "{base}/Medication/m.1", "Medication/m.1/_history/2"])
def test_the_drug_an_order_refers_to_is_read(client: TestClient, fhir: FakeFhir, reference: str) -> None:
    product = {"resourceType": "Medication", "id": "m.1", "code": {"text": "地舒单抗注射液"}}
    fhir.answers["/fhir/Medication/m.1"] = product
    cards = said(post(client, order_by_reference(fhir, reference.format(base=fhir.base))))
    assert cards[0]["indicator"] == "critical"
    assert fhir.asked == [("/fhir/Medication/m.1", f"Bearer {TOKEN}")]


@pytest.mark.parametrize(
    ("reference", "answer"),
    [
        ("Medication/m", (404, {}, b"{}")),
        ("Medication/m", {"resourceType": "Patient", "id": "m"}),
        ("Medication/m", (200, {}, b"no JSON")),
        ("Medication/a b", None),
        ("Medication/../Patient/x", None),
        ("https://elsewhere.example/fhir/Medication/m", None),
        ("Substance/m", None),
    ],
)
def test_a_drug_that_cannot_be_read_is_told(client: TestClient, fhir: FakeFhir, reference: str, answer: Any) -> None:
    fhir.answers["/fhir/Medication/m"] = answer
    (card,) = said(post(client, order_by_reference(fhir, reference)))
    assert card["indicator"] == "warning"
    assert "MedicationRequest/draft-1" in card["detail"]
    assert [path for path, _ in fhir.asked] == ([] if answer is None else ["/fhir/Medication/m"])


def test_only_so_many_drugs_are_read(desk: Desk) -> None:
    call = {**order(drafts=[]), "fhirServer": "https://ehr.example/fhir"}
    many = [
        {**draft("x", f"r{n}"), "status": "active", "medicationReference": {"reference": f"Medication/m{n}"}}
        for n in range(50)
    ]
    for one in many:
        del one["medicationCodeableConcept"]
    call["prefetch"]["medicationRequests"] = bundle(*many)
    header, _ = desk.header(call)
    assert header["outcome"] == "fetch"
    assert len(header["wanted"]) == 20
    header, _ = desk.header(call, last_round=True)
    assert header["outcome"] == "done"
