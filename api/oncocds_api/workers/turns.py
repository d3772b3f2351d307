"""Whose turn it is when a worker is free: those who wait are few, stand in order of urgency, and are told at once if
there is no room for them.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Generic, TypeVar

Worker = TypeVar("Worker")
_WORK_SECONDS = 0.1  # that a long chart takes a worker
_MOST_BYTES = 134_217_728


class Rank(IntEnum):
    """What goes first: a doctor waits for a hook while ordering; what explains or tries out can wait."""

    HOOK = 0
    EVALUATION = 1
    LATER = 2


RANKS = {
    "cds-hook": Rank.HOOK,
    "explanation": Rank.LATER,
    "scenarios": Rank.LATER,
    "scenario-file": Rank.LATER,
}
"""The ranks of kinds of work; of any other kind ``EVALUATION``."""


class Overloaded(Exception):  # noqa: N818 - named as the problem is
    """More wait than there is room for, or somebody more urgent took the place."""


def default_length(workers: int, time_limit: float) -> int:
    """Return how many may wait: so many that the last long chart is begun within the time limit of one request."""
    return max(1, int(workers * time_limit / _WORK_SECONDS))


@dataclass(slots=True, eq=False)
class _Waiting(Generic[Worker]):
    size: int
    turn: asyncio.Future[Worker]


class Turns(Generic[Worker]):
    """Idle workers, and those who wait for one.

    ``length`` may wait, with 128 MiB of requests between them. Of the workers, work of rank ``LATER`` has as many as
    are ``background``, and other work has the rest. With 0 all are shared, and work of rank ``LATER`` never has the
    last one, unless there is one only. ``lives`` tells whether an idle worker can still be used.
    """

    def __init__(self, workers: int, length: int, lives: Callable[[Worker], bool], background: int = 0) -> None:
        self._length = length
        self._lives = lives
        self._idle: deque[Worker] = deque()
        self._waiting: dict[Rank, deque[_Waiting[Worker]]] = {rank: deque() for rank in Rank}
        self._bytes = 0
        self._left = {True: background or max(1, workers - 1), False: workers - background}  # by: it can wait

    def waiting(self, rank: Rank) -> int:
        """Return how many wait."""
        return len(self._waiting[rank])

    def empty(self) -> bool:
        """Tell whether no worker is idle."""
        return not self._idle

    def get_nowait(self) -> Worker:
        """Take an idle worker out of turn, dead or not; there must be one."""
        return self._idle.popleft()

    def put_nowait(self, worker: Worker) -> None:
        """Take a worker that is idle from now on."""
        self._idle.append(worker)
        self._serve()

    async def take(self, rank: Rank, size: int) -> Worker:
        """Wait for a worker for a request of so many bytes; ``end`` must follow. Raises ``Overloaded``."""
        mine = _Waiting(size, asyncio.get_running_loop().create_future())
        self._waiting[rank].append(mine)
        self._bytes += size
        self._serve()
        while not mine.turn.done() and self._overfull():
            self._refuse_the_last()
        try:
            worker: Worker = await mine.turn
        except BaseException:
            self._withdraw(rank, mine)
            raise
        return worker

    def end(self, rank: Rank) -> None:
        """Note that the work which a worker was taken for has ended, whatever became of either."""
        self._left[rank is Rank.LATER] += 1
        self._serve()

    def _overfull(self) -> bool:
        number = sum(map(len, self._waiting.values()))
        return number > self._length or (self._bytes > _MOST_BYTES and number > 1)

    def _refuse_the_last(self) -> None:
        rank = max(rank for rank, waiting in self._waiting.items() if waiting)
        self._leave(self._waiting[rank].pop()).turn.set_exception(Overloaded())

    def _leave(self, one: _Waiting[Worker]) -> _Waiting[Worker]:
        self._bytes -= one.size
        return one

    def _withdraw(self, rank: Rank, mine: _Waiting[Worker]) -> None:
        """Give back a place in the queue, or the worker that came in the same moment as the end of the waiting."""
        if mine in self._waiting[rank]:
            self._waiting[rank].remove(mine)
            self._leave(mine)
        elif not mine.turn.cancelled() and mine.turn.exception() is None:
            self.end(rank)
            self.put_nowait(mine.turn.result())

    def _serve(self) -> None:
        while self._idle and (rank := self._next()) is not None:
            if not self._lives(self._idle[0]):
                self._idle.popleft()
                continue
            next_one = self._leave(self._waiting[rank].popleft())
            if not next_one.turn.done():  # else its caller went away in this very moment
                self._left[rank is Rank.LATER] -= 1
                next_one.turn.set_result(self._idle.popleft())

    def _next(self) -> Rank | None:
        return next(
            (rank for rank, waiting in self._waiting.items() if waiting and self._left[rank is Rank.LATER]), None
        )
