"""Records that cannot both be true: before the birth, after the death."""

from __future__ import annotations

from collections.abc import Sequence

from oncocds_fhir.bundle import Resource
from oncocds_fhir.courses import Course
from oncocds_fhir.gathering import Gathering
from oncocds_fhir.patient import deceased, died
from oncocds_fhir.radiotherapy import RadiotherapyCourse
from oncocds_fhir.times import When, performed, read_when, taken

_GOES_ON = ("active", "ongoing", "planned")


def check_times(
    patient: Resource,
    resources: Sequence[Resource],
    medications: Sequence[Course],
    radiotherapy: Sequence[RadiotherapyCourse],
    gathering: Gathering,
) -> None:
    """Name records of what was done before the birth or after the death, and therapy of the dead."""
    born, death = read_when(patient.element, "birthDate"), died(patient)
    for resource in resources:
        when = _done(resource)
        if when is None:
            continue
        if born is not None and when.last < born.first:
            gathering.remarks.implausible("record-before-birth", [patient.label, resource.label])
        if death is not None and when.first > death.last:
            gathering.remarks.implausible("record-after-death", [patient.label, resource.label])
    if not deceased(patient) or gathering.moment.is_before(death):
        return
    for of_list, courses in (("medications", medications), ("radiotherapy", radiotherapy)):
        for course in courses:
            if course.values.get("status") in _GOES_ON:
                facts = [f"{of_list}[{course.id}].status"]
                gathering.remarks.implausible("treated-after-death", [patient.label, *course.labels], facts)


def _done(resource: Resource) -> When | None:
    """Return when what a record tells was done; None of a record that tells of no such thing."""
    if resource.type == "Procedure":
        start, end = performed(resource.element)
        return end or start
    return taken(resource.element) if resource.type in ("Observation", "MedicationAdministration") else None
