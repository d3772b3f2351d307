"""One patient of a batch as plain data, as the engine reads it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from oncocds.vocabulary.models import Vocabulary
from oncocds_cohort.schema import ID
from oncocds_cohort.shape import Leaf, Listed, Part, shape_of


def plain_rows(batch: pa.RecordBatch, vocabulary: Vocabulary) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield id and profile of each patient: what is null is left out, a whole number of a whole-number field is one."""
    shape = shape_of(vocabulary)
    for row in batch.to_pylist():
        yield row.pop(ID), _plain(shape, row)


def _plain(part: Part, value: Any) -> Any:
    if value is None:
        return None  # only within a list, where it is refused
    if isinstance(part, Listed):
        return [_plain(part.item, one) for one in value]
    if isinstance(part, Leaf):
        whole = part.kind == "integer" and isinstance(value, float) and value.is_integer()
        return int(value) if whole else value
    return {name: _plain(part.parts[name], inner) for name, inner in value.items() if inner is not None}
