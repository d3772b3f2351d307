"""Checks of what stands together in a profile: ids, targets, drugs and their classes, values and their units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from oncocds.profile.history import LATEST, LVEF, series_units
from oncocds.profile.made import models_of
from oncocds.profile.models import LISTS
from oncocds.profile.quantities import canonical
from oncocds.vocabulary.models import Quantity, Vocabulary
from oncocds_cohort.bits import column, floats, parents, places, there, truths

if TYPE_CHECKING:
    from oncocds_cohort.reading.checks import Marked

_CLASSES = ("class", "has_class", "not_class")
_LIMITS = ("reference_low", "reference_high")
_LARGEST = 2**62  # what a whole number of numpy's holds


class Together:
    """What ``read_profile`` asks beyond the types of the models, as far as it can be asked of columns."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._analytes = models_of(vocabulary).analytes
        self._plausible = {name: one.plausible for name, one in vocabulary.fields.items() if one.plausible is not None}
        self._lvef = self._plausible[LATEST]

    def check(self, batch: pa.RecordBatch, marked: Marked) -> None:
        """Mark the patients of whom the engine's reader might refuse something."""
        lists = {name: _Items(column(batch, name)) for name in LISTS}
        for items in lists.values():
            _ids(items, marked)
        _targets(lists["radiotherapy"], lists["lesions"], _more_lesions(batch), marked)
        _drugs(lists["medications"], marked)
        for name, (low, high) in self._plausible.items():
            found = column(batch, name)
            if found.null_count < len(found):
                marked.where(~_within(floats(found), low, high))
        weight = column(batch, "weight")
        if weight.null_count < len(weight):
            marked.where(self._odd(weight, "mass", ()))
        for analyte in self._analytes:
            result = column(batch, f"labs.{analyte}")
            if result.null_count < len(result):
                marked.where(self._odd(result, analyte, _LIMITS))
                lowest, highest = (floats(_field(result, limit)) for limit in _LIMITS)
                marked.where(lowest > highest)
        self._history(lists["history"], marked)

    def _history(self, results: _Items, marked: Marked) -> None:
        """Mark who has a result of what no series is of, one that nobody has, or two of one day."""
        if not len(results.items):
            return
        of = _field(results.items, "of").dictionary_encode()
        names = of.dictionary.to_pylist()
        index = places(of)
        odd = np.ones(len(index), bool)
        for at, name in enumerate(names):
            here = index == at
            if name == LVEF:
                values, unit = floats(_field(results.items, "value")), _field(results.items, "unit")
                percent = truths(pc.equal(unit, series_units(LVEF, self._vocabulary)[0]))
                odd[here] = ~(_within(values, *self._lvef) & percent)[here]
            elif name in self._analytes:
                odd[here] = self._odd(results.items.filter(pa.array(here)), name, ())
        marked.where(odd, results.rows)
        of_patient, size = _pairs(results.rows, of)
        dates = _field(results.items, "date").dictionary_encode()
        series = of_patient
        if len(results.column) * size * (len(dates.dictionary) + 1) > _LARGEST:
            series = np.unique(of_patient, return_inverse=True)[1]
        days, _ = _pairs(series, dates)
        order = np.argsort(days, kind="stable")
        again = days[order][1:] == days[order][:-1]
        marked.doubtful[of_patient[order[1:][again]] // size] = True

    def _odd(self, result: pa.Array, name: str, limits: Sequence[str]) -> Any:
        """Return for each result whether its unit is missing or another, or its value or a limit implausible in it."""
        quantity = self._vocabulary.quantities[name]
        unit = _field(result, "unit").dictionary_encode()
        units = [*unit.dictionary.to_pylist(), None]
        index = places(unit)
        found = {part: _field(result, part) for part in ("value", *limits)}
        numbers = {part: floats(values) for part, values in found.items() if values.null_count < len(values)}
        odd = np.zeros(len(result), bool)
        for at, one in enumerate(units):
            here = index == (at if one is not None else -1)
            if one is not None and one not in quantity.factors:
                odd |= here
                continue
            if one is None and "value" in numbers:
                odd |= here & ~np.isnan(numbers["value"])
            for part, values in numbers.items():
                odd |= here & ~_within(values, *_range(part, one, quantity))
        return odd


class _Items:
    """The items of a list of all patients together, and whose each is."""

    def __init__(self, column: pa.Array) -> None:
        self.column = column
        self.items = pc.list_flatten(column)
        self.rows = parents(column)


def _range(name: str, unit: str | None, quantity: Quantity) -> tuple[float, float]:
    """Return numbers in a unit that are surely plausible as a value or a limit; others may be, too.

    Converted values are rounded. Rounding keeps the order: what lies between two numbers does so rounded, if they are
    themselves what rounding gives, which is asked of the ends.
    """
    low, high = quantity.plausible
    if name != "value":
        low, high = quantity.limits or (0.0 if name == "reference_low" else low, high)
    factor = quantity.factors[unit or quantity.unit]
    least, most = low / factor, high / factor
    if canonical(least, unit, quantity) < low:
        least = np.nextafter(least, np.inf)
    if canonical(most, unit, quantity) > high:
        most = np.nextafter(most, -np.inf)
    if not (canonical(least, unit, quantity) >= low and canonical(most, unit, quantity) <= high):
        return np.inf, -np.inf
    own = quantity.plausible_in.get(unit or quantity.unit) if name == "value" else None
    return (least, most) if own is None else (max(least, own[0]), min(most, own[1]))


def _within(values: Any, low: float, high: float) -> Any:
    with np.errstate(invalid="ignore"):
        return np.isnan(values) | ((values >= low) & (values <= high))


def _ids(items: _Items, marked: Marked) -> None:
    """Mark who has two items of one id in a list."""
    ids = _field(items.items, "id")
    if ids.null_count == len(ids):
        return
    key, size = _pairs(items.rows, ids.dictionary_encode())
    key = np.sort(key[there(ids)], kind="stable")  # they are nearly in order
    marked.doubtful[key[1:][key[1:] == key[:-1]] // size] = True


def _targets(courses: _Items, lesions: _Items, more: Any, marked: Marked) -> None:
    """Mark who has a target that names none of the lesions, where those are recorded and there are no more of them."""
    targets = _field(courses.items, "targets")
    if targets.null_count == len(targets):
        return
    whose = courses.rows[parents(targets)]
    recorded = there(lesions.column) & ~more
    ids = _field(lesions.items, "id")
    both = pa.concat_arrays([ids, pc.list_flatten(targets)]).dictionary_encode()
    key, _ = _pairs(np.concatenate([lesions.rows, whose]), both)
    named = np.isin(key[len(ids) :], key[: len(ids)])
    marked.where(~named & recorded[whose], whose)


def _more_lesions(batch: pa.RecordBatch) -> Any:
    """Return who may have further lesions: the list is said to be incomplete, or records of it were left out."""
    more = truths(pc.greater(column(batch, "left_out.lesions"), 0))
    lists = _Items(column(batch, "incomplete"))
    named = truths(pc.equal(lists.items, "lesions"))
    more[lists.rows[named]] = True
    return more


def _pairs(rows: Any, encoded: pa.DictionaryArray) -> tuple[Any, int]:
    """Return patient and value as one number each, the patient being that number divided by the second one."""
    size = len(encoded.dictionary) + 1
    return rows * size + places(encoded) % size, size


def _drugs(items: _Items, marked: Marked) -> None:
    """Mark who has a drug given as other without a name, a class beside another drug, or several kinds of classes."""
    drug = _field(items.items, "drug")
    other = truths(pc.equal(drug, "other"))
    nameless = ~there(_field(items.items, "name"))
    told = sum(there(_field(items.items, name)).astype(np.int8) for name in _CLASSES)
    marked.where((other & nameless) | (~other & (told > 0)) | (told > 1), items.rows)


def _field(struct: pa.Array, name: str) -> pa.Array:
    return pc.struct_field(struct, name)
