"""A batch that an engine hands over, answered by what this process was made ready with, once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import pyarrow as pa

from oncocds_cohort.answers import Answers
from oncocds_cohort.engines.version import Version
from oncocds_cohort.reading.checked import ROWS, Checked
from oncocds_cohort.reading.parquet import Parquet
from oncocds_cohort.sample import LEAST, Checking, EngineReading


def answered(version: Version, batch: pa.RecordBatch) -> Iterator[tuple[Checked, Answers]]:
    """Yield the patients of a batch, so many at a time, and what the columns say; the engine is asked of one in a
    thousand as well.

    Raises ``InputError`` where the batch has other columns or this machine would answer by something else,
    ``EngineFault`` where engine and columns differ; rows are told by their place in the batch, from 1.
    """
    reader, engine = _ready(version)
    reader.check_columns(batch.schema)
    checking = Checking(engine, LEAST)
    for at in range(0, batch.num_rows, ROWS):
        read = reader.checked(batch.slice(at, ROWS), at + 1)
        answers = version.plan.run(read.batch)
        checking.check(read.batch, answers, read.rows.tolist())
        yield read, answers


@lru_cache(maxsize=2)
def _ready(version: Version) -> tuple[Parquet, EngineReading]:
    engine = version.engine
    return Parquet(engine.knowledge.vocabulary), EngineReading(engine, version.as_of)
