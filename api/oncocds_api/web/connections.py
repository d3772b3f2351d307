"""Connections: so many at once, and none that keeps its place without sending a request or reading its answer.

uvicorn ends connections that are idle between requests; it waits for ever for the first request, for the rest of a
request's head and for a client that does not read. Those are ended here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from oncocds_api.settings.limits import Limits
from oncocds_api.web.problems import MEDIA_TYPE, problem

_READ_SECONDS = 30.0  # that a client may take for the next part of its answer
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


def bounded(
    limits: Limits, ended: Callable[[str], None] = lambda _why: None, read_seconds: float = _READ_SECONDS
) -> type[H11Protocol]:
    """Return the protocol of a server's connections; ``ended`` is told why one was ended."""

    class Bounded(H11Protocol):
        def __init__(self, *arguments: Any, **more: Any) -> None:
            super().__init__(*arguments, **more)
            self._head: asyncio.TimerHandle | None = None
            self._read: asyncio.TimerHandle | None = None
            self._sent_something = False
            self._too_many = False

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._too_many = len(self.connections) > limits.connections
            self._await_head()

        def connection_lost(self, exc: Exception | None) -> None:
            for timer in (self._head, self._read):
                if timer is not None:
                    timer.cancel()
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            if self._too_many:
                if not self.transport.is_closing():
                    ended("too-many")
                self.transport.write(_no_room())
                self.transport.close()
                return
            self._sent_something = True
            super().data_received(data)
            if not self._at_work():
                self._await_head()
            elif self._head is not None:
                self._head.cancel()
                self._head = None

        def on_response_complete(self) -> None:
            self._sent_something = False
            super().on_response_complete()

        def pause_writing(self) -> None:
            super().pause_writing()
            self._read = self.loop.call_later(read_seconds, self._unread)

        def resume_writing(self) -> None:
            if self._read is not None:
                self._read.cancel()
                self._read = None
            super().resume_writing()

        def _at_work(self) -> bool:
            return self.cycle is not None and not self.cycle.response_complete

        def _await_head(self) -> None:
            if self._head is None and not self.transport.is_closing():
                self._head = self.loop.call_later(limits.head_seconds, self._end_of_patience)

        def _unread(self) -> None:
            ended("slow-read")
            self.transport.abort()

        def _end_of_patience(self) -> None:
            if not self.transport.is_closing():
                ended("slow-head")
            if self._sent_something and not self.transport.is_closing():
                self.transport.write(_TOO_SLOW)
            self.transport.close()

    return Bounded


def _no_room() -> bytes:
    """Return the answer to whoever has one connection too many."""
    body = bytes(problem("overloaded", reason="Too many connections are open. Try again shortly.").body)
    head = (
        f"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Type: {MEDIA_TYPE}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
