"""What the event loop meets outside of any request: said in a line, once in a while, and never with a traceback.

Where descriptors are used up asyncio reports it once for every connection that could wait, and tries all of them again:
a log that fills the disk, and a loop that does nothing else. So a connection that cannot be served is accepted with a
descriptor kept for it, and closed: its caller sees at once that this server has no room.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import socket
import traceback
from pathlib import Path
from typing import Any

_LOG = logging.getLogger("oncocds_api")
_USED_UP = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_SECONDS = 10.0


class Exhaustion:
    """An exception handler of the event loop."""

    def __init__(self) -> None:
        self._kept: int | None = os.open(os.devnull, os.O_RDONLY)
        self._next: dict[str, float] = {}

    def told(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Say what happened, the same in ten seconds once; turn away who cannot be served."""
        error = context.get("exception")
        used_up = isinstance(error, OSError) and error.errno in _USED_UP and "socket" in context
        line = f"no room for another connection ({_kind(error)}): callers are turned away" if used_up else _where(error)
        if loop.time() >= self._next.get(line, 0.0):
            self._next[line] = loop.time() + _SECONDS
            _LOG.error("%s", line)
        if used_up:
            self._turn_away(context["socket"].fileno())

    def close(self) -> None:
        """Let go of the kept descriptor."""
        if self._kept is not None:
            os.close(self._kept)
            self._kept = None

    def _turn_away(self, descriptor: int) -> None:
        self.close()
        with contextlib.suppress(OSError):
            listening = socket.socket(fileno=descriptor)
            try:
                listening.accept()[0].close()
            finally:
                listening.detach()
        with contextlib.suppress(OSError):
            self._kept = os.open(os.devnull, os.O_RDONLY)


def _kind(error: BaseException | None) -> str:
    return errno.errorcode.get(error.errno or 0, "OSError") if isinstance(error, OSError) else type(error).__name__


def _where(error: BaseException | None) -> str:
    """Name the type and the place alone: a message may hold what was sent."""
    frames = traceback.extract_tb(error.__traceback__) if error is not None else []
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"unforeseen in the event loop: {_kind(error)}{place}"
