"""MedicationRequest, -Statement and -Administration → one entry for each drug, as the newest of them say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from oncocds.profile.codes import MAX_ITEMS
from oncocds_api.fhir.bundle import Resource
from oncocds_api.fhir.concepts import Disagreement, answer, meaning
from oncocds_api.fhir.drugs import DrugName, drug_of
from oncocds_api.fhir.elements import Concept, Element
from oncocds_api.fhir.gathering import Gathering
from oncocds_api.fhir.times import When, newest, read_period, read_when

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
_INTENT_URL = "mcode-treatment-intent"


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


@dataclass
class Course:
    """A drug of the profile: its item, and all records behind it."""

    id: str
    drug: DrugName
    records: list[Record]
    values: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, list[str]] = field(default_factory=dict)


def map_medications(resources: list[Resource], gathering: Gathering) -> list[Course]:
    """Map all medication resources; return the courses for what depends on their dates."""
    groups: dict[DrugName, list[Record]] = {}
    for resource in resources:
        record = _record(resource, gathering)
        if record is not None:
            groups.setdefault(record.drug, []).append(record)
    courses = [course for drug, records in groups.items() for course in _courses(drug, records)]
    courses.sort(key=lambda course: course.id)
    for number, course in enumerate(courses):
        if number >= MAX_ITEMS:
            gathering.remarks.unmapped("too-many-items", *(record.label for record in course.records))
            continue
        course.values = _values(course, gathering)
        labels = [record.label for record in course.records]
        gathering.put_item("medications", course.id, course.values, labels, course.sources)
    if courses:
        gathering.remarks.assumed("lists-complete", "medications")
    return courses


def _record(resource: Resource, gathering: Gathering) -> Record | None:
    element, label = resource.element, resource.label
    status = element.text("status")
    reason = _refusal(resource, status)
    if reason is not None:
        gathering.remarks.unmapped(reason, label)
        return None
    drug = _drug(resource, gathering)
    if drug is None:
        return None
    if status in _UNCLEAR:
        gathering.remarks.unmapped("status-unclear", label, facts=[f"medications[{drug.stem}].status"])
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
        if _future(read_when(element, "dateAsserted") or (start if said == "given" else None), gathering):
            gathering.remarks.unmapped("in-the-future", label, facts=["medications"])
            return None
        if said == "active" and _future(start, gathering):
            said = "planned"
        return Record(resource, drug, said, when, start, stop, False, indication, stop_reason, dose)
    if said == "active" and element.text("intent") == "plan":
        said = "planned"
    authored = read_when(element, "authoredOn")
    if _future(authored, gathering):
        gathering.remarks.unmapped("in-the-future", label, facts=["medications"])
        return None
    start = _request_start(element)
    by_order = start is None and said == "active"
    start = authored if by_order else start
    if said == "active" and _future(start, gathering):
        said = "planned"
    return Record(resource, drug, said, authored or start, start, None, by_order, indication, stop_reason, dose)


def _future(when: When | None, gathering: Gathering) -> bool:
    return when is not None and when.first > gathering.as_of


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
    try:
        drug = drug_of(concept, gathering.vocabulary, gathering.codes)
    except Disagreement:
        gathering.remarks.unmapped("codes-disagree", resource.label, facts=["medications"])
        return DrugName(None)
    if drug is None:
        gathering.remarks.unmapped("no-code", resource.label, facts=["medications"])
        return DrugName(None)
    if drug.drug == "other" and drug.classes is None:
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
    return _earliest(starts)


def _dose(element: Element) -> str | None:
    """Return the dose as written: a number and its unit."""
    found = set()
    for instruction in (*element.elements("dosageInstruction"), *element.listed("dosage")):
        for rate in instruction.elements("doseAndRate"):
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


def _courses(drug: DrugName, records: list[Record]) -> Iterable[Course]:
    """Split the records of a drug by indication; those that name none belong to the only one named."""
    if drug.drug is None:  # nothing tells that two drugs without a name are one
        for record in records:
            yield Course(
                f"unnamed-{record.label.rpartition('/')[2][:40]}" if "/" in record.label else "unnamed", drug, [record]
            )
        return
    named = {record.indication for record in records} - {None}
    if len(named) <= 1:
        yield Course(drug.stem, drug, records)
        return
    for indication in (*sorted(named, key=str), None):
        of_it = [record for record in records if record.indication == indication]
        if of_it:
            yield Course(f"{drug.stem}-{indication}" if indication else drug.stem, drug, of_it)


def _values(course: Course, gathering: Gathering) -> dict[str, Any]:
    values: dict[str, Any] = {} if course.drug.drug is None else {"drug": course.drug.drug}
    if course.drug.name is not None:
        values["name"] = course.drug.name
    if course.drug.classes is not None:
        values["class"] = list(course.drug.classes)
    path = f"medications[{course.id}]"
    status, telling = _status(course, gathering)
    if status is not None:
        values["status"] = status
        course.sources["status"] = [record.label for record in telling]
    _dates(course, status, telling, values, gathering)
    for key, records in (
        ("indication", course.records),
        ("stop_reason", telling if status in ("stopped", "completed") else []),
        ("dose", telling),
    ):
        found = {getattr(record, key) for record in records} - {None}
        if len(found) == 1:
            values[key] = next(iter(found))
            course.sources[key] = [record.label for record in records if getattr(record, key) is not None]
        elif found:
            gathering.remarks.unmapped(
                "conflicting-results", *(record.label for record in records), facts=[f"{path}.{key}"]
            )
    if status in ("active", "planned"):
        for record in telling:
            for extension in record.resource.element.extensions(_INTENT_URL):
                _offer_intent(extension, record.when, record.label, gathering)
    return values


def _offer_intent(extension: Element, when: When | None, label: str, gathering: Gathering) -> None:
    try:
        intent = answer(extension.concept("valueCodeableConcept"), "intent", gathering.vocabulary, gathering.codes)
    except Disagreement:
        intent = None
    if intent is not None:
        gathering.offer("treatment.intent", intent, when, label)


def _status(course: Course, gathering: Gathering) -> tuple[str | None, list[Record]]:
    """Return how the drug stands and the records that say so: the newest that speak of its use, else a plan, else none.

    A plan goes before an end it is not older than, and never before use. A dose given says nothing of whether the drug
    goes on, but one after the end contradicts it.
    """
    fact = f"medications[{course.id}].status"
    said = [record for record in course.records if record.status not in ("given", "planned")]
    planned = [record for record in course.records if record.status == "planned"]
    given = [record for record in course.records if record.status == "given"]
    latest = newest([(record.when, record) for record in said])
    older = [record.label for record in said if not any(record is one for one in latest)]
    if older:
        gathering.remarks.unmapped("superseded", *older, facts=[fact])
    statuses = {record.status for record in latest}
    if statuses == {"active", "completed"}:  # an order filled, and the next one
        statuses = {"active"}
    if statuses == {"stopped", "completed"}:
        statuses = {"stopped"}
    if len(statuses) > 1:
        reason = "status-unclear" if None in statuses else "conflicting-results"
        gathering.remarks.unmapped(reason, *(record.label for record in latest), facts=[fact])
        return None, latest
    if statuses and statuses != {"active"} and planned:
        fresh = [p for p in planned if p.when is None or not any(r.when and p.when.before(r.when) for r in latest)]
        if fresh:
            return "planned", fresh
    if statuses:
        status = next(iter(statuses))
        telling = [record for record in latest if record.status == status]
        if status in ("stopped", "completed") and _given_after(telling, given):
            gathering.remarks.unmapped(
                "given-after-stop", *(record.label for record in (*telling, *given)), facts=[fact]
            )
            return None, telling
        return status, telling
    if planned:
        return "planned", planned
    gathering.remarks.unmapped("status-not-stated", *(record.label for record in given), facts=[fact])
    return None, given


def _given_after(ended: list[Record], given: list[Record]) -> bool:
    stops = [record.stop for record in ended if record.stop is not None]
    return any(dose.start is not None and all(stop.before(dose.start) for stop in stops) for dose in given if stops)


def _dates(
    course: Course, status: str | None, telling: list[Record], values: dict[str, Any], gathering: Gathering
) -> None:
    path = f"medications[{course.id}]"
    same = [record for record in course.records if record.status == status and status != "planned"] or telling
    start = _earliest([record.start for record in same])
    stop = _latest([record.stop for record in telling]) if status in ("active", "stopped", "completed") else None
    for key, when in (("start_date", start), ("stop_date", stop)):
        labels = [record.label for record in (*same, *telling) if when in (record.start, record.stop)]
        if when is not None and when.day is not None:
            values[key] = when.day
            course.sources[key] = labels
        elif when is not None:
            gathering.remarks.unmapped("imprecise-date", *labels, facts=[f"{path}.{key}"])
    if start is not None and all(record.order_date for record in same if record.start == start):
        gathering.remarks.assumed("order-date-as-start", f"{path}.start_date")
    if start is not None and stop is not None and stop.before(start):
        labels = [record.label for record in (*same, *telling)]
        gathering.remarks.implausible("stopped-before-started", labels, [f"{path}.start_date", f"{path}.stop_date"])


def _earliest(times: Iterable[When | None]) -> When | None:
    return min((when for when in times if when is not None), key=lambda when: (when.first, when.last), default=None)


def _latest(times: Iterable[When | None]) -> When | None:
    return max((when for when in times if when is not None), key=lambda when: (when.last, when.first), default=None)
