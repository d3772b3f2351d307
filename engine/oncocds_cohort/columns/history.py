"""Patients with a history: the engine fills in what nobody said before columns are read."""

from __future__ import annotations

import datetime

import numpy as np
import pyarrow as pa

from oncocds.profile.history import completed
from oncocds.profile.reading import read_profile
from oncocds.vocabulary.models import Vocabulary
from oncocds_cohort.rows import plain_rows
from oncocds_cohort.schema import ID

_HISTORY = "history"


def filled_in(batch: pa.RecordBatch, vocabulary: Vocabulary, as_of: datetime.date) -> pa.RecordBatch:
    """Return a batch whose patients have no history left; the batch itself where none has one."""
    history = batch.column(batch.schema.get_field_index(_HISTORY))
    if history.null_count == len(history):
        return batch
    has = history.is_valid().to_numpy(zero_copy_only=False)
    rows = []
    for identity, plain in plain_rows(batch.filter(pa.array(has)), vocabulary):
        profile = completed(read_profile(plain, vocabulary), vocabulary, as_of)
        rows.append({ID: identity, **profile.model_dump(by_alias=True, exclude_none=True)})
    parts = [batch.filter(pa.array(~has)), pa.RecordBatch.from_pylist(rows, batch.schema)]
    whole = pa.Table.from_batches(parts, batch.schema).combine_chunks().to_batches()[0]
    places = np.concatenate([np.flatnonzero(~has), np.flatnonzero(has)])
    return whole.take(pa.array(np.argsort(places, kind="stable")))
