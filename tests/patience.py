"""What a server gives up after a few seconds it does not give up in tests: the machine may be busy.

A test of giving up sets a limit of its own.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable
from typing import Any, TypeVar

from oncocds.explaining.explain import explain
from oncocds_api.app import create_app
from oncocds_api.editions import loading

_T = TypeVar("_T")
PATIENCE = 120.0
"""Seconds. What is waited for comes or never does: how long it takes decides no test."""
SECONDS = 180.0
"""How long a test waits itself: longer than what it waits for, which says why it gives up."""
LIMITS = {
    "audit.filling": ["_CLOSE_SECONDS"],
    "audit.log": ["_SECONDS", "_START_SECONDS"],
    "evaluation": ["_SEARCH_SECONDS"],
    "feedback.feedback": ["_DATABASE_SECONDS", "_DISK_SECONDS", "_DRAIN_SECONDS"],
    "monitoring.telemetry": ["_EXPORT_SECONDS"],
    "security.kept_replays": ["_SECONDS"],
    "service.reloading": ["_CALL_SECONDS"],
    "storage.database": ["_STATEMENT_SECONDS"],
    "workers.beginning": ["START_LIMIT"],
    "workers.workers": ["START_LIMIT"],
}
WORKER = """
import sys
import oncocds_api.evaluation as worker
worker._SEARCH_SECONDS = 60.0
worker.main(sys.argv[1:])
"""


def have_patience(searching: bool = True) -> None:
    """Raise the limits of what runs in this process.

    With ``searching`` also the limit of the search for what would change a verdict, here and in the workers that are
    started from here. Without it the workers are those that are shipped: for a server in a process of its own.
    """
    _raise_last_default(create_app, 5.0)  # of a request
    if searching:
        _raise_last_default(explain, 20.0)
        loading._WORKER = (sys.executable, "-c", WORKER)
    for module, names in LIMITS.items():
        found = importlib.import_module(f"oncocds_api.{module}")
        for name in names:
            assert getattr(found, name) < PATIENCE
            setattr(found, name, PATIENCE)


def until(true: Callable[[], _T], what: str) -> _T:
    """Wait for a condition, and return what it came to; that it never comes is the failure."""
    deadline = time.monotonic() + SECONDS
    while not (found := true()):
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.02)
    return found


def _raise_last_default(function: Callable[..., Any], usual: float) -> None:
    *others, limit = function.__defaults__ or ()  # type: ignore[attr-defined]
    assert limit == usual
    function.__defaults__ = (*others, PATIENCE)  # type: ignore[attr-defined]
