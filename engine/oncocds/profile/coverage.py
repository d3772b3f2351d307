"""Model and vocabulary say the same: every field has its words, every word its field, types and units agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from oncocds.errors import Issue
from oncocds.profile.codes import CodeOf, Date
from oncocds.profile.derived import DERIVED, EFFECTIVE
from oncocds.profile.made import models_of
from oncocds.profile.models import LISTS, Profile
from oncocds.profile.policy import Policy
from oncocds.profile.refusals import model_in
from oncocds.reading.marks import Mark
from oncocds.vocabulary.models import Field, FieldType, Vocabulary

_FIELDS = Mark("rules/vocabulary/fields.yaml", 1, 1)
_OTHERS = {name: Mark(f"rules/vocabulary/{name}.yaml", 1, 1) for name in ("quantities", "lists", "values")}
# Parts of a profile, an item or a measurement that are no facts of their own.
_SILENT = ("id", "unit", "incomplete")
_FILLED_IN = "history"  # its results are facts where they are filled in
_LIMITS = ("value", "reference_low", "reference_high")


def public_fields(vocabulary: Vocabulary) -> Mapping[str, tuple[FieldType, str | None]]:
    """Return type and value set of every fact of the public profile and policy, by the name that rules use."""
    models = models_of(vocabulary)
    return _public(models.profile, models.policy)


@cache
def _public(profile: type[Profile], policy: type[Policy]) -> Mapping[str, tuple[FieldType, str | None]]:
    found = dict(_leaves(profile, ""))
    found["weight"] = ("number", None)
    found.update(_leaves(policy, "policy."))
    return found


def coverage_issues(vocabulary: Vocabulary) -> list[Issue]:
    """Return where vocabulary and model (profile, policy, derived facts) disagree, each with its place."""
    return [
        mark.issue(message)
        for found in (_fields(vocabulary), _derived(vocabulary), _quantities(vocabulary), _lists(vocabulary))
        for mark, message in found
    ]


def _leaves(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, tuple[FieldType, str | None]]]:
    for name, info in model.model_fields.items():
        public = prefix + (info.alias or name)
        inner = model_in(info.annotation)
        if inner is not None:
            if public not in ("weight", _FILLED_IN):
                yield from _leaves(inner, f"{public}.")
        elif name not in _SILENT:
            yield public, _kind(info.annotation)


def _kind(annotation: Any) -> tuple[FieldType, str | None]:
    value_set = next((part.value_set for part in _parts(annotation) if isinstance(part, CodeOf)), None)
    several = any(get_origin(part) is list for part in _parts(annotation))
    if value_set is not None:
        return ("codes" if several else "code"), value_set
    if several:
        return "texts", None
    if any(part == Date for part in _parts(annotation)):
        return "date", None
    plain: dict[Any, FieldType] = {bool: "boolean", int: "integer", float: "number", str: "text"}
    return next(plain[part] for part in _parts(annotation) if isinstance(part, type) and part in plain), None


def _parts(annotation: Any) -> Iterator[Any]:
    yield annotation
    for part in get_args(annotation):
        yield from _parts(part)


def _fields(vocabulary: Vocabulary) -> Iterator[tuple[Mark, str]]:
    public, fixed = public_fields(vocabulary), _public(Profile, Policy)
    for name, (kind, value_set) in public.items():
        field = vocabulary.fields.get(name)
        if field is None:
            yield _FIELDS, f"{name}: a field of the profile or policy has no entry here"
            continue
        if value_set is not None and value_set not in vocabulary.value_sets:
            yield _OTHERS["values"], f"{value_set}: a value set that '{name}' uses has no entry here"
        # A setting that is a whole number may be compared as a number.
        if field.kind != kind and (field.kind, kind) != ("number", "integer"):
            yield _mark(field), f"{name}: said to be '{field.type}', but the profile holds '{kind}'"
        elif field.value_set != value_set:
            yield _mark(field), f"{name}: said to use '{field.value_set}', but the profile uses '{value_set}'"
    for name, field in vocabulary.fields.items():
        if name not in public and field.world != "derived":
            yield _mark(field), f"{name}: no field of the profile or policy has this name"
        if name in fixed and (field.range is not None or field.whole):
            yield (
                _mark(field),
                f"{name}: its range stands in the profile's model; 'range' and 'whole' are for other fields",
            )
        if (field.world == "policy") != name.startswith("policy."):
            yield _mark(field), f"{name}: world 'policy' is for settings of the policy and for nothing else"


def _derived(vocabulary: Vocabulary) -> Iterator[tuple[Mark, str]]:
    concluded = {*DERIVED, *(f"{of_list}.{name}" for of_list, fields in EFFECTIVE.items() for name in fields)}
    for name in sorted(concluded):
        field = vocabulary.fields.get(name)
        if field is None:
            yield _FIELDS, f"{name}: a derived fact has no entry here"
        elif field.derivation is None:
            yield _mark(field), f"{name}: how it is derived is not said in derivations.yaml"
    for name, field in vocabulary.fields.items():
        if name not in concluded and (field.world == "derived" or field.derivation is not None):
            yield _mark(field), f"{name}: said to be derived, but nothing derives it"


def _quantities(vocabulary: Vocabulary) -> Iterator[tuple[Mark, str]]:
    mark = _OTHERS["quantities"]
    analytes = models_of(vocabulary).analytes
    wanted = {"mass", *analytes}
    for name in sorted(wanted - set(vocabulary.quantities)):
        yield mark, f"{name}: a measurement of the profile has no entry here"
    for name in sorted(set(vocabulary.quantities) - wanted):
        yield mark, f"{name}: no measurement of the profile has this name"
    units = {
        "weight": "mass",
        **{f"labs.{analyte}.{limit}": analyte for analyte in analytes for limit in _LIMITS},
    }
    for name, quantity in units.items():
        field, known = vocabulary.fields.get(name), vocabulary.quantities.get(quantity)
        if field is not None and known is not None and field.unit != known.unit:
            yield _mark(field), f"{name}: its unit is '{field.unit}', but that of '{quantity}' is '{known.unit}'"


def _lists(vocabulary: Vocabulary) -> Iterator[tuple[Mark, str]]:
    for name in LISTS:
        if name not in vocabulary.lists:
            yield _OTHERS["lists"], f"{name}: a list of the profile has no entry here"
    for name in vocabulary.lists:
        if name not in LISTS:
            yield _OTHERS["lists"], f"{name}: no list of the profile has this name"


def _mark(field: Field) -> Mark:
    return field.mark or _FIELDS
