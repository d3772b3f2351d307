"""``oncocds backup`` and ``oncocds restore``: the feedback database in SQLite, whole, also while a server uses it.

SQLite's own online copy is used: what it makes is the database as it was at one moment. PostgreSQL has its own tools.
"""

from __future__ import annotations

import contextlib
import datetime
import sqlite3
import sys
import uuid
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from oncocds.errors import Problem
from oncocds_api.feedback.entries import spool_folder
from oncocds_api.feedback.schema import metadata
from oncocds_api.settings.settings import Settings, SettingsError
from oncocds_api.storage.on_disk import synced
from oncocds_api.storage.spool import left_in

_FAILED = 3
_SECONDS = 30.0  # that a lock is waited for
_PAGES = 1000  # copied at once: whoever writes waits for no more


def backup(settings: Settings, target: Path) -> int:
    """Copy the database to a new file and return the exit code. Raises ``SettingsError``."""
    source = _database(settings)
    if target.exists():
        raise SettingsError([Problem("/file", f"{target} is there already", "the name of a new file")])
    if not source.is_file():
        raise SettingsError([Problem("/feedback_database", f"there is no {source}", "a database that was used")])
    try:
        rows = _copied(source, target)
    except (sqlite3.Error, OSError) as error:
        return _failed(f"no backup was made: {_why(error, target)}")
    print(f"{target}: {rows} cards")
    if waiting := left_in(spool_folder(settings)):
        print(f"oncocds: {waiting} entries wait to be written and are not in it yet", file=sys.stderr)
    return 0


def restore(settings: Settings, source: Path) -> int:
    """Put a backup in the database's place and return the exit code; what was there is kept beside it.

    Raises ``SettingsError`` for a file that is no backup.
    """
    target = _database(settings)
    if found := _unlike_a_backup(source):
        raise SettingsError([Problem("/file", f"{source}: {found}", "a file that 'oncocds backup' made")])
    try:
        if target.exists():
            print(f"{_kept(target)}: what was there")
        rows = _copied_into(source, target)
    except (sqlite3.Error, OSError) as error:
        return _failed(f"nothing was restored: {_why(error, target)}")
    print(f"{target}: {rows} cards, as of the backup")
    return 0


def _kept(target: Path) -> Path:
    """Keep what a database holds under another name: a copy, or where it is damaged its very files. Return the name."""
    now = datetime.datetime.now(datetime.UTC)
    kept = target.with_name(f"{target.name}.before-{now:%Y%m%dT%H%M%S%fZ}")
    try:
        _copied(target, kept)
    except sqlite3.DatabaseError as error:
        if type(error) is not sqlite3.DatabaseError:  # it is locked, or its disk fails: not damaged
            raise
        for ending in ("-wal", "-shm", ""):
            with contextlib.suppress(FileNotFoundError):
                Path(f"{target}{ending}").rename(f"{kept}{ending}")
    return kept


def _database(settings: Settings) -> Path:
    """Return the database's file."""
    try:
        url = make_url(settings.feedback_database)
    except ArgumentError:
        url = None
    if url is None or url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        expected = "a file of SQLite; for PostgreSQL use pg_dump and pg_restore, see docs/operations.md"
        raise SettingsError([Problem("/feedback_database", "it is no file of SQLite", expected)])
    assert url.database is not None
    return Path(url.database)


def _copied(source: Path, target: Path) -> int:
    """Copy a database to a file that is complete and on the disk once it has its name. Return the number of cards."""
    part = target.with_name(f"{target.name}.{uuid.uuid4().hex}")
    try:
        part.touch(0o600)
        rows = _copied_into(source, part)
        with contextlib.closing(sqlite3.connect(part, timeout=_SECONDS)) as copy:
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, which can be read where nothing may be written
        synced(part)
        part.rename(target)
        synced(target.parent)
    finally:
        for ending in ("", "-journal", "-wal", "-shm"):
            Path(f"{part}{ending}").unlink(missing_ok=True)
    return rows


def _copied_into(source: Path, target: Path) -> int:
    """Copy one database over another, in one transaction of the other."""
    with (
        contextlib.closing(
            sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", timeout=_SECONDS, uri=True)
        ) as read,
        contextlib.closing(sqlite3.connect(target, timeout=_SECONDS)) as written,
    ):
        written.execute("PRAGMA synchronous = FULL")
        read.backup(written, pages=_PAGES)
        (found,) = written.execute("PRAGMA integrity_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError("the copy is damaged")
        tables = {name for (name,) in written.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        return int(written.execute("SELECT count(*) FROM shown_card").fetchone()[0]) if "shown_card" in tables else 0


def _unlike_a_backup(path: Path) -> str | None:
    """Return why a file cannot be a backup; None for one that can."""
    if not path.is_file():
        return "there is no such file"
    try:
        with contextlib.closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", timeout=_SECONDS, uri=True)
        ) as opened:
            tables = {name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            (found,) = opened.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError:
        return "it is no database of SQLite, or damaged"
    if found != "ok":
        return "it is damaged"
    return None if set(metadata.tables) <= tables else "it holds no feedback"


def _why(error: Exception, path: Path) -> str:
    if isinstance(error, OSError):
        return f"{path}: {error.strerror}"
    return f"{path}: {error}"


def _failed(why: str) -> int:
    print(f"oncocds: {why}", file=sys.stderr)
    return _FAILED
