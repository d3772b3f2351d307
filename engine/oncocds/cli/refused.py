"""What a command cannot do with what it was given, told in one line."""

from __future__ import annotations

from collections.abc import Iterable

from oncocds.reading.nearest import suggestion

REFUSED = 2


class Refused(Exception):  # noqa: N818 - as the input's own refusals, it is no error of the program
    """A command is refused; the message says why."""


def unknown(what: str, name: str, known: Iterable[str], more: str = "") -> Refused:
    """Return that there is nothing of a name, with the nearest one that there is."""
    return Refused(f"no {what} '{name}'{suggestion(name, known)}{more}")
