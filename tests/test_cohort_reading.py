"""A row of a file of patients is refused exactly when the engine refuses it, in the engine's own words."""

from __future__ import annotations

import io
import json
import math
import random
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from cohort_support import VOCABULARY, Plain, issues, patients, refusal, spoilt, spoilt_text, stored
from oncocds.profile.models import Profile
from oncocds_cohort.reading.checked import Checked
from oncocds_cohort.reading.ndjson import Ndjson
from oncocds_cohort.reading.parquet import Parquet
from oncocds_cohort.rows import plain_rows
from oncocds_cohort.schema import profile_schema
from profile_strategies import PROFILES

SCHEMA = profile_schema(VOCABULARY)
WHOLE = Ndjson(VOCABULARY)
SEEDS = st.integers(0, 2**32)
GOOD = b'{"id":"good","patient":{"age":50,"lesions":[{"id":"L0"}],"radiotherapy":[{"targets":["L0"],"fractions":5}]}}'


def read(texts: list[str]) -> dict[int, Any]:
    """What each row comes to: a profile, or the issues it is refused for."""
    return comes_to(WHOLE.batches(io.BytesIO(b"".join(map(line_of, texts)))))


def read_alone(texts: list[str]) -> dict[int, Any]:
    """What each row comes to without the others: beside a line that Arrow's reader refuses it reads none."""
    return {row: read([text])[1] for row, text in enumerate(texts, 1)}


def comes_to(batches: Any) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for checked in batches:
        assert isinstance(checked, Checked)
        assert checked.batch.schema.equals(SCHEMA)
        checked.batch.validate(full=True)
        assert list(checked.rows) == sorted(checked.rows)
        for row, (_, patient) in zip(checked.rows, plain_rows(checked.batch, VOCABULARY), strict=True):
            found[int(row)] = refusal(patient)
            assert isinstance(found[int(row)], Profile), (row, patient)
        for refused in checked.refused:
            assert refused.row not in found
            found[refused.row] = issues(refused.issues)
    return found


def as_text(patient: Plain) -> str:
    return json.dumps(patient, ensure_ascii=True)


def line_of(text: str) -> bytes:
    return b'{"id":"p","patient":%s}\n' % text.encode()


@settings(max_examples=4, phases=[Phase.generate])
@given(SEEDS)
def test_a_spoilt_patient_is_refused_exactly_as_the_engine_refuses_it(seed: int) -> None:
    source = random.Random(seed)
    texts = [as_text(spoilt(source.choice(patients()), source)) for _ in range(100)]
    wanted = {row: refusal(text) for row, text in enumerate(texts, 1)}
    assert read_alone(texts) == wanted
    assert read(texts) == wanted


@settings(max_examples=2, phases=[Phase.generate])
@given(SEEDS)
def test_a_spoilt_text_is_refused_exactly_as_the_engine_refuses_it(seed: int) -> None:
    source = random.Random(seed)
    texts = [spoilt_text(source.choice(patients()), source) for _ in range(100)]
    wanted = {row: refusal(text) for row, text in enumerate(texts, 1)}
    assert read_alone(texts) == wanted


@settings(max_examples=8)
@given(st.lists(PROFILES, max_size=5), SEEDS)
def test_any_profile_is_read_as_the_engine_reads_it(profiles: list[Plain], seed: int) -> None:
    source = random.Random(seed)
    texts = [as_text(patient) for one in profiles for patient in (one, spoilt(one, source))]
    assert read_alone(texts) == {row: refusal(text) for row, text in enumerate(texts, 1)}


@settings(max_examples=3, phases=[Phase.generate])
@given(SEEDS)
def test_a_spoilt_row_of_parquet_is_refused_exactly_as_the_engine_refuses_it(seed: int) -> None:
    source = random.Random(seed)
    rows = []
    for at in range(100):
        try:
            patient = {**spoilt(source.choice(patients()), source), "id": str(at)}
            rows.append(pa.RecordBatch.from_pylist([patient], SCHEMA))
        except (pa.ArrowException, TypeError, UnicodeEncodeError, OverflowError):
            pass  # no column holds it
    table = pa.Table.from_batches(rows, SCHEMA)
    wanted = {row: refusal(patient) for row, (_, patient) in enumerate(plain_rows(table, VOCABULARY), 1)}
    assert any(not isinstance(one, Profile) for one in wanted.values())
    with stored(table) as path:
        assert comes_to(Parquet(VOCABULARY).batches(path, 40)) == wanted


def at_limits() -> Iterator[Plain]:
    """Patients with one measurement at, or next to, each of its limits, in each of its units."""
    for name, quantity in VOCABULARY.quantities.items():
        for unit, factor in quantity.factors.items():
            own = quantity.plausible_in.get(unit, ())
            ends = {end / factor for end in (0.0, *quantity.plausible, *(quantity.limits or ()))} | set(own)
            for end in sorted(ends):
                for number in (
                    end,
                    math.nextafter(end, 0),
                    math.nextafter(end, 1e9),
                    end + 4e-5 / factor,
                    end + 6e-5 / factor,
                ):
                    for part in ("value", "reference_low", "reference_high") if name != "mass" else ("value",):
                        result = {part: number, "unit": unit}
                        yield {"weight": result} if name == "mass" else {"labs": {name: result}}
                    if name != "mass":
                        yield {"history": [{"of": name, "date": "2026-01-01", "value": number, "unit": unit}]}


def test_a_number_at_its_limit_is_refused_exactly_as_the_engine_refuses_it() -> None:
    texts = [as_text(patient) for patient in at_limits()]
    wanted = {row: refusal(text) for row, text in enumerate(texts, 1)}
    assert any(isinstance(one, Profile) for one in wanted.values())
    assert any(not isinstance(one, Profile) for one in wanted.values())
    assert read(texts) == wanted
