"""Procedure and ServiceRequest: radiotherapy, surgery, examinations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from fhir_support import (
    AS_OF,
    LOINC,
    MCODE,
    SNOMED,
    UCUM,
    ago,
    concept,
    fact,
    implausible,
    mapped,
    patient,
    procedure,
    profile,
    reasons,
    request,
    statement,
)
from oncocds.engine import Engine
from oncocds_fhir.mapping import Mapped

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
    assert fact(two, "radiotherapy[rt].dose_gy") == 60  # each of them


def gray(value: float) -> dict[str, Any]:
    return {"valueQuantity": {"value": value, "unit": "Gy", "code": "Gy", "system": UCUM}}


def test_a_dose_is_that_of_its_volume() -> None:
    """Two volumes at two sites are told apart; at one site neither dose is the course's, and that is said."""
    breast = {"resourceType": "BodyStructure", "id": "b", "location": concept(SNOMED, "80248007")}
    nodes = {"resourceType": "BodyStructure", "id": "n", "location": {"text": "区域淋巴结"}}
    volumes = [
        volume(
            totalDoseDelivered=gray(dose), fractionsDelivered={"valueUnsignedInt": 25},
            volume={"valueReference": {"reference": f"BodyStructure/{identity}"}},
        )
        for identity, dose in (("b", 60), ("n", 50))
    ]  # fmt: skip
    found = mapped(breast, nodes, procedure("rt", COURSE, extension=volumes))
    common = {"status": "completed", "fractions": 25}
    assert found.profile["radiotherapy"] == [
        {"id": "rt-breast", "site": "breast", "laterality": "left", "dose_gy": 60, **common},
        {"id": "rt-regional_nodes", "site": "regional_nodes", "dose_gy": 50, **common},
    ]
    alike = [volume(totalDoseDelivered=gray(dose), fractionsDelivered={"valueUnsignedInt": 25}) for dose in (60, 50)]
    unclear = mapped(procedure("rt", COURSE, bodySite=LEFT_BREAST, extension=alike))
    assert fact(unclear, "radiotherapy[rt].dose_gy") is None
    assert fact(unclear, "radiotherapy[rt].fractions") == 25
    (told,) = [one for one in unclear.report().unmapped if one.reason == "volumes-differ"]
    assert told.facts == ["radiotherapy[rt].dose_gy"]


CODEX = "http://hl7.org/fhir/us/codex-radiation-therapy/StructureDefinition"


def test_a_planned_course_as_codex_says_it() -> None:
    """As in the public examples of a planned course to brain metastases: dose in cGy, re-irradiation, intent."""
    planned = {
        "url": f"{CODEX}/codexrt-radiotherapy-dose-planned-to-volume",
        "extension": [
            {"url": "totalDose", "valueQuantity": {"value": 2000, "code": "cGy", "system": UCUM}},
            {"url": "fractions", "valuePositiveInt": 5},
        ],
    }
    again = {"url": f"{CODEX}/codexrt-radiotherapy-course-involves-reirradiation", "valueBoolean": True}
    curative = {"url": f"{MCODE}/mcode-procedure-intent", "valueCodeableConcept": concept(SNOMED, "373808002")}
    found = profile(order("rt", COURSE, bodySite=[{"text": "脑"}], extension=[planned, again, curative]))
    assert found["radiotherapy"] == [
        {"id": "rt", "status": "planned", "site": "brain", "reirradiation": True, "dose_gy": 20, "fractions": 5}
    ]
    assert fact(found, "treatment.intent") == "curative"


@pytest.mark.parametrize(
    ("intent", "reason"),
    [
        (concept(SNOMED, "373808002", "姑息"), "codes-disagree"),
        ({"coding": [{"system": SNOMED, "code": one} for one in ("373808002", "363676003")]}, "codes-disagree"),
        ({"text": "待定"}, "unknown-answer"),
        ({}, "unknown-answer"),
    ],
)
@pytest.mark.parametrize(
    "therapy",
    [
        procedure("t", COURSE, "in-progress", performedPeriod={"start": "2025-01-20"}),
        request("t", {"text": "曲妥珠单抗"}, authoredOn="2025-01-20"),
    ],
    ids=["radiotherapy", "drug"],
)
def test_intent_that_is_not_understood_is_said_and_costs_no_record(
    therapy: dict[str, Any], intent: dict[str, Any], reason: str
) -> None:
    extension = {"url": f"{MCODE}/mcode-treatment-intent", "valueCodeableConcept": intent}
    found = mapped({**therapy, "extension": [extension]})
    assert "treatment" not in found.profile
    assert {**found.profile, "treatment": None} == {**mapped(therapy).profile, "treatment": None}
    assert reasons(found) == {reason: [f"{therapy['resourceType']}/t"]}


@pytest.mark.parametrize(
    "code",
    [
        concept(SNOMED, "53438000"), concept(SNOMED, "448385000"), concept(SNOMED, "152198000"),
        concept("http://hl7.org/fhir/us/mcode/CodeSystem/snomed-requested-cs", "USCRS-33529"),
        concept(SNOMED, "1217123003"), concept(SNOMED, "1255724003"),
    ],
)  # fmt: skip
def test_radiotherapy_by_the_codes_of_mcode_and_codex(code: dict[str, Any]) -> None:
    assert fact(profile(procedure("rt", code, "in-progress")), "radiotherapy[rt].status") == "ongoing"


def test_modality_and_technique_alone_make_it_radiotherapy() -> None:
    modality = {
        "url": f"{MCODE}/mcode-radiotherapy-modality-and-technique",
        "extension": [
            {"url": f"{MCODE}/mcode-radiotherapy-modality", "valueCodeableConcept": concept(SNOMED, "1156506007")},
            {"url": f"{MCODE}/mcode-radiotherapy-technique", "valueCodeableConcept": concept(SNOMED, "441799006")},
        ],
    }
    assert fact(profile(procedure("rt", {}, extension=[modality])), "radiotherapy[rt].status") == "completed"


def session(identity: str, day: int, **fields: Any) -> dict[str, Any]:
    return procedure(identity, {"text": "放疗"}, performedDateTime=ago(day), bodySite=LEFT_BREAST, **fields)


@pytest.mark.parametrize(
    ("days", "items", "status"),
    [
        ((17, 16, 15, 14, 11, 10), 1, "completed"),
        ((9, 8, 7, 4, 3, 2, 1), 1, "ongoing"),
        ((1,), 1, None),  # the first of many, or a single one
        ((40,), 1, "completed"),
        ((400, 399, 30, 29), 2, "completed"),
    ],
)
def test_sessions_one_by_one_are_one_course(days: tuple[int, ...], items: int, status: str | None) -> None:
    found = mapped(*(session(f"s{n}", day) for n, day in enumerate(days)))
    assert len(found.profile["radiotherapy"]) == items
    assert {item.get("status") for item in found.profile["radiotherapy"]} == {status}
    sources = found.sources["radiotherapy"]
    assert sources == [f"Procedure/s{n}" for n in range(len(days))]


def test_sessions_at_two_sites_are_two_courses() -> None:
    other = session("b", 2) | {"bodySite": [{"text": "脑"}]}
    assert len(profile(session("a", 1), session("c", 3), other)["radiotherapy"]) == 2


@pytest.mark.parametrize("link", [{"partOf": [{"reference": "Procedure/rt"}]}, {}])
def test_sessions_of_a_course_that_is_recorded_too(link: dict[str, Any]) -> None:
    course = procedure("rt", COURSE, "in-progress", performedPeriod={"start": ago(20)}, bodySite=LEFT_BREAST)
    found = profile(course, session("a", 1, **link), session("b", 2, **link))
    assert found["radiotherapy"] == [{"id": "rt", "status": "ongoing", "site": "breast", "laterality": "left"}]


def test_phases_and_plans_are_no_courses_of_their_own() -> None:
    """As in the public examples of a course with a planned phase, a treated phase and its plan."""
    records = [
        order("planned", COURSE, "completed"),
        order("phase", concept(SNOMED, "1222565005"), "completed", basedOn=[{"reference": "ServiceRequest/planned"}]),
        procedure("rt", COURSE, performedPeriod={"start": ago(90), "end": ago(60)}),
        procedure(
            "treated", concept(SNOMED, "1222565005"), "completed",
            basedOn=[{"reference": "ServiceRequest/phase"}], partOf=[{"reference": "Procedure/rt"}],
        ),
    ]  # fmt: skip
    found = mapped(*records)
    assert found.profile["radiotherapy"] == [{"id": "rt", "status": "completed"}]
    assert reasons(found) == {"superseded": ["ServiceRequest/phase", "ServiceRequest/planned"]}


@pytest.mark.parametrize(
    ("record", "status"),
    [
        (procedure("rt", COURSE, "in-progress", performedPeriod={"start": ago(400), "end": ago(360)}), "completed"),
        (procedure("rt", COURSE, "in-progress", performedPeriod={"start": ago(9), "end": ago(1)}), "ongoing"),
        (procedure("rt", COURSE, "preparation", performedPeriod={"start": ago(400), "end": ago(360)}), None),
        (order("rt", COURSE, occurrencePeriod={"start": ago(400), "end": ago(360)}), None),
        (order("rt", COURSE, occurrenceDateTime=ago(400)), None),
        (order("rt", COURSE, occurrenceDateTime=ago(1)), "planned"),
        (order("rt", COURSE, occurrenceTiming={"repeat": {"boundsPeriod": {"end": ago(360)}}}), None),
    ],
)
def test_a_period_that_is_over_ends_a_course(record: dict[str, Any], status: str | None) -> None:
    found = mapped(record)
    assert fact(found, "radiotherapy[rt].status") == status
    assert ("period-ended" in reasons(found)) is (status not in ("ongoing", "planned"))


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


LUMPECTOMY = concept(SNOMED, "64368001")
ORTHOPAEDIC = procedure("t", {"text": "骨科手术"})
OPERATED = {
    "a code of their own": procedure("s", concept("urn:x", "Q1", "某手术")),
    "no status": {**procedure("s", LUMPECTOMY), "status": None},
    "a status of its own": procedure("s", LUMPECTOMY, "finished"),
    "the status unknown": procedure("s", LUMPECTOMY, "unknown"),
    "stopped": procedure("s", LUMPECTOMY, "stopped"),
    "a modifier": procedure("s", LUMPECTOMY, modifierExtension=[{"url": "https://x.example/not"}]),
    "dated next year": procedure("s", LUMPECTOMY, performedDateTime="2026-01-01"),
    "a date that is none": procedure("s", LUMPECTOMY, performedDateTime="31/01/2025"),
    "another subject": procedure("s", LUMPECTOMY, subject={"display": "somebody"}),
}


@pytest.mark.parametrize("name", OPERATED)
def test_an_operation_that_was_read_denies_none_that_was_left_out(name: str, engine: Engine) -> None:
    known = {
        "diagnosis": {"tumour_type": "breast", "extent": "early", "nodal_status": "negative"},
        "biomarkers": {"her2_status": "positive"},
        "treatment": {"phase": "adjuvant"},
        "radiotherapy": [],
    }

    def verdicts(read: dict[str, Any], *others: dict[str, Any]) -> tuple[Mapped, Mapping[str, str]]:
        found = mapped(patient(), read, *others)
        lists = [name for name in found.profile.get("incomplete", ()) if name == "surgeries"]
        profile = {**found.profile, **known, "incomplete": lists, "left_out": {}}
        return found, engine.evaluate(profile, as_of=AS_OF).verdicts

    open_, found = verdicts(ORTHOPAEDIC, OPERATED[name])
    assert open_.profile["surgeries"] == ["orthopaedic"]
    assert "surgeries" in open_.profile["incomplete"]
    (told,) = [one for one in open_.report().open_lists if one.name == "surgeries"]
    assert [one.resources for one in told.because] == [["Procedure/s"]]
    assert found["HER2RT-03"] == "undetermined"
    assert verdicts(ORTHOPAEDIC)[1]["HER2RT-03"] == "silent"
    # What was read still counts, and says nothing against what was not.
    mastectomy = procedure("m", {"text": "乳腺癌改良根治术"})
    open_, found = verdicts(mastectomy, OPERATED[name])
    assert open_.profile["surgeries"] == ["mastectomy"]
    assert found["HER2RT-03"] == "fires"
    assert found["HER2RT-02"] == "undetermined"
    assert verdicts(mastectomy)[1]["HER2RT-02"] == "silent"


@pytest.mark.parametrize("status", ["not-done", "entered-in-error", "preparation"])
def test_an_operation_that_was_not_done_leaves_nothing_open(status: str) -> None:
    found = mapped(patient(), ORTHOPAEDIC, procedure("s", LUMPECTOMY, status))
    assert found.profile["surgeries"] == ["orthopaedic"]
    assert "surgeries" not in found.profile.get("incomplete", ())


@pytest.mark.parametrize("status", ["draft", "active"])
def test_an_order_that_is_not_understood_tells_of_no_operation_that_was_done(status: str) -> None:
    found = mapped(patient(), ORTHOPAEDIC, order("o", concept("urn:x", "Q1", "康复"), status))
    assert found.profile["surgeries"] == ["orthopaedic"]
    assert "surgeries" not in found.profile.get("incomplete", ())


@pytest.mark.parametrize("name", OPERATED)
def test_without_an_operation_that_was_read_there_is_none_to_be_complete(name: str) -> None:
    found = mapped(patient(), OPERATED[name])
    assert "surgeries" not in {*found.profile, *found.profile.get("incomplete", ())}
    assert "surgeries" not in {one.name for one in found.report().open_lists}


@pytest.mark.parametrize("days", [("2024-03", "2024-03-01"), ("2024-03-01", "2024-03")])
def test_a_course_begins_on_the_day_that_one_of_its_records_tells_whichever_stands_first(days: tuple[str, str]) -> None:
    whole, part = ({"performedPeriod": {"start": day, "end": "2024-04-10"}} for day in days)
    of_whole = {"partOf": [{"reference": "Procedure/a"}]}
    courses = procedure("a", COURSE, **whole), procedure("b", {"text": "放疗"}, **part, **of_whole)
    found = mapped(*courses, statement("t", {"text": "曲妥珠单抗"}, effectivePeriod={"start": "2024-03-01"}))
    assert fact(found, "radiotherapy[a].during_current_antiher2") is True


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


def test_what_is_at_different_places_is_told_apart_whatever_links_it() -> None:
    part: dict[str, Any] = {"partOf": [{"reference": "Procedure/all"}]}
    both = procedure("all", {"text": "综合治疗"})
    breast = procedure("a", COURSE, bodySite=LEFT_BREAST, performedPeriod={"start": "2019-01-01"}, **part)
    brain = procedure("b", COURSE, "in-progress", bodySite=[{"text": "脑"}], **part)
    found = mapped(both, breast, brain)
    assert [(item["site"], item["status"]) for item in found.profile["radiotherapy"]] == [
        ("breast", "completed"),
        ("brain", "ongoing"),
    ]


def test_an_oral_examination_is_dated_by_the_newest_record() -> None:
    oral = {"text": "口腔检查"}
    found = mapped(
        procedure("a", oral, performedDateTime="2024-09-01"), procedure("b", oral, performedDateTime="2024-12-01")
    )
    assert found.profile["assessments"] == {"dental_exam_done": True, "dental_exam_date": "2024-12-01"}
    assert mapped(procedure("a", oral)).profile["assessments"] == {"dental_exam_done": True}
