"""The worker processes: one request at a time each; one that dies or hangs fails its own request and is replaced."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence

from oncocds_api.frames import LENGTH, Frame, packed, unpacked

_LOG = logging.getLogger("oncocds_api")
_START_LIMIT = 60.0
_RETRY = 0.5


class WorkerLost(Exception):  # noqa: N818 - named as the problem is
    """The worker died during the request."""


class WorkerTimeout(Exception):  # noqa: N818 - named as the problem is
    """The worker did not answer in time and was ended."""


class Busy(Exception):  # noqa: N818 - named as the problem is
    """No worker became free in time."""


class Workers:
    """A fixed number of worker processes, started by ``command``."""

    def __init__(self, command: Sequence[str], count: int, time_limit: float) -> None:
        self._command = command
        self._count = max(1, count)
        self._time_limit = time_limit
        self._idle: asyncio.Queue[Process] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()
        self._processes: set[Process] = set()
        self.answered = False

    @property
    def ready(self) -> bool:
        """Whether a worker has answered and one is alive."""
        return self.answered and any(process.returncode is None for process in self._processes)

    def start(self) -> None:
        """Begin to start the workers; requests wait for the first."""
        for _ in range(self._count):
            self._begin_start()

    async def stop(self) -> None:
        """End all workers."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(self._end(process) for process in list(self._processes)))

    async def work(self, kind: str, body: bytes) -> Frame:
        """Have one request of a kind worked on. Raises ``WorkerLost``, ``WorkerTimeout`` or ``Busy``."""
        process = await self._free()
        done = False
        try:
            async with asyncio.timeout(self._time_limit):
                answer = await _ask(process, kind, body)
            done = self.answered = True
            return answer
        except TimeoutError:
            _LOG.error("worker %d hung and was ended", process.pid)
            raise WorkerTimeout from None
        except (OSError, EOFError):
            _LOG.error("worker %d died during a request", process.pid)
            raise WorkerLost from None
        finally:
            # After a cancelled request its answer could still arrive: such a worker is not used again either.
            if done:
                self._idle.put_nowait(process)
            else:
                self._replace(process)

    async def _free(self) -> Process:
        try:
            async with asyncio.timeout(_START_LIMIT if not self.answered else max(10.0, 4 * self._time_limit)):
                while True:
                    process = await self._idle.get()
                    if process.returncode is None and process.stdout and not process.stdout.at_eof():
                        return process
                    self._replace(process)
        except TimeoutError:
            raise Busy from None

    def _replace(self, process: Process) -> None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        self._task(self._end(process))
        self._begin_start()

    def _begin_start(self) -> None:
        self._task(self._start_one())

    def _task(self, work: object) -> None:
        task = asyncio.ensure_future(work)  # type: ignore[call-overload]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _start_one(self) -> None:
        while True:
            process = await asyncio.create_subprocess_exec(
                *self._command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, start_new_session=True
            )
            self._processes.add(process)
            try:
                async with asyncio.timeout(_START_LIMIT):
                    await _receive(process)
                self._idle.put_nowait(process)
                return
            except (OSError, EOFError, TimeoutError):
                _LOG.error("worker %d did not start", process.pid)
                await self._end(process)
                await asyncio.sleep(_RETRY)

    async def _end(self, process: Process) -> None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        if process.stdin is not None:
            process.stdin.close()
            with contextlib.suppress(OSError):
                await process.stdin.wait_closed()
        await process.wait()
        self._processes.discard(process)


async def _ask(process: Process, kind: str, body: bytes) -> Frame:
    assert process.stdin is not None
    process.stdin.write(packed({"kind": kind}, body))
    await process.stdin.drain()
    return await _receive(process)


async def _receive(process: Process) -> Frame:
    assert process.stdout is not None
    (length,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
    return unpacked(await process.stdout.readexactly(length))
