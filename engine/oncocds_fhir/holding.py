"""Which lists of a profile a resource could hold an item of: leaving such a resource out leaves these lists open."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

COUNTED = ("lesions", "medications", "radiotherapy")
"""The lists of which records that were left out are counted."""
LISTS = ("history", *COUNTED)
ORDERED = ("medications", "radiotherapy")
# Also types that are not read here, and those of other versions of FHIR (1.0: MedicationOrder; 3.0: ProcedureRequest;
# 5.0: MedicationUsage, RequestOrchestration).
_HELD: Mapping[str, tuple[str, ...]] = {
    "Condition": ("lesions",),
    "Observation": ("history",),
    "MedicationRequest": ("medications",),
    "MedicationStatement": ("medications",),
    "MedicationAdministration": ("medications",),
    "MedicationDispense": ("medications",),
    "MedicationOrder": ("medications",),
    "MedicationPrescription": ("medications",),
    "MedicationUsage": ("medications",),
    "Procedure": ("radiotherapy",),
    "ServiceRequest": ("radiotherapy",),
    "ProcedureRequest": ("radiotherapy",),
    "ReferralRequest": ("radiotherapy",),
    "CarePlan": ORDERED,
    "RequestGroup": ORDERED,
    "RequestOrchestration": ORDERED,
}
HOLDERS = frozenset(_HELD)
"""The types of which a resource could be an item of a list."""
_HOLDING_NONE = ("Medication",)


def lists_of(kind: str) -> tuple[str, ...]:
    """Return the lists that a resource of a type could hold an item of."""
    return _HELD.get(kind, ())


def lists_of_search(address: str) -> tuple[str, ...]:
    """Return the lists that what a search was asked for could hold an item of; all where the address does not tell.

    It tells where it names one type of resource and nothing that comes with it (``_include``, ``_revinclude``).
    """
    try:
        asked = urlsplit(address)
    except ValueError:
        return LISTS
    kind = asked.path.rsplit("/", 1)[-1]
    if "include" in asked.query or (kind not in _HELD and kind not in _HOLDING_NONE):
        return LISTS
    return lists_of(kind)
