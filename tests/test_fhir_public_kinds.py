"""Further kinds of records, shaped after public bug reports and guides: what is read of each, and what is not.

Each says which: the repository and thread, or the guide. Nothing of them is copied.
"""

from __future__ import annotations

from typing import Any

import pytest

from fhir_support import (
    ANNA,
    AS_OF,
    SNOMED,
    UCUM,
    Resource,
    ago,
    concept,
    condition,
    given,
    history,
    latest,
    lvef,
    mapped,
    observation,
    open_lists,
    patient,
    procedure,
    quantity,
    reasons,
    request,
    statement,
)
from oncocds.vocabulary.code_loader import bundled_codes
from oncocds.vocabulary.loader import bundled_vocabulary
from oncocds_fhir.bundle import collect
from oncocds_fhir.mapping import Mapped, map_bundle

HER: Resource = {"age": 63, "sex": "female"}
BREAST = condition("breast", concept(SNOMED, "254837009", "乳腺癌"))
WITH_BREAST: Resource = {**HER, "diagnosis": {"tumour_type": "breast"}}
METASTASIS = concept(SNOMED, "94222008")
GERMAN = "http://fhir.de/CodeSystem/bfarm/icd-10-gm"


def all_of(found: Mapped) -> tuple[Resource, dict[str, list[str]], dict[str, dict[str, list[str]]]]:
    """The profile, what was left out and why, and the lists that are open."""
    return found.profile, reasons(found), open_lists(found)


def told(*records: Resource) -> tuple[Resource, dict[str, list[str]], dict[str, dict[str, list[str]]]]:
    return all_of(mapped(ANNA, *records))


def changed(record: Resource, **fields: Any) -> Resource:
    return {key: value for key, value in {**record, **fields}.items() if value is not None}


DOSE = given("x", "denosumab", ago(10))
TAKEN = statement("x", "denosumab")
SUPPLY = {**statement("x", "denosumab", "completed"), "resourceType": "MedicationDispense", "whenHandedOver": ago(5)}
COURSE = procedure("x", {"text": "放疗"}, performedDateTime=ago(20))


def test_a_dose_that_was_not_given() -> None:
    """Not-done came out as completed (drajer-health/eCRNow, issue 688)."""
    assert told(changed(DOSE, status="not-done")) == (HER, {"not-done": ["MedicationAdministration/x"]}, {})


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (changed(DOSE, status="stopped", wasNotGiven=True), "not-done"),
        (changed(DOSE, notGiven=True), "not-done"),
        (changed(SUPPLY, notDone=True), "not-done"),
        (changed(TAKEN, wasNotTaken=True), "not-taken"),
        (changed(TAKEN, taken="n"), "not-taken"),
        (changed(COURSE, notPerformed=True), "not-done"),
        (changed(COURSE, notDone=True), "not-done"),
    ],
)
def test_what_older_versions_say_was_not_given_taken_or_done(record: Resource, reason: str) -> None:
    """A flag beside any status, as FHIR 1.0 and 3.0 had it (cerner/fhir.cerner.com, pull request 169)."""
    assert told(record) == (HER, {reason: [f"{record['resourceType']}/x"]}, {})


def test_a_statement_that_does_not_know_whether_the_drug_is_taken() -> None:
    """Active, and taken: unk, as FHIR 3.0 had it (the same guide): in use or not, nobody knows."""
    expected = {**HER, "medications": [{"id": "denosumab", "drug": "denosumab"}]}
    assert told(changed(TAKEN, taken="unk")) == (expected, {"status-unclear": ["MedicationStatement/x"]}, {})
    active = {**HER, "medications": [{"id": "denosumab", "drug": "denosumab", "status": "active"}]}
    assert told(changed(TAKEN, taken="y")) == (active, {}, {})


def test_a_cancelled_echo_that_a_report_still_names() -> None:
    """Cancelled results came back by way of the report (drajer-health/eCRNow, issue 646)."""
    cancelled = {**lvef("now", ago(3), 35), "status": "cancelled"}
    report = {"resourceType": "DiagnosticReport", "id": "r", "result": [{"reference": "Observation/now"}]}
    profile, left_out, open_ = told(cancelled, lvef("before", ago(30), 60), report)
    echo = {"lvef_latest": 60, "echo_date": ago(30)}
    assert profile == {**HER, "cardiac": echo, "history": history(("lvef", ago(30), 60, "%"))}
    assert left_out == {
        "cancelled": ["Observation/now"], "no-baseline": ["Observation/before"],
        "type-not-read": ["DiagnosticReport/r"],
    }  # fmt: skip
    assert open_ == {}


def test_a_pregnancy_that_was_entered_in_error() -> None:
    """The one kind of condition whose verification was not looked at (drajer-health/eCRNow, issue 678)."""
    record = condition("c", concept(SNOMED, "77386006"), "entered-in-error", None, recordedDate=ago(60))
    assert told(record) == (HER, {"entered-in-error": ["Condition/c"]}, {})


def test_a_pregnancy_status_whose_times_have_no_zone() -> None:
    """Local times in the status and in its extensions (CDCgov/dibbs-ecr-viewer, issue 1765)."""
    recorded = {
        "url": "http://hl7.org/fhir/us/ecr/StructureDefinition/recorded",
        "valueDateTime": "2025-01-12T10:35:00",
    }
    record = observation(
        "o", concept("http://loinc.org", "82810-3"), "2025-01-12T10:15:00",
        valueCodeableConcept=concept(SNOMED, "77386006"), extension=[recorded],
    )  # fmt: skip
    assert told(record) == ({**HER, "pregnant": True}, {}, {})


def test_problems_that_a_document_ruled_out_or_closed() -> None:
    """Both were imported as active and confirmed (medplum/medplum, issue 10377)."""
    ruled_out, closed = condition("b", METASTASIS, "refuted"), condition("s", METASTASIS, clinical="resolved")
    lesion = {"id": "bone", "organ": "bone", "status": "confirmed", "trend": "resolved"}
    expected = {**WITH_BREAST, "lesions": [lesion], "incomplete": ["lesions"]}
    whole = {"lesions": {"problem-list": ["Condition/s"]}}
    assert told(BREAST, ruled_out, closed) == (expected, {"refuted": ["Condition/b"]}, whole)


def marked(mark: str, verification: str | None = None, clinical: str | None = None) -> Resource:
    extension = {
        "url": "http://fhir.de/StructureDefinition/icd-10-gm-diagnosesicherheit",
        "valueCoding": {"system": "https://fhir.kbv.de/CodeSystem/KBV_CS_SFHIR_ICD_DIAGNOSESICHERHEIT", "code": mark},
    }
    code = {"coding": [{"system": GERMAN, "code": "C79.5", "extension": [extension]}]}
    return condition("b", code, verification, clinical)


@pytest.mark.parametrize(
    ("record", "lesion"),
    [
        (marked("A"), None),
        (marked("A", "confirmed", "active"), None),
        (marked("V"), {"status": "suspected"}),
        (marked("V", "provisional"), {"status": "suspected"}),
        (marked("Z"), {"trend": "resolved"}),
        (marked("Z", "confirmed", "resolved"), {"status": "confirmed", "trend": "resolved"}),
        (marked("G"), {"status": "confirmed"}),
    ],
)
def test_how_certain_a_german_diagnosis_is(record: Resource, lesion: Resource | None) -> None:
    """A letter beside the code says excluded, suspected, after, or certain (hl7germany/basisprofil-de-r4, issue 46)."""
    profile, left_out, _ = told(BREAST, record)
    if lesion is None:
        assert (profile, left_out) == (WITH_BREAST, {"refuted": ["Condition/b"]})
        return
    assert profile["lesions"] == [{"id": "bone", "organ": "bone", **lesion}]
    assert ("extent" in profile["diagnosis"]) is (lesion == {"status": "confirmed"})


@pytest.mark.parametrize("comparator", ["<>", "=", "<"])
def test_a_comparator_that_fhir_does_not_have(comparator: str) -> None:
    """Converted from HL7 version 2 as it stood (microsoft/FHIR-Converter, issue 504): no exact value."""
    measured = {**quantity(90, "umol/L"), "comparator": comparator}
    record = observation("c", "14682-9", ago(5), valueQuantity=measured)
    assert told(record) == (HER, {"inexact-value": ["Observation/c"]}, {})


@pytest.mark.parametrize(
    ("code", "measured", "value", "unit"),
    [
        ("14682-9", {"value": 90, "unit": "\u03bcmol/L"}, 90, "umol/L"),
        ("14682-9", {"value": 90, "unit": "\u00b5mol/L", "system": UCUM, "code": "\u03bcmol/L"}, 90, "umol/L"),
        ("2160-0", {"value": 1.0, "unit": "mg/dl", "system": UCUM, "code": "mg/dl"}, 1.0, "mg/dL"),
    ],
)
def test_units_by_another_mu_and_in_small_letters(code: str, measured: Resource, value: float, unit: str) -> None:
    """(opensrp/fhircore, issue 663; hl7germany/basisprofil-de-stu3, issue 126.)"""
    result = {"value": value, "unit": unit, "date": ago(5)}
    labs = {"creatinine": result}
    expected = {**HER, "labs": labs, "history": latest(labs)}
    assert told(observation("c", code, ago(5), valueQuantity=measured)) == (expected, {}, {})


def test_a_birth_date_with_a_time() -> None:
    """A date was stored with a time and a zone (microsoft/fhir-server, issue 775; FirelyTeam/spark, issue 69)."""
    found = all_of(mapped(patient(gender="female", birthDate="1961-03-19T23:00:00.000Z"), BREAST))
    assert found == (WITH_BREAST, {}, {})


def test_times_without_a_zone() -> None:
    """Converted documents lack the zone (LinuxForHealth/hl7v2-fhir-converter, issue 55): the day counts."""
    profile, left_out, open_ = told(request("r", "denosumab", authoredOn="2025-01-12T22:00:00"))
    denosumab = {"id": "denosumab", "drug": "denosumab", "status": "active", "start_date": "2025-01-12"}
    assert (profile, left_out, open_) == ({**HER, "medications": [denosumab]}, {}, {})


ORDER = request("10", "denosumab", authoredOn=ago(20))
ON_ORDER: Resource = {
    "resourceType": "MedicationDispense", "id": "13", "status": "completed", "whenHandedOver": ago(19),
    "authorizingPrescription": [{"reference": "MedicationRequest/10"}], "daysSupply": {"value": 28, "code": "d"},
}  # fmt: skip


def test_a_supply_that_names_no_drug_is_of_the_drug_that_was_ordered() -> None:
    """The reference to the drug was lost (gematik/epa-deployment, issue 14); the order came along."""
    denosumab = {"id": "denosumab", "drug": "denosumab", "status": "active", "start_date": ago(20)}
    assert told(ORDER, ON_ORDER) == ({**HER, "medications": [denosumab]}, {}, {})
    # On two orders of different drugs, or on none that came along, it is a drug that nobody knows.
    both = [{"reference": f"MedicationRequest/{one}"} for one in ("10", "11")]
    other = request("11", "letrozole", authoredOn=ago(20))
    for records in ([ORDER, other, {**ON_ORDER, "authorizingPrescription": both}], [ON_ORDER]):
        profile, left_out, _ = told(*records)
        assert {"id": "unnamed-13", "start_date": ago(19)} in profile["medications"]
        assert left_out["no-code"] == ["MedicationDispense/13"]


def test_an_order_whose_medication_is_inactive() -> None:
    """The status of the Medication is none of the order's (gematik/ePA-Medication, issue 16)."""
    order = changed(request("r", {}), medicationCodeableConcept=None, medicationReference={"reference": "Medication/m"})
    medication = {"resourceType": "Medication", "id": "m", "status": "inactive", "code": {"text": "denosumab"}}
    denosumab = {"id": "denosumab", "drug": "denosumab", "status": "active"}
    assert told(order, medication) == ({**HER, "medications": [denosumab]}, {}, {})


def test_an_entry_that_matches_and_comes_along_with_a_response() -> None:
    """The same record twice, as match and as include, with the server's response beside it.

    (microsoft/fhir-server, issue 2037; hapifhir/hapi-fhir, issue 1328.)
    """
    url = "https://ehr.example/MedicationRequest/10"
    entries: list[Resource] = [
        {"resource": ANNA, "search": {"mode": "include"}},
        {"fullUrl": url, "resource": ORDER, "search": {"mode": "match"}, "response": {"status": "200 OK"}},
        {"fullUrl": url, "resource": ORDER, "search": {"mode": "include"}},
    ]
    document = {"resourceType": "Bundle", "type": "searchset", "total": 1, "entry": entries}
    found = map_bundle(collect(document), bundled_vocabulary(), bundled_codes(), AS_OF)
    denosumab = {"id": "denosumab", "drug": "denosumab", "status": "active", "start_date": ago(20)}
    assert all_of(found) == ({**HER, "medications": [denosumab]}, {}, {})
