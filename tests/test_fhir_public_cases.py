"""Bundles shaped after public bug reports and public test data, each read as a careful reader of the chart would."""

from __future__ import annotations

import pytest

from fhir_support import (
    ANNA,
    AS_OF,
    ICD10,
    ICD10CM,
    MCODE,
    MINE,
    RXNORM,
    SNOMED,
    UCUM,
    Resource,
    ago,
    concept,
    condition,
    given,
    history,
    lvef,
    mapped,
    observation,
    open_lists,
    procedure,
    reasons,
    request,
    statement,
)
from oncocds.engine import Engine

Reasons = dict[str, list[str]]
BREAST = condition("breast", concept(SNOMED, "254837009", "乳腺癌"), **MINE)
BONE = condition("bone", concept(SNOMED, "94222008"), **MINE)
CODEX = "http://hl7.org/fhir/us/codex-radiation-therapy/StructureDefinition"


HER = {"age": 63, "sex": "female"}  # what the records of ANNA, BREAST and BONE say
WITH_BREAST = {**HER, "diagnosis": {"tumour_type": "breast"}}
WITH_BONE: Resource = {
    **HER,
    "diagnosis": {"tumour_type": "breast", "extent": "metastatic"},
    "lesions": [{"id": "bone", "organ": "bone", "status": "confirmed"}],
    "incomplete": ["lesions"],
}


def told(*records: Resource) -> tuple[Resource, Reasons, dict[str, Reasons], Reasons]:
    """All that is read of some records: the profile, what was left out and why, what is open, what is assumed."""
    found = mapped(*records)
    return found.profile, reasons(found), open_lists(found), {one.id: one.facts for one in found.report().assumptions}


NOT_WHOLE = {"lesions": {"problem-list": ["Condition/bone"]}}


def verdict(engine: Engine, rule: str, *records: Resource) -> str:
    return engine.evaluate(mapped(*records).profile, as_of=AS_OF).verdicts[rule]


def test_orders_that_end_with_each_visit(engine: Engine) -> None:
    """Public synthetic patients close an order as stopped with the next one, since a change as completed.

    (synthetichealth/synthea, pull request 1572.) The therapy goes on under the last order.
    """
    for ended in ("stopped", "completed"):
        visits = [request(f"v{n}", concept(RXNORM, "77655"), ended, authoredOn=ago(400 - 90 * n)) for n in range(4)]
        last = request("now", concept(RXNORM, "77655"), authoredOn=ago(20))
        other = request("d", "denosumab", authoredOn=ago(9))
        zoledronate = {"id": "zoledronate", "drug": "zoledronate", "status": "active", "start_date": ago(20)}
        assumed = {"order-date-as-start": ["medications[zoledronate].start_date"]}
        expected = {**WITH_BONE, "medications": [zoledronate]}
        assert told(ANNA, BREAST, BONE, *visits, last) == (expected, {}, NOT_WHOLE, assumed)
        assert verdict(engine, "BCBM-62", ANNA, BREAST, BONE, *visits, last, other) == "fires"


def test_an_acute_prescription_that_is_completed_as_soon_as_it_is_issued(engine: Engine) -> None:
    """Primary care systems send acute medication as completed while it is taken (nhsconnect/gpconnect, issue 517)."""
    records = [ANNA, BREAST, BONE, request("d", "denosumab", authoredOn=ago(40))]
    issued = request("z", "zoledronic acid", "completed", authoredOn=ago(3))
    profile, left_out, open_, _ = told(*records, issued)
    zoledronate = {"id": "zoledronate", "drug": "zoledronate", "start_date": ago(3)}
    denosumab = {"id": "denosumab", "drug": "denosumab", "status": "active", "start_date": ago(40)}
    assert profile == {**WITH_BONE, "medications": [denosumab, zoledronate]}
    assert (left_out, open_) == ({"given-recently": ["MedicationRequest/z"]}, NOT_WHOLE)
    assert verdict(engine, "BCBM-62", *records, issued) == "undetermined"
    assert verdict(engine, "BCBM-62", *records, {**issued, "authoredOn": ago(900)}) == "silent"


def test_an_old_statement_that_nobody_closed() -> None:
    """A document of years ago says active, a later record that it was stopped (metriport/metriport, issue 2564)."""
    old = statement("s", "letrozole", dateAsserted="2019-05-01", effectivePeriod={"start": "2019-01-01"})
    ended = statement("t", "letrozole", "stopped", effectivePeriod={"start": "2019-01-01", "end": "2023-02-01"})
    letrozole = {"id": "letrozole", "drug": "letrozole", "start_date": "2019-01-01"}
    stopped = {**letrozole, "status": "stopped", "stop_date": "2023-02-01"}
    assert told(old, ended) == ({"medications": [stopped]}, {"superseded": ["MedicationStatement/s"]}, {}, {})
    supply = {**statement("d", "letrozole", "completed"), "resourceType": "MedicationDispense"}
    again = {**supply, "whenHandedOver": ago(5), "daysSupply": {"value": 28, "code": "d"}}
    after = {"given-after-stop": ["MedicationDispense/d", "MedicationStatement/t"]}
    left_out = {**after, "superseded": ["MedicationStatement/s"]}
    assert told(old, ended, again) == ({"medications": [letrozole]}, left_out, {}, {})


@pytest.mark.parametrize("coded", [True, False])
def test_a_drug_that_only_the_ingredient_of_a_contained_medication_names(coded: bool) -> None:
    """The medication has no code of its own (drajer-health/eCRNow, issues 63 and 123)."""
    item = {"coding": [{"system": RXNORM, "code": "224905"}]} if coded else {"text": "trastuzumab"}
    contained = {"resourceType": "Medication", "id": "med", "ingredient": [{"itemCodeableConcept": item}]}
    order = {**request("r", {}), "contained": [contained], "medicationReference": {"reference": "#med"}}
    order.pop("medicationCodeableConcept")
    trastuzumab = {"id": "trastuzumab", "drug": "trastuzumab", "status": "active"}
    assert told(order) == ({"medications": [trastuzumab]}, {}, {}, {})


def test_a_reference_with_words_beside_an_element_that_fhir_does_not_have() -> None:
    """The Medication did not come along (cqframework/cql-exec-fhir, issue 43); its display still names the drug."""
    order = {
        **request("r", {}),
        "medicationReference": {"reference": "Medication/x", "type": "Medication", "display": "denosumab"},
        "medication": {"coding": [{"system": RXNORM, "code": "1313112"}]},
    }
    order.pop("medicationCodeableConcept")
    denosumab = {"id": "denosumab", "drug": "denosumab", "status": "active"}
    assert told(order) == ({"medications": [denosumab]}, {"unresolved-reference": ["MedicationRequest/r"]}, {}, {})


def test_what_a_patient_reports_to_take_is_in_use() -> None:
    """A plan by its intent, reported by the patient: the example of a self-prescribed drug in US Core."""
    order = request("r", "denosumab", intent="plan", authoredOn="2019-06-24", reportedBoolean=True)
    denosumab = {"id": "denosumab", "drug": "denosumab"}
    assumed = {"order-date-as-start": ["medications[denosumab].start_date"]}
    taken = {"medications": [{**denosumab, "status": "active", "start_date": "2019-06-24"}]}
    assert told(order) == (taken, {}, {}, assumed)
    planned = {"medications": [{**denosumab, "status": "planned"}]}
    assert told({**order, "reportedBoolean": False}) == (planned, {}, {}, {})


def test_a_condition_that_is_active_and_has_abated(engine: Engine) -> None:
    """Generated samples hold active conditions that abated (smart-on-fhir/generated-sample-data, issue 6)."""
    event = condition(
        "x", concept(SNOMED, "66931009"), clinical="active", onsetDateTime="2016-01-01", abatementDateTime="2016-02-01"
    )
    ended = {"period-ended": ["Condition/x"], "not-active": ["Condition/x"]}
    on_agent = "skeletal_events.on_bma"  # it has happened, on whatever agent
    opened = {on_agent: {"not-active": ["Condition/x"]}}
    assert told(ANNA, BREAST, event) == ({**WITH_BREAST, "incomplete": [on_agent]}, ended, opened, {})


def test_the_radiation_procedure_of_the_first_mcode() -> None:
    """The published example of STU1 (HL7/fhir-mCODE-ig): brachytherapy on one day, with its intent."""
    intent = {"url": f"{MCODE}/mcode-treatment-intent", "valueCodeableConcept": concept(SNOMED, "373808002")}
    record = procedure(
        "rt", concept(SNOMED, "152198000"), performedDateTime="2019-03-01", extension=[intent],
        bodySite=[concept(SNOMED, "78904004")], **MINE,
    )  # fmt: skip
    # What was intended then is no intent of today: nothing goes on, and nothing is planned.
    course = {"id": "rt", "status": "completed", "site": "chest_wall"}
    assert told(ANNA, record) == ({**HER, "radiotherapy": [course]}, {}, {}, {})


def volume(dose: int, fractions: int, structure: str) -> Resource:
    return {
        "url": f"{MCODE}/mcode-radiotherapy-dose-delivered-to-volume",
        "extension": [
            {"url": "volume", "valueReference": {"reference": f"BodyStructure/{structure}"}},
            {"url": "totalDoseDelivered", "valueQuantity": {"value": dose, "code": "cGy", "system": UCUM}},
            {"url": "fractionsDelivered", "valueUnsignedInt": fractions},
        ],
    }


def test_the_summary_of_a_course_with_two_volumes() -> None:
    """The published example of STU3 and STU4: 60 Gy to the chest wall, 50 Gy to nodes, electrons and photons."""
    technique = [
        {"url": f"{MCODE}/mcode-radiotherapy-modality", "valueCodeableConcept": concept(SNOMED, "45643008")},
        {"url": f"{MCODE}/mcode-radiotherapy-technique", "valueCodeableConcept": concept(SNOMED, "1162782007")},
    ]
    record = procedure(
        "rt", concept(SNOMED, "1217123003"), bodySite=[concept(SNOMED, "78904004")],
        performedPeriod={"start": "2018-08-15", "end": "2018-10-25"},
        reasonCode=[concept(ICD10CM, "C50.811")],
        extension=[
            {"url": f"{MCODE}/mcode-radiotherapy-modality-and-technique", "extension": technique},
            {"url": f"{MCODE}/mcode-radiotherapy-sessions", "valueUnsignedInt": 31},
            volume(6000, 30, "wall"), volume(5000, 25, "nodes"),
        ],
    )  # fmt: skip
    wall = {"resourceType": "BodyStructure", "id": "wall", "location": concept(SNOMED, "78904004")}
    nodes = {"resourceType": "BodyStructure", "id": "nodes", "location": {"text": "某处"}}
    profile, left_out, open_, _ = told(record, wall, nodes)
    assert profile == {"radiotherapy": [{"id": "rt", "status": "completed", "site": "chest_wall"}]}
    assert set(left_out) == {"site-unclear", "volumes-differ"}
    assert open_ == {}
    report = mapped(record, wall, nodes).report()
    differ = {fact_ for one in report.unmapped if one.reason == "volumes-differ" for fact_ in one.facts}
    assert differ == {"radiotherapy[rt].dose_gy", "radiotherapy[rt].fractions"}


def test_a_second_course_while_it_is_being_delivered(engine: Engine) -> None:
    """CodeX's course summaries carry the day of the last session as their end while the course goes on."""
    course = procedure(
        "rt", concept(SNOMED, "1217123003"), "in-progress", bodySite=[{"text": "左乳"}], **MINE,
        performedPeriod={"start": f"{ago(2)}T13:15:17+01:00", "end": f"{ago(1)}T13:21:17+01:00"},
        extension=[{"url": f"{CODEX}/codexrt-radiotherapy-course-involves-reirradiation", "valueBoolean": True}],
    )  # fmt: skip
    goes_on = {"id": "rt", "status": "ongoing", "site": "breast", "laterality": "left", "reirradiation": True}
    assert told(ANNA, BREAST, course) == ({**WITH_BREAST, "radiotherapy": [goes_on]}, {}, {}, {})
    her2 = observation("h", "48676-1", valueCodeableConcept={"text": "阳性"})
    drug = request("t", "曲妥珠单抗", authoredOn=ago(60))
    assert verdict(engine, "HER2RT-01", ANNA, BREAST, her2, course, drug) == "fires"


def test_single_sessions_and_the_course_they_are_part_of() -> None:
    """A radiation procedure is a course or one session, then part of it (standardhealth/shr-spec, pull request 388)."""
    course = procedure("rt", {"text": "放疗"}, performedPeriod={"start": "2024-03-01", "end": "2024-03-05"})
    sessions = [
        procedure(
            f"s{day}", {"text": "放疗"}, performedDateTime=f"2024-03-0{day}", partOf=[{"reference": "Procedure/rt"}]
        )
        for day in range(1, 6)
    ]
    assert told(course, *sessions) == ({"radiotherapy": [{"id": "rt", "status": "completed"}]}, {}, {}, {})


def test_a_chart_of_cycles_doses_and_a_switch(engine: Engine) -> None:
    """As hospitals' day units record it: an order for each cycle, its dose, supportive drugs, echoes between.

    (HL7/fhir-mCODE-ig, pull requests 33 and 122; OHDSI's drug eras make one therapy of such records.)
    """

    def cycle(number: int, drug: str, day: int) -> list[Resource]:
        order = request(f"o{number}", drug, "completed", authoredOn=ago(day), **MINE)
        dose = {**given(f"g{number}", drug, ago(day)), "request": {"reference": f"MedicationRequest/o{number}"}, **MINE}
        return [order, dose]

    given_drugs = ["赫赛汀", "赫赛汀", "曲妥珠单抗注射液", "曲妥珠单抗", *["优赫得", "德曲妥珠单抗"] * 3]
    since = {"start": ago(9)}
    records = [
        ANNA, BREAST, observation("h", "48676-1", valueCodeableConcept={"text": "阳性"}),
        lvef("before", ago(200), 65), lvef("switch", ago(70), 57), lvef("now", ago(2), 44),
        *(one for number, drug in enumerate(given_drugs) for one in cycle(number, drug, 190 - 21 * number)),
        *cycle(11, "地塞米松", 1),
        procedure("rt", {"text": "放疗"}, "in-progress", bodySite=[{"text": "左乳"}], performedPeriod=since),
    ]  # fmt: skip
    found = mapped(*records)
    profile, left_out, open_, assumed = told(*records)
    assert profile == {
        **WITH_BREAST,
        "biomarkers": {"her2_status": "positive"},
        "cardiac": {"lvef_baseline": 65, "lvef_latest": 44, "echo_date": ago(2)},
        "history": history(("lvef", ago(200), 65, "%"), ("lvef", ago(70), 57, "%"), ("lvef", ago(2), 44, "%")),
        "medications": [
            {"id": "dexamethasone", "drug": "dexamethasone", "start_date": ago(1)},
            {"id": "t_dxd", "drug": "t_dxd", "status": "active", "start_date": ago(106)},
            {"id": "trastuzumab", "drug": "trastuzumab", "status": "completed", "start_date": ago(190)},
        ],
        "radiotherapy": [{"id": "rt", "status": "ongoing", "site": "breast", "laterality": "left"}],
    }
    assert set(left_out) == {"given-recently", "superseded"}
    assert open_ == {}
    assert assumed["doses-as-running"] == ["medications[t_dxd].status"]
    evaluation = engine.evaluate(found.profile, policy={"lvef_drop_abs": 10}, as_of=AS_OF)
    assert evaluation.verdicts["HER2RT-16"] == "fires"


def test_osteoporosis_long_ago_is_no_reason_today(engine: Engine) -> None:
    """An old order of the same substance for another reason, as lists over decades hold it."""
    old = request("p", "Prolia", "completed", authoredOn="2018-02-01", reasonCode=[concept(ICD10, "M81.0")])
    now = request("x", "安加维", authoredOn=ago(60))
    denosumab = {"id": "denosumab", "drug": "denosumab", "status": "active", "start_date": ago(60)}
    past = {"id": "denosumab-osteoporosis", "drug": "denosumab", "indication": "osteoporosis", "status": "completed"}
    profile, left_out, open_, _ = told(ANNA, BREAST, BONE, now, old)
    assert profile == {**WITH_BONE, "medications": [denosumab, {**past, "start_date": "2018-02-01"}]}
    assert (left_out, open_) == ({}, NOT_WHOLE)
    assert verdict(engine, "BCBM-46", ANNA, BREAST, BONE, {**now, "reasonCode": old["reasonCode"]}) == "fires"
    for records in ([now], [now, old], [old, now]):
        assert verdict(engine, "BCBM-46", ANNA, BREAST, BONE, *records) == "silent"
