"""Draft orders: what the doctor is about to order, as the mapping reads orders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from oncocds.errors import InputError, Problem
from oncocds_api.cds.hook_request import HookRequest
from oncocds_api.cds.order_groups import without_groups
from oncocds_fhir.bundle import Collected, LeftOut, Resource, collect, tail

_POINTER = "/context/draftOrders"
_NOT_YET_ORDERS = ("proposal", "plan", "option")
_SUBJECTS = ("subject", "patient")


@dataclass(frozen=True)
class Drafts:
    """The draft orders of a call: all of them, the labels of those that the call is about, and what is not readable."""

    resources: tuple[Resource, ...]
    selected: frozenset[str]
    left_out: tuple[LeftOut, ...] = ()

    def reference(self, label: str) -> str | None:
        """Return the relative reference to a draft, None where it has no id to refer to."""
        found = next((one for one in self.resources if one.label == label), None)
        return None if found is None or found.id is None else f"{found.type}/{found.id}"


def read_drafts(request: HookRequest) -> Drafts:
    """Read the drafts of a call. Raises ``InputError`` where they are no FHIR, or one is for another patient."""
    if request.drafts is None:
        return Drafts((), frozenset())
    collected = collect(_as_orders(request.drafts, request.patient), _POINTER)
    orders, groups = without_groups(collected.resources, lambda found: _order(found, request.patient))
    for resource in orders:
        for key in _SUBJECTS:
            subject = resource.element.raw().get(key)
            reference = subject.get("reference") if isinstance(subject, dict) else None
            if isinstance(reference, str) and reference.count("/") and tail(reference) != f"Patient/{request.patient}":
                pointer = f"{resource.element.pointer}/{key}/reference"
                raise InputError([Problem(pointer, "another patient than the context's", "context.patientId")])
    labels = {resource.label for resource in orders}
    chosen = {resource.label for resource in orders if f"{resource.type}/{resource.id}" in request.selections}
    for reference in request.selections:
        chosen.update(groups.get(reference, ()))
    # Without a selection that can be found every draft counts: rather one card too many than a silent one.
    return Drafts(tuple(orders), frozenset(chosen or labels), tuple(collected.left_out))


def with_drafts(records: Iterable[Resource], drafts: Iterable[Resource]) -> Collected:
    """Return the records with the drafts; a record that is a draft's own earlier version gives way to it."""
    drafts = list(drafts)
    names = {(draft.type, draft.id) for draft in drafts if draft.id is not None}
    return Collected([*(record for record in records if (record.type, record.id) not in names), *drafts])


def _as_orders(bundle: Mapping[str, Any], patient: str) -> dict[str, Any]:
    """Return the drafts as orders planned now: whatever proposal or date they carry, they are about to be placed.

    They are for the patient of the call; a draft that names its subject otherwise than by reference is given one.
    """
    entries = bundle.get("entry")
    if not isinstance(entries, list):
        return {**bundle, "type": "collection"}
    return {**bundle, "type": "collection", "entry": [_entry(entry, patient) for entry in entries]}


def _entry(entry: Any, patient: str) -> Any:
    resource = entry.get("resource") if isinstance(entry, dict) else None
    if not isinstance(resource, dict):
        return entry
    return {"resource": _order(resource, patient), "fullUrl": entry.get("fullUrl")}


def _order(resource: Mapping[str, Any], patient: str) -> dict[str, Any]:
    order = {key: value for key, value in resource.items() if key != "authoredOn"}
    if order.get("status") is None:
        order["status"] = "draft"
    if order.get("intent") is None or order["intent"] in _NOT_YET_ORDERS:
        order["intent"] = "order"
    for key in _SUBJECTS:
        subject = order.get(key)
        if isinstance(subject, dict) and "/" not in str(subject.get("reference")):
            order[key] = {**subject, "reference": f"Patient/{patient}"}
    return order
