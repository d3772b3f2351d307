"""The thread that fills ``audit_database`` from the files of the log. Nothing waits for it: the files have all of it.

How far it came with a file is written in the database, in the transaction of the rows: so a process that ends at any
moment loses none and doubles none. Of the processes that share a folder one fills, the others are ready to.
"""

from __future__ import annotations

import contextlib
import datetime
import fcntl
import hashlib
import itertools
import logging
import os
import threading
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, insert, select, update

from oncocds_api.audit.chain import files_of
from oncocds_api.audit.key import AuditKey
from oncocds_api.audit.record import content_of
from oncocds_api.audit.tables import files, metadata, records, row_of, time_of
from oncocds_api.storage.database import Bounded, Database
from oncocds_api.storage.database_words import why_it_fails

_LOG = logging.getLogger("oncocds_api")
_LOCK = "filling.lock"
_SECONDS = 15.0  # for one transaction
_LOOK_SECONDS = 1.0  # between two looks at the files
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 10.0
_CLOSE_SECONDS = 2.0
_BATCH_BYTES = 1 << 19  # of records in one transaction
_MOST_ROWS = 500


@dataclass(frozen=True, slots=True)
class Filling:
    """How the database stands to the files. ``oldest`` is when the first record was written that it lacks.

    ``left_out`` are lines that are no records. ``elsewhere``: another process fills it, and knows.
    """

    state: Literal["filled", "behind", "failing", "elsewhere"]
    waiting_bytes: int = 0
    oldest: datetime.datetime | None = None
    left_out: int = 0
    why: str | None = None

    @property
    def lag_seconds(self) -> float:
        """How long the oldest record has been waiting; 0 where none does."""
        if self.oldest is None:
            return 0.0
        return max(0.0, (datetime.datetime.now(datetime.UTC) - self.oldest).total_seconds())


@dataclass(slots=True)
class _Read:
    """How far a file was read, how many of its lines were left out; ``tail``: its size, where no line ends there."""

    at: int = 0
    left_out: int = 0
    tail: int = -1


class AuditFiller:
    """Fills the database at an address. Raises ``SettingsError`` for an address that is no database's."""

    def __init__(self, address: str, folder: Path, key: AuditKey) -> None:
        self._database = Database(address, metadata, "audit_database")
        self._folder, self._key = folder, key
        self._calls = Bounded()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock: int | None = None
        self._firsts: dict[tuple[Path, int], str] = {}
        self._read: dict[str, _Read] = {}  # by first line, as far as is known
        self._known = False  # whether it is what the database says
        self._failing: str | None = None
        self._said: set[str] = set()
        self.state = Filling("behind", why="it was not looked at yet")

    def start(self) -> None:
        """Begin."""
        self._closed.clear()
        self._thread = threading.Thread(target=self._run, daemon=True, name="audit-database")
        self._thread.start()

    def close(self) -> None:
        """Fill in what is there, as far as the database lets, and end."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join(_CLOSE_SECONDS)
            self._thread = None
        self._database.close()

    def _run(self) -> None:
        pause = _FIRST_PAUSE
        try:
            for last in itertools.chain(iter(self._closed.is_set, True), [True]):
                failed = self._failed_pass()
                if last:
                    break
                self._closed.wait(pause if failed else _LOOK_SECONDS)
                pause = min(2 * pause, _LONGEST_PAUSE) if failed else _FIRST_PAUSE
        finally:
            self._let_go()

    def _failed_pass(self) -> bool:
        try:
            if not self._ours():
                self.state = Filling("elsewhere")
                return False
            self._fill_all()
        except Exception as error:  # whatever it is, the files have all of it, and it is tried again
            why = why_it_fails(error, self._database.file)
            if why != self._failing:
                _LOG.error("the audit database failed (%s): records wait for it in %s", why, self._folder)
            self._database.doubt()
            self._failing, self._known = why, False
            self._stands("failing", why)
            return True
        if self._failing is not None:
            _LOG.warning("the audit database works again")
            self._failing = None
        self._stands("filled", None)
        return False

    def _fill_all(self) -> None:
        """Fill in every whole line that is in the files. Raises ``OSError`` or ``SQLAlchemyError``."""
        if not self._known:
            self._read = self._calls.call(self._told, _SECONDS)
            self._known = True
        for path, first, size in self._files():
            read = self._read.setdefault(first, _Read())
            while size not in (read.at, read.tail):
                before = read.at
                read = self._read[first] = self._calls.call(partial(self._batch, path, first), _SECONDS)
                if read.at == before or read.at >= size:
                    break
                self._stands("behind", None)

    def _told(self) -> dict[str, _Read]:
        with self._database.ready().connect() as connection:
            found = connection.execute(select(files.c.first, files.c.read, files.c.left_out))
            return {first: _Read(read, left_out) for first, read, left_out in found}

    def _batch(self, path: Path, first: str) -> _Read:
        """Fill in the next lines of a file, all of them or none, and return how far it is read then."""
        with self._database.ready().begin() as connection:
            here = files.c.first == first
            found = connection.execute(select(files.c.read, files.c.left_out).where(here)).first()
            read = _Read() if found is None else _Read(*found)
            size = path.stat().st_size
            if size < read.at:
                self._say_once(f"audit database: {path} is shorter than what was read of it; oncocds audit verify")
                read = _Read()
            lines, at = _whole_lines(path, read.at)
            if not lines:
                return _Read(read.at, read.left_out, size)
            rows = [row_of(line, self._key) for line in lines]
            self._add(connection, [one for one in rows if one is not None])
            if lacking := rows.count(None):
                self._say_once(f"audit database: {path} holds lines that are no records; oncocds audit verify")
            read = _Read(at, read.left_out + lacking)
            values = {"read": read.at, "left_out": read.left_out, "name": path.name}
            if found is None:
                connection.execute(insert(files).values(first=first, **values))
            else:
                connection.execute(update(files).where(here).values(values))
        return read

    def _add(self, connection: Connection, rows: list[dict[str, Any]]) -> None:
        wanted = {one["seal"]: one for one in rows}
        there = connection.scalars(select(records.c.seal).where(records.c.seal.in_(wanted)))
        for seal in there.all():
            del wanted[seal]
        if wanted:
            connection.execute(insert(records), list(wanted.values()))

    def _stands(self, state: Literal["filled", "behind", "failing"], why: str | None) -> None:
        waiting, oldest, left_out = 0, None, 0
        with contextlib.suppress(OSError):
            for path, first, size in self._files():
                read = self._read.get(first) or _Read()
                left_out += read.left_out
                if size > read.at and size != read.tail:
                    waiting += size - read.at
                    since = _written(path, read.at)
                    oldest = min(filter(None, (oldest, since)), default=None)
        self.state = Filling("behind" if state == "filled" and waiting else state, waiting, oldest, left_out, why)

    def _files(self) -> list[tuple[Path, str, int]]:
        """Return the files in which a line ends, each with the digest of its first one and its size."""
        found = []
        for path in itertools.chain.from_iterable(files_of(self._folder).values()):
            stat = path.stat()
            first = self._firsts.get((path, stat.st_ino)) or _first(path)
            if first is not None:
                self._firsts[path, stat.st_ino] = first
                found.append((path, first, stat.st_size))
        return found

    def _ours(self) -> bool:
        """Tell whether this process is the one that fills. Raises ``OSError``."""
        if self._lock is None:
            lock = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                return False
            except BaseException:
                os.close(lock)
                raise
            self._lock = lock
        return True

    def _let_go(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _say_once(self, sentence: str) -> None:
        if sentence not in self._said:
            self._said.add(sentence)
            _LOG.error("%s", sentence)


def _whole_lines(path: Path, at: int) -> tuple[list[bytes], int]:
    """Return the next lines from a place on that have an end, without it, and where the line after them begins."""
    lines: list[bytes] = []
    most = at + _BATCH_BYTES
    with path.open("rb") as content:
        content.seek(at)
        for line in itertools.islice(content, _MOST_ROWS):
            if not line.endswith(b"\n") or (lines and at + len(line) > most):
                break
            lines.append(line[:-1])
            at += len(line)
    return lines, at


def _first(path: Path) -> str | None:
    with path.open("rb") as content:
        line = content.readline()
    return hashlib.sha256(line).hexdigest() if line.endswith(b"\n") else None


def _written(path: Path, at: int) -> datetime.datetime | None:
    with path.open("rb") as content:
        content.seek(at)
        return time_of(content_of(content.readline()))
