"""Why a database or a disk fails, in words to act on: they name files and kinds, never what was written."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from oncocds_api.storage.database import DatabaseGone, DatabaseSilent
from oncocds_api.storage.spool import SpoolFull

_FULL = "the disk is full"
_SQLITE = {
    "SQLITE_FULL": _FULL,
    "SQLITE_BUSY": "somebody else holds its lock",
    "SQLITE_LOCKED": "somebody else holds its lock",
    "SQLITE_READONLY": "it may be read only",
    "SQLITE_PERM": "this user may not use it",
    "SQLITE_AUTH": "this user may not use it",
    "SQLITE_CORRUPT": "it is damaged: restore a backup",
    "SQLITE_NOTADB": "the file is no SQLite database",
    "SQLITE_INTERRUPT": "a statement took too long and was ended",
    "SQLITE_IOERR": "its disk fails",
    "SQLITE_CANTOPEN": "it cannot be opened",
}
_POSTGRESQL = {
    "53100": _FULL,
    "53200": "it is out of memory",
    "53300": "it takes no more connections",
    "57014": "a statement took too long and was ended",
    "55P03": "somebody else holds a lock",
    "25006": "it may be read only",
    "42501": "this user may not use its tables",
    "28P01": "the password is not accepted",
    "28000": "this user is not accepted",
    "3D000": "there is no database of this name",
    "57P03": "it is starting up or shutting down",
}
_ERRNO = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: "the disk's quota is used up",
    errno.EROFS: "the disk may be read only",
    errno.EACCES: "this user may not write there",
    errno.EPERM: "this user may not write there",
    errno.ENOENT: "there is no such folder",
    errno.ENOTDIR: "there is no such folder",
    errno.EIO: "its disk fails",
    errno.EMFILE: "this process has no file descriptors left",
    errno.ENFILE: "this machine has no file descriptors left",
}


def why_it_fails(error: BaseException, file: Path | None = None) -> str:
    """Return why a database or a spool failed; ``file`` is the database's, where it is one file."""
    if isinstance(error, DatabaseSilent):
        return "it gives no answer"
    if isinstance(error, DatabaseGone):
        return f"its file {file} was moved or deleted while it was used"
    if isinstance(error, SpoolFull):
        return "as much waits there as may (feedback_spool_bytes)"
    if isinstance(error, NoConnectionFree):
        return "all its connections are in use"
    if isinstance(error, OSError):
        return _ERRNO.get(error.errno or 0, errno.errorcode.get(error.errno or 0, type(error).__name__))
    if isinstance(error, DBAPIError) and error.orig is not None and not isinstance(error, IntegrityError):
        return _of_driver(error.orig, file)
    return type(error).__name__


def _of_driver(error: BaseException, file: Path | None) -> str:
    if isinstance(error, sqlite3.Error):
        if file is not None and not file.parent.is_dir():
            return f"its folder {file.parent} is missing"
        name = getattr(error, "sqlite_errorname", None) or type(error).__name__
        return next((words for code, words in _SQLITE.items() if name.startswith(code)), name)
    state = getattr(error, "sqlstate", None)
    if state is None:
        return "no connection could be made, or it was lost"
    return _POSTGRESQL.get(state, f"SQLSTATE {state}")
