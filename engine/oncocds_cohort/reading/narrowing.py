"""The part of a schema that a file uses: every column that Arrow's reader is told of takes time in every patient."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc


def used(array: pa.Array, path: str = "") -> Iterator[str]:
    """Yield the paths of the columns within an array that are not null throughout."""
    if array.null_count == len(array):
        return
    yield path
    if pa.types.is_struct(array.type):
        for field, values in zip(array.type, array.flatten(), strict=True):
            yield from used(values, f"{path}/{field.name}")
    elif pa.types.is_list(array.type):
        yield from used(pc.list_flatten(array), f"{path}/")


def narrowed(whole: pa.DataType, paths: frozenset[str], path: str = "") -> pa.DataType:
    """Return a type with those of its columns alone whose paths are given."""
    if pa.types.is_struct(whole):
        places = ((field, f"{path}/{field.name}") for field in whole)
        return pa.struct([(field.name, narrowed(field.type, paths, at)) for field, at in places if at in paths])
    if pa.types.is_list(whole):
        return pa.list_(narrowed(whole.value_type, paths, f"{path}/"))
    return whole
