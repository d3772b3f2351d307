"""What callers send becomes a profile, a policy or a date — or a refusal that names each place and never a value."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from oncocds.errors import InputError, KnowledgeError, PolicyError, Problem, ProfileError
from oncocds.profile.models import ITEM_LISTS, Profile
from oncocds.profile.policy import Policy
from oncocds.profile.quantities import quantity_problems
from oncocds.reading.nearest import suggestion
from oncocds.reading.record import as_json
from oncocds.reading.strict_json import check_plain, parse_json
from oncocds.reading.yaml import read_yaml
from oncocds.vocabulary.models import Vocabulary

_MOST_PROBLEMS = 50
_EXPECTED = {
    "bool_type": "true or false",
    "float_type": "a number (no quotes)",
    "int_type": "a whole number (no quotes)",
    "int_from_float": "a whole number",
    "string_type": "text",
    "list_type": "a list",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "dict_type": "a mapping",
    "finite_number": "a finite number",
    "string_pattern_mismatch": "letters, digits and . _ : - only",
}


def read_profile(source: Mapping[str, Any] | str | bytes | Profile, vocabulary: Vocabulary) -> Profile:
    """Read a profile. Raises ``ProfileError`` naming every place that is refused."""
    if isinstance(source, Profile):
        profile = source
    else:
        try:
            data = parse_json(source) if isinstance(source, str | bytes) else source
            if data is source:
                check_plain(data)
        except InputError as error:
            raise ProfileError(error.problems) from None
        try:
            profile = Profile.model_validate(data, context={"vocabulary": vocabulary})
        except ValidationError as error:
            raise ProfileError(_problems(error, Profile)) from None
    problems = [*_id_problems(profile), *quantity_problems(profile, vocabulary)]
    if problems:
        raise ProfileError(problems[:_MOST_PROBLEMS])
    return profile


def read_policy(source: Mapping[str, Any] | Policy | Path | str, vocabulary: Vocabulary) -> Policy:  # noqa: ARG001
    """Read a policy: a mapping, or a JSON or YAML file. Raises ``PolicyError``."""
    if isinstance(source, Policy):
        return source
    try:
        if isinstance(source, Path | str):
            source = _policy_file(Path(source))
        check_plain(source)
        return Policy.model_validate(source)
    except ValidationError as error:
        raise PolicyError(_problems(error, Policy)) from None
    except InputError as error:
        raise PolicyError(error.problems) from None


def read_date(source: datetime.date | str | None) -> datetime.date:
    """Read the date of an evaluation; None is today. Raises ``InputError``."""
    if source is None:
        return datetime.datetime.now().astimezone().date()
    if isinstance(source, datetime.date):
        return source
    try:
        if len(source) == 10:
            return datetime.date.fromisoformat(source)
    except ValueError:
        pass
    raise InputError([Problem("/as_of", "not a date", "a calendar date as YYYY-MM-DD")])


def _policy_file(path: Path) -> Any:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise PolicyError([Problem("", "the policy file cannot be read", "a JSON or YAML file (UTF-8)")]) from None
    if path.suffix == ".json":
        return parse_json(text)
    try:
        return as_json(read_yaml(path, text))
    except KnowledgeError as error:
        raise PolicyError([Problem("", str(issue), "a mapping of settings") for issue in error.issues]) from None


def _problems(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    # Inputs are left out of the details: an error never repeats what the patient's record holds.
    details = error.errors(include_url=False, include_input=False)
    found = {problem.pointer + problem.reason: problem for problem in (_problem(detail, model) for detail in details)}
    return list(found.values())[:_MOST_PROBLEMS]


def _problem(detail: ErrorDetails, model: type[BaseModel]) -> Problem:
    steps, owner = _walk(detail["loc"], model)
    pointer = "".join("/" + str(step).replace("~", "~0").replace("/", "~1")[:80] for step in steps)
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        known = [field.alias or name for name, field in owner.model_fields.items()]
        hint = suggestion(str(steps[-1]), known)
        return Problem(pointer, f"unknown key{hint}", "one of " + ", ".join(known))
    if kind == "missing":
        return Problem(pointer, "missing", "a value")
    if "expected" in context:
        return Problem(pointer, detail["msg"], str(context["expected"]))
    bounds = [
        f"{sign} {context[name]:g}"
        for name, sign in (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<"))
        if isinstance(context.get(name), int | float)
    ]
    if bounds:
        return Problem(pointer, "out of range", " and ".join(bounds))
    for name, words in (("max_length", "at most {} long"), ("min_length", "at least {} long")):
        if name in context:
            return Problem(pointer, "wrong length", words.format(context[name]))
    return Problem(pointer, "wrong type", _EXPECTED.get(kind, "a value of the documented type"))


def _walk(location: tuple[int | str, ...], model: type[BaseModel]) -> tuple[list[int | str], type[BaseModel]]:
    """Return the JSON steps of an error's location and the model its last step belongs to."""
    steps: list[int | str] = []
    owner = model
    inner: type[BaseModel] | None = model
    for step in location:
        if isinstance(step, int):
            steps.append(step)
            continue
        if inner is not None:
            owner = inner
            field = next((f for n, f in owner.model_fields.items() if step in (n, f.alias)), None)
            steps.append(step)
            inner = _model_in(field.annotation) if field is not None else None
        elif not any(character in step for character in "[]("):
            # What follows a leaf names a member of a union, not a place in the JSON.
            continue
    return steps, owner


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part)) is not None), None)


def _id_problems(profile: Profile) -> list[Problem]:
    problems: list[Problem] = []
    for name in ITEM_LISTS:
        seen: set[str] = set()
        for index, item in enumerate(getattr(profile, name) or ()):
            if item.id is not None and item.id in seen:
                problems.append(Problem(f"/{name}/{index}/id", "this id stands twice", "ids unique within the list"))
            seen.add(item.id)
    if profile.lesions is not None:
        lesions = {lesion.id for lesion in profile.lesions}
        for index, course in enumerate(profile.radiotherapy or ()):
            for at, target in enumerate(course.targets or ()):
                if target not in lesions:
                    problems.append(
                        Problem(f"/radiotherapy/{index}/targets/{at}", "no lesion has this id", "the id of a lesion")
                    )
    return problems
