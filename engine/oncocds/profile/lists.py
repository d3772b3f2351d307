"""The lists of a profile as derived facts walk them; no derived fact reads the items of a list in any other way.

One reading of every list: an absent list is unknown, an empty one is a recorded "none", and an incomplete one has any
number of further items of which nothing is known, so that what is said of "none", "all" or "at most" never follows from
it. What is lacking then is the list itself, asked for by its name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from oncocds.profile.finding import Facts, Finding, Item
from oncocds.profile.kleene import either, unknown
from oncocds.profile.pairs import Alike, telling

OfItem = Callable[[Item], Finding]


@dataclass(frozen=True)
class Tally:
    """What a finding of one item comes to in the items of a list: ``found``, in their order.

    A list that is not ``whole`` may hold any number of further items.
    """

    name: str
    found: tuple[Finding, ...]
    whole: bool

    @property
    def sure(self) -> tuple[Finding, ...]:
        """The findings with a value that is not False."""
        return tuple([one for one in self.found if one.value is not None and one.value is not False])

    @property
    def open(self) -> tuple[Finding, ...]:
        """The unknown findings; where there may be further items, the last asks for the list."""
        return self.unknowns if self.whole else (*self.unknowns, unknown(self.name))

    @property
    def unknowns(self) -> tuple[Finding, ...]:
        """The unknown findings of recorded items."""
        return tuple([one for one in self.found if one.value is None])

    def having(self, values: Container[object]) -> tuple[Finding, ...]:
        """Return the findings with one of some values."""
        return tuple([one for one in self.found if one.value in values])

    @cached_property
    def possible(self) -> int:
        """How many of the recorded items have a finding that is not False."""
        return sum(one.value is not False for one in self.found)

    @property
    def most(self) -> float:
        """How many items there may be whose finding is not False."""
        return self.possible if self.whole else math.inf


def absent(facts: Facts, name: str) -> bool:
    """Tell whether a list was not recorded at all."""
    return facts.items(name) is None


def whole(facts: Facts, name: str) -> bool:
    """Tell whether all the items of a list are recorded."""
    return facts.items(name) is not None and not facts.incomplete(name)


def tally(facts: Facts, name: str, finding: OfItem) -> Tally:
    """Return what a finding of one item comes to in a list."""
    return Tally(name, tuple([finding(item) for item in facts.items(name) or ()]), whole(facts, name))


def tally_once(facts: Facts, name: str, finding: OfItem) -> Tally:
    """Return ``tally`` of a finding that depends on the item alone, a function with a name: made once for all items."""
    kept = facts.tallies
    if (name, finding) not in kept:
        kept[name, finding] = tally(facts, name, finding)
    return kept[name, finding]  # type: ignore[no-any-return]


def number(found: Sequence[Finding]) -> int:
    """Return how many findings of items there are."""
    return len(found)


def values(found: Sequence[Finding]) -> tuple[str, ...]:
    """Return the different values of some findings, in order."""
    return tuple(sorted({str(one.value) for one in found}))


def any_item(facts: Facts, name: str, finding: OfItem) -> Finding:
    """Return whether a finding is true of any item; where there is no item, that rests on the list."""
    items = facts.items(name)
    if items == () and not facts.incomplete(name):
        return Finding(False, (name,))
    return _among(facts, name, (finding(item) for item in items or ()))


def any_pair(
    facts: Facts, name: str, finding: Callable[[Item, Item], Finding], alike: Callable[[Sequence[Item]], Alike]
) -> Finding:
    """Return whether a finding, which does not depend on their order, is true of any two items.

    ``alike`` says which others say the same beside an item; so no pair is asked that would tell nothing new.
    """
    items = facts.items(name) or ()
    pairs = telling(len(items), alike(items))
    return resting_on(name, _among(facts, name, (finding(items[one], items[two]) for one, two in pairs)))


def any_of_these(facts: Facts, name: str, ids: tuple[str, ...], finding: OfItem) -> Finding:
    """Return whether a finding is true of any item with one of some ids; of an id not in the list nothing is known."""
    parts = [finding(item) for item in facts.items(name) or () if item.id in ids]
    return either(parts if len(parts) == len(ids) else [*parts, unknown(name)])


def resting_on(name: str, found: Finding) -> Finding:
    """Return a finding; a "no" that rests on no item's facts rests on the list."""
    return Finding(False, (name,)) if found.value is False and not found.used else found


def _among(facts: Facts, name: str, parts: Iterable[Finding]) -> Finding:
    found = either(parts)
    return found if found.value is True or whole(facts, name) else unknown(found, name)
