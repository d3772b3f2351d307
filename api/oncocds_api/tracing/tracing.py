"""Which request a log line, a problem or an answer belongs to: an id, and the caller's trace where it sends one.

Both are the caller's own words and stand in the log: what has not their exact form is not taken.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass

REQUEST_ID, TRACEPARENT = "X-Request-Id", "traceparent"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}", re.ASCII)
_TRACE = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})", re.ASCII)  # W3C Trace Context, level 1


@dataclass(frozen=True, slots=True)
class Traced:
    """The id of a request, and the ``traceparent`` of our part of it, where the caller sent one.

    ``parent`` is the caller's: trace, span and flags, in hexadecimal digits.
    """

    request_id: str
    traceparent: str | None = None
    parent: tuple[str, str, str] | None = None

    @classmethod
    def of(cls, request_id: str | None, traceparent: str | None) -> Traced:
        """Take what a caller sent; make an id where none was sent, or none of 8 to 64 letters, digits and ``._-``."""
        trace = _TRACE.fullmatch(traceparent or "")
        ours = parent = None
        if trace is not None and int(trace[1], 16) and int(trace[2], 16):
            ours = f"00-{trace[1]}-{secrets.token_hex(8)}-{trace[3]}"
            parent = trace[1], trace[2], trace[3]
        known = request_id is not None and _ID.fullmatch(request_id)
        return cls(request_id if known and request_id else uuid.uuid4().hex, ours, parent)

    @property
    def told(self) -> dict[str, str]:
        """What is said of it in a problem and in a log of JSON."""
        return {"request_id": self.request_id} | ({"traceparent": self.traceparent} if self.traceparent else {})


CURRENT: ContextVar[Traced | None] = ContextVar("oncocds_request", default=None)
"""The request that is being answered."""


class Spans(ABC):
    """What takes note of the parts of a request, for whoever looks at its trace."""

    @abstractmethod
    def child(self, name: str, begun: int, ended: int, told: Mapping[str, str | int]) -> None:
        """Note a part that was done from a time to another (nanoseconds since 1970). Nothing of a patient's is told."""


SPANS: ContextVar[Spans | None] = ContextVar("oncocds_spans", default=None)
"""Where the parts of the request that is being answered are noted; None where nobody looks."""


@contextlib.contextmanager
def spanned(name: str, **told: str | int) -> Iterator[dict[str, str | int]]:
    """Note what is done within as a part of the request; more can be told of it until it ends."""
    spans, begun = SPANS.get(), time.time_ns()
    try:
        yield told
    finally:
        if spans is not None:
            spans.child(name, begun, time.time_ns(), told)
