"""What one procedure or order says of radiotherapy: of all of a course, of a part of it, or of one session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from oncocds_fhir.alike import alike
from oncocds_fhir.bundle import Resource, stable_id
from oncocds_fhir.gathering import Gathering
from oncocds_fhir.sites import Sites, read_sites
from oncocds_fhir.times import When, performed
from oncocds_fhir.undone_in_words import word_against
from oncocds_fhir.volumes import Volume, read_volumes

STATUSES: Mapping[str, Mapping[str, str]] = {
    "Procedure": {"preparation": "planned", "in-progress": "ongoing", "completed": "completed"},
    "ServiceRequest": {"draft": "planned", "active": "planned", "completed": "completed"},
}
"""What the statuses that are read come to, by type of record."""
UNCLEAR = {"on-hold": "status-unclear", "unknown": "status-unclear", "stopped": "stopped-early"}
"""Statuses that leave open how it stands, with the reason that the report gives."""
_REIRRADIATION = "codexrt-radiotherapy-course-involves-reirradiation"
_WHOLE_COURSE = "1217123003"  # SNOMED CT: radiotherapy course of treatment
_LIST = ("radiotherapy",)


@dataclass(frozen=True)
class Part:
    """What one resource says of a course: of all of it, of a part, of an order for it, or of a session."""

    resource: Resource
    technique: str | None
    status: str | None
    start: When | None
    end: When | None
    where: Sites
    volumes: list[Volume]
    reirradiation: bool | None

    @property
    def label(self) -> str:
        """How the report calls the resource."""
        return self.resource.label

    @property
    def is_order(self) -> bool:
        """Whether it is an order."""
        return self.resource.type == "ServiceRequest"

    @property
    def names_course(self) -> bool:
        """Whether its code says that it is a whole course."""
        return any(coding.code == _WHOLE_COURSE for coding in self.resource.element.concept("code").codings)

    @property
    def is_session(self) -> bool:
        """Whether it may be one session of many: done on one day, and not said to be more."""
        one_day = self.start is not None and (
            self.resource.element.has("performedDateTime") or (self.end is not None and self.end.day == self.start.day)
        )
        return one_day and not (self.is_order or self.volumes or self.names_course) and self.status != "planned"

    @property
    def kind(self) -> tuple[Any, ...]:
        """What sessions of one course have in common."""
        return (self.where.only("radiotherapy_site"), self.where.only("organ"), frozenset(self.where.sides),
                self.technique)  # fmt: skip


def read_part(resource: Resource, technique: str | None, gathering: Gathering) -> Part | None:
    """Read what a resource says of radiotherapy; None, with the reason noted, where it is dated later."""
    element, label = resource.element, resource.label
    order = resource.type == "ServiceRequest"
    said = STATUSES[resource.type].get(element.text("status") or "")
    path = f"radiotherapy[{stable_id(resource)}]"
    start, end = performed(element)
    if said in ("ongoing", "completed") and gathering.moment.is_before(start):
        gathering.remarks.unmapped("in-the-future", label, facts=["radiotherapy"], opens=_LIST)
        return None
    if said is None:
        reason = UNCLEAR[element.text("status") or ""]
        gathering.remarks.unmapped(reason, label, facts=[f"{path}.status"])
    word = alike(word_against, resource, gathering, "beside_radiotherapy", said == "planned") if said else None
    if word is not None:
        gathering.remarks.unmapped("words-against-done", label, facts=[f"{path}.status"], said=word)
        said = None
    # An order names one day where it names no period.
    over = end or (start if order and element.has("occurrenceDateTime") else None)
    if said in ("planned", "ongoing") and over is not None and gathering.moment.is_after(over):
        days = gathering.moment.days_since(over)
        if days > gathering.codes.gap("radiotherapy").usual:
            gathering.remarks.unmapped("period-ended", label, facts=[f"{path}.status"])
            said = "completed" if said == "ongoing" else None  # whether what was planned was done is not known
    if start is not None and end is not None and end.before(start):
        gathering.remarks.implausible("ended-before-begun", [label], [path])
    reirradiation = next((one.boolean("valueBoolean") for one in element.extensions(_REIRRADIATION)), None)
    volumes = read_volumes(resource, path, gathering)
    return Part(resource, technique, said, start, end, alike(read_sites, resource, gathering), volumes, reirradiation)
