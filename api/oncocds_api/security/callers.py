"""What one caller may send: so many requests in a second, and so many at once, so that the others are answered too."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from oncocds_api.settings.limits import Limits


@dataclass(slots=True)
class _Caller:
    left: float
    at: float
    at_once: int = 0


class Callers:
    """Counts the requests of each caller by name; the names are those of the settings, so there are few."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = limits.per_second
        self._burst = limits.burst or max(1, math.ceil(limits.per_second or 1))
        self._at_once = limits.at_once
        self._clock = clock
        self._callers: dict[str, _Caller] = {}

    def enter(self, name: str) -> int | None:
        """Begin a request, which ``leave`` must follow; or return in how many seconds one would be let in."""
        now = self._clock()
        caller = self._callers.setdefault(name, _Caller(self._burst, now))
        if self._at_once is not None and caller.at_once >= self._at_once:
            return 1
        if self._rate is not None:
            caller.left = min(self._burst, caller.left + self._rate * (now - caller.at))
            caller.at = now
            if caller.left < 1:
                return max(1, math.ceil((1 - caller.left) / self._rate))
            caller.left -= 1
        caller.at_once += 1
        return None

    def leave(self, name: str) -> None:
        """End a request."""
        self._callers[name].at_once -= 1
