"""What was recorded of the patients of a batch, as arrays: read as ``oncocds.profile.facts`` reads a profile.

Codes that mean "unknown" are not recorded, results are in the vocabulary's units and compared with their limits, what
the policy counts as too old is left out, and dates are numbers of days.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute

from oncocds.profile.freshness import older_than
from oncocds.profile.models import ITEM_LISTS
from oncocds.profile.worlds import worlds
from oncocds.vocabulary.models import Quantity, Vocabulary
from oncocds_cohort.bits import column, floats, lengths, ordinals, places, there, truths
from oncocds_cohort.columns.rounding import rounded
from oncocds_cohort.columns.targets import targets

pc: Any = pyarrow.compute  # its functions are made when it is imported: no type checker sees them
Array = npt.NDArray[Any]
_T = TypeVar("_T")
_READINGS = ("low", "normal", "high")
_DECIMALS = 4  # as of oncocds.profile.quantities.canonical
_FEW = 8  # codes that are compared one by one
_LVEF, _ECHO = "cardiac.lvef_latest", "cardiac.echo_date"


class Recorded:
    """The columns of a batch; each is worked out when it is first asked for."""

    def __init__(self, batch: pa.RecordBatch, vocabulary: Vocabulary, months: int | None, as_of: datetime.date) -> None:
        self.patients = batch.num_rows
        self._batch = batch
        self._vocabulary = vocabulary
        self._worlds = worlds(vocabulary)[0]
        self._months, self._as_of = months, as_of
        self._kept: dict[tuple[str, ...], Any] = {}
        self._of: Mapping[str, Callable[..., Array]] = {
            "known": self._known,
            "is": self._is,
            "has": self._has,
            "some": self._some,
            "bool": self._bool,
            "num": self._num,
            "further": self._further,
        }

    def leaf(self, op: str, args: Sequence[Any]) -> Array:
        """Return what a term asks of one fact, of every patient or of every item of a list.

        ``args`` are the term's: but for ``further`` first of which item, which is asked of every item alike.
        """
        return self._of[op](*(args if op == "further" else args[1:]))

    def lengths(self, name: str) -> Array:
        """Return how many items each patient has in a list; an absent one has none."""
        return self._once(("lengths", name), lambda: lengths(self._column(name)))

    def codes(self, name: str) -> tuple[Array, Mapping[str, int]]:
        """Return the codes of a fact by number, -1 where it is unknown, and the number of each code."""
        return self._once(("codes", name), lambda: self._codes(name))

    def texts(self, one: str, two: str) -> tuple[Array, Array]:
        """Return two facts that are texts by number, the same for texts that differ in case only; -1 is unknown."""
        first, second = (self._array(name) for name in (one, two))
        encoded = pc.dictionary_encode(pa.concat_arrays([first, second]))
        folded = [text.casefold() for text in encoded.dictionary.to_pylist()]
        numbers = {text: number for number, text in enumerate(dict.fromkeys(folded))}
        table = np.array([*(numbers[text] for text in folded), -1], dtype=np.int64)
        found = table[places(encoded)]
        return found[: len(first)], found[len(first) :]

    def targets(self) -> tuple[Array, Array]:
        """Return the lesions that courses name: the course of each and the lesion, by its place; -1 is in no list."""
        return self._once(("targets",), lambda: targets(self._batch, self._vocabulary))

    def all_found(self) -> Array:
        """Return of each course whether all the lesions it names are in the list."""
        courses, lesions = self.targets()
        found = np.ones(int(self.lengths("radiotherapy").sum()), bool)
        found[courses[lesions < 0]] = False
        return found

    def _once(self, key: tuple[str, ...], made: Callable[[], _T]) -> _T:
        if key not in self._kept:
            self._kept[key] = made()
        found: _T = self._kept[key]
        return found

    def _column(self, name: str) -> Any:
        return self._once(("column", name), lambda: column(self._batch, name))

    def _array(self, name: str) -> Any:
        """Return the values of a fact, of all patients or of all items of its list."""
        return self._once(("array", name), lambda: self._values(name))

    def _values(self, name: str) -> Any:
        group, _, field = name.rpartition(".")
        if not group:
            return pc.list_flatten(self._column(name)) if name in ITEM_LISTS else self._column(name)
        found = self._array(group)
        at = found.type.get_field_index(field)
        if at < 0:
            raise ValueError(f"a batch without the field '{name}': it is not of the schema of profiles")
        # Where every record is there, its field is taken as it lies: else Arrow makes it anew.
        return pc.struct_field(found, field) if found.null_count else found.field(at)

    def _known(self, name: str) -> Array:
        return self._once(("known", name), lambda: self._recorded(name))

    def _recorded(self, name: str) -> Array:
        field = self._vocabulary.fields.get(name)
        if name in ITEM_LISTS or field is None:
            return there(self._column(name))
        if field.type == "code":
            return self._codes_of(name)[0] >= 0
        known, old = there(self._array(name)), self._old(name)
        return known if old is None else known & ~old

    def _is(self, name: str, codes: tuple[str, ...]) -> Array:
        found, numbers = self._codes_of(name)
        wanted = [numbers[code] for code in codes if code in numbers]
        if not wanted:
            return np.zeros(len(found), bool)
        if len(wanted) <= _FEW:
            return reduce(np.logical_or, [found == one for one in wanted])
        table = np.zeros(len(numbers) + 1, bool)
        table[wanted] = True
        return table[found]

    def _codes_of(self, name: str) -> tuple[Array, Mapping[str, int]]:
        if name.startswith("labs.") and name.endswith(".interpretation"):
            return self._once(("reading", name), lambda: self._reading(name))
        return self.codes(name)

    def _codes(self, name: str) -> tuple[Array, Mapping[str, int]]:
        array = self._array(name)
        if array.null_count == len(array):
            return np.full(len(array), -1, np.int32), {}
        encoded = pc.dictionary_encode(array)
        members = encoded.dictionary.to_pylist()
        numbers, found = {code: at for at, code in enumerate(members)}, places(encoded)
        missing = self._worlds[name].missing
        if not missing.isdisjoint(members):
            table = np.array([*(-1 if code in missing else at for at, code in enumerate(members)), -1], dtype=np.int32)
            found = table.take(found, mode="wrap")
        return found, numbers

    def _has(self, name: str, code: str) -> Array:
        rows, codes, members = self._once(("members", name), lambda: self._members(name))
        found = np.zeros(len(self._array(name)), bool)
        if code in members:
            found[rows[codes == members[code]]] = True
        return found

    def _members(self, name: str) -> tuple[Array, Array, Mapping[str, int]]:
        several = self._array(name)
        rows = np.repeat(np.arange(len(several)), lengths(several))
        encoded = pc.dictionary_encode(pc.list_flatten(several))
        members = {code: at for at, code in enumerate(encoded.dictionary.to_pylist())}
        return rows, places(encoded), members

    def _some(self, name: str) -> Array:
        return lengths(self._array(name)) > 0

    def _bool(self, name: str) -> Array:
        return truths(self._array(name))

    def _further(self, name: str) -> Array:
        further = self._has("incomplete", name)
        if "." in name:  # a fact, which is open as long as it is not recorded
            return further
        listed = self._known(name)
        further = further & listed
        if name not in ITEM_LISTS:
            return further
        return further | (listed & (floats(pc.struct_field(self._column("left_out"), name)) > 0))

    def _num(self, name: str) -> Array:
        return self._once(("num", name), lambda: self._number(name))

    def _number(self, name: str) -> Array:
        if name == "weight":
            return self._measured("weight.value", "weight.unit", self._vocabulary.quantities["mass"])
        if self._vocabulary.fields[name].type == "date":
            return self._days(name)
        if name.startswith("labs."):
            analyte = name.split(".")[1]
            return self._measured(name, f"labs.{analyte}.unit", self._vocabulary.quantities[analyte])
        return self._raw(name)

    def _raw(self, name: str) -> Array:
        return floats(self._array(name))

    def _measured(self, name: str, unit: str, quantity: Quantity) -> Array:
        found = self._raw(name)
        known = np.flatnonzero(~np.isnan(found))
        if not len(known):
            return found
        encoded = pc.dictionary_encode(self._array(unit))
        factors = [quantity.factors.get(one, float("nan")) for one in encoded.dictionary.to_pylist()]
        table = np.array([*factors, quantity.factors[quantity.unit]])
        measured = np.full(len(found), float("nan"))
        measured[known] = rounded(found[known] * table[places(encoded)[known]], _DECIMALS)
        return measured

    def _days(self, name: str) -> Array:
        return ordinals(self._array(name))

    def _old(self, name: str) -> Array | None:
        """Return which results are older than the policy lets them count; None where age does not matter."""
        dating = _ECHO if name == _LVEF else f"{name.rpartition('.')[0]}.date"
        is_result = name == _LVEF or (name.startswith("labs.") and name.endswith((".value", ".interpretation")))
        if self._months is None or not is_result:
            return None
        return self._once(("old", dating), lambda: self._older(dating))

    def _older(self, dating: str) -> Array:
        assert self._months is not None
        encoded = pc.dictionary_encode(self._array(dating))
        dates = map(datetime.date.fromisoformat, encoded.dictionary.to_pylist())
        old = [older_than(date, self._months, self._as_of) for date in dates]
        found: Array = np.array([*old, False])[places(encoded)]
        return found

    def _reading(self, name: str) -> tuple[Array, Mapping[str, int]]:
        """Return a laboratory reading: as recorded, else as value and limits have it (``oncocds.profile.limits``)."""
        analyte = name.rpartition(".")[0]
        quantity = self._vocabulary.quantities[analyte.partition(".")[2]]
        closed = self._worlds[name].unrecorded is not None
        codes, numbers = self.codes(name)
        found = np.full(len(codes), -1, np.int8)
        for at, reading in enumerate(_READINGS):
            if reading in numbers:
                found[codes == numbers[reading]] = at
        old = self._old(name)
        if old is not None:
            found[old] = -1
        open_ = (found < 0) & self._known(f"{analyte}.value")
        if not open_.any():
            return found, {reading: at for at, reading in enumerate(_READINGS)}
        value = self._num(f"{analyte}.value")
        limits = []
        for part, range_ in (("reference_high", quantity.upper_limits), ("reference_low", quantity.lower_limits)):
            limit = self._num(f"{analyte}.{part}")
            ends = (float("nan"), float("nan")) if range_ is None else range_
            limits.append([np.where(np.isnan(limit), end, limit) for end in ends])
        (high, highest), (lowest, low) = limits
        with np.errstate(invalid="ignore"):
            above, not_above = value > highest, value <= high
            below, not_below = value < lowest, value >= low
        normal = not_above & ~below & (not_below | closed)
        found[open_ & normal] = 1
        found[open_ & below & ~above] = 0
        found[open_ & above] = 2
        return found, {reading: at for at, reading in enumerate(_READINGS)}
