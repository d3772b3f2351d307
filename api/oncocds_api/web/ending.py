"""What is done when a request has ended, however it did."""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import Scope

_AT_END = "oncocds.at-end"


def at_end(scope: Scope, action: Callable[[], None]) -> None:
    """Have something done when a request has ended."""
    scope.setdefault(_AT_END, []).append(action)


def end(scope: Scope) -> None:
    """Do what is to be done."""
    for action in scope.pop(_AT_END, ()):
        action()
