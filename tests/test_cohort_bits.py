"""Arrow's arrays read from their bits are what Arrow says they are, whatever part of a longer one they are."""

from __future__ import annotations

import datetime
import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from oncocds.engine import load_bundled_or
from oncocds.profile.codes import ShortText
from oncocds.vocabulary.prepared import dumped, loaded
from oncocds_cohort.bits import column, floats, lengths, ordinals, parents, places, there, truths
from oncocds_cohort.columns.packing import packed, unpacked
from oncocds_cohort.columns.terms import all_of, compared, count, either_of, exists, make, number
from oncocds_cohort.reading.checks import Checks, Marked

CUTS = st.tuples(st.integers(0, 20), st.integers(0, 20))


def part(array: pa.Array, cut: tuple[int, int]) -> pa.Array:
    return array.slice(*cut)


@given(st.lists(st.booleans() | st.none(), max_size=40), CUTS)
@settings(max_examples=60)
def test_truths_are_those_of_arrow(values: list[bool | None], cut: tuple[int, int]) -> None:
    array = part(pa.array(values, pa.bool_()), cut)
    assert truths(array).tolist() == [one is True for one in array.to_pylist()]
    assert there(array).tolist() == [one is not None for one in array.to_pylist()]


@given(
    st.lists(st.integers(-(10**6), 10**6) | st.none(), max_size=40), CUTS, st.sampled_from([pa.int32(), pa.float64()])
)
@settings(max_examples=60)
def test_numbers_are_those_of_arrow(values: list[int | None], cut: tuple[int, int], kind: pa.DataType) -> None:
    array = part(pa.array(values, kind), cut)
    assert [None if math.isnan(one) else one for one in floats(array)] == array.to_pylist()


@given(st.lists(st.sampled_from(["a", "b", "cc", None]), max_size=40), CUTS)
@settings(max_examples=60)
def test_places_are_those_of_the_dictionary(values: list[str | None], cut: tuple[int, int]) -> None:
    encoded = part(pa.array(values, pa.string()), cut).dictionary_encode()
    found = [None if at < 0 else encoded.dictionary[at].as_py() for at in places(encoded).tolist()]
    assert found == encoded.to_pylist()
    whole = part(pa.array(values, pa.string()).dictionary_encode(), cut)
    assert [None if at < 0 else whole.dictionary[at].as_py() for at in places(whole).tolist()] == whole.to_pylist()


@given(st.lists(st.lists(st.integers(0, 9), max_size=3) | st.none(), max_size=40), CUTS)
@settings(max_examples=60)
def test_lists_are_as_long_as_arrow_says(values: list[list[int] | None], cut: tuple[int, int]) -> None:
    array = part(pa.array(values, pa.list_(pa.int64())), cut)
    assert lengths(array).tolist() == [len(one or ()) for one in array.to_pylist()]


def test_a_list_that_is_not_there_has_no_items_whatever_lies_in_its_place() -> None:
    items, missing = pa.array([1, 2, 3]), pa.py_buffer(bytes([0b101]))
    array = pa.Array.from_buffers(
        pa.list_(pa.int64()), 3, [missing, pa.array([0, 1, 2, 3], pa.int32()).buffers()[1]], children=[items]
    )
    assert array.to_pylist() == [[1], None, [3]]
    assert lengths(array).tolist() == [1, 0, 1]


@given(st.lists(st.dates() | st.none(), max_size=40), CUTS, st.booleans())
@settings(max_examples=60)
def test_days_are_counted_as_the_calendar_counts_them(
    days: list[datetime.date | None], cut: tuple[int, int], coded: bool
) -> None:
    texts = pa.array([None if day is None else day.isoformat() for day in days], pa.string())
    found = ordinals(part(texts.dictionary_encode() if coded else texts, cut)).tolist()
    wanted = [None if day is None else day.toordinal() for day in days[cut[0] : cut[0] + cut[1]]]
    assert [None if math.isnan(one) else one for one in found] == wanted


def test_what_is_not_there_at_all_is_read_as_such() -> None:
    for kind, read in ((pa.bool_(), truths), (pa.float64(), floats), (pa.string(), there), (pa.null(), there)):
        found = read(pa.nulls(11, kind))
        assert len(found) == 11
        assert not found[~np.isnan(found)].any()
    assert there(pa.array([{"a": 1}, None], pa.struct([("a", pa.int8())]))).tolist() == [True, False]


IDS = st.text(st.sampled_from("aZ9-. \t\u00a0\u200b\u3164\u0301例\n\x00\x7f~!"), max_size=6) | st.sampled_from(
    ["x" * 200, "x" * 201]
)


@given(st.lists(IDS | st.none(), min_size=1, max_size=12))
@settings(max_examples=60)
def test_ids_that_are_not_looked_at_one_by_one_are_those_of_the_model(ids: list[str | None]) -> None:
    checks, marked = Checks(load_bundled_or(None).vocabulary), Marked(len(ids))
    checks._check_ids(pa.array(ids, pa.string()), marked)
    for one, doubtful in zip(ids, marked.doubtful.tolist(), strict=True):
        if one is None:
            continue  # asked elsewhere
        try:
            TypeAdapter(ShortText).validate_python(one, strict=True)
        except ValidationError:
            assert doubtful, repr(one)
        else:
            assert not doubtful or not one.isprintable(), repr(one)


def test_terms_that_were_sent_are_the_same_terms() -> None:
    lesion = "lesions#0"
    known, fires = make("known", "", "age"), compared("<", make("num", "", "age"), 65)
    bone = make("is", lesion, "lesions.organ", ("bone",))
    wanted = {
        ("fires", "A"): all_of([known, fires, exists(lesion, bone)]),
        ("silent", "A"): either_of([known, compared(">=", count(lesion, bone), 2)]),
        ("number", ""): number(2),
        ("always", ""): all_of([]),
    }
    found = unpacked(loaded(dumped(packed(wanted))))
    assert found.keys() == wanted.keys()
    assert all(found[key] is term for key, term in wanted.items())


@given(st.lists(st.lists(st.integers(0, 9), max_size=3) | st.none(), max_size=40), CUTS)
@settings(max_examples=60)
def test_whose_an_item_is(values: list[list[int] | None], cut: tuple[int, int]) -> None:
    array = part(pa.array(values, pa.list_(pa.int64())), cut)
    assert parents(array).tolist() == [at for at, one in enumerate(array.to_pylist()) for _ in one or ()]


def test_what_lies_in_the_place_of_a_list_that_is_not_there_is_nobodys() -> None:
    ends, missing = pa.array([0, 1, 2, 3], pa.int32()).buffers()[1], pa.py_buffer(bytes([0b101]))
    lists = pa.Array.from_buffers(pa.list_(pa.string()), 3, [missing, ends], children=[pa.array(["a", "b", "c"])])
    assert lists.to_pylist() == [["a"], None, ["c"]]
    assert parents(lists).tolist() == [0, 2]
    batch = pa.RecordBatch.from_arrays([lists], ["of"])
    assert column(batch, "of").to_pylist() == lists.to_pylist()
    with pytest.raises(ValueError, match="a batch without the column 'labs'"):
        column(batch, "labs.calcium.value")
