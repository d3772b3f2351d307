"""Texts that stay encoded as in a Parquet file: nobody is answered or refused by a text that is not his."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cohort_support import KNOWLEDGE, VOCABULARY, patients, refusal
from oncocds.profile.models import Profile
from oncocds.profile.reading import read_policy
from oncocds_cohort.columns import Plan
from oncocds_cohort.conforming import conformed
from oncocds_cohort.files import write_patients
from oncocds_cohort.reading.checked import Checked
from oncocds_cohort.reading.parquet import Parquet
from oncocds_cohort.schema import coded_schema, profile_schema

SCHEMA, CODED = profile_schema(VOCABULARY), coded_schema(VOCABULARY)
READER = Parquet(VOCABULARY)
PLAN = Plan(KNOWLEDGE, read_policy({}, VOCABULARY), datetime.date(2026, 11, 1))


def one_of(path: Path) -> Checked:
    (checked,) = READER.batches(path)
    return checked


def with_texts(path: Path, field: str, texts: list[str], places: list[int | None]) -> Path:
    """A file whose column, a part of the heart's, is encoded with these texts, of which some may be nobody's."""
    given = pa.DictionaryArray.from_arrays(pa.array(places, pa.int32()), pa.array(texts))
    ids = pa.array([f"P{at}" for at in range(len(places))])
    heart = pa.StructArray.from_arrays([given], [field])
    pq.write_table(pa.table({"id": ids, "cardiac": heart}), path)
    return path


def answers(batch: pa.RecordBatch) -> Any:
    found = PLAN.run(batch)
    return [{str(key): np.asarray(one).tolist() for key, one in part.items()} for part in (
        found.fires, found.silent, found.active, found.missing, found.sections
    )]  # fmt: skip


def test_encoded_texts_say_what_plain_ones_say(tmp_path: Path) -> None:
    """Of all examples and scenarios: the same profiles, the same answers."""
    path = tmp_path / "p.parquet"
    accepted = [one for one in patients() if isinstance(refusal(one), Profile)]
    write_patients(path, ((f"P{at}", one) for at, one in enumerate(accepted)), VOCABULARY)
    batch = one_of(path).batch
    plain = conformed(batch.columns, batch.schema.names, SCHEMA)
    assert batch.schema == CODED
    assert plain.to_pylist() == batch.to_pylist() == pq.read_table(path, schema=SCHEMA).to_pylist()
    assert answers(batch) == answers(plain)


@pytest.mark.parametrize("places", [[0, None], [None, None]], ids=["of another", "of nobody"])
def test_a_text_that_nobody_has_is_no_text(tmp_path: Path, places: list[int | None]) -> None:
    """Arrow keeps the texts of a dictionary that no row has: they are not read as days, nor is anybody refused."""
    path = with_texts(tmp_path / "p.parquet", "echo_date", ["2026-01-05", "never"], places)
    kept = pq.read_table(path, read_dictionary=["cardiac.echo_date"]).column("cardiac").chunk(0).field(0)
    assert "never" in kept.dictionary.to_pylist()
    checked = one_of(path)
    assert not checked.refused
    assert checked.batch.schema == SCHEMA
    assert answers(checked.batch) == answers(pa.RecordBatch.from_pylist(checked.batch.to_pylist(), SCHEMA))


def test_who_has_an_odd_text_is_refused_alone(tmp_path: Path) -> None:
    """The others are answered without it."""
    path = with_texts(tmp_path / "p.parquet", "echo_date", ["2026-01-05", "2026-02-30"], [0, 1, None, 0])
    checked = one_of(path)
    assert [one.row for one in checked.refused] == [2]
    assert checked.rows.tolist() == [1, 3, 4]
    assert len(answers(checked.batch)) == 5


def test_text_that_is_no_text_is_refused_alone(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 stand in the dictionary of all, and are of one."""
    odd = pa.array([b"2026-01-05", b"\xff"]).view(pa.string())
    given = pa.DictionaryArray.from_arrays(pa.array([0, 1, None, 0], pa.int32()), odd)
    heart = pa.StructArray.from_arrays([given], ["echo_date"])
    path = tmp_path / "p.parquet"
    pq.write_table(pa.table({"id": pa.array(["a", "b", "c", "d"]), "cardiac": heart}), path)
    checked = one_of(path)
    assert [(one.row, one.issues[0].reason) for one in checked.refused] == [(2, "the text is not valid UTF-8")]
    assert checked.rows.tolist() == [1, 3, 4]


@pytest.mark.parametrize("kind", [pa.large_string(), pa.dictionary(pa.int8(), pa.string()), pa.null()], ids=str)
def test_other_kinds_of_text_are_taken_as_they_are_meant(tmp_path: Path, kind: pa.DataType) -> None:
    """What the file says its text is makes no difference."""
    sex = pa.nulls(2) if pa.types.is_null(kind) else pa.array(["male", None]).cast(kind)
    path = tmp_path / "p.parquet"
    pq.write_table(pa.table({"id": pa.array(["a", "b"], pa.large_string()), "sex": sex}), path)
    batch = one_of(path).batch
    assert batch.schema in (SCHEMA, CODED)
    assert batch.column(batch.schema.get_field_index("sex")).to_pylist() == sex.to_pylist()
