"""The Arrow schema of a file of patients: an id, and beside it the profile as its JSON has it.

Groups are structs, lists of items lists of structs; a null list is absent, an empty one a recorded "none". Numbers are
float64, also whole ones; codes and dates are text, sets of codes lists of text. It is made from the vocabulary: a new
laboratory test or field is a new column. Parquet has these columns flat; a line of NDJSON is
``{"id": …, "patient": {…}}``.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from oncocds.vocabulary.models import Vocabulary
from oncocds_cohort.shape import Leaf, Listed, Part, Record, shape_of

ID, PATIENT = "id", "patient"
CODED = pa.dictionary(pa.int32(), pa.string())
"""A text as Arrow's reader of Parquet gives it where it leaves it encoded, and as ``dictionary_encode`` encodes it."""
_TYPES = {"boolean": pa.bool_(), "number": pa.float64(), "integer": pa.float64(), "string": pa.string()}


def profile_schema(vocabulary: Vocabulary) -> pa.Schema:
    """Return the columns of a file of patients."""
    return pa.schema(
        [pa.field(ID, pa.string(), nullable=False), *_fields(shape_of(vocabulary), whole=_TYPES["integer"])]
    )


def coded_schema(vocabulary: Vocabulary) -> pa.Schema:
    """Return the columns of ``profile_schema`` with each text but the id as its number in a dictionary of texts."""
    return pa.schema([field if field.name == ID else _coded(field) for field in profile_schema(vocabulary)])


def line_schema(vocabulary: Vocabulary) -> pa.Schema:
    """Return a line of NDJSON as the JSON reader is to read it; as int64 it takes no 3.0 for a whole number."""
    patient = pa.struct(_fields(shape_of(vocabulary), whole=pa.int64()))
    return pa.schema([pa.field(ID, pa.string()), pa.field(PATIENT, patient)])


def described(vocabulary: Vocabulary) -> dict[str, Any]:
    """Return the columns as plain data: types, what is required, codes, labels and units."""
    columns = [{"name": ID, "type": "string", "required": True}, *_described(shape_of(vocabulary), "", vocabulary)]
    return {"columns": columns, "line": {ID: "string", PATIENT: "the other columns"}}


def _fields(record: Record, *, whole: pa.DataType) -> list[pa.Field]:
    return [pa.field(name, _type(part, whole)) for name, part in record.parts.items()]


def _type(part: Part, whole: pa.DataType) -> pa.DataType:
    if isinstance(part, Record):
        return pa.struct(_fields(part, whole=whole))
    if isinstance(part, Listed):
        return pa.list_(_type(part.item, whole))
    return whole if part.kind == "integer" else _TYPES[part.kind]


def _coded(field: pa.Field) -> pa.Field:
    return field.with_type(_coded_type(field.type))


def _coded_type(type_: pa.DataType) -> pa.DataType:
    if pa.types.is_struct(type_):
        return pa.struct([_coded(field) for field in type_])
    if pa.types.is_list(type_):
        return pa.list_(_coded_type(type_.value_type))
    return CODED if pa.types.is_string(type_) else type_


def _described(record: Record, prefix: str, vocabulary: Vocabulary) -> list[dict[str, Any]]:
    found = []
    for name, part in record.parts.items():
        one: dict[str, Any] = {"name": name, "type": _word(part), "required": name in record.required}
        known = vocabulary.fields.get(prefix + name)
        label = known.label if known is not None else None if prefix else vocabulary.lists.get(name)
        if label is not None:
            one["label"] = {"zh": label.zh, "en": label.en}
        if known is not None and known.unit is not None:
            one["unit"] = known.unit
        inner = part.item if isinstance(part, Listed) else part
        if isinstance(part, Listed):
            one["most"] = part.most
        if isinstance(inner, Record):
            one["parts"] = _described(inner, f"{prefix}{name}.", vocabulary)
        elif isinstance(inner, Leaf) and inner.value_set is not None:
            one["codes"] = list(vocabulary.value_sets[inner.value_set].members)
        found.append(one)
    return found


def _word(part: Part) -> str:
    if isinstance(part, Record):
        return "struct"
    if isinstance(part, Listed):
        return f"list<{_word(part.item)}>"
    return "whole number" if part.kind == "integer" else part.kind
