"""When what has to be checked again is due, over columns: the reading of ``oncocds.profile.monitoring``.

No document gives an interval: of what the site has set none for, nothing is said.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from oncocds.profile.monitoring import later, series_of_date
from oncocds.profile.policy import Policy
from oncocds.vocabulary.models import Vocabulary
from oncocds.vocabulary.monitoring import Monitoring
from oncocds_cohort.answers import Dues, Flags
from oncocds_cohort.bits import ordinals
from oncocds_cohort.columns.history import in_series
from oncocds_cohort.columns.recorded import Recorded

_Numbers = npt.NDArray[np.float64]  # of days, as datetime.date.toordinal counts them; NaN: none
_EPOCH = datetime.date(1970, 1, 1).toordinal()


def dues(
    batch: pa.RecordBatch, vocabulary: Vocabulary, policy: Policy, as_of: datetime.date, fires: Mapping[str, Flags]
) -> dict[str, Dues]:
    """Return what is due when, of each thing that is checked again at an interval that the site has set.

    ``fires`` tells for whom the rules fire that ask for it.
    """
    intervals = {
        one.id: every
        for one in vocabulary.monitoring.values()
        if isinstance(every := getattr(policy, one.setting), int)
    }
    if not intervals:
        return {}
    recorded = Recorded(batch, vocabulary, None, as_of)  # a history fills in no day but its latest, which is read below
    days = _Days(batch, recorded, as_of)
    return {name: _due(vocabulary.monitoring[name], every, days, as_of, fires) for name, every in intervals.items()}


class _Days:
    """The days on which something was done, of all patients of a batch."""

    def __init__(self, batch: pa.RecordBatch, recorded: Recorded, as_of: datetime.date) -> None:
        self._batch, self._recorded, self._as_of = batch, recorded, as_of
        self.whole = ~recorded.leaf("has", ("", "incomplete", "history"))

    def of(self, fact: str) -> tuple[_Numbers, Flags]:
        """Return the last day of one part, and for whom a later one may be missing from the history."""
        given = self._recorded.leaf("num", ("", fact))
        given = np.where(given <= self._as_of.toordinal(), given, np.nan)
        series = series_of_date(fact)
        written = self._written(series)
        return np.fmax(given, written), self._recorded.leaf("has", ("", "history_incomplete", series))

    def _written(self, series: str) -> _Numbers:
        found = np.full(self._batch.num_rows, np.nan)
        rows, items = in_series(self._batch, series)
        on = ordinals(pc.struct_field(items, "date"))
        past = on <= self._as_of.toordinal()
        np.fmax.at(found, rows[past], on[past])
        return found


def _due(monitoring: Monitoring, every: int, days: _Days, as_of: datetime.date, fires: Mapping[str, Flags]) -> Dues:
    nobody = np.zeros(len(days.whole), bool)
    asked = reduce(np.logical_or, [fires[rule] for rule in monitoring.rules if rule in fires], nobody)
    parts = [days.of(fact) for fact in monitoring.dates]
    last = reduce(np.fmin, [day for day, _ in parts])
    certain = reduce(np.logical_or, [(day == last) & ~maybe for day, maybe in parts])
    whole = days.whole & (np.isnan(last) | certain)
    last = np.where(asked, last, np.nan)
    known, places = np.unique(last[~np.isnan(last)], return_inverse=True)
    nexts = [later(datetime.date.fromordinal(int(day)), every, monitoring.unit) for day in known]
    due = np.full(len(last), np.nan)
    due[~np.isnan(last)] = np.array([np.nan if day is None else day.toordinal() for day in nexts], float)[places]
    past = as_of.toordinal() > due
    return Dues(asked, _dated(last), _dated(due), past & whole, past & ~whole)


def _dated(days: _Numbers) -> npt.NDArray[Any]:
    since = np.where(np.isnan(days), 0, days - _EPOCH).astype("datetime64[D]")
    since[np.isnan(days)] = np.datetime64("NaT", "D")
    return since
