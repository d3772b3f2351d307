"""MedicationRequest, -Statement and -Administration: what each says of a drug."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from oncocds_fhir.bundle import Resource
from oncocds_fhir.concepts import Disagreement, answer, meaning
from oncocds_fhir.drugs import DrugName, drug_of
from oncocds_fhir.elements import Concept, Element
from oncocds_fhir.gathering import Gathering
from oncocds_fhir.times import When, read_period, read_when

TYPES = ("MedicationRequest", "MedicationStatement", "MedicationAdministration")
_REQUEST = {"active": "active", "completed": "completed", "stopped": "stopped", "draft": "planned"}
_STATEMENT = {"active": "active", "completed": "completed", "stopped": "stopped", "intended": "planned"}
_ADMINISTRATION = {"in-progress": "active", "completed": "given", "stopped": "given"}
_NOTHING = {
    "cancelled": "cancelled",
    "entered-in-error": "entered-in-error",
    "not-done": "not-done",
    "not-taken": "not-taken",
}
_UNCLEAR = ("on-hold", "unknown")
_NOTHING_KNOWN = ("status-missing", "unknown-status")  # it may be therapy; the other refusals say that it is none
_LIST = ("medications",)


@dataclass(frozen=True)
class Record:
    """What one resource says of a drug. ``status`` is the profile's, ``given`` for a dose given, or None."""

    resource: Resource
    drug: DrugName
    status: str | None
    when: When | None
    start: When | None = None
    stop: When | None = None
    order_date: bool = False
    indication: str | None = None
    stop_reason: str | None = None
    dose: str | None = None

    @property
    def label(self) -> str:
        """How the report calls the resource."""
        return self.resource.label


def read_record(resource: Resource, gathering: Gathering) -> Record | None:
    """Return what a resource says of a drug; None, with the reason noted, where it says nothing."""
    element, label = resource.element, resource.label
    status = element.text("status")
    reason = _refusal(resource, status)
    if reason is not None:
        gathering.remarks.unmapped(reason, label, opens=_LIST if reason in _NOTHING_KNOWN else ())
        return None
    drug = _drug(resource, gathering)
    if drug is None:
        return None
    if status in _UNCLEAR:
        # A source that does not know the status does not know whether it was entered in error, either.
        opens = _LIST if status == "unknown" else ()
        gathering.remarks.unmapped("status-unclear", label, facts=[f"medications[{drug.stem}].status"], opens=opens)
    known = {"MedicationRequest": _REQUEST, "MedicationStatement": _STATEMENT}.get(resource.type, _ADMINISTRATION)
    said = known.get(status or "")
    indication, stop_reason = _indication(resource, gathering), _stop_reason(resource, gathering)
    dose = _dose(element)
    if resource.type != "MedicationRequest":
        effective = read_when(element, "effectiveDateTime")
        start, stop = read_period(element, "effectivePeriod")
        start = effective or start
        when = read_when(element, "dateAsserted") or start
        if said in ("stopped", "completed") and resource.type == "MedicationStatement":
            when = read_when(element, "dateAsserted") or stop or start
        if said == "given":
            stop = None
        if gathering.moment.is_before(read_when(element, "dateAsserted") or (start if said == "given" else None)):
            gathering.remarks.unmapped("in-the-future", label, facts=["medications"], opens=_LIST)
            return None
        if said == "active" and gathering.moment.is_before(start):
            said = "planned"
        return Record(resource, drug, said, when, start, stop, False, indication, stop_reason, dose)
    if said == "active" and element.text("intent") == "plan":
        said = "planned"
    authored = read_when(element, "authoredOn")
    if gathering.moment.is_before(authored):
        gathering.remarks.unmapped("in-the-future", label, facts=["medications"], opens=_LIST)
        return None
    start = _request_start(element)
    by_order = start is None and said in ("active", "completed", "stopped")
    start = authored if by_order else start
    if said == "active" and gathering.moment.is_before(start):
        said = "planned"
    return Record(resource, drug, said, authored or start, start, None, by_order, indication, stop_reason, dose)


def _refusal(resource: Resource, status: str | None) -> str | None:
    if status is None:
        return "status-missing"
    if status in _NOTHING:
        return status
    if resource.type == "MedicationRequest":
        if resource.element.boolean("doNotPerform") is True:
            return "do-not-perform"
        if resource.element.text("intent") in ("proposal", "option"):
            return "proposal"
    known = {"MedicationRequest": _REQUEST, "MedicationStatement": _STATEMENT}.get(resource.type, _ADMINISTRATION)
    return None if status in known or status in _UNCLEAR else "unknown-status"


def _drug(resource: Resource, gathering: Gathering) -> DrugName | None:
    """Return the drug; one that is not named is still a drug, of which nothing is known."""
    element = resource.element
    concept = element.concept("medicationCodeableConcept")
    reference = element.reference("medicationReference")
    if reference is not None:
        medication = gathering.references.find(reference, resource)
        if medication is None:
            gathering.remarks.unmapped("unresolved-reference", resource.label, facts=["medications"])
            shown = element.element("medicationReference")
            concept = Concept((), shown.text("display") if shown is not None else None)
        else:
            concept = medication.element.concept("code")
    drug = drug_of(concept, gathering.vocabulary, gathering.codes)
    if drug is None:
        gathering.remarks.unmapped("no-code", resource.label, facts=["medications"])
        return DrugName(None)
    if drug.disputed:
        gathering.remarks.unmapped("codes-disagree", resource.label, facts=["medications"])
    elif drug.drug == "other" and not drug.told:
        coding = next(iter(concept.codings), None)
        gathering.remarks.unmapped("unknown-drug", resource.label, facts=["medications"], coding=coding)
    return drug


def _request_start(element: Element) -> When | None:
    """Return the first day an order is for, where it says so."""
    starts = []
    for instruction in element.elements("dosageInstruction"):
        timing = instruction.element("timing")
        repeat = timing.element("repeat") if timing is not None else None
        if repeat is not None:
            starts.append(read_period(repeat, "boundsPeriod")[0])
    dispense = element.element("dispenseRequest")
    if dispense is not None:
        starts.append(read_period(dispense, "validityPeriod")[0])
    return earliest(starts)


def _dose(element: Element) -> str | None:
    """Return the dose as written: a number and its unit."""
    found = set()
    for instruction in (*element.elements("dosageInstruction"), *element.listed("dosage")):
        for rate in instruction.listed("doseAndRate"):
            quantity = rate.element("doseQuantity")
            value = quantity.number("value") if quantity is not None else None
            unit = (quantity.text("unit") or quantity.text("code")) if quantity is not None else None
            if value is not None and unit is not None and unit.isprintable() and len(unit) <= 20:
                found.add(f"{value:g} {unit}")
    return next(iter(found)) if len(found) == 1 else None


def _indication(resource: Resource, gathering: Gathering) -> str | None:
    """Return what the drug is given for, where the reason says bone metastasis or osteoporosis; never from a dose."""
    concepts = resource.element.concepts("reasonCode")
    for reference in resource.element.elements("reasonReference"):
        condition = gathering.references.find(reference.text("reference"), resource)
        if condition is not None and condition.type == "Condition":
            concepts.append(condition.element.concept("code"))
    found = set()
    for concept in concepts:
        try:
            metastasis = meaning(concept, gathering.codes.metastases, gathering.codes)
            finding = meaning(concept, gathering.codes.findings, gathering.codes)
        except Disagreement:
            continue
        if metastasis is not None and metastasis.one("organ") == "bone":
            found.add("bone_metastasis")
        elif finding is not None and (indication := finding.one("indication")) is not None:
            found.add(indication)
    return next(iter(found)) if len(found) == 1 else None


def _stop_reason(resource: Resource, gathering: Gathering) -> str | None:
    raw = resource.element.raw().get("statusReason")
    concepts = (
        resource.element.concepts("statusReason")
        if isinstance(raw, list)
        else [resource.element.concept("statusReason")]
    )
    try:
        found = {answer(concept, "stop_reason", gathering.vocabulary, gathering.codes) for concept in concepts} - {None}
    except Disagreement:
        return None
    return next(iter(found)) if len(found) == 1 else None


def earliest(times: Iterable[When | None]) -> When | None:
    """Return the earliest of some times, None where there is none."""
    return min((when for when in times if when is not None), key=lambda when: (when.first, when.last), default=None)
