"""The footer of a Parquet file, row group by row group: what Arrow reads of a part is what it reads of the whole."""

from __future__ import annotations

import contextlib
import pickle
import random
import tempfile
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohort_support import VOCABULARY, patients
from oncocds.errors import InputError
from oncocds_cohort.outputs.digests import InputFile
from oncocds_cohort.reading.batches import Reader, pieces_of, read_batches
from oncocds_cohort.reading.footer import Footer, UnreadableFooterError, metadata_of
from oncocds_cohort.schema import profile_schema

SCHEMA = profile_schema(VOCABULARY)
TEXTS = st.none() | st.sampled_from(["", "a", "骨", "a" * 31, "b" * 33, "c" * 200])
ROWS = st.fixed_dictionaries(
    {
        "t": TEXTS,
        "n": st.none() | st.floats(allow_nan=False),
        "l": st.none() | st.lists(st.fixed_dictionaries({"w": TEXTS, "b": st.none() | st.booleans()}), max_size=3),
    }
)
COLUMNS = pa.schema(
    [("t", pa.string()), ("n", pa.float64()), ("l", pa.list_(pa.struct([("w", pa.string()), ("b", pa.bool_())])))]
)
WRITTEN = st.fixed_dictionaries(
    {
        "row_group_size": st.integers(1, 3),
        "version": st.sampled_from(["1.0", "2.6"]),
        "data_page_version": st.sampled_from(["1.0", "2.0"]),
        "compression": st.sampled_from(["none", "zstd"]),
        "use_dictionary": st.booleans(),
        "write_statistics": st.booleans() | st.just(["t"]),
        "write_page_index": st.booleans(),
        "write_page_checksum": st.booleans(),
        "store_schema": st.booleans(),
    }
)


def same_by_parts(path: Path) -> None:
    whole, footer = pq.read_metadata(path), Footer.of(path)
    assert footer.sizes == tuple(whole.row_group(at).num_rows for at in range(whole.num_row_groups))
    ranges = [range(0), *(range(at, end) for end in range(len(footer.sizes) + 1) for at in range(end))]
    for numbers in ranges:
        part = metadata_of(footer.part(numbers))
        assert part.schema == whole.schema
        assert (part.metadata, part.created_by) == (whole.metadata, whole.created_by)
        assert (part.format_version, part.num_rows) == (whole.format_version, sum(footer.sizes[at] for at in numbers))
        assert [part.row_group(at).to_dict() for at in range(part.num_row_groups)] == [
            whole.row_group(number).to_dict() for number in numbers
        ]


@given(st.lists(ROWS, max_size=8), WRITTEN, st.dictionaries(st.text(max_size=3), st.text(max_size=40), max_size=3))
def test_parts_of_a_footer_tell_what_the_whole_tells(
    rows: list[dict[str, Any]], written: dict[str, Any], told: dict[str, str]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "p.parquet"
        pq.write_table(pa.Table.from_pylist(rows, COLUMNS).replace_schema_metadata(told), path, **written)
        same_by_parts(path)


def test_a_footer_of_many_row_groups_and_one_of_another_writer(tmp_path: Path) -> None:
    path, theirs = tmp_path / "p.parquet", tmp_path / "theirs.parquet"
    rows = [{**patient, "id": str(at)} for at, patient in enumerate(patients()[:40])]
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), path, row_group_size=2)
    duckdb.sql(f"COPY (FROM '{path}') TO '{theirs}' (FORMAT parquet)")
    for one in (path, theirs):
        same_by_parts(one)


def test_a_piece_is_read_without_the_footer_of_the_whole_file(tmp_path: Path) -> None:
    """So what is held of a file does not grow with it: neither a piece nor whoever reads it has all of the footer."""
    lengths = set()
    for copies in (1, 9):
        path = tmp_path / f"{copies}.parquet"
        table = pa.Table.from_pylist([{**patient, "id": "P-7"} for patient in patients()[:6]], SCHEMA)
        with pq.ParquetWriter(path, SCHEMA) as writer:
            for _ in range(copies):
                writer.write_table(table)
        wanted = [one.batch for one in read_batches(path, VOCABULARY, rows=6)]
        reader, pieces = Reader(path, VOCABULARY), [*pieces_of(path, rows=6)]
        length = pq.read_metadata(path).serialized_size
        with path.open("r+b") as file:
            file.seek(-length - 8, 2)
            file.write(b"\0" * (length + 8))
        assert [reader.checked(piece).batch for piece in pieces] == wanted
        assert len(pieces) == copies
        lengths |= {len(pickle.dumps(piece)) // 64 for piece in pieces[:1]}
    assert len(lengths) == 1


def spoilt(whole: bytes, source: random.Random) -> bytes:
    """A file whose footer is cut, or has other bytes, or is said to be longer or shorter."""
    length = int.from_bytes(whole[-8:-4], "little")
    footer = bytearray(whole[-8 - length : -8])
    for _ in range(source.randint(1, 3)):
        at = source.randrange(len(footer))
        footer[at : at + source.choice([0, 1, 1, 1, 40])] = source.randbytes(source.choice([0, 1, 1, 1, 30]))
    told = source.choice([len(footer)] * 6 + [len(footer) // 2, len(footer) + 9, 2**31])
    return whole[: -8 - length] + bytes(footer) + told.to_bytes(4, "little") + whole[-4:]


@given(st.integers(0, 2**32))
def test_a_spoilt_footer_is_an_error_or_none(seed: int) -> None:
    """Whatever its bytes are, it ends; and never otherwise than in words."""
    rows = [{"t": "a" * 40, "n": 1.0, "l": [{"w": "b", "b": True}] * 2}, {"t": None, "n": None, "l": []}] * 2
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "p.parquet"
        pq.write_table(pa.Table.from_pylist(rows, COLUMNS), path, row_group_size=1)
        path.write_bytes(spoilt(path.read_bytes(), random.Random(seed)))
        InputFile.of(path)
        with contextlib.suppress(InputError):
            list(pieces_of(path))


ENDLESS = {
    "structs within structs": b"\x1c" * 100_000,
    "lists within lists": b"\x19" * 100_000,
    "a number of many bytes": b"\x16" + b"\xff" * 100_000,
    "many row groups of nothing": b"\x49\xfc\xff\xff\xff\xff\x0f",
    "a list of many numbers": b"\x19\xf5\xff\xff\xff\xff\x0f" + b"\0" * 10,
    **{
        f"a list of many of kind {kind}": bytes([0x59, 0xF0 | kind]) + b"\xff" * 8 + b"\x7f" + b"\0" * 3
        for kind in (1, 2, 3, 7)
    },
    "a long text": b"\x18\xff\xff\xff\xff\x0f",
    "a row group of fewer rows than none": b"\x49\x1c\x36\x01\0\0",
    "row groups that are numbers": b"\x49\x15\x02\0",
    "a kind that is none": b"\x1f\0",
    "a field of no number": b"\x06\x01\x02\0",
}


@pytest.mark.parametrize("footer", ENDLESS.values(), ids=ENDLESS)
def test_a_footer_that_is_none_is_refused(footer: bytes, tmp_path: Path) -> None:
    path = tmp_path / "p.parquet"
    path.write_bytes(b"PAR1" + footer + len(footer).to_bytes(4, "little") + b"PAR1")
    with pytest.raises(UnreadableFooterError):
        Footer.of(path)
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        list(pieces_of(path))


SPOILT = {
    "a column's name that is no UTF-8": (b"age", b"\xe8ge"),
    "a row group with a leaf of a type that is none": (b"\x15\x0a\x19", b"\x15\x24\x19"),
    "a row group with a leaf of another type than its column": (b"\x15\x0a\x19", b"\x15\x0c\x19"),
}


@pytest.mark.parametrize(("was", "becomes"), SPOILT.values(), ids=SPOILT)
def test_a_file_whose_footer_contradicts_itself_is_refused_and_ends_no_process(
    tmp_path: Path, was: bytes, becomes: bytes
) -> None:
    """Arrow ends the process where it is asked for the statistics of a leaf of another type than its column."""
    path = tmp_path / "p.parquet"
    pq.write_table(pa.table({"id": ["a"], "age": [50.0]}), path, store_schema=False)
    assert [checked.batch.num_rows for checked in read_batches(path, VOCABULARY)] == [1]
    whole = path.read_bytes()
    length = int.from_bytes(whole[-8:-4], "little")
    body, footer = whole[: -8 - length], whole[-8 - length :]
    assert was in footer
    path.write_bytes(body + footer.replace(was, becomes))
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        list(read_batches(path, VOCABULARY))
