"""What a call was checked without is said, at every order on a warning, and never turns into advice or into silence."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from cds_support import Desk, bundle, draft, order, view
from cds_validator import response_faults
from fake_fhir import fake_fhir
from oncocds.advice.result import Evaluation
from oncocds.engine import Engine
from oncocds_api.app import create_app
from oncocds_api.cds.envelope import Fetched
from oncocds_api.cds.services import TEMPLATES, Template
from oncocds_api.settings.settings import Settings

Call = dict[str, Any]
MEDICATIONS = ["medicationRequests", "medicationStatements", "medicationAdministrations", "medicationDispenses"]
OPTIONAL = [template.key for template in TEMPLATES if not template.required]
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
NEXT = bundle(next_page="https://ehr.example/fhir?page=2")
NOT_HAD: dict[str, Any] = {
    "an outcome": OUTCOME,
    "an outcome in a Bundle": bundle(OUTCOME),
    "an outcome in an answer of a batch": bundle(bundle(OUTCOME)),
    "a failed request of a batch": {**bundle(), "entry": [{"response": {"status": "500"}}], "type": "batch-response"},
    "a next page": NEXT,
    "a next page in an answer of a batch": {**bundle(NEXT), "type": "batch-response"},
    "a total without entries": {**bundle(), "total": 37},
    "a total without entries in a batch": bundle({**bundle(), "total": 37}),
    "Parameters": {"resourceType": "Parameters", "parameter": []},
    "a CapabilityStatement": {"resourceType": "CapabilityStatement", "status": "active"},
}


class Remembering(Engine):
    """Evaluates each profile once: many calls here come to the same one, and what they differ in stands beside it."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine.knowledge, engine.policy, engine.locked)
        self._known: dict[str, Evaluation] = {}

    def evaluate(self, profile: Any, policy: Any = None, as_of: Any = None, **more: Any) -> Evaluation:
        asked = json.dumps([profile, policy, str(as_of), more], sort_keys=True)
        if asked not in self._known:
            self._known[asked] = super().evaluate(profile, policy, as_of, **more)
        return self._known[asked]


@cache
def one_desk() -> Desk:
    return Desk(Remembering(Engine.load()))


@pytest.fixture
def desk() -> Desk:
    return one_desk()


@cache
def whole(hook: str) -> frozenset[str]:
    """The advice of a call from which nothing is missing."""
    return frozenset(named(one_desk().cards(view() if hook == "patient-view" else order(hook=hook))))


def ours(card: Any) -> Any:
    return card["extension"]["example.oncocds"]


def actions(cards: list[Any]) -> set[str]:
    return {ours(card)["action"] for card in cards if "action" in ours(card)}


def named(cards: list[Any]) -> set[str]:
    """All advice of the answer that cards tell: on one of its own, on one with others, or counted and named."""
    held = [one for card in cards for one in [*ours(card).get("items", ()), *ours(card).get("more", ())]]
    return actions(cards) | {one["ref"] for one in held if one["kind"] == "advice"}


def warning(cards: list[Any]) -> Any:
    """The card that says what was checked without."""
    about = ("action", "notice", "decision", "data_conflict", "more")
    (found,) = [one for one in cards if not any(name in ours(one) for name in about)]
    assert found["indicator"] == "warning"
    return found


@pytest.mark.parametrize("hook", ["order-sign", "order-select"])
def test_an_order_that_nothing_is_said_of_gets_no_card(desk: Desk, hook: str) -> None:
    call = {**harmless(), "hook": hook}
    call["context"]["selections"] = ["MedicationRequest/draft-1"]
    assert desk.cards(call) == []


def harmless() -> Call:
    """The order of a drug that nothing is said of."""
    return order(drafts=[draft("来曲唑片")])


@pytest.mark.parametrize("hook", ["order-sign", "order-select"])
@pytest.mark.parametrize("value", [..., *NOT_HAD], ids=str)
@pytest.mark.parametrize("key", OPTIONAL)
def test_what_could_not_be_had_is_a_warning_at_every_order(desk: Desk, key: str, value: Any, hook: str) -> None:
    call = {**harmless(), "hook": hook}
    call["context"]["selections"] = ["MedicationRequest/draft-1"]
    call["prefetch"].pop(key)
    if value is not ...:
        call["prefetch"][key] = NOT_HAD[value]
    header, document = desk.header(call)
    assert header["outcome"] == "done"
    assert response_faults(document) == []
    card = warning(document["cards"])
    assert "未核对" in card["summary"]
    assert "未能取得" in card["detail"]
    english = warning(desk.cards(call, language="en"))
    assert "Not checked" in english["summary"]
    assert "Data that could not be had" in english["detail"]


@pytest.mark.parametrize("value", NOT_HAD)
def test_what_is_required_is_412_whatever_stands_in_its_place(desk: Desk, value: str) -> None:
    for key in ("patient", "conditions"):
        for call in (view(), order()):
            call["prefetch"][key] = NOT_HAD[value]
            header, document = desk.header(call)
            assert (header["outcome"], document) == ("unavailable", None)
            assert [one["key"] for one in header["missing"]] == [key]


FAILURES = ["timeout", "refused", "unreachable", "redirect", "too-large", "not-allowed"]
SERVER = "https://ehr.example/fhir"


@pytest.mark.parametrize("why", FAILURES)
@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.key)
def test_each_read_that_fails_at_the_server_is_told_or_forbids_advice(desk: Desk, template: Template, why: str) -> None:
    call = {**harmless(), "fhirServer": SERVER}
    call["prefetch"].pop(template.key)
    (wanted,) = desk.header(call)[0]["wanted"]
    header, document = desk.header(call, [Fetched(wanted["key"], wanted["url"], failure=why)])
    if template.required:
        assert (header["outcome"], document) == ("unavailable", None)
        assert [one["key"] for one in header["missing"]] == [template.key]
    else:
        assert warning(document["cards"])


@pytest.mark.parametrize("why", [*FAILURES, "limit"])
@pytest.mark.parametrize(
    "template", [one for one in TEMPLATES if one.key != "patient"], ids=lambda template: template.key
)
def test_a_further_page_that_cannot_be_had_is_told_or_forbids_advice(desk: Desk, template: Template, why: str) -> None:
    call = {**harmless(), "fhirServer": SERVER}
    page = f"{SERVER}?page=2"
    call["prefetch"][template.key] = {**(call["prefetch"][template.key] or bundle()), "link": NEXT["link"]}
    failed = [] if why == "limit" else [Fetched(template.key, page, failure=why)]
    header, document = desk.header(call, failed, last_round=why == "limit")
    if template.whole:
        assert (header["outcome"], document) == ("unavailable", None)
    else:
        assert warning(document["cards"])


def test_a_bundle_with_the_patient_is_the_patient(desk: Desk) -> None:
    call = view()
    call["prefetch"]["patient"] = bundle(call["prefetch"]["patient"])
    assert actions(desk.cards(call)) == actions(desk.cards(view()))


@pytest.mark.parametrize("value", [..., *NOT_HAD], ids=str)
def test_without_everything_about_medications_there_is_no_advice(desk: Desk, value: Any) -> None:
    for call in (view(), order()):
        for key in MEDICATIONS:
            call["prefetch"].pop(key)
            if value is not ...:
                call["prefetch"][key] = NOT_HAD[value]
        header, _ = desk.header(call)
        assert header["outcome"] == "unavailable"
        assert [one["key"] for one in header["missing"]] == MEDICATIONS
        for key in MEDICATIONS:  # one is enough to speak
            again = copy.deepcopy(call)
            again["prefetch"][key] = None
            assert warning(desk.cards(again))


def records_of(call: Call) -> list[tuple[str, int]]:
    """Where the medications of a call stand."""
    return [
        (key, number)
        for key in MEDICATIONS
        for number, entry in enumerate((call["prefetch"][key] or {}).get("entry", ()))
        if entry["resource"]["resourceType"] != "Medication"
    ]


def changed(**fields: Any) -> Callable[[Any], Any]:
    return lambda record: {key: value for key, value in {**record, **fields}.items() if value is not None}


BROKEN: dict[str, Callable[[Any], Any]] = {
    "no status": changed(status=None),
    "an odd status": changed(status="current"),
    "the status unknown": changed(status="unknown"),
    "a modifier": changed(modifierExtension=[{"url": "https://x.example/not"}]),
    "an identifier alone": changed(subject={"identifier": {"system": "urn:x", "value": "7"}}),
    "a merged subject": changed(subject={"reference": "Patient/old"}),
    "another server": changed(subject={"reference": "https://elsewhere.example/fhir/Patient/bone-two"}),
    "a dispense": changed(resourceType="MedicationDispense"),
    "an order of FHIR 1.0": changed(resourceType="MedicationOrder"),
    "a care plan": lambda _: {"resourceType": "CarePlan", "id": "zoledronate", "status": "active", "intent": "plan"},
    "dated far ahead": changed(authoredOn="2999-01-01", dateAsserted="2999-01-01"),
    "an odd date": changed(authoredOn="yesterday", dateAsserted="yesterday"),
    "an odd type": changed(status=5),
    "no drug": changed(medicationCodeableConcept={}, medicationReference=None),
    "nothing": lambda _: 5,
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_medication_that_was_left_out_is_said_at_an_order(desk: Desk, name: str) -> None:
    call = order()
    ((key, number),) = [
        (key, number)
        for key, number in records_of(call)
        if call["prefetch"][key]["entry"][number]["resource"]["id"] == "zoledronate"
    ]
    assert any(card["indicator"] == "critical" for card in desk.cards(call))
    entry = call["prefetch"][key]["entry"][number]
    entry["resource"] = BROKEN[name](entry["resource"])
    for one in (call, {**harmless(), "prefetch": call["prefetch"]}):
        card = warning(desk.cards(one))
        assert "未核对" in card["summary"]
        assert "zoledronate" in card["detail"] or f"entry/{number}" in card["detail"]


@pytest.mark.parametrize(
    ("more", "critical"),
    [
        ({"text": {"status": "generated", "div": "<div/>"}}, True),
        ({"meta": {"tag": [{"code": "x"}]}}, True),
        ({"dosage": [{"text": "4 mg"}]}, True),
        ({"medicationCodeableConcept": {"text": "来曲唑"}}, False),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_the_same_record_twice(desk: Desk, more: dict[str, Any], critical: bool, first: bool) -> None:
    call = order()
    entries = call["prefetch"]["medicationStatements"]["entry"]
    (one,) = [entry for entry in entries if entry["resource"]["id"] == "zoledronate"]
    entries.insert(0 if first else len(entries), {"resource": {**one["resource"], **more}})
    cards = desk.cards(call)
    assert any(card["indicator"] == "critical" for card in cards) is critical
    if not {"text", "meta"} & set(more):
        assert "MedicationStatement/zoledronate" in warning(cards)["detail"]


@pytest.mark.parametrize(("key", "identity"), [("conditions", "bone"), ("observations", "calcium")])
@pytest.mark.parametrize("name", ["a modifier", "a merged subject", "an identifier alone", "nothing"])
def test_any_record_with_a_fault_is_said_at_an_order(desk: Desk, key: str, identity: str, name: str) -> None:
    call = order()
    ((number, entry),) = [
        (number, entry)
        for number, entry in enumerate(call["prefetch"][key]["entry"])
        if entry["resource"]["id"] == identity
    ]
    entry["resource"] = BROKEN[name](entry["resource"])
    detail = warning(desk.cards(call))["detail"]
    assert f"/{identity}" in detail or f"{key}/entry/{number}" in detail


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from(sorted(BROKEN))), max_size=2),
    st.dictionaries(st.sampled_from(OPTIONAL), st.sampled_from(["absent", *NOT_HAD]), max_size=2),
)
def test_breaking_records_and_keys_never_ends_in_silence_or_new_advice(
    records: list[tuple[int, str]], keys: dict[str, str]
) -> None:
    desk, calls = one_desk(), (order(), view())
    for call in calls:
        places, any_broken = records_of(call), False
        for number, name in records:
            key, place = places[number % len(places)]
            entry = call["prefetch"][key]["entry"][place]
            if isinstance(entry["resource"], dict):
                entry["resource"] = BROKEN[name](entry["resource"])
                any_broken = True
        for key, value in keys.items():
            call["prefetch"].pop(key)
            if value != "absent":
                call["prefetch"][key] = NOT_HAD[value]
        header, document = desk.header(call)
        if header["outcome"] == "unavailable":
            continue
        cards = document["cards"]
        assert named(cards) <= whole(call["hook"])
        if any_broken or keys:
            assert warning(cards)


@pytest.mark.parametrize("link", ["http://[", "https://ehr.example:x/fhir?page=2", "", " ", "mailto:a@b", "https://"])
def test_a_next_page_that_is_no_url_is_a_page_that_is_missing(desk: Desk, link: str) -> None:
    call = {**harmless(), "fhirServer": SERVER}
    call["prefetch"]["medicationStatements"] = bundle(next_page=link)
    header, document = desk.header(call)
    assert header.get("wanted", []) == []
    assert warning(document["cards"])


def test_a_total_that_the_pages_together_reach_is_whole(desk: Desk) -> None:
    call = {**harmless(), "fhirServer": "https://ehr.example/fhir"}
    call["prefetch"]["medicationAdministrations"] = {**bundle(draft("来曲唑", "a", status="active")), "total": 1}
    assert desk.header(call)[1]["cards"] == []


def test_a_server_that_fails_is_said_at_the_order() -> None:
    with fake_fhir() as fake:
        fake.answers["/fhir/MedicationStatement?patient=bone-two&_count=200"] = (500, {}, b"{}")
        allowed = Settings(
            development=True, fhir_servers=(fake.base,), fetch_seconds=30, feedback_database="sqlite://", language="en"
        )
        with TestClient(create_app(workers=1, settings=allowed)) as client:
            for hook in ("order-sign", "order-select"):
                call = {**harmless(), "hook": hook, "fhirServer": fake.base}
                call["context"]["selections"] = ["MedicationRequest/draft-1"]
                assert client.post("/cds-services/oncocds-orders", json=call).json()["cards"] == []  # the worker is up
                del call["prefetch"]["medicationStatements"]
                cards = client.post("/cds-services/oncocds-orders", json=call).json()["cards"]
                assert "medication statements: the server refused" in warning(cards)["detail"]


def test_pages_of_an_answer_within_a_batch_are_followed(desk: Desk) -> None:
    call = {**harmless(), "fhirServer": "https://ehr.example/fhir"}
    call["prefetch"]["medicationStatements"] = bundle(NEXT)
    header, _ = desk.header(call)
    assert [(one["key"], one["url"]) for one in header["wanted"]] == [
        ("medicationStatements", "https://ehr.example/fhir?page=2")
    ]


def test_further_pages_of_a_key_that_was_not_asked_for_are_said(desk: Desk) -> None:
    call = harmless()
    call["prefetch"]["moreMedications"] = NEXT
    assert warning(desk.cards(call))


@pytest.mark.parametrize(
    ("one", "told"),
    [
        (draft("denosumab", modifierExtension=[{"url": "https://x.example/not"}]), "MedicationRequest/draft-1"),
        (draft("denosumab", status=["draft"]), "MedicationRequest/draft-1"),
        ({"resourceType": "RequestGroup", "id": "g", "status": "draft", "intent": "order"}, "RequestGroup/g"),
        (5, "draftOrders/entry/0"),
    ],
)
def test_a_draft_that_could_not_be_read_is_a_warning(desk: Desk, one: Any, told: str) -> None:
    assert told in warning(desk.cards(order(drafts=[one])))["detail"]


@pytest.mark.parametrize(
    "subject",
    [{"display": "the patient"}, {"identifier": {"system": "urn:x", "value": "7"}}, {"reference": "bone-two"}],
)
def test_a_draft_is_for_the_patient_of_the_call(desk: Desk, subject: Any) -> None:
    cards = desk.cards(order(drafts=[draft("denosumab", subject=subject)]))
    assert any(card["indicator"] == "critical" for card in cards)


def test_a_draft_whose_identifier_is_another_patients_is_not_used_and_said(desk: Desk) -> None:
    call = order(drafts=[draft("denosumab", subject={"identifier": {"system": "urn:x", "value": "B-2"}})])
    call["prefetch"]["patient"]["identifier"] = [{"system": "urn:x", "value": "A-1"}]
    cards = desk.cards(call)
    assert all(card["indicator"] != "critical" for card in cards)
    assert "MedicationRequest/draft-1" in warning(cards)["detail"]


def test_an_unknown_draft_is_told_beside_very_many_unknown_drugs(desk: Desk) -> None:
    call = order(drafts=[draft("Brandnewmab", "zzz")])
    many = [draft(f"a drug {number}", f"a{number}", status="active") for number in range(80)]
    call["prefetch"]["medicationAdministrations"] = None
    call["prefetch"]["medicationRequests"]["entry"] += [{"resource": one} for one in many]
    assert any("Brandnewmab" in card["summary"] for card in desk.cards(call))


def test_a_list_over_its_limit_keeps_the_known_drug_and_says_so(desk: Desk) -> None:
    call = order()
    many = [draft(f"a drug {number}", f"a{number}", status="active") for number in range(600)]
    call["prefetch"]["medicationRequests"]["entry"] = [
        *({"resource": one} for one in many),
        *call["prefetch"]["medicationRequests"]["entry"],
    ]
    cards = desk.cards(call)
    assert any(card["indicator"] == "critical" for card in cards)
    assert "另有" in warning(cards)["detail"]
