"""Whose a record is: references and identifiers compared, and what cannot be compared is left out and said."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_support import AS_OF, ICD10, bundle, concept, condition, fact, mapped, open_lists, patient, reasons, request
from oncocds.errors import InputError
from oncocds.vocabulary.code_loader import bundled_codes
from oncocds.vocabulary.loader import bundled_vocabulary
from oncocds_fhir.bundle import collect
from oncocds_fhir.mapping import Mapped, map_bundle

HOME, OTHER = "https://ehr.example/fhir", "https://elsewhere.example/fhir"
MRN, PASSPORT = {"system": "urn:oid:1.2.156.1", "value": "A-1"}, {"system": "urn:x:passport", "value": "E1"}
MINE = patient(identifier=[MRN, PASSPORT])
BREAST = condition("c", concept(ICD10, "C50.9"), subject={"reference": "Patient/p"})


def told(found: Mapped) -> str:
    """``mine``, or the reason why the zoledronate record was left out: then its list is open."""
    taken = fact(found, "medications[zoledronate]") is not None
    why = [
        reason for reason, labels in open_lists(found).get("medications", {}).items() if "MedicationRequest/z" in labels
    ]
    assert taken is (why == [])
    return why[0] if why else "mine"


def about(subject: Any, **more: Any) -> Any:
    return {**request("z", "zoledronate"), "subject": subject, **more}


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ({"identifier": MRN}, "mine"),
        ({"identifier": PASSPORT}, "mine"),
        ({"identifier": {**MRN, "value": "B-2"}}, "other-patient"),
        ({"identifier": {**MRN, "system": "urn:oid:1.2.156.2"}}, "subject-unclear"),
        ({"identifier": {"value": "A-1"}}, "subject-unclear"),
        ({"identifier": {"system": MRN["system"]}}, "subject-unclear"),
        ({"identifier": 5}, "subject-unclear"),
        ({"display": "Zhang San"}, "subject-unclear"),
        ({"reference": "Patient/p", "identifier": MRN}, "mine"),
        ({"reference": "Patient/p", "identifier": {**MRN, "value": "B-2"}}, "other-patient"),
        ({"reference": "Patient/p", "identifier": {"system": "urn:x:other", "value": "1"}}, "mine"),
        ({"reference": "Patient/q", "identifier": MRN}, "other-patient"),
        ({"reference": "Patient/q"}, "other-patient"),
        ({"reference": "Group/p"}, "other-patient"),
        ({"reference": "#p"}, "subject-unclear"),
        (None, "mine"),
    ],
)
def test_identifiers_and_references(subject: Any, expected: str) -> None:
    record = {key: value for key, value in about(subject).items() if value is not None}
    assert told(mapped(MINE, BREAST, record)) == expected


def test_a_patient_within_the_record_is_compared_by_identifier() -> None:
    inside = [{"resourceType": "Patient", "id": "inner", "identifier": [MRN]}]
    assert told(mapped(MINE, about({"reference": "#inner"}, contained=inside))) == "mine"
    inside[0]["identifier"] = [{**MRN, "value": "B-2"}]
    assert told(mapped(MINE, about({"reference": "#inner"}, contained=inside))) == "other-patient"


@pytest.mark.parametrize(
    ("kind", "expected"), [("replaces", "mine"), ("replaced-by", "mine"), ("seealso", "other-patient")]
)
def test_a_merged_patient_is_the_same_person(kind: str, expected: str) -> None:
    merged = {**MINE, "link": [{"type": kind, "other": {"reference": "Patient/old"}}]}
    assert told(mapped(merged, BREAST, about({"reference": "Patient/old"}))) == expected


@pytest.mark.parametrize("link", [5, [5], [{"type": 5}], [{"type": "replaces", "other": {"reference": 5}}]])
def test_odd_links_of_a_patient_merge_nobody(link: Any) -> None:
    odd = {**MINE, "link": link}
    assert told(mapped(odd, BREAST, about({"reference": "Patient/p"}))) == "mine"
    assert told(mapped(odd, BREAST, about({"reference": "Patient/old"}))) == "other-patient"


def read(subject: str, *, at: str | None = None, home: str | None = None, server: str | None = None) -> Mapped:
    """Map a record with a subject, the record at an address, the patient at another, from a server."""
    whole = bundle(MINE, BREAST, about({"reference": subject}))
    whole["entry"][0]["fullUrl"] = home and f"{home}/Patient/p"
    whole["entry"][2]["fullUrl"] = at and f"{at}/MedicationRequest/z"
    return map_bundle(collect(whole), bundled_vocabulary(), bundled_codes(), AS_OF, server)


@pytest.mark.parametrize(
    ("subject", "where", "expected"),
    [
        (f"{HOME}/Patient/p", {"home": HOME}, "mine"),
        (f"{HOME}/Patient/p/_history/3", {"home": HOME}, "mine"),
        ("HTTPS://EHR.example:443/fhir/Patient/p", {"home": HOME}, "mine"),
        ("http://ehr.example/fhir/Patient/p", {"home": HOME}, "mine"),
        (f"{OTHER}/Patient/p", {"home": HOME}, "other-patient"),
        (f"{OTHER}/Patient/p", {"server": HOME}, "other-patient"),
        (f"{HOME}/Patient/p", {"server": HOME + "/"}, "mine"),
        (f"{HOME}2/Patient/p", {"server": HOME}, "other-patient"),
        ("Patient/p", {"home": HOME, "at": HOME}, "mine"),
        ("Patient/p", {"home": HOME, "at": OTHER}, "other-patient"),
        ("Patient/p", {"home": HOME, "server": "http://internal:8080/fhir"}, "mine"),
        ("Patient/p", {"server": HOME, "at": "http://internal:8080/fhir"}, "mine"),
        (f"{OTHER}/Patient/p", {}, "subject-unclear"),
    ],
)
def test_the_same_id_on_another_server_is_somebody_else(subject: str, where: dict[str, Any], expected: str) -> None:
    assert told(read(subject, **where)) == expected


def test_the_address_of_a_record_is_compared_where_others_stand_at_the_patients() -> None:
    whole = bundle(MINE, BREAST, about({"reference": "Patient/p"}))
    for entry, server in zip(whole["entry"], (HOME, HOME, OTHER), strict=True):
        entry["fullUrl"] = f"{server}/{entry['resource']['resourceType']}/{entry['resource']['id']}"
    assert told(map_bundle(collect(whole), bundled_vocabulary(), bundled_codes(), AS_OF)) == "other-patient"


def test_one_server_that_every_record_names_is_the_patients() -> None:
    absolute = {"reference": f"{HOME}/Patient/p"}
    assert told(mapped(MINE, {**BREAST, "subject": absolute}, about(absolute))) == "mine"


def test_records_without_a_patient_are_of_one() -> None:
    assert told(mapped(about({"identifier": MRN}), {**BREAST, "subject": {"identifier": MRN}})) == "mine"
    assert told(mapped(about({"identifier": MRN}), BREAST)) == "subject-unclear"
    for subject in ({"identifier": {**MRN, "value": "B-2"}}, {"reference": f"{OTHER}/Patient/p"}):
        first = {"identifier": MRN} if "identifier" in subject else {"reference": f"{HOME}/Patient/p"}
        with pytest.raises(InputError, match="several patients"):
            mapped(about(subject), {**BREAST, "subject": first})


def test_nothing_that_identifies_a_patient_is_told() -> None:
    found = mapped(MINE, about({"identifier": {**MRN, "value": "B-2"}, "display": "Zhang San"}))
    shown = found.report().model_dump_json() + str(found.profile)
    assert all(secret not in shown for secret in ("A-1", "B-2", "Zhang San", "E1"))


@pytest.mark.parametrize(
    "subject", ["Patient/q", "urn:uuid:7", "李四", 5, True, ["Patient/p"], [{"reference": "Patient/q"}]]
)
def test_a_subject_that_is_no_reference_is_not_the_patients_for_certain(subject: Any) -> None:
    record = condition("c", {"text": "骨转移"}, subject=subject)
    found = mapped(patient(), record)
    assert fact(found, "lesions") is None
    assert set(reasons(found)) <= {"subject-unclear", "other-patient"}
    assert reasons(found)
    assert fact(mapped(patient(), {**record, "subject": "Patient/p"}), "lesions[bone].status") == "confirmed"
