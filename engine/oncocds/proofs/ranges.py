"""The ranges of numbers that profile and policy accept, read from the models and the vocabulary."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from oncocds.profile.made import models_of
from oncocds.profile.models import Profile
from oncocds.profile.policy import Policy
from oncocds.profile.refusals import model_in
from oncocds.proofs.terms import exact
from oncocds.vocabulary.models import Vocabulary


@dataclass(frozen=True, slots=True)
class Range:
    """A range of numbers; the bounds belong to it unless they are strict."""

    low: float | None = None
    high: float | None = None
    low_strict: bool = False
    high_strict: bool = False

    def conditions(self, term: Any) -> list[Any]:
        """Return that a term lies in the range."""
        found = []
        if self.low is not None:
            found.append(term > exact(self.low) if self.low_strict else term >= exact(self.low))
        if self.high is not None:
            found.append(term < exact(self.high) if self.high_strict else term <= exact(self.high))
        return found


@cache
def _model_ranges(profile: type[Profile], policy: type[Policy]) -> dict[str, Range]:
    return {**dict(_ranges(profile, "")), **dict(_ranges(policy, "policy."))}


def ranges(vocabulary: Vocabulary) -> dict[str, Range]:
    """Return the range of every number by the name that rules use; measurements in their preferred unit."""
    models = models_of(vocabulary)
    found = dict(_model_ranges(models.profile, models.policy))
    found |= {name: Range(*field.plausible) for name, field in vocabulary.fields.items() if field.plausible is not None}
    found["weight"] = Range(*vocabulary.quantities["mass"].plausible)
    for analyte in models.analytes:
        quantity = vocabulary.quantities[analyte]
        low, high = quantity.limits or quantity.plausible
        found[f"labs.{analyte}.value"] = Range(*quantity.plausible)
        found[f"labs.{analyte}.reference_low"] = Range(low if quantity.limits else 0.0, high)
        found[f"labs.{analyte}.reference_high"] = Range(low, high)
    return found


def offered(vocabulary: Vocabulary) -> dict[str, Range]:
    """Return the ranges in which numbers are told as changes of a patient: those of ``ranges``, narrower where said."""
    found = ranges(vocabulary)
    for analyte in models_of(vocabulary).analytes:
        quantity = vocabulary.quantities[analyte]
        narrower = {
            "value": quantity.offered,
            "reference_low": quantity.lower_limits,
            "reference_high": quantity.upper_limits,
        }
        found |= {f"labs.{analyte}.{part}": Range(*one) for part, one in narrower.items() if one is not None}
    if (weight := vocabulary.quantities["mass"].offered) is not None:
        found["weight"] = Range(*weight)
    return found


def _ranges(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, Range]]:
    for name, info in model.model_fields.items():
        public = prefix + (info.alias or name)
        inner = model_in(info.annotation)
        if inner is not None:
            yield from _ranges(inner, f"{public}.")
            continue
        low = high = None
        low_strict = high_strict = False
        for bound in (*info.metadata, *_bounds(info.annotation)):
            if isinstance(bound, Ge | Gt):
                low, low_strict = bound.ge if isinstance(bound, Ge) else bound.gt, isinstance(bound, Gt)
            elif isinstance(bound, Le | Lt):
                high, high_strict = bound.le if isinstance(bound, Le) else bound.lt, isinstance(bound, Lt)
        yield public, Range(_number(low), _number(high), low_strict, high_strict)


def _bounds(annotation: Any) -> Iterator[Any]:
    for part in get_args(annotation):
        if isinstance(part, FieldInfo):
            yield from part.metadata
        elif isinstance(part, Ge | Gt | Le | Lt):
            yield part
        else:
            yield from _bounds(part)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None
