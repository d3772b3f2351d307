"""Checks of whole columns: which patients of a batch the engine's own reader has to look at.

No check decides: it finds who is surely accepted, everybody else is *doubtful* and is read by the engine's own reader,
which refuses or accepts in its own words. The values of text columns are checked by the types of the models, each
different value once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import ConfigDict, TypeAdapter, ValidationError

from oncocds.profile.codes import ShortText
from oncocds.profile.models import LISTS
from oncocds.vocabulary.models import Vocabulary
from oncocds_cohort.bits import column, floats, parents, places, there
from oncocds_cohort.reading.together import Together
from oncocds_cohort.schema import ID
from oncocds_cohort.shape import Leaf, Listed, Part, Record, shape_of

Mask = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]
_Judge = Callable[[list[str]], list[bool]]
_MOST_KEPT = 100_000
_USUAL_ID = r"\A[!-~]{1,200}\z"  # is surely a ``ShortText``
_STRICT = ConfigDict(strict=True, allow_inf_nan=False)


class Checks:
    """The checks that a vocabulary's profile asks for."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._shape = shape_of(vocabulary)
        self._together = Together(vocabulary)
        # Of other lists of items it is not known what else is asked of them together.
        self._lists = [self._shape.parts[name] for name in LISTS]
        self._context = {"vocabulary": vocabulary}
        self._texts: dict[int, _Judge] = {}
        self._id = Leaf("string", ShortText)

    def doubtful(self, batch: pa.RecordBatch) -> Mask:
        """Return for each patient of a batch (of ``profile_schema``) whether the engine's reader has to look."""
        return self.marked(batch).doubtful

    def marked(self, batch: pa.RecordBatch) -> Marked:
        """Return what is to be said of a batch (of ``profile_schema`` or ``coded_schema``)."""
        marked = Marked(batch.num_rows)
        ids = column(batch, ID)
        marked.where(~there(ids))
        self._check_ids(ids, marked)
        if not self._shape.exact:
            marked.doubtful[:] = True
        for name, part in self._shape.parts.items():
            self._check(part, column(batch, name), None, marked)
        self._together.check(batch, marked)
        return marked

    def _check(self, part: Part, array: pa.Array, rows: Rows | None, marked: Marked) -> None:
        if array.null_count == len(array):
            marked.odd_texts |= _holds_texts(array)
            return
        if not part.exact:
            marked.where(there(array), rows)
        if isinstance(part, Record):
            for name, inner, values in zip(part.parts, part.parts.values(), array.flatten(), strict=True):
                if name in part.required and values.null_count:
                    marked.where(there(array) & ~there(values), rows)
                self._check(inner, values, rows, marked)
        elif isinstance(part, Listed):
            if isinstance(part.item, Record) and part not in self._lists:
                marked.where(there(array), rows)
            marked.where(floats(pc.list_value_length(array)) > part.most, rows)
            items = pc.list_flatten(array)
            whose = parents(array)
            of_items = whose if rows is None else rows[whose]
            if items.null_count:
                marked.where(~there(items), of_items)
            self._check(part.item, items, of_items, marked)
        elif part.kind == "string":
            self._check_text(part, array, rows, marked)
        elif part.range is not None:
            values, range_ = floats(array), part.range
            low = values > range_.low if range_.above else values >= range_.low
            high = values < range_.high if range_.below else values <= range_.high
            fine = low & high
            if part.kind == "integer":
                fine &= values == np.floor(values)
            if not fine.all():
                marked.where(~fine & there(array), rows)

    def _check_text(self, leaf: Leaf, array: pa.Array, rows: Rows | None, marked: Marked) -> None:
        encoded = array.dictionary_encode()
        values = encoded.dictionary.to_pylist()
        judge = self._texts.get(id(leaf))
        if judge is None:
            judge = self._texts[id(leaf)] = judge_of(leaf, self._context)
        fine = np.array(judge(values), bool)
        if not fine.all():
            marked.odd_texts = True
            marked.where(~np.append(fine, True)[places(encoded)], rows)

    def _check_ids(self, ids: pa.Array, marked: Marked) -> None:
        """Check ids, of which each is another: the usual ones at once, only the others by the type of the models."""
        odd = pc.invert(pc.match_substring_regex(ids, _USUAL_ID)).fill_null(False)
        if odd.true_count:
            places_of_odd = np.flatnonzero(odd.to_numpy(zero_copy_only=False))
            self._check(self._id, ids.filter(odd), places_of_odd, marked)


def _holds_texts(array: pa.Array) -> bool:
    """Tell whether a dictionary within an array holds any text, be it nobody's."""
    if pa.types.is_struct(array.type):
        return any(_holds_texts(array.field(at)) for at in range(array.type.num_fields))
    if pa.types.is_list(array.type):
        return _holds_texts(array.values)
    return pa.types.is_dictionary(array.type) and len(array.dictionary) > 0


class Marked:
    """The patients of a batch that are doubtful.

    ``odd_texts`` tells whether some column's dictionary may hold a text that its field does not accept, be it nobody's.
    """

    def __init__(self, size: int) -> None:
        self.doubtful: Mask = np.zeros(size, bool)
        self.odd_texts = False

    def where(self, mask: Mask, rows: Rows | None = None) -> None:
        """Mark patients; ``rows`` says whose each value of the mask is (None: one for each patient)."""
        if rows is None:
            self.doubtful |= mask
        elif mask.any():
            self.doubtful[rows[mask]] = True


def judge_of(leaf: Leaf, context: dict[str, Any]) -> _Judge:
    """Return what tells of texts whether a field accepts them; it remembers many that it was asked of."""
    several: TypeAdapter[Any] = TypeAdapter(list[leaf.annotation], config=_STRICT)  # type: ignore[name-defined]
    known: dict[str, bool] = {}

    def accepted(values: list[str]) -> bool:
        try:
            several.validate_python(values, context=context)
        except ValidationError:
            return False
        return all(value.isprintable() for value in values)

    def judge(values: list[str]) -> list[bool]:
        nonlocal known
        new = [value for value in values if value not in known]
        found = dict.fromkeys(new, True) if accepted(new) else {value: accepted([value]) for value in new}
        before, known = known, {**known, **found} if len(known) < _MOST_KEPT else found
        return [found[value] if value in found else before[value] for value in values]

    return judge
