"""What callers send becomes a profile, a policy or a date — or a refusal that names each place and never a value."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from oncocds.errors import InputError, KnowledgeError, PolicyError, Problem, ProfileError
from oncocds.profile.codes import calendar_date
from oncocds.profile.further import beside, without_refused
from oncocds.profile.history import history_problems
from oncocds.profile.made import models_of
from oncocds.profile.models import LISTS, Medication, Profile
from oncocds.profile.policy import Policy
from oncocds.profile.quantities import quantity_problems
from oncocds.profile.refusals import MOST_PROBLEMS, problems_of
from oncocds.reading.strict_json import check_plain, parse_json
from oncocds.vocabulary.drug_classes import OTHER
from oncocds.vocabulary.models import Drug, Vocabulary
from oncocds.vocabulary.site import drug_told, own_drugs

_Model = TypeVar("_Model", bound=BaseModel)


def read_profile(source: Mapping[str, Any] | str | bytes | Profile, vocabulary: Vocabulary) -> Profile:
    """Read a profile: a mapping, JSON text or a profile. Raises ``ProfileError`` naming every place that is refused."""
    profile, problems = _profile(source, vocabulary)
    if profile is None or problems:  # raised here, so that no error drags along one that knows the patient's values
        raise ProfileError(problems)
    return profile


def read_policy(source: Mapping[str, Any] | Policy | Path | str, vocabulary: Vocabulary) -> Policy:
    """Read a policy: a mapping, or a JSON or YAML file. Raises ``PolicyError``; of a file each problem names it."""
    if isinstance(source, Policy):
        return source
    try:
        plain = _policy_file(Path(source)) if isinstance(source, Path | str) else source
        check_plain(plain)
        return _validated(models_of(vocabulary).policy, plain, vocabulary)
    except InputError as error:
        problems = error.problems
    file = source if isinstance(source, Path | str) else ""
    raise PolicyError([Problem(f"{file}{one.pointer}", one.reason, one.expected) for one in problems])


def read_date(source: datetime.date | str | None) -> datetime.date:
    """Read the date of an evaluation; None is today. Raises ``InputError``."""
    if source is None:
        return datetime.datetime.now().astimezone().date()
    if isinstance(source, datetime.date):
        return source
    try:
        return calendar_date(source)
    except ValueError:
        raise InputError([Problem("/as_of", "not a date", "a calendar date as YYYY-MM-DD")]) from None


def _profile(
    source: Mapping[str, Any] | str | bytes | Profile, vocabulary: Vocabulary
) -> tuple[Profile | None, Sequence[Problem]]:
    if isinstance(source, Profile):
        profile = _with_drugs_told(source, vocabulary)
        return profile, [*_found_in(profile, vocabulary)][:MOST_PROBLEMS]
    model = models_of(vocabulary).profile
    try:
        plain = _no_resource(_plain(source))
    except InputError as error:
        return None, error.problems
    try:
        profile = _with_drugs_told(_validated(model, plain, vocabulary), vocabulary)
    except InputError as error:
        rest, then = without_refused(model, _as_json(plain), vocabulary)
        found = () if rest is None else _found_in(rest, vocabulary)
        return None, beside(error.problems, [*then, *found])
    return profile, [*_found_in(profile, vocabulary)][:MOST_PROBLEMS]


def _found_in(profile: Profile, vocabulary: Vocabulary) -> Iterator[Problem]:
    """Find what no single part of a profile shows."""
    yield from _id_problems(profile)
    yield from quantity_problems(profile, vocabulary)
    yield from history_problems(profile, vocabulary)


def _with_drugs_told(profile: Profile, vocabulary: Vocabulary) -> Profile:
    """Return a profile in which drugs stand as the rules know them, whatever way they were told.

    One given as ``other``, or by its name alone, with a name that the vocabulary knows is that drug. Each of a site's
    own is ``other`` with its name and all its classes: the rules know of it what they ask, and say of it what they say
    of drugs that no document names. Classes that the record tells itself stand.
    """
    listed = list(profile.medications or ())
    found = False
    for at, one in enumerate(listed):
        drug = drug_told(one.drug, one.name, vocabulary) if _is_told(one, vocabulary) else None
        if drug is not None:
            listed[at], found = one.model_copy(update=told_as(drug, vocabulary)), True
    return profile.model_copy(update={"medications": listed}) if found else profile


def _is_told(one: Medication, vocabulary: Vocabulary) -> bool:
    if not (one.class_ is None and one.has_class is None and one.not_class is None):
        return False
    return one.name is not None if one.drug in (None, OTHER) else one.drug in own_drugs(vocabulary)


def told_as(drug: Drug, vocabulary: Vocabulary) -> dict[str, Any]:
    """Return what stands in a record of a drug: its code or, of a site's own, what the rules know of it."""
    if drug.code not in own_drugs(vocabulary):
        return {"drug": drug.code}
    return {"drug": OTHER, "name": drug.code, "class_": sorted(drug.classes)}


def _plain(source: Mapping[str, Any] | str | bytes) -> Any:
    if isinstance(source, str | bytes):
        return parse_json(source)
    check_plain(source)
    return source


def _no_resource(plain: Any) -> Any:
    """Return what is no FHIR resource: of one, no key is a misspelt one of a profile's. Raises ``InputError``."""
    if isinstance(plain, Mapping) and "resourceType" in plain:
        raise InputError([resource_problem("/resourceType")])
    return plain


def resource_problem(pointer: str) -> Problem:
    """Return what is said where a FHIR resource was sent in the place of a profile."""
    where = "/v1/fhir/evaluations, files of them 'oncocds cohort from-fhir'"
    return Problem(pointer, "a FHIR resource", f"a patient profile; records in FHIR take {where}")


def _validated(model: type[_Model], plain: Any, vocabulary: Vocabulary) -> _Model:
    """Validate plain data. Raises ``InputError``."""
    context = {"vocabulary": vocabulary}
    try:
        return model.model_validate(plain, context=context, by_alias=True, by_name=False)
    except ValidationError:
        pass
    try:
        # Strict validation takes dicts and lists only; a host application may well hold other mappings, or tuples.
        return model.model_validate(_as_json(plain), context=context, by_alias=True, by_name=False)
    except ValidationError as error:
        problems = problems_of(error, model, vocabulary)
    raise InputError(problems)


def _as_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _as_json(inner) for key, inner in value.items()}
    return [_as_json(inner) for inner in value] if isinstance(value, list | tuple) else value


def _policy_file(path: Path) -> Any:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or "it is not UTF-8"
        raise InputError([Problem("", f"the file cannot be read: {why}", "a JSON or YAML file (UTF-8)")]) from None
    if path.suffix == ".json":
        return parse_json(text)
    from oncocds.reading.record import as_json  # what reads YAML is imported where YAML is read
    from oncocds.reading.yaml import read_yaml

    try:
        return as_json(read_yaml(path, text))
    except KnowledgeError as error:
        found = [(f":{one.line}:{one.column}", one.message) for one in error.issues]
        raise InputError([Problem(place, message, "a mapping of settings") for place, message in found]) from None


def _id_problems(profile: Profile) -> list[Problem]:
    problems: list[Problem] = []
    for name in LISTS:
        seen: set[str] = set()
        for index, item in enumerate(getattr(profile, name) or ()):
            if item.id is not None and item.id in seen:
                problems.append(Problem(f"/{name}/{index}/id", "this id stands twice", "ids unique within the list"))
            seen.add(item.id)
    if profile.lesions is not None and "lesions" not in (profile.incomplete or ()):
        lesions = {lesion.id for lesion in profile.lesions}
        for index, course in enumerate(profile.radiotherapy or ()):
            for at, target in enumerate(course.targets or ()):
                if target not in lesions:
                    problems.append(
                        Problem(f"/radiotherapy/{index}/targets/{at}", "no lesion has this id", "the id of a lesion")
                    )
    return problems
