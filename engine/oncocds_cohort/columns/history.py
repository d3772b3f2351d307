"""Patients with a history: the engine fills in what nobody said before columns are read."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from oncocds.profile.history import BASELINE, LATEST, LOWEST, LVEF, completed
from oncocds.profile.reading import read_profile
from oncocds.vocabulary.models import Vocabulary
from oncocds_cohort.bits import column, parents, places, there, truths
from oncocds_cohort.rows import plain_rows
from oncocds_cohort.schema import ID

_HISTORY, _OPEN_PARTS = "history", "history_incomplete"
_RESULT = ("value", "date", "interpretation")


def filled_in(batch: pa.RecordBatch, vocabulary: Vocabulary, as_of: datetime.date) -> pa.RecordBatch:
    """Return a batch in which what histories say stands in the facts; the batch itself where they add nothing."""
    adds = _adds(batch)
    if not adds.any():
        return batch
    rows = []
    for identity, plain in plain_rows(batch.filter(pa.array(adds)), vocabulary):
        profile = completed(read_profile(plain, vocabulary), vocabulary, as_of)
        rows.append({ID: identity, **profile.model_dump(by_alias=True, exclude_none=True)})
    parts = [batch.filter(pa.array(~adds)), pa.RecordBatch.from_pylist(rows, batch.schema)]
    whole = pa.Table.from_batches(parts, batch.schema).combine_chunks().to_batches()[0]
    whose = np.concatenate([np.flatnonzero(~adds), np.flatnonzero(adds)])
    return whole.take(pa.array(np.argsort(whose, kind="stable")))


def _adds(batch: pa.RecordBatch) -> Any:
    """Return of whom a history may add something: a series that is not open, of which not all is given.

    Records of FHIR come with their latest results, so that of most patients a history adds nothing.
    """
    adds = np.zeros(batch.num_rows, bool)
    history = column(batch, _HISTORY)
    of = pc.struct_field(pc.list_flatten(history), "of").dictionary_encode()
    rows, index = parents(history), places(of)
    all_open = _names(batch, "incomplete", _HISTORY)
    for at, name in enumerate(of.dictionary.to_pylist()):
        here = np.zeros(batch.num_rows, bool)
        here[rows[index == at]] = True
        adds |= here & ~_given(batch, name) & ~all_open & ~_names(batch, _OPEN_PARTS, name)
    return adds


def _given(batch: pa.RecordBatch, name: str) -> Any:
    """Return of whom all is given that a series could add."""
    if name == LVEF:
        return np.logical_and.reduce([there(column(batch, fact)) for fact in (LATEST, BASELINE, LOWEST)])
    return np.logical_or.reduce([there(column(batch, f"labs.{name}.{part}")) for part in _RESULT])


def _names(batch: pa.RecordBatch, of_sets: str, name: str) -> Any:
    """Return whose set of names holds one."""
    found = np.zeros(batch.num_rows, bool)
    sets = column(batch, of_sets)
    found[parents(sets)[truths(pc.equal(pc.list_flatten(sets), name))]] = True
    return found


def in_series(batch: pa.RecordBatch, name: str) -> tuple[Any, Any]:
    """Return the results of one series in the histories of a batch, and the place of the patient of each."""
    history = column(batch, _HISTORY)
    items = pc.list_flatten(history)
    of_it = truths(pc.equal(pc.struct_field(items, "of"), name))
    return parents(history)[of_it], items.filter(pa.array(of_it))
