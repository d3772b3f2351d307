"""A site's own drugs in a batch, as the engine reads them: ``other`` with its name and all its classes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from oncocds.vocabulary.drug_classes import OTHER
from oncocds.vocabulary.models import Drug, Vocabulary
from oncocds.vocabulary.site import own_drug, own_drugs

_LIST, _CLASSES = "medications", ("class", "has_class", "not_class")


def in_full(batch: pa.RecordBatch, vocabulary: Vocabulary) -> pa.RecordBatch:
    """Return a batch of the schema of profiles in which each of a site's own drugs is told as the engine reads it."""
    at = batch.schema.get_field_index(_LIST)
    lists = batch.column(at)
    if not own_drugs(vocabulary) or lists.null_count == len(lists):
        return batch
    items = pc.list_flatten(lists)
    parts = dict(zip((field.name for field in items.type), items.flatten(), strict=True))
    found = _found(parts, vocabulary)
    if not found:
        return batch
    values = [
        _put(parts[field.name], field.type, {row: _told(field.name, drug) for row, drug in found.items()})
        if field.name in ("drug", "name", "class")
        else parts[field.name]
        for field in items.type
    ]
    whole = pa.StructArray.from_arrays(values, fields=list(items.type), mask=items.is_null())
    lengths = pc.list_value_length(lists).fill_null(0).to_numpy(zero_copy_only=False)
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]), pa.int32())
    told = pa.ListArray.from_arrays(offsets, whole, type=lists.type, mask=lists.is_null())
    return batch.set_column(at, batch.schema.field(at), told)


def _found(parts: dict[str, pa.Array], vocabulary: Vocabulary) -> dict[int, Drug]:
    """Return the site's own drugs by the places of their entries; an entry that tells classes itself is none."""
    drugs, names = (parts[name].cast(pa.string()) for name in ("drug", "name"))
    codes = pa.array([*own_drugs(vocabulary), OTHER], pa.string())
    asked = pc.is_in(drugs, codes)
    for name in _CLASSES:
        asked = pc.and_(asked, pc.is_null(parts[name]))
    found: dict[int, Drug] = {}
    known: dict[tuple[str, str | None], Drug | None] = {}
    for row in np.flatnonzero(asked.to_numpy(zero_copy_only=False)).tolist():
        key = (drugs[row].as_py(), names[row].as_py())
        drug = known[key] if key in known else known.setdefault(key, own_drug(*key, vocabulary))
        if drug is not None:
            found[row] = drug
    return found


def _told(field: str, drug: Drug) -> Any:
    return {"drug": OTHER, "name": drug.code, "class": sorted(drug.classes)}[field]


def _put(array: pa.Array, wanted: pa.DataType, told: dict[int, Any]) -> pa.Array:
    """Return an array with other values at some places."""
    values = array.to_pylist()
    for row, value in told.items():
        values[row] = value
    if pa.types.is_dictionary(wanted):
        return pa.array(values, wanted.value_type).dictionary_encode().cast(wanted)
    return pa.array(values, wanted)
