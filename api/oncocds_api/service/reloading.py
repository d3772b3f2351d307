"""``oncocds reload``: ask a running server to read its knowledge again, and wait for what becomes of it."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2

from oncocds.errors import Problem
from oncocds_api.settings.addresses import LOCAL, LOOPBACK
from oncocds_api.settings.settings import Settings, SettingsError

_DONE, _REFUSED, _UNKNOWN = 0, 1, 3
_CALL_SECONDS = 10.0
_PAUSE = 0.2


def reload(settings: Settings, pid: int | None, url: str | None, seconds: float) -> int:
    """Send SIGHUP to the server and return the exit code: 0 it has the new knowledge, 1 refused, 3 not known.

    Which server it is stands in its ``pid_file``, unless ``pid`` and ``url`` say it. Raises ``SettingsError``.
    """
    pid, url = _found(settings.pid_file, pid, url)
    before = _health(url)
    if before is None or before.get("process") != pid:
        whose = "no server of oncocds answers" if before is None else f"process {before.get('process')} answers"
        return _failed(f"{whose} at {url}, not process {pid}; nothing was sent", _UNKNOWN)
    number = (before["last_reload"] or {"number": 0})["number"]
    try:
        os.kill(pid, signal.SIGHUP)
    except OSError as error:
        return _failed(f"process {pid} cannot be told: {error.strerror}", _UNKNOWN)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        now = _health(url)
        last = (now or {}).get("last_reload")
        if now is not None and last is not None and last["number"] > number and last["state"] != "running":
            return _told(before, now, last)
        time.sleep(_PAUSE)
    return _failed(f"process {pid} did not say within {seconds:g} s how it went; see its log", _UNKNOWN)


def _told(before: dict[str, Any], now: dict[str, Any], last: dict[str, Any]) -> int:
    served = f"knowledge {now['knowledge']['version']} {now['knowledge']['digest']}, policy {now['policy']}"
    if last["state"] == "refused":
        for line in last["why"]:
            print(line, file=sys.stderr)
        return _failed(f"refused; as before: {served}", _REFUSED)
    changed = "new workers" if before["identity"] != now["identity"] else "nothing changed, new workers"
    print(f"{changed}: {served}")
    return _DONE


def _failed(why: str, code: int) -> int:
    print(f"oncocds: {why}", file=sys.stderr)
    return code


def _found(file: Path | None, pid: int | None, url: str | None) -> tuple[int, str]:
    if pid is not None:
        return pid, url or LOCAL
    if file is None:
        expected = "'pid_file' in the settings the server was started with, or --pid-file, or --pid and --url"
        raise SettingsError([Problem("/pid_file", "which server is meant is not known", expected)])
    try:
        first, address, *_ = [*file.read_text("utf-8").splitlines(), "", ""]
        return int(first), url or address or LOCAL
    except OSError as error:
        why, expected = f"{file}: {error.strerror}", "the file that a running server wrote"
    except ValueError:
        why, expected = f"{file} holds no process id", "the file that a running server wrote"
    raise SettingsError([Problem("/pid_file", why, expected)])


def _health(url: str) -> dict[str, Any] | None:
    # On this machine nobody is in between, and a certificate is for the server's name.
    verify = urlsplit(url).hostname not in LOOPBACK
    try:
        answer = httpx2.get(f"{url.rstrip('/')}/health", timeout=_CALL_SECONDS, trust_env=False, verify=verify)
        found = answer.json() if answer.status_code == 200 else None
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
        return None
    return found if isinstance(found, dict) and "last_reload" in found else None
