"""Records of medications → one entry for each drug, as the newest of them say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from oncocds.profile.codes import MAX_ITEMS
from oncocds_fhir.bundle import Resource
from oncocds_fhir.concepts import Disagreement, answer
from oncocds_fhir.drugs import DrugName
from oncocds_fhir.elements import Element
from oncocds_fhir.gathering import Gathering
from oncocds_fhir.medication_records import Record, earliest, read_record
from oncocds_fhir.times import When, newest

_INTENT_URL = "mcode-treatment-intent"


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
    records = [record for one in resources if (record := read_record(one, gathering)) is not None]
    # Versions of one record that do not agree on the drug tell of none; its list is open as it is.
    named: dict[str, set[DrugName]] = {}
    for record in records:
        named.setdefault(record.label, set()).add(record.drug)
    groups: dict[DrugName, list[Record]] = {}
    for record in records:
        if record.label not in gathering.undecided or len(named[record.label]) == 1:
            groups.setdefault(record.drug, []).append(record)
    courses = [course for drug, found in groups.items() for course in _courses(drug, found)]
    # Of more than a profile holds those that are known come first.
    courses.sort(key=lambda course: (course.drug.drug in (None, "other") and not course.drug.classes, course.id))
    for number, course in enumerate(courses):
        if number >= MAX_ITEMS:
            labels = [record.label for record in course.records]
            gathering.remarks.unmapped("too-many-items", *labels, opens=["medications"])
            continue
        course.values = _values(course, gathering)
        labels = [record.label for record in course.records]
        gathering.put_item("medications", course.id, course.values, labels, course.sources)
    return courses[:MAX_ITEMS]


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
    elif course.drug.drug == "other" and course.drug.told:
        values |= {"has_class": list(course.drug.has), "not_class": list(course.drug.has_not)}
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
    start = earliest([record.start for record in same])
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


def _latest(times: Iterable[When | None]) -> When | None:
    return max((when for when in times if when is not None), key=lambda when: (when.last, when.first), default=None)
