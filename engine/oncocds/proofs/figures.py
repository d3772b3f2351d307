"""Numbers and dates of a change: the nearest plain value that will do, and the limits it must keep to."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from oncocds.profile.quantities import canonical
from oncocds.proofs.given import Given
from oncocds.proofs.patients import DAY_ZERO
from oncocds.proofs.ranges import Range, offered
from oncocds.proofs.recorded import name_of
from oncocds.proofs.search import End, Search
from oncocds.proofs.terms import exact
from oncocds.vocabulary.models import Quantity

_MOST_DECIMALS = 4
_USUAL_DECIMALS = 2


class NoPlainNumberError(ArithmeticError):
    """No number of few decimals will do."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of a number in the unit it is given in; ``strict`` where the limit itself will not do."""

    value: float
    strict: bool


Limits = tuple[Limit | None, Limit | None]


class Figures:
    """Finds the values of numbers and dates in the patients of a search.

    ``free`` are the numbers that were not recorded and of which any will do.
    """

    def __init__(self, given: Given, search: Search, today: datetime.date) -> None:
        self._given = given
        self._search = search
        self._today = (today - DAY_ZERO).days
        self._ranges = offered(given.vocabulary)
        self._fixed: dict[str, Any] = {}
        self.free: set[str] = set()

    def choose(self, path: str) -> tuple[Any, float | str]:
        """Fix a number or a date at the nearest value that will do; return the condition and the value as it is sent.

        Raises ``NoPlainNumberError``.
        """
        term = self._given.value(path)
        if self._given.kind(path) == "date":
            return self._date(term)
        upward, end = self._nearest(path, term)
        for decimals in range(self._decimals(path, end), _MOST_DECIMALS + 1):
            number = self._plain(path, end, decimals, upward=upward)
            wanted = term == exact(self._canonical(path, number))
            if self._search.possible(wanted):
                self._search.fix(wanted)
                self._fixed[path] = wanted
                return wanted, number
        raise NoPlainNumberError

    def limits(self, path: str) -> Limits:
        """Return the limits that a chosen number must keep to while all else is as it is fixed.

        None is an end that every change has, or one of several stretches of numbers that will do, or is not exact.
        """
        if path in self._given.rounded:
            return None, None
        term, but, range_ = self._given.value(path), self._fixed[path], self._ranges.get(name_of(path), Range())
        low = self._search.extreme(term, lowest=True, but=but)
        high = self._search.extreme(term, lowest=False, but=but)
        if low is None or high is None or self._around(path, low, high):
            return None, None
        if not self._search.whole(term, low, high, but):
            return None, None
        found = self._limit(path, low, range_.low), self._limit(path, high, range_.high)
        if found == (None, None) and self._given.was(path) is None:
            self.free.add(path)
        return found

    def _around(self, path: str, low: End, high: End) -> bool:
        """Return whether what is recorded, which will not do, lies between two ends."""
        was = self._given.was(path)
        return was is not None and low.value <= Fraction(repr(was)) <= high.value

    def unit(self, path: str) -> str | None:
        """Return the unit in which a measurement is given: the caller's, else the preferred one."""
        quantity = self._quantity(path)
        if quantity is None:
            return self._given.field(path).unit
        profile = self._given.profile
        if path == "weight":
            return profile.weight.unit if profile.weight is not None else quantity.unit
        result = None if profile.labs is None else getattr(profile.labs, path.split(".")[1])
        return quantity.unit if result is None or result.unit is None else str(result.unit)

    def recorded(self, path: str) -> float | None:
        """Return a recorded number in the unit in which it is given."""
        value = self._given.was(path)
        if value is None or self._quantity(path) is None:
            return value  # type: ignore[no-any-return]
        profile = self._given.profile
        if path == "weight":
            assert profile.weight is not None
            return float(profile.weight.value)
        _, analyte, part = path.split(".")
        return float(getattr(getattr(profile.labs, analyte), part))

    def _nearest(self, path: str, term: Any) -> tuple[bool, End]:
        """Return the nearest value that will do, and whether others like it lie above it."""
        was = self._given.was(path)
        if was is None:
            low = self._search.extreme(term, lowest=True)
            high = self._search.extreme(term, lowest=False)
            range_ = self._ranges.get(name_of(path), Range())
            if low is None or (high is not None and _same(low, range_.low) and not _same(high, range_.high)):
                return False, _there(high)
            usual = self._usual(path) if high is not None and _same(low, range_.low) else None
            return True, low if usual is None or not self._search.possible(term == exact(usual)) else _end(usual)
        here, now = exact(float(was)), Fraction(repr(was))
        above = self._search.extreme(term, lowest=True, where=[term >= here])
        below = self._search.extreme(term, lowest=False, where=[term <= here])
        if below is None or (above is not None and above.value - now <= now - below.value):
            return True, _there(above)
        return False, below

    def _date(self, term: Any) -> tuple[Any, str]:
        before = self._search.extreme(term, lowest=False, where=[term <= self._today])
        days = int(_there(before or self._search.extreme(term, lowest=True, where=[term >= self._today])).value)
        wanted = term == days
        self._search.fix(wanted)
        return wanted, (DAY_ZERO + datetime.timedelta(days=days)).isoformat()

    def _usual(self, path: str) -> float | None:
        """Return a result that is within the limits of every laboratory, where any will do; None where none is known.

        In the preferred unit.
        """
        quantity = self._quantity(path)
        known = None if quantity is None or not path.endswith(".value") else quantity.limit_range
        if known is None or known.lower is None or known.upper is None:
            return None
        return (known.lower[1] + known.upper[0]) / 2

    def _quantity(self, path: str) -> Quantity | None:
        quantities = self._given.vocabulary.quantities
        if path == "weight":
            return quantities["mass"]
        group, _, rest = path.partition(".")
        analyte, _, part = rest.partition(".")
        measured = group == "labs" and part in ("value", "reference_low", "reference_high")
        return quantities[analyte] if measured else None

    def _factor(self, path: str) -> Fraction:
        quantity = self._quantity(path)
        return Fraction(1) if quantity is None else Fraction(repr(quantity.factors[self.unit(path) or quantity.unit]))

    def _canonical(self, path: str, number: float) -> float:
        quantity = self._quantity(path)
        return float(number) if quantity is None else canonical(number, self.unit(path), quantity)

    def _decimals(self, path: str, end: End) -> int:
        """Return with how many decimals to begin: those of what is recorded, and of the limit where they are few."""
        if self._given.kind(path) == "integer":
            return 0
        recorded = self.recorded(path)
        of_end = _decimals_of(end.value / self._factor(path))
        own = 0 if recorded is None else _decimals_of(Fraction(repr(recorded)))
        return min(max(own, of_end if of_end <= _USUAL_DECIMALS else 1), _MOST_DECIMALS)

    def _plain(self, path: str, end: End, decimals: int, *, upward: bool) -> float:
        exactly = end.value / self._factor(path) * 10**decimals
        steps = math.ceil(exactly) if upward else math.floor(exactly)
        if end.strict and steps == exactly:
            steps += 1 if upward else -1
        number = Fraction(steps, 10**decimals)
        return int(number) if number.denominator == 1 else float(number)

    def _limit(self, path: str, end: End, of_profiles: float | None) -> Limit | None:
        if _same(end, of_profiles):
            return None
        number = round(end.value / self._factor(path), _MOST_DECIMALS)
        return Limit(int(number) if number.denominator == 1 else float(number), end.strict)


def _decimals_of(number: Fraction) -> int:
    return next((count for count in range(_MOST_DECIMALS + 1) if (number * 10**count).denominator == 1), 9)


def _same(end: End, bound: float | None) -> bool:
    return bound is None or end.value == Fraction(repr(float(bound)))


def _end(value: float) -> End:
    return End(Fraction(repr(value)), strict=False)


def _there(end: End | None) -> End:
    if end is None:
        raise NoPlainNumberError
    return end
