"""Hook calls to test with, made of the example bundles; and a worker's answer to them without a server."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from oncocds.engine import Engine
from oncocds.text import Language
from oncocds.vocabulary.code_loader import bundled_codes
from oncocds_api.cds.envelope import Fetched, Options, packed
from oncocds_api.evaluation import answer

BUNDLES = Path(__file__).resolve().parent.parent / "examples" / "fhir"
BASE = "https://cds.hospital.example"
INSTANCE = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"
TWO_AGENTS = "bone-metastases-with-two-agents"
KEYS = {
    "Patient": "patient",
    "Condition": "conditions",
    "MedicationRequest": "medicationRequests",
    "Medication": "medicationRequests",
    "MedicationStatement": "medicationStatements",
    "MedicationAdministration": "medicationAdministrations",
    "MedicationDispense": "medicationDispenses",
    "Observation": "observations",
    "Procedure": "procedures",
    "ServiceRequest": "serviceRequests",
}


def bundle(*resources: Mapping[str, Any], next_page: str | None = None) -> dict[str, Any]:
    made: dict[str, Any] = {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"resource": one} for one in resources],
    }
    return {**made, "link": [{"relation": "next", "url": next_page}]} if next_page is not None else made


def records(name: str) -> list[dict[str, Any]]:
    document = json.loads((BUNDLES / f"{name}.json").read_text("utf-8"))
    return [entry["resource"] for entry in document.get("bundle", document)["entry"]]


def prefetch_of(resources: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = dict.fromkeys(KEYS.values())
    for resource in resources:
        key = KEYS[resource["resourceType"]]
        if key == "patient":
            found[key] = resource
        else:
            found[key] = found[key] or bundle()
            found[key]["entry"].append({"resource": resource})
    return found


def view(name: str = TWO_AGENTS) -> dict[str, Any]:
    """A call of patient-view with everything prefetched; drafts of the example are left out."""
    resources = [one for one in records(name) if one.get("status") != "draft"]
    patient = next(one["id"] for one in resources if one["resourceType"] == "Patient")
    return {
        "hook": "patient-view",
        "hookInstance": INSTANCE,
        "context": {"userId": "Practitioner/example", "patientId": patient},
        "prefetch": prefetch_of(resources),
    }


def order(name: str = TWO_AGENTS, hook: str = "order-sign", drafts: Sequence[Any] | None = None) -> dict[str, Any]:
    """A call of an order hook; the drafts are the example's unless given."""
    call = view(name)
    if drafts is None:
        drafts = [one for one in records(name) if one.get("status") == "draft"]
    call["hook"] = hook
    call["context"]["draftOrders"] = {**bundle(*drafts), "type": "collection"}
    if hook == "order-select":
        call["context"]["selections"] = [f"{one['resourceType']}/{one['id']}" for one in drafts if "id" in one]
    return call


def draft(name: str, identity: str = "draft-1", patient: str = "bone-two", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "MedicationRequest",
        "id": identity,
        "status": "draft",
        "intent": "order",
        "medicationCodeableConcept": {"text": name},
        "subject": {"reference": f"Patient/{patient}"},
        **more,
    }


class Desk:
    """Answers calls as a worker does."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._codes = bundled_codes()

    def header(
        self,
        call: Any,
        fetched: Sequence[Fetched] = (),
        *,
        service: str | None = None,
        language: Language = "zh",
        last_round: bool = False,
    ) -> tuple[dict[str, Any], Any]:
        body = call if isinstance(call, bytes) else json.dumps(call).encode()
        if service is None:
            service = "oncocds-patient" if call["hook"] == "patient-view" else "oncocds-orders"
        options = Options(service, language, BASE, last_round)
        header, content = answer(self._engine, self._codes, "cds-hook", packed(options, body, fetched))
        return header, json.loads(content) if content else None

    def cards(self, call: Any, fetched: Sequence[Fetched] = (), **more: Any) -> list[dict[str, Any]]:
        header, document = self.header(call, fetched, **more)
        assert header["outcome"] == "done", header
        cards: list[dict[str, Any]] = document["cards"]
        return cards
