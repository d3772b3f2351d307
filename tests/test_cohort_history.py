"""Columns of patients with a history: filled in as the engine fills in one, and only where it adds something."""

from __future__ import annotations

import datetime
from typing import Any

import pyarrow as pa
import pytest

from fhir_support import ANNA, lvef, mapped, observation, quantity
from oncocds.profile.history import completed
from oncocds.profile.reading import read_profile
from oncocds.vocabulary.loader import bundled_vocabulary
from oncocds_cohort.columns.history import filled_in
from oncocds_cohort.rows import plain_rows
from oncocds_cohort.schema import profile_schema

Plain = dict[str, Any]
VOCABULARY = bundled_vocabulary()
AS_OF = datetime.date(2026, 9, 1)
RESULTS: list[Plain] = [
    {"of": "calcium", "date": "2026-01-02", "value": 2.4, "unit": "mmol/L"},
    {"of": "calcium", "date": "2026-03-02", "value": 9.6, "unit": "mg/dL"},
    {"of": "creatinine", "date": "2026-02-02", "value": 80, "unit": "umol/L"},
    {"of": "lvef", "date": "2026-01-02", "value": 62, "unit": "%"},
    {"of": "lvef", "date": "2027-01-02", "value": 40, "unit": "%"},
]
GIVEN: list[Plain] = [
    {},
    {"incomplete": ["history"]},
    {"history_incomplete": ["lvef"]},
    {"history_incomplete": ["calcium", "creatinine"]},
    {"labs": {"calcium": {"value": 3.2, "unit": "mmol/L"}}},
    {"labs": {"calcium": {"interpretation": "high"}, "creatinine": {"reference_high": 100, "unit": "umol/L"}}},
    {"labs": {"calcium": {"date": "2026-04-01"}}, "cardiac": {"lvef_latest": 55}},
    {"cardiac": {"lvef_latest": 55, "lvef_baseline": 60, "lvef_nadir": 50}},
]


def rows(batch: pa.RecordBatch) -> dict[str, Plain]:
    return {str(identity): plain for identity, plain in plain_rows(batch, VOCABULARY)}


def test_histories_are_filled_in_as_the_engine_does() -> None:
    patients = [
        {"history": history, **given}
        for history in ([], RESULTS, RESULTS[:2], RESULTS[2:3], RESULTS[3:])
        for given in GIVEN
    ]
    patients += [{"age": 50}, {}]
    schema = profile_schema(VOCABULARY)
    batch = pa.RecordBatch.from_pylist([{"id": str(at), **one} for at, one in enumerate(patients)], schema)
    found = rows(filled_in(batch, VOCABULARY, AS_OF))
    assert list(found) == [str(at) for at in range(len(patients))]
    for at, one in enumerate(patients):
        alone = completed(read_profile(one, VOCABULARY), VOCABULARY, AS_OF).model_dump(by_alias=True, exclude_none=True)
        for group in ("labs", "cardiac", "age"):
            assert found[str(at)].get(group) == alone.get(group), (at, group)


@pytest.mark.parametrize("status", ["final", "preliminary"])
def test_of_mapped_records_laboratory_results_add_nothing(status: str) -> None:
    def calcium(identity: str, when: str, **fields: Any) -> Plain:
        return observation(identity, "17861-6", when, valueQuantity=quantity(9.1, "mg/dL"), **fields)

    profile = mapped(ANNA, calcium("a", "2024-05-01"), calcium("b", "2024-06-01", status=status)).profile
    assert profile["history"]
    batch = pa.RecordBatch.from_pylist([{"id": "a", **profile}], profile_schema(VOCABULARY))
    assert filled_in(batch, VOCABULARY, AS_OF) is batch
    more = mapped(ANNA, lvef("l", "2024-06-01", 60)).profile
    other = pa.RecordBatch.from_pylist([{"id": "b", **more}], profile_schema(VOCABULARY))
    assert rows(filled_in(other, VOCABULARY, AS_OF))["b"]["cardiac"]["lvef_nadir"] == 60
