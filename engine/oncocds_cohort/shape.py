"""The shape of a profile as columns: what each part of it may hold, read from the models that the vocabulary makes.

What a model asks of a value in a way that is not known here makes its part not ``exact``: whatever stands in such a
part is for the engine's own reader. So a new field or a new check is never passed over, at worst it is slow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MaxLen
from pydantic import BaseModel, WithJsonSchema
from pydantic.fields import FieldInfo

from oncocds.profile.codes import MAX_CODES, CodeOf, SetWritten
from oncocds.profile.items import DrugClasses
from oncocds.profile.made import models_of
from oncocds.vocabulary.kept import once
from oncocds.vocabulary.models import Vocabulary

Kind = Literal["boolean", "number", "integer", "string"]
_KINDS: Mapping[Any, Kind] = {bool: "boolean", float: "number", int: "integer", str: "string"}
_PYTHON: Mapping[Kind, tuple[type, ...]] = {
    "boolean": (bool,), "number": (float, int), "integer": (int,), "string": (str,)
}  # fmt: skip
# The checks of whole records that the columns know, by the name of the method in its model.
_KNOWN_CHECKS = frozenset({"_named", "_of_lists_that_are_there"})


@dataclass(frozen=True, slots=True)
class Range:
    """The numbers that are accepted; a bound belongs to them unless it is strict."""

    low: float
    high: float
    above: bool = False
    below: bool = False


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value. ``annotation`` is its type as the model has it, with every check of it."""

    kind: Kind
    annotation: Any
    range: Range | None = None
    value_set: str | None = None
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of values or of records, of which at most ``most`` are accepted."""

    item: Part
    most: int
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Record:
    """Named parts, of which the ``required`` ones must be there."""

    parts: Mapping[str, Part] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    exact: bool = True


Part: TypeAlias = Leaf | Listed | Record


@once
def shape_of(vocabulary: Vocabulary) -> Record:
    """Return the shape of a vocabulary's profile."""
    return record_of(models_of(vocabulary).profile)


def fits(value: Any, part: Part) -> bool:
    """Tell whether plain data has the types of a part and no other keys; what else is asked of it is not asked here."""
    if value is None:
        return True
    if isinstance(part, Record):
        return isinstance(value, dict) and all(
            name in part.parts and fits(inner, part.parts[name]) for name, inner in value.items()
        )
    if isinstance(part, Listed):
        return isinstance(value, list) and all(fits(one, part.item) for one in value)
    return type(value) in _PYTHON[part.kind]


def record_of(model: type[BaseModel]) -> Record:
    """Return the shape of a model."""
    checks = model.__pydantic_decorators__
    known = not (checks.field_validators or checks.validators or checks.root_validators)
    parts = {info.alias or name: _part(_whole(info)) for name, info in model.model_fields.items()}
    required = frozenset(info.alias or name for name, info in model.model_fields.items() if info.is_required())
    return Record(parts, required, known and checks.model_validators.keys() <= _KNOWN_CHECKS)


def _whole(info: FieldInfo) -> Any:
    """Return a field's type with what stands beside it."""
    return Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation


def _part(annotation: Any) -> Part:
    core, beside = _unwrapped(annotation)
    if core is DrugClasses:
        one = get_args(get_args(DrugClasses)[0])[0]  # a code; the other is a list of such codes
        return Listed(
            _part(Annotated[(str, *(part for part in get_args(one)[1:] if isinstance(part, CodeOf)))]), MAX_CODES
        )
    if get_origin(core) is list:
        most = next((one.max_length for one in beside if isinstance(one, MaxLen)), None)
        known = all(one is SetWritten or isinstance(one, MaxLen | WithJsonSchema) for one in beside)
        return Listed(_part(get_args(core)[0]), most or 0, known and most is not None)
    if isinstance(core, type) and issubclass(core, BaseModel):
        return record_of(core)
    kind = _KINDS[core]
    if kind == "string":
        return Leaf(kind, annotation, value_set=next((o.value_set for o in beside if isinstance(o, CodeOf)), None))
    if kind == "boolean":
        return Leaf(kind, annotation, exact=not beside)
    range_ = _range(beside)
    return Leaf(kind, annotation, range_, exact=range_ is not None)


def _unwrapped(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    """Return a type without what stands beside it and without None, and what stands beside it."""
    beside: list[Any] = []
    while annotation is not DrugClasses:
        if get_origin(annotation) is Annotated:
            annotation, *more = get_args(annotation)
            beside += [one for each in more for one in (each.metadata if isinstance(each, FieldInfo) else (each,))]
        elif get_origin(annotation) in (Union, UnionType):
            others = [one for one in get_args(annotation) if one is not NoneType]
            if len(others) != 1:
                raise TypeError(f"no column holds what is of several types: {annotation}")
            annotation = others[0]
        else:
            break
    return annotation, tuple(beside)


def _range(beside: tuple[Any, ...]) -> Range | None:
    """Return the range of a number; None where it has none on either side, or more is asked of it than a range."""
    low: Any = None
    high: Any = None
    above = below = False
    for one in beside:
        if isinstance(one, Ge | Gt):
            low, above = (one.gt, True) if isinstance(one, Gt) else (one.ge, False)
        elif isinstance(one, Le | Lt):
            high, below = (one.lt, True) if isinstance(one, Lt) else (one.le, False)
        elif not isinstance(one, WithJsonSchema):
            return None
    return None if low is None or high is None else Range(float(low), float(high), above, below)
