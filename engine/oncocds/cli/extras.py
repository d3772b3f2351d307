"""Extras that commands need: what is missing is said with the command that installs it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator


class ExtraMissing(Exception):  # noqa: N818 - named as what it is
    """A command needs an extra that is not installed."""


@contextlib.contextmanager
def extra(name: str) -> Iterator[None]:
    """Import what an extra brings. Raises ``ExtraMissing`` where a module of it is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        missing = f"this command needs the extra '{name}' ({error.name} is missing): pip install 'oncocds[{name}]'"
        raise ExtraMissing(missing) from None
