"""Searching for the fewest changes: how many there must be, which ones, and with what values — the same every time."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import z3

from oncocds.exploration.exploring import OutOfTimeError
from oncocds.proofs.terms import negation_of

_MEMORY = 512  # megabytes


@dataclass(frozen=True, slots=True)
class End:
    """One end of a range of numbers; ``strict`` where it does not belong to it."""

    value: Fraction
    strict: bool


class Search:
    """The changes of one patient that lead to a goal, fewest first. Any question may raise ``OutOfTimeError``.

    ``changed`` are the conditions under which each thing that may change does, in the order of preference.
    """

    def __init__(self, rules: Iterable[Any], goal: Any, changed: Sequence[Any], until: float) -> None:
        self._until = until
        self._rules = list(rules)
        self._goal = goal
        self._marks = [z3.Bool(f"change {number}") for number in range(len(changed))]
        self._rules += [mark == one for mark, one in zip(self._marks, changed, strict=True)]
        self._fixed: list[Any] = []
        self._solver = self._solver_of([*self._rules, goal])
        self._bounds: dict[int, Any] = {}
        self._model: Any = None

    def possible(self, *terms: Any) -> bool:
        """Return whether some patient reaches the goal under what is fixed so far and these conditions."""
        found = self._check(self._solver, *terms)
        if found:
            self._model = self._solver.model()
        return found

    def fewest(self, least: int = 0) -> int | None:
        """Return how few changes reach the goal, None where none do; that fewer than ``least`` do not is known."""
        if not self.possible():
            return None
        most = sum(z3.is_true(self._model.eval(mark)) for mark in self._marks)
        # The bound is made here, outside any trial, so that no trial takes it away.
        return next(number for number in range(min(least, most), most + 1) if self.possible(self._at_most(number)))

    def choose(self, number: int) -> list[int]:
        """Fix which changes are made, of so many the preferred ones; return their places."""
        self.fix(self._at_most(number))
        self.possible()
        chosen: list[int] = []
        for place, mark in enumerate(self._marks):
            made = len(chosen) < number and (z3.is_true(self._model.eval(mark)) or self.possible(mark))
            if made:
                chosen.append(place)
            self.fix(mark if made else z3.Not(mark))
        return chosen

    def fix(self, term: Any) -> None:
        """Fix a condition until the end of the ``trial``."""
        self._fixed.append(term)
        self._solver.add(term)

    def avoid(self, term: Any) -> None:
        """Leave out the patients of whom a condition is true."""
        self._rules.append(negation_of(term))
        self._solver.add(self._rules[-1])

    @contextmanager
    def trial(self) -> Iterator[None]:
        """Return a context at whose end what was fixed in it is fixed no longer."""
        length = len(self._fixed)
        self._solver.push()
        try:
            yield
        finally:
            self._solver.pop()
            del self._fixed[length:]

    def extreme(self, term: Any, *, lowest: bool, where: Iterable[Any] = (), but: Any = None) -> End | None:
        """Return the lowest or highest value that a number may have; None where it has no end or is impossible.

        ``but`` is a condition that was fixed and does not count here.
        """
        ways = z3.Optimize()
        ways.set("timeout", self._left())
        ways.add(*self._rules, self._goal, *self._but(but), *where)
        handle = ways.minimize(term) if lowest else ways.maximize(term)
        found = ways.check()
        if found == z3.unknown:
            raise OutOfTimeError
        if found == z3.unsat:
            return None
        ends: Any = ways.lower_values(handle) if lowest else ways.upper_values(handle)
        infinite, value, beyond = (Fraction(str(z3.simplify(one))) for one in ends)
        return End(value, beyond != 0) if infinite == 0 else None

    def whole(self, term: Any, low: End, high: End, but: Any) -> bool:
        """Return whether every value between two ends reaches the goal; ``but`` as for ``extreme``."""
        between = self._solver_of([*self._rules, *self._but(but), z3.Not(self._goal)])
        between.add(*_inside(term, low, high))
        return not self._check(between)

    def _but(self, term: Any) -> list[Any]:
        return [one for one in self._fixed if one is not term]

    def _at_most(self, number: int) -> Any:
        if number not in self._bounds:
            self._bounds[number] = z3.Bool(f"at most {number} changes")
            few = z3.AtMost(*self._marks, number) if self._marks else z3.BoolVal(True)
            self._rules.append(z3.Implies(self._bounds[number], few))
            self._solver.add(self._rules[-1])
        return self._bounds[number]

    def _check(self, solver: Any, *terms: Any) -> bool:
        solver.set("timeout", self._left())
        found = solver.check(*terms)
        if found == z3.unknown:
            raise OutOfTimeError
        return bool(found == z3.sat)

    def _left(self) -> int:
        left = self._until - time.monotonic()
        if left <= 0:
            raise OutOfTimeError
        return int(left * 1000) + 1

    @staticmethod
    def _solver_of(terms: list[Any]) -> Any:
        solver = z3.Solver()
        solver.set("max_memory", _MEMORY)
        solver.add(*terms)
        return solver


def _inside(term: Any, low: End, high: End) -> Iterator[Any]:
    lowest, highest = (z3.RealVal(str(end.value)) for end in (low, high))
    yield term > lowest if low.strict else term >= lowest
    yield term < highest if high.strict else term <= highest
