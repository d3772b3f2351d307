"""Resources of one patient become a profile, with the resource behind every fact and a report of what is left."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from oncocds.errors import InputError, Problem, ProfileError
from oncocds.profile.models import ITEM_LISTS
from oncocds.profile.reading import read_profile
from oncocds.vocabulary.code_tables import CodeTables
from oncocds.vocabulary.models import Vocabulary
from oncocds_api.fhir.bundle import Collected, References, Resource, without_copies
from oncocds_api.fhir.conditions import map_conditions
from oncocds_api.fhir.gathering import Gathering
from oncocds_api.fhir.medications import TYPES as MEDICATIONS
from oncocds_api.fhir.medications import map_medications
from oncocds_api.fhir.observations import map_observations
from oncocds_api.fhir.patient import map_patient, only_patient
from oncocds_api.fhir.plausibility import check_times
from oncocds_api.fhir.procedures import TYPES as PROCEDURES
from oncocds_api.fhir.procedures import map_procedures
from oncocds_api.fhir.report import MappingReport, Remarks
from oncocds_api.fhir.therapy_dates import map_courses, map_lvef

_REFERRED_TO = ("Medication", "BodyStructure")  # read where another resource refers to them
_READ = ("Condition", "Observation", *MEDICATIONS, *PROCEDURES)
# The number of lesions is not what diagnosis codes tell: limits on it would be compared with the wrong number.
_COUNTS = ("brain_oligo_max", "oligomet_max", "oligoresidual_max", "oligoprog_max")


@dataclass(frozen=True)
class Mapped:
    """A profile as the engine takes it, the resources behind each fact, and the report.

    ``policy`` holds settings that must be left unset for this profile (laid over every other policy); ``remarks`` is
    the report still open, for checks that need the engine.
    """

    profile: dict[str, Any]
    sources: dict[str, list[str]]
    policy: dict[str, None]
    remarks: Remarks
    codes_digest: str
    resources: int

    def report(self) -> MappingReport:
        """Return the report."""
        return self.remarks.report(self.codes_digest, self.resources)


def map_bundle(
    collected: Collected | Iterable[Resource], vocabulary: Vocabulary, codes: CodeTables, as_of: datetime.date
) -> Mapped:
    """Map the resources of one patient, from a Bundle or gathered otherwise (``collect``).

    Raises ``InputError`` with JSON pointers for resources that are not FHIR, or are several patients'.
    """
    if not isinstance(collected, Collected):
        collected = Collected(list(collected))
    resources, copies = without_copies(collected.resources)
    patient, mine, foreign = only_patient(resources)
    remarks = Remarks(codes.messages)
    gathering = Gathering(vocabulary, codes, as_of, References(resources), remarks)
    for reason, label in (*collected.remarks, *copies):
        remarks.unmapped(reason, label)
    for resource in foreign:
        remarks.unmapped("other-patient", resource.label)
    problems: list[Problem] = []
    usable = [resource for resource in mine if _checked(problems, _usable, resource, remarks)]
    by_type: dict[str, list[Resource]] = {}
    for resource in usable:
        by_type.setdefault(resource.type, []).append(resource)
    if patient is not None:
        _checked(problems, map_patient, patient, gathering)
    _checked(problems, map_conditions, by_type.get("Condition", []), gathering)
    _checked(problems, map_observations, by_type.get("Observation", []), gathering)
    drugs = [resource for kind in MEDICATIONS for resource in by_type.get(kind, [])]
    courses = _checked(problems, map_medications, drugs, gathering) or []
    procedures = [resource for kind in PROCEDURES for resource in by_type.get(kind, [])]
    radiotherapy = _checked(problems, map_procedures, procedures, gathering) or []
    if patient is not None:
        _checked(problems, check_times, patient, usable, courses, radiotherapy, gathering)
    if problems:
        raise InputError(problems)
    map_lvef(courses, gathering)
    map_courses(radiotherapy, courses, gathering)
    gathering.settle_all()
    profile = _accepted(gathering)
    policy = dict.fromkeys(_COUNTS) if gathering.items.get("lesions") else {}
    sources = {fact: sorted(found) for fact, found in sorted(gathering.sources.items()) if not fact.startswith("(")}
    return Mapped(profile, sources, policy, remarks, codes.digest, len(collected.resources))


def _checked(problems: list[Problem], work: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return work(*arguments)
    except InputError as error:
        problems.extend(error.problems)
        return None


def _usable(resource: Resource, remarks: Remarks) -> bool:
    if resource.type == "OperationOutcome":
        severities = {issue.text("severity") for issue in resource.element.elements("issue")}
        if severities & {"error", "fatal"}:
            remarks.unmapped("outcome", resource.label)
        return False
    if resource.type in _REFERRED_TO:
        return False
    if resource.type not in _READ:
        remarks.unmapped("type-not-read", resource.label)
        return False
    if resource.element.elements("modifierExtension") or resource.element.has("implicitRules"):
        remarks.unmapped("modifier-extension", resource.label)
        return False
    return True


def _accepted(gathering: Gathering) -> dict[str, Any]:
    """Return the profile without what its model refuses; every such value is in the report."""
    for _ in range(len(gathering.facts) + sum(map(len, gathering.items.values())) + 1):
        profile = _profile(gathering)
        try:
            read_profile(profile, gathering.vocabulary)
            return profile
        except ProfileError as error:
            for problem in error.problems:
                _drop(problem.pointer, profile, gathering)
    return {}


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


def _drop(pointer: str, profile: Mapping[str, Any], gathering: Gathering) -> None:
    steps = pointer.strip("/").split("/")
    if steps[0] in ITEM_LISTS:
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
    gathering.remarks.unmapped("profile-refuses", *gathering.sources.get(fact, ()), facts=[fact])
    for name in [name for name in gathering.sources if name == fact or name.startswith((f"{fact}.", f"{fact}["))]:
        gathering.sources.pop(name)
