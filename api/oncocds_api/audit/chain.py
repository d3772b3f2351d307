"""A chain of records in the files of a folder, held by one process: appended to, continued, carried over to new files.

A folder holds chains by number: ``chain-0001.lock`` is held by the process that writes ``chain-0001.000001.jsonl`` and
the files after it. A process that starts takes the first chain that nobody holds and goes on with it; one that runs
beside it takes the next. So no two processes ever write one chain.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import itertools
import logging
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from oncocds_api.audit.key import AuditKey
from oncocds_api.audit.record import FIRST, Unsealed, could_begin, read_record, sealed
from oncocds_api.storage.on_disk import synced

_LOG = logging.getLogger("oncocds_api")
_FILE = re.compile(r"chain-(\d{4})\.(\d{6})\.jsonl")


def files_of(folder: Path) -> dict[int, list[Path]]:
    """Return the files of each chain of a folder, in their order."""
    found: dict[int, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        if match := _FILE.fullmatch(path.name):
            found.setdefault(int(match[1]), []).append(path)
    return dict(sorted(found.items()))


def place_of(path: Path) -> tuple[int, int] | None:
    """Return the chain that a file is of, and which of its files it is; None for another file."""
    match = _FILE.fullmatch(path.name)
    return None if match is None else (int(match[1]), int(match[2]))


class Chain:
    """The chain of this process. ``torn`` tells of a last line that was cut off when the process before it ended."""

    def __init__(self, folder: Path, number: int, lock: int, key: AuditKey, most_bytes: int) -> None:
        self.number = number
        self.last, self.seal = 0, FIRST
        self.torn: dict[str, Any] | None = None
        self._folder, self._lock, self._key, self._most = folder, lock, key, most_bytes
        self._path, self._descriptor = folder, -1
        self._size, self._whole = 0, True

    @classmethod
    def taken(cls, folder: Path, key: AuditKey, most_bytes: int) -> Chain:
        """Take the first chain of a folder that nobody holds and that this key goes on with. Raises ``OSError``."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for number in itertools.count(1):
            lock = os.open(folder / f"chain-{number:04}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                chain = cls(folder, number, lock, key, most_bytes)
                chain._continue(files_of(folder).get(number, []))
            except BlockingIOError:
                os.close(lock)
            except Unsealed:
                _LOG.error(
                    "audit: the end of chain %d is not sealed with this audit_key: another key, or it was changed; it"
                    " is left as it is, and another chain begins", number
                )  # fmt: skip
                os.close(lock)
            except BaseException:
                os.close(lock)
                raise
            else:
                return chain
        raise AssertionError("numbers do not end")

    def append(self, told: Mapping[str, Any]) -> None:
        """Write a record, whole or not at all. Raises ``OSError``."""
        if not self._whole:  # half a line stands there since a write failed
            os.ftruncate(self._descriptor, self._size)
            self._whole = True
        line, seal = sealed(self._key, self.number, self.last + 1, self.seal, told)
        if self._size and self._size + len(line) > self._most:
            self._next_file()
            _LOG.info("audit: a new file, %s; chain %d stands at record %d, seal %s", self._path.name, *self.anchor)
        elif not self._is_there():
            _LOG.error("audit: %s was moved or removed; a new file begins", self._path)
            self._next_file()
        self._whole = False
        written = os.write(self._descriptor, line)
        if written != len(line):
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, self._size)
                self._whole = True
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._whole = True
        self._size += written
        self.last, self.seal = self.last + 1, seal

    def sync(self) -> None:
        """Wait until what was appended is on the disk. Raises ``OSError``."""
        os.fdatasync(self._descriptor)

    @property
    def anchor(self) -> tuple[int, int, str]:
        """What stands for all records so far: the chain's number, the last record's, and its seal."""
        return self.number, self.last, self.seal

    def close(self) -> None:
        """Let go of the chain."""
        os.close(self._descriptor)
        os.close(self._lock)

    def _continue(self, files: list[Path]) -> None:
        """Find the end of the chain. Raises ``Unsealed`` where it is none of this key's, or ``OSError``."""
        rest = b""
        for path in reversed(files):
            whole, _, fragment = path.read_bytes().rpartition(b"\n")
            if whole:
                record = read_record(whole.rpartition(b"\n")[2], self._key)
                self.last, self.seal = record.number, record.seal
            if path == files[-1]:
                self._open(path)
                rest = fragment
            if whole:
                break
        if not files:
            self._next_file()
        elif rest:
            self._mend(rest)

    def _mend(self, fragment: bytes) -> None:
        """See to a last line without an end."""
        with contextlib.suppress(Unsealed):
            record = read_record(fragment, self._key)
            if (record.number, record.previous) == (self.last + 1, self.seal):  # its end alone is missing
                self._size += os.write(self._descriptor, b"\n")
                self.last, self.seal = record.number, record.seal
                return
        if could_begin(fragment, self.last + 1, self.seal):
            self._size -= len(fragment)
            os.ftruncate(self._descriptor, self._size)
            self.torn = {"bytes": len(fragment), "sha256": hashlib.sha256(fragment).hexdigest()}
            _LOG.warning("audit: the last line of %s was cut off in its writing: its answer never left", self._path)
        else:
            self._size += os.write(self._descriptor, b"\n")
            _LOG.error("audit: the end of %s was changed: it is no record of this chain", self._path)

    def _next_file(self) -> None:
        numbers = [place[1] for path in self._folder.iterdir() if (place := place_of(path)) and place[0] == self.number]
        if self._descriptor >= 0:
            number = max([*numbers, (place_of(self._path) or (0, 0))[1]]) + 1
        else:
            number = max(numbers, default=0) + 1
        old = self._descriptor
        self._open(self._folder / f"chain-{self.number:04}.{number:06}.jsonl", os.O_CREAT | os.O_EXCL)
        if old >= 0:
            os.close(old)
        synced(self._folder)

    def _open(self, path: Path, flags: int = 0) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | flags, 0o600)
        self._path, self._size = path, os.fstat(self._descriptor).st_size

    def _is_there(self) -> bool:
        try:
            return os.path.samestat(self._path.stat(), os.fstat(self._descriptor))
        except FileNotFoundError:
            return False
