"""The server's database: opened by its address, tables made at the first use. SQLite by default, PostgreSQL too."""

from __future__ import annotations

import threading
from typing import Any

from sqlalchemy import Engine, MetaData, create_engine, event, func, select
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from oncocds.errors import Problem
from oncocds_api.settings import SettingsError

_MAKING = 0x6F6E636F  # names the lock that is held while tables are made


class Database:
    """One database and the tables of one purpose in it. Raises ``SettingsError`` for an address that is no database's.

    Methods block: call them off the event loop.
    """

    def __init__(self, address: str, tables: MetaData) -> None:
        try:
            self._engine = create_engine(address)
        except (ArgumentError, NoSuchModuleError, ImportError):
            expected = "an address such as sqlite:///feedback.sqlite3, and its driver installed"
            raise SettingsError(
                [Problem("/feedback_database", "no database can be opened with it", expected)]
            ) from None
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "connect", _quick_and_safe)
        self._tables = tables
        self._made = False
        self._making = threading.Lock()

    def ready(self) -> Engine:
        """Return the engine, once the tables are there."""
        with self._making:
            if not self._made:
                with self._engine.begin() as connection:
                    if connection.dialect.name == "postgresql":  # several servers may begin at once
                        connection.execute(select(func.pg_advisory_xact_lock(_MAKING)))
                    self._tables.create_all(connection)
                self._made = True
        return self._engine

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()


def _quick_and_safe(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    # Without recursive triggers INSERT OR REPLACE would delete a row that no trigger sees.
    for pragma in (
        "journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", "busy_timeout = 5000",
        "recursive_triggers = ON",
    ):  # fmt: skip
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
