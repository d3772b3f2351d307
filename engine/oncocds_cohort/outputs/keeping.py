"""What a run has finished so far, beside its output: a run that was ended goes on from there, and only what is whole
gets the output's name.

While ``V.parquet`` is made, the folder ``V.parquet.unfinished`` stands beside it: of which input, knowledge and
settings the run is, how many rows are done, what was counted, the rows written so far in parts, and what was refused.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.ipc

from oncocds.errors import InputError, Problem


class Kept:
    """The folder of one run; held by one process at a time."""

    def __init__(self, out: Path, identity: Mapping[str, str]) -> None:
        self.out = out
        self._folder = out.with_name(out.name + ".unfinished")
        self._identity = dict(identity)
        self._told: dict[str, Any] = {"rows": 0, "parts": 0, "refused": 0, "refused_bytes": 0, "state": None}
        self._news = threading.Condition()
        self._write: Callable[[], Future[None]] | None = None
        self._writing: Future[None] | None = None
        self._lock = -1
        self._over: bool | None = None
        self.given_up = False
        """An unfinished run of something else was there, and was given up."""

    @property
    def rows(self) -> int:
        """How many rows of the file are done, refused ones included."""
        return int(self._told["rows"])

    @property
    def refused(self) -> int:
        """How many of them were refused."""
        return int(self._told["refused"])

    @property
    def state(self) -> Any:
        """What was counted so far; None at the beginning."""
        return self._told["state"]

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder, and read what an earlier run of the same left there. Raises ``InputError``."""
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)  # patients' data: only for who writes it
            self._lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise not_written(self.out, error) from None
        try:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InputError(
                    [Problem(str(self.out), "another run is writing it", "to wait for it, or another file")]
                ) from None
            self._read()
            yield
        except OSError as error:
            raise not_written(self.out, error) from None
        finally:
            os.close(self._lock)

    def let_go(self) -> None:
        """Leave the folder, in a copy of the process that holds it, to that one alone: it may end before its copies."""
        os.close(self._lock)

    def _read(self) -> None:
        try:
            told = json.loads((self._folder / "state.json").read_text("utf-8"))
        except (OSError, ValueError):
            return
        if told.pop("of", None) == self._identity:
            self._told = told
        else:
            self.given_up = True

    def add(self, rows: int, state: Any, part: pa.Table | None, refused: int, lines: str) -> None:
        """Note that all rows up to ``rows`` are done: what was counted, a part to be written, the refusals' lines."""
        told = self._told
        if self._writing is not None and self._writing.done():  # before the end: it failed
            self._writing.result()
        if part is not None:
            path = self._part(told["parts"])
            with path.open("wb") as file:
                with pa.ipc.new_file(file, part.schema) as writer:
                    writer.write_table(part)
                _settled(file)
        with (self._folder / "refused.ndjson").open("ab") as file:
            file.truncate(told["refused_bytes"])  # what an ended run wrote beyond what it noted is written again
            file.write(lines.encode())
            _settled(file)
        size = told["refused_bytes"] + len(lines.encode())
        self._told = {
            "rows": rows,
            "parts": told["parts"] + (part is not None),
            "refused": told["refused"] + refused,
            "refused_bytes": size,
            "state": state,
        }
        new = self._folder / "state.new"
        with new.open("w", encoding="utf-8") as file:
            json.dump({"of": self._identity, **self._told}, file)
            _settled(file)
        new.replace(self._folder / "state.json")
        if self._writing is None and self._write is not None:
            self._writing = self._write()
        with self._news:
            self._news.notify()

    def _part(self, number: int) -> Path:
        return self._folder / f"part-{number:06}.arrow"

    @contextmanager
    def writing(self, write: Callable[[Path, Iterator[pa.Table]], None]) -> Iterator[None]:
        """Have the output written from its parts, in a thread, while a run adds them: so it does not wait for the last.

        It gets its name once the run is over and it is whole; where the run fails, nothing of it stays. The thread
        begins with what is added first: until then the process can be copied.
        """
        with self.written() as path, ThreadPoolExecutor(1, "oncocds-cohort") as thread:

            def begin() -> Future[None]:
                return thread.submit(write, path, self._parts())

            self._over, self._write = None, begin
            try:
                yield
            except BaseException:
                self._end(done=False)
                raise
            self._end(done=True)
            (self._writing or begin()).result()

    def _end(self, *, done: bool) -> None:
        with self._news:
            self._over = done
            self._news.notify()

    def _parts(self) -> Iterator[pa.Table]:
        """Yield the parts as they are added. Raises ``_StoppedError`` where the run failed."""
        number = 0
        while self._awaited(number):
            with self._part(number).open("rb") as file:
                yield pa.ipc.open_file(file).read_all()
            number += 1

    def _awaited(self, number: int) -> bool:
        """Wait for a part; return whether there is one. Raises ``_StoppedError``."""
        with self._news:
            self._news.wait_for(lambda: self._over is not None or number < self._told["parts"])
        if self._over is False:
            raise _StoppedError
        return number < int(self._told["parts"])

    @contextmanager
    def written(self) -> Iterator[Path]:
        """Give the path to write the output to; it gets its name once it is whole, and the folder goes."""
        whole = self._folder / "whole"
        yield whole
        whole.chmod(0o600)
        with whole.open("rb") as file:
            _settled(file)
        refused = refused_file(self.out)
        if self.refused:
            (self._folder / "refused.ndjson").chmod(0o600)
            (self._folder / "refused.ndjson").replace(refused)
        else:
            refused.unlink(missing_ok=True)  # of an earlier run: nobody is refused now
        whole.replace(self.out)
        shutil.rmtree(self._folder)


class _StoppedError(Exception):
    """The run whose parts are written failed."""


def refused_file(out: Path) -> Path:
    """Return where the refused rows of a run go."""
    return out.with_name(out.name + ".refused.ndjson")


def check_place(source: Path, out: Path) -> None:
    """Raise ``InputError`` where an output is a folder, or it or the file of its refused rows is the file that is read:
    before the work, not after it.
    """
    if out.is_dir():
        raise InputError([Problem(str(out), "it cannot be written: it is a folder", "a file")])
    for one in (out, refused_file(out)):
        try:
            same = one.exists() and one.samefile(source)
        except OSError as error:
            raise not_written(one, error) from None
        if same:
            raise InputError([Problem(str(one), "it is the file of patients that is read", "another file")])


def not_written(out: Path, error: OSError) -> InputError:
    """Return the refusal to write a file that cannot be written."""
    return InputError([Problem(str(out), f"it cannot be written: {error.strerror}", "a file that can be written")])


def _settled(file: IO[Any]) -> None:
    file.flush()
    os.fsync(file.fileno())
