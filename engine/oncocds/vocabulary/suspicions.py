"""Reads ``suspicions.yaml``: which recorded findings make an unanswered question pressing."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping
from typing import cast

from oncocds.reading.marks import Scalar
from oncocds.reading.nearest import suggestion
from oncocds.reading.record import Record
from oncocds.text import Text
from oncocds.vocabulary.models import Comparison, Field, RecordedSign, Suspicion, ValueSet

_SIGN = re.compile(r"(\S+) (is|<=|>=|<|>) (\S+)")
_NUMBERS = ("number", "integer")
_TRUTHS = {"true": True, "false": False}


def read_suspicions(
    entries: Iterator[tuple[str, Record]],
    fields: Mapping[str, Field],
    value_sets: Mapping[str, ValueSet],
    lists: Collection[str],
) -> dict[str, Suspicion]:
    """Read the findings that speak for a question, each checked where it stands.

    What speaks for a question about an item (a lesion) is recorded of that item or of the patient.
    """
    found = {}
    for fact, record in entries:
        if fact not in fields:
            record.issue(record.mark, f"no fact '{fact}'{suggestion(fact, fields)}")
        of_list = fact.partition(".")[0] if fact.partition(".")[0] in lists else None
        signs = []
        for scalar in record.scalars("by", required=True):
            sign = _sign(scalar, record, fields, value_sets)
            if sign is None:
                continue
            other = sign.fact.partition(".")[0]
            if of_list is not None and other in lists and other != of_list:
                record.issue(
                    scalar.mark, f"'{fact}' is asked of one of the {of_list}; '{sign.fact}' is of another list"
                )
            signs.append(sign)
        found[fact] = Suspicion(fact, tuple(signs), record.bilingual("source", required=True) or Text("", ""))
        record.finish()
    return found


def _sign(
    scalar: Scalar, record: Record, fields: Mapping[str, Field], value_sets: Mapping[str, ValueSet]
) -> RecordedSign | None:
    match = _SIGN.fullmatch(scalar.text)
    if match is None:
        record.issue(scalar.mark, f"'{scalar.text}' is no finding; write it as 'fact is value' or 'fact < number'")
        return None
    name, comparison, told = match.groups()
    field = fields.get(name)
    if field is None:
        record.issue(scalar.mark, f"no fact '{name}'{suggestion(name, fields)}")
        return None
    value = _value(told, field, value_sets)
    if value is None or (comparison == "is") == (field.type in _NUMBERS):
        expected = _expected(field, value_sets)
        record.issue(scalar.mark, f"'{name}' cannot be compared so: expected {expected}, not '{comparison} {told}'")
        return None
    return RecordedSign(name, cast(Comparison, comparison), value)


def _value(told: str, field: Field, value_sets: Mapping[str, ValueSet]) -> bool | float | str | None:
    if field.type == "boolean":
        return _TRUTHS.get(told)
    if field.type in _NUMBERS:
        try:
            number = float(told)
        except ValueError:
            return None
        return number if math.isfinite(number) else None
    return told if told in _members(field, value_sets) else None


def _members(field: Field, value_sets: Mapping[str, ValueSet]) -> Collection[str]:
    coded = field.type == "code" and field.value_set in value_sets
    return value_sets[field.value_set].members if coded and field.value_set is not None else ()


def _expected(field: Field, value_sets: Mapping[str, ValueSet]) -> str:
    if field.type == "boolean":
        return "'is true' or 'is false'"
    if field.type in _NUMBERS:
        return "<, <=, > or >= and a number"
    return (
        f"'is' and one of {', '.join(_members(field, value_sets))}"
        if field.type == "code"
        else "a fact with other values"
    )
