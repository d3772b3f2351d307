"""Patient → age, sex; and whose records these are."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from oncocds.errors import InputError, Problem
from oncocds_api.fhir.bundle import Resource, tail
from oncocds_api.fhir.gathering import Gathering
from oncocds_api.fhir.times import When, read_when

_SUBJECTS = ("subject", "patient")
_OLDEST = 130


def only_patient(resources: Iterable[Resource]) -> tuple[Resource | None, list[Resource], list[Resource]]:
    """Return the patient, the records about them, and records about somebody else.

    Raises ``InputError`` where there are several patients, or none while the records are about several: advice on a
    mixture of two people must never be given.
    """
    resources = list(resources)
    patients = [resource for resource in resources if resource.type == "Patient"]
    problems = [
        Problem(patient.element.pointer, "a second patient", "the records of one patient") for patient in patients[1:]
    ]
    if problems:
        raise InputError(problems)
    others = [resource for resource in resources if resource.type != "Patient"]
    subjects = {resource.label: (resource, _subject(resource)) for resource in others}
    if patients:
        patient = patients[0]
        names = {f"Patient/{patient.id}", patient.full_url}
        mine: list[Resource] = []
        foreign: list[Resource] = []
        for resource in others:
            reference = _subject(resource)
            is_mine = reference is None or reference in names or tail(reference) in names
            (mine if is_mine else foreign).append(resource)
        return patient, mine, foreign
    named = {tail(reference) for _, reference in subjects.values() if reference is not None}
    if len(named) > 1:
        raise InputError(
            [
                Problem(f"{resource.element.pointer}/subject", "records of several patients", "the records of one")
                for resource, reference in subjects.values()
                if reference is not None
            ][:50]
        )
    return None, others, []


def _subject(resource: Resource) -> str | None:
    for key in _SUBJECTS:
        if resource.element.has(key) and isinstance(resource.element.raw()[key], dict):
            return resource.element.reference(key)
    return None


def map_patient(patient: Resource, gathering: Gathering) -> None:
    """Map age and sex; note the death."""
    element = patient.element
    sex = element.text("gender")
    if sex in ("male", "female", "other"):
        gathering.put("sex", sex, [patient.label])
    elif sex not in (None, "unknown"):
        gathering.remarks.unmapped("unknown-answer", patient.label, facts=["sex"])
    born = read_when(element, "birthDate")
    if born is not None:
        youngest, oldest = (_age(day, gathering.as_of) for day in (born.last, born.first))
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
