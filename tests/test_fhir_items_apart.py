"""Items of a list are told apart: whatever records and drugs are called, none takes the place of another."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir_support import (
    AS_OF,
    ATC,
    ICD10,
    MCODE,
    SNOMED,
    concept,
    condition,
    fact,
    mapped,
    patient,
    procedure,
    reasons,
    request,
    statement,
)
from oncocds.engine import Engine
from oncocds_fhir.gathering import told_apart

Resource = dict[str, Any]
BREAST, BONE = condition("primary", concept(ICD10, "C50.9")), condition("bone", concept(SNOMED, "94222008"))
BY_CODE = concept(ATC, "M05BA99", "新药")  # a bisphosphonate that the vocabulary lacks
BY_NAME = {"text": "新药"}
LONG = "of-an-identifier-that-goes-on-and-on-and-on-"


def of(found: Any, what: str = "medications") -> dict[str, Any]:
    return {one["id"]: one for one in found.profile.get(what, [])}


def order(identity: str, text: str) -> Resource:
    fields = {"status": "active", "intent": "order", "code": {"text": text}, "authoredOn": "2025-01-01"}
    return {"resourceType": "ServiceRequest", "id": identity, "subject": {"reference": "Patient/p"}, **fields}


def test_a_drug_that_a_code_knows_is_no_drug_of_the_same_name_without_one() -> None:
    records = [request("a", BY_CODE), statement("b", BY_NAME, status="stopped")]
    for those in (records, records[::-1]):
        found = mapped(patient(), BREAST, BONE, *those)
        assert {name: one["status"] for name, one in of(found).items()} == {"新药": "active", "新药-2": "stopped"}
        assert "bone_modifying_agent" in fact(found, "medications[新药].has_class")
        assert found.sources["medications[新药].status"] == ["MedicationRequest/a"]
        assert found.sources["medications[新药-2].status"] == ["MedicationStatement/b"]


def test_a_record_whose_code_names_another_agent_is_not_the_agent_of_its_name(engine: Engine) -> None:
    either = concept(ATC, "M05BA08", "denosumab")
    for records in (
        [request("d", "denosumab"), statement("z", either)],
        [statement("z", either), request("d", "denosumab")],
    ):
        found = mapped(patient(), BREAST, BONE, *records)
        assert {name: one["drug"] for name, one in of(found).items()} == {
            "denosumab": "denosumab",
            "denosumab-2": "other",
        }
        assert reasons(found)["codes-disagree"] == ["MedicationStatement/z"]
        assert engine.evaluate(found.profile, as_of=AS_OF).verdicts["BCBM-62"] == "fires"


def test_drugs_without_a_name_are_told_apart_by_records_whose_ids_begin_alike() -> None:
    nameless = [
        {key: value for key, value in statement(f"{LONG}{n}", "x").items() if key != "medicationCodeableConcept"}
        for n in "12"
    ]
    assert len(of(mapped(patient(), *nameless))) == 2


def test_an_order_and_a_procedure_of_one_number_are_two_courses_of_radiotherapy() -> None:
    done = procedure("7", {"text": "左乳放疗"}, performedDateTime="2024-06-01")
    for records in ([done, order("7", "全脑放疗")], [order("7", "全脑放疗"), done]):
        courses = of(mapped(patient(), *records), "radiotherapy")
        assert {name: one["status"] for name, one in courses.items()} == {"7": "completed", "7-2": "planned"}


def test_an_order_and_what_was_done_on_it_are_one_course_whatever_their_numbers() -> None:
    done = procedure(
        "7", {"text": "左乳放疗"}, basedOn=[{"reference": "ServiceRequest/7"}], performedDateTime="2024-06-01"
    )
    assert set(of(mapped(patient(), done, order("7", "左乳放疗")), "radiotherapy")) == {"7"}


@pytest.mark.parametrize(
    ("identity", "beside", "names"),
    [
        ("rt", "rt-breast", {"rt-breast", "rt-breast-2", "rt-regional_nodes"}),
        ("r" * 60, "s", {"r" * 60, "r" * 50 + "-2", "s"}),
    ],
)
def test_courses_that_volumes_tell_apart_are_no_others(identity: str, beside: str, names: set[str]) -> None:
    places = [
        {"resourceType": "BodyStructure", "id": "b", "location": concept(SNOMED, "80248007")},
        {"resourceType": "BodyStructure", "id": "n", "location": {"text": "区域淋巴结"}},
    ]
    volumes = [
        {
            "url": f"{MCODE}/mcode-radiotherapy-dose-delivered-to-volume",
            "extension": [{"url": "volume", "valueReference": {"reference": f"BodyStructure/{one['id']}"}}],
        }
        for one in places
    ]
    done = procedure(identity, concept(SNOMED, "1217123003"), extension=volumes)
    courses = of(mapped(patient(), *places, done, order(beside, "全脑放疗")), "radiotherapy")
    assert set(courses) == names
    assert sorted(one["status"] for one in courses.values()) == ["completed", "completed", "planned"]


_NAMED = st.sampled_from(["新药", "denosumab", "唑来膦酸", "某药"])
_CODED = st.sampled_from([None, "M05BA99", "M05BA08", "M05BX04", "C08CA01"])


@given(st.lists(st.tuples(_NAMED, _CODED), min_size=1, max_size=5))
def test_every_drug_of_a_record_alone_stands_beside_others(named: list[tuple[str, str | None]]) -> None:
    records = [
        statement(str(n), {"text": name} if code is None else concept(ATC, code, name))
        for n, (name, code) in enumerate(named)
    ]

    def drugs(*those: Resource) -> set[str]:
        says = (
            sorted((k, str(v)) for k, v in one.items() if k != "id") for one in of(mapped(patient(), *those)).values()
        )
        return {str(one) for one in says}

    assert drugs(*records) == {one for record in records for one in drugs(record)}


@given(st.lists(st.sampled_from(["a", "a-2", "a-3", "b", "c" * 60, "c" * 61, "c" * 50 + "-2"]), max_size=12))
def test_ids_are_told_apart(wanted: list[str]) -> None:
    found = told_apart(wanted)
    assert len(found) == len(set(found)) == len(wanted)
    assert all(len(one) <= 60 for one in found)
    assert {one[:60] for one in wanted} <= {*found}  # the first of an id keeps it
    assert told_apart(found) == found
