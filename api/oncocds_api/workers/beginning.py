"""What a worker says before it may answer: that it is ready, and from what; or why it is not."""

from __future__ import annotations

import asyncio
import logging
from asyncio.subprocess import Process

from oncocds_api.workers.failures import NotStarted, OtherIdentity
from oncocds_api.workers.processes import receive, send

_LOG = logging.getLogger("oncocds_api")
START_LIMIT = 60.0
"""How many seconds a worker may take to its first answer."""


class Beginning:
    """Lets only those begin that answer from ``identity``; None where that is what the first of them answers from."""

    def __init__(self, identity: str | None) -> None:
        self.identity = identity
        self._told = ""  # what a worker that could not start said last

    def tell(self, words: str) -> None:
        """Log what a worker said before it failed, the same once: its next starts fail the same way."""
        if words and words != self._told:
            self._told = words
            _LOG.error("what the worker said at its start:\n%s", words)

    async def ready(self, process: Process, first: bytes) -> None:
        """Send a worker its first frame, if it needs one, and wait until it may answer. Raises ``NotStarted``."""
        try:
            async with asyncio.timeout(START_LIMIT):
                if first:
                    await send(process, first)
                header, _ = await receive(process)
        except TimeoutError:
            raise NotStarted(f"worker {process.pid} did not answer within {START_LIMIT:g} s") from None
        except (OSError, EOFError):
            raise NotStarted(f"worker {process.pid} died at its start") from None
        if header["outcome"] != "ready":
            raise NotStarted(header.get("why", "it did not say why"))
        self.identity = self.identity or header["identity"]
        if header["identity"] != self.identity:
            raise OtherIdentity(
                f"worker {process.pid} is refused: it would answer from {header['identity']}, this server from"
                f" {self.identity}; knowledge, policy or version changed: oncocds reload (another version: restart)"
            )
