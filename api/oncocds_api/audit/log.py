"""The log as the server uses it: a thread beside the event loop writes what is put, before whoever put it goes on.

What is put while the disk is busy is written together and waits for it once. A disk that says nothing holds the thread
alone: whoever waits is told after a while that nothing was recorded.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import errno
import logging
import queue
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

from oncocds_api.audit.chain import Chain
from oncocds_api.audit.key import AuditKey
from oncocds_api.settings.settings import Settings

_LOG = logging.getLogger("oncocds_api")
_SECONDS = 2.0  # that an answer waits for the disk at most
_START_SECONDS = 10.0
_MOST_TOGETHER = 256
_Entry = tuple[dict[str, Any], "Future[None]"]


class NotRecorded(Exception):  # noqa: N818 - named as what it is
    """Nothing was put on record."""


class AuditLog:
    """The log of one server process. ``required`` tells whether an answer without its record may not leave.

    ``started`` is the record of the server's start: the first, and written again whenever a chain has to be taken anew.
    """

    def __init__(self, settings: Settings, key: AuditKey, started: Mapping[str, Any]) -> None:
        self.required = settings.audit_mode == "required"
        self.key = key
        self.folder = settings.audit_log
        self._most, self._sync = settings.audit_file_bytes, settings.audit_fsync
        self._queue: queue.SimpleQueue[_Entry | None] = queue.SimpleQueue()
        self._chain: Chain | None = None
        self._thread: threading.Thread | None = None
        self._started = {"kind": "start", **started}
        self._beginning = threading.Lock()
        self.writable = True

    async def lets_answer(self) -> bool:
        """Tell whether answers may leave; where nothing could be written, try again whether it can."""
        if self.writable or not self.required:
            return True
        with contextlib.suppress(NotRecorded):
            await self.put({"kind": "resumed"})
        return self.writable

    def start(self) -> None:
        """Begin with the record of the server's start.

        That nothing can be written is said in the log: then every answer is refused, or says it, until it can.
        """
        with contextlib.suppress(OSError, TimeoutError):
            self._put({}).result(_START_SECONDS)

    async def changed(self, told: Mapping[str, Any]) -> None:
        """Put on record that from now on something else is answered from. That it cannot be is said in the log."""
        self._started = {"kind": "start", **told}
        with contextlib.suppress(NotRecorded):
            await self.put({"kind": "reload", **told})

    async def put(self, told: Mapping[str, Any]) -> None:
        """Put a record. Raises ``NotRecorded``."""
        entry = dict(told)
        future = self._put(entry)
        try:
            await asyncio.wait_for(asyncio.wrap_future(future), _SECONDS)
        except OSError as error:  # a time-out, too
            self._failed(error)
            if self.required and not future.done():
                self._withdraw(entry)
            raise NotRecorded from None

    def close(self) -> None:
        """Write what waits and the record of the end, as far as the disk lets."""
        if self._thread is None:
            return
        with contextlib.suppress(OSError, TimeoutError):
            self._put({"kind": "stop"}).result(_SECONDS)
        self._queue.put(None)
        self._thread.join(_SECONDS)
        self._thread = None

    def _put(self, entry: dict[str, Any]) -> Future[None]:
        future: Future[None] = Future()
        with self._beginning:
            if self._thread is None:
                thread = threading.Thread(target=self._run, daemon=True, name="audit")
                try:
                    thread.start()
                except RuntimeError:  # no thread can be started now
                    future.set_exception(OSError(errno.EAGAIN, "no thread"))
                    return future
                self._thread = thread
        self._queue.put((entry, future))
        return future

    def _withdraw(self, entry: Mapping[str, Any]) -> None:
        """Say of a record that stands there, or may yet come to, that its answer was refused."""
        if "decision" in entry and entry["kind"] != "withdrawn":
            self._put({"kind": "withdrawn", "decision": entry["decision"]})

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            entries = [first]
            ended = False
            with contextlib.suppress(queue.Empty):
                while len(entries) < _MOST_TOGETHER and not ended:
                    one = self._queue.get_nowait()
                    if one is None:
                        ended = True
                    else:
                        entries.append(one)
            self._write(entries)
            if ended:
                break
        if self._chain is not None:
            _LOG.info("audit: chain %d ends at record %d, seal %s", *self._chain.anchor)
            self._chain.close()
            self._chain = None

    def _write(self, entries: list[_Entry]) -> None:
        """Write entries; each learns by its future how it went."""
        wanted = [one for one in entries if one[1].set_running_or_notify_cancel()]
        written: list[_Entry] = []
        for told, future in wanted:
            try:
                chain = self._taken()
                if told:
                    chain.append({"time": _now(), **told})
                written.append((told, future))
            except Exception as error:
                self._failed(error)
                future.set_exception(error if isinstance(error, OSError) else OSError(errno.EIO, "audit"))
        try:
            if self._sync and written and self._chain is not None:
                self._chain.sync()
        except OSError as error:
            self._failed(error)
            for told, future in written:
                future.set_exception(error)
                if self.required and told:
                    self._withdraw(told)
            return
        if written and not self.writable:
            self.writable = True
            _LOG.warning("audit: records are written again")
        for _, future in written:
            future.set_result(None)

    def _taken(self) -> Chain:
        """Return the chain of this process, taken with the record of the server's start where there is none yet."""
        if self._chain is None:
            chain = Chain.taken(self.folder, self.key, self._most)
            try:
                _LOG.info("audit: chain %d stands at record %d, seal %s", *chain.anchor)
                torn = {} if chain.torn is None else {"torn": chain.torn}
                chain.append({"time": _now(), **self._started, "key": self.key.id, **torn})
            except BaseException:
                chain.close()
                raise
            self._chain = chain
        return self._chain

    def _failed(self, error: BaseException) -> None:
        if self.writable:
            self.writable = False
            kind = errno.errorcode.get(error.errno or 0, "OSError") if isinstance(error, OSError) else "no answer"
            what = "answers are refused" if self.required else "answers leave without a record"
            _LOG.error("audit: nothing can be written to %s (%s): %s", self.folder, kind, what)


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
