"""Leaves of Parquet that hold nothing are passed over, and what is read is what it was."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohort_support import VOCABULARY
from oncocds_cohort.conforming import conformed
from oncocds_cohort.reading.leaves import paths_to_read
from oncocds_cohort.reading.parquet import Parquet
from oncocds_cohort.schema import coded_schema, profile_schema

SCHEMA = profile_schema(VOCABULARY)


def none_or(*parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), *parts)


def record(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return none_or(st.fixed_dictionaries({}, optional=parts))


TEXTS = none_or(st.lists(none_or(st.just("imaging")), max_size=2))
ROWS = st.lists(
    st.fixed_dictionaries(
        {"id": st.just("a")},
        optional={
            "age": none_or(st.just(60.0), st.just(float("nan"))),
            "weight": record(value=none_or(st.just(70.0)), unit=none_or(st.just("kg"))),
            "diagnosis": record(confirmation=TEXTS, extent=none_or(st.just("local"))),
            "lesions": none_or(st.lists(record(id=none_or(st.just("L")), imaging=TEXTS), max_size=2)),
            "labs": record(alt=record(value=none_or(st.just(3.0))), ast=record()),
            "surgeries": TEXTS,
        },
    ),
    min_size=1,
    max_size=6,
)


def stored(rows: list[dict[str, Any]], group: int, **options: Any) -> io.BytesIO:
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), buffer, row_group_size=group, **options)
    return buffer


@given(ROWS, st.integers(1, 3))
def test_what_is_passed_over_is_null_for_all(rows: list[dict[str, Any]], group: int) -> None:
    """An empty record, an empty list and none at all stay apart; leaves are null in some row groups and not in all."""
    file = pq.ParquetFile(stored(rows, group))
    numbers = [*range(file.num_row_groups)]
    paths = paths_to_read(file.metadata, numbers)
    assert paths is not None
    assert len(paths) < file.metadata.num_columns
    whole, some = (file.read_row_groups(numbers, columns=of) for of in (None, paths))
    batches = [
        conformed(one.combine_chunks().to_batches()[0].columns, one.schema.names, SCHEMA) for one in (whole, some)
    ]
    assert str(batches[0].to_pylist()) == str(batches[1].to_pylist())  # NaN is not NaN


ONE = [{"id": "a", "age": 60.0, "lesions": [{"id": "L"}]}]


def test_where_nothing_tells_every_leaf_is_read() -> None:
    """Without statistics nobody knows what is null: everything is read."""
    file = pq.ParquetFile(stored(ONE, 1, write_statistics=False))
    assert paths_to_read(file.metadata, [0]) == [
        file.metadata.schema.column(at).path for at in range(file.metadata.num_columns)
    ]


def test_of_other_writers_every_leaf_is_read(tmp_path: Path) -> None:
    """Their statistics are not ours to rely on."""
    (tmp_path / "ours.parquet").write_bytes(stored(ONE, 1).getvalue())
    theirs = tmp_path / "theirs.parquet"
    duckdb.sql(f"COPY (FROM '{tmp_path / 'ours.parquet'}') TO '{theirs}' (FORMAT parquet)")
    file = pq.ParquetFile(theirs)
    assert paths_to_read(file.metadata, [0]) is None
    (checked,) = Parquet(VOCABULARY).batches(theirs)
    assert checked.batch.column(0).to_pylist() == ["a"]


def test_a_piece_is_read_by_its_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a file of ours only what holds something is decoded."""
    path = tmp_path / "p.parquet"
    path.write_bytes(stored(ONE, 1).getvalue())
    asked: list[Any] = []
    plain = pq.ParquetFile.iter_batches

    def noted(self: pq.ParquetFile, *given: Any, columns: Any = None, **named: Any) -> Any:
        asked.append(columns)
        return plain(self, *given, columns=columns, **named)

    monkeypatch.setattr(pq.ParquetFile, "iter_batches", noted)
    (checked,) = Parquet(VOCABULARY).batches(path)
    assert checked.batch.schema.equals(coded_schema(VOCABULARY))
    assert len(asked[0]) < pq.read_metadata(path).num_columns
