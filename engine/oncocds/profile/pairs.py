"""Which pairs of a list's items are worth asking about, where many pairs say the same again.

Items are numbered in their order; a set of them is an integer, of which each number is a bit. So what would be asked of
every two items is told of one item and a set of others: the steps grow with the items, not with their pairs.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from itertools import accumulate
from operator import or_

Several = int
"""A set of items: the bits of their numbers."""
Alike = Callable[[int], Sequence[Several]]
"""Of one item by its number: the others in kinds, of which each says what it says of both items by themselves.

Kinds are disjoint; who is in none adds nothing. Which items of a kind are told of one item does not matter where both
have been told in it already.
"""


def telling(count: int, alike: Alike) -> Iterator[tuple[int, int]]:
    """Yield the pairs of ``count`` items that tell something new, in the order in which all pairs would come.

    Of each kind that is the first pair of each item, either as the first or as the second of the two.
    """
    told: dict[int, Several] = defaultdict(int)
    for one in range(count):
        asked = 0
        for kind, others in enumerate(alike(one)):
            later = others & (-1 << one + 1)
            asked |= later & -later | later & ~told[kind]
            told[kind] |= later
        for two in numbers(asked):
            yield one, two


def numbers(several: Several) -> Iterator[int]:
    """Yield the numbers of a set's items in their order."""
    while several:
        first = several & -several
        yield first.bit_length() - 1
        several ^= first


def those(which: Iterable[bool]) -> Several:
    """Return the items of which something is true, told of each in their order."""
    return sum(1 << number for number, true in enumerate(which) if true)


def by_value(values: Iterable[Hashable]) -> dict[Hashable, Several]:
    """Return the items that have each value; None is no value."""
    found: dict[Hashable, Several] = defaultdict(int)
    for number, value in enumerate(values):
        if value is not None:
            found[value] |= 1 << number
    return found


class InOrder:
    """The items by values that have an order; those whose value is None are in no set."""

    def __init__(self, values: Iterable[str | None]) -> None:
        placed = sorted((value, number) for number, value in enumerate(values) if value is not None)
        bits = [1 << number for _, number in placed]
        self._values = [value for value, _ in placed]
        self._until: list[Several] = [0, *accumulate(bits, or_)]
        self._from: list[Several] = [0, *accumulate(reversed(bits), or_)]

    def until(self, value: str | None) -> Several:
        """Return the items whose value is at most a value."""
        return 0 if value is None else self._until[bisect_right(self._values, value)]

    def since(self, value: str | None) -> Several:
        """Return the items whose value is at least a value."""
        return 0 if value is None else self._from[len(self._values) - bisect_left(self._values, value)]
