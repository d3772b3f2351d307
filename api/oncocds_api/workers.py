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
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from typing import Any

from oncocds_api.confined import confine
from oncocds_api.frames import LAST, LENGTH, Frame, packed, unpacked
from oncocds_api.turns import RANKS, Rank, Turns, default_length

_LOG = logging.getLogger("oncocds_api")
_START_LIMIT = 60.0
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
_TOLD_BYTES = 8192  # that are kept of what a worker says at its start
_LAST_SECONDS = 1.0  # that the last words of a process that was killed are waited for


class WorkerLost(Exception):  # noqa: N818 - named as the problem is
    """The worker died during the request."""


class WorkerTimeout(Exception):  # noqa: N818 - named as the problem is
    """The worker did not answer in time and was ended."""


class Busy(Exception):  # noqa: N818 - named as the problem is
    """No worker became free in time."""


class NotStarted(Exception):  # noqa: N818 - it is one of the things that happen
    """A worker did not become one that may answer; the message says why."""


class _OtherIdentity(NotStarted):
    """A worker would answer from something else than the server."""


class Watching:
    """Is told what happens to workers; this one does nothing with it."""

    def answered(self, kind: str, header: Mapping[str, Any]) -> None:
        """Hear how a request of a kind was answered."""

    def lost(self, why: str) -> None:
        """Hear that a worker ``died``, ``hung``, needed too much ``memory`` or was ``not-started``."""


class Workers:
    """A fixed number of worker processes, started by ``command``.

    ``identity`` is what they must answer from; None where that is what the first of them answers from.
    At most ``queue`` requests wait for them; ``watching`` is told what becomes of them. ``memory_bytes`` is the address
    space that each may have.
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
    ) -> None:
        self._command = command
        self._count = max(1, count)
        self._time_limit = time_limit
        self._identity = identity
        self._idle: Turns[Process] = Turns(self._count, queue or default_length(self._count, time_limit), _lives)
        self._watching = watching or Watching()
        self._at_work: set[asyncio.Task[Frame]] = set()
        self._able: set[Process] = set()  # those that may answer, idle or not
        self._places: list[asyncio.Task[None]] = []
        self._answered = False
        self._memory_bytes = memory_bytes
        self._news = asyncio.Event()
        self._failed: dict[int, NotStarted] = {}  # by place: why its last worker may not answer
        self._drains: set[asyncio.Future[None]] = set()
        self._told = ""  # what a worker that could not start said last

    @property
    def count(self) -> int:
        """How many workers there should be."""
        return self._count

    @property
    def able(self) -> int:
        """How many workers may answer, idle or not."""
        return sum(map(_lives, self._able))

    @property
    def differ(self) -> bool:
        """Whether what is on the disk is not what the server answers from: a worker was refused for it."""
        return any(isinstance(failure, _OtherIdentity) for failure in self._failed.values())

    async def all_able(self) -> str:
        """Wait until there are as many workers as there should be; return what they answer from.

        Raises ``NotStarted`` as soon as one is there that may not answer.
        """
        while len(self._able) < self._count or self._identity is None:
            for failure in self._failed.values():
                raise failure
            self._news.clear()
            await self._news.wait()
        return self._identity

    async def can_answer(self) -> bool:
        """Tell whether a request would be answered: ask an idle worker; where all are at work, whether one lives."""
        while not self._idle.empty():
            process = self._idle.get_nowait()
            if _lives(process):
                with contextlib.suppress(WorkerLost, WorkerTimeout):
                    await self._answer(process, "ping", b"", {})
                    return True
        return any(map(_lives, self._able))

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
        process = await self._free(rank, len(body))
        task = asyncio.create_task(self._turn(process, rank, kind, body, told or {}))
        self._at_work.add(task)
        task.add_done_callback(self._worked)
        answer = await asyncio.shield(task)
        self._watching.answered(kind, answer[0])
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
                answer = await _ask(process, {**told, "kind": kind}, body)
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
                _kill(process)  # its place sees to the next one
                drain = asyncio.ensure_future(_drained(process))
                self._drains.add(drain)
                drain.add_done_callback(self._drains.discard)

    async def _free(self, rank: Rank, size: int) -> Process:
        try:
            async with asyncio.timeout(_START_LIMIT if not self._answered else max(10.0, 4 * self._time_limit)):
                return await self._idle.take(rank, size)
        except TimeoutError:
            raise Busy from None

    async def _keep_one(self, place: int) -> None:
        """Keep one place filled for ever: whatever hinders a start is said in one line and tried again later."""
        pause = _FIRST_PAUSE
        while True:
            try:
                await self._one_life(place)
                pause = _FIRST_PAUSE
                continue
            except NotStarted as failure:
                self._failed[place] = failure
                self._news.set()
                why = str(failure).splitlines()[0]
            except OSError as error:
                why = errno.errorcode.get(error.errno or 0, type(error).__name__)
            except Exception as error:  # a place must not stay empty for a fault that nobody foresaw
                why = type(error).__name__
            self._watching.lost("not-started")
            _LOG.error("a worker could not be started (%s): next try in %g s", why, pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _one_life(self, place: int) -> None:
        """Start a worker and return when it has died. Raises ``NotStarted``, or what hindered the start."""
        process = await _started(self._command)
        told = asyncio.create_task(_last_words(process))
        try:
            confine(process.pid, self._memory_bytes)
            try:
                await self._received_ready(process)
            except NotStarted:
                _kill(process)
                self._tell(await _within(told, _LAST_SECONDS))
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
            _kill(process)
            await _within(told, _LAST_SECONDS)
            told.cancel()
            await _end(process)

    def _tell(self, words: str) -> None:
        """Log what a worker said before it failed, the same once: its next starts fail the same way."""
        if words and words != self._told:
            self._told = words
            _LOG.error("what the worker said at its start:\n%s", words)

    async def _received_ready(self, process: Process) -> None:
        try:
            async with asyncio.timeout(_START_LIMIT):
                header, _ = await _receive(process)
        except TimeoutError:
            raise NotStarted(f"worker {process.pid} did not answer within {_START_LIMIT:g} s") from None
        except (OSError, EOFError):
            raise NotStarted(f"worker {process.pid} died at its start") from None
        if header["outcome"] != "ready":
            raise NotStarted(header.get("why", "it did not say why"))
        self._identity = self._identity or header["identity"]
        if header["identity"] != self._identity:
            raise _OtherIdentity(
                f"worker {process.pid} is refused: it would answer from {header['identity']}, this server from"
                f" {self._identity}; knowledge, policy or version changed: oncocds reload (another version: restart)"
            )


def _lives(process: Process) -> bool:
    return process.returncode is None and process.stdout is not None and not process.stdout.at_eof()


def _kill(process: Process) -> None:
    # Not process.kill(): that asks first whether the process lives, and so takes its end from who waits for it.
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)


async def _started(command: Sequence[str]) -> Process:
    """Start a process. Whoever is cancelled meanwhile leaves none behind: asyncio waits for ever for half a start."""
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE, start_new_session=True)
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        with contextlib.suppress(OSError):
            await _end(await starting)
        raise


async def _end(process: Process) -> None:
    _kill(process)
    if process.stdin is not None:
        process.stdin.close()
        with contextlib.suppress(OSError):
            await process.stdin.wait_closed()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_LAST_SECONDS):
            await _drained(process)
    await process.wait()


async def _drained(process: Process) -> None:
    """Read what a process that was killed had written: until then its pipe is open, and asyncio waits for it."""
    assert process.stdout is not None
    with contextlib.suppress(RuntimeError):  # somebody reads it already
        while await process.stdout.read(1 << 16):
            pass


async def _last_words(process: Process) -> str:
    """Read what a process says on standard error, for as long as it does; return the end of it."""
    assert process.stderr is not None
    words = b""
    while some := await process.stderr.read(_TOLD_BYTES):
        words = (words + some)[-_TOLD_BYTES:]
    return words.decode("utf-8", "replace").strip()


async def _within(told: asyncio.Task[str], seconds: float) -> str:
    done, _ = await asyncio.wait([told], timeout=seconds)
    return told.result() if done else ""


async def _ask(process: Process, header: dict[str, Any], body: bytes) -> Frame:
    assert process.stdin is not None
    process.stdin.write(packed(header, body))
    await process.stdin.drain()
    return await _receive(process)


async def _receive(process: Process) -> Frame:
    assert process.stdout is not None
    (length,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
    return unpacked(await process.stdout.readexactly(length))
