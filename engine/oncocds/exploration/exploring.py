"""Running a plain Python function along every way its questions can be answered.

A derived fact is Python that asks: is this known, is it ``bone``, is it above that limit. Here the answers are open;
each question is answered both ways, one run per sequence of answers, and each outcome comes with the answers that led
to it. What a question is, only who asks it knows: here it has a key, under which the same run gives the same answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any

MOST_PATHS = 60_000

Answers = list[tuple[Any, bool]]


class UnreadableError(Exception):
    """A function asks something that has no open reading, or asks in too many ways."""


class OutOfTimeError(Exception):
    """The moment until which may be explored is over."""


class Run:
    """One run: the answers given so far, and what they leave open (``left``, kept by who asks)."""

    def __init__(self, script: list[bool]) -> None:
        self._script = script
        self._answers: dict[Hashable, bool] = {}
        self.taken: Answers = []
        self.left: dict[Any, list[str]] = {}

    def decide(self, key: Hashable, question: Any) -> bool:
        """Answer a question; one of the same key gets the same answer."""
        if key not in self._answers:
            place = len(self.taken)
            self._answers[key] = self._script[place] if place < len(self._script) else True
            self.taken.append((question, self._answers[key]))
        return self._answers[key]

    def answered(self, key: Hashable) -> bool | None:
        """Return the answer a question has got already, None where it was not asked."""
        return self._answers.get(key)


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
        raise UnreadableError("what is open was asked for its value outside an exploration")
    return _RUNS[-1]


def explore(function: Callable[[], Any]) -> list[tuple[Answers, Any]]:
    """Return the outcomes of a function with the answers that led to each: these exclude each other and are complete.

    Raises ``UnreadableError`` where there are too many ways, ``OutOfTimeError`` where they take too long.
    """
    outcomes: list[tuple[Answers, Any]] = []
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
        outcomes.append((run.taken, outcome))
        if len(outcomes) > MOST_PATHS:
            raise UnreadableError(f"more than {MOST_PATHS} ways through {function}")
    return outcomes
