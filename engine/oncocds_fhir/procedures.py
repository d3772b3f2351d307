"""Procedure and ServiceRequest → radiotherapy, surgery, examinations."""

from __future__ import annotations

from oncocds.profile.codes import MAX_COURSES
from oncocds_fhir.alike import alike
from oncocds_fhir.bundle import Resource, tail
from oncocds_fhir.concepts import Disagreement, Meant
from oncocds_fhir.elements import Coding, concept_of
from oncocds_fhir.gathering import Gathering
from oncocds_fhir.phrases import phrases
from oncocds_fhir.radiotherapy import RadiotherapyCourse, courses_of
from oncocds_fhir.radiotherapy_parts import STATUSES, UNCLEAR, Part, read_part
from oncocds_fhir.refusals import NOTHING_KNOWN, refusal
from oncocds_fhir.times import performed
from oncocds_fhir.undone_in_words import word_against

TYPES = ("Procedure", "ServiceRequest")
_NOTHING = {"entered-in-error": "entered-in-error", "not-done": "not-done", "revoked": "cancelled"}
_LIST = ("radiotherapy",)
_OPERATIONS = "surgeries"
_NOT_DONE_YET = ("preparation", "draft", "active")
_ORAL_EXAMINATION = "assessments.dental_exam_done"
_MODALITY = "mcode-radiotherapy-modality-and-technique"
_MODALITY_PARTS = ("modality", "technique", "mcode-radiotherapy-modality", "mcode-radiotherapy-technique")


def map_procedures(resources: list[Resource], gathering: Gathering) -> list[RadiotherapyCourse]:
    """Map procedures and orders of them; return the courses of radiotherapy for what depends on their dates."""
    procedures = [resource for resource in resources if resource.type == "Procedure"]
    fulfilled = {
        tail(reference)
        for procedure in procedures
        if procedure.element.text("status") not in _NOTHING
        for based in procedure.element.elements("basedOn")
        if (reference := based.text("reference")) is not None
    }
    parts: list[Part] = []
    for resource in resources:
        try:
            _map(resource, f"{resource.type}/{resource.id}" in fulfilled, parts, gathering)
        except Disagreement:
            gathering.remarks.unmapped("codes-disagree", resource.label, opens=_LIST)
    courses = list(courses_of(parts, gathering))
    courses.sort(key=lambda course: course.id)
    for course in courses[MAX_COURSES:]:
        gathering.remarks.unmapped("too-many-items", *course.labels, opens=_LIST)
    return courses[:MAX_COURSES]


def leave_operations_open(resources: list[Resource], gathering: Gathering) -> None:
    """Leave open which further operations there were where some are read and another record may tell of one.

    What was left out and could be radiotherapy could be an operation as well, unless it is yet to be done.
    """
    if _OPERATIONS not in gathering.facts:
        gathering.remarks.keep_open(_OPERATIONS, frozenset())  # of none it is not known whether there was one
        return
    planned = {one.label for one in resources if one.element.text("status") in _NOT_DONE_YET}
    for reason, labels in gathering.remarks.open_lists.get(_LIST[0], {}).items():
        if done := labels - planned:
            gathering.remarks.leave_open(_OPERATIONS, reason, *done)


def _map(resource: Resource, fulfilled: bool, parts: list[Part], gathering: Gathering) -> None:
    element, label = resource.element, resource.label
    code = element.concept("code")
    found, technique = alike(_meaning, resource, gathering)
    coding = code.first_coding
    status = element.text("status")
    reason = alike(_refusal, resource, gathering)
    if found is None:
        unknown = "unknown-code" if code.codings or code.text is not None else "no-code"
        if resource.type == "ServiceRequest" and gathering.memory.meaning(code, gathering.codes.observations):
            unknown = "no-fact"  # a test that is ordered tells nothing yet
        # What is known not to be done cannot be radiotherapy, either.
        could_be = unknown != "no-fact" and reason in (None, *NOTHING_KNOWN)
        gathering.remarks.unmapped(unknown, label, coding=coding, opens=_LIST if could_be else ())
        # Words that name no radiotherapy are no decision: that the list is open is asked.
        words = [*code.words()]
        if could_be and (not words or any(phrases(gathering.codes).names_radiotherapy(word) for word in words)):
            gathering.remarks.could_be(*_LIST, label)
        return
    if reason is not None:
        could_be = found.one("radiotherapy") is not None and reason in NOTHING_KNOWN
        operation = found.one("surgery") is not None and reason in NOTHING_KNOWN
        opens = _LIST if could_be else (_OPERATIONS,) if operation else ()
        gathering.remarks.unmapped(reason, label, coding=coding, opens=opens)
        return
    if found.one("radiotherapy") is not None:
        part = read_part(resource, technique, gathering)
        if part is not None:
            parts.append(part)
        return
    if fulfilled:  # the procedure done on this order says more
        gathering.remarks.unmapped("superseded", label, coding=coding)
        return
    _done(resource, found, status, coding, gathering)


def _refusal(resource: Resource, _: Gathering) -> str | None:
    return refusal(resource, _NOTHING, (*STATUSES[resource.type], *UNCLEAR))


def _meaning(resource: Resource, gathering: Gathering) -> tuple[Meant | None, str | None]:
    """Return what a procedure is, and the technique where it is radiotherapy. Raises ``Disagreement``."""
    element = resource.element
    concepts = [element.concept("code"), *map(concept_of, element.listed("category"))]
    for extension in element.extensions(_MODALITY):
        for name in _MODALITY_PARTS:
            concepts += [part.concept("valueCodeableConcept") for part in extension.extensions(name)]
    entries = [gathering.memory.meaning(concept, gathering.codes.procedures) for concept in concepts]
    radiotherapy = [entry for entry in entries if entry is not None and entry.one("radiotherapy")]
    techniques = {technique for entry in radiotherapy if (technique := entry.one("technique")) is not None}
    if (entries[0] is None or entries[0].one("radiotherapy")) and radiotherapy:
        for concept in concepts:  # the vocabulary's own words for techniques
            technique = gathering.memory.answer(concept, "technique")
            if technique is not None:
                techniques.add(technique)
        if len(techniques) > 1:
            gathering.remarks.unmapped("codes-disagree", resource.label, facts=["radiotherapy.technique"])
        return radiotherapy[0], next(iter(techniques)) if len(techniques) == 1 else None
    if entries[0] is None:
        surgery = gathering.memory.answer(concepts[0], "surgery")
        return (Meant({"surgery": (surgery,)}), None) if surgery is not None else (None, None)
    return entries[0], None


def _done(resource: Resource, found: Meant, status: str | None, coding: Coding | None, gathering: Gathering) -> None:
    """Note what was done: only a completed procedure says so."""
    surgery, fact = found.one("surgery"), found.one("fact")
    facts = ["surgeries"] if surgery is not None else [fact or ""]
    start, end = performed(resource.element)
    when = end or start
    opens = (_OPERATIONS,) if surgery is not None else ()
    if resource.type != "Procedure" or status != "completed":
        opens = () if status in _NOT_DONE_YET else opens
        gathering.remarks.unmapped("not-done", resource.label, facts=facts, coding=coding, opens=opens)
    elif gathering.moment.is_before(when):
        gathering.remarks.unmapped("in-the-future", resource.label, facts=facts, opens=opens)
    elif (word := alike(word_against, resource, gathering, "beside_surgery", False)) is not None:
        gathering.remarks.unmapped("words-against-done", resource.label, facts=facts, said=word, opens=opens)
    elif surgery is not None:
        known = gathering.facts.get("surgeries", [])
        gathering.put("surgeries", sorted({*known, surgery}), [resource.label])
    elif fact is not None:
        gathering.put(fact, True, [resource.label])
        if fact == _ORAL_EXAMINATION and when is not None and when.day is not None:
            gathering.offer("assessments.dental_exam_date", when.day, when, resource.label)
