"""Records of medications → one entry for each therapy with a drug."""

from __future__ import annotations

from typing import Any

from oncocds.profile.codes import MAX_ITEMS
from oncocds_fhir.bundle import Resource
from oncocds_fhir.courses import Course, courses_of
from oncocds_fhir.drugs import DrugName
from oncocds_fhir.gathering import Gathering, told_apart
from oncocds_fhir.intents import offer_intent
from oncocds_fhir.medication_records import Record, read_records
from oncocds_fhir.therapy_status import standing
from oncocds_fhir.times import earliest, latest


def map_medications(resources: list[Resource], gathering: Gathering) -> list[Course]:
    """Map all medication resources; return the courses for what depends on their dates."""
    records = [record for one in resources for record in read_records(one, gathering)]
    # Versions of one record that do not agree on the drug tell of none; its list is open as it is.
    named: dict[str, set[frozenset[DrugName]]] = {}
    for record in records:
        named.setdefault(record.label, set()).add(record.of)
    groups: dict[DrugName, list[Record]] = {}
    for record in records:
        if record.label not in gathering.undecided or len(named[record.label]) == 1:
            groups.setdefault(record.drug, []).append(record)
    groups = _apart(groups, gathering)
    courses = [course for drug, found in groups.items() for course in courses_of(drug, found, gathering)]
    # Of more than a profile holds those that are known come first; of one id (two records call their drug alike, and a
    # code tells of one of them what it is) the one of which more is known.
    courses.sort(key=_order)
    names = told_apart([course.id for course in courses])
    for number, (course, name) in enumerate(zip(courses, names, strict=True)):
        course.id = name
        if number >= MAX_ITEMS:
            gathering.remarks.unmapped("too-many-items", *course.labels, opens=["medications"])
            continue
        course.values = _values(course, gathering)
        gathering.put_item("medications", course.id, course.values, course.labels, course.sources)
    return courses[:MAX_ITEMS]


def _order(course: Course) -> tuple[Any, ...]:
    drug = course.drug
    unknown = drug.drug in (None, "other")
    return (unknown and not drug.classes, course.id, unknown, not drug.told, min(one.label for one in course.records))


def _apart(groups: dict[DrugName, list[Record]], gathering: Gathering) -> dict[DrugName, list[Record]]:
    """Return the drugs; a group of them (双膦酸盐) beside a member may be that member: no other agent is certain."""
    drugs = gathering.vocabulary.drugs
    named = [drugs[one.drug] for one in groups if one.drug is not None and one.drug != "other"]
    known = [frozenset(drug.classes) for drug in named]
    found: dict[DrugName, list[Record]] = {}
    for drug, records in groups.items():
        may_be_known = drug.group and any(classes >= {*drug.has} for classes in known)
        found.setdefault(DrugName("other", drug.name, has_not=drug.has_not) if may_be_known else drug, []).extend(
            records
        )
    return found


def _values(course: Course, gathering: Gathering) -> dict[str, Any]:
    values: dict[str, Any] = {} if course.drug.drug is None else {"drug": course.drug.drug}
    if course.drug.name is not None:
        values["name"] = course.drug.name
    if course.drug.classes is not None:
        values["class"] = list(course.drug.classes)
    elif course.drug.drug == "other" and course.drug.told:
        values |= {"has_class": list(course.drug.has), "not_class": list(course.drug.has_not)}
    path = f"medications[{course.id}]"
    gap = gathering.codes.gap(course.drug.drug)
    status, telling = standing(f"{path}.status", course.records, gap, gathering)
    if status is not None:
        values["status"] = status
        course.sources["status"] = [record.label for record in telling]
    _dates(course, status, telling, values, gathering)
    # What an order is for is said of that order, and of no other that runs beside it or came before it.
    running = [record for record in course.records if record.status == "active"] if status == "active" else []
    for key, records in (
        ("indication", running or telling),
        ("stop_reason", telling if status in ("stopped", "completed") else []),
        ("dose", telling),
    ):
        found = {said for record in records if (said := getattr(record, key)) is not None}
        if len(found) == 1:
            values[key] = next(iter(found))
            course.sources[key] = [record.label for record in records if getattr(record, key) is not None]
        elif found:
            gathering.remarks.unmapped(
                "conflicting-results", *(record.label for record in records), facts=[f"{path}.{key}"]
            )
    if status in ("active", "planned"):
        for record in telling:
            offer_intent(record.resource, record.when, gathering)
    return values


def _dates(
    course: Course, status: str | None, telling: list[Record], values: dict[str, Any], gathering: Gathering
) -> None:
    path = f"medications[{course.id}]"
    same = [record for record in course.records if record.status == status and status != "planned"] or telling
    start = earliest([record.start for record in same])
    ended = [record.stop for record in telling if record.status == status]
    stop = latest(ended) if status in ("active", "stopped", "completed") else None
    for key, when in (("start_date", start), ("stop_date", stop)):
        if when is None:
            continue
        labels = [record.label for record in (*same, *telling) if when in (record.start, record.stop)]
        if when.day is not None:
            values[key] = when.day
            course.sources[key] = labels
        else:
            gathering.remarks.unmapped("imprecise-date", *labels, facts=[f"{path}.{key}"])
    if start is not None and all(record.order_date for record in same if record.start == start):
        gathering.remarks.assumed("order-date-as-start", f"{path}.start_date")
    if start is not None and stop is not None and stop.before(start):
        labels = [record.label for record in (*same, *telling)]
        gathering.remarks.implausible("stopped-before-started", labels, [f"{path}.start_date", f"{path}.stop_date"])
