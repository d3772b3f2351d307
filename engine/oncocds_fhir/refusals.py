"""Why a record of what is given or done is not read: its status tells of nothing, or it is no order."""

from __future__ import annotations

from collections.abc import Container, Mapping

from oncocds_fhir.bundle import Resource

NOTHING_KNOWN = ("status-missing", "unknown-status")
"""Refusals of a record that may be therapy all the same; the others say that it is none."""
# How records of FHIR 1.0 and 3.0 say that nothing was given, taken or done, whatever their status is.
_DENIED = {
    "wasNotGiven": "not-done",
    "notGiven": "not-done",
    "notDone": "not-done",
    "notPerformed": "not-done",
    "wasNotTaken": "not-taken",
}
_ORDERS = ("MedicationRequest", "ServiceRequest")


def refusal(resource: Resource, nothing: Mapping[str, str], known: Container[str]) -> str | None:
    """Return the reason, None where the record is read.

    ``nothing`` are the statuses that say that nothing was given or done, with the reason of each; ``known`` the others.
    """
    if not _DENIED.keys().isdisjoint(resource.element.raw()):
        for key, reason in _DENIED.items():
            if resource.element.boolean(key) is True:
                return reason
    if resource.element.text("taken") == "n":
        return "not-taken"
    status = resource.element.text("status")
    if status is None:
        return "status-missing"
    if status in nothing:
        return nothing[status]
    if resource.type in _ORDERS:
        if resource.element.boolean("doNotPerform") is True:
            return "do-not-perform"
        if resource.element.text("intent") in ("proposal", "option"):
            return "proposal"
    return None if status in known else "unknown-status"
