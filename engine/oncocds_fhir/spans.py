"""Times compared with many others at once, in steps that grow with their number and not with its square."""

from __future__ import annotations

import datetime
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any

from oncocds_fhir.times import When

Span = tuple[When, When | None]
"""From when to when; an end that is not known may be any."""


class Times:
    """Some times, to be asked whether all of them, or one of them, lie before or after another."""

    def __init__(self, times: Iterable[When]) -> None:
        times = list(times)
        bare = [when for when in times if when.instant is None]
        self._instant = max((when.instant for when in times if when.instant is not None), default=None)
        self._bare_last = max((when.last for when in bare), default=None)
        self._bare_first = max((when.first for when in bare), default=None)
        self._last = max((when.last for when in times), default=None)
        self._first = max((when.first for when in times), default=None)

    def all_before(self, other: When) -> bool:
        """Tell whether all are certainly earlier than another (``When.before``)."""
        if other.instant is None:
            return self._last is None or self._last < other.first
        if self._instant is not None and not self._instant < other.instant:
            return False
        return self._bare_last is None or self._bare_last < other.first

    def any_after(self, other: When) -> bool:
        """Tell whether one is certainly later than another."""
        if other.instant is None:
            return self._first is not None and other.last < self._first
        if self._instant is not None and other.instant < self._instant:
            return True
        return self._bare_first is not None and other.last < self._bare_first


def first_around(times: Sequence[When], spans: Sequence[Span]) -> list[int | None]:
    """Return for each time the place of the first span it may lie in: not before its start, its end not before it.

    Instants are compared with instants and days with days, so spans and times of either kind are gone through apart.
    """
    found: list[int | None] = [None] * len(times)
    for of_instants, starts, ends in product((False, True), repeat=3):  # what the times have, and which they meet
        those = [
            (_start(start, starts), _end(end, ends), at)
            for at, (start, end) in enumerate(spans)
            if (of_instants and start.instant is not None) is starts
            and (of_instants and end is not None and end.instant is not None) is ends
        ]
        questions = [
            (_asked(when, starts, last=True), _asked(when, ends, last=False), at)
            for at, when in enumerate(times)
            if (when.instant is not None) is of_instants
        ]
        for at, first in _first(questions, those):
            known = found[at]
            found[at] = first if known is None else min(known, first)
    return found


def _start(start: When, of_instants: bool) -> Any:
    return start.instant if of_instants else start.first


def _end(end: When | None, of_instants: bool) -> Any:
    return datetime.date.max if end is None else end.instant if of_instants else end.last


def _asked(when: When, of_instants: bool, *, last: bool) -> Any:
    return when.instant if of_instants else when.last if last else when.first


def _first(questions: list[tuple[Any, Any, int]], spans: list[tuple[Any, Any, int]]) -> Iterable[tuple[int, int]]:
    """Yield for questions (x, y) the first span (a, b) with a <= x and b >= y: by a, in a tree of minima over b."""
    if not spans:
        return
    ends = sorted({end for _, end, _ in spans})
    least: list[int | None] = [None] * (len(ends) + 1)  # a Fenwick tree: of the ends from a place on, the first span
    ordered, upto = sorted(spans, key=lambda span: span[0]), 0
    for latest, earliest, asked in sorted(questions, key=lambda question: question[0]):
        while upto < len(ordered) and ordered[upto][0] <= latest:
            _, end, at = ordered[upto]
            place = len(ends) - bisect_left(ends, end)
            while place < len(least):
                known = least[place]
                least[place] = at if known is None or at < known else known
                place += place & -place
            upto += 1
        best: int | None = None
        place = len(ends) - bisect_left(ends, earliest)
        while place > 0:
            known = least[place]
            best = known if best is None or (known is not None and known < best) else best
            place -= place & -place
        if best is not None:
            yield asked, best
