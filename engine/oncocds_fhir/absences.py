"""Records that say that there is nothing: "no known medications" is an empty list, "no information" is not."""

from __future__ import annotations

from oncocds_fhir.alike import alike
from oncocds_fhir.bundle import Resource
from oncocds_fhir.concepts import Disagreement, Meant
from oncocds_fhir.gathering import Gathering

_CODES = ("medicationCodeableConcept", "code", "medication")
_NOT_SAID = ("entered-in-error", "not-done")


def take_absences(
    of_list: str, resources: list[Resource], gathering: Gathering
) -> tuple[list[Resource], list[Resource]]:
    """Return the records of something, and those that say that there is nothing; that nothing is known is noted."""
    something: list[Resource] = []
    nothing: list[Resource] = []
    for resource in resources:
        said = alike(_said, resource, gathering)
        if said is None or said.one("of") != of_list:
            something.append(resource)
        elif resource.element.text("status") in _NOT_SAID:
            gathering.remarks.unmapped("entered-in-error", resource.label)
        elif said.one("known") == "nothing":
            gathering.remarks.unmapped("nothing-known", resource.label, opens=(of_list,))
        else:
            nothing.append(resource)
    return something, nothing


def conclude_absence(of_list: str, nothing: list[Resource], gathering: Gathering) -> None:
    """Make a list that is said to be empty an empty one, unless it holds something."""
    labels = [resource.label for resource in nothing]
    if not labels:
        return
    if gathering.items.get(of_list):
        gathering.remarks.unmapped("absence-contradicted", *labels, facts=[of_list], opens=(of_list,))
        return
    gathering.items[of_list] = {}
    gathering.source(of_list, *labels)
    gathering.remarks.unmapped("absence-stated", *labels, facts=[of_list])


def _said(resource: Resource, gathering: Gathering) -> Meant | None:
    for key in _CODES:
        if isinstance(resource.element.raw().get(key), dict):
            try:
                return gathering.memory.meaning(resource.element.concept(key), gathering.codes.absences)
            except Disagreement:
                return None
    return None
