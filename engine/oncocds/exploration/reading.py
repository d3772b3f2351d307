"""A function read anew: its own code, with other functions and constants in the place of those it names.

Nothing of a function is changed. Its module's names are taken over, those that have a reading of their own in the
place of the plain ones; the code then runs on whatever the readings return.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any


class Readings:
    """Functions read with other names.

    ``of`` gives what stands in the place of a function or constant that a module names, the value itself where nothing
    else does. ``finish`` makes the reading of a function from its copy that sees those names.
    """

    def __init__(
        self,
        of: Callable[[Any], Any],
        finish: Callable[[FunctionType, Callable[..., Any]], Callable[..., Any]],
    ) -> None:
        self._of = of
        self._finish = finish
        self._names: dict[str, dict[str, Any]] = {}
        self._made: dict[FunctionType, Callable[..., Any]] = {}

    def read(self, function: FunctionType) -> Callable[..., Any]:
        """Return the reading of a function; made once."""
        made = self._made.get(function)
        if made is None:
            names = self._names_of(function)
            copy = FunctionType(
                function.__code__, names, function.__name__, function.__defaults__, function.__closure__
            )
            copy.__kwdefaults__ = function.__kwdefaults__
            made = self._made[function] = self._finish(function, copy)
        return made

    def _names_of(self, function: FunctionType) -> dict[str, Any]:
        found = self._names.get(function.__module__)
        if found is None:
            found = self._names[function.__module__] = dict(function.__globals__)
            for name, value in list(found.items()):  # one by one: a reading of these names may be made meanwhile
                found[name] = self._of(value)
        return found
