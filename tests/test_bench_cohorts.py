"""The files that cohorts of growing size are measured with are what they are said to be."""

from __future__ import annotations

import datetime
import os
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from oncocds.engine import Engine
from oncocds_cohort.fhir.patients import PatientMapping, moment_of
from oncocds_cohort.reading.batches import read_batches

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from bench import cohort_growth, cohort_mapping


def test_the_same_patients_come_again_under_ids_of_their_own(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cohort_growth, "ROWS", 3)
    people = cohort_growth.different(engine.knowledge, 5)
    assert [one.num_rows for one in people] == [3, 2]
    path = tmp_path / "p.parquet"
    cohort_growth.write(path, people, 12)
    table = pq.read_table(path)
    assert table.column("id").to_pylist() == [f"S-{at:09}" for at in range(12)]
    rest = table.drop_columns(["id"]).to_pylist()
    assert rest[:5] == rest[5:10]
    assert rest[:2] == rest[10:]
    (read,) = read_batches(path, engine.knowledge.vocabulary)
    assert (len(read.rows), read.refused) == (12, ())


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="Linux alone tells it")
def test_memory_is_that_of_a_process_and_those_it_began() -> None:
    assert os.getpid() in [*cohort_growth._family(os.getpid())]
    assert cohort_growth._megabytes(os.getpid()) > 5
    assert cohort_growth._megabytes(2**30) == 0


def test_charts_of_an_export_are_mapped_each_and_none_of_them_twice() -> None:
    charts = cohort_mapping.made_up(9)
    assert [name for name, _ in charts] == [f"p{at}" for at in range(9)]
    texts = [text for _, records in charts for _, _, text in records]
    assert len({*texts}) == len(texts)
    taken = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)
    mapping = PatientMapping(None, None, moment_of(taken, None), taken.isoformat())
    assert cohort_mapping.mapped(mapping, charts) == 9
    some = mapping.some(charts)
    assert some.refused == some.faults == 0
    drugs = [{drug["drug"] for drug in one["medications"] or ()} for one in some.batch.to_pylist()]
    assert {"denosumab", "zoledronate"} <= drugs[0]
