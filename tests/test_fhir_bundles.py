"""Bundles of every type, references, copies of one resource, pages, failures — and what is no Bundle at all."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_support import (
    AS_OF,
    ICD10,
    LOINC,
    RXNORM,
    bundle,
    concept,
    condition,
    fact,
    lvef,
    mapped,
    observation,
    patient,
    reasons,
    request,
)
from oncocds.errors import InputError
from oncocds.vocabulary.code_loader import bundled_codes
from oncocds.vocabulary.loader import bundled_vocabulary
from oncocds_fhir.bundle import collect
from oncocds_fhir.mapping import Mapped, map_bundle

BREAST = condition("c", concept(ICD10, "C50.9"), subject={"reference": "Patient/p"})


def read(document: Any) -> Mapped:
    return map_bundle(collect(document), bundled_vocabulary(), bundled_codes(), AS_OF)


@pytest.mark.parametrize(
    "kind",
    [
        "collection",
        "searchset",
        "transaction",
        "transaction-response",
        "batch",
        "batch-response",
        "document",
        "message",
    ],
)
def test_types_of_bundle(kind: str) -> None:
    assert fact(read(bundle(patient(), BREAST, kind=kind)), "diagnosis.tumour_type") == "breast"


def test_a_batch_of_searches_holds_bundles() -> None:
    outer = bundle(bundle(patient(), kind="searchset"), bundle(BREAST, kind="searchset"), kind="batch-response")
    assert fact(read(outer), "diagnosis.tumour_type") == "breast"


def test_single_resources_of_a_prefetch() -> None:
    collected = collect(patient(), "/prefetch/patient")
    collect(bundle(BREAST), "/prefetch/conditions", collected)
    found = map_bundle(collected.resources, bundled_vocabulary(), bundled_codes(), AS_OF)
    assert fact(found, "diagnosis.tumour_type") == "breast"
    (odd,) = collect({"resourceType": "Bundle", "entry": [{"resource": {}}]}, "/prefetch/x").left_out
    assert odd.problems[0].pointer == "/prefetch/x/entry/0/resource/resourceType"


@pytest.mark.parametrize(
    "entry",
    [
        {
            "fullUrl": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0",
            "subject": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0",
        },
        {"fullUrl": "https://x.example/fhir/Patient/p", "subject": "https://x.example/fhir/Patient/p"},
        {"fullUrl": "https://x.example/fhir/Patient/p", "subject": "Patient/p"},
        {"fullUrl": None, "subject": "https://x.example/fhir/Patient/p/_history/3"},
    ],
)
def test_subjects_by_every_kind_of_reference(entry: dict[str, Any]) -> None:
    whole = bundle(patient(), {**BREAST, "subject": {"reference": entry["subject"]}})
    whole["entry"][0]["fullUrl"] = entry["fullUrl"]
    assert fact(read(whole), "diagnosis.tumour_type") == "breast"


def test_ids_that_fhir_does_not_allow_still_work() -> None:
    odd = {**lvef("LVEF_1 (copy)", "2024-01-01", 60), "id": "LVEF_1"}
    whole = {**bundle(patient(), odd), "id": "bundle_with_underscores"}
    assert read(whole).sources["cardiac.lvef_latest"] == ["Observation/LVEF_1"]
    strange = read(bundle(patient(), {**odd, "id": "name of\na person"}))
    assert strange.sources["cardiac.lvef_latest"] == ["Observation /entry/1/resource"]


def test_entries_deleted_failed_or_without_a_resource() -> None:
    whole = bundle(patient(), BREAST, kind="transaction")
    whole["entry"][1]["request"] = {"method": "DELETE", "url": "Condition/c"}
    assert reasons(read(whole)) == {"deleted": ["Bundle/entry/1"]}
    answers = {"resourceType": "Bundle", "type": "batch-response", "entry": [{"response": {"status": "404 Not Found"}}]}
    assert reasons(read(answers)) == {"failed-entry": ["Bundle/entry/0"]}


def test_pages_and_outcomes_are_said() -> None:
    whole = bundle(patient(), {"resourceType": "OperationOutcome", "id": "x", "issue": [{"severity": "error"}]})
    whole["link"] = [{"relation": "next", "url": "https://x.example/page2"}]
    assert set(reasons(read(whole))) == {"more-pages", "outcome"}


def test_copies_of_a_resource() -> None:
    old = {**lvef("o", "2024-01-01", 60), "meta": {"lastUpdated": "2024-01-01T00:00:00Z"}}
    new = {**lvef("o", "2024-01-01", 50), "meta": {"lastUpdated": "2024-01-02T00:00:00Z"}}
    for order in ((old, new), (new, old)):
        assert fact(mapped(*order), "cardiac.lvef_latest") == 50
    assert reasons(mapped(old, old)).get("duplicate-id") is None
    undecided = mapped(old, {**new, "meta": None})
    assert fact(undecided, "cardiac.lvef_latest") == 60
    unknown = mapped({**old, "meta": None}, {**new, "meta": None})
    assert "cardiac" not in unknown.profile
    assert reasons(unknown) == {"duplicate-id": ["Observation/o"]}


def test_other_types_are_said_to_be_unread() -> None:
    assert reasons(mapped({"resourceType": "Encounter", "id": "e"})) == {"type-not-read": ["Encounter/e"]}


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ([], ""),
        ("x", ""),
        ({}, "/resourceType"),
        ({"resourceType": 5}, "/resourceType"),
        ({"resourceType": "../etc"}, "/resourceType"),
        ({"resourceType": "Bundle", "type": "history"}, "/type"),
        ({"resourceType": "Bundle", "entry": {}}, "/entry"),
    ],
)
def test_what_is_no_bundle_is_refused_with_its_place(document: Any, pointer: str) -> None:
    with pytest.raises(InputError) as refused:
        read(document)
    assert pointer in [problem.pointer for problem in refused.value.problems]
    assert all(problem.reason and problem.expected for problem in refused.value.problems)


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({"resourceType": "Bundle", "entry": ["x"]}, "/entry/0"),
        ({"resourceType": "Bundle", "entry": [{}]}, "/entry/0/resource"),
        (bundle({"id": "x"}), "/entry/0/resource/resourceType"),
        (bundle({**patient(), "birthDate": 1960}), "/entry/0/resource/birthDate"),
        (bundle({**patient(), "birthDate": "1960-02-30"}), "/entry/0/resource/birthDate"),
        (bundle({**patient(), "birthDate": "yesterday"}), "/entry/0/resource/birthDate"),
        (bundle(observation("o", "2160-0", "2024-13-01", valueString="x")), "/entry/0/resource/effectiveDateTime"),
        (bundle(observation("o", "2160-0", "2024-01-01T99:00:00Z")), "/entry/0/resource/effectiveDateTime"),
        (bundle({**lvef("o", "2023-01-01", 60), "status": ["final"]}), "/entry/0/resource/status"),
        (bundle(observation("o", "2160-0", valueQuantity=5)), "/entry/0/resource/valueQuantity"),
        (bundle(observation("o", "2160-0", valueQuantity={"value": "5"})), "/entry/0/resource/valueQuantity/value"),
        (bundle(observation("o", {"coding": {}})), "/entry/0/resource/code/coding"),
        (bundle({"resourceType": "Condition", "id": "c", "code": []}), "/entry/0/resource/code"),
        (bundle(request("r", {"coding": [5]})), "/entry/0/resource/medicationCodeableConcept/coding/0"),
        (bundle({**BREAST, "stage": [None]}), "/entry/0/resource/stage/0"),
    ],
)
def test_one_odd_record_is_left_out_with_its_place_and_costs_nothing_else(document: Any, pointer: str) -> None:
    document["entry"] += bundle(lvef("good", "2024-01-01", 61), {**BREAST, "id": "fine"})["entry"]
    found = read(document)
    (odd,) = [one for one in found.report().unmapped if one.reason == "unreadable"]
    assert pointer in [place.pointer for place in odd.places]
    assert all(place.reason and place.expected for place in odd.places)
    assert odd.resources
    assert fact(found, "cardiac.lvef_latest") == 61
    assert fact(found, "diagnosis.tumour_type") == "breast"


def test_a_part_that_nothing_looks_at_may_be_odd() -> None:
    odd = {"resourceType": "Procedure", "id": "p", "status": "completed", "bodySite": "x"}
    assert "unreadable" not in reasons(read(bundle(odd)))


def test_many_odd_records_are_left_out_too() -> None:
    odd = [observation(f"o{n}", "2160-0", "yesterday", valueString="x") for n in range(3000)]
    found = mapped(lvef("good", "2024-01-01", 61), *odd)
    assert fact(found, "cardiac.lvef_latest") == 61
    (one,) = [one for one in found.report().unmapped if one.reason == "unreadable"]
    assert one.count == 3000


def test_references_in_a_circle_end() -> None:
    one = observation(
        "a", "2160-0", hasMember=[{"reference": "Observation/b"}], derivedFrom=[{"reference": "Observation/a"}]
    )
    two = observation("b", "2160-0", hasMember=[{"reference": "Observation/a"}])
    drug = request("r", "", medicationCodeableConcept=None, medicationReference={"reference": "MedicationRequest/r"})
    assert reasons(mapped(one, two, drug))["no-code"]


def test_many_results_of_one_kind() -> None:
    made = [lvef(f"o{n}", f"{1950 + n % 70}-01-01T00:00:{n % 60:02d}Z", 50) for n in range(5000)]
    found = mapped(*made)
    assert fact(found, "cardiac.lvef_latest") == 50
    (one,) = [one for one in found.report().unmapped if one.reason == "superseded"]
    assert one.count > len(one.resources) == 50


def test_more_drugs_than_a_profile_holds() -> None:
    found = mapped(*(request(f"r{n}", {"text": f"drug {n}"}) for n in range(520)))
    assert len(found.profile["medications"]) == 500
    assert len(reasons(found)["too-many-items"]) == 20


def test_nothing_of_a_name_reaches_report_or_provenance() -> None:
    secret = "Zhang San"
    named = {**patient(name=[{"text": secret}], identifier=[{"value": secret}]), "text": {"div": secret}}
    odd = observation("o", {"coding": [{"system": secret, "code": secret, "display": secret}], "text": secret})
    whole = mapped(named, odd, condition("c", {"text": secret}), observation("v", "2160-0", valueString=secret))
    assert secret not in whole.report().model_dump_json() + str(whole.sources) + str(whole.profile)


def test_systems_by_their_oid() -> None:
    found = mapped(request("r", concept("urn:oid:2.16.840.1.113883.6.88", "224905")))
    assert fact(found, "medications[trastuzumab]") is not None
    assert LOINC in bundled_codes().systems
    assert RXNORM in bundled_codes().systems
