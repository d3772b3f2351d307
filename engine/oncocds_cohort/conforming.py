"""Columns brought into the published types without a change of what they say."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def conformed(columns: Sequence[pa.Array], names: Sequence[str], schema: pa.Schema) -> pa.RecordBatch:
    """Return columns by their names as a batch of a schema; one that is not there is null."""
    by_name = dict(zip(names, columns, strict=True))
    size = len(columns[0])
    return pa.RecordBatch.from_arrays(
        [_conformed(by_name.get(one.name), one.type, size) for one in schema], schema=schema
    )


@lru_cache(16)
def _nulls(size: int, wanted: pa.DataType) -> pa.Array:
    """Return nulls: most of what a file does not have is of few types, and one column of nulls does for all of them."""
    return pa.nulls(size, wanted)


def _conformed(array: pa.Array | None, wanted: pa.DataType, size: int) -> pa.Array:
    if array is None or pa.types.is_null(array.type):
        return _nulls(size, wanted)
    if array.type == wanted:
        return array
    if pa.types.is_struct(wanted):
        parts = {field.name: values for field, values in zip(array.type, array.flatten(), strict=True)}
        inner = [_conformed(parts.get(field.name), field.type, size) for field in wanted]
        return pa.StructArray.from_arrays(inner, fields=list(wanted), mask=array.is_null())
    if pa.types.is_list(wanted):
        items = pc.list_flatten(array)
        lengths = pc.list_value_length(array).fill_null(0).to_numpy(zero_copy_only=False)
        offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]), pa.int32())
        values = _conformed(items, wanted.value_type, len(items))
        return pa.ListArray.from_arrays(offsets, values, type=wanted, mask=array.is_null())
    if pa.types.is_dictionary(wanted):
        return array.cast(wanted.value_type).dictionary_encode()
    return array.cast(wanted, safe=False)  # a whole number beyond 2**53 is none that is accepted
