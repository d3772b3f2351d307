"""Types of records that no fact is read from: while JSON is read, of such a record is kept what tells whose it is."""

from __future__ import annotations

from typing import Any

# Of a public test patient of several megabytes most is bills and visits.
SKIPPED = frozenset(
    (
        "Account", "Appointment", "AuditEvent", "Binary", "CareTeam", "Claim", "ClaimResponse", "Composition",
        "Coverage", "Device", "DocumentReference", "Encounter", "EpisodeOfCare", "ExplanationOfBenefit",
        "Immunization", "Invoice", "Location", "Media", "NutritionOrder", "Organization", "PaymentNotice",
        "Practitioner", "PractitionerRole", "Provenance", "Questionnaire", "Schedule", "Slot",
        "SupplyDelivery", "SupplyRequest",
    )
)  # fmt: skip
_KEPT = ("resourceType", "id", "meta", "subject", "patient", "contained")


def skipped(read: dict[str, Any]) -> dict[str, Any]:
    """Return what is kept of an object that was just read: all of it, but of a record that is not looked into.

    The report tells of such a record as of every other: by type and id.
    """
    kind = read.get("resourceType")
    if type(kind) is not str or kind not in SKIPPED:
        return read
    return {key: read[key] for key in _KEPT if key in read}
