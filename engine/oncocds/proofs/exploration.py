"""Running a plain Python function along every way its questions can be answered.

A derived fact is Python that asks: is this known, is it ``bone``, is it above that limit. Here the answers are symbols;
each question is answered both ways, one run per sequence of answers, and the outcomes are put together under the
conditions that led to them. So the SMT reading of a derived fact comes from the function itself, not from a second
writing of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import z3

MOST_PATHS = 60_000


class UnreadableError(Exception):
    """A derived fact asks something that has no symbolic reading, or asks in too many ways."""


class OutOfTimeError(Exception):
    """The moment until which may be explored is over."""


class Run:
    """One run: the answers given so far, and what they leave open."""

    def __init__(self, script: list[bool]) -> None:
        self._script = script
        self._answers: dict[int, bool] = {}
        self.taken: list[tuple[Any, bool]] = []
        self.codes_left: dict[Any, list[str]] = {}  # by symbol

    def decide(self, term: Any) -> bool:
        """Answer whether a condition holds; the same question gets the same answer."""
        if z3.is_true(term):
            return True
        if z3.is_false(term):
            return False
        if z3.is_not(term):
            return not self.decide(term.arg(0))
        key = term.get_id()
        if key not in self._answers:
            place = len(self.taken)
            self._answers[key] = self._script[place] if place < len(self._script) else True
            self.taken.append((term, self._answers[key]))
        return self._answers[key]

    def answered(self, term: Any) -> bool | None:
        """Return the answer a question has got already, None where it was not asked."""
        if z3.is_not(term):
            inner = self.answered(term.arg(0))
            return None if inner is None else not inner
        return self._answers.get(term.get_id())

    @property
    def condition(self) -> Any:
        """The condition under which the run goes this way."""
        return z3.And([term if answer else z3.Not(term) for term, answer in self.taken])


_RUNS: list[Run] = []
_MOMENTS: list[float] = []


@contextmanager
def until(moment: float) -> Iterator[None]:
    """Let explorations go on until a moment of ``time.monotonic``; after it they raise ``OutOfTimeError``."""
    _MOMENTS.append(moment)
    try:
        yield
    finally:
        _MOMENTS.pop()


def current() -> Run:
    """Return the run in progress. Raises ``UnreadableError`` outside one."""
    if not _RUNS:
        raise UnreadableError("a symbol was asked for its value outside an exploration")
    return _RUNS[-1]


def decide(term: Any) -> bool:
    """Answer whether a condition holds, in the run in progress."""
    return current().decide(term)


def explore(function: Callable[[], Any]) -> list[tuple[Any, Any]]:
    """Return the outcomes of a function with the condition of each; the conditions exclude each other and are complete.

    Raises ``UnreadableError`` where there are too many ways, ``OutOfTimeError`` where they take too long.
    """
    outcomes: list[tuple[Any, Any]] = []
    waiting: list[list[bool]] = [[]]
    while waiting:
        if _MOMENTS and time.monotonic() > _MOMENTS[-1]:
            raise OutOfTimeError
        script = waiting.pop()
        run = Run(script)
        _RUNS.append(run)
        try:
            outcome = function()
        finally:
            _RUNS.pop()
        answers = [answer for _, answer in run.taken]
        waiting += [[*answers[:place], False] for place in range(len(script), len(answers))]
        outcomes.append((run.condition, outcome))
        if len(outcomes) > MOST_PATHS:
            raise UnreadableError(f"more than {MOST_PATHS} ways through {function}")
    return outcomes
