"""A bounded, durable queue in a folder: what was taken is on the disk, and is found again after any end of the process.

A folder holds segments. A segment belongs to one process, which holds its lock; it is a file of lines, each an entry
with its checksum. A segment is emptied or removed once all its entries are done, so that an entry may be seen twice (if
the process ends in between): whoever does entries makes them so that twice is once. Segments that nobody holds are
taken over at the start. A line that the end of a process cut off was never acknowledged and is dropped; any other line
that cannot be read is set aside in ``aside.txt``, with the entries that can never be done, and the log says so.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import logging
import os
import threading
import time
import uuid
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from oncocds_api.storage.on_disk import synced

_LOG = logging.getLogger("oncocds_api")
_SEGMENT_BYTES = 1 << 20
_PROBE_BYTES = 1024  # about what an entry has
_SUFFIX = ".segment"
ASIDE = "aside.txt"


class SpoolFull(Exception):  # noqa: N818 - named as what it is
    """As many entries wait as may."""


class _Segment:
    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self.descriptor = descriptor
        self.bytes = os.fstat(descriptor).st_size
        self.waiting = 0


class Spool:
    """The entries that wait, oldest first. ``most_bytes`` bounds what waits in this process."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self._folder = folder
        self._most = most_bytes
        self._entries: deque[tuple[_Segment, bytes]] = deque()
        self._bytes = 0
        self._current: _Segment | None = None
        self._changed = threading.Condition()
        self._appending = threading.Lock()
        self._closed = False

    def take_over(self) -> list[bytes]:
        """Take over what earlier processes left, and return it. Raises ``OSError``."""
        found: list[bytes] = []
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            segment = _locked(path, os.O_RDWR)
            if segment is None:
                continue  # of a process that lives
            entries = list(self._read(segment))
            with self._changed:
                for entry in entries:
                    self._push(segment, entry)
            if not entries:
                self._remove(segment)
            found += entries
        return found

    def append(self, entry: bytes) -> None:
        """Put an entry on the disk, and in the queue. Raises ``SpoolFull`` or ``OSError``."""
        line = _line(entry)
        with self._appending:
            if self._bytes + len(line) > self._most:
                raise SpoolFull
            segment = self._current
            if segment is None or (segment.bytes and segment.bytes + len(line) > _SEGMENT_BYTES):
                segment = self._current = self._new_segment()
            try:
                _write(segment.descriptor, line)
                os.fsync(segment.descriptor)
            except OSError:
                # The next entry must not stand behind half a line, nor this one come back though it was refused.
                self._current = None
                with contextlib.suppress(OSError):
                    os.ftruncate(segment.descriptor, segment.bytes)
                    self._current = segment
                raise
            with self._changed:
                segment.bytes += len(line)
                self._push(segment, entry)
                self._changed.notify_all()

    def probe(self) -> None:
        """Write a file beside the segments, and take it away again. Raises ``SpoolFull`` or ``OSError``."""
        if self._bytes + _PROBE_BYTES > self._most:
            raise SpoolFull
        self._folder.mkdir(exist_ok=True)
        path = self._folder / f"{uuid.uuid4().hex}.probe"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            _write(descriptor, bytes(_PROBE_BYTES))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
            with contextlib.suppress(OSError):
                path.unlink()

    def first(self) -> bytes | None:
        """Return the oldest entry, as soon as there is one; None when the spool was closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._entries)
            return None if self._closed else self._entries[0][1]

    def done(self) -> None:
        """Forget the oldest entry."""
        with self._appending, self._changed:
            if self._closed:
                return
            segment, entry = self._entries.popleft()
            self._bytes -= len(_line(entry))
            segment.waiting -= 1
            if segment.waiting == 0:
                self._let_go(segment)
            self._changed.notify_all()

    def set_aside(self) -> None:
        """Move the oldest entry, which can never be done, to where a person finds it. Raises ``OSError``."""
        entry = self.first()
        if entry is not None:
            self._aside(entry)
            self.done()

    def waiting(self) -> int:
        """Return how many entries wait."""
        return len(self._entries)

    def drained(self, seconds: float) -> bool:
        """Wait until what waits now is done; tell whether it was in time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._entries or self._closed, seconds) and not self._entries

    def close(self) -> None:
        """Let go of the folder; what waits is taken over by the next process."""
        with self._appending, self._changed:
            self._closed = True
            self._changed.notify_all()
            segments = {id(segment): segment for segment, _ in self._entries}
            if self._current is not None:
                segments[id(self._current)] = self._current
            for segment in segments.values():
                if segment.waiting == 0:
                    self._remove(segment)
                else:
                    os.close(segment.descriptor)
            self._entries.clear()
            self._current = None

    def _push(self, segment: _Segment, entry: bytes) -> None:
        self._entries.append((segment, entry))
        self._bytes += len(_line(entry))
        segment.waiting += 1

    def _let_go(self, segment: _Segment) -> None:
        """Forget what is done: empty the current segment, remove another. That it fails means only twice."""
        with contextlib.suppress(OSError):
            if segment is self._current:
                os.ftruncate(segment.descriptor, 0)
                segment.bytes = 0
            else:
                self._remove(segment)

    def _remove(self, segment: _Segment) -> None:
        with contextlib.suppress(FileNotFoundError):
            segment.path.unlink()
        os.close(segment.descriptor)

    def _new_segment(self) -> _Segment:
        self._folder.mkdir(exist_ok=True)
        path = self._folder / f"{time.time_ns():020d}-{uuid.uuid4().hex}{_SUFFIX}"
        segment = _locked(path, os.O_RDWR | os.O_CREAT | os.O_EXCL)
        assert segment is not None, "a file of this name was made now"
        synced(self._folder)
        return segment

    def _read(self, segment: _Segment) -> Iterator[bytes]:
        content = segment.path.read_bytes()
        *lines, cut_off = content.split(b"\n")
        if cut_off:
            _LOG.warning("feedback: a line that was cut off, never acknowledged, is dropped from %s", segment.path)
        for line in lines:
            entry = line[65:]
            if line == _line(entry)[:-1]:
                yield entry
            else:
                self._aside(line)

    def _aside(self, content: bytes) -> None:
        path = self._folder / ASIDE
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            _write(descriptor, content + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        _LOG.error("feedback: an entry that cannot be kept in the database stands in %s now", path)


def left_in(folder: Path) -> int:
    """Return how many entries wait in a folder, whoever holds them."""
    return sum(path.read_bytes().count(b"\n") for path in folder.glob(f"*{_SUFFIX}"))


def _line(entry: bytes) -> bytes:
    return hashlib.sha256(entry).hexdigest().encode() + b" " + entry + b"\n"


def _write(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]


def _locked(path: Path, flags: int) -> _Segment | None:
    """Open and lock a segment; None where another process holds it, or has just done with it."""
    try:
        descriptor = os.open(path, flags | os.O_APPEND, 0o600)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    if not os.fstat(descriptor).st_nlink:  # removed between opening and locking
        os.close(descriptor)
        return None
    return _Segment(path, descriptor)
