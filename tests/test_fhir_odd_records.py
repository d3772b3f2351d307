"""One odd record never costs the call: it is left out, said, and its list stays open; the others count."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given as given_that
from hypothesis import settings
from hypothesis import strategies as st

from fhir_support import (
    AS_OF,
    ICD10,
    LOINC,
    MCODE,
    SNOMED,
    bundle,
    concept,
    condition,
    fact,
    given,
    lvef,
    mapped,
    observation,
    patient,
    procedure,
    quantity,
    request,
    statement,
)  # fmt: skip
from oncocds.vocabulary.code_loader import bundled_codes
from oncocds.vocabulary.loader import bundled_vocabulary
from oncocds_fhir.bundle import collect
from oncocds_fhir.mapping import Mapped, map_bundle

Resource = dict[str, Any]
Place = tuple[str | int, ...]
CHART: list[Resource] = [
    patient(
        gender="female",
        birthDate="1961-01-01",
        identifier=[{"system": "urn:a", "value": "1"}],
        link=[{"type": "replaces", "other": {"reference": "Patient/q"}}],
    ),
    condition(
        "c",
        concept(ICD10, "C50.9"),
        subject={"reference": "Patient/p"},
        bodySite=[{"text": "左乳", "extension": [{"url": "laterality", "valueCodeableConcept": {"text": "左"}}]}],
        stage=[{"summary": {"text": "IV"}}],
        extension=[{"url": f"{MCODE}/mcode-histology-morphology-behavior", "valueCodeableConcept": {"text": "x"}}],
        meta={"profile": ["x"], "lastUpdated": "2024-01-01"},
        recordedDate="2024-01-01",
        abatementPeriod={"end": "2030-01-01"},
    ),
    condition("b", concept(SNOMED, "94222008"), recordedDate="2024-01-01", onsetPeriod={"start": "2024-01-01"}),
    observation(
        "o",
        "48676-1",
        valueCodeableConcept={"text": "阳性"},
        interpretation=[{"text": "x"}],
        method={"text": "IHC"},
        focus=[{"reference": "Specimen/1"}],
    ),
    observation(
        "cr",
        "2160-0",
        valueQuantity=quantity(90, "umol/L"),
        referenceRange=[{"low": quantity(40, "umol/L"), "high": quantity(110, "umol/L")}],
    ),
    observation(
        "bp", "85354-9", component=[{"code": concept(LOINC, "8480-6"), "valueQuantity": quantity(120, "mm[Hg]")}]
    ),
    lvef("l", "2024-01-01", 60),
    request(
        "r",
        "地舒单抗",
        authoredOn="2024-01-01",
        reasonCode=[concept(SNOMED, "94222008")],
        reasonReference=[{"reference": "Condition/b"}],
        statusReason={"text": "x"},
        dosageInstruction=[
            {
                "timing": {
                    "repeat": {
                        "boundsPeriod": {"start": "2024-01-01", "end": "2026-01-01"},
                        "boundsDuration": {"value": 3, "code": "d"},
                    }
                },
                "doseAndRate": [{"doseQuantity": {"value": 120, "unit": "mg"}}],
            }
        ],
        dispenseRequest={"validityPeriod": {"start": "2024-01-01", "end": "2026-01-01"}},
        extension=[{"url": f"{MCODE}/mcode-treatment-intent", "valueCodeableConcept": {"text": "姑息性"}}],
    ),
    {**request("r2", "", medicationReference={"reference": "Medication/m"}), "medicationCodeableConcept": None},
    {
        "resourceType": "Medication",
        "id": "m",
        "code": {"text": "foo"},
        "ingredient": [{"itemCodeableConcept": {"text": "唑来膦酸"}, "isActive": True}],
    },
    statement(
        "s",
        "曲妥珠单抗",
        effectivePeriod={"start": "2024-01-01"},
        dateAsserted="2024-01-01",
        basedOn=[{"reference": "MedicationRequest/r"}],
    ),
    {
        **given("g", "曲妥珠单抗", "2024-02-02"),
        "request": {"reference": "MedicationRequest/r"},
        "dosage": {"dose": quantity(1, "mg")},
    },
    {
        **statement("d", "来曲唑", "completed"),
        "resourceType": "MedicationDispense",
        "whenHandedOver": "2024-01-01",
        "daysSupply": {"value": 3, "code": "d"},
    },
    procedure(
        "rt",
        concept(SNOMED, "1217123003"),
        "in-progress",
        performedPeriod={"start": "2024-01-01"},
        bodySite=[{"text": "左乳"}],
        category={"text": "x"},
        basedOn=[{"reference": "ServiceRequest/sr"}],
        partOf=[{"reference": "Procedure/x"}],
        extension=[
            {
                "url": f"{MCODE}/mcode-radiotherapy-dose-delivered-to-volume",
                "extension": [
                    {"url": "totalDoseDelivered", "valueQuantity": quantity(6000, "cGy")},
                    {"url": "fractionsDelivered", "valueUnsignedInt": 30},
                    {"url": "volume", "valueReference": {"reference": "BodyStructure/v"}},
                ],
            },
            {"url": f"{MCODE}/mcode-procedure-intent", "valueCodeableConcept": {"text": "姑息性"}},
            {"url": "x/codexrt-radiotherapy-course-involves-reirradiation", "valueBoolean": True},
            {
                "url": f"{MCODE}/mcode-radiotherapy-modality-and-technique",
                "extension": [{"url": "modality", "valueCodeableConcept": {"text": "SBRT"}}],
            },
        ],
    ),
    {"resourceType": "BodyStructure", "id": "v", "location": {"text": "左乳"}, "locationQualifier": [{"text": "左"}]},
    {
        "resourceType": "ServiceRequest",
        "id": "sr",
        "status": "active",
        "intent": "order",
        "code": concept(SNOMED, "1217123003"),
        "occurrencePeriod": {"start": "2024-01-01"},
        "occurrenceTiming": {"repeat": {"boundsPeriod": {}}},
    },
    procedure("su", {"text": "保乳术"}, performedDateTime="2024-01-01"),
]
ODD = [5, True, None, -1e99, "x", "", "é" * 3, "2024-13-45", [], [5], [None], [[]], {}, {"a": 1}]


def places(value: Any, at: Place = ()) -> Iterator[Place]:
    """Every place in a document, from the entries downwards."""
    if len(at) > 1:
        yield at
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from places(one, (*at, key))


DOCUMENT = bundle(*CHART)
PLACES = list(places(DOCUMENT))


def read(document: Resource) -> Mapped:
    return map_bundle(collect(document), bundled_vocabulary(), bundled_codes(), AS_OF)


GOOD = read(DOCUMENT)


def with_odd(at: Place, value: Any) -> Resource:
    changed: Any = copy.deepcopy(DOCUMENT)
    holder = changed
    for step in at[:-1]:
        holder = holder[step]
    holder[at[-1]] = copy.deepcopy(value)
    return dict(changed)


@settings(max_examples=250)
@given_that(st.sampled_from(PLACES), st.sampled_from(ODD))
def test_no_wrong_type_anywhere_in_a_chart_costs_the_call(at: Place, value: Any) -> None:
    found = read(with_odd(at, value))
    report = found.report()
    for number, drug in ((7, "denosumab"), (12, "letrozole")):
        if at[1] not in (0, number):  # the Patient, or the record of this drug itself
            assert fact(found, f"medications[{drug}]") is not None
        elif fact(found, f"medications[{drug}]") is None:
            assert report.unmapped != GOOD.report().unmapped


@pytest.mark.parametrize("value", [5, True, -1e99, "x", {"system": "urn:a", "value": "1"}])
def test_identifiers_of_a_patient_that_are_no_list(value: Any) -> None:
    """Found by trying every wrong type in every place: a number there ended the call."""
    assert fact(read(with_odd(("entry", 0, "resource", "identifier"), value)), "medications[denosumab]") is not None


@pytest.mark.parametrize("number", range(1, len(CHART)))
def test_a_record_that_is_no_object_is_left_out(number: int) -> None:
    found = read(with_odd(("entry", number, "resource"), 5))
    assert {"medications", "radiotherapy"} & found.profile.keys() <= set(found.profile["incomplete"])
    assert fact(found, "sex") == "female"


def test_the_chart_is_good() -> None:
    found = mapped(*CHART)
    assert {one["drug"] for one in found.profile["medications"]} == {
        "denosumab", "trastuzumab", "letrozole", "zoledronate",
    }  # fmt: skip
    assert fact(found, "radiotherapy[rt].dose_gy") == 60
    assert "unreadable" not in [one.reason for one in found.report().unmapped]
