"""Resources of one patient become a profile, with the resource behind every fact and a report of what is left."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from oncocds.errors import InputError, Problem, ProfileError
from oncocds.profile.codes import LARGEST_COUNT
from oncocds.profile.models import LISTS, Profile
from oncocds.profile.reading import read_profile
from oncocds.vocabulary.code_tables import CodeTables
from oncocds.vocabulary.models import Vocabulary
from oncocds_fhir.absences import conclude_absence, take_absences
from oncocds_fhir.alike import alike
from oncocds_fhir.bundle import Collected, LeftOut, References, Resource
from oncocds_fhir.closed import leave_closed_open
from oncocds_fhir.conditions import map_conditions
from oncocds_fhir.copies import without_copies
from oncocds_fhir.earlier import leave_series_open, map_history
from oncocds_fhir.gathering import HISTORY, Gathering
from oncocds_fhir.holding import COUNTED, HOLDERS, lists_of
from oncocds_fhir.marks import Mark, marks_in_meta
from oncocds_fhir.medication_records import TYPES as MEDICATIONS
from oncocds_fhir.medications import map_medications
from oncocds_fhir.memory import Memory
from oncocds_fhir.metastases_told import TYPES as REPORTS
from oncocds_fhir.metastases_told import note_metastases_told
from oncocds_fhir.observations import map_observations
from oncocds_fhir.patient import map_patient, readable_patient
from oncocds_fhir.plausibility import check_times
from oncocds_fhir.procedures import TYPES as PROCEDURES
from oncocds_fhir.procedures import leave_operations_open, map_procedures
from oncocds_fhir.remarks import Remarks
from oncocds_fhir.report import MappingReport
from oncocds_fhir.subjects import whose
from oncocds_fhir.therapy_dates import map_courses, map_lvef
from oncocds_fhir.times import Moment
from oncocds_fhir.unread import leave_facts_open, leave_open_told_since

_REFERRED_TO = ("Medication", "BodyStructure")  # read where another resource refers to them
_READ_ELSEWHERE = ("OperationOutcome", *_REFERRED_TO)
_READ = ("Condition", "Observation", *MEDICATIONS, *PROCEDURES)
READ_TYPES = frozenset((*_READ, *HOLDERS, *REPORTS))
"""Types of records that tell of a patient, or leave a list open because they are not read."""
REFERRED_TO = (*_REFERRED_TO, "Substance")
"""Types that other records refer to for what a drug is, or where a site lies."""


@dataclass(frozen=True)
class Mapped:
    """A profile as the engine takes it, the resources behind each fact, and the report.

    ``remarks`` is the report still open, for checks that need the engine.
    """

    profile: dict[str, Any]
    remarks: Remarks
    codes_digest: str
    resources: int
    _gathered: Mapping[str, Set[str]]

    @cached_property
    def sources(self) -> dict[str, list[str]]:
        """The resources behind each fact."""
        return {fact: sorted(found) for fact, found in sorted(self._gathered.items()) if not fact.startswith("(")}

    def report(self) -> MappingReport:
        """Return the report."""
        return self.remarks.report(self.codes_digest, self.resources)


def map_bundle(
    collected: Collected | Iterable[Resource],
    vocabulary: Vocabulary,
    codes: CodeTables,
    moment: Moment | datetime.date,
    server: str | None = None,
    memory: Memory | None = None,
) -> Mapped:
    """Map the resources of one patient, from a Bundle or gathered otherwise (``collect``).

    ``moment`` is when the evaluation takes place, ``server`` the FHIR server that the resources are of, if it is known.
    ``memory``, of the same vocabulary and codes, is kept by whoever maps many patients; else it lasts for this one.
    A record that cannot be read is left out, and the lists that it could be an item of stay open. Raises ``InputError``
    with JSON pointers for resources that are several patients'.
    """
    if not isinstance(collected, Collected):
        collected = Collected(list(collected))
    if not isinstance(moment, Moment):
        moment = Moment(moment)
    known = Memory(vocabulary, codes) if memory is None else memory
    if known.vocabulary is not vocabulary or known.codes is not codes:
        raise ValueError("the memory is of another vocabulary or of other code tables")
    resources = [known.simplified(one) for one in collected.resources]
    copies = without_copies(resources)
    # Versions of a medication of which none is known to be the newest still name the drug, where they agree on it;
    # those of a result leave open what it is a result of.
    several = [one for found in copies.undecided for one in found]
    versions = [one for one in several if one.type in MEDICATIONS]
    results = [one for one in several if one.type == "Observation"]
    sorted_ = whose([*copies.resources, *versions, *results], server)
    not_used = set(map(id, results))
    unread = [one for one in sorted_.mine if id(one) in not_used]
    mine = [one for one in sorted_.mine if id(one) not in not_used]
    left_out = [*collected.left_out, *copies.left_out, *sorted_.left_out]
    patient = sorted_.patient
    if patient is not None:
        patient, unreadable = readable_patient(patient)
        left_out += unreadable
    references, undecided = References(copies.resources), frozenset(one.label for one in versions)
    of_others = frozenset(one.label for one in sorted_.left_out)

    def gathered(records: Sequence[Resource], left_out: Sequence[LeftOut], unread: Sequence[Resource]) -> Gathering:
        remarks = Remarks(codes.messages)
        for one in left_out:
            remarks.left_out(one)
        gathering = Gathering(
            vocabulary, codes, known, moment, references, remarks, undecided=undecided, of_others=of_others
        )
        _gather(patient, records, unread, gathering)
        return gathering

    try:
        gathering = gathered(mine, left_out, unread)
    except InputError:
        readable: list[Resource] = []
        for resource in mine:
            try:
                gathered([resource], (), ())
                readable.append(resource)
            except InputError as error:
                lists = lists_of(resource.type)
                left_out.append(LeftOut("unreadable", resource.label, lists, tuple(error.problems)))
                unread.append(resource)
        gathering = gathered(readable, left_out, unread)
    profile, model = _accepted(gathering)
    if gathering.items.get("lesions"):
        gathering.remarks.leave_open("lesions", "problem-list", *gathering.sources["lesions"])
    closed = leave_closed_open(resources, gathering)
    open_ = sorted(name for name in gathering.remarks.open_lists if name in profile and name != HISTORY)
    whole, series = leave_series_open(model, resources, open_, gathering)
    if whole:
        open_ = sorted([*open_, HISTORY])
    if open_ or closed:
        profile["incomplete"] = sorted([*open_, *closed])
    if series:
        profile["history_incomplete"] = series
        labels = {label for found in gathering.remarks.open_lists[HISTORY].values() for label in found}
        gathering.source("history_incomplete", *labels)
    counts = {name: len(_left_out(name, gathering)) for name in COUNTED}
    if any(counts.values()):
        profile["left_out"] = {name: min(count, LARGEST_COUNT) for name, count in counts.items() if count}
    return Mapped(profile, gathering.remarks, codes.digest, len(resources), gathering.sources)


def _gather(
    patient: Resource | None, records: Sequence[Resource], unread: Sequence[Resource], gathering: Gathering
) -> None:
    """Gather everything that some records say, beside others that are left out and may be newer.

    Raises ``InputError`` where one cannot be read.
    """
    problems: list[Problem] = []
    usable: list[Resource] = []
    for resource in records:
        try:
            if _usable(resource, patient, gathering):
                usable.append(resource)
        except InputError as error:
            problems.extend(error.problems)
    by_type: dict[str, list[Resource]] = {}
    for resource in usable:
        by_type.setdefault(resource.type, []).append(resource)
    if patient is not None:
        _checked(problems, map_patient, patient, gathering)
    _checked(problems, map_conditions, by_type.get("Condition", []), gathering)
    _checked(problems, map_observations, by_type.get("Observation", []), gathering)
    usable_ = set(map(id, usable))
    leave_open_told_since(records, gathering)
    note_metastases_told(records, gathering)
    leave_facts_open([*unread, *(one for one in records if id(one) not in usable_)], gathering)
    drugs = [resource for kind in MEDICATIONS for resource in by_type.get(kind, [])]
    drugs, no_drugs = _checked(problems, take_absences, "medications", drugs, gathering) or ([], [])
    courses = _checked(problems, map_medications, drugs, gathering) or []
    procedures = [resource for kind in PROCEDURES for resource in by_type.get(kind, [])]
    procedures, none_done = _checked(problems, take_absences, "radiotherapy", procedures, gathering) or ([], [])
    radiotherapy = _checked(problems, map_procedures, procedures, gathering) or []
    if patient is not None:
        _checked(problems, check_times, patient, usable, courses, radiotherapy, gathering)
    if problems:
        raise InputError(problems)
    leave_operations_open(procedures, gathering)
    map_lvef(courses, gathering)
    map_courses(radiotherapy, courses, gathering)
    conclude_absence("medications", no_drugs, gathering)
    conclude_absence("radiotherapy", none_done, gathering)
    gathering.settle_all()
    map_history(records, gathering)


def _checked(problems: list[Problem], work: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return work(*arguments)
    except InputError as error:
        problems.extend(error.problems)
        return None


def _usable(resource: Resource, patient: Resource | None, gathering: Gathering) -> bool:
    remarks = gathering.remarks
    if resource.type in _READ_ELSEWHERE:
        return False
    if resource.type not in _READ:
        lists = lists_of(resource.type)
        remarks.unmapped("type-not-read-here" if lists else "type-not-read", resource.label, opens=lists)
        return False
    marks = alike(_marks, resource, gathering)
    if marks is None:
        remarks.unmapped("modifier-extension", resource.label, opens=lists_of(resource.type))
        return False
    if not marks:
        return True
    if "test-data" in marks and patient is not None and "test-data" in marks_in_meta(patient):
        marks -= {"test-data"}  # of a patient of the tests, who is told as one
    if "abridged" in marks:
        remarks.unmapped("abridged", resource.label)
    against = sorted(marks - {"abridged"})
    if against:
        remarks.unmapped(against[0], resource.label, opens=lists_of(resource.type))
    return not against


def _marks(resource: Resource, _: Gathering) -> frozenset[Mark] | None:
    """Return the marks of a record; None where it holds what may change the meaning of all of it, and is not read."""
    changed = resource.element.elements("modifierExtension") or resource.element.has("implicitRules")
    return None if changed else marks_in_meta(resource)


def _accepted(gathering: Gathering) -> tuple[dict[str, Any], Profile]:
    """Return the profile, plain and read, without what its model refuses; every such value is in the report."""
    for _ in range(len(gathering.facts) + sum(map(len, gathering.items.values())) + 1):
        profile = _profile(gathering)
        try:
            return profile, read_profile(profile, gathering.vocabulary)
        except ProfileError as error:
            for problem in error.problems:
                _drop(problem.pointer, profile, gathering)
    return {}, read_profile({}, gathering.vocabulary)


def _profile(gathering: Gathering) -> dict[str, Any]:
    profile: dict[str, Any] = {}
    for fact, value in gathering.facts.items():
        group, _, rest = fact.partition(".")
        if rest:
            profile.setdefault(group, {})[rest] = value
        else:
            profile[group] = value
    for of_list, items in gathering.items.items():
        profile[of_list] = [items[identity] for identity in sorted(items)]
    return {key: profile[key] for key in sorted(profile)}


def _left_out(of_list: str, gathering: Gathering) -> Set[str]:
    """Return the records that could be items of a list and were left out."""
    return gathering.remarks.records_left_out(of_list, gathering.sources.get(of_list, set()))


def _drop(pointer: str, profile: Mapping[str, Any], gathering: Gathering) -> None:
    steps = pointer.strip("/").split("/")
    if steps[0] in LISTS:
        identity = str(profile[steps[0]][int(steps[1])]["id"]) if len(steps) > 1 else ""
        item = gathering.items[steps[0]].get(identity, {})
        key = steps[2] if len(steps) > 2 else ""
        fact = f"{steps[0]}[{identity}]"
        if key in item and key != "id":
            item.pop(key)
            fact = f"{fact}.{key}"
        else:
            gathering.items[steps[0]].pop(identity, None)
    else:
        fact = steps[0] if steps[0] in gathering.facts else ".".join(steps[:2])
        gathering.facts.pop(fact, None)
    lost = steps[:1] if steps[0] in LISTS and fact.endswith("]") else ()
    gathering.remarks.unmapped("profile-refuses", *gathering.sources.get(fact, ()), facts=[fact], opens=lost)
    for name in [name for name in gathering.sources if name == fact or name.startswith((f"{fact}.", f"{fact}["))]:
        gathering.sources.pop(name)
