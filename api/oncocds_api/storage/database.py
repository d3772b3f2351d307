"""The server's database: opened by its address, tables made at the first use. SQLite by default, PostgreSQL too.

Nothing waits for it without end: connections and statements give up after a while, and ``Bounded`` calls are left
behind where it does not even answer that. A file that vanishes while it is used is not made anew in silence: what was
kept would be missing. A start makes it where it is not there.
"""

from __future__ import annotations

import asyncio
import logging
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, MetaData, create_engine, event, func, make_url, select
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool, QueuePool

from oncocds.errors import Problem
from oncocds_api.settings.settings import SettingsError

_MAKING = 0x6F6E636F  # names the lock that is held while tables are made
_SECONDS = 2  # for a lock, and for a connection
_STATEMENT_SECONDS = 10  # for one transaction of SQLite, for one statement of PostgreSQL
_UNTIL = "oncocds-until"
_STEPS = 10_000  # of SQLite's machine, after which it looks at the clock
_POSTGRESQL: dict[str, Any] = {
    "connect_timeout": _SECONDS,
    "tcp_user_timeout": 1000 * _STATEMENT_SECONDS,
    "keepalives_idle": _STATEMENT_SECONDS,
}
_POSTGRESQL_BEGIN = (
    f"SET LOCAL statement_timeout = '{_STATEMENT_SECONDS}s'; SET LOCAL lock_timeout = '{_SECONDS}s';"
    f" SET LOCAL idle_in_transaction_session_timeout = '{_STATEMENT_SECONDS}s'"
)
_LOG = logging.getLogger("oncocds_api")
Found = TypeVar("Found")


class DatabaseSilent(SQLAlchemyError):  # noqa: N818 - named as what it is
    """The database gave no answer in time, not even an error."""


class DatabaseGone(SQLAlchemyError):  # noqa: N818 - named as what it is
    """The database's file was moved or deleted while it was used."""


class Bounded:
    """Blocking calls that nobody waits for longer than is said.

    Each has a daemon thread of its own, which a call that never returns keeps; when ``most`` are kept, further calls
    fail at once.
    """

    def __init__(self, most: int = 8) -> None:
        self._free = threading.Semaphore(most)

    def call(self, work: Callable[[], Found], seconds: float) -> Found:
        """Return what ``work`` returns. Raises what it raises, or ``DatabaseSilent``."""
        try:
            return self._begun(work).result(seconds)
        except TimeoutError:
            raise DatabaseSilent from None

    async def wait(self, work: Callable[[], Found], seconds: float) -> Found:
        """Do the same, for the event loop."""
        try:
            return await asyncio.wait_for(asyncio.wrap_future(self._begun(work)), seconds)
        except TimeoutError:
            raise DatabaseSilent from None

    def _begun(self, work: Callable[[], Found]) -> Future[Found]:
        if not self._free.acquire(blocking=False):
            raise DatabaseSilent
        future: Future[Found] = Future()
        future.set_running_or_notify_cancel()

        def run() -> None:
            try:
                future.set_result(work())
            except BaseException as error:
                future.set_exception(error)
            finally:
                self._free.release()

        try:
            threading.Thread(target=run, daemon=True, name="database").start()
        except RuntimeError:  # no thread can be started
            self._free.release()
            raise DatabaseSilent from None
        return future


class Database:
    """One database and the tables of one purpose in it. Raises ``SettingsError`` for an address that is no database's.

    ``setting`` is the name of the one that holds the address. Methods block: call them off the event loop.
    """

    def __init__(self, address: str, tables: MetaData, setting: str = "feedback_database") -> None:
        try:
            shared = _shared(address)
            self._engine = create_engine(address, poolclass=QueuePool, pool_timeout=_SECONDS, **shared)
            self._apart = self._engine if shared else create_engine(address, poolclass=NullPool)
        except (ArgumentError, NoSuchModuleError, ImportError):
            expected = "an address such as sqlite:///feedback.sqlite3, and its driver installed"
            raise SettingsError([Problem(f"/{setting}", "no database can be opened with it", expected)]) from None
        for engine in {self._engine, self._apart}:
            if engine.dialect.name == "sqlite":
                event.listen(engine, "connect", _quick_and_safe)
                event.listen(engine, "begin", _end_shortly)
            elif engine.dialect.name == "postgresql":
                event.listen(engine, "do_connect", _connect_in_time)
                event.listen(engine, "begin", _end_in_time)
        self.file = sqlite_file(address)
        self._tables = tables
        self._made = False
        self._was: tuple[int, int] | None = None  # device and inode of the file that is used
        self._making = threading.Lock()

    def ready(self) -> Engine:
        """Return the engine, once the tables are there. Raises ``SQLAlchemyError``."""
        if not self._making.acquire(timeout=_SECONDS):
            raise DatabaseSilent
        try:
            self._look_for_the_file()
            if not self._made:
                with self._apart.begin() as connection:
                    if connection.dialect.name == "postgresql":  # several servers may begin at once
                        connection.execute(select(func.pg_advisory_xact_lock(_MAKING)))
                    self._tables.create_all(connection)
                self._was = self._file_now()
                self._made = True
        finally:
            self._making.release()
        return self._engine

    def apart(self) -> Engine:
        """Return an engine whose connections are their own, for what takes long: nobody waits for one of those.

        Raises ``SQLAlchemyError``.
        """
        self.ready()
        return self._apart

    def doubt(self) -> None:
        """Look again, at the next use, whether the tables are there: the database failed, it may be another one."""
        self._made = False

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()
        self._apart.dispose()

    def _look_for_the_file(self) -> None:
        if self._was is None or (now := self._file_now()) == self._was:
            return
        self._engine.dispose()  # its connections would go on with the file that is elsewhere now
        if now is None:
            raise DatabaseGone
        _LOG.warning("the database %s was replaced by another file, which is used from now on", self.file)
        self._was, self._made = now, False

    def _file_now(self) -> tuple[int, int] | None:
        if self.file is None:
            return None
        try:
            found = self.file.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino


def sqlite_file(address: str) -> Path | None:
    """Return the file of an SQLite database; None for one in memory, or another database."""
    url = make_url(address)
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    assert url.database is not None
    return Path(url.database)


def _shared(address: str) -> dict[str, Any]:
    """Return what a database in memory needs: its one connection is the database, for whatever thread has it."""
    url = make_url(address)
    if url.get_backend_name() != "sqlite" or url.database not in (None, "", ":memory:"):
        return {}
    return {"pool_size": 1, "max_overflow": 0, "connect_args": {"check_same_thread": False}}


def _quick_and_safe(connection: Any, record: Any) -> None:
    connection.set_progress_handler(lambda: time.monotonic() > record.info.get(_UNTIL, math.inf), _STEPS)
    cursor = connection.cursor()
    # Without recursive triggers INSERT OR REPLACE would delete a row that no trigger sees. What was written is on the
    # disk before it is believed (FULL): the spool forgets it then.
    for pragma in (
        f"busy_timeout = {1000 * _SECONDS}", "journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON",
        "recursive_triggers = ON",
    ):  # fmt: skip
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _connect_in_time(_dialect: Any, _record: Any, _positional: Any, named: dict[str, Any]) -> None:
    for name, value in _POSTGRESQL.items():
        named.setdefault(name, value)  # what the address sets itself stays


def _end_shortly(connection: Connection) -> None:
    connection.info[_UNTIL] = time.monotonic() + _STATEMENT_SECONDS


def _end_in_time(connection: Connection) -> None:
    connection.exec_driver_sql(_POSTGRESQL_BEGIN)  # for each transaction: a connection may be a pooler's
