"""The worker processes: one request at a time each; one that dies or hangs fails its own request and is replaced.

Each of a fixed number of places keeps a worker for as long as the server runs: it starts one, lets it answer only if it
answers from what the server itself answers from, sees at once that it died, and starts the next. What a worker says
before it may answer is kept for the log, where it does not become one that may; what it says later goes nowhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
from asyncio.subprocess import Process
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from oncocds_api.tracing.timing import MARKS
from oncocds_api.tracing.tracing import SPANS, spanned
from oncocds_api.workers.beginning import START_LIMIT, Beginning
from oncocds_api.workers.confined import confine
from oncocds_api.workers.failures import Busy, NotStarted, OtherIdentity, Watching, WorkerLost, WorkerTimeout
from oncocds_api.workers.frames import LAST, Frame, packed
from oncocds_api.workers.processes import (
    LAST_SECONDS,
    ask,
    drained,
    end,
    kill,
    last_words,
    lives,
    started,
    within,
)
from oncocds_api.workers.turns import RANKS, Rank, Turns, default_length

_LOG = logging.getLogger("oncocds_api")
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0


class Workers:
    """A fixed number of worker processes, started by ``command``.

    ``identity`` is what they must answer from; None where that is what the first of them answers from.
    At most ``queue`` requests wait for them; ``watching`` is told what becomes of them. ``memory_bytes`` is the address
    space that each may have. Of the ``count``, ``background`` are for what can wait alone, and it has no others; with 0
    it shares all but one.
    """

    def __init__(
        self,
        command: Sequence[str],
        count: int,
        time_limit: float,
        identity: str | None,
        queue: int | None = None,
        watching: Watching | None = None,
        memory_bytes: int | None = None,
        background: int = 0,
    ) -> None:
        self._command = command
        self._count = max(1, count)
        self._time_limit = time_limit
        self._beginning = Beginning(identity)
        length = queue or default_length(self._count, time_limit)
        self._idle: Turns[Process] = Turns(self._count, length, lives, background)
        self._watching = watching or Watching()
        self._at_work: set[asyncio.Task[Frame]] = set()
        self._able: set[Process] = set()  # those that may answer, idle or not
        self._places: list[asyncio.Task[None]] = []
        self._answered = False
        self._memory_bytes = memory_bytes
        self._news = asyncio.Event()
        self._failed: dict[int, NotStarted] = {}  # by place: why its last worker may not answer
        self._drains: set[asyncio.Future[None]] = set()
        self._given: tuple[Sequence[str], Callable[[], bytes]] | None = None

    @property
    def count(self) -> int:
        """How many workers there should be."""
        return self._count

    @property
    def able(self) -> int:
        """How many workers may answer, idle or not."""
        return sum(map(lives, self._able))

    @property
    def differ(self) -> bool:
        """Whether a worker was refused that would answer from something else than the server, and no other took its
        place: another version was installed, or, where the server gives it nothing, the files changed.
        """
        return any(isinstance(failure, OtherIdentity) for failure in self._failed.values())

    def replace_from(self, command: Sequence[str], given: Callable[[], bytes]) -> None:
        """Have a worker that finds other files than the server did started by ``command``, from what the server holds.

        ``given`` returns that, in a thread of its own; it is the first frame that such a worker is sent.
        """
        self._given = command, given

    async def all_able(self) -> str:
        """Wait until there are as many workers as there should be; return what they answer from.

        Raises ``NotStarted`` as soon as one is there that may not answer.
        """
        while len(self._able) < self._count or self._beginning.identity is None:
            for failure in self._failed.values():
                raise failure
            self._news.clear()
            await self._news.wait()
        return self._beginning.identity

    async def can_answer(self) -> bool:
        """Tell whether a request would be answered: ask an idle worker; where all are at work, whether one lives."""
        while not self._idle.empty():
            process = self._idle.get_nowait()
            if lives(process):
                with contextlib.suppress(WorkerLost, WorkerTimeout):
                    await self._answer(process, "ping", b"", {})
                    return True
        return any(map(lives, self._able))

    def start(self) -> None:
        """Begin to start the workers; requests wait for the first."""
        self._places = [asyncio.create_task(self._keep_one(place)) for place in range(self._count)]

    async def stop(self) -> None:
        """End all workers."""
        tasks = [*self._places, *self._at_work]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def work(self, kind: str, body: bytes, told: Mapping[str, Any] | None = None) -> Frame:
        """Have one request of a kind worked on. Raises ``WorkerLost``, ``WorkerTimeout``, ``Busy`` or ``Overloaded``.

        ``told`` is what the worker is to know of whoever asks. Who is cancelled while waiting is not worked for. A
        worker that has begun ends its work, and nobody reads it: that takes milliseconds, to start another one takes a
        hundred times as long.
        """
        rank = RANKS.get(kind, Rank.EVALUATION)
        with spanned("wait", **{"oncocds.rank": rank.name.lower()}):
            process = await self._free(rank, len(body))
        with spanned("work", **{"oncocds.kind": kind}) as span:
            task = asyncio.create_task(self._turn(process, rank, kind, body, told or {}))
            self._at_work.add(task)
            task.add_done_callback(self._worked)
            answer = await asyncio.shield(task)
            span["oncocds.outcome"] = answer[0]["outcome"]
        self._watching.answered(kind, answer[0])
        if (spans := SPANS.get()) is not None:
            for name, begun, ended in answer[0].get(MARKS, ()):
                spans.child(name, begun, ended, {})
        return answer

    def waiting(self, rank: Rank) -> int:
        """Return how many requests of a rank wait for a worker."""
        return self._idle.waiting(rank)

    async def _turn(self, process: Process, rank: Rank, kind: str, body: bytes, told: Mapping[str, Any]) -> Frame:
        try:
            answer = await self._answer(process, kind, body, told)
        finally:
            self._idle.end(rank)
        self._answered = True
        return answer

    def _worked(self, task: asyncio.Task[Frame]) -> None:
        self._at_work.discard(task)
        if not task.cancelled():
            task.exception()  # so that nobody misses a failure whose request is gone

    async def _answer(self, process: Process, kind: str, body: bytes, told: Mapping[str, Any]) -> Frame:
        done = False
        try:
            async with asyncio.timeout(self._time_limit):
                answer = await ask(process, {**told, "kind": kind}, body)
            done = LAST not in answer[0]
            if not done:
                self._watching.lost("memory")
                _LOG.error("worker %d needed more memory than it may have and is replaced", process.pid)
            return answer
        except TimeoutError:
            self._watching.lost("hung")
            _LOG.error("worker %d hung and was ended", process.pid)
            raise WorkerTimeout from None
        except (OSError, EOFError):
            if process in self._able:  # its place has not said it yet
                self._watching.lost("died")
                _LOG.error("worker %d died during a request and is replaced", process.pid)
            raise WorkerLost from None
        finally:
            # After a cancelled request its answer could still arrive: such a worker is not used again either.
            if done:
                self._idle.put_nowait(process)
            else:
                self._able.discard(process)
                kill(process)  # its place sees to the next one
                drain = asyncio.ensure_future(drained(process))
                self._drains.add(drain)
                drain.add_done_callback(self._drains.discard)

    async def _free(self, rank: Rank, size: int) -> Process:
        try:
            async with asyncio.timeout(START_LIMIT if not self._answered else max(10.0, 4 * self._time_limit)):
                return await self._idle.take(rank, size)
        except TimeoutError:
            raise Busy from None

    async def _keep_one(self, place: int) -> None:
        """Keep one place filled for ever: whatever hinders a start is said in one line and tried again later."""
        pause = _FIRST_PAUSE
        while True:
            try:
                await self._one_life_somehow(place)
                pause = _FIRST_PAUSE
                continue
            except NotStarted as failure:
                self._failed[place] = failure
                self._news.set()
                why = _first_line(failure)
            except OSError as error:
                why = errno.errorcode.get(error.errno or 0, type(error).__name__)
            except Exception as error:  # a place must not stay empty for a fault that nobody foresaw
                why = type(error).__name__
            self._watching.lost("not-started")
            _LOG.error("a worker could not be started (%s): next try in %g s", why, pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _one_life_somehow(self, place: int) -> None:
        """Start a worker from the files; where it may not answer from them, another from what the server holds."""
        try:
            await self._one_life(place)
        except NotStarted as failure:
            if self._given is None:
                raise
            _LOG.warning("%s; another one is started from what this server holds", _first_line(failure))
            try:
                await self._one_life(place, self._given)
            except NotStarted as again:
                _LOG.error("%s", _first_line(again))
                raise failure from None

    async def _one_life(self, place: int, given: tuple[Sequence[str], Callable[[], bytes]] | None = None) -> None:
        """Start a worker and return when it has died. Raises ``NotStarted``, or what hindered the start."""
        first = b"" if given is None else packed({}, await asyncio.to_thread(given[1]))
        process = await started(self._command if given is None else given[0])
        told = asyncio.create_task(last_words(process))
        try:
            confine(process.pid, self._memory_bytes)
            try:
                await self._beginning.ready(process, first)
            except NotStarted:
                kill(process)
                self._beginning.tell(await within(told, LAST_SECONDS))
                raise
            self._failed.pop(place, None)
            self._able.add(process)
            self._news.set()
            self._idle.put_nowait(process)
            await process.wait()
            if process in self._able:  # its request has not said it yet
                self._watching.lost("died")
                _LOG.error("worker %d died (exit code %s) and is replaced", process.pid, process.returncode)
        finally:
            self._able.discard(process)
            kill(process)
            await within(told, LAST_SECONDS)
            told.cancel()
            await end(process)


def _first_line(failure: NotStarted) -> str:
    return str(failure).splitlines()[0]
