"""The request that the description shows: a small Bundle with two bone-modifying agents at once."""

from __future__ import annotations

from typing import Any

_RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
_PATIENT = {"reference": "Patient/p"}


def _entry(resource: dict[str, Any]) -> dict[str, Any]:
    return {"resource": resource}


EXAMPLE: dict[str, Any] = {
    "bundle": {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            _entry({"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1966-05-04"}),
            _entry(
                {
                    "resourceType": "Condition",
                    "id": "primary",
                    "verificationStatus": {"coding": [{"code": "confirmed"}]},
                    "clinicalStatus": {"coding": [{"code": "active"}]},
                    "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "C50.912"}]},
                    "subject": _PATIENT,
                }
            ),
            _entry(
                {
                    "resourceType": "Condition",
                    "id": "bone",
                    "verificationStatus": {"coding": [{"code": "confirmed"}]},
                    "clinicalStatus": {"coding": [{"code": "active"}]},
                    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "94222008"}]},
                    "subject": _PATIENT,
                }
            ),
            _entry(
                {
                    "resourceType": "MedicationRequest",
                    "id": "zoledronic-acid",
                    "status": "active",
                    "intent": "order",
                    "authoredOn": "2024-11-05",
                    "medicationCodeableConcept": {"coding": [{"system": _RXNORM, "code": "77655"}]},
                    "subject": _PATIENT,
                }
            ),
            _entry(
                {
                    "resourceType": "MedicationRequest",
                    "id": "denosumab",
                    "status": "draft",
                    "intent": "order",
                    "medicationCodeableConcept": {"coding": [{"system": _RXNORM, "code": "993449"}]},
                    "subject": _PATIENT,
                }
            ),
        ],
    },
    "as_of": "2025-01-31",
}
