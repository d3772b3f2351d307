"""Drugs of a batch that are told by a name, or are a site's own, as the engine reads them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from oncocds.profile.reading import told_as
from oncocds.vocabulary.drug_classes import OTHER
from oncocds.vocabulary.models import Drug, Vocabulary
from oncocds.vocabulary.site import drug_told, own_drugs

_LIST, _CLASSES = "medications", ("class", "has_class", "not_class")


def in_full(batch: pa.RecordBatch, vocabulary: Vocabulary) -> pa.RecordBatch:
    """Return a batch of the schema of profiles in which each drug is told as the engine reads it."""
    at = batch.schema.get_field_index(_LIST)
    lists = batch.column(at)
    if lists.null_count == len(lists):
        return batch
    items = pc.list_flatten(lists)
    parts = dict(zip((field.name for field in items.type), items.flatten(), strict=True))
    found = _found(parts, vocabulary)
    if not found:
        return batch
    told = {row: told_as(drug, vocabulary) for row, drug in found.items()}
    values = [_put(parts[field.name], field.type, field.name, told) for field in items.type]
    whole = pa.StructArray.from_arrays(values, fields=list(items.type), mask=items.is_null())
    lengths = pc.list_value_length(lists).fill_null(0).to_numpy(zero_copy_only=False)
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]), pa.int32())
    listed = pa.ListArray.from_arrays(offsets, whole, type=lists.type, mask=lists.is_null())
    return batch.set_column(at, batch.schema.field(at), listed)


def _found(parts: dict[str, pa.Array], vocabulary: Vocabulary) -> dict[int, Drug]:
    """Return the drugs that are told otherwise, by the places of their entries; not where classes are told as well."""
    drugs, names = (parts[name].cast(pa.string()) for name in ("drug", "name"))
    by_name = pc.and_(pc.is_valid(names), pc.or_(pc.is_null(drugs), pc.fill_null(pc.equal(drugs, OTHER), False)))
    asked = pc.or_(by_name, pc.is_in(drugs, pa.array([*own_drugs(vocabulary)], pa.string())))
    for name in _CLASSES:
        asked = pc.and_(asked, pc.is_null(parts[name]))
    found: dict[int, Drug] = {}
    known: dict[tuple[str | None, str | None], Drug | None] = {}
    for row in np.flatnonzero(asked.to_numpy(zero_copy_only=False)).tolist():
        key = (drugs[row].as_py(), names[row].as_py())
        drug = known[key] if key in known else known.setdefault(key, drug_told(*key, vocabulary))
        if drug is not None:
            found[row] = drug
    return found


def _put(array: pa.Array, wanted: pa.DataType, field: str, told: dict[int, dict[str, Any]]) -> pa.Array:
    """Return the values of a field with what is told of some entries in their places."""
    key = "class_" if field == "class" else field
    if not any(key in one for one in told.values()):
        return array
    values = array.to_pylist()
    for row, one in told.items():
        values[row] = one.get(key, values[row])
    if pa.types.is_dictionary(wanted):
        return pa.array(values, wanted.value_type).dictionary_encode().cast(wanted)
    return pa.array(values, wanted)
