"""Processes that are spoken to in frames: started, asked, listened to while they begin, and ended with nothing left."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from typing import Any

from oncocds_api.workers.frames import LENGTH, Frame, packed, unpacked

LAST_SECONDS = 1.0
"""How long the last words of a process that was killed are waited for."""
_TOLD_BYTES = 8192  # that are kept of what a process says at its start


def lives(process: Process) -> bool:
    """Tell whether a process can still be asked."""
    return process.returncode is None and process.stdout is not None and not process.stdout.at_eof()


def kill(process: Process) -> None:
    """End a process at once."""
    # Not process.kill(): that asks first whether the process lives, and so takes its end from who waits for it.
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)


async def started(command: Sequence[str]) -> Process:
    """Start a process. Whoever is cancelled meanwhile leaves none behind: asyncio waits for ever for half a start."""
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE, start_new_session=True)
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        with contextlib.suppress(OSError):
            await end(await starting)
        raise


async def end(process: Process) -> None:
    """End a process and wait until nothing of it is left."""
    kill(process)
    if process.stdin is not None:
        process.stdin.close()
        with contextlib.suppress(OSError):
            await process.stdin.wait_closed()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LAST_SECONDS):
            await drained(process)
    await process.wait()


async def drained(process: Process) -> None:
    """Read what a process that was killed had written: until then its pipe is open, and asyncio waits for it."""
    assert process.stdout is not None
    with contextlib.suppress(RuntimeError):  # somebody reads it already
        while await process.stdout.read(1 << 16):
            pass


async def last_words(process: Process) -> str:
    """Read what a process says on standard error, for as long as it does; return the end of it."""
    assert process.stderr is not None
    words = b""
    while some := await process.stderr.read(_TOLD_BYTES):
        words = (words + some)[-_TOLD_BYTES:]
    return words.decode("utf-8", "replace").strip()


async def within(told: asyncio.Task[str], seconds: float) -> str:
    """Wait for the last words of a process, and not for ever."""
    done, _ = await asyncio.wait([told], timeout=seconds)
    return told.result() if done else ""


async def ask(process: Process, header: dict[str, Any], body: bytes) -> Frame:
    """Send a request and wait for the answer. Raises ``OSError`` or ``EOFError`` where the process is gone."""
    await send(process, packed(header, body))
    return await receive(process)


async def send(process: Process, frame: bytes) -> None:
    """Send a frame. Raises ``OSError`` where the process is gone."""
    assert process.stdin is not None
    process.stdin.write(frame)
    await process.stdin.drain()


async def receive(process: Process) -> Frame:
    """Wait for the next frame. Raises ``EOFError`` where the process is gone."""
    assert process.stdout is not None
    (length,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
    return unpacked(await process.stdout.readexactly(length))
