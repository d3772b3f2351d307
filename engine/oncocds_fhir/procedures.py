"""Procedure and ServiceRequest → radiotherapy, surgery, examinations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from oncocds.profile.codes import MAX_ITEMS
from oncocds_fhir.bundle import Resource, stable_id, tail
from oncocds_fhir.concepts import Disagreement, Meant, answer, meaning
from oncocds_fhir.elements import Coding, Concept, Element, concept_of
from oncocds_fhir.gathering import Gathering
from oncocds_fhir.measures import Unusable, converted, quantity_of
from oncocds_fhir.sites import Sites, read_sites, take_site
from oncocds_fhir.times import When, read_period, read_when

TYPES = ("Procedure", "ServiceRequest")
_PROCEDURE = {"preparation": "planned", "in-progress": "ongoing", "completed": "completed"}
_REQUEST = {"draft": "planned", "active": "planned", "completed": "completed"}
_NOTHING = {"entered-in-error": "entered-in-error", "not-done": "not-done", "revoked": "cancelled"}
_UNCLEAR = {"on-hold": "status-unclear", "unknown": "status-unclear", "stopped": "stopped-early"}
_NOTHING_KNOWN = ("status-missing", "unknown-status")
_LIST = ("radiotherapy",)
_MODALITY = "mcode-radiotherapy-modality-and-technique"
_VOLUME = "mcode-radiotherapy-dose-delivered-to-volume"


@dataclass
class RadiotherapyCourse:
    """A course of radiotherapy: its item, the resources behind it, and when it ran."""

    id: str
    labels: list[str]
    values: dict[str, Any]
    start: When | None
    end: When | None
    sources: dict[str, list[str]] = field(default_factory=dict)


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
    courses: list[RadiotherapyCourse] = []
    for resource in resources:
        try:
            _map(resource, f"{resource.type}/{resource.id}" in fulfilled, courses, gathering)
        except Disagreement:
            gathering.remarks.unmapped("codes-disagree", resource.label, opens=_LIST)
    courses.sort(key=lambda course: course.id)
    for course in courses[MAX_ITEMS:]:
        gathering.remarks.unmapped("too-many-items", *course.labels, opens=_LIST)
    return courses[:MAX_ITEMS]


def _map(resource: Resource, fulfilled: bool, courses: list[RadiotherapyCourse], gathering: Gathering) -> None:
    element, label = resource.element, resource.label
    code = element.concept("code")
    found, technique = _meaning(resource, gathering)
    coding = next(iter(code.codings), None)
    status = element.text("status")
    reason = _refusal(resource, status)
    if found is None:
        unknown = "unknown-code" if code.codings or code.text is not None else "no-code"
        if resource.type == "ServiceRequest" and meaning(code, gathering.codes.observations, gathering.codes):
            unknown = "no-fact"  # a test that is ordered tells nothing yet
        # What is known not to be done cannot be radiotherapy, either.
        could_be = unknown != "no-fact" and reason in (None, *_NOTHING_KNOWN)
        gathering.remarks.unmapped(unknown, label, coding=coding, opens=_LIST if could_be else ())
        return
    if reason is not None:
        could_be = found.one("radiotherapy") is not None and reason in _NOTHING_KNOWN
        gathering.remarks.unmapped(reason, label, coding=coding, opens=_LIST if could_be else ())
        return
    if fulfilled:  # the procedure done on this order says more
        gathering.remarks.unmapped("superseded", label, coding=coding)
        return
    if found.one("radiotherapy") is not None:
        _course(resource, status or "", technique, courses, gathering)
        return
    _done(resource, found, status, coding, gathering)


def _meaning(resource: Resource, gathering: Gathering) -> tuple[Meant | None, str | None]:
    """Return what a procedure is, and the technique where it is radiotherapy. Raises ``Disagreement``."""
    element = resource.element
    concepts = [element.concept("code"), *map(concept_of, element.listed("category"))]
    for extension in element.extensions(_MODALITY):
        for name in ("modality", "technique"):
            concepts += [part.concept("valueCodeableConcept") for part in extension.extensions(name)]
    entries = [meaning(concept, gathering.codes.procedures, gathering.codes) for concept in concepts]
    radiotherapy = [entry for entry in entries if entry is not None and entry.one("radiotherapy")]
    techniques = {technique for entry in radiotherapy if (technique := entry.one("technique")) is not None}
    if (entries[0] is None or entries[0].one("radiotherapy")) and radiotherapy:
        for concept in concepts:  # the vocabulary's own words for techniques
            technique = answer(concept, "technique", gathering.vocabulary, gathering.codes)
            if technique is not None:
                techniques.add(technique)
        if len(techniques) > 1:
            gathering.remarks.unmapped("codes-disagree", resource.label, facts=["radiotherapy.technique"])
        return radiotherapy[0], next(iter(techniques)) if len(techniques) == 1 else None
    if entries[0] is None:
        surgery = answer(concepts[0], "surgery", gathering.vocabulary, gathering.codes)
        return (Meant({"surgery": (surgery,)}), None) if surgery is not None else (None, None)
    return entries[0], None


def _refusal(resource: Resource, status: str | None) -> str | None:
    if status is None:
        return "status-missing"
    if status in _NOTHING:
        return _NOTHING[status]
    if resource.type == "ServiceRequest":
        if resource.element.boolean("doNotPerform") is True:
            return "do-not-perform"
        if resource.element.text("intent") in ("proposal", "option"):
            return "proposal"
    known = _PROCEDURE if resource.type == "Procedure" else _REQUEST
    return None if status in known or status in _UNCLEAR else "unknown-status"


def _done(resource: Resource, found: Meant, status: str | None, coding: Coding | None, gathering: Gathering) -> None:
    """Note what was done: only a completed procedure says so."""
    surgery, fact = found.one("surgery"), found.one("fact")
    facts = ["surgeries"] if surgery is not None else [fact or ""]
    start, end = _times(resource.element)
    when = end or start
    if resource.type != "Procedure" or status != "completed":
        gathering.remarks.unmapped("not-done", resource.label, facts=facts, coding=coding)
    elif gathering.moment.is_before(when):
        gathering.remarks.unmapped("in-the-future", resource.label, facts=facts)
    elif surgery is not None:
        known = gathering.facts.get("surgeries", [])
        gathering.put("surgeries", sorted({*known, surgery}), [resource.label])
    elif fact is not None:
        gathering.put(fact, True, [resource.label])


def _course(
    resource: Resource,
    status: str,
    technique: str | None,
    courses: list[RadiotherapyCourse],
    gathering: Gathering,
) -> None:
    element, label = resource.element, resource.label
    identity = stable_id(resource)
    path = f"radiotherapy[{identity}]"
    start, end = _times(element)
    values: dict[str, Any] = {}
    known = (_PROCEDURE if resource.type == "Procedure" else _REQUEST).get(status)
    if known in ("ongoing", "completed") and gathering.moment.is_before(start):
        gathering.remarks.unmapped("in-the-future", label, facts=["radiotherapy"], opens=_LIST)
        return
    if known is not None:
        values["status"] = known
    else:
        gathering.remarks.unmapped(_UNCLEAR[status], label, facts=[f"{path}.status"])
    where = read_sites(resource, gathering)
    _volumes(resource, where, values, gathering)
    site, side = where.only("radiotherapy_site"), where.only("sides")
    if site is not None:
        values["site"] = site
    elif where.named and len(where.radiotherapy_site) > 1:
        gathering.remarks.unmapped("site-unclear", label, facts=[f"{path}.site"])
    elif where.organ:
        values["site"] = "other"
    if side is not None:
        values["laterality"] = side
    elif len(where.sides) > 1:
        values["laterality"] = "bilateral"
    if technique is not None:
        values["technique"] = technique
    for extension in element.extensions("mcode-treatment-intent"):
        _intent(extension, known, start, label, gathering)
    if start is not None and end is not None and end.before(start):
        gathering.remarks.implausible("ended-before-begun", [label], [path])
    courses.append(RadiotherapyCourse(identity, [label], values, start, end))


def _intent(extension: Element, status: str | None, when: When | None, label: str, gathering: Gathering) -> None:
    if status not in ("planned", "ongoing"):
        return
    intent = answer(extension.concept("valueCodeableConcept"), "intent", gathering.vocabulary, gathering.codes)
    if intent is not None:
        gathering.offer("treatment.intent", intent, when if status == "ongoing" else None, label)


def _volumes(resource: Resource, where: Sites, values: dict[str, Any], gathering: Gathering) -> None:
    """Read dose and fractions where one volume was treated; of several volumes neither is the course's."""
    volumes = resource.element.extensions(_VOLUME)
    for volume in volumes:
        for part in volume.extensions("volume"):
            structure = gathering.references.find(part.reference("valueReference"), resource)
            if structure is not None and not where.named:
                take_site(structure.element.concept("location"), resource.label, where, gathering)
                for qualifier in structure.element.concepts("locationQualifier"):
                    _side(qualifier, where, gathering)
    if len(volumes) != 1:
        return
    path = f"radiotherapy[{stable_id(resource)}]"
    try:
        for part in volumes[0].extensions("totalDoseDelivered"):
            found = quantity_of(part, "valueQuantity")
            if found is not None:
                dose = converted(found[0], found[1], "radiotherapy.dose_gy", gathering.vocabulary, gathering.codes)
                if not 0 < dose <= 200:
                    raise Unusable("out-of-range")
                values["dose_gy"] = dose
    except Unusable as unusable:
        gathering.remarks.unmapped(unusable.reason, resource.label, facts=[f"{path}.dose_gy"])
    for part in volumes[0].extensions("fractionsDelivered"):
        fractions = part.number("valueUnsignedInt") or part.number("valuePositiveInt")
        if fractions is not None and 0 < fractions <= 100 and fractions == int(fractions):
            values["fractions"] = int(fractions)
        elif fractions is not None:
            gathering.remarks.unmapped("out-of-range", resource.label, facts=[f"{path}.fractions"])


def _side(qualifier: Concept, where: Sites, gathering: Gathering) -> None:
    meant = meaning(qualifier, gathering.codes.sites, gathering.codes)
    if meant is not None:
        where.sides.update(meant.means.get("laterality", ()))


def _times(element: Element) -> tuple[When | None, When | None]:
    for period in ("performedPeriod", "occurrencePeriod"):
        if element.has(period):
            return read_period(element, period)
    for moment in ("performedDateTime", "occurrenceDateTime"):
        when = read_when(element, moment)
        if when is not None:
            return when, None
    return None, None
