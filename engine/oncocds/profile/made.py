"""The models that a vocabulary makes: what code reads by name stands in the models of this room, all else in YAML.

Laboratory tests and settings of the policy come from the vocabulary alone; to the groups of a profile and the items of
its lists it adds the fields that their models lack. Other fields, and their types, are checked by ``coverage``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, create_model
from pydantic import Field as Limits

from oncocds.profile.codes import (
    MAX_CODES,
    MAX_COURSES,
    MAX_ITEMS,
    CodeOf,
    Count,
    Date,
    NotNegative,
    SetWritten,
    ShortText,
    ShortTexts,
)
from oncocds.profile.measurements import CalciumResult, LabResult, Labs
from oncocds.profile.models import INCOMPLETE, ITEM_LISTS, OPEN, Profile, names_of
from oncocds.profile.policy import Policy
from oncocds.profile.refusals import model_in
from oncocds.vocabulary.kept import once
from oncocds.vocabulary.models import Field, Vocabulary

_Model = TypeVar("_Model", bound=BaseModel)
_LABS, _SINCE = "labs", "since_symptoms"
_PLAIN: Mapping[str, Any] = {
    "boolean": bool,
    "integer": Count,
    "number": NotNegative,
    "text": ShortText,
    "texts": ShortTexts,
    "date": Date,
}


@dataclass(frozen=True, slots=True)
class Models:
    """The models of one vocabulary, and its laboratory tests by their names within ``labs``.

    ``closed`` are the facts about the patient that count as no where nothing is recorded.
    """

    profile: type[Profile]
    policy: type[Policy]
    analytes: tuple[str, ...]
    closed: tuple[str, ...]


_MADE: list[tuple[Mapping[str, Field], Models]] = []


@once
def models_of(vocabulary: Vocabulary) -> Models:
    """Return the models of a vocabulary, the same for the same fields: a profile of the one equals one of the other."""
    fields = vocabulary.fields
    known = next((models for other, models in _MADE if other == fields), None)
    if known is None:
        _MADE.append((fields, known := _models(fields)))
    return known


def _models(fields: Mapping[str, Field]) -> Models:
    recorded: dict[str, dict[str, Field]] = {}
    for name, field in fields.items():
        group, _, rest = name.rpartition(".")
        if field.world != "derived":
            recorded.setdefault(group, {})[rest] = field
    results: dict[str, Any] = {
        name.partition(".")[2]: ((CalciumResult if _SINCE in parts else LabResult) | None, None)
        for name, parts in recorded.items()
        if name.startswith(f"{_LABS}.")
    }
    parts: dict[str, Any] = {_LABS: (create_model("Labs", __base__=Labs, **results) | None, None)}
    for name, info in Profile.model_fields.items():
        model = model_in(info.annotation)
        if model is not None and name not in ("weight", _LABS):
            more = _with_more(model, recorded.get(name, {}))
            if more is not model:
                most = MAX_COURSES if name == "radiotherapy" else MAX_ITEMS
                several: Any = Annotated[list[more], Limits(max_length=most)]  # type: ignore[valid-type]
                parts[name] = (several | None if name in ITEM_LISTS else more | None, None)
    parts |= _lacking(Profile, recorded.get("", {}))
    closed = tuple(name for name, field in fields.items() if _is_closed(name, field))
    parts["incomplete"] = (Annotated[names_of((*OPEN, *closed)) | None, INCOMPLETE], None)
    return Models(
        create_model("Profile", __base__=Profile, **parts),
        _with_more(Policy, recorded.get("policy", {})),
        tuple(results),
        closed,
    )


def _is_closed(name: str, field: Field) -> bool:
    told = field.type == "boolean" or field.value_set == "interpretation"
    return told and field.world in ("closed", "default") and name.partition(".")[0] not in ITEM_LISTS


def _with_more(model: type[_Model], fields: Mapping[str, Field]) -> type[_Model]:
    """Return a model with the fields that it lacks, itself where it has them all."""
    more = _lacking(model, fields)
    return create_model(model.__name__, __base__=model, __doc__=model.__doc__, **more) if more else model


def _lacking(model: type[BaseModel], fields: Mapping[str, Field]) -> dict[str, Any]:
    known = {info.alias or name for name, info in model.model_fields.items()}
    return {name: (annotation(field) | None, None) for name, field in fields.items() if name not in known}


def annotation(field: Field) -> Any:
    """Return the type of a field as the models write it, without saying that it may be missing."""
    if field.value_set is not None:
        code = Annotated[str, CodeOf(field.value_set)]
        return Annotated[list[code], Limits(max_length=MAX_CODES), SetWritten] if field.type == "codes" else code
    if field.range is None:
        return _PLAIN[field.kind]
    number, low, high = (int if field.kind == "integer" else float), field.range.low, field.range.high
    return Annotated[number, Limits(gt=low, le=high) if field.range.above else Limits(ge=low, le=high)]
