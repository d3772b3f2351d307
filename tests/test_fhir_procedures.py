"""Procedure and ServiceRequest: radiotherapy, surgery, examinations."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_support import (
    LOINC,
    MCODE,
    SNOMED,
    concept,
    fact,
    implausible,
    mapped,
    patient,
    procedure,
    profile,
    reasons,
    statement,
)

COURSE = concept(SNOMED, "1217123003")
LEFT_BREAST = [concept(SNOMED, "80248007")]


def order(identity: str, code: dict[str, Any], status: Any = "active", **fields: Any) -> dict[str, Any]:
    return {
        "resourceType": "ServiceRequest",
        "id": identity,
        "status": status,
        "intent": "order",
        "code": code,
        **fields,
    }


@pytest.mark.parametrize(
    ("status", "expected", "reason"),
    [
        ("preparation", "planned", None), ("in-progress", "ongoing", None), ("completed", "completed", None),
        ("on-hold", None, "status-unclear"), ("unknown", None, "status-unclear"), ("stopped", None, "stopped-early"),
        ("not-done", "absent", "not-done"), ("entered-in-error", "absent", "entered-in-error"),
        ("done", "absent", "unknown-status"), (None, "absent", "status-missing"),
    ],
)  # fmt: skip
def test_courses(status: Any, expected: str | None, reason: str | None) -> None:
    check(mapped({**procedure("rt", COURSE), "status": status}), expected, reason)


@pytest.mark.parametrize(
    ("status", "intent", "expected", "reason"),
    [
        ("active", "order", "planned", None), ("draft", "order", "planned", None), ("active", "plan", "planned", None),
        ("active", "proposal", "absent", "proposal"), ("completed", "order", "completed", None),
        ("revoked", "order", "absent", "cancelled"), ("on-hold", "order", None, "status-unclear"),
        ("entered-in-error", "order", "absent", "entered-in-error"),
    ],
)  # fmt: skip
def test_orders(status: str, intent: str, expected: str | None, reason: str | None) -> None:
    check(mapped(order("rt", COURSE, status, intent=intent)), expected, reason)


def check(found: Any, expected: str | None, reason: str | None) -> None:
    if expected == "absent":
        assert "radiotherapy" not in found.profile
    else:
        assert fact(found, "radiotherapy[rt].status") == expected
    assert list(reasons(found)) == ([reason] if reason else [])


@pytest.mark.parametrize(
    ("code", "technique"),
    [
        (COURSE, None),
        (concept(SNOMED, "441799006"), None),
        (concept(SNOMED, "1156530009"), None),
        ({"text": "SBRT"}, "sbrt"),
        ({"text": "体部立体定向放疗"}, "sbrt"),
        ({"text": "全脑放疗"}, "wbrt"),
        (concept(SNOMED, "1217123003", "大分割放疗"), "hypofractionated"),
    ],
)
def test_techniques(code: dict[str, Any], technique: str | None) -> None:
    found = profile(procedure("rt", code))
    assert fact(found, "radiotherapy[rt]") is not None
    assert fact(found, "radiotherapy[rt].technique") == technique


@pytest.mark.parametrize(
    ("sites", "site", "side"),
    [
        (LEFT_BREAST, "breast", "left"),
        ([concept(SNOMED, "78904004")], "chest_wall", None),
        ([{"text": "右胸壁"}], "chest_wall", "right"),
        ([{"text": "胸椎"}], "bone", None),
        ([concept(SNOMED, "12738006")], "brain", None),
        ([{"text": "肾上腺"}], "other", None),
        ([concept(SNOMED, "80248007"), concept(SNOMED, "73056007")], "breast", "bilateral"),
        ([{"text": "大脚趾"}], None, None),
        ([], None, None),
    ],
)
def test_sites(sites: list[dict[str, Any]], site: str | None, side: str | None) -> None:
    found = mapped(procedure("rt", COURSE, bodySite=sites))
    assert fact(found, "radiotherapy[rt].site") == site
    assert fact(found, "radiotherapy[rt].laterality") == side
    assert ("site-unclear" in reasons(found)) is (bool(sites) and site is None)


def volume(**parts: Any) -> dict[str, Any]:
    return {
        "url": f"{MCODE}/mcode-radiotherapy-dose-delivered-to-volume",
        "extension": [{"url": name, **value} for name, value in parts.items()],
    }


DOSE = {"valueQuantity": {"value": 6000, "unit": "cGy", "code": "cGy"}}


def test_dose_and_fractions_of_a_single_volume() -> None:
    place = {"resourceType": "BodyStructure", "id": "v", "location": concept(SNOMED, "80248007")}
    one = volume(
        totalDoseDelivered=DOSE, fractionsDelivered={"valueUnsignedInt": 30},
        volume={"valueReference": {"reference": "BodyStructure/v"}},
    )  # fmt: skip
    found = profile(place, procedure("rt", COURSE, extension=[one]))
    assert fact(found, "radiotherapy[rt]") == {
        "id": "rt", "status": "completed", "site": "breast", "laterality": "left", "dose_gy": 60.0, "fractions": 30,
    }  # fmt: skip
    two = profile(procedure("rt", COURSE, extension=[volume(totalDoseDelivered=DOSE), volume(totalDoseDelivered=DOSE)]))
    assert fact(two, "radiotherapy[rt].dose_gy") is None


def test_a_procedure_done_on_an_order_is_one_course() -> None:
    found = mapped(order("o", COURSE), procedure("rt", COURSE, basedOn=[{"reference": "ServiceRequest/o"}]))
    assert [item["id"] for item in found.profile["radiotherapy"]] == ["rt"]
    assert reasons(found) == {"superseded": ["ServiceRequest/o"]}


@pytest.mark.parametrize(
    ("period", "within"),
    [
        ({"start": "2024-08-01", "end": "2024-09-01"}, True),
        ({"start": "2024-01-01", "end": "2024-02-01"}, False),
        ({"start": "2024-05-01", "end": "2024-07-01"}, None),
        ({"start": "2024-08-01"}, True),
        ({}, None),
    ],
)
def test_radiotherapy_within_the_running_anti_her2_therapy(period: dict[str, str], within: bool | None) -> None:
    drug = statement("t", "曲妥珠单抗", effectivePeriod={"start": "2024-06-01"})
    found = profile(drug, procedure("rt", COURSE, performedPeriod=period))
    assert fact(found, "radiotherapy[rt].during_current_antiher2") is within


def test_surgery_and_examinations() -> None:
    found = mapped(
        procedure("s", concept(SNOMED, "64368001")), procedure("t", {"text": "骨科手术"}),
        procedure("b", {"text": "全身骨显像"}), procedure("d", {"text": "口腔检查"}, "in-progress"),
    )  # fmt: skip
    assert found.profile["surgeries"] == ["breast_conserving", "orthopaedic"]
    assert found.sources["surgeries"] == ["Procedure/s", "Procedure/t"]
    assert found.profile["assessments"] == {"bone_scan_done": True}
    assert reasons(found) == {"not-done": ["Procedure/d"]}


def test_unknown_procedures_are_listed() -> None:
    assert reasons(mapped(procedure("p", concept(SNOMED, "71651007")))) == {"unknown-code": ["Procedure/p"]}


def test_records_before_birth_and_after_death() -> None:
    born = mapped(patient(birthDate="1980-01-01"), procedure("p", COURSE, performedDateTime="1979-01-01"))
    assert implausible(born) == ["record-before-birth"]
    dead = patient(deceasedDateTime="2024-01-01T10:00:00+08:00")
    after = mapped(dead, procedure("p", COURSE, performedDateTime="2024-02-01"), order("o", COURSE))
    assert implausible(after) == ["deceased", "record-after-death", "treated-after-death"]
    assert implausible(
        mapped(procedure("p", COURSE, performedPeriod={"start": "2024-02-01", "end": "2024-01-01"}))
    ) == ["ended-before-begun"]


def test_a_test_that_is_ordered_is_understood_and_tells_nothing() -> None:
    order = {"resourceType": "ServiceRequest", "id": "s", "status": "active", "intent": "order"}
    assert reasons(mapped({**order, "code": concept(LOINC, "2160-0")})) == {"no-fact": ["ServiceRequest/s"]}
    assert reasons(mapped({**order, "code": concept(LOINC, "4548-4")})) == {"unknown-code": ["ServiceRequest/s"]}
