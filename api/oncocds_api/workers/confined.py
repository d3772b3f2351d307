"""What a process that holds patients' data may not do: be written to a disk when it dies, or take all memory."""

from __future__ import annotations

import contextlib
import ctypes
import resource
import sys

_SET_DUMPABLE = 4


def undumpable() -> None:
    """See to it that nobody finds this process's memory on a disk, whatever handles core dumps here."""
    _without_core()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_DUMPABLE, 0, 0, 0, 0)


def _without_core() -> None:
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def confine(pid: int, memory_bytes: int | None) -> None:
    """Limit a process that was just started: no core dump, and no more address space than is said (Linux only).

    The limits are the system's: whoever asks for more gets none, in Python or in native code.
    """
    if sys.platform != "linux":
        return
    with contextlib.suppress(ProcessLookupError):  # it is gone already
        resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))
        if memory_bytes is not None:
            resource.prlimit(pid, resource.RLIMIT_AS, (memory_bytes, memory_bytes))
