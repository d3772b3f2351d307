"""Extras that commands need: what is missing is said with the command that installs it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from oncocds.cli.refused import Refused


@contextlib.contextmanager
def extra(name: str) -> Iterator[None]:
    """Import what an extra brings. Raises ``Refused`` where a module of it is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        missing = f"this command needs the extra '{name}' ({error.name} is missing): pip install 'oncocds[{name}]'"
        raise Refused(missing) from None
