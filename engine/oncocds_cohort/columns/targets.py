"""Which lesions the courses of a batch name: by their ids, where one has none by the id that the engine gives it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from oncocds.profile.identity import identified
from oncocds.profile.reading import read_profile
from oncocds.vocabulary.models import Vocabulary
from oncocds_cohort.bits import column, parents, places, there
from oncocds_cohort.rows import plain_rows

Places = npt.NDArray[np.int64]


def targets(batch: pa.RecordBatch, vocabulary: Vocabulary) -> tuple[Places, Places]:
    """Return the lesions that courses name: the course of each and the lesion, by its place; -1 is in no list."""
    named = pc.struct_field(pc.list_flatten(column(batch, "radiotherapy")), "targets")
    courses = parents(named)
    of_course, of_lesion = (parents(column(batch, name)) for name in ("radiotherapy", "lesions"))
    naming = np.zeros(batch.num_rows, bool)
    naming[of_course[courses]] = True
    at = np.flatnonzero(naming[of_lesion])  # of the others nobody asks for a lesion: of most
    if not len(at):
        return courses, np.full(len(courses), -1)
    ids, wanted = _ids(batch, of_lesion, naming, vocabulary).take(pa.array(at)), pc.list_flatten(named)
    encoded = pc.dictionary_encode(pa.concat_arrays([ids.cast(pa.string()), wanted.cast(pa.string())]))
    numbers = places(encoded).astype(np.int64)
    width = len(encoded.dictionary) + 1
    lesions = of_lesion[at] * width + numbers[: len(ids)]
    asked = of_course[courses] * width + numbers[len(ids) :]
    order = np.argsort(lesions, kind="stable")
    place = np.minimum(np.searchsorted(lesions[order], asked), len(lesions) - 1)
    found = order[place]
    return courses, np.where(lesions[found] == asked, at[found], -1)


def _ids(batch: pa.RecordBatch, of_lesion: Places, naming: npt.NDArray[np.bool_], vocabulary: Vocabulary) -> pa.Array:
    """Return the ids of lesions; where a course names lesions of which some have none, as the engine gives them."""
    ids = pc.struct_field(pc.list_flatten(column(batch, "lesions")), "id")
    nameless = np.unique(of_lesion[~there(ids) & naming[of_lesion]])
    if not len(nameless):
        return ids
    given: list[str | None] = ids.to_pylist()
    for patient in nameless.tolist():
        ((_, plain),) = plain_rows(batch.slice(patient, 1), vocabulary)
        profile = read_profile({"lesions": plain["lesions"]}, vocabulary)
        items: Sequence[Any] = profile.lesions or ()
        left: list[Any] = list(identified(profile).lesions or ())
        for at, item in enumerate(items, int(np.searchsorted(of_lesion, patient))):
            # Items of the same content may be taken for each other.
            found = next(one for one in left if one.model_copy(update={"id": item.id}) == item)
            left.remove(found)
            given[at] = found.id
    return pa.array(given, pa.string())
