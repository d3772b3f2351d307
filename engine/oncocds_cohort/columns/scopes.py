"""The entries of a batch that a term has: one a patient, an item of a list, or a combination of a patient's items.

A term's scope is its free variables, in order. It has an entry for every combination of the items that they stand for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np

from oncocds_cohort.columns.recorded import Array, Recorded
from oncocds_cohort.columns.terms import Term, list_of

Scope = tuple[str, ...]


def scope_of(term: Term) -> Scope:
    """Return the variables that a term is about, in order."""
    return tuple(sorted(term.free))


@dataclass(frozen=True, slots=True)
class _Place:
    """The entries of a scope: the patient of each, and the place of each variable's item among the patient's."""

    patients: Array
    items: Mapping[str, Array]
    first: Array  # by patient: the number of its first entry
    widths: Mapping[str, Array]  # by variable: how many items each patient has


class Batch:
    """A batch while its terms are computed: its recorded facts and the entries of scopes."""

    def __init__(self, recorded: Recorded) -> None:
        self.recorded = recorded
        self._places: dict[Scope, _Place] = {}
        self._rows: dict[tuple[Scope, Scope], Array] = {}

    def place(self, scope: Scope) -> _Place:
        """Return the entries of a scope."""
        found = self._places.get(scope)
        if found is None:
            found = self._places[scope] = self._combined(scope)
        return found

    def size(self, scope: Scope) -> int:
        """Return how many entries a scope has."""
        return len(self.place(scope).patients)

    def rows(self, own: Scope, scope: Scope) -> Array:
        """Return for each entry of a scope that of a scope with fewer variables."""
        found = self._rows.get((own, scope))
        if found is None:
            wide, narrow = self.place(scope), self.place(own)
            inner = np.zeros(len(wide.patients), np.int64)
            for one in own:
                inner = inner * narrow.widths[one][wide.patients] + wide.items[one]
            found = self._rows[own, scope] = narrow.first[wide.patients] + inner
        return found

    def spread(self, values: Array, own: Scope, scope: Scope) -> Array:
        """Return the values of a scope for each entry of one with more variables."""
        if own == scope or values.ndim == 0:
            return values
        return values.take(self.rows(own, scope))

    def items(self, variable: str, scope: Scope) -> Array:
        """Return for each entry of a scope the number of its item among all items of the list."""
        place = self.place(scope)
        return self.place((variable,)).first[place.patients] + place.items[variable]

    def entries(self, scope: Scope, patients: Array, items: Mapping[str, Array]) -> Array:
        """Return the entries of a scope that are of some patients and items, by their numbers among all of a list."""
        place, inner = self.place(scope), np.zeros(len(patients), np.int64)
        for one in scope:
            inner = inner * place.widths[one][patients] + items[one] - self.place((one,)).first[patients]
        return place.first[patients] + inner

    def _combined(self, scope: Scope) -> _Place:
        patients = np.arange(self.recorded.patients)
        items: dict[str, Array] = {}
        widths = {one: self.recorded.lengths(list_of(one)) for one in scope}
        for one in scope:
            repeats = widths[one][patients]
            begins = np.repeat(np.cumsum(repeats) - repeats, repeats)
            items = {other: np.repeat(places, repeats) for other, places in items.items()}
            patients = np.repeat(patients, repeats)
            items[one] = np.arange(len(patients)) - begins
        counts = reduce(np.multiply, widths.values(), np.ones(self.recorded.patients, np.int64))
        return _Place(patients, items, np.cumsum(counts) - counts, widths)
