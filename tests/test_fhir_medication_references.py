"""Which drug a record means that names it by a reference: its display where nothing else is there, R5's choice."""

from __future__ import annotations

import pytest

from fhir_support import Resource, fact, mapped, reasons, request

ZOLEDRONATE = {"resourceType": "Medication", "id": "z", "code": {"text": "唑来膦酸"}}


def order(**fields: object) -> Resource:
    return {key: value for key, value in request("m", "x", **fields).items() if key != "medicationCodeableConcept"}


@pytest.mark.parametrize(
    "holder",
    [
        {"medicationReference": {"display": "唑来膦酸注射液"}},
        {"medicationReference": {"identifier": {"value": "77"}, "display": "唑来膦酸注射液"}},
        {"medicationReference": {"reference": "Medication/none", "display": "唑来膦酸注射液"}},
        {"medicationReference": {"reference": "Medication/z", "display": "药品77"}},
        {"medication": {"concept": {"text": "唑来膦酸"}}},
        {"medication": {"reference": {"reference": "Medication/z"}}},
        {"medication": {"reference": {"display": "唑来膦酸注射液"}}},
    ],
)
def test_a_drug_that_is_named_by_its_reference_is_that_drug(holder: Resource) -> None:
    assert fact(mapped(order(**holder), ZOLEDRONATE), "medications[zoledronate].status") == "active"


def test_a_reference_whose_display_names_another_drug_is_neither_for_certain() -> None:
    found = mapped(order(medicationReference={"reference": "Medication/z", "display": "曲妥珠单抗"}), ZOLEDRONATE)
    (item,) = fact(found, "medications")
    assert item["drug"] == "other"
    assert {"bone_modifying_agent", "anti_her2"} <= {*item["class"]}
    assert reasons(found) == {"codes-disagree": ["MedicationRequest/m"]}


def test_a_reference_that_names_nothing_is_a_drug_of_which_nothing_is_known() -> None:
    for holder in ({"medicationReference": {"identifier": {"value": "77"}}}, {"medication": {}}):
        (item,) = fact(mapped(order(**holder)), "medications")
        assert "drug" not in item


TWICE: list[Resource] = [
    {"medication": {"concept": {"text": "地舒单抗"}}, "medicationCodeableConcept": {"text": "唑来膦酸"}},
    {"medication": {"reference": {"reference": "Medication/z"}}, "medicationCodeableConcept": {"text": "地舒单抗"}},
    {"medicationReference": {"reference": "Medication/z"}, "medicationCodeableConcept": {"text": "地舒单抗"}},
    {"medication": {"reference": {"reference": "Medication/z"}, "concept": {"text": "地舒单抗"}}},
    {"medication": {"concept": {"text": "地舒单抗"}}, "medicationReference": {"reference": "Medication/z"}},
]


def _order(**fields: object) -> Resource:
    return {"resourceType": "MedicationRequest", "id": "m", "status": "active", "intent": "order", **fields}


@pytest.mark.parametrize("fields", TWICE)
def test_a_record_that_names_two_drugs_is_of_neither_for_certain(fields: Resource) -> None:
    """FHIR allows one of these elements; whichever is wrong, it is a bone-modifying agent."""
    found = mapped(_order(**fields), ZOLEDRONATE)
    [item] = found.profile["medications"]
    assert item["drug"] == "other"
    assert "bone_modifying_agent" in item["class"]
    assert reasons(found)["codes-disagree"] == ["MedicationRequest/m"]


@pytest.mark.parametrize("fields", TWICE)
def test_a_record_that_names_one_drug_twice_is_of_that_drug(fields: Resource) -> None:
    denosumab = {**ZOLEDRONATE, "code": {"text": "地舒单抗"}}
    one = {
        key: ({"text": "地舒单抗"} if key == "medicationCodeableConcept" else value) for key, value in fields.items()
    }
    found = mapped(_order(**one), denosumab)
    assert [item["drug"] for item in found.profile["medications"]] == ["denosumab"]
    assert reasons(found) == {}


def test_a_medication_recorded_in_error_names_nothing_beside_the_name() -> None:
    fields = {"medicationReference": {"reference": "Medication/z"}, "medicationCodeableConcept": {"text": "地舒单抗"}}
    found = mapped(_order(**fields), {**ZOLEDRONATE, "status": "entered-in-error"})
    assert [item.get("drug") for item in found.profile["medications"]] != ["zoledronate"]
