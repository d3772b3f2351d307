"""Makes FHIR resources for tests, and maps them."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from oncocds.vocabulary.code_loader import bundled_codes
from oncocds.vocabulary.loader import bundled_vocabulary
from oncocds_fhir.bundle import collect
from oncocds_fhir.mapping import Mapped, map_bundle

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC = "http://www.whocc.no/atc"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
ICD10CM = "http://hl7.org/fhir/sid/icd-10-cm"
UCUM = "http://unitsofmeasure.org"
LOCAL = "https://oncocds.example/fhir/CodeSystem/facts"
MCODE = "http://hl7.org/fhir/us/mcode/StructureDefinition"
AS_OF = datetime.date(2025, 1, 31)

Resource = dict[str, Any]


def ago(days: int) -> str:
    """The day that lies some days before the evaluation."""
    return (AS_OF - datetime.timedelta(days=days)).isoformat()


def concept(system: str, code: str, text: str | None = None) -> Resource:
    return {"coding": [{"system": system, "code": code}], **({"text": text} if text else {})}


def patient(**fields: Any) -> Resource:
    return {"resourceType": "Patient", "id": "p", **fields}


# The patient of records that were seen in public: where a record must say whose it is, it is hers.
ANNA = patient(gender="female", birthDate="1961-03-20")
MINE: Resource = {"subject": {"reference": "Patient/p"}}


def condition(
    identity: str,
    code: Resource,
    verification: str | None = "confirmed",
    clinical: str | None = "active",
    **fields: Any,
) -> Resource:
    made = {"resourceType": "Condition", "id": identity, "code": code, **fields}
    for key, value in (("verificationStatus", verification), ("clinicalStatus", clinical)):
        if value is not None:
            made[key] = {"coding": [{"code": value}]}
    return made


def observation(identity: str, code: Resource | str, when: str | None = "2025-01-01", **fields: Any) -> Resource:
    made = {
        "resourceType": "Observation",
        "id": identity,
        "status": "final",
        "code": concept(LOINC, code) if isinstance(code, str) else code,
        **fields,
    }
    return {**made, "effectiveDateTime": when} if when is not None else made


def quantity(value: float, unit: str) -> Resource:
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}


def lvef(identity: str, when: str | None, value: float, **fields: Any) -> Resource:
    return observation(identity, "10230-1", when, valueQuantity=quantity(value, "%"), **fields)


def request(identity: str, drug: Resource | str, status: str = "active", **fields: Any) -> Resource:
    return {
        "resourceType": "MedicationRequest",
        "id": identity,
        "status": status,
        "intent": "order",
        "medicationCodeableConcept": {"text": drug} if isinstance(drug, str) else drug,
        **fields,
    }


def statement(identity: str, drug: Resource | str, status: str = "active", **fields: Any) -> Resource:
    made = {**request(identity, drug, status, **fields), "resourceType": "MedicationStatement"}
    made.pop("intent")
    return made


def given(identity: str, drug: Resource | str, when: str, status: str = "completed") -> Resource:
    made = {**statement(identity, drug, status, effectiveDateTime=when)}
    return {**made, "resourceType": "MedicationAdministration"}


def procedure(identity: str, code: Resource, status: str = "completed", **fields: Any) -> Resource:
    return {"resourceType": "Procedure", "id": identity, "status": status, "code": code, **fields}


def bundle(*resources: Resource, kind: str = "collection") -> Resource:
    return {"resourceType": "Bundle", "type": kind, "entry": [{"resource": resource} for resource in resources]}


def mapped(*resources: Resource, as_of: datetime.date = AS_OF) -> Mapped:
    return map_bundle(collect(bundle(*resources)), bundled_vocabulary(), bundled_codes(), as_of)


def profile(*resources: Resource) -> Resource:
    return mapped(*resources).profile


def reasons(found: Mapped) -> dict[str, list[str]]:
    """The resources of the report, by reason."""
    by_reason: dict[str, list[str]] = {}
    for one in found.report().unmapped:
        by_reason.setdefault(one.reason, []).extend(one.resources)
    return by_reason


def open_lists(found: Mapped) -> dict[str, dict[str, list[str]]]:
    """The lists that the report calls open, each with its reasons and their resources."""
    return {one.name: {why.reason: why.resources for why in one.because} for one in found.report().open_lists}


def history(*results: tuple[str, str, float, str]) -> list[Resource]:
    """The history of results: what was measured, the day, value and unit."""
    return [
        {"id": f"{of}-{day}", "of": of, "date": day, "value": value, "unit": unit} for of, day, value, unit in results
    ]


def latest(labs: Resource) -> list[Resource]:
    """The history of laboratory results of which there are no others."""
    return history(*((of, one["date"], one["value"], one["unit"]) for of, one in sorted(labs.items())))


def implausible(found: Mapped) -> list[str]:
    return [one.id for one in found.report().plausibility]


def fact(found: Mapped | Resource, path: str) -> Any:
    """A value by path: ``diagnosis.extent``, ``medications[denosumab].status``; None where there is none."""
    value: Any = found.profile if isinstance(found, Mapped) else found
    for step in path.replace("[", ".[").split("."):
        if value is None:
            return None
        if step.startswith("["):
            items: Sequence[Resource] = value
            value = next((item for item in items if item["id"] == step[1:-1]), None)
        else:
            value = value.get(step)
    return value
