"""Patient → age and sex; the death."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import replace

from oncocds.errors import InputError
from oncocds_fhir.bundle import LeftOut, Resource
from oncocds_fhir.elements import Element
from oncocds_fhir.gathering import Gathering
from oncocds_fhir.marks import Mark, marks_in_meta
from oncocds_fhir.times import When, read_when

_OLDEST = 130
_MARKED: Mapping[Mark, str] = {"marked-as-error": "patient-marked-as-error", "test-data": "patient-test-data"}
_READ: Mapping[str, Callable[[Element, str], object]] = {
    "gender": Element.text,
    "birthDate": read_when,
    "deceasedBoolean": Element.boolean,
    "deceasedDateTime": read_when,
}


def readable_patient(patient: Resource) -> tuple[Resource, list[LeftOut]]:
    """Return the patient without what cannot be read, and what that was."""
    kept = dict(patient.element.raw())
    left_out = []
    for key, read in _READ.items():
        try:
            read(patient.element, key)
        except InputError as error:
            left_out.append(LeftOut("unreadable", patient.label, problems=tuple(error.problems)))
            kept.pop(key)
    return replace(patient, element=Element(kept, patient.element.pointer)) if left_out else patient, left_out


def map_patient(patient: Resource, gathering: Gathering) -> None:
    """Map age and sex; note the death, and that the patient is one of the tests or recorded in error."""
    element = patient.element
    for mark in marks_in_meta(patient) & _MARKED.keys():
        gathering.remarks.implausible(_MARKED[mark], [patient.label])
    sex = element.text("gender")
    if sex in ("male", "female", "other"):
        gathering.put("sex", sex, [patient.label])
    elif sex not in (None, "unknown"):
        gathering.remarks.unmapped("unknown-answer", patient.label, facts=["sex"])
    born = read_when(element, "birthDate")
    if born is not None:
        youngest, oldest = (_age(day, gathering.moment.date) for day in (born.last, born.first))
        if youngest != oldest:
            gathering.remarks.unmapped("imprecise-date", patient.label, facts=["age"])
        elif not 0 <= oldest <= _OLDEST:
            gathering.remarks.unmapped("implausible-value", patient.label, facts=["age"])
        else:
            gathering.put("age", oldest, [patient.label])
    if deceased(patient):
        gathering.remarks.implausible("deceased", [patient.label])


def deceased(patient: Resource) -> bool:
    """Tell whether the patient is recorded as deceased."""
    return patient.element.boolean("deceasedBoolean") is True or died(patient) is not None


def died(patient: Resource) -> When | None:
    """Return when the patient died, if that is known."""
    return read_when(patient.element, "deceasedDateTime")


def _age(born: datetime.date, today: datetime.date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
