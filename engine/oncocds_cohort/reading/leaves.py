"""Which leaves of row groups hold anything: of a profile's some three hundred most are null for everybody.

A leaf that is passed over is null for all, as it would be read. Of every group of leaves one is read, since it alone
tells who has the group or the list at all: an empty one is not the same as none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.parquet

_TRUSTED = "parquet-cpp-arrow"  # whose statistics are relied on: of other writers every leaf is read


def trusted(metadata: pa.parquet.FileMetaData) -> bool:
    """Tell whether what a file says of itself is relied on: that of the writer which is read with."""
    return (metadata.created_by or "").startswith(_TRUSTED)


def texts_of(metadata: pa.parquet.FileMetaData, but: str) -> list[str]:
    """Return the paths of the leaves that are text, but one."""
    leaves = (metadata.schema.column(at) for at in range(metadata.num_columns))
    return [leaf.path for leaf in leaves if leaf.physical_type == "BYTE_ARRAY" and leaf.path != but]


def paths_to_read(metadata: pa.parquet.FileMetaData, numbers: Sequence[int]) -> list[str] | None:
    """Return the paths of the leaves to be read of some row groups, in their order; None for all of them.

    Raises ``pa.ArrowInvalid`` where a row group tells of a leaf of another type than its column has.
    """
    if not trusted(metadata):
        return None
    columns = [metadata.schema.column(at) for at in range(metadata.num_columns)]
    paths = [column.path for column in columns]
    groups = [metadata.row_group(number) for number in numbers]
    types = [column.physical_type for column in columns]
    kept = [not all(_null(group.column(at), types[at]) for group in groups) for at in range(len(paths))]
    told = {prefix for path, keep in zip(paths, kept, strict=True) if keep for prefix in _prefixes(path)}
    for at, path in enumerate(paths):
        if not kept[at] and not told.issuperset(_prefixes(path)):
            kept[at] = True
            told.update(_prefixes(path))
    return [path for path, keep in zip(paths, kept, strict=True) if keep]


def _null(leaf: pa.parquet.ColumnChunkMetaData, physical_type: str) -> bool:
    """Tell whether a leaf has no value: its writer counted as many nulls as entries, and found no least and no most.

    Raises ``pa.ArrowInvalid`` where it is not of the type of its column: asked for its statistics, Arrow ends the
    process then.
    """
    if leaf.physical_type != physical_type:
        raise pa.ArrowInvalid("a leaf of another type than its column")
    told = leaf.statistics
    if told is None or not told.has_null_count or told.has_min_max:
        return False
    return bool(told.null_count == leaf.num_values)


def _prefixes(path: str) -> Iterator[str]:
    """Yield the groups that a leaf is in; the outermost is the file itself."""
    end = 0
    while end >= 0:
        yield path[:end]
        end = path.find(".", end + 1)
